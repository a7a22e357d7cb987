"""What the service needs of the last rules that could be read; and held categories are told as such, no longer as errors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "last_rules",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("daily_at", sa.String(length=10), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("full_on", sa.String(length=20)),
        sa.Column("catch_up", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("first_known", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_last_rules"),
    )
    # Told as an error and as held, one hold would be over twice; the next night that is held tells it once more.
    op.execute("DELETE FROM said WHERE topic = 'errors' AND kind = 'guard'")


def downgrade() -> None:
    raise NotImplementedError("Go back to a copy of the database from before the upgrade instead.")
