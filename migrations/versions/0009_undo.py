"""What a run changed, by ids and exact values, and what an undo is about to put back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("changes") as changes:
        changes.add_column(sa.Column("wrote", sa.Text()))
    op.create_table(
        "undoing",
        sa.Column("link_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("side", sa.String(10), nullable=False),
        sa.Column("value", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_undoing_link_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("link_id", "mapping", "side", name="pk_undoing"),
    )


def downgrade() -> None:
    raise NotImplementedError("Go back to a copy of the database from before the upgrade instead.")
