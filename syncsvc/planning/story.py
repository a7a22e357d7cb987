"""One pair's story, field by field: what was changed since it was last in order, what a plan does about it, and why not more.

Nothing is decided here. What is done is read out of the plan; of what is not done, :func:`~syncsvc.planning.merge.merge` is asked
once more what the two values and the baseline ask for, and the plan who stood in the way.
"""

from __future__ import annotations

from collections.abc import Iterator

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import Action, Baseline, Change, FieldChange, Plan, Problem
from syncsvc.domain.records import Level, RecordKind, Side
from syncsvc.domain.rules import Direction, FieldMapping
from syncsvc.planning.draft import Draft, Meeting
from syncsvc.planning.field_story import FieldStory, Rest, Write, changed_since
from syncsvc.planning.merge import Decision, Verdict, for_new_record, merge
from syncsvc.planning.moved import meet_new_home
from syncsvc.planning.rest import is_given_up
from syncsvc.planning.snapshot import Snapshot
from syncsvc.planning.standing import Records

OF_A_FIELD = frozenset({ErrorKind.VALIDATION, ErrorKind.DISAGREEMENT, ErrorKind.NOT_CONVERGING})
"""Kinds of problems that say why one field of a pair is not written."""


def tell_fields(snapshot: Snapshot, plan: Plan, records: Records, conventions: Conventions) -> tuple[FieldStory, ...]:
    """Tell of each field of a pair, or of a record without a counterpart; ``plan`` is what concerns them of a plan."""
    return tuple(_Teller(snapshot, plan, records, conventions).tell())


