"""What lost creations made for records that people have linked with others since: it is told in every run from then on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("intentions") as intentions:
        intentions.add_column(sa.Column("left_over", sa.Text()))


def downgrade() -> None:
    raise NotImplementedError("Go back to a copy of the database from before the upgrade instead.")
