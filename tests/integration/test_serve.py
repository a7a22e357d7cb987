"""``syncsvc serve`` as people run it: a program of its own, over real systems; stopped, killed and started again."""

from __future__ import annotations

import os
import random
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_world import SECRETS, World, cli_world, ended, wait_until
from serve_world import PROMISED, free_port, log_lines, missed_last_night, nightly, serving
from sqlalchemy import text
from structlog.testing import capture_logs

from syncsvc.cli.main import main
from syncsvc.cli.serve import LOOPBACK, _host
from syncsvc.settings import Settings
from syncsvc.state.database import open_engine, upgrade
from syncsvc.state.lock import RunLock

KILLS = 20 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 3


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with cli_world(tmp_path) as found:
        yield found


def test_from_an_empty_directory_it_answers_waits_for_the_night_and_stops_with_0(world: World) -> None:
    Path(world.environment["SYNCSVC_RULES"]).unlink()
    with serving(world, SYNCSVC_DATABASE_URL="sqlite:///data/syncsvc.db") as service:
        assert service.get("/readyz").json() == {"status": "ready"}
        deep = service.get("/healthz?deep=1")
        assert deep.status_code == 503
        assert [trouble["kind"] for trouble in deep.json()["troubles"]] == ["rules"]
        assert service.metrics()["syncsvc_rules_usable"] == 0

        begin = time.monotonic()
        result = service.stop()

    assert time.monotonic() - begin < PROMISED
    assert result.code == 0
    assert (world.directory / "data" / "syncsvc.db").exists()
    events = [line["event"] for line in log_lines(result)]
    assert "rules cannot be used; no run begins until they can" in events
    assert events[-1] == "service stopped"
    assert world.box.requests == []


@pytest.mark.parametrize("database_kind", ["postgresql"])  # SQLite is what the other programs here run on
def test_a_missed_run_is_caught_up_and_shown_by_the_metrics(world: World, database_url: str) -> None:
    world.environment["SYNCSVC_DATABASE_URL"] = database_url
    missed_last_night(world)
    world.add_ci("Portable jumeau", "SN1")
    with serving(world) as service:
        assert service.metrics()["syncsvc_database_up"] == 1
        wait_until(lambda: nightly(world) == ["completed_with_errors"])
        figures = service.metrics()
        deep = service.get("/healthz?deep=1")
        result = service.stop()

    assert result.code == 0
    assert (deep.status_code, deep.json()) == (200, {"status": "ok", "troubles": []})
    assert figures['syncsvc_runs{kind="daily",status="completed_with_errors"}'] == 1
    assert figures['syncsvc_last_run_status{status="completed_with_errors"}'] == 1
    assert figures['syncsvc_last_run_status{status="failed"}'] == 0
    assert figures['syncsvc_last_run_records_read{system="c2"}'] == 4
    assert figures['syncsvc_last_run_errors{kind="ambiguous"}'] >= 1
    requests = [figures[name] for name in figures if name.startswith("syncsvc_requests_total") and "hector" in name]
    assert sum(requests) == figures['syncsvc_last_run_requests{system="hector"}'] > 0
    assert figures['syncsvc_request_seconds_total{status="200",system="hector"}'] > 0
    assert 0 < figures["syncsvc_last_run_duration_seconds"] < 60
    assert 0 <= figures['syncsvc_last_good_run_age_seconds{category="Portables",cmdb="Inventaire"}'] < 60
    assert figures["syncsvc_next_run_timestamp_seconds"] > time.time()
    assert figures["process_resident_memory_bytes"] > 0


