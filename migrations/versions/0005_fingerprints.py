"""Fingerprints of what both systems sent of a pair when it was last in order: while it stays so, it need not be looked at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("links") as links:
        links.add_column(sa.Column("asset_label", sa.Text()))
        links.add_column(sa.Column("subcategory_id", sa.BigInteger()))
        links.add_column(sa.Column("ci_fingerprint", sa.BigInteger()))
        links.add_column(sa.Column("asset_fingerprint", sa.BigInteger()))
        links.add_column(sa.Column("subcategory_fingerprint", sa.BigInteger()))
    with op.batch_alter_table("rounds") as rounds:
        rounds.add_column(sa.Column("fingerprint_rules", sa.String(length=64)))


def downgrade() -> None:
    raise NotImplementedError("Go back to a copy of the database from before the upgrade instead.")
