"""Which categories and which fields seem to belong together: by their names, and by the values that their records hold.

These are suggestions for a person who writes rules; nothing is synchronised because of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from syncsvc.domain.conventions import can_become
from syncsvc.domain.records import Category, Cmdb, Field, HectorCategory, Level, Stockroom
from syncsvc.domain.values import Kind
from syncsvc.planning.alike import SAME, concept, likeness
from syncsvc.planning.check import ATTRIBUTE_PREFIXES
from syncsvc.planning.evidence import Evidence, Key, Share

ENOUGH = 5
"""Compared records from which on their values have a say."""
BY_VALUES = 0.7
"""Share of equal values that ties two fields whose names have nothing in common."""
BY_BOTH, SIMILAR = 0.4, 0.6
"""The same for names that look similar, and how similar they have to look."""
DENIED = 0.2
"""Share of equal values below which two fields of the same name are only proposed as a comment."""
_DISTINCT = 3
_ON_ASSET = 0.005
"""A note belongs to the asset, when nothing else tells."""
KEYS = 3
"""Fields to match by that are suggested at the most."""
_BEST_KEYS = ("serial number", "vin", "asset tag", "imei", "mac address", "plate")
_NO_KEYS = frozenset(
    {"ip address", "line number", "note", "user", "status", "model", "maker", "description", "location", "title", "odometer"}
)
A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Tie:
    """Two fields that seem to be the same."""

    c2: Field
    hector: Field
    same_name: bool
    share: Share

    @property
    def doubt(self) -> str:
        """Why it is no more than a proposal; ``""`` when nothing speaks against it."""
        if self.share.compared >= ENOUGH and self.share.part < DENIED:
            return "the names agree, the values do not"
        read_only = [field.level for field in (self.c2, self.hector) if field.read_only]
        if read_only:
            return "read-only in C2: for → only" if read_only[0] is Level.CI else "read-only in Hector: for ← only"
        return ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A category, the Hector category that seems to be the same, and their fields."""

    cmdb: Cmdb
    category: Category
    hector_category: HectorCategory
    hector_fields: Sequence[Field]
    ties: tuple[Tie, ...]
    match_on: tuple[Key, ...]
    cis: int
    assets: int

    @property
    def unmapped_c2(self) -> list[Field]:
        """The customer's C2 fields that nothing is suggested for."""
        tied = {tie.c2.key for tie in self.ties}
        return [field for field in self.category.fields if field.is_custom and field.key not in tied]

    @property
    def unmapped_hector(self) -> list[Field]:
        """The Hector fields that nothing is suggested for."""
        tied = {tie.hector.key for tie in self.ties}
        return [field for field in self.hector_fields if field.key not in tied]


@dataclass(frozen=True, slots=True)
class Offer:
    """What the two systems offer, with what is suggested of it."""

    cmdbs: Sequence[Cmdb]
    categories: dict[str, Sequence[Category]]
    """Every category of the CMDBs looked at, by the CMDB's id."""
    hector_categories: Sequence[HectorCategory]
    stockrooms: Sequence[Stockroom]
    suggestions: Sequence[Suggestion]
    alone_in_c2: Sequence[tuple[Cmdb, Category]]
    alone_in_hector: Sequence[HectorCategory]


def pair_by_name(own: Sequence[Category], others: Sequence[HectorCategory]) -> list[tuple[Category, HectorCategory]]:
    """Pair categories that have the same name in some language, each once."""
    return best_pairs(own, others, lambda one, two: likeness((one.name, *one.names), (two.name,)), least=SAME)


def best_pairs(own: Sequence[A], others: Sequence[B], score: Callable[[A, B], float], *, least: float) -> list[tuple[A, B]]:
    """Pair things by score, the best first, each thing once; gives them in the order of ``own``."""
    scored = [(score(one, two), place, across) for place, one in enumerate(own) for across, two in enumerate(others)]
    found: dict[int, int] = {}
    taken: set[int] = set()
    for points, place, across in sorted(scored, key=lambda it: (-it[0], it[1], it[2])):
        if points >= least and place not in found and across not in taken:
            found[place] = across
            taken.add(across)
    return [(own[place], others[across]) for place, across in sorted(found.items())]


