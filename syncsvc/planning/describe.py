"""What rules will do, category by category and field by field, in words; from the file alone or as both systems confirmed it.

The sentences themselves are in ``phrases.py``. What is said here is what ``planner.py`` and ``merge.py`` do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from syncsvc.domain.records import SUBCATEGORY_KEYS, Field, Side
from syncsvc.domain.rules import (
    CategoryPair,
    CategoryRules,
    ConflictPolicy,
    Direction,
    FieldMapping,
    FieldRules,
    Ref,
    WhenInactive,
    WhenRetired,
)
from syncsvc.domain.values import Kind, fold
from syncsvc.planning.check import creates, effective, ref_key
from syncsvc.planning.phrases import PHRASES, QUOTES
from syncsvc.planning.remarks import may_be_cut
from syncsvc.planning.resolve import live_fields

_CI_NAMES = frozenset({"name", "frenchname", "englishname"})
_TITLE = "asset.title"


@dataclass(frozen=True, slots=True)
class FieldWords:
    """What happens to one field."""

    c2: str
    hector: str
    direction: Direction
    on_conflict: ConflictPolicy | None
    """Only where both sides may change it."""
    recognises: bool
    """Whether records are matched by it."""
    words: str


@dataclass(frozen=True, slots=True)
class CategoryWords:
    """What happens to one category: a sentence for each topic, and its fields."""

    cmdb: str
    category: str
    hector_category: str | None
    direction: Direction
    topics: tuple[tuple[str, str, str], ...]
    """Code, title and sentences."""
    fields: tuple[FieldWords, ...]


def describe(rules: CategoryRules, pair: CategoryPair | None, default_stockroom: Ref | None, language: str) -> CategoryWords:
    """Say what a category's rules do; without the ``pair`` in which both systems confirmed them, from the file alone."""
    teller = _Teller(rules, pair, default_stockroom, language)
    return CategoryWords(
        rules.cmdb.name or (pair.cmdb.name if pair else str(rules.cmdb)),
        rules.category.name or (pair.category.name if pair else str(rules.category)),
        pair.hector_category.name if pair else str(rules.hector_category) if rules.hector_category else None,
        rules.direction,
        tuple(teller.topics()),
        tuple(teller.fields()) if rules.direction is not Direction.NONE else (),
    )


