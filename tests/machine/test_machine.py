"""People work in both systems, runs happen at any point, and everything ends where the rules say.

A Hypothesis state machine over both systems in memory: ``people.py`` has what people do, ``judge.py`` what a run may make of
it. Here are the runs, and what holds at rest: no further write, nothing lost, nothing doubled.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test
from judge import Judge
from people import PLACES, People
from play_world import Picture, Place
from rule_table import Listed
from watched import FAULTS

from syncsvc.domain.plan import RunStatus

RUNS_TO_REST = 3
"""Runs after the last edit by which everything must have arrived."""


class Machine(People):
    """People, and the runs between."""

    @rule()
    def a_run(self) -> None:
        self.run_once()

    @rule(at=PLACES)
    def a_run_of_one_category(self, at: int) -> None:
        self.run_once(self.world.places[at])

    @rule(how=st.sampled_from(FAULTS), after=st.integers(0, 3), times=st.integers(1, 4))
    def a_run_on_a_bad_day(self, how: str, after: int, times: int) -> None:
        """Some of the run's writes are refused, or are done without an answer."""
        self.world.faults.plan(how, after, times)
        self.run_once()
        self.world.faults.plan("none", 0, 0)

    def run_once(self, only: Place | None = None) -> None:
        before, self.sound = [self.world.picture(place) for place in self.world.places], False
        self.world.noted.clear()
        self.world.faults.met.clear()
        report = self.world.run(only)
        after = [self.world.picture(place) for place in self.world.places]
        listed = self._listed()
        assert report.status is not RunStatus.FAILED, [
            problem.message for c in report.categories for problem in c.problems.values()
        ]
        for judge, then, now in zip(self.judges, before, after, strict=True):
            ran = next((c for c in report.categories if c.category == judge.place.name), None)
            if ran is None or ran.held:
                assert _untouched(then, now), f"{judge.place.name} was not run, or held, and changed"
            else:
                self.seen[judge.place.name] = now
                judge.judge(then, now, listed[judge.place.name], faulty=bool(self.world.faults.met))
                self._made_once(judge, then, now)
        self._to_the_point()
        self.sound = True

    def _listed(self) -> dict[str, Listed]:
        conflicts, errors = self.world.conflicts(), self.world.errors()
        return {
            place.name: Listed(
                frozenset((c["ci"], c["field"]) for c in conflicts if c["category"] == place.name),
                [error for error in errors if error["category"] == place.name],
            )
            for place in self.world.places
        }

    def _made_once(self, judge: Judge, before: Picture, after: Picture) -> None:
        """No subcategory is made whose key another one has."""
        keys = {id_: judge.key_of_subcategory(one) for id_, one in after.subcategories.items()}
        for made in after.subcategories.keys() - before.subcategories.keys():
            double = [other for other, key in keys.items() if other != made and key == keys[made]]
            assert not double, f"subcategory {made} was made though {double} has its key {keys[made]}"

    def _to_the_point(self) -> None:
        """Nothing is written that stands there already."""
        for one in self.world.noted:
            assert one.field == "new" or one.before != one.after, f"written though it was there already: {one}"

    def teardown(self) -> None:
        """Whatever happened: a few runs later everything is at rest."""
        try:
            if self.judges and self.sound:
                self._come_to_rest()
        finally:
            self.world.close()

    def _come_to_rest(self) -> None:
        for _ in range(RUNS_TO_REST):
            self.run_once()
        self.run_once()
        assert not self.world.noted, f"not at rest after {RUNS_TO_REST} runs: {self.world.noted}"
        listed = self._listed()
        for judge in self.judges:
            picture = self.world.picture(judge.place)
            if (picture.cis and picture.assets) or not picture.links:
                judge.at_rest(picture, listed[judge.place.name], self._waiting(judge.place, picture))

    def _waiting(self, place: Place, picture: Picture) -> int:
        intentions = self.world.around.store.intentions_of(place.category.id)
        there = {str(id_) for id_ in (*picture.cis, *picture.assets)}
        return sum(1 for intention in intentions if intention.source_id not in there)


def _untouched(before: Picture, after: Picture) -> bool:
    return (before.cis, before.assets, before.subcategories, before.links) == (
        after.cis,
        after.assets,
        after.subcategories,
        after.links,
    )


LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
BUDGET = settings(
    max_examples=1000 if LONG else 20,
    stateful_step_count=50 if LONG else 30,
    derandomize=not LONG,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)


def test_whatever_people_do_everything_arrives_and_nothing_is_lost() -> None:
    run_state_machine_as_test(Machine, settings=BUDGET)
