"""The plan while it is being written: pairs face to face, and what merging decides about them, gathered record by record.

:class:`Draft` collects it until the planner makes the finished :class:`~syncsvc.domain.plan.Plan` of it. Decisions themselves are
made elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncsvc.domain.conventions import Conventions
from syncsvc.domain.errors import ConversionError, ErrorKind
from syncsvc.domain.plan import (
    ActivityAgreement,
    Agreement,
    Baseline,
    Change,
    Conflict,
    FieldChange,
    GivenUp,
    History,
    Home,
    Link,
    Problem,
)
from syncsvc.domain.records import Asset, ConfigurationItem, Level, Side, Subcategory
from syncsvc.domain.rules import FieldMapping
from syncsvc.domain.values import Value
from syncsvc.planning.merge import Decision, Verdict
from syncsvc.planning.snapshot import Layout, Snapshot


@dataclass(slots=True)
class Meeting:
    """A CI and an asset that belong together, face to face."""

    ci: ConfigurationItem
    asset: Asset
    subcategory: Subcategory | None
    hector: tuple[Value, ...]
    """The asset's values in the order of the mappings."""
    baselines: Mapping[str, Baseline]
    link: Link | None = None
    """``None`` for a pair that this plan makes."""
    matched_by: int | None = None
    """The place of the mapping that matched them, for a new pair."""
    key_decisions: dict[int, Decision] = field(default_factory=dict)
    """What the maker, model and description fields ask for, by place; judged together."""
    shared_decisions: dict[int, Decision] = field(default_factory=dict)
    """What the subcategory's other fields ask for; judged with the siblings."""
    moves: bool = False
    planned: bool = False
    """Whether the plan is about this pair; it may only be looked at because it shares a subcategory."""


