"""Every key of the rules file: what it holds, what it means, what holds without it. The loader and the schema come from here.

A key is added here and given a place in the domain's rules by ``build.py``.
"""

from __future__ import annotations

import re
from typing import Any

from syncsvc.domain.rules import ConflictPolicy, Direction, Guards, Schedule, WhenInactive, WhenRetired
from syncsvc.planning.check import ATTRIBUTE_PREFIXES, HECTOR_PATHS
from syncsvc.rules_file.records import Key, ListOf, Name, OrNull, Record
from syncsvc.rules_file.shapes import Number, OneOf, Reading, Schema, Text, YesNo
from syncsvc.rules_file.tree import Node, Scalar
from syncsvc.zones import nearest_zones, zone

DIRECTIONS = {
    "none": Direction.NONE,
    "←": Direction.TO_C2,
    "→": Direction.TO_HECTOR,
    "⇄": Direction.BOTH,
    "to_c2": Direction.TO_C2,
    "to_hector": Direction.TO_HECTOR,
    "both": Direction.BOTH,
    "<-": Direction.TO_C2,
    "->": Direction.TO_HECTOR,
    "<->": Direction.BOTH,
}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d"
_E_MAIL = r"[^@\s,;<>]+@[^@\s,;<>]+"


class _HectorField(Text):
    """A Hector field's path; ``planning/check.py`` refuses unknown ones, the schema lets editors complete the known."""

    def schema(self) -> Schema:
        """The paths, or an attribute of any name."""
        return {"anyOf": [{"enum": list(HECTOR_PATHS)}, {"type": "string", "pattern": r"^(subcategory|asset)\.attributes\.."}]}


class _MatchOn:
    """A list of field names, or the word ``none``."""

    _names = ListOf(Name("the name of a C2 field"), or_one=True, not_empty=True)

    def read(self, node: Node, at: Reading) -> Any:
        """Give the names; ``none`` gives no names, on purpose."""
        return () if isinstance(node, Scalar) and node.text == "none" else self._names.read(node, at)

    def schema(self) -> Schema:
        """The word, or names."""
        return {"anyOf": [{"const": "none"}, *self._names.schema()["anyOf"]]}


def _clock(text: str) -> str:
    if not re.fullmatch(_CLOCK, text):
        raise ValueError(f"“{text}” is no time of day.", 'Write it like "21:00".')
    return text.zfill(5)


def _time_zone(text: str) -> str:
    if zone(text) is None:
        near = nearest_zones(text)
        raise ValueError(
            f"There is no time zone “{text}”.", f"Did you mean “{near[0]}”?" if near else "Write it like America/Toronto."
        )
    return text


def _recipient(text: str) -> str:
    """Take an e-mail address, or the name of a Hector user, whose address Hector knows."""
    if "@" in text and not re.fullmatch(_E_MAIL, text):
        raise ValueError(f"“{text}” is no e-mail address.", "Write one address, or a list: [one@example.org, two@example.org].")
    return text


def _percent(name: str, about: str) -> Key:
    return Key(name, OrNull(Number(most=100)), f"{about} {getattr(Guards(), name):g} unless told; null switches it off.")


GUARDS = Record(
    "the guards",
    (
        _percent("max_missing_percent", "Hold the category when more of its links (in percent) have lost a record."),
        _percent("max_change_percent", "Hold the category when more of its links (in percent) would be written on one side."),
        _percent("max_cleared_percent", "Hold the category when more of one field's values (in percent) would be emptied."),
        Key(
            "max_creates",
            OrNull(Number(whole=True)),
            "Hold the category when more records would be created on one side. Off (null) unless told.",
        ),
    ),
)

SCHEDULE = Record(
    "the schedule",
    (
        Key(
            "daily_at",
            Text("a time", _clock, f"^{_CLOCK}$"),
            "The time of the nightly run, 24 hours.",
            default=Schedule().daily_at,
        ),
        Key(
            "time_zone", Text("a time zone", _time_zone), "The time zone of that time (IANA name).", default=Schedule().time_zone
        ),
        Key(
            "full_on",
            OrNull(OneOf({day: day for day in WEEKDAYS})),
            "The weekday of the full run; the other days read only what changed. null: every run is full.",
            default=None,
        ),
        Key("catch_up", YesNo(), "Run at start-up when last night's run was missed.", default=True),
    ),
)

