"""Links: which CI and asset are the same thing, what is known of the pair, and which pairs people have parted.

What their fields held when they were last in order is in ``baselines.py``; a new link is stored together with it here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from syncsvc.domain.errors import ErrorKind, SyncError, UnknownRecordError
from syncsvc.domain.plan import Baseline, Link
from syncsvc.domain.rules import CategoryPair
from syncsvc.state.baselines import BATCH, batches, store_baselines
from syncsvc.state.bulk import insert_rows
from syncsvc.state.database import reading, writing
from syncsvc.state.intentions import forget_intentions
from syncsvc.state.rounds import Stamp, store_stamps
from syncsvc.state.tables import links, parted, rounds

# Built once: what is executed for every few records would otherwise be built as often.
_IDS = select(links.c.ci_id, links.c.id).where(links.c.ci_id.in_(bindparam("ci_ids", expanding=True)))


class AlreadyLinkedError(SyncError):
    """The CI or the asset is part of another link; nothing was stored."""

    kind = ErrorKind.AMBIGUOUS


@dataclass(frozen=True, slots=True)
class NewLink:
    """A CI and an asset found to be the same thing, with what is known of their fields.

    ``baselines`` are by :attr:`FieldMapping.key`; ``intention_id`` is the creation that made one of the two.
    """

    ci_id: str
    ci_number: str
    asset_id: int
    ci_active: bool
    asset_active: bool
    baselines: Mapping[str, Baseline]
    intention_id: int | None = None
    by_hand: bool = False
    subcategory_id: int | None = None
    """The subcategory that the asset is made from, as far as it was read."""


@dataclass(frozen=True, slots=True)
class Place:
    """Under which C2 category a CI is linked: its id, and its title when that was done; and with which asset."""

    category_id: str
    title: str
    asset_id: int
    asset_label: str
    """What the asset was called when the pair was last in order, or else its id."""


class LinkRecords:
    """The part of :class:`syncsvc.state.store.Store` about links."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def links_of(self, category_id: str) -> list[Link]:
        """List a C2 category's links, orphaned ones too, oldest first."""
        c = links.c
        facts = (c.id, c.ci_id, c.asset_id, c.ci_number, c.status, c.ci_was_active, c.asset_was_active, c.by_hand)
        calm = (c.ci_fingerprint, c.asset_fingerprint, c.subcategory_id, c.subcategory_fingerprint)
        wanted = select(*facts, *calm).where(c.category_id == category_id).order_by(c.id)
        once: Callable[[Any, Any], Any] = {}.setdefault  # statuses and subcategories are few, and need not be kept once a link
        with reading(self._engine) as connection:
            rows = connection.execution_options(yield_per=BATCH).execute(wanted)
            return [
                Link(
                    *row[:4],
                    once(row[4], row[4]),
                    *row[5:8],
                    once(row[10], row[10]),
                    *row[8:10],
                    once(row[11], row[11]),
                )
                for row in rows
            ]

    def linked_elsewhere(
        self,
        category_id: str,
        hector_category_id: int,  # noqa: ARG002 - an asset may have moved to it since, so no linked one is left out
    ) -> tuple[frozenset[str], frozenset[int]]:
        """Give the ids of all CIs and all assets that are linked under another C2 category.

        Any of them may have moved into this pair of categories; taken for unlinked, it would be linked or made a second time.
        """
        wanted = select(links.c.ci_id, links.c.asset_id).where(links.c.category_id != category_id)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted).all()
        return frozenset(row.ci_id for row in rows), frozenset(row.asset_id for row in rows)

    def places_of(self, ci_ids: Collection[str]) -> dict[str, Place]:
        """Give by their ids where these CIs are linked; those without a link are left out."""
        c = links.c
        found: dict[str, Place] = {}
        with reading(self._engine) as connection:
            for some in batches(ci_ids):
                for row in connection.execute(select(links).where(c.ci_id.in_(some))):
                    label = row.asset_label or str(row.asset_id)
                    found[row.ci_id] = Place(row.category_id, f"{row.cmdb} / {row.category}", row.asset_id, label)
        return found

    def add_links(
        self, run_id: int | None, pair: CategoryPair, new: Sequence[NewLink], at: datetime, *, stamps: Sequence[Stamp] = ()
    ) -> list[int]:
        """Store links with their baselines and remove the intentions they fulfil, all or nothing; give their ids in order.

        ``stamps`` are the change times of records that were made for them.

        A pair that somebody joins by hand is no longer remembered as parted, and its category is read in full next time.
        Raises :class:`AlreadyLinkedError` when a CI or an asset is part of another link, or comes twice.
        """
        if not new:
            return []
        try:
            with writing(self._engine) as connection:
                store_stamps(connection, stamps)
                return _store(connection, run_id, pair, new, at)
        except IntegrityError as error:
            clash = self._already_linked(new)
            if clash is None:
                raise
            raise clash from error

    def parted(self) -> frozenset[tuple[str, int]]:
        """Give the pairs that people have parted, by CI id and asset id: no run joins them again."""
        with reading(self._engine) as connection:
            return frozenset((row.ci_id, row.asset_id) for row in connection.execute(select(parted.c.ci_id, parted.c.asset_id)))

    def part(self, link_id: int, at: datetime) -> None:
        """Remove a link with all that is known of its fields, remember the pair as parted, and let its category be read in full.

        Raises :class:`UnknownRecordError` when there is no such link.
        """
        with writing(self._engine) as connection:
            # What refers to the link (baselines, conflicts, what was written lately) goes with it.
            gone = delete(links).where(links.c.id == link_id).returning(links.c.ci_id, links.c.asset_id, links.c.category_id)
            pair = connection.execute(gone).first()
            if pair is None:
                raise UnknownRecordError(
                    f"There is no link {link_id}; it may have been parted meanwhile.", hint="See: syncsvc links"
                )
            _forget_parting(connection, [(pair.ci_id, pair.asset_id)])
            connection.execute(insert(parted).values(ci_id=pair.ci_id, asset_id=pair.asset_id, at=at))
            _ask_for_all(connection, pair.category_id)

    def call_links(self, pair: CategoryPair) -> None:
        """Let a category's links bear the names that the rules give it by now."""
        c, (cmdb, category) = links.c, pair.names
        others = or_(c.cmdb != cmdb, c.category != category)
        with writing(self._engine) as connection:
            mine = update(links).where(c.category_id == pair.category.id, others)
            connection.execute(mine.values(cmdb=cmdb, category=category))

    def touch_all(self, category_id: str, at: datetime, *, but: Collection[int] = ()) -> None:
        """Record the same of all pairs of a category except a few."""
        c = links.c
        with writing(self._engine) as connection:
            mine = (c.category_id == category_id) & (c.status == "active")
            connection.execute(update(links).where(mine & c.id.not_in(list(but))).values(last_synced_at=at))

    def touch(self, link_ids: Collection[int], at: datetime) -> None:
        """Record that these pairs were looked at and found, or brought, in order as far as they could be."""
        with writing(self._engine) as connection:
            for some in batches(link_ids):
                connection.execute(update(links).where(links.c.id.in_(some)).values(last_synced_at=at))

    def set_link_state(
        self,
        link_id: int | Collection[int],
        *,
        status: str | None = None,
        ci_was_active: bool | None = None,
        asset_was_active: bool | None = None,
    ) -> None:
        """Record what is known of one link's two records, or of many links' alike; ``None`` leaves a fact as it is."""
        facts = {"status": status, "ci_was_active": ci_was_active, "asset_was_active": asset_was_active}
        known = {name: fact for name, fact in facts.items() if fact is not None}
        if not known:
            return
        with writing(self._engine) as connection:
            for some in batches([link_id] if isinstance(link_id, int) else link_id):
                connection.execute(update(links).where(links.c.id.in_(some)).values(known))

    def _already_linked(self, new: Sequence[NewLink]) -> AlreadyLinkedError | None:
        """Say which of the new links clashes, with what; ``None``: it was something else."""
        cis: set[str] = set()
        assets: set[int] = set()
        with reading(self._engine) as connection:
            for link in new:
                same = or_(links.c.ci_id == link.ci_id, links.c.asset_id == link.asset_id)
                other = connection.execute(select(links).where(same)).first()
                if other is not None:
                    held = f"CI {other.ci_number} and asset {other.asset_id} are a pair in {other.cmdb} / {other.category}"
                    return _clash(link, held)
                if link.ci_id in cis or link.asset_id in assets:
                    return _clash(link, "the same run found it a second counterpart")
                cis.add(link.ci_id)
                assets.add(link.asset_id)
        return None


