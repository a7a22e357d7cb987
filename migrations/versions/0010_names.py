"""What the clients are called whom a change of a run speaks of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("changes") as changes:
        changes.add_column(sa.Column("names", sa.Text()))


def downgrade() -> None:
    raise NotImplementedError("Go back to a copy of the database from before the upgrade instead.")
