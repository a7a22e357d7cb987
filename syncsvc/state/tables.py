"""The tables; the migrations under ``migrations/`` build them, and a test holds the two together.

Reading and writing is for ``store.py`` and ``queries.py``. Texts are unbounded, and none but mapping keys (two ids) is indexed:
PostgreSQL refuses an index entry beyond some 2,700 bytes, and names in two customers' systems know no such limit.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)

from syncsvc.state.columns import AnyText, Json, Moment, guid, number

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

runs = Table(
    "runs",
    metadata,
    Column("id", number(), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("status", String(40), nullable=False, index=True),
    Column("full", Boolean, nullable=False),
    Column("dry_run", Boolean, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("summary", Json),  # the object of `sync --json` without its categories
    Column("categories", Json),
    Column("reviewed_plan", Json),  # what a guard held, for the approval
    Column("approves", number(), unique=True),  # the held run whose reviewed plan this one carries out: once
    Column("told_at", Moment),  # when it was decided whether anybody gets a mail about it
    sqlite_autoincrement=True,
)

run_log = Table(
    "run_log",
    metadata,
    Column("id", number(), primary_key=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("level", String(20), nullable=False),
    Column("event", AnyText, nullable=False),
    Column("data", Json, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("id", number(), primary_key=True),
    Column("cmdb_id", guid(), nullable=False),
    Column("category_id", guid(), nullable=False, index=True),
    Column("cmdb", AnyText, nullable=False),  # names as the rules had them when the category was last carried out
    Column("category", AnyText, nullable=False),
    Column("hector_category_id", BigInteger, nullable=False),
    Column("ci_id", guid(), nullable=False),
    Column("ci_number", AnyText, nullable=False),
    Column("asset_id", BigInteger, nullable=False),
    Column("status", String(20), nullable=False),  # active, orphaned
    Column("by_hand", Boolean, nullable=False),
    Column("ci_was_active", Boolean, nullable=False),
    Column("asset_was_active", Boolean, nullable=False),
    Column("linked_at", Moment, nullable=False),
    Column("last_synced_at", Moment),
    Column("first_run_id", ForeignKey("runs.id", ondelete="SET NULL")),
    Column("subcategory_id", BigInteger),  # what the baselines of shared fields speak of; NULL: the one that the asset is in
    # What both systems sent of the pair when it was last in order; none: it must be looked at.
    Column("asset_label", AnyText),
    Column("ci_fingerprint", BigInteger),
    Column("asset_fingerprint", BigInteger),
    Column("subcategory_fingerprint", BigInteger),
    Column("unagreed", Json),  # with the fingerprints: values of both sides where no baseline speaks for them; NULL: not known
    UniqueConstraint("ci_id"),
    UniqueConstraint("asset_id"),
    sqlite_autoincrement=True,
)

baselines = Table(
    "baselines",
    metadata,
    Column("link_id", ForeignKey("links.id", ondelete="CASCADE"), primary_key=True),
    Column("mapping", AnyText, primary_key=True),
    Column("c2_value", AnyText),  # values as domain.values.encode writes them; NULL: empty
    Column("hector_value", AnyText),
    Column("at", Moment, nullable=False),
)

parted = Table(
    "parted",
    metadata,
    Column("ci_id", guid(), primary_key=True),
    Column("asset_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
)

seen = Table(
    "seen",
    metadata,
    Column("id", number(), primary_key=True),
    Column("ids", Json, nullable=False),
    sqlite_autoincrement=True,
)

# A run with an intention left over cannot be deleted: forgetting the intention would make its record twice.
intentions = Table(
    "intentions",
    metadata,
    Column("id", number(), primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("side", String(10), nullable=False),
    Column("source_id", guid(), nullable=False),
    Column("category_id", guid(), nullable=False, index=True),
    Column("hector_category_id", BigInteger, nullable=False),
    Column("sent", Json, nullable=False),
    Column("basis", Json, nullable=False),
    Column("at", Moment, nullable=False),
    Column("seen_id", ForeignKey("seen.id"), nullable=False, index=True),
    Column("left_over", Json),  # ids of what was made for a record that somebody had linked with another
    sqlite_autoincrement=True,
)

conflicts = Table(
    "conflicts",
    metadata,
    Column("id", number(), primary_key=True),
    Column("run_id", ForeignKey("runs.id", ondelete="SET NULL")),  # the run that met these two values
    Column("link_id", ForeignKey("links.id", ondelete="CASCADE"), nullable=False),
    Column("mapping", AnyText, nullable=False),
    Column("field", AnyText, nullable=False),
    Column("c2_value", AnyText),
    Column("hector_value", AnyText),
    Column("c2_baseline", AnyText),
    Column("hector_baseline", AnyText),
    Column("has_baseline", Boolean, nullable=False),
    Column("since", Moment, nullable=False),
    Column("status", String(20), nullable=False, index=True),  # open, settled, closed
    Column("use", String(10)),  # c2, hector
    Column("settled_at", Moment),
    Index(
        "uq_conflicts_live",
        "link_id",
        "mapping",
        unique=True,
        sqlite_where=text("status <> 'closed'"),
        postgresql_where=text("status <> 'closed'"),
    ),
    Index("ix_conflicts_link_id", "link_id"),
    sqlite_autoincrement=True,
)

# One row a C2 category: how often it was carried out, and since when an incremental run has to look.
rounds = Table(
    "rounds",
    metadata,
    Column("category_id", guid(), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("rules", String(64)),  # a digest: other rules ask for a full run
    Column("last_full_at", Moment),
    Column("last_good_at", Moment),
    Column("fingerprint_rules", String(64)),  # a digest: under other rules the links' fingerprints say nothing
)

# What runs wrote lately, so that a field that comes to no rest is noticed; `stopped` with the two values it was left with.
field_writes = Table(
    "field_writes",
    metadata,
    Column("link_id", ForeignKey("links.id", ondelete="CASCADE"), primary_key=True),
    Column("mapping", AnyText, primary_key=True),
    Column("last_round", Integer, nullable=False),
    Column("writes", Json, nullable=False),
    Column("stopped", Boolean, nullable=False),
    Column("c2_value", AnyText),
    Column("hector_value", AnyText),
)

# The change times that our own writes left on records, and the last one before them that was somebody else's.
own_writes = Table(
    "own_writes",
    metadata,
    Column("record", String(20), primary_key=True),
    Column("record_id", guid(), primary_key=True),
    Column("written_at", Moment, nullable=False),
    Column("changed_at", Moment),
)

# One row a system whose credentials were refused; the digest tells whether they are still the same ones (refusals.py).
refused_credentials = Table(
    "refused_credentials",
    metadata,
    Column("system", String(20), primary_key=True),
    Column("salt", String(32), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("since", Moment, nullable=False),
    Column("words", AnyText, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("id", number(), primary_key=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("cmdb", AnyText, nullable=False),
    Column("category", AnyText, nullable=False),
    Column("action", String(20), nullable=False),
    Column("system", String(10), nullable=False),
    Column("record", String(20), nullable=False),
    Column("ci", AnyText),
    Column("asset", AnyText),
    Column("subcategory", AnyText),
    Column("fields", Json, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("wrote", Json),  # the same by ids and mapping keys, for `undo` (written.py); NULL: recorded before there was one
    Column("names", Json),  # of the clients whose ids stand in the fields; NULL: none do, or an earlier version recorded it
)

# What an undo is about to put back, so that a run after a lost end knows it for the undo's doing and no person's (undoing.py).
undoing = Table(
    "undoing",
    metadata,
    Column("link_id", ForeignKey("links.id", ondelete="CASCADE"), primary_key=True),
    Column("mapping", AnyText, primary_key=True),
    Column("side", String(10), primary_key=True),
    Column("value", AnyText),
    Column("at", Moment, nullable=False),
)

errors = Table(
    "errors",
    metadata,
    Column("id", number(), primary_key=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(40), nullable=False),
    Column("cmdb", AnyText),
    Column("category", AnyText),
    Column("ci", AnyText),
    Column("asset", AnyText),
    Column("field", AnyText),
    Column("c2_value", AnyText),
    Column("hector_value", AnyText),
    Column("message", AnyText, nullable=False),
    Column("hint", AnyText, nullable=False),
    Column("at", Moment, nullable=False),
)

mails = Table(
    "mails",
    metadata,
    Column("id", number(), primary_key=True),
    Column("key", String(80), nullable=False, unique=True),  # its occasion, such as errors:12: nothing is queued twice
    Column("kind", String(20), nullable=False),
    Column("about", Json),  # the categories it speaks of; NULL: all of them
    Column("status", String(20), nullable=False, index=True),  # waiting, sent, given_up
    Column("recipients", Json, nullable=False),  # those who have not got it yet, as the rules name them
    Column("content", Json, nullable=False),  # subject, texts and attachment
    Column("message_id", String(40), nullable=False),
    Column("queued_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("last_problem", AnyText),
    sqlite_autoincrement=True,
)

# What people have been told and is not over: by it a later run knows what stands as before, and what has recovered.
said = Table(
    "said",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("topic", String(20), nullable=False),  # errors, held, silent
    Column("kind", String(40), nullable=False),
    Column("cmdb", AnyText),
    Column("category", AnyText),
    Column("said_at", Moment, nullable=False),
    Column("mail_id", ForeignKey("mails.id", ondelete="SET NULL"), index=True),
)

addresses = Table(
    "addresses",
    metadata,
    Column("id", number(), primary_key=True),
    Column("name", AnyText, nullable=False),  # a Hector user's, as the rules have it
    Column("address", AnyText, nullable=False),
)

# One row: what the service needs of the last rules that could be read, when the file cannot be used at its next start.
last_rules = Table(
    "last_rules",
    metadata,
    Column("id", number(), primary_key=True),
    Column("daily_at", String(10), nullable=False),
    Column("time_zone", AnyText, nullable=False),
    Column("full_on", String(20)),
    Column("catch_up", Boolean, nullable=False),
    Column("language", String(10), nullable=False),
    Column("recipients", Json, nullable=False),
    Column("categories", Json, nullable=False),  # names of those that are synchronised, and since when they are known
    Column("since", Moment, nullable=False),  # when this time of day began to hold
    Column("first_known", Moment, nullable=False),
)