def suggest(cmdb: Cmdb, category: Category, hector_category: HectorCategory, evidence: Evidence) -> Suggestion:
    """Suggest the fields of two categories that belong together, and those to match by."""
    ties = _ties(evidence)
    return Suggestion(
        cmdb,
        category,
        hector_category,
        evidence.hector.fields,
        tuple(ties),
        tuple(_keys(ties, evidence)),
        len(evidence.c2.rows),
        len(evidence.hector.rows),
    )


def _ties(evidence: Evidence) -> list[Tie]:
    possible: dict[tuple[str, str], Tie] = {}
    scores: dict[tuple[str, str], float] = {}
    own = [field for field in evidence.c2.fields if not field.unknown_kind]
    others = [field for field in evidence.hector.fields if not field.unknown_kind]
    for c2 in own:
        for hector in others:
            tie, points = _tie(c2, hector, evidence)
            if tie is not None:
                possible[c2.key, hector.key], scores[c2.key, hector.key] = tie, points
    pairs = best_pairs(own, others, lambda one, two: scores.get((one.key, two.key), 0.0), least=_ON_ASSET * 2)
    order = {field.key: place for place, field in enumerate(others)}
    # The subcategory's key first, then as C2 shows the fields: that is how people read rules.
    return sorted(
        (possible[one.key, two.key] for one, two in pairs),
        key=lambda tie: order[tie.hector.key] if tie.hector.is_subcategory_key else len(order),
    )


def _tie(c2: Field, hector: Field, evidence: Evidence) -> tuple[Tie | None, float]:
    if not (can_become(c2.kind, hector.kind) and can_become(hector.kind, c2.kind)):
        return None, 0.0
    # Every CI has the system fields, so their names say little about what a customer keeps in them.
    names = likeness((c2.name, *c2.names), (_own_name(hector),)) if c2.is_custom else 0.0
    share = evidence.share(c2, hector)
    values = share.part if share.compared >= ENOUGH else 0.0
    telling = share.distinct >= _DISTINCT
    same_name = names >= SAME
    if same_name or (values >= BY_VALUES and telling) or (names >= SIMILAR and values >= BY_BOTH and telling):
        return Tie(c2, hector, same_name, share), names + values + (_ON_ASSET if hector.level is Level.ASSET else 0.0)
    return None, 0.0


def _own_name(field: Field) -> str:
    """Give a Hector field's name without its path."""
    prefix = next((prefix for prefix in ATTRIBUTE_PREFIXES if field.name.startswith(prefix)), "")
    return field.name.removeprefix(prefix) if prefix else field.name.partition(".")[2]


def _keys(ties: Sequence[Tie], evidence: Evidence) -> list[Key]:
    """Choose what to match by: texts that tell records apart on both sides, those made for it first."""
    tied = {(tie.c2.key, tie.hector.key) for tie in ties if not tie.doubt}
    found = [
        key
        for key in evidence.keys
        if (key.c2.key, key.hector.key) in tied and key.c2.kind is key.hector.kind is Kind.TEXT and _rank(key) is not None
    ]
    return sorted(found, key=lambda key: (_rank(key), -key.shared))[:KEYS]


def _rank(key: Key) -> int | None:
    """Say how good a key is by its name (0 is best); ``None``: values of this kind change hands."""
    names = [concept(name) for name in (key.c2.name, *key.c2.names, _own_name(key.hector))]
    if any(name in _NO_KEYS for name in names):
        return None
    return min((_BEST_KEYS.index(name) for name in names if name in _BEST_KEYS), default=len(_BEST_KEYS))
