"""The first schema: runs and what they did, links and baselines, intentions, conflicts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A migration stands still while the tables go on: it says what its columns are itself.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
GUID = sa.String(length=36)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_runs()
    create_links()
    create_intentions()
    create_conflicts()


def downgrade() -> None:
    raise NotImplementedError("Without links every record would be met as new: go back to a copy of the database instead.")


def create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("full", sa.Boolean(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("summary", sa.Text()),
        sa.Column("categories", sa.Text()),
        sa.Column("reviewed_plan", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_runs_status", "runs", ["status"])
    op.create_table(
        "run_log",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("run_id", NUMBER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_run_log_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_run_log"),
    )
    op.create_index("ix_run_log_run_id", "run_log", ["run_id"])
    op.create_table(
        "changes",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("run_id", NUMBER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("cmdb", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("system", sa.String(length=10), nullable=False),
        sa.Column("record", sa.String(length=20), nullable=False),
        sa.Column("ci", sa.Text()),
        sa.Column("asset", sa.Text()),
        sa.Column("subcategory", sa.Text()),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_changes_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
    )
    op.create_index("ix_changes_run_id", "changes", ["run_id"])
    op.create_table(
        "errors",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("run_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("cmdb", sa.Text()),
        sa.Column("category", sa.Text()),
        sa.Column("ci", sa.Text()),
        sa.Column("asset", sa.Text()),
        sa.Column("field", sa.Text()),
        sa.Column("c2_value", sa.Text()),
        sa.Column("hector_value", sa.Text()),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_errors_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_errors"),
    )
    op.create_index("ix_errors_run_id", "errors", ["run_id"])


def create_links() -> None:
    op.create_table(
        "links",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("cmdb_id", GUID, nullable=False),
        sa.Column("category_id", GUID, nullable=False),
        sa.Column("cmdb", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("hector_category_id", sa.BigInteger(), nullable=False),
        sa.Column("ci_id", GUID, nullable=False),
        sa.Column("ci_number", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("ci_was_active", sa.Boolean(), nullable=False),
        sa.Column("asset_was_active", sa.Boolean(), nullable=False),
        sa.Column("linked_at", MOMENT, nullable=False),
        sa.Column("last_synced_at", MOMENT),
        sa.Column("first_run_id", NUMBER),
        sa.ForeignKeyConstraint(["first_run_id"], ["runs.id"], name="fk_links_first_run_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("asset_id", name="uq_links_asset_id"),
        sa.UniqueConstraint("ci_id", name="uq_links_ci_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_links_category_id", "links", ["category_id"])
    op.create_table(
        "baselines",
        sa.Column("link_id", NUMBER, nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("c2_value", sa.Text()),
        sa.Column("hector_value", sa.Text()),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_baselines_link_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("link_id", "mapping", name="pk_baselines"),
    )
    op.create_table(
        "parted",
        sa.Column("ci_id", GUID, nullable=False),
        sa.Column("asset_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("ci_id", "asset_id", name="pk_parted"),
    )


def create_intentions() -> None:
    op.create_table(
        "seen",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("ids", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_seen"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "intentions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("run_id", NUMBER, nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("source_id", GUID, nullable=False),
        sa.Column("category_id", GUID, nullable=False),
        sa.Column("hector_category_id", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("seen_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_intentions_run_id"),
        sa.ForeignKeyConstraint(["seen_id"], ["seen.id"], name="fk_intentions_seen_id"),
        sa.PrimaryKeyConstraint("id", name="pk_intentions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_intentions_category_id", "intentions", ["category_id"])
    op.create_index("ix_intentions_seen_id", "intentions", ["seen_id"])


def create_conflicts() -> None:
    op.create_table(
        "conflicts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("run_id", NUMBER),
        sa.Column("link_id", NUMBER, nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("c2_value", sa.Text()),
        sa.Column("hector_value", sa.Text()),
        sa.Column("c2_baseline", sa.Text()),
        sa.Column("hector_baseline", sa.Text()),
        sa.Column("has_baseline", sa.Boolean(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("use", sa.String(length=10)),
        sa.Column("settled_at", MOMENT),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_conflicts_link_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_conflicts_run_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_conflicts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_conflicts_link_id", "conflicts", ["link_id"])
    op.create_index("ix_conflicts_status", "conflicts", ["status"])
    op.create_index(
        "uq_conflicts_live",
        "conflicts",
        ["link_id", "mapping"],
        unique=True,
        sqlite_where=sa.text("status <> 'closed'"),
        postgresql_where=sa.text("status <> 'closed'"),
    )