_DIRECTION = OneOf(DIRECTIONS)
_ON_CONFLICT = OneOf({str(policy): policy for policy in ConflictPolicy})
_ABOUT_CONFLICT = "Who wins when both sides of a ⇄ field were changed: hold (a person decides), c2, hector, or newest."
_IGNORED = ListOf(Text(numbers=True))
_IGNORE = (
    Key("ignore_values", _IGNORED, "Values that stand for no value and match nothing, added to the built-in ones (N/A, 0, …)."),
    Key("ignore_values_only", YesNo(), "true: ignore_values replaces the built-in list instead of adding to it.", default=False),
)

FIELD = Record(
    "a field",
    (
        Key("c2", Name("the name of a C2 field"), "The C2 field, as people see it, in either language.", required=True),
        Key(
            "hector",
            _HectorField("the path of a Hector field"),
            "The Hector field: " + ", ".join((*HECTOR_PATHS, *(prefix + "NAME" for prefix in ATTRIBUTE_PREFIXES))) + ".",
            required=True,
        ),
        Key("direction", _DIRECTION, "The field's direction in a ⇄ category (left out: ⇄); elsewhere the category's, or none."),
        Key("on_conflict", _ON_CONFLICT, _ABOUT_CONFLICT + " Left out: the category's."),
    ),
    title="c2",
)

CATEGORY = Record(
    "a category",
    (
        Key("category", Name("the name of a C2 category"), "The C2 category, as people see it.", required=True),
        Key("hector_category", OrNull(Name("the name of a Hector category")), "The Hector category; it has to be serialized."),
        Key(
            "direction",
            _DIRECTION,
            "Where values go: → (to Hector, C2 is the authority), ← (to C2), ⇄ (both, field by field), none (not looked at).",
            required=True,
        ),
        Key("match_on", _MatchOn(), "The C2 fields by which a CI and an asset are recognised as one thing, in order; or none."),
        Key("create", _DIRECTION, "Where records may be created; left out: wherever the direction goes."),
        Key("stockroom", OrNull(Name("the name of a stockroom")), "The stockroom of new assets; left out: default_stockroom."),
        Key("on_conflict", _ON_CONFLICT, _ABOUT_CONFLICT, default=str(ConflictPolicy.HOLD)),
        Key(
            "when_ci_inactive",
            OneOf({str(what): what for what in WhenInactive}),
            "What happens to the asset when its CI becomes inactive.",
            default=str(WhenInactive.KEEP),
        ),
        Key(
            "when_asset_retired",
            OneOf({str(what): what for what in WhenRetired}),
            "What happens to the CI when its asset is retired.",
            default=str(WhenRetired.KEEP),
        ),
        Key("guards", GUARDS, "This category's own limits; those left out are the file's."),
        *_IGNORE,
        Key("fields", ListOf(FIELD), "The field mappings."),
    ),
    title="category",
)

CMDB = Record(
    "a CMDB",
    (
        Key("cmdb", Name("the name of a CMDB"), "The C2 CMDB (CI folder), as people see it.", required=True),
        Key("categories", ListOf(CATEGORY), "Its categories that are synchronised.", required=True),
    ),
    title="cmdb",
)

RULES = Record(
    "the rules",
    (
        Key(
            "language", OneOf({"fr": "fr", "en": "en"}), "Language of mails, reports and words written into fields.", default="fr"
        ),
        Key("schedule", SCHEDULE, "When runs take place."),
        Key(
            "notify_if_error",
            OrNull(ListOf(Text("an e-mail address or a Hector user's name", _recipient, f"^({_E_MAIL}|[^@]+)$"), or_one=True)),
            "Who gets a mail when a run went wrong: an address, the name of a Hector user, or a list.",
        ),
        Key(
            "default_stockroom",
            OrNull(Name("the name of a stockroom")),
            "Where new assets go, unless their category says otherwise.",
        ),
        Key("guards", GUARDS, "Limits beyond which a category is held until a person approves the run."),
        *_IGNORE,
        Key("cmdbs", ListOf(CMDB), "The CMDBs that are synchronised.", required=True),
    ),
)
