"""One history, drawn from a seed: what the rules are, what people do, when runs start and what strikes them; then rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from random import Random

import httpx
from sim_case import Case
from sim_direct import Direct
from sim_homes import Home
from sim_oracle import judge
from sim_people import People
from sim_service import Service, looking_at
from sim_shape import draw_shape, rules_of
from sim_told import Rest, restless
from sim_town import Clock, Town
from sim_watch import Watch
from sim_weather import Storm, Weather

from syncsvc.engine.request import RunRequest
from syncsvc.sandbox import Sandbox
from syncsvc.state import queries
from syncsvc.state.store import Store

RUNS_TO_REST = 2
"""Calm runs of which the last must find nothing to do any more."""
GOOD = frozenset({"succeeded", "completed_with_errors"})
CALM = Storm()


@dataclass
class Told:
    """What came of a history."""

    case: Case
    wrong: list[str]
    trace: list[str]
    fired: Counter[str]
    runs: list[str]


def story(told: Told) -> str:
    """Tell what went wrong, what led to it, and how to see it again."""
    return "\n".join([f"see it again with: {told.case.command}", "", *told.wrong, "", *told.trace])


@dataclass
class History:
    """A seed on its way through time."""

    seed: int
    home: Home
    threads: int = 1
    aimed: dict[str, int] | None = None
    """A crash point set by hand, for the second of two calm runs; ``None``: everything is drawn."""
    runs: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.clock = Clock()
        self.shape, fields = draw_shape(self.random)
        self.town = Town(self.clock, fields, self.random)
        self.people = People(self.town, self.shape)
        self.watch = Watch(self.town, self.wrong, side_by_side=self.threads > 1)
        self.stopping = False
        self.kept_at = 0
        """How many edits there were when the database was copied."""
        self.points: dict[str, int] = {}
        """How many effects and commits the run with the crash point had."""
        self.kinds: set[str] = set()
        """What its effects were."""

    # -- time passes -----------------------------------------------------------------------------------------------------

    def play(self) -> Told:
        """Let it all happen; gives what came of it."""
        with ExitStack() as closing:
            box = closing.enter_context(Sandbox(self.town.c2, self.town.hector))
            inner = closing.enter_context(httpx.HTTPTransport(verify=False) if self.aimed is None else Direct(box))
            self.weather = Weather(self.town, box, self.clock, self.random, self.watch, inner)
            self.weather.people, self.people.say = self.people.work, self.weather.say
            self.service = Service(
                self.home.url, self.town, self.weather, self.clock, self.random, self.random.choice((3, 5, 50)), self.threads
            )
            self.town.c2.knows_ids = self.town.hector.knows_ids = self.random.random() < 0.9
            self.rules = rules_of(self.shape, fields=self.town.fields)
            self.people.settle(few=self.aimed is not None)
            if self.aimed is None:
                for _ in range(self.random.randint(2, 3)):
                    self._one_day()
            else:
                self._one_crash(self.aimed)
            self._rest()
        self.weather.fired["deletion_meanwhile"] = self.people.deletions_meanwhile
        case = Case(self.seed, self.aimed, self.home.database)
        return Told(case, self.wrong, self.weather.trace, self.weather.fired, self.runs)

    def _one_crash(self, aimed: dict[str, int]) -> None:
        """Let a first run link everything, people change much of it, and a second run meet the crash point."""
        self._run(RunRequest(full=True), CALM)
        self.people.add("c2")
        self.people.add("hector")
        for _ in range(3):
            self.people.work()
        self.weather.aimed = aimed
        self.clock.pass_by(3600)
        self._run(RunRequest(full=True), CALM)
        self.points, self.kinds = {"effect": self.weather.effects, "commit": self.weather.commits}, self.weather.kinds
        self.weather.aimed = {}
        self.clock.pass_by(self.random.choice((2, 70)))

    def _one_day(self) -> None:
        draw = self.random
        if self.shape.restores and draw.random() < 0.4:
            self.home.keep()
            self.kept_at = len(self.town.edits)
        for _ in range(draw.randint(0, 4)):
            self.clock.pass_by(draw.choice((1, 20, 600)))
            self.people.work()
        if self.shape.is_large and draw.random() < 0.5:
            self.people.work_a_lot()
        storm = CALM if draw.random() < 0.15 else Storm(0.12, 0.04, 0.015, draw.choice((0.0, 0.04)), draw.randint(1, 4))
        if self._run(self._draw_request(), storm) == "held" and draw.random() < 0.5:
            self._approve()
        self.people.settle_conflicts(self.home.url)
        self._work_on_links()
        if self.shape.restores and draw.random() < 0.3 and not self.weather.something_is_late and self.home.restore():
            self.weather.fired["database_restored"] += 1
            self.weather.say("an old database is restored")
            self.town.open_gap(since=self.kept_at)
            linked = self.town.linked.items()
            self._look_at_links()
            forgotten = linked - self.town.linked.items()
            self.town.to_meet_anew |= {end for ci, asset in forgotten for end in (("c2", ci), ("hector", asset))}
        self.clock.pass_by(draw.choice((3, 30, 48, 3600, 86400)))

    def _approve(self) -> None:
        """Let somebody approve what the last run held."""
        with looking_at(self.home.url) as engine:
            held = queries.runs(engine, limit=1)[0]["run"]
        self.weather.fired["approved"] += 1
        self._run(RunRequest(approve=held), CALM)

    def _work_on_links(self) -> None:
        """Let somebody join or part records by hand, now and then."""
        dice = self.random.random()
        if self.shape.restores or dice >= 0.1 or self.weather.something_is_late:
            return
        if dice < 0.04:
            self.people.part(self.home.url)
        elif pair := self.people.unlinked_pair():
            self.weather.begin(CALM)
            self.service.join(self.rules, *pair)
            self.town.join(*pair)
            self.weather.say(f"somebody joins {pair[0][1][:8]} and {pair[1][1]}")

    def _draw_request(self) -> RunRequest:
        dice, draw = self.random.random(), self.random
        if dice < 0.08:
            return RunRequest(dry_run=True, full=True)
        if dice < 0.16 and self.town.linked:
            ci, asset = draw.choice(sorted(self.town.linked.items()))
            if self.town.exists(("c2", ci)) and draw.random() < 0.5:
                return RunRequest(ci=str(self.town.c2.ci(ci)["CINumber"]))
            return RunRequest(asset=asset)
        return RunRequest(full=not self.shape.incremental)

    def _run(self, request: RunRequest, storm: Storm) -> str:
        self.weather.begin(storm)
        self.stopping = False
        if storm is not CALM:
            self._trouble_ahead()
        self.service.stop_asked = lambda: self.stopping
        self.weather.say(f"run {request.kind} {_asked(request)}")
        struck = self.weather.struck
        ended = self.service.run(self.rules, request)
        self.service.during = lambda: None
        undisturbed = struck == self.weather.struck and ended in GOOD
        self.watch.end(undisturbed=undisturbed)
        if undisturbed and not (request.dry_run or request.ci or request.asset or request.approve):
            self.town.close_gaps()
        self.weather.say(f"run ended: {ended}; {self.watch.writes} writes")
        self.runs.append(ended)
        if ended != "killed":
            self.weather.finish_late(float("inf"))
        self._look_at_links()
        return ended

    def _trouble_ahead(self) -> None:
        """Draw what happens to a run as a whole, at the moment when it asks whether it may go on."""
        troubles: dict[str, Callable[[], None]] = {
            "second_runner": self._second_runner,
            "lock_lost": self._lose_lock,
            "asked_to_stop": lambda: setattr(self, "stopping", True),
        }
        if self.random.random() >= 0.15:
            return
        kind, left = self.random.choice(sorted(troubles)), [self.random.randint(1, 6)]

        def strike() -> None:
            left[0] -= 1
            if left[0] == 0:
                self.weather.fired[kind] += 1
                self.weather.say(f"!{kind}")
                troubles[kind]()

        self.service.during = strike

    def _second_runner(self) -> None:
        asked = len(self.weather.trace)
        ended = self.service.second(self.rules, RunRequest(full=True))
        did_something = self.threads == 1 and len(self.weather.trace) != asked  # side by side, the first run goes on meanwhile
        if ended != "ended by AnotherRunError" or did_something:
            self.wrong.append(f"a second runner was let in: it {ended}")

    def _lose_lock(self) -> None:
        self.home.cut_lock()

    def _look_at_links(self) -> None:
        with looking_at(self.home.url) as engine:
            self.town.linked = {link.ci_id: str(link.asset_id) for link in Store(engine).links_of(self.town.category)}
            self.wrong += restless(self.town, queries.errors(engine))

    def _rest(self) -> None:
        """Let the weather clear and run until nothing is written; then judge."""
        self.weather.finish_late(float("inf"))
        runs = RUNS_TO_REST + bool(
            self.town.joined
        )  # what a pair joined by hand gives its key up for is told apart one run later
        for _ in range(runs):
            self.clock.pass_by(86400)
            ended = self._run(RunRequest(full=True), CALM)
            if ended == "held":
                self._approve()
                ended = self._run(RunRequest(full=True), CALM)
            if ended in GOOD and not self.watch.writes:
                break
        else:
            self.wrong.append(f"no rest after {runs} runs: the last one ended {ended} with {self.watch.writes} writes")
        with looking_at(self.home.url) as engine:
            rest = Rest.of(engine, self.town.category)
        found = judge(self.town, self.shape, rest)
        self.wrong += found
        if found:
            self.weather.trace += [
                f"error: {error['kind']} {error['ci']} {error['field']} {error['message']}" for error in rest.errors
            ]
            self.weather.trace += [f"conflict: {conflict['ci']} {conflict['field']}" for conflict in rest.conflicts]


def _asked(request: RunRequest) -> str:
    given = {name: getattr(request, name) for name in ("full", "dry_run", "ci", "asset", "approve")}
    return " ".join(f"{name}={value}" for name, value in given.items() if value)
