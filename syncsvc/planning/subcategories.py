"""Subcategories: the key that assets are made by, and moves from one to another.

A subcategory is never made twice and never renamed because of one CI. Its other fields are judged in ``shared.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import ConversionError, ErrorKind
from syncsvc.domain.match_key import MatchKey
from syncsvc.domain.plan import Action, Agreement, Baseline, Change, Problem, Why
from syncsvc.domain.records import ConfigurationItem, RecordKind, Side, Subcategory
from syncsvc.domain.rules import CategoryPair
from syncsvc.domain.values import Unreadable, Value, fold
from syncsvc.planning.draft import Draft, Meeting, NewSubcategoryDraft
from syncsvc.planning.merge import Verdict
from syncsvc.planning.snapshot import Layout

Key = tuple[str, ...]


def key_places(pair: CategoryPair) -> tuple[int, ...]:
    """Give the places of the mappings that make a subcategory's key: maker, model and description as far as mapped."""
    return tuple(place for place, mapping in enumerate(pair.mappings) if mapping.hector.is_subcategory_key)


class SubcategoryIndex:
    """The subcategories of a Hector category, found by key; the lowest id where several have it."""

    def __init__(self, pair: CategoryPair, conventions: Conventions, subcategories: Mapping[int, Subcategory]) -> None:
        self._found: dict[Key, list[Subcategory]] = {}
        layout, places = Layout(pair), key_places(pair)
        mapped = [pair.mappings[place] for place in places]
        self._keys = [(MatchKey(mapping.c2, mapping.hector, conventions), mapping.hector) for mapping in mapped]
        for subcategory_id in sorted(subcategories):
            subcategory = subcategories[subcategory_id]
            if subcategory.category_id == pair.hector_category.id:
                values = [layout.subcategory_value(subcategory, place) for place in places]
                self._found.setdefault(self.key_of(values), []).append(subcategory)

    def key_of(self, values: Iterable[Value]) -> Key:
        """Give the key of these key values, in Hector's kinds: compared as in matching; an unreadable one is no empty one."""
        return tuple(
            fold(value.raw) if isinstance(value, Unreadable) else key.of(value, field)
            for value, (key, field) in zip(values, self._keys, strict=True)
        )

    def find(self, key: Key) -> Subcategory | None:
        """Give the subcategory with this key, that with the lowest id."""
        found = self._found.get(key)
        return found[0] if found else None

    def rename(self, subcategory: Subcategory, key: Key) -> None:
        """Find a subcategory under another key from now on: the plan renames it."""
        for found in self._found.values():
            if subcategory in found:
                found.remove(subcategory)
        self._found.setdefault(key, []).append(subcategory)


# -- keys ----------------------------------------------------------------------------------------------------------------


def settle_keys(draft: Draft, meetings: Sequence[Meeting], index: SubcategoryIndex, everybody: Sequence[Meeting]) -> None:
    """Carry out what the key fields of each pair ask for: nothing, a move, or a rename back.

    ``everybody`` are all pairs of the category, those of ``meetings`` included: they say who shares a subcategory.
    """
    wanting: list[tuple[Meeting, dict[int, Value], Key]] = []
    for meeting in meetings:
        wanted = _wanted(draft, meeting) if meeting.key_decisions else None
        if wanted is not None:
            key = index.key_of(wanted.values())
            if not any(key):
                draft.restless.add(meeting.ci.id)
                draft.problems.append(_no_key(draft, meeting.ci, meeting.asset.label))
            elif _key_now(draft, meeting, index) == key:  # even if others have it too
                _stay(draft, meeting)
            else:
                wanting.append((meeting, wanted, key))
    renamed = _rename_back(draft, wanting, index, everybody)
    for meeting, wanted, key in wanting:
        if meeting.asset.subcategory_id not in renamed:
            _move(draft, meeting, wanted, key, index)


