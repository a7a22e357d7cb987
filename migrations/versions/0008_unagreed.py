"""What both sides of a calm pair held where nothing was ever agreed on; not known of pairs that were noted before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("links") as links:
        links.add_column(sa.Column("unagreed", sa.Text()))


def downgrade() -> None:
    raise NotImplementedError("Go back to a copy of the database from before the upgrade instead.")