class _Teller:
    """Tells of one pair."""

    def __init__(self, snapshot: Snapshot, plan: Plan, records: Records, conventions: Conventions) -> None:
        self._plan, self._records, self._conventions = plan, records, conventions
        draft = Draft(snapshot, conventions)
        self._mappings = draft.pair.mappings
        link, ci, asset = records.link, records.ci, records.asset
        self._shown = snapshot.baselines.get(link.id, {}) if link else {}
        self._histories = snapshot.histories.get(link.id, {}) if link else {}
        subcategory = snapshot.subcategories.get(asset.subcategory_id) if asset else None
        nothing = (None,) * len(self._mappings)
        self._c2 = ci.values if ci else nothing
        self._hector = draft.layout.hector_values(asset, subcategory) if asset else nothing
        self._meeting: Meeting | None = None
        if ci is not None and asset is not None:
            self._meeting = Meeting(ci, asset, subcategory, self._hector, self._shown, link)
            if subcategory is not None:
                meet_new_home(draft, self._meeting)
        self._matched = next(
            (it.mapping for change in plan.changes if change.action is Action.LINK for it in change.fields), None
        )
        self._moves = any(change.action is Action.MOVE for change in plan.changes)

    def tell(self) -> Iterator[FieldStory]:
        """Tell of each field, in the order of the rules."""
        for place, mapping in enumerate(self._mappings):
            c, h = self._c2[place], self._hector[place]
            baseline = self._shown.get(mapping.key)
            changed = changed_since(baseline, c, h) if self._meeting else None
            write = self._write(mapping)
            rest, problem = (None, None) if write is not None else self._rest(place, mapping)
            yield FieldStory(mapping, c, h, baseline, changed, write, rest, problem)

    # -- what is written -------------------------------------------------------------------------------------------------

    def _write(self, mapping: FieldMapping) -> Write | None:
        for change in self._plan.changes:
            for its in change.fields:
                if its.mapping == mapping.key and self._is_ours(change, mapping):
                    return _as_write(change, its, mapping)
        return None

    def _is_ours(self, change: Change, mapping: FieldMapping) -> bool:
        """Whether a change writes this field of the pair; the plan has what siblings are given, too."""
        if change.action is Action.LINK:
            return False
        records = self._records
        if change.record is not RecordKind.SUBCATEGORY:
            own_ci = records.ci is not None and change.ci_id == records.ci.id
            return own_ci or (change.ci_id is None and records.asset is not None and change.asset_id == records.asset.id)
        if change.action is Action.CREATE:  # of its key the asset itself is told
            return mapping.is_shared
        return records.ci is not None and any((it.ci_id, it.mapping) == (records.ci.id, mapping.key) for it in change.followers)

    # -- what is not -----------------------------------------------------------------------------------------------------

    def _rest(self, place: int, mapping: FieldMapping) -> tuple[Rest, Problem | None]:
        if mapping.direction is Direction.NONE:
            return Rest.NOT_MAPPED, None
        if self._meeting is None:
            return (Rest.GONE, None) if self._records.link else self._alone(place, mapping)
        if self._meeting.subcategory is None and mapping.hector.level is Level.SUBCATEGORY:
            return Rest.NO_SUBCATEGORY, None
        baseline = self._meeting.baselines.get(mapping.key)
        folded = mapping.key == self._matched or mapping.hector.is_subcategory_key
        decision = merge(mapping, self._c2[place], self._hector[place], baseline, self._conventions, folded=folded)
        match decision.verdict:
            case Verdict.NOTHING if baseline is None:
                return Rest.UNKNOWN, None
            case Verdict.NOTHING:
                return self._unmoved(place, mapping, baseline), None
            case Verdict.AGREED:
                now = Baseline(self._c2[place], self._hector[place])
                return (Rest.IN_ORDER if self._shown.get(mapping.key) == now else Rest.AGREED), None
            case _:
                return self._hindered(place, mapping, decision)

    def _unmoved(self, place: int, mapping: FieldMapping, baseline: Baseline | None) -> Rest:
        c, h = self._c2[place], self._hector[place]
        folded = mapping.hector.is_subcategory_key
        in_order = self._conventions.in_order(c, mapping.c2, h, mapping.hector, folded=folded)
        if in_order:
            return Rest.IN_ORDER
        return Rest.DIFFERENT if baseline == self._shown.get(mapping.key) else Rest.NEW_HOME

    def _hindered(self, place: int, mapping: FieldMapping, decision: Decision) -> tuple[Rest, Problem | None]:
        """Say why the plan does not write what the values ask for."""
        if any(it.mapping == mapping.key for it in self._plan.conflicts):
            return Rest.CONFLICT, None
        problem = self._problem(mapping)
        if problem is not None:
            return _KNOWN.get(problem.kind, Rest.ERROR), problem
        history = self._histories.get(mapping.key)
        if history is not None and is_given_up(history, self._c2[place], self._hector[place]):
            return Rest.GIVEN_UP, None
        if mapping.is_shared and self._moves:
            return Rest.MOVES, None
        if mapping.hector.is_subcategory_key and decision.written is Side.HECTOR:
            # One that only spells the subcategory's key in another way asks for no move.
            stays = any(it.mapping == mapping.key and it.baseline for it in self._plan.agreements)
            return (Rest.AGREED if stays else Rest.KEY_WAITS), None
        return (Rest.FOLLOWS if mapping.is_shared else Rest.LEFT), None

    def _problem(self, mapping: FieldMapping) -> Problem | None:
        named = (it for it in self._plan.problems if it.field == mapping.name and it.kind in OF_A_FIELD)
        return next(named, None)

    def _alone(self, place: int, mapping: FieldMapping) -> tuple[Rest, Problem | None]:
        """Say of a record without a counterpart why the one that is to be made gets nothing of a field."""
        side = Side.HECTOR if self._records.ci else Side.C2
        if not any(change.action is Action.CREATE for change in self._plan.changes):
            return Rest.NO_COUNTERPART, None
        problem = self._problem(mapping)
        if problem is not None:
            return _KNOWN.get(problem.kind, Rest.ERROR), problem
        if side not in mapping.direction.writes:
            return Rest.OTHER_WAY, None
        if side is Side.HECTOR and mapping.is_shared:
            return Rest.SHARED, None
        value = self._c2[place] if side is Side.HECTOR else self._hector[place]
        nothing = for_new_record(mapping, side, value, self._conventions).verdict is Verdict.NOTHING
        return (Rest.EMPTY if nothing else Rest.LEFT), None


_KNOWN = {ErrorKind.DISAGREEMENT: Rest.DISAGREEMENT, ErrorKind.NOT_CONVERGING: Rest.GIVEN_UP}


def _as_write(change: Change, its: FieldChange, mapping: FieldMapping) -> Write:
    """Tell of a field apart from the others that its record is given: it need not move because the asset does."""
    moves = mapping.hector.is_subcategory_key and change.action in {Action.MOVE, Action.RENAME}
    action = change.action if moves or change.action is Action.CREATE else Action.UPDATE
    return Write(action, change.system, change.record, its.before, its.after, its.why, its.through is not None)
