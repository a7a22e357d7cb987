"""Mails that wait to be sent, what was said already, and the addresses of people whom the rules call by name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("runs", sa.Column("told_at", MOMENT))
    # What ended before there were mails is nobody's news.
    op.execute("UPDATE runs SET told_at = finished_at")
    op.create_table(
        "mails",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("about", sa.Text()),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(length=40), nullable=False),
        sa.Column("queued_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("last_problem", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_mails"),
        sa.UniqueConstraint("key", name="uq_mails_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mails_status", "mails", ["status"])
    op.create_table(
        "said",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("cmdb", sa.Text()),
        sa.Column("category", sa.Text()),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.Column("mail_id", NUMBER),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name="fk_said_mail_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_said"),
    )
    op.create_index("ix_said_mail_id", "said", ["mail_id"])
    op.create_table(
        "addresses",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_addresses"),
    )


def downgrade() -> None:
    raise NotImplementedError("Go back to a copy of the database from before the upgrade instead.")