def _key_now(draft: Draft, meeting: Meeting, index: SubcategoryIndex) -> Key:
    """Give the key that the asset's subcategory has, which may belong to another Hector category."""
    return index.key_of(meeting.hector[place] for place in key_places(draft.pair))


def _wanted(draft: Draft, meeting: Meeting) -> dict[int, Value] | None:
    """Give the key values that the asset should have, by place; ``None`` when no key field is to be written.

    Where one of them is refused or in conflict the asset stays where it is: half a key is another thing's name.
    """
    verdicts = {decision.verdict for decision in meeting.key_decisions.values()}
    if Verdict.TO_HECTOR not in verdicts or verdicts & {Verdict.REFUSED, Verdict.CONFLICT}:
        return None
    wanted = {place: meeting.hector[place] for place in key_places(draft.pair)}
    for place, decision in meeting.key_decisions.items():
        if decision.verdict is Verdict.TO_HECTOR:
            wanted[place] = decision.value
    return None if _refused(draft, meeting, wanted) else wanted


def _refused(draft: Draft, meeting: Meeting, wanted: Mapping[int, Value]) -> bool:
    """Whether a part of the wanted key is what Hector sends and nobody can read: no subcategory can be made of that."""
    for place, value in wanted.items():
        field = draft.layout.mappings[place].hector
        if isinstance(value, Unreadable):
            problem = f"“{field.name}” holds “{value.raw}” in Hector, which nobody can read, so the asset stays where it is."
            draft.refuse(meeting, place, ConversionError(problem, hint="Correct the subcategory in Hector."))
            return True
    return False


def _stay(draft: Draft, meeting: Meeting) -> None:
    """The asset's subcategory has the wanted key in another spelling: only the baseline advances."""
    for place, decision in meeting.key_decisions.items():
        if decision.verdict is Verdict.TO_HECTOR:
            draft.agree(meeting, place)


def _rename_back(
    draft: Draft, wanting: Sequence[tuple[Meeting, dict[int, Value], Key]], index: SubcategoryIndex, everybody: Sequence[Meeting]
) -> set[int]:
    """Rename the subcategories back that somebody renamed in Hector while every linked CI still wants the old key.

    Gives their ids. Where another subcategory has the old key by now, the assets move there instead.
    """
    by_subcategory: dict[int, list[tuple[Meeting, dict[int, Value], Key]]] = {}
    for want in wanting:
        by_subcategory.setdefault(want[0].asset.subcategory_id, []).append(want)
    members: dict[int, int] = {}
    for meeting in everybody if by_subcategory else ():
        members[meeting.asset.subcategory_id] = members.get(meeting.asset.subcategory_id, 0) + 1
    foreign = _with_unknown_wishes(draft) if by_subcategory else set()
    renamed: set[int] = set()
    draft.consulted |= by_subcategory.keys()
    for subcategory_id, wants in by_subcategory.items():
        key = wants[0][2]
        all_want_it = len(wants) == members[subcategory_id] and all(want[2] == key for want in wants)
        renamed_in_hector = all(_was_renamed(want[0]) for want in wants)
        if all_want_it and renamed_in_hector and subcategory_id not in foreign and index.find(key) is None:
            draft.subcategory_changes.append(_rename(draft, wants))
            renamed.add(subcategory_id)
            assert wants[0][0].subcategory is not None
            index.rename(wants[0][0].subcategory, key)
    return renamed


def _was_renamed(meeting: Meeting) -> bool:
    """Whether the key differs only because this subcategory was changed in Hector, not because the asset was moved to it."""
    link = meeting.link
    if link is not None and link.subcategory_id not in {None, meeting.asset.subcategory_id}:
        return False
    written = [d for d in meeting.key_decisions.values() if d.verdict is Verdict.TO_HECTOR]
    return all(decision.why is Why.PUT_BACK for decision in written)


