"""Opening the database and its schema: settings errors in words, and migrations that agree with the tables."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from postgres_server import PostgresServer
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from state_examples import LAPTOPS, NOON, intention, linked

from syncsvc.domain.errors import SettingsError
from syncsvc.shipped import shipped
from syncsvc.state.database import StateError, current_version, head_version, open_engine, reading, upgrade, writing
from syncsvc.state.store import Store
from syncsvc.state.tables import metadata, runs

NEXT = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "0002_next", "{head}", None, None
def upgrade():
    with op.batch_alter_table("links", recreate="always" if op.get_bind().dialect.name == "sqlite" else "never") as links:
        links.add_column(sa.Column("colour", sa.Text()))
    {more}
"""


def scripts_with_a_next_step(directory: Path, more: str = "") -> Path:
    """The shipped migrations and one more, which builds ``links`` anew on SQLite."""
    scripts = directory / "100% migrations"
    (scripts / "versions").mkdir(parents=True)
    for file in [Path("env.py"), *(Path("versions") / found.name for found in (shipped("migrations") / "versions").glob("*.py"))]:
        (scripts / file).write_text((shipped("migrations") / file).read_text())
    (scripts / "versions" / "next.py").write_text(NEXT.format(head=head_version(), more=more))
    return scripts


def test_an_empty_database_is_brought_to_this_version(empty_database_url: str, capfd: pytest.CaptureFixture[str]) -> None:
    engine = open_engine(empty_database_url)
    assert current_version(engine) is None
    upgrade(engine)
    assert current_version(engine) == head_version()
    upgrade(engine)
    assert Store(engine).start_run("manual", full=True, dry_run=False, at=NOON) == 1
    engine.dispose()
    assert capfd.readouterr() == ("", "")


def test_migrations_and_tables_agree(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_a_table_built_anew_takes_nothing_along(store: Store, engine: Engine, tmp_path: Path) -> None:
    ids = linked(store, 1, 2)
    upgrade(engine, scripts_with_a_next_step(tmp_path))
    assert current_version(engine) == "0002_next"
    assert [link.id for link in store.links_of(LAPTOPS)] == ids
    assert {link: len(known) for link, known in store.baselines_of(LAPTOPS).items()} == dict.fromkeys(ids, 2)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM links"))
    assert store.baselines_of(LAPTOPS) == {}, "foreign keys hold again after the upgrade"


def test_a_failing_upgrade_leaves_everything_as_it_was(store: Store, engine: Engine, tmp_path: Path) -> None:
    linked(store, 1)
    with pytest.raises(StateError, match="nowhere"):
        upgrade(
            engine, scripts_with_a_next_step(tmp_path, "op.execute('DELETE FROM baselines'); op.execute('DELETE FROM nowhere')")
        )
    assert current_version(engine) == head_version()
    assert len(store.baselines_of(LAPTOPS)) == 1
    with engine.connect() as connection, pytest.raises(Exception, match="colour"):
        connection.execute(text("SELECT colour FROM links"))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_an_upgrade_that_would_leave_loose_ends_is_undone(store: Store, engine: Engine, tmp_path: Path) -> None:
    linked(store, 1)
    with pytest.raises(StateError, match="2 rows that refer to nothing"):
        upgrade(engine, scripts_with_a_next_step(tmp_path, "op.execute('DELETE FROM links')"))
    assert len(store.links_of(LAPTOPS)) == 1


def test_a_database_of_a_newer_program_is_refused_and_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'ffff'"))
    with pytest.raises(SettingsError, match=r"ffff.*newer") as refused:
        upgrade(engine)
    assert "Install" in refused.value.hint
    assert current_version(engine) == "ffff"


def test_a_database_without_schema_says_what_to_do(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    with pytest.raises(StateError) as failed:
        Store(engine).links_of(LAPTOPS)
    assert "syncsvc db upgrade" in failed.value.hint
    engine.dispose()


def test_a_failed_transaction_leaves_nothing(engine: Engine) -> None:
    row = {"kind": "manual", "status": "running", "full": True, "dry_run": False, "started_at": NOON}
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(runs.insert(), [row | {"id": 1}, row | {"id": 1}])
    with reading(engine) as connection:
        assert connection.execute(runs.select()).all() == []


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_sqlite_keeps_what_it_committed_and_checks_references(engine: Engine) -> None:
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_writer_cannot_be_overtaken_between_its_read_and_its_write(engine: Engine, database_url: str) -> None:
    with writing(engine):
        other = sqlite3.connect(database_url.removeprefix("sqlite:///"), timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("DELETE FROM runs")
        other.close()


def test_a_reader_is_not_kept_waiting_by_a_writer(engine: Engine, database_url: str) -> None:
    reader = open_engine(database_url)
    with writing(engine) as connection:
        connection.execute(runs.insert(), {"kind": "x", "status": "x", "full": True, "dry_run": False, "started_at": NOON})
        with reading(reader) as other:
            assert other.execute(runs.select()).all() == []
    reader.dispose()


def test_a_database_in_memory_is_one_for_all_connections() -> None:
    engine = open_engine("sqlite://")
    upgrade(engine)
    store = Store(engine)
    store.add_intentions(store.start_run("manual", full=True, dry_run=False, at=NOON), [intention(1)])
    assert len(store.intentions_of(LAPTOPS)) == 1
    engine.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "nonsense-with-geheim",
        "postgresql://user:geheim@host:12a/db",
        "postgresql://user:ge@heim@host/db",
        "postgresql://user:geheim@host",
        "postgresql+asyncpg://user:geheim@host/db",
        "mysql://user:geheim@host/db",
        "sqlite://data/geheim.db",
        "sqlite:///file:geheim?mode=ro&uri=true",
        "sqlite:///geheim.db?mode=ro",
    ],
)
def test_an_unusable_url_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        open_engine(url)
    told = f"{refused.value} {refused.value.hint} {refused.value!r} {refused.value.__cause__!r}"
    assert "SYNCSVC_DATABASE_URL" in told
    assert "heim" not in told


def test_a_server_that_does_not_answer_is_named_without_the_password() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: nobody else can answer there
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError) as refused:
            open_engine(f"postgresql://user:geheim@127.0.0.1:{port}/db?sslpassword=verborgen")
    told = f"{refused.value} {refused.value.hint} {refused.value.__cause__}"
    assert f"“db” on 127.0.0.1:{port}" in told
    assert "geheim" not in told
    assert "verborgen" not in told


