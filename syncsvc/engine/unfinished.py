"""The creations of one category of which it is not known what came: asked for by this run, or left over of earlier ones.

What became of them is found out in ``recover.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import replace

from syncsvc.domain.plan import Intention
from syncsvc.domain.records import Asset, ConfigurationItem
from syncsvc.engine.columns import SUBCATEGORY_ID
from syncsvc.state.store import Store


class Unfinished:
    """A category's intentions, kept in step with the store, and the records that are kept for them."""

    def __init__(self, run_id: int, store: Store, category_id: str) -> None:
        self._run_id, self._store = run_id, store
        self.intentions: list[Intention] = store.intentions_of(category_id)
        """Those of earlier runs."""
        self._asked_for: dict[str, int] = {}
        """CIs for which this run has asked for an asset, and the subcategory that it was to be made from."""
        self.sources_elsewhere = store.sources_elsewhere(category_id)
        """CIs and assets for which a creation is to be settled under another category."""
        self.reserved: set[str | int] = set()
        """Ids of the records that are kept for somebody."""

    def intend(self, intentions: Sequence[Intention]) -> list[int]:
        """Store intentions before anything is created; gives their ids."""
        ids = self._store.add_intentions(self._run_id, intentions)
        self._asked_for |= _from_subcategories(intentions)
        return ids

    def fulfil(self, intention_ids: Collection[int | None]) -> None:
        """Know that these are over: the links that say so are stored."""
        self.intentions = [intention for intention in self.intentions if intention.id not in intention_ids]

    def drop(self, intention_id: int) -> None:
        """Forget an intention of which it is certain that it came to nothing."""
        self._store.drop_intention(intention_id)
        self.fulfil({intention_id})

    def leave_over(self, intention: Intention, records: Iterable[ConfigurationItem | Asset]) -> None:
        """Store of which records it was found that they are left over of a creation: its source has another counterpart."""
        left_over = intention.left_over | {str(record.id) for record in records}
        if left_over != intention.left_over:
            self._store.note_left_over(intention.id, left_over)
            told = replace(intention, left_over=left_over)
            self.intentions = [told if it.id == intention.id else it for it in self.intentions]

    def reserve(self, record: ConfigurationItem | Asset) -> None:
        """Keep a record for the one it was made for: nobody else is linked with it, and nothing is made for it."""
        self.reserved.add(record.id)

    def expected(self, linked_cis: Container[str]) -> dict[str, int]:
        """Give the subcategories that open creations were to make assets from, by the CIs that have none yet."""
        sent = [*_from_subcategories(self.intentions).items(), *self._asked_for.items()]
        return {ci_id: subcategory_id for ci_id, subcategory_id in sent if ci_id not in linked_cis}


def _from_subcategories(intentions: Iterable[Intention]) -> dict[str, int]:
    """Give, by CI id, the subcategories that assets were to be made from."""
    sent = ((intention.source_id, intention.sent.get(SUBCATEGORY_ID)) for intention in intentions)
    return {source_id: int(str(subcategory_id)) for source_id, subcategory_id in sent if subcategory_id is not None}