def test_every_line_of_a_run_has_its_number_and_every_write_has_one(world: World) -> None:
    missed_last_night(world)
    world.box.faults.once("hector", "assets", "server_error")
    with serving(world, SYNCSVC_LOG__LEVEL="debug", SYNCSVC_RETRY__ATTEMPTS="3") as service:
        wait_until(lambda: nightly(world) == ["succeeded"])
        result = service.stop()

    lines = log_lines(result)
    inside = [line for line in lines if line["event"] in {"run started", "category read", "write", "run finished"}]
    assert {line["run"] for line in inside} == {2}
    retries = [line for line in lines if "Trying again" in line["event"]]
    assert retries
    assert {line.get("run") for line in retries} == {2}
    assert all("run" not in line for line in lines if line["event"] in {"service started", "service stopped"})
    writes = [line for line in lines if line["event"] == "write" and line.get("action") == "create" and line["record"] == "asset"]
    assert {line["level"] for line in writes} == {"debug"}
    (serial,) = [line for line in writes if line.get("field") == "Série"]
    assert (serial["system"], serial["from"], serial["to"], serial["outcome"]) == ("hector", None, "SN3", "done")
    assert not any(secret in result.err for secret in SECRETS)
    stored = [line["event"] for line in world.call("log", "2", "--json").document]
    assert [event for event in stored if "Trying again" in event] == [line["event"] for line in retries]
    assert stored[0] == "run started"
    assert stored[-1] == "run finished"


def test_sigterm_ends_a_run_between_two_writes_and_the_next_start_goes_on(world: World) -> None:
    with_many(world, 50)
    missed_last_night(world)
    with serving(world) as service:
        wait_until(lambda: len(world.box.writes()) > 10)
        begin = time.monotonic()
        result = service.stop()
        assert time.monotonic() - begin < PROMISED

    written = noted(world)
    assert result.code == 0
    assert 10 < written < 50
    assert nightly(world) == ["interrupted"]
    world.box.clear()
    with serving(world) as service:
        wait_until(lambda: nightly(world) == ["succeeded", "interrupted"])
        assert service.stop(signal.SIGINT).code == 0
    assert noted(world) == 50
    assert sum(request.method == "PATCH" for request in world.box.writes()) == 50 - written


def test_a_system_that_holds_its_answer_back_does_not_hold_the_service(world: World) -> None:
    missed_last_night(world)
    world.box.faults.once("c2", "CI/Retrieve", "timeout", seconds=50)
    with serving(world) as service:
        wait_until(lambda: any("CI/Retrieve" in request.path for request in world.box.requests))
        assert service.get("/healthz").status_code == 200
        begin = time.monotonic()
        result = service.stop()
        assert time.monotonic() - begin < PROMISED

    assert result.code == 0
    assert nightly(world) == ["interrupted"]


