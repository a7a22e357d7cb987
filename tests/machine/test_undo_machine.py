"""People work, runs happen, and runs are undone at any point: what was put back is what was, and nobody's word is lost.

The machine of ``test_machine.py`` with undos between its runs, which its judges go on judging. ``judge_undo.py`` says what an
undo promises, ``judge_undone.py`` holds it to that.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test
from judge_undo import Promise
from judge_undone import UndoJudge, told_of
from killer import Killer
from people import ANY, PLACES, edits_of
from test_machine import Machine
from tied_fields import KEYS, OWN, SHARED
from undo_world import ByNow, Done, UndoWorld
from watched import FAULTS

from syncsvc.engine.report import RunReport

KILLS = ("before effect", "after effect", "commit")
WORK = st.tuples(
    st.sampled_from(["ci", "sharing ci", "asset", "subcategory", "move"]),
    PLACES,
    ANY,
    edits_of(OWN),
    edits_of((*SHARED, *KEYS)),
)
"""A piece of somebody's work: where, in which record, and what is typed there."""
AFTERTHOUGHTS = st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=3)
"""Pieces of the work that somebody thinks better of once the run has been: by number, there or on the other side."""
UNDOS = st.fixed_dictionaries(
    {
        "which": st.sampled_from([0, 0, 0, 1, 2, 3]),
        "by_now": st.builds(
            ByNow, st.sampled_from([None, None, None, "→", "←", "⇄", "none"]), st.sampled_from(["", "", "", "note", "price"])
        ),
        "how": st.sampled_from(["well"] * 6 + [*FAULTS, *KILLS, *KILLS]),
        "after": st.integers(0, 6),
        "times": st.integers(1, 4),
        "again": st.booleans(),
    }
)
"""Which of the latest runs, counted back; what has become of the rules by now; what goes wrong, from the how manieth write on and
how often; and whether the undo is asked for once more then."""


ACROSS = {"ci": "asset", "asset": "ci", "sharing ci": "subcategory", "subcategory": "sharing ci", "move": "sharing ci"}


class UndoMachine(Machine):
    """People, the runs between, and undos of them."""

    JUDGE = UndoJudge
    WORLD = UndoWorld
    judges: list[UndoJudge]
    world: UndoWorld

    @rule(days=st.lists(st.tuples(st.lists(WORK, min_size=1, max_size=6), AFTERTHOUGHTS, UNDOS), min_size=1, max_size=3))
    def days_that_were_a_mistake(self, days: Any) -> None:
        """People work, a run carries it over, they go on working at the same records, and a run is undone."""
        for work, again, undo in days:
            for piece in work:
                self._work(*piece)
            self.run_once()
            for number, across in again:
                what, *rest = work[number % len(work)]
                self._work(ACROSS[what] if across else what, *rest)
            self.somebody_undoes_a_run(undo)

    def _work(self, what: str, at: int, which: int, own: Any, shared: Any) -> None:
        match what:
            case "ci":
                self.somebody_edits_a_ci(at, which, own)
            case "sharing ci":
                self.somebody_edits_a_ci(at, which, shared)
            case "asset":
                self.somebody_edits_an_asset(at, which, own)
            case "subcategory":
                self.somebody_edits_a_subcategory(at, which, shared)
            case "move":
                self.somebody_moves_an_asset(at, which, which + 1)

    @rule(undo=UNDOS)
    def somebody_undoes_a_run(self, undo: Any) -> None:
        """An undo without ``--apply`` writes nothing, one with it does what that one said, and another one has nothing to do."""
        if not self._undoable():
            return
        run, by_now = self._chosen(undo["which"]), undo["by_now"]
        if undo["how"] == "well":
            before = self.world.pictures()
            shown = self.world.undo(run.run, by_now, dry=True)
            assert not self.world.noted, f"a dry run wrote {self.world.noted}"
            assert self.world.pictures() == before, "a dry run changed something"
            report = self._undo(run, by_now)
            assert shown is not None
            assert report is not None
            assert told_of(shown) == told_of(report), "what was shown is not what was done"
        else:
            self._undo_on_a_bad_day(run, undo)
        if undo["how"] == "well" or undo["again"]:
            self._nothing_is_left(run, by_now)

    def _undo_on_a_bad_day(self, run: Done, undo: Any) -> None:
        """Some writes of an undo fail, or it is killed; asked for once more, it does the rest."""
        if undo["how"] in KILLS:
            self._undo(run, undo["by_now"], Killer(undo["how"], undo["after"] + 1))
        else:
            self.world.faults.plan(undo["how"], undo["after"], undo["times"])
            self._undo(run, undo["by_now"])
            self.world.faults.plan("none", 0, 0)
        if undo["again"]:
            self._undo(run, undo["by_now"])

    def _undoable(self) -> list[Done]:
        known = [done for done in self.world.done if done.did_anything and not done.was_cut]
        return [done for done in known if done.wrote] or known

    def _chosen(self, which: int) -> Done:
        """One of the latest runs that changed something."""
        return self._undoable()[-4:][::-1][which % len(self._undoable()[-4:])]

    def _undo(self, run: Done, by_now: ByNow, killer: Killer | None = None) -> RunReport | None:
        later, unsure = self.world.later_writes(run)
        promises = []
        self.sound = False
        for judge in self.judges:
            name = judge.place.name
            then = self.world.picture(judge.place)
            promises.append(Promise(judge, run.before[name], run.after[name], then, later, unsure, by_now))
        report = self.world.undo(run.run, by_now, killer=killer)
        faulty = report is None or bool(self.world.faults.met)
        for judge, promise in zip(self.judges, promises, strict=True):
            name = judge.place.name
            after = self.world.picture(judge.place)
            of_it = next((it for it in report.categories if it.category == name), None) if report else None
            if not faulty:
                judge.said(promise, after, of_it)
            judge.undone(promise, after, of_it, faulty=faulty)
        self._to_the_point()
        self.sound = True
        return report

    def _nothing_is_left(self, run: Done, by_now: ByNow) -> None:
        before: Any = self.world.pictures()
        again = self.world.undo(run.run, by_now)
        assert again is not None
        assert not self.world.noted, f"undone twice: {self.world.noted}"
        assert self.world.pictures() == before, "undone twice"


LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
SHORT = (Phase.explicit, Phase.generate)
"""A failure is told as it is found: to make it small takes longer than a test may."""
BUDGET = settings(
    max_examples=1000 if LONG else 12,
    stateful_step_count=50 if LONG else 15,
    phases=tuple(Phase) if LONG else SHORT,
    derandomize=not LONG,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)


def test_whatever_is_undone_is_as_it_was_and_nobodys_word_is_lost() -> None:
    run_state_machine_as_test(UndoMachine, settings=BUDGET)