def _store(connection: Connection, run_id: int | None, pair: CategoryPair, new: Sequence[NewLink], at: datetime) -> list[int]:
    ids = []
    common = _common(pair) | {"first_run_id": run_id, "linked_at": at}
    for some in batches(new):  # all at once, and then their ids by what is unique: RETURNING in order goes row by row on SQLite
        insert_rows(connection, links, _columns(some), common)
        found = connection.execute(_IDS, {"ci_ids": [link.ci_id for link in some]})
        by_ci = {row.ci_id: row.id for row in found}
        ids += [by_ci[link.ci_id] for link in some]
    agreed = (
        (link_id, mapping, baseline)
        for link_id, link in zip(ids, new, strict=True)
        for mapping, baseline in link.baselines.items()
    )
    store_baselines(connection, agreed, at)
    forget_intentions(connection, [link.intention_id for link in new if link.intention_id is not None])
    by_hand = [(link.ci_id, link.asset_id) for link in new if link.by_hand]
    if by_hand:
        _forget_parting(connection, by_hand)
        _ask_for_all(connection, pair.category.id)
    return ids


def _forget_parting(connection: Connection, pairs: Sequence[tuple[str, int]]) -> None:
    this_pair = (parted.c.ci_id == bindparam("its_ci")) & (parted.c.asset_id == bindparam("its_asset"))
    connection.execute(delete(parted).where(this_pair), [{"its_ci": ci, "its_asset": asset} for ci, asset in pairs])


