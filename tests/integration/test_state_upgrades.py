"""From every schema that ever was, with rows in every table, to this program's: nothing is lost, everything can still be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
    select,
    text,
)
from state_examples import LAPTOPS, NOON, PRICE, SERIAL, ci_id

from syncsvc.domain.errors import SettingsError
from syncsvc.domain.plan import Baseline, Calm, Held, RunStatus
from syncsvc.domain.records import Side
from syncsvc.shipped import shipped
from syncsvc.state import queries
from syncsvc.state.database import current_version, head_version, open_engine, upgrade
from syncsvc.state.store import Store
from syncsvc.state.undoing import Undoing

MIGRATIONS = shipped("migrations")
VERSIONS = "alembic_version"
ODD = "é “…” \x1a0000 ' %s"
KNOWN: dict[str, dict[str, Any]] = {
    "runs": {
        "status": RunStatus.HELD.value,
        "summary": json.dumps({"read": {"c2": 3, "hector": 2}, "errors": 1}),
        "categories": json.dumps([{"cmdb": "Inventaire", "category": "Portables", "status": "held"}]),
        "reviewed_plan": json.dumps([{"cmdb": "Inventaire", "category": "Portables", "changes": []}]),
        "approves": None,
    },
    "run_log": {"level": "info", "data": "{}"},
    "changes": {
        "fields": json.dumps([{"field": "Prix", "from": None, "to": 1.5, "why": "changed"}]),
        "outcome": "done",
        "action": "update",
        "system": "hector",
        "record": "asset",
        "wrote": json.dumps({"asset": "1", "fields": [[PRICE, None, "n1.5"]]}),
    },
    "links": {"category_id": LAPTOPS, "status": "active", "unagreed": json.dumps({PRICE: ["b0", None]})},
    "baselines": {"mapping": SERIAL, "c2_value": "tSN1", "hector_value": "tSN1"},
    "seen": {"ids": json.dumps(["3", "4"])},
    "intentions": {
        "category_id": LAPTOPS,
        "side": "hector",
        "sent": json.dumps({"asset.note": None}),
        "basis": json.dumps({PRICE: None}),
        "left_over": json.dumps(["9"]),
    },
    "conflicts": {
        "mapping": SERIAL,
        "status": "open",
        "use": None,
        **dict.fromkeys(("c2_value", "hector_value", "c2_baseline", "hector_baseline"), "tx"),
    },
    "rounds": {"category_id": LAPTOPS},
    "field_writes": {"mapping": SERIAL, "writes": json.dumps([[1, "c2", "tx"]]), "c2_value": "tx", "hector_value": None},
    "own_writes": {"record": "asset"},
    "undoing": {"mapping": SERIAL, "side": "c2", "value": "tSN9"},
    "errors": {"kind": "network"},
    "last_rules": {"recipients": json.dumps(["it@erables.example"]), "categories": "[]"},
}
"""What columns hold where anything would not do; every other column gets a value of its type."""


def versions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    steps = ScriptDirectory.from_config(config).walk_revisions()
    return sorted(step.revision for step in steps)


def scripts_until(version: str, directory: Path) -> Path:
    """The migrations as they were when this version was the newest."""
    scripts = directory / "migrations"
    (scripts / "versions").mkdir(parents=True)
    (scripts / "env.py").write_text((MIGRATIONS / "env.py").read_text(encoding="utf-8"), encoding="utf-8")
    for file in (MIGRATIONS / "versions").glob("*.py"):
        if file.name[:4] <= version:
            (scripts / "versions" / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    return scripts


def some_value(column: Column[Any], number: int) -> Any:
    """Give a value of the column's type that says which row it stands in."""
    match column.type:
        case Boolean():
            return number % 2 == 0
        case DateTime():
            return datetime(2026, 11, 20 + number, 21, 30, 15, 123456, UTC)
        case BigInteger() | Integer():
            return number
        case String() if not isinstance(column.type, Text) and (column.type.length or 0) in {36, 64}:
            return ci_id(number)
        case String():
            return f"{column.name} {number}" if (column.type.length or 99) <= 40 else f"{column.name} {number} {ODD}"
        case _:
            raise AssertionError(f"what is a value of {column}?")