def test_a_drivers_words_are_shown_without_the_password(postgres: PostgresServer) -> None:
    with pytest.raises(SettingsError, match=r"database “open-\*\*\*|does not exist") as refused:
        open_engine(postgres.url("has-open-sesame-in-it"))
    assert 'database "has-***-in-it" does not exist' in str(refused.value)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_in_another_encoding_is_refused(postgres: PostgresServer, encoding: str) -> None:
    postgres.execute(f"CREATE DATABASE other ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(SettingsError, match=encoding):
        open_engine(postgres.url("other"))
    postgres.drop("other")


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match=str(tmp_path / "file")):
        open_engine(f"sqlite:///{tmp_path}/file/data/syncsvc.db")


def test_a_directory_in_the_databases_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is a directory"):
        open_engine(f"sqlite:///{tmp_path}")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("this is not a database, however long one reads on in it" * 50)
    with pytest.raises(SettingsError, match=r"notes\.txt.*not a database"):
        open_engine(f"sqlite:///{tmp_path}/notes.txt")


def test_a_directory_that_may_not_be_written_is_named() -> None:
    code = (
        "import os, sys\n"
        "from syncsvc.domain.errors import SettingsError\n"
        "from syncsvc.state.database import open_engine\n"
        "os.setuid(65534) if os.getuid() == 0 else None  # root may write everywhere\n"
        "try:\n    open_engine(sys.argv[1])\n"
        "except SettingsError as error:\n    print(error)\n"
    )
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o555)
        run = [sys.executable, "-c", code, f"sqlite:///{name}/syncsvc.db"]
        told = subprocess.run(run, capture_output=True, text=True, check=True)
        assert f"needs to write {name}/syncsvc.db" in told.stdout
        assert os.listdir(name) == []  # noqa: PTH208 - the name is at hand


def test_a_cut_connection_of_a_pool_is_noticed_and_replaced(postgres: PostgresServer, postgres_template: str) -> None:
    name = postgres.create(postgres_template)
    engine = open_engine(postgres.url(name))
    store = Store(engine)
    store.links_of(LAPTOPS)
    postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    assert store.links_of(LAPTOPS) == []
    engine.dispose()
    postgres.drop(name)


def test_values_are_not_in_the_words_of_a_failure(engine: Engine) -> None:
    with pytest.raises(StateError) as failed, writing(engine) as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:a)"), {"a": "geheim"})
    assert "geheim" not in f"{failed.value} {failed.value.__cause__}"