class _Teller:
    """Tells of one category."""

    def __init__(self, rules: CategoryRules, pair: CategoryPair | None, default_stockroom: Ref | None, language: str) -> None:
        self._rules, self._pair, self._default_stockroom = rules, pair, default_stockroom
        self._phrases, self._quotes = PHRASES[language], QUOTES[language]
        confirmed = zip(live_fields(rules), pair.mappings, strict=True) if pair else ()
        self._confirmed = [(written, mapping) for written, mapping in confirmed]

    def _say(self, key: str, **words: object) -> str:
        return self._phrases[key].format(**words)

    def _quoted(self, name: str) -> str:
        return self._quotes.format(name)

    # -- the category ----------------------------------------------------------------------------------------------------

    def topics(self) -> Iterator[tuple[str, str, str]]:
        """Say what holds for the category as a whole."""
        direction = self._rules.direction
        yield self._topic("direction", self._say(f"direction.{direction}"))
        if direction is not Direction.NONE:
            yield self._topic("matching", self._matching())
            yield self._topic("creation", *self._creation())
            yield self._topic("first", self._say(f"first.{direction}"))
            yield self._topic("inactive", *self._inactive())
            yield self._topic("guards", self._guards())

    def _topic(self, code: str, *sentences: str) -> tuple[str, str, str]:
        return code, self._say(f"topic.{code}"), " ".join(sentences)

    def _matching(self) -> str:
        if not self._rules.match_on:
            return self._say("matching.unsaid" if self._rules.match_on is None else "matching.none")
        names = [self._quoted(self._c2_name(ref)) for ref in self._rules.match_on]
        return self._say("matching.by", fields=self._say("matching.then").join(dict.fromkeys(names)))

    def _c2_name(self, ref: Ref) -> str:
        """Give a C2 field's name as people see it, where a system has confirmed it."""
        return next((tied.c2.name for written, tied in self._confirmed if ref_key(written.c2) == ref_key(ref)), str(ref))

    def _creation(self) -> Iterator[str]:
        creating = creates(self._rules).writes
        if Side.HECTOR in creating:
            stockroom = self._rules.stockroom or self._default_stockroom
            name = self._pair.stockroom.name if self._pair and self._pair.stockroom else stockroom
            yield self._say("creation.asset", stockroom=name) if name else self._say("creation.asset.unnamed")
        if Side.C2 in creating:
            named_by = self._named_by()
            yield self._say("creation.ci.named", field=self._quoted(named_by)) if named_by else self._say("creation.ci")
        if not creating:
            yield self._say("creation.none")

    def _named_by(self) -> str:
        """Give the Hector field by which new CIs are named; nothing where that is the asset's title, as it is anyway."""
        for field in self._rules.fields:
            writes_c2 = Side.C2 in effective(self._rules.direction, field.direction).writes
            if writes_c2 and fold(field.c2.name or field.c2.id) in _CI_NAMES:
                return "" if fold(field.hector) == _TITLE else field.hector
        return ""

    def _inactive(self) -> Iterator[str]:
        retires = self._rules.when_ci_inactive is WhenInactive.RETIRE
        deactivates = self._rules.when_asset_retired is WhenRetired.DEACTIVATE
        if retires:
            yield self._say("inactive.retire")
        if deactivates:
            yield self._say("inactive.deactivate")
        if not retires and not deactivates:
            yield self._say("inactive.keep")
        yield self._say("inactive.never")

    def _guards(self) -> str:
        guards = self._rules.guards
        limits = {
            "missing": guards.max_missing_percent,
            "change": guards.max_change_percent,
            "cleared": guards.max_cleared_percent,
            "creates": guards.max_creates,
        }
        said = [self._say(f"guards.{name}", limit=f"{limit:g}") for name, limit in limits.items() if limit is not None]
        if not said:
            return self._say("guards.off")
        last = [", ".join(said[:-1])] if len(said) > 1 else []
        return self._say("guards.held", limits=self._say("guards.or").join([*last, said[-1]]))

    # -- its fields ------------------------------------------------------------------------------------------------------

    def fields(self) -> Iterator[FieldWords]:
        """Say what happens to each field."""
        confirmed = {id(written): mapping for written, mapping in self._confirmed}
        matched = {ref_key(ref) for ref in self._rules.match_on or ()}
        for written in self._rules.fields:
            mapping = confirmed.get(id(written))
            direction = effective(self._rules.direction, written.direction)
            policy = (written.on_conflict or self._rules.on_conflict) if direction is Direction.BOTH else None
            c2 = mapping.c2.name if mapping else str(written.c2)
            recognises = ref_key(written.c2) in matched
            sentences = [self._what_happens(written, c2, direction, policy)]
            sentences += [self._say("recognised")] if recognises else []
            sentences += self._values(mapping) if mapping else []
            hector = mapping.hector.name if mapping else written.hector
            yield FieldWords(c2, hector, direction, policy, recognises, " ".join(sentences))

    def _what_happens(self, written: FieldRules, c2: str, direction: Direction, policy: ConflictPolicy | None) -> str:
        path = fold(written.hector)
        what = "key" if path in SUBCATEGORY_KEYS else "shared" if path.startswith("subcategory.") else "field"
        if direction is Direction.NONE:
            what = "field"
        return self._say(f"{what}.{direction}", c2=self._quoted(c2), policy=self._say(f"policy.{policy}") if policy else "")

    def _values(self, mapping: FieldMapping) -> Iterator[str]:
        """Say what becomes of a value on its way, where that is not plain."""
        for side in sorted(mapping.direction.writes):
            origin, target = mapping.field(side.other), mapping.field(side)
            key = _conversion(origin, target)
            if key:
                yield self._say(key, side=side.label)
            if may_be_cut(origin, target):
                yield self._say("cut", side=side.label, length=target.max_length)
            if target.required and not target.read_only:
                yield self._say("required", side=side.label)


def _conversion(origin: Field, target: Field) -> str:
    """Name the phrase for a value's way from one kind to another; ``""`` where it stays what it is."""
    if origin.kind is target.kind:
        return "choice" if target.kind is Kind.CHOICE else ""
    dates = {Kind.DATE, Kind.DATE_TIME}
    if target.kind is Kind.TEXT:
        return f"text.from.{Kind.DATE if origin.kind in dates else origin.kind}"
    return f"{target.kind}.from.{origin.kind}" if {origin.kind, target.kind} == dates else target.kind.value
