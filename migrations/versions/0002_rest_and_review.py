"""What later runs need to know of earlier ones: approvals, what was written how often, whose change times were our own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
GUID = sa.String(length=36)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("runs") as runs:
        runs.add_column(sa.Column("approves", NUMBER))
        runs.create_unique_constraint("uq_runs_approves", ["approves"])
    op.create_table(
        "rounds",
        sa.Column("category_id", GUID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rules", sa.String(length=64)),
        sa.Column("last_full_at", MOMENT),
        sa.Column("last_good_at", MOMENT),
        sa.PrimaryKeyConstraint("category_id", name="pk_rounds"),
    )
    op.create_table(
        "field_writes",
        sa.Column("link_id", NUMBER, nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("last_round", sa.Integer(), nullable=False),
        sa.Column("writes", sa.Text(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("c2_value", sa.Text()),
        sa.Column("hector_value", sa.Text()),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_field_writes_link_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("link_id", "mapping", name="pk_field_writes"),
    )
    op.create_table(
        "own_writes",
        sa.Column("record", sa.String(length=20), nullable=False),
        sa.Column("record_id", GUID, nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT),
        sa.PrimaryKeyConstraint("record", "record_id", name="pk_own_writes"),
    )


def downgrade() -> None:
    raise NotImplementedError("Go back to a copy of the database from before the upgrade instead.")
