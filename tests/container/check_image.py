"""The image as it is delivered: built, and run without rights on a file system that cannot be written.

Only ``make test-container`` comes here. Where there is nothing to build with, it ends with words about what is missing.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from container_build import ROOT, build
from container_engine import NEITHER, Container, Ended, Engine, find_engine
from mail_catcher import MailCatcher, free_port, mail_catcher
from postgres_server import PostgresServer

from syncsvc import __version__

ACCOUNT = "10001"
PROMISED = 10
"""Seconds in which a stopped service is gone."""
SECRETS = {"syncsvc_c2__password": "sandbox-secret", "syncsvc_hector__token": "sandbox-token"}
RULES = "/opt/syncsvc/share/sync.example.yaml"


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Engine:
    """The image, built."""
    directory = Path(os.environ.get("CONTAINER_TEST_DIR", ROOT / "build" / "container-test"))
    directory.mkdir(parents=True, exist_ok=True)
    found = find_engine(directory)
    if found is None:
        pytest.exit(NEITHER, returncode=1)
    try:
        upon = build(found, directory)
    except RuntimeError as error:
        pytest.exit(str(error), returncode=1)
    size = int(found.inspect(found.image)["Size"]) // 1_000_000
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        sys.stdout.write(f"The image was built upon {upon}; it has {size} MB.\n")
    return found


@pytest.fixture(scope="session")
def sandbox(engine: Engine) -> Iterator[tuple[int, int]]:
    """Both sandbox systems, running from the image; their ports."""
    c2, hector = free_port(), free_port()
    with engine.running("sandbox", f"--c2-port={c2}", f"--hector-port={hector}") as container:
        until(lambda: _answers(c2) and _answers(hector), container)
        yield c2, hector


@dataclass
class Place:
    """What a container is given from outside, and how the service is called there."""

    engine: Engine
    data: Path
    secrets: Path
    settings: dict[str, str]

    def running(self, *arguments: str) -> AbstractContextManager[Container]:
        return self.engine.running(*arguments, mounts=self.mounts, **self.settings)

    def run(self, *arguments: str) -> Ended:
        return self.engine.run(*arguments, mounts=self.mounts, **self.settings)

    @property
    def mounts(self) -> dict[Path, str]:
        return {self.data: "/data", self.secrets: "/run/secrets:ro"}


@pytest.fixture
def place(engine: Engine, sandbox: tuple[int, int], tmp_path: Path) -> Place:
    """Settings for the sandbox, its secrets as files, and an empty directory for what is to last."""
    c2, hector = sandbox
    data, secrets = tmp_path / "data", tmp_path / "secrets"
    data.mkdir()
    data.chmod(0o777)  # the account of the image is nobody outside
    secrets.mkdir()
    for name, secret in SECRETS.items():
        (secrets / name).write_text(secret + "\n", encoding="utf-8")
    settings = {
        "SYNCSVC_C2__URL": f"http://127.0.0.1:{c2}/c2atom",
        "SYNCSVC_C2__USERNAME": "syncsvc",
        "SYNCSVC_HECTOR__URL": f"http://127.0.0.1:{hector}",
        "SYNCSVC_RULES": RULES,
        "SYNCSVC_CONSOLE__PORT": str(free_port()),
    }
    return Place(engine, data, secrets, settings)


def until(condition: Callable[[], bool], container: Container, *, seconds: float = 90) -> None:
    """Wait until something is so; fails with the container's log when it takes too long."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, container.log()
        time.sleep(0.3)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# -- what is in it -------------------------------------------------------------------------------------------------------