@dataclass(slots=True)
class NewSubcategoryDraft:
    """A subcategory that must be made, and everybody who needs it."""

    key: tuple[str, ...]
    values: dict[int, Value]
    """Key values by place, as the first CI that needs it spells them."""
    members: list[ConfigurationItem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A CI whose asset this plan makes from, or moves to, a subcategory that there is already."""

    ci: ConfigurationItem
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    """What the pair agreed on before it comes; nothing for one that is made."""


class Draft:
    """The plan in the making: field changes gathered by the record they are written to."""

    def __init__(self, snapshot: Snapshot, conventions: Conventions) -> None:
        self.snapshot = snapshot
        self.pair = snapshot.pair
        self.conventions = conventions
        self.layout = Layout(snapshot.pair)
        self.asset_fields: dict[int, list[FieldChange]] = {}
        self.ci_fields: dict[str, list[FieldChange]] = {}
        self.moves: dict[int, Change] = {}
        self.subcategory_changes: list[Change] = []
        self.new_subcategories: dict[tuple[str, ...], NewSubcategoryDraft] = {}
        self.arrivals: dict[int, list[Arrival]] = {}
        """Who comes to which subcategory: they share its fields as soon as the plan is carried out."""
        self.links: list[Change] = []
        self.creations: list[Change] = []
        self.agreements: list[Agreement] = []
        self.anew: list[Agreement] = []
        """Baselines of shared fields that start anew, because an asset was moved by hand."""
        self.homes: list[Home] = []
        self.conflicts: list[Conflict] = []
        self.problems: list[Problem] = []
        self.activity: list[ActivityAgreement] = []
        self.given_up: list[GivenUp] = []
        self.settled: list[tuple[str, str]] = []
        self.restless: set[str] = set()
        """CIs of the pairs of which something is to be done or said."""
        self.consulted: set[int] = set()
        """Subcategories that something is decided about."""
        self.touched: dict[str, Meeting] = {}
        """The pairs for which something is to be written on whichever side, by CI id."""
        self.touched_assets: dict[int, Meeting] = {}

    def touch(self, meeting: Meeting) -> None:
        """Note that something is to be written for this pair."""
        self.restless.add(meeting.ci.id)
        self.touched[meeting.ci.id] = meeting
        self.touched_assets[meeting.asset.id] = meeting

    def let_come(self, subcategory_id: int, ci: ConfigurationItem, baselines: Mapping[str, Baseline] | None = None) -> None:
        """Note that the asset of a CI comes to a subcategory, whose other CIs' wishes must be known then."""
        self.arrivals.setdefault(subcategory_id, []).append(Arrival(ci, baselines or {}))
        self.consulted.add(subcategory_id)

    def expect(self) -> None:
        """Note whose assets may yet come to a subcategory, or be there unseen, because the answer to their creation was lost."""
        for ci_id, subcategory_id in self.snapshot.expected.items():
            if ci_id in self.snapshot.cis:
                self.arrivals.setdefault(subcategory_id, []).append(Arrival(self.snapshot.cis[ci_id], {}))

    def history(self, meeting: Meeting, place: int) -> History | None:
        """Give what the latest runs wrote of a pair's field."""
        return self.snapshot.histories.get(meeting.link.id, {}).get(self.layout.keys[place]) if meeting.link else None

    def take_up(self, meeting: Meeting, place: int, decision: Decision) -> None:
        """Take up what needs nobody's consent: a record is given its own field, or the field is in order, refused or disputed.

        What is asked of a subcategory waits for those who share it.
        """
        match decision.verdict:
            case Verdict.AGREED:
                self.agree(meeting, place)
            case Verdict.CONFLICT:
                self.conflict(meeting, place)
            case Verdict.REFUSED:
                assert decision.error is not None
                self.refuse(meeting, place, decision.error)
            case Verdict.TO_C2:
                self.write(meeting, place, decision)
            case Verdict.TO_HECTOR if self.layout.mappings[place].hector.level is Level.ASSET:
                self.write(meeting, place, decision)

    def agree(self, meeting: Meeting, place: int) -> None:
        """Bring a field's baseline up to date; nothing is written."""
        now = Baseline(meeting.ci.values[place], meeting.hector[place])
        key = self.layout.keys[place]
        if meeting.baselines.get(key) != now:
            self.agreements.append(Agreement(meeting.ci.id, key, now))

    def write(self, meeting: Meeting, place: int, decision: Decision) -> None:
        """Plan one field's write to the CI or to the asset itself."""
        mapping = self.layout.mappings[place]
        change = self.change(meeting, place, decision)
        if decision.written is Side.C2:
            self.ci_fields.setdefault(meeting.ci.id, []).append(change)
        else:
            assert mapping.hector.level is Level.ASSET
            self.asset_fields.setdefault(meeting.asset.id, []).append(change)
        self.touch(meeting)

    def change(self, meeting: Meeting, place: int, decision: Decision) -> FieldChange:
        """Write a decision as a field change."""
        mapping = self.layout.mappings[place]
        c, h = meeting.ci.values[place], meeting.hector[place]
        before, basis = (c, h) if decision.written is Side.C2 else (h, c)
        return FieldChange(mapping.key, mapping.name, before, decision.value, basis, decision.why)

    def refuse(self, meeting: Meeting, place: int, error: ConversionError) -> None:
        """Record that one field of a pair cannot be written."""
        self.restless.add(meeting.ci.id)
        mapping = self.layout.mappings[place]
        self.problems.append(
            self.problem(error, mapping, ci=meeting.ci, asset=meeting.asset, h=meeting.hector[place], place=place)
        )

    def problem(
        self,
        error: ConversionError,
        mapping: FieldMapping,
        *,
        place: int,
        ci: ConfigurationItem | None = None,
        asset: Asset | None = None,
        h: Value = None,
    ) -> Problem:
        """Write an error about one field of one record, with both values as people read them."""
        return Problem(
            error.kind,
            error.message,
            error.hint,
            ci_number=ci.number if ci else None,
            asset=asset.label if asset else None,
            field=mapping.name,
            c2_value=self.conventions.shown(ci.values[place], mapping.c2) if ci else None,
            hector_value=self.conventions.shown(h, mapping.hector),
        )

    def give_up(self, meeting: Meeting, place: int) -> None:
        """Leave a field alone that does not come to rest, and say so."""
        self.restless.add(meeting.ci.id)
        mapping = self.layout.mappings[place]
        c, h = meeting.ci.values[place], meeting.hector[place]
        self.given_up.append(GivenUp(meeting.ci.id, mapping.key, c, h))
        self.problems.append(
            Problem(
                ErrorKind.NOT_CONVERGING,
                f"“{mapping.name}” was written by run after run and does not come to rest; it is left alone from now on.",
                "Find out what changes it back (an automation, an import, a second mapping). It is synchronised again "
                "as soon as either side holds another value than these two.",
                ci_number=meeting.ci.number,
                asset=meeting.asset.label,
                field=mapping.name,
                c2_value=self.conventions.shown(c, mapping.c2),
                hector_value=self.conventions.shown(h, mapping.hector),
            )
        )

    def conflict(self, meeting: Meeting, place: int) -> None:
        """List a conflict; neither side is written and the baseline stays."""
        self.restless.add(meeting.ci.id)
        mapping = self.layout.mappings[place]
        self.conflicts.append(
            Conflict(
                meeting.ci.id,
                meeting.ci.number,
                meeting.asset.id,
                mapping.key,
                mapping.name,
                meeting.ci.values[place],
                meeting.hector[place],
                meeting.baselines.get(mapping.key),
                meeting.asset.label,
            )
        )