def filled(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Put two rows into every table there is, and give them."""
    tables = MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        for table in tables.sorted_tables:
            if table.name != VERSIONS:
                for number in (1, 2):
                    known = {name: value for name, value in KNOWN.get(table.name, {}).items() if name in table.c}
                    # Ids are counted up by the database, as they were then.
                    row = {c.name: some_value(c, number) for c in table.c if c.name != "id"} | known
                    if table.name in {"rounds", "field_writes"} and number == 2:
                        row["category_id" if table.name == "rounds" else "mapping"] = "another"
                    connection.execute(insert(table).values(row))
    return rows_of(engine)


def rows_of(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return {
            table.name: list(_rows(connection.execute(select(table).order_by(*_order(table))))) for table in tables.sorted_tables
        }


def _order(table: Table) -> list[Column[Any]]:
    return list(table.primary_key.columns)


def _rows(found: Any) -> Iterator[dict[str, Any]]:
    return (dict(row) for row in found.mappings())


@pytest.fixture(params=versions()[:-1])
def old_engine(request: pytest.FixtureRequest, empty_database_url: str, tmp_path: Path) -> Iterator[Engine]:
    """A database as each earlier version left it, still without rows."""
    version: str = request.param
    engine = open_engine(empty_database_url)
    try:
        upgrade(engine, scripts_until(version, tmp_path))
        assert current_version(engine) == version
        yield engine
    finally:
        engine.dispose()


def test_an_upgrade_keeps_every_row_of_every_table(old_engine: Engine) -> None:
    engine = old_engine
    before = filled(engine)
    assert all(before.values())

    upgrade(engine)

    assert current_version(engine) == head_version()
    after = rows_of(engine)
    del before[VERSIONS]
    for table, rows in before.items():
        assert [{name: row[name] for name in rows[0]} for row in after[table]] == rows, table


def test_what_an_older_program_stored_can_be_read_and_gone_on_with(old_engine: Engine) -> None:
    engine = old_engine
    filled(engine)
    version = current_version(engine) or ""
    knew_what_was_unagreed, knew_exactly = version >= "0008", version >= "0009"
    upgrade(engine)
    store = Store(engine)

    assert [(link.id, link.ci_id, link.asset_id) for link in store.links_of(LAPTOPS)] == [(1, ci_id(1), 1), (2, ci_id(2), 2)]
    assert store.baselines_of(LAPTOPS) == {number: {SERIAL: Baseline("SN1", "SN1")} for number in (1, 2)}
    known = {number: {PRICE: Held(False, None)} for number in (1, 2)}  # noqa: FBT003 - a value of C2
    assert store.unagreed_of([1, 2]) == (known if knew_what_was_unagreed else {}), "it is asked for"
    store.note_calm(LAPTOPS, "rules", [(1, "HP-1", Calm(1, 2, 3, 4), {PRICE: Held(None, "1")})])
    store.forget_calm([2])
    assert store.unagreed_of([1, 2]) == {1: {PRICE: Held(None, "1")}}
    assert [(found.id, found.sent, found.seen) for found in store.intentions_of(LAPTOPS)] == [
        (number, {"asset.note": None}, frozenset({"3", "4"})) for number in (1, 2)
    ]
    assert [found["since"] for found in queries.conflicts(engine)] == [
        "2026-11-21T21:30:15.123456Z",
        "2026-11-22T21:30:15.123456Z",
    ]
    assert [run["read"] for run in queries.runs(engine)] == [{"c2": 3, "hector": 2}] * 2
    assert len(queries.changes(engine, 1)) == len(queries.errors(engine, 1)) == len(queries.log(engine, 1)) == 1
    assert [row.is_exact for row in store.written_by(1)] == [knew_exactly], "an undo can say that it knows no more than names"
    assert [change["names"] for change in queries.changes(engine, 1)] == [{}]
    store.begin_undoing([Undoing(1, SERIAL, Side.C2, "SN0")], NOON)
    known_before = {2: [Undoing(2, SERIAL, Side.C2, "SN9")]} if knew_exactly else {}
    assert store.undoing_of(LAPTOPS) == {1: [Undoing(1, SERIAL, Side.C2, "SN0")]} | known_before
    assert store.reviewed(2) == {("Inventaire", "Portables"): []}
    assert store.start_run("manual", full=True, dry_run=False, at=NOON) == 3, "numbers go on"


def test_a_hold_that_was_told_as_an_error_is_not_over_beside_the_one_that_is_told_now(old_engine: Engine) -> None:
    tables = MetaData()
    tables.reflect(old_engine)
    if "said" not in tables.tables or (current_version(old_engine) or "") >= "0007":
        return  # there were no mails, or holds were told as such
    row = {"topic": "errors", "cmdb": "Inventaire", "category": "Portables", "said_at": NOON}
    rows = [row | {"fingerprint": kind, "kind": kind} for kind in ("guard", "network")]
    with old_engine.begin() as connection:
        connection.execute(insert(tables.tables["said"]), rows)

    upgrade(old_engine)

    assert [one.kind for one in Store(old_engine).said()] == ["network"]


def test_a_newer_database_is_left_as_it_is(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSIONS} SET version_num = '9999'"))
    before = rows_of(engine)

    with pytest.raises(SettingsError, match=r"9999.*newer"):
        upgrade(engine)

    assert rows_of(engine) == before
    engine.dispose()
