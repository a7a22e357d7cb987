"""What the outside sees of the service: its addresses at a real port, and the clockwork behind it."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cli_world import wait_until
from serve_world import fetch, free_port
from service_nights import Clock, Nights
from sqlalchemy import Engine

from syncsvc.adapters.traffic import Traffic
from syncsvc.domain.errors import SettingsError
from syncsvc.scheduler.clockwork import Clockwork
from syncsvc.state.category_runs import CategoryHistory
from syncsvc.state.database import StateError
from syncsvc.web.app import Shown, Trouble, make_app
from syncsvc.web.metrics import Present, registry
from syncsvc.web.server import listening, served

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)
NINE = datetime(2026, 11, 21, 2, tzinfo=UTC)


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


@pytest.fixture
def nights(engine: Engine, tmp_path: Path) -> Nights:
    found = Nights(engine, tmp_path / "rules.yaml", Clock(NOON))
    found.write_rules()
    return found


# -- the port ------------------------------------------------------------------------------------------------------------


class Health:
    """What a service shows, to be changed while it is served."""

    def __init__(self) -> None:
        self.troubles: list[Trouble] = []
        self.database: StateError | None = None
        self.traffic = Traffic()

    def check(self) -> None:
        if self.database is not None:
            raise self.database


@contextlib.contextmanager
def shown(engine: Engine, nights: Nights) -> Iterator[tuple[Health, str]]:
    health = Health()
    wanted = (("Inventaire", "Portables"), ("Inventaire", "Écrans"))
    history = CategoryHistory(engine)
    present = Present(
        now=nights.clock,
        next_due=lambda: NINE,
        rules_usable=lambda: True,
        running=lambda: False,
        wanted=lambda: wanted,
        categories=lambda: history.look(nights.clock.at),
        silent=lambda: wanted[1:],
        traffic=health.traffic.passed,
    )
    app = make_app(Shown(health.check, lambda: health.troubles, registry(engine, present)))
    with listening("127.0.0.1", free_port()) as taken:
        port = taken.getsockname()[1]
        with served(app, taken):
            wait_until(lambda: _answers(f"http://127.0.0.1:{port}/healthz"))
            yield health, f"http://127.0.0.1:{port}"


def _answers(url: str) -> bool:
    try:
        return fetch(url).status_code == 200
    except httpx.TransportError:
        return False


def test_silence_is_an_alarm_of_the_deep_look_alone(engine: Engine, nights: Nights) -> None:
    with shown(engine, nights) as (health, url):
        health.troubles.append(Trouble("silent", "There has been no good run for too long.", "Inventaire / Portables", NOON))
        deep = fetch(f"{url}/healthz?deep=1")

        assert fetch(f"{url}/healthz").status_code == fetch(f"{url}/readyz").status_code == 200
        assert deep.status_code == 503
        assert deep.json()["troubles"] == [
            {
                "kind": "silent",
                "message": "There has been no good run for too long.",
                "category": "Inventaire / Portables",
                "last_good_at": "2026-11-20T17:00:00+00:00",
            }
        ]


def test_without_its_database_the_service_lives_but_is_not_ready(engine: Engine, nights: Nights) -> None:
    with shown(engine, nights) as (health, url):
        health.database = StateError("The database failed.", hint="Check that it is running.")
        ready = fetch(f"{url}/readyz")

        assert fetch(f"{url}/healthz").status_code == 200
        assert ready.status_code == 503
        assert ready.json() == {"status": "not ready", "message": "The database failed.", "hint": "Check that it is running."}


def test_there_is_nothing_else_at_the_port(engine: Engine, nights: Nights) -> None:
    with shown(engine, nights) as (_, url):
        for path in ("/", "/docs", "/openapi.json", "/api/v1/runs"):
            assert fetch(url + path).status_code == 404
        assert fetch(f"{url}/healthz", "POST").status_code == 405
        assert "server" not in fetch(f"{url}/healthz").headers


def test_metrics_show_ages_by_the_clock(engine: Engine, nights: Nights) -> None:
    night, _ = nights.start()
    nights.clock.at = NINE
    night.look()
    nights.clock.at += timedelta(hours=5)
    with shown(engine, nights) as (_, url):
        lines = fetch(f"{url}/metrics").text.splitlines()

    assert 'syncsvc_last_good_run_age_seconds{category="Portables",cmdb="Inventaire"} 18000.0' in lines
    assert 'syncsvc_runs{kind="daily",status="succeeded"} 1.0' in lines
    assert f"syncsvc_last_run_timestamp_seconds {NINE.timestamp()!r}".replace("1795226400.0", "1.7952264e+09") in lines


LISTED = {
    "runs by status": "syncsvc_runs",
    "duration": "syncsvc_last_run_duration_seconds",
    "records read": "syncsvc_last_run_records_read",
    "fields written": "syncsvc_last_run_fields_written",
    "errors by kind": "syncsvc_last_run_errors",
    "open conflicts": "syncsvc_open_conflicts",
    "age of the oldest conflict": "syncsvc_oldest_conflict_age_seconds",
    "mails that wait": "syncsvc_mails_waiting",
    "mails that were given up": "syncsvc_mails_given_up",
    "age of the last good run by category": "syncsvc_last_good_run_age_seconds",
    "requests by system and status": "syncsvc_requests_total",
    "their time by system and status": "syncsvc_request_seconds_total",
}
"""What ``/metrics`` is to tell."""


def test_every_figure_that_is_promised_is_there(engine: Engine, nights: Nights) -> None:
    night, _ = nights.start()
    nights.clock.at = NINE
    night.look()
    with shown(engine, nights) as (health, url):
        health.traffic.note("c2", 200, 0.5)
        health.traffic.note("c2", 200, 0.25)
        health.traffic.note("hector", None, 2)
        lines = fetch(f"{url}/metrics").text.splitlines()

    told = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert set(LISTED.values()) <= told
    assert 'syncsvc_requests_total{status="200",system="c2"} 2.0' in lines
    assert 'syncsvc_request_seconds_total{status="200",system="c2"} 0.75' in lines
    assert 'syncsvc_requests_total{status="error",system="hector"} 1.0' in lines
    assert 'syncsvc_silent{category="Portables",cmdb="Inventaire"} 0.0' in lines
    assert 'syncsvc_silent{category="Écrans",cmdb="Inventaire"} 1.0' in lines, "one that never had a good run"


def test_a_port_that_is_taken_is_said_in_words() -> None:
    with (
        listening("127.0.0.1", free_port()) as taken,
        pytest.raises(SettingsError, match="cannot listen on") as refused,
        listening("127.0.0.1", taken.getsockname()[1]),
    ):
        pass
    assert "SYNCSVC_CONSOLE__PORT" in refused.value.hint


# -- the clockwork -------------------------------------------------------------------------------------------------------


def test_the_clockwork_calls_at_once_and_at_the_due_time_and_never_two_at_a_time() -> None:
    due = datetime.now(UTC) + timedelta(seconds=1.5)
    calls: list[tuple[str, datetime]] = []
    busy = threading.Lock()

    def night() -> None:
        assert busy.acquire(blocking=False)
        calls.append(("night", datetime.now(UTC)))
        time.sleep(0.05)
        busy.release()

    def breaks() -> None:
        calls.append(("breaks", datetime.now(UTC)))
        raise RuntimeError("it is called again all the same")

    clockwork = Clockwork({"night": night, "breaks": breaks}, lambda now: due if due > now else None)
    clockwork.start()
    try:
        wait_until(lambda: sum(name == "night" for name, _ in calls) == 2)
        wait_until(lambda: sum(name == "breaks" for name, _ in calls) == 2)
    finally:
        clockwork.stop()

    first, second = (at for name, at in calls if name == "night")
    assert first < due <= second < due + timedelta(seconds=5)


def test_the_clockwork_does_not_tell_how_it_keeps_its_jobs(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("apscheduler").setLevel(logging.NOTSET)
    with caplog.at_level(logging.DEBUG):
        Clockwork({"night": lambda: None}, lambda _now: None)

    assert caplog.messages == []


def test_when_the_clock_was_set_everything_is_looked_at_anew() -> None:
    calls: list[datetime] = []
    ahead = [timedelta(0)]
    clockwork = Clockwork({"night": lambda: calls.append(datetime.now(UTC))}, lambda _now: None, ahead=lambda: ahead[0])
    clockwork.start()
    try:
        wait_until(lambda: len(calls) == 1)
        ahead[0] += timedelta(seconds=5)
        clockwork.check_clock()
        time.sleep(0.2)
        assert len(calls) == 1
        ahead[0] -= timedelta(hours=4)
        clockwork.check_clock()
        wait_until(lambda: len(calls) == 2)
    finally:
        clockwork.stop()
