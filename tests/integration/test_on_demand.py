"""Runs that somebody asks a service for: real runs against both systems, held where a test looks at them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from held_runs import House, house_of
from service_nights import NINE, Clock
from structlog.testing import capture_logs

from syncsvc import logs
from syncsvc.bootstrap import Watch
from syncsvc.cli.progress import logger
from syncsvc.domain.errors import AnotherRunError, RulesError, SyncError, UnfitRequestError
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.rules import Rules
from syncsvc.engine.context import StoppedError
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest
from syncsvc.engine.stage import Stage
from syncsvc.scheduler.on_demand import LOOKING, OnDemand
from syncsvc.scheduler.runs import Runs
from syncsvc.state import queries
from syncsvc.state.lock import RunLock

NOW = RunRequest()


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    with house_of(tmp_path, database_url) as found:
        yield found


def test_a_run_that_is_asked_for_is_carried_out_one_at_a_time(house: House) -> None:
    service = house.service()
    house.gate.close()
    number = service.on_demand.begin(NOW, by_hand=True)
    house.gate.wait_for_somebody()
    assert (house.status(number), queries.run(house.engine, number)["kind"]) == ("running", "manual")
    assert service.runs.is_writing
    with pytest.raises(AnotherRunError, match="Another run that was asked for here is under way"):
        service.on_demand.begin(NOW)
    assert house.world.call("sync").code == 3
    house.gate.open()
    service.on_demand.wait()
    assert house.status(number) == "succeeded"
    assert not service.runs.is_writing
    assert service.runs.stage(number) is None
    assert service.on_demand.begin(NOW, by_hand=True) == number + 1
    service.on_demand.wait()
    assert house.news.heard == []


def test_a_run_of_another_process_keeps_one_from_beginning_and_leaves_no_trace_of_it(house: House) -> None:
    service = house.service()
    with RunLock(house.world.environment["SYNCSVC_DATABASE_URL"]), pytest.raises(AnotherRunError, match="process"):
        service.on_demand.begin(NOW)
    assert house.kinds() == []
    service.on_demand.begin(NOW)
    service.on_demand.wait()
    assert house.kinds() == ["manual"]


def test_the_nightly_run_waits_for_one_that_was_asked_for(house: House) -> None:
    clock = Clock(NINE)
    service = house.service(now=clock)
    house.gate.close()
    service.on_demand.begin(NOW, by_hand=True)
    house.gate.wait_for_somebody()
    service.night.look()
    assert house.kinds() == ["manual"]
    house.gate.open()
    service.on_demand.wait()
    clock.tick()
    service.night.look()
    assert house.kinds() == ["daily", "manual"]


def test_how_far_a_run_is_can_be_seen_while_it_is_on(house: House) -> None:
    for n in range(5):
        house.world.add_ci(f"Portable {n}", f"NEW{n}")
    seen: list[tuple[int, str, str, int, int | None]] = []
    numbers: list[int] = []

    def look(*_: object) -> None:
        for number in numbers:
            stage = service.runs.stage(number)
            if stage is not None:
                seen.append((stage.categories, stage.category, stage.phase, stage.done, stage.total))

    service = house.service(timed=lambda *_: (house.gate(), look()))
    house.gate.close()
    numbers.append(service.on_demand.begin(NOW))
    house.gate.wait_for_somebody()
    first = service.runs.stage(numbers[0])
    assert first is not None
    assert (first.categories, first.category, first.total) == (1, "", None)
    house.gate.open()
    service.on_demand.wait()
    assert next(stage for stage in seen if stage[2] == "reading") == (1, "Inventaire / Portables", "reading", 0, None)
    written = [stage for stage in seen if stage[2] == "writing" and stage[4]]
    assert {stage[4] for stage in written} == {6}
    assert all(0 <= stage[3] <= 6 for stage in written)


def test_a_stage_counts_the_steps_of_its_phase_and_keeps_what_is_over() -> None:
    seen: list[Stage | None] = []

    def synchronise(_rules: object, request: RunRequest, watch: Watch) -> RunReport:
        watch.log("info", "before it is recorded")
        seen.append(runs.stage(5))
        with logs.run_logged(5):
            watch.log("info", "run started", categories=2)
            watch.progress.phase("Portables", "writing", 7)
            watch.progress.advance()
            watch.progress.advance(3)
            seen.append(runs.stage(5))
            watch.progress.phase("Portables", "writing", 1)
            seen.append(runs.stage(5))
            watch.progress.finished("Portables", RunStatus.HELD)
            seen.append(runs.stage(5))
            assert runs.is_writing is not request.dry_run
        return RunReport(5, "manual", full=True, dry_run=False, started_at=NINE)

    runs = Runs(synchronise, Watch())
    for request in (NOW, RunRequest(dry_run=True)):
        runs.carry_out(Rules(()), request)
        assert not runs.is_writing
    over = (("Portables", "held"),)
    told = [Stage(2, (), "Portables", "writing", 4, 7), Stage(2, (), "Portables", "writing", 0, 1), Stage(2, over)]
    assert seen == [None, *told] * 2


def test_a_run_can_be_stopped_as_a_signal_stops_it(house: House) -> None:
    service = house.service()
    house.gate.close()
    number = service.on_demand.begin(NOW)
    house.gate.wait_for_somebody()
    assert not service.runs.stop(number + 1)
    assert service.runs.stop(number)
    stage = service.runs.stage(number)
    assert stage is not None
    assert stage.is_stopping
    house.gate.open()
    service.on_demand.wait()
    assert house.status(number) == "interrupted"
    assert house.world.box.writes() == []
    assert not service.runs.stop(number)
    service.on_demand.begin(NOW)
    service.on_demand.wait()
    assert house.status(number + 1) == "succeeded"


def test_a_run_that_waits_to_repeat_a_call_can_be_stopped_at_once(house: House) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        service.runs.stop(1)

    house.world.box.faults.once("c2", "", "rate_limited", retry_after=50)
    service = house.service(sleep=sleep)
    assert service.on_demand.begin(NOW) == 1
    service.on_demand.wait()
    assert house.status(1) == "interrupted"
    assert len(slept) == 1
    assert slept[0] < 1


def test_a_service_that_is_to_end_stops_its_run_and_begins_none(house: House) -> None:
    ending = threading.Event()
    service = house.service(stop_asked=ending.is_set)
    house.gate.close()
    number = service.on_demand.begin(NOW)
    house.gate.wait_for_somebody()
    ending.set()
    with pytest.raises(StoppedError, match="about to end"):
        service.on_demand.begin(NOW)
    house.gate.open()
    service.on_demand.wait()
    assert house.status(number) == "interrupted"


def test_a_run_that_breaks_is_logged_and_recorded_and_the_next_one_begins(house: House) -> None:
    service = house.service()
    house.gate.close()
    number = service.on_demand.begin(NOW)
    house.gate.wait_for_somebody()
    with house.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE links RENAME TO gone")
    with capture_logs() as logged:
        house.gate.open()
        service.on_demand.wait()
    with house.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO links")
    (line,) = [line for line in logged if line["event"] == "a run that was asked for broke"]
    assert (line["log_level"], line["run"]) == ("error", number)
    assert "links" in line["why"]
    assert house.status(number) == "failed"
    assert house.news.heard == [("asked for", number)]
    service.on_demand.begin(NOW)
    service.on_demand.wait()
    assert house.status(number + 1) == "succeeded"


REFUSED: tuple[tuple[RunRequest, type[SyncError], str], ...] = (
    (RunRequest(category="Nothing"), RulesError, "no category “Nothing”"),
    (RunRequest("approval", approve=7), SyncError, "There is no run 7"),
    (RunRequest("approval", approve=1), UnfitRequestError, "does not wait for approval"),
)


@pytest.mark.parametrize(("asked", "kind", "words"), REFUSED)
def test_why_a_run_cannot_begin_is_told_to_whoever_asked(
    house: House, asked: RunRequest, kind: type[SyncError], words: str
) -> None:
    service = house.service()
    service.on_demand.begin(NOW)
    service.on_demand.wait()
    with pytest.raises(kind, match=words):
        service.on_demand.begin(asked)
    assert service.on_demand.begin(NOW) == 2
    service.on_demand.wait()
    assert house.news.heard == [("asked for", 1), ("asked for", 2)]


def test_without_usable_rules_none_begins_until_they_are_mended(house: House) -> None:
    service, file = house.service(), Path(house.world.environment["SYNCSVC_RULES"])
    good = file.read_text(encoding="utf-8")
    file.write_text("cmdbs: 7\n", encoding="utf-8")
    with pytest.raises(RulesError):
        service.on_demand.begin(NOW)
    file.write_text(good, encoding="utf-8")
    assert service.on_demand.begin(NOW) == 1
    service.on_demand.wait()


# -- who is told ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by_hand", "seconds", "looked_at", "is_told"),
    [
        (False, 0, 0, True),  # by a program
        (False, 0, 1, False),
        (False, 0, 2, True),  # at another run
        (True, LOOKING - 1, 0, False),
        (True, LOOKING, 0, True),
        (True, LOOKING, 1, False),
    ],
)
def test_a_run_is_told_of_when_nobody_looks_at_it_in_the_end(
    house: House, *, by_hand: bool, seconds: float, looked_at: int, is_told: bool
) -> None:
    at = [1.0]
    service = house.service()
    on_demand = OnDemand(service.runs, service.rules, house.news, lambda: False, clock=lambda: at[-1])
    house.gate.close()
    assert on_demand.begin(NOW, by_hand=by_hand) == 1
    house.gate.wait_for_somebody()
    at.append(at[-1] + seconds)
    on_demand.looked_at(looked_at)
    house.gate.open()
    on_demand.wait()
    assert house.news.heard == ([("asked for", 1)] if is_told else [])


def test_a_dry_run_is_told_to_nobody(house: House) -> None:
    service = house.service()
    service.on_demand.begin(RunRequest(dry_run=True))
    service.on_demand.wait()
    assert house.status(1) == "dry_run"
    assert house.news.heard == []


def test_what_is_said_about_a_run_cannot_break_it(house: House) -> None:
    house.news.breaks = True
    service = house.service()
    with capture_logs() as logged:
        service.on_demand.begin(NOW)
        service.on_demand.wait()
    assert [line["event"] for line in logged] == ["something went wrong that syncsvc does not know how to handle"]
    assert house.status(1) == "succeeded"


def test_a_run_s_lines_are_logged_as_those_of_a_night_are(house: House) -> None:
    service = house.service(log=logger())
    with capture_logs() as logged:
        service.on_demand.begin(NOW)
        service.on_demand.wait()
    assert [line["event"] for line in logged if line["event"].startswith("run ")] == ["run started", "run finished"]