def _with_unknown_wishes(draft: Draft) -> set[int]:
    """Give the subcategories of assets whose CIs' wishes are not known: linked under another C2 category, or not there now."""
    snapshot = draft.snapshot
    foreign = snapshot.taken_assets - {link.asset_id for link in snapshot.links}
    foreign |= {link.asset_id for link in snapshot.links if link.ci_id not in snapshot.cis}
    return {snapshot.assets[asset_id].subcategory_id for asset_id in foreign if asset_id in snapshot.assets}


def _rename(draft: Draft, wants: Sequence[tuple[Meeting, dict[int, Value], Key]]) -> Change:
    first, _, key = wants[0]
    written = [place for place, decision in first.key_decisions.items() if decision.verdict is Verdict.TO_HECTOR]
    followers = [
        Agreement(meeting.ci.id, draft.layout.keys[place], Baseline(meeting.ci.values[place], wanted[place]))
        for meeting, wanted, _ in wants
        for place in written
    ]
    for meeting, _, _ in wants:
        draft.touch(meeting)
    return Change(
        Action.RENAME,
        Side.HECTOR,
        RecordKind.SUBCATEGORY,
        tuple(draft.change(first, place, first.key_decisions[place]) for place in written),
        subcategory_id=first.asset.subcategory_id,
        subcategory_key=key,
        title=first.subcategory.title if first.subcategory else "",
        followers=tuple(followers),
    )


def _move(draft: Draft, meeting: Meeting, wanted: dict[int, Value], key: Key, index: SubcategoryIndex) -> None:
    found = index.find(key)
    if found is None:
        need(draft, key, wanted, meeting.ci)
    else:
        draft.let_come(found.id, meeting.ci, meeting.baselines)
    meeting.moves = True
    draft.touch(meeting)
    draft.moves[meeting.asset.id] = Change(
        Action.MOVE,
        Side.HECTOR,
        RecordKind.ASSET,
        tuple(
            draft.change(meeting, place, decision)
            for place, decision in meeting.key_decisions.items()
            if decision.verdict is Verdict.TO_HECTOR
        ),
        ci_id=meeting.ci.id,
        ci_number=meeting.ci.number,
        asset_id=meeting.asset.id,
        asset_label=meeting.asset.label,
        subcategory_id=found.id if found else None,
        subcategory_key=key,
        title=meeting.asset.title,
    )


def need(draft: Draft, key: Key, values: Mapping[int, Value], ci: ConfigurationItem) -> None:
    """Ask for a subcategory that does not exist yet; it is made once, however many CIs need it."""
    new = draft.new_subcategories.setdefault(key, NewSubcategoryDraft(key, dict(values)))
    new.members.append(ci)


def _no_key(draft: Draft, ci: ConfigurationItem, asset: str | None) -> Problem:
    names = ", ".join(f"“{draft.pair.mappings[place].name}”" for place in key_places(draft.pair))
    return Problem(
        ErrorKind.VALIDATION,
        f"CI {ci.number} has nothing in {names}: it is not known which subcategory its asset is made from.",
        "Fill at least one of these fields in C2.",
        ci_number=ci.number,
        asset=asset,
        field=draft.pair.mappings[key_places(draft.pair)[0]].name,
    )


def key_for_new_asset(draft: Draft, ci: ConfigurationItem, index: SubcategoryIndex) -> tuple[Key, dict[int, Value]] | None:
    """Give the key, and its values by place, that a CI's new asset is made by; records the problem where there is none."""
    wanted: dict[int, Value] = {}
    for place in key_places(draft.pair):
        mapping = draft.pair.mappings[place]
        value = ci.values[place] if Side.HECTOR in mapping.direction.writes else None
        try:
            wanted[place] = draft.conventions.convert(value, mapping.c2, mapping.hector)
        except ConversionError as error:
            draft.problems.append(draft.problem(error, mapping, ci=ci, place=place))
            return None
    key = index.key_of(wanted.values())
    if not any(key):
        draft.problems.append(_no_key(draft, ci, None))
        return None
    return key, wanted