def _ask_for_all(connection: Connection, category_id: str) -> None:
    """Let the next run of a category read everything, as after a change of its rules.

    An incremental one would not look at records that nobody has changed, and the decision would wait for the next full run.
    """
    connection.execute(update(rounds).where(rounds.c.category_id == category_id).values(rules=None))


def _common(pair: CategoryPair) -> dict[str, Any]:
    """Give what all links of a pair of categories have in common when they are new."""
    cmdb, category = pair.names
    return {
        "cmdb_id": pair.cmdb.id,
        "category_id": pair.category.id,
        "cmdb": cmdb,
        "category": category,
        "hector_category_id": pair.hector_category.id,
        "status": "active",
    }


def _columns(new: Sequence[NewLink]) -> dict[str, list[Any]]:
    return {
        "ci_id": [link.ci_id for link in new],
        "ci_number": [link.ci_number for link in new],
        "asset_id": [link.asset_id for link in new],
        "by_hand": [link.by_hand for link in new],
        "ci_was_active": [link.ci_active for link in new],
        "asset_was_active": [link.asset_active for link in new],
        "subcategory_id": [link.subcategory_id for link in new],
    }


def _clash(link: NewLink, held: str) -> AlreadyLinkedError:
    return AlreadyLinkedError(
        f"CI {link.ci_number} and asset {link.asset_id} cannot be linked: {held}.",
        hint="See syncsvc links; a wrong pair is parted with syncsvc links remove.",
    )
