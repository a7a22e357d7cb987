"""Calm pairs: those that are in order, with how their records looked then, so that the next run need not look at them.

What is known of them beside that is in ``links.py`` and ``baselines.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, Text, bindparam, select, type_coerce, update

from syncsvc.domain.plan import Calm, Held
from syncsvc.domain.values import Value, decode, encode
from syncsvc.state.baselines import batches
from syncsvc.state.database import reading, writing
from syncsvc.state.tables import links, rounds

_CALM = ("ci_fingerprint", "asset_fingerprint", "subcategory_fingerprint", "unagreed")
_ROOM = 1_000
"""Characters of such values that are kept of a pair: every run writes all of its row anew, when it says when it was seen."""


class CalmRecords:
    """The part of :class:`syncsvc.state.store.Store` about pairs that are in order."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note_calm(self, category_id: str, rules: str, pairs: Sequence[tuple[int, str, Calm, Mapping[str, Held]]]) -> None:
        """Record how pairs look that are in order, by link id with the asset's label, under rules with this digest.

        With it goes, by mapping, what they hold where no baseline says it. What was recorded under other rules is forgotten.
        """
        c = links.c
        of_the_category = rounds.c.category_id == category_id
        values: dict[str, Any] = {name: bindparam(name) for name in ("asset_label", "subcategory_id", *_CALM)}
        rows = [
            {
                "its_id": link_id,
                "asset_label": label,
                "ci_fingerprint": calm.ci,
                "asset_fingerprint": calm.asset,
                "subcategory_id": calm.subcategory_id,
                "subcategory_fingerprint": calm.subcategory,
                "unagreed": _stored(unagreed),
            }
            for link_id, label, calm, unagreed in pairs
        ]
        with writing(self._engine) as connection:
            if connection.scalar(select(rounds.c.fingerprint_rules).where(of_the_category)) != rules:
                connection.execute(update(links).where(c.category_id == category_id).values(dict.fromkeys(_CALM)))
                connection.execute(update(rounds).where(of_the_category).values(fingerprint_rules=rules))
            for some in batches(rows):
                connection.execute(update(links).where(c.id == bindparam("its_id")).values(values), some)

    def forget_calm(self, link_ids: Collection[int]) -> None:
        """Record that these pairs must be looked at by the next run, whatever the systems send of them."""
        with writing(self._engine) as connection:
            for some in batches(link_ids):
                connection.execute(update(links).where(links.c.id.in_(some)).values(dict.fromkeys(_CALM)))

    def labels_of(self, link_ids: Collection[int]) -> dict[int, str]:
        """Give the assets' labels as they were when the pairs were last in order, by link id."""
        found: dict[int, str] = {}
        with reading(self._engine) as connection:
            for some in batches(link_ids):
                rows = connection.execute(select(links.c.id, links.c.asset_label).where(links.c.id.in_(some)))
                found |= {row.id: row.asset_label or "" for row in rows}
        return found

    def unagreed_of(self, link_ids: Collection[int]) -> dict[int, dict[str, Held]]:
        """Give what pairs that were noted as calm hold where no baseline says it: by link id, then by mapping.

        Pairs of which nothing of the kind is known are left out.
        """
        c = links.c
        found: dict[int, dict[str, Held]] = {}
        with reading(self._engine) as connection:
            for some in batches(link_ids):
                rows = connection.execute(select(c.id, c.unagreed).where(c.id.in_(some), c.unagreed.is_not(None)))
                for link_id, stored in rows:
                    found[link_id] = {key: Held(decode(c2), decode(hector)) for key, (c2, hector) in stored.items()}
        return found

    def unagreed_values(self, category_id: str, mapping: str) -> list[tuple[int, Value, Value]]:
        """Give what a category's calm pairs hold in one field where no baseline says it: link id, C2's value, Hector's value."""
        c = links.c
        wanted = select(c.id, c.unagreed).where(c.category_id == category_id, c.unagreed.is_not(None))
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.where(type_coerce(c.unagreed, Text).contains(mapping, autoescape=True)))
            return [(row.id, *map(decode, row.unagreed[mapping])) for row in rows if mapping in row.unagreed]


def _stored(unagreed: Mapping[str, Held]) -> dict[str, tuple[str | None, str | None]] | None:
    values = {key: (encode(held.c2), encode(held.hector)) for key, held in unagreed.items()}
    size = sum(len(value or "") for both in values.values() for value in both)
    return values if values and size <= _ROOM else None