def test_it_runs_as_an_account_without_any_right(engine: Engine) -> None:
    status = "print(open('/proc/self/status').read())"
    found = dict(line.split(":\t", 1) for line in engine.run("-c", status, entrypoint="python").out.splitlines() if ":\t" in line)

    assert found["Uid"].split() == found["Gid"].split() == [ACCOUNT] * 4
    assert {name: int(found[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == dict.fromkeys(
        ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"), 0
    )
    assert found["NoNewPrivs"].strip() == "1"
    assert engine.inspect(engine.image)["Config"]["User"] == f"{ACCOUNT}:{ACCOUNT}"


def test_nothing_but_data_belongs_to_the_account(engine: Engine) -> None:
    own = engine.run("-c", "find / -xdev -not -path '/proc/*' -user 10001 -o -xdev -perm -0002 -type d", entrypoint="sh").out

    assert set(own.split()) - {"/tmp", "/var/tmp", "/run/lock", "/dev/shm", "/dev/mqueue"} == {"/data"}


def test_there_is_nothing_to_build_with(engine: Engine) -> None:
    look = (
        "import importlib.util, json, shutil;"
        "print(json.dumps([n for n in ('pip', 'pip3', 'gcc', 'cc', 'make', 'git', 'uv') if shutil.which(n)]"
        "+ [n for n in ('pip', 'hatchling', 'pytest', 'ruff', 'mypy') if importlib.util.find_spec(n)]))"
    )

    assert engine.run("-c", look, entrypoint="python").document == []


def test_it_is_compiled_and_knows_the_time_zones_by_itself(engine: Engine) -> None:
    look = (
        "import json, pathlib, sys, zoneinfo; zoneinfo.reset_tzpath([]);"
        "import syncsvc; home = pathlib.Path(syncsvc.__file__).parent;"
        "code = [f for f in home.rglob('*.py') if f.parent.name != 'versions'];"
        "compiled = {f.name.split('.')[0] for f in home.rglob('*.pyc')};"
        "print(json.dumps([str(zoneinfo.ZoneInfo('America/Toronto')), [str(f) for f in code if f.stem not in compiled]]))"
    )

    assert engine.run("-c", look, entrypoint="python").document == ["America/Toronto", []]


def test_its_labels_tell_what_it_is(engine: Engine) -> None:
    labels = engine.inspect(engine.image)["Config"]["Labels"]

    assert labels["org.opencontainers.image.version"] == __version__
    assert engine.run("--version").out.strip() == f"syncsvc {__version__}"
    assert all(labels[f"org.opencontainers.image.{name}"] for name in ("title", "description", "revision", "created"))


# -- what it does --------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, place: Place) -> Iterator[str]:
    """The kind of database; that of PostgreSQL is told by a file, as it holds a password."""
    if request.param == "sqlite":
        yield "sqlite"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create()
    (place.secrets / "syncsvc_database_url").write_text(server.url(name), encoding="utf-8")
    yield "postgresql"
    server.drop(name)


@pytest.fixture
def mail(place: Place) -> Iterator[MailCatcher]:
    with mail_catcher() as catcher:
        known = {"HOST": "127.0.0.1", "PORT": str(catcher.port), "SECURITY": "none", "FROM": "syncsvc@erables.example"}
        place.settings |= {f"SYNCSVC_SMTP__{name}": value for name, value in known.items()}
        yield catcher


def test_it_gets_healthy_synchronises_sends_its_mail_and_stops_with_0(place: Place, database: str, mail: MailCatcher) -> None:
    with place.running("serve") as service:
        until(service.is_healthy, service)
        first = service.call("syncsvc", "sync", "--json")
        second = service.call("syncsvc", "sync", "--json")
        begin = time.monotonic()
        code = service.stop(PROMISED)
        log = service.log()

    assert time.monotonic() - begin < PROMISED
    assert code == 0, log
    assert first.document["status"] == second.document["status"] == "completed_with_errors"
    if database == "sqlite":  # the first to come; for the other, both systems are in step already
        assert sum(first.document["created"].values()) > 100
    assert second.document["fields_written"] == {"c2": 0, "hector": 0}
    assert len(mail.subjects) >= 1
    assert (place.data / "syncsvc.db").exists() == (database == "sqlite")
    events = [json.loads(line)["event"] for line in log.splitlines() if line.startswith("{")]
    assert events[-1] == "service stopped"
    assert not [secret for secret in SECRETS.values() if secret in log + first.out + first.err]


def test_what_it_keeps_outlives_the_container(place: Place) -> None:
    assert place.run("sync", "--json").document["run"] == 1

    with place.running("serve") as service:
        until(service.is_healthy, service)
        runs = service.call("syncsvc", "runs", "--json").document
    assert [run["run"] for run in runs] == [1]


def test_killed_in_the_middle_of_a_run_the_next_container_goes_on(place: Place) -> None:
    file = place.data / "syncsvc.db"
    with place.running("sync") as run:
        until(lambda: file.exists() and _rows(file, "links") > 0, run)
        run.kill()

    assert place.run("sync", "--json").code == 1  # the records that the sandbox has errors in, not 3: another run
    runs = place.run("runs", "--json").document
    assert [run["status"] for run in runs] == ["completed_with_errors", "interrupted"]


def test_a_run_that_is_asked_to_stop_is_gone_in_time(place: Place) -> None:
    file = place.data / "syncsvc.db"
    with place.running("sync") as run:
        until(lambda: file.exists() and _rows(file, "links") > 0, run)
        code = run.stop(PROMISED)

    assert code != 128 + signal.SIGKILL
    assert place.run("runs", "--json").document[0]["status"] == "interrupted"


def _rows(file: Path, table: str) -> int:
    try:
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except sqlite3.OperationalError:  # not made yet
        return 0