@pytest.mark.long
@pytest.mark.timeout(900)
def test_killed_at_random_and_started_again_it_loses_and_doubles_nothing(world: World) -> None:
    dice = random.Random(7)
    with_many(world, 60)
    for number in range(60):
        world.add_ci(f"Portable neuf {number}", f"NEW{number}")
    missed_last_night(world)
    # A creation of which nobody knows what came is judged once its last try must have ended: so long it is left alone.
    world.environment |= {"SYNCSVC_C2__TIMEOUT": "4", "SYNCSVC_HECTOR__TIMEOUT": "4"}
    world.environment |= {"SYNCSVC_RETRY__ATTEMPTS": "1", "SYNCSVC_RETRY__MAX_WAIT": "1"}
    for _ in range(KILLS):
        before = len(world.box.writes())
        with serving(world) as service:
            far = before + dice.randint(1, 120 // KILLS)
            wait_until(lambda far=far: len(world.box.writes()) >= far or "succeeded" in nightly(world))  # type: ignore[misc]
            service.kill()
    with serving(world) as service:
        wait_until(lambda: nightly(world)[:1] == ["succeeded"])
        service.stop()
    time.sleep(5)
    assert world.call("sync").code == 0

    serials = Counter(next(iter(asset["attributes"].values())) for asset in _assets(world))
    assert noted(world) == 60
    assert {serial for serial, count in serials.items() if count > 1} == set()
    assert {f"NEW{number}" for number in range(60)} <= serials.keys()
    links = world.call("links", "--json").document
    assert len(links) == len({link["ci_id"] for link in links}) == len({link["asset_id"] for link in links}) == 123


def test_while_it_waits_for_its_database_it_can_be_stopped(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(30)
        url = f"postgresql+psycopg://svc:secret@127.0.0.1:{silent.getsockname()[1]}/syncsvc"
        program = world.start("serve", SYNCSVC_DATABASE_URL=url, SYNCSVC_CONSOLE__PORT=str(free_port()))
        with silent.accept()[0]:
            begin = time.monotonic()
            program.send_signal(signal.SIGTERM)
            result = ended(program)

    assert time.monotonic() - begin < PROMISED
    assert result.code == 0
    assert "Traceback" not in result.err


def test_a_request_to_stop_is_heard_before_the_service_is_even_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def told_to_stop(**_: object) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        return 1

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("syncsvc.cli.serve.serve", told_to_stop)

    with pytest.raises(SystemExit) as left:
        main(["serve"])

    assert left.value.code == 0
    assert signal.getsignal(signal.SIGTERM) is before


def test_while_somebody_else_synchronises_it_comes_up_and_begins_afterwards(world: World) -> None:
    missed_last_night(world)
    with RunLock(world.environment["SYNCSVC_DATABASE_URL"]):
        with serving(world) as service:
            assert service.get("/readyz").status_code == 200
            result = service.stop()
        assert result.code == 0
        assert any("Another run is under way" in line.get("why", "") for line in log_lines(result))
    assert nightly(world) == []


def test_a_newer_database_a_taken_port_and_missing_settings_are_refused_in_words(world: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = world.call("serve", SYNCSVC_CONSOLE__PORT=str(taken.getsockname()[1]))
    engine = open_engine(world.environment["SYNCSVC_DATABASE_URL"])
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    newer, sync = world.call("serve", SYNCSVC_CONSOLE__PORT=str(free_port())), world.call("sync")
    del world.environment["SYNCSVC_HECTOR__TOKEN"]
    missing = world.call("serve")

    assert port.code == newer.code == sync.code == missing.code == 2
    assert "SYNCSVC_CONSOLE__PORT" in port.err
    assert "9999" in newer.err
    assert "newer" in newer.err
    assert "9999" in sync.err
    assert "SYNCSVC_HECTOR__TOKEN is missing." in missing.err
    assert world.box.requests == []


def test_without_a_password_only_this_machine_is_answered() -> None:
    hash_of_it = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$aGFzaA"
    open_to_all = {"host": "0.0.0.0", "port": 8080}
    with capture_logs() as lines:
        alone = _host(Settings.model_validate({"console": open_to_all}))
        known = _host(Settings.model_validate({"console": open_to_all | {"username": "it", "password_hash": hash_of_it}}))

    assert (alone, known) == (LOOPBACK, "0.0.0.0")
    assert [line["event"] for line in lines] == ["without a password the port is served to this machine alone"]


def test_a_database_that_goes_away_is_told_and_the_process_lives_on(world: World) -> None:
    with serving(world) as service:
        engine = open_engine(world.environment["SYNCSVC_DATABASE_URL"])
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        behind = service.get("/readyz")
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE runs RENAME TO gone"))
        engine.dispose()
        lives, deep, figures = service.get("/healthz"), service.get("/healthz?deep=1"), service.metrics()
        ended_with = service.stop().code

    assert behind.status_code == deep.status_code == 503
    assert "0001" in behind.json()["message"]
    assert deep.json()["troubles"][0]["kind"] == "database"
    assert lives.status_code == 200
    assert figures["syncsvc_database_up"] == 0
    assert ended_with == 0


def with_many(world: World, count: int) -> None:
    """Add pairs of which each needs one write."""
    for number in range(count):
        world.add_ci(f"Portable {number}", f"MANY{number}", Remarques="vérifié")
        world.add_asset(f"MANY{number}")


def noted(world: World) -> int:
    return sum(asset["note"] == "vérifié" for asset in _assets(world))


def _assets(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.box.hector.assets()
    return found
