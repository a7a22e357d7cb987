"""The calls to Hector: which request answers which question of the engine.

How values look is in ``translate.py``, failures in ``failures.py``; sockets are ``adapters/http.py``'s.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import msgspec

from syncsvc.adapters.answers import Answer, Call
from syncsvc.adapters.circuit import Memory
from syncsvc.adapters.client import SystemClient
from syncsvc.adapters.hector import definitions, translate
from syncsvc.adapters.hector.config import HECTOR_SYSTEM, HectorConfig
from syncsvc.adapters.hector.paging import Confirm
from syncsvc.adapters.hector.resources import Params, Reader, Resources, page_of
from syncsvc.adapters.hector.wire import WireAsset, WireAttribute, WireCategory, WireStockroom, WireSubcategory, WireUser
from syncsvc.adapters.http import Channel, Limits, Seams
from syncsvc.adapters.parsing import label
from syncsvc.adapters.redaction import Secrets
from syncsvc.adapters.unchanged import Fingerprints, Unchanged
from syncsvc.domain.errors import CredentialsError, NotFoundError, ProtocolError
from syncsvc.domain.records import (
    Asset,
    Field,
    HectorCategory,
    Listed,
    NewAsset,
    NewSubcategory,
    Stockroom,
    Subcategory,
    User,
)
from syncsvc.domain.values import Value

IDS_A_CALL = 100
"""Ids that one read by ids may ask for."""


class HectorClient(SystemClient):
    """Hector over HTTP, as ``adapters/base.py`` asks for it; close it after use. Safe to use from several threads."""

    def __init__(
        self,
        config: HectorConfig,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
        memory: Memory | None = None,
        heard: Callable[[Call, Answer | None], None] | None = None,
        timed: Callable[[int | None, float], None] | None = None,
    ) -> None:
        self._config = config
        self._ignores_ids = False
        super().__init__(
            Channel(
                HECTOR_SYSTEM,
                config.url,
                Secrets(config.token),
                headers={"Authorization": f"Bearer {config.token}"},
                limits=Limits(timeout=config.timeout, max_concurrency=config.max_concurrency),
                retry=config.retry,
                seams=Seams(transport, sleep, random, clock, heard, timed),
                memory=memory,
                names=config.names,
            )
        )
        self._resources = Resources(self._channel, config.endpoints, config.page_size, config.names)

    # -- structure -------------------------------------------------------------------------------------------------------

    def users(self) -> list[User]:
        """List the users."""
        found = self._resources.whole("users", (), WireUser)
        return [
            User(id=wire.id, email=label(wire.email or ""), name=label(wire.name or ""), role=wire.role or "") for wire in found
        ]

    def stockrooms(self) -> list[Stockroom]:
        """List the stockrooms."""
        return [Stockroom(id=wire.id, name=label(wire.name)) for wire in self._resources.whole("stockrooms", (), WireStockroom)]

    def categories(self) -> list[HectorCategory]:
        """List the categories."""
        found = self._resources.whole("categories", (), WireCategory)
        return [HectorCategory(id=wire.id, name=label(wire.name), type=wire.type) for wire in found]

    def fields(self, category_id: int) -> list[Field]:
        """List every field of a category's subcategories and assets, its attributes included."""
        found = self._resources.whole("attributes", _filters(category_id), WireAttribute)
        here = (wire for wire in found if wire.category_id in {None, category_id})
        return [*definitions.OWN_FIELDS, *(definitions.attribute(wire) for wire in here)]

    # -- reading ---------------------------------------------------------------------------------------------------------

    def subcategories(
        self, category_id: int, fields: Sequence[Field], *, updated_since: datetime | None = None
    ) -> list[Subcategory]:
        """Read a category's subcategories, each once."""

        def confirm(ids: Collection[int]) -> list[int]:
            return [one.id for one_id in ids for one in self._subcategory_if_there(one_id) if one.category_id == category_id]

        filters = _filters(category_id, updated_since)
        found = self._resources.whole("subcategories", filters, WireSubcategory, confirm=confirm)
        here = (wire for wire in found if wire.category_id == category_id)
        return [translate.subcategory(wire, fields, _lacking) for wire in here]

    def subcategory(self, subcategory_id: int, fields: Sequence[Field]) -> Subcategory:
        """Read one; raises ``NotFoundError``."""
        return self._resources.get("subcategories", subcategory_id, _subcategory_reader(fields))

    def assets(self, category_id: int, fields: Sequence[Field], *, updated_since: datetime | None = None) -> list[Asset]:
        """Read a category's assets, retired ones too, each once; all ``meta.total`` of them have been seen."""
        confirm = self._assets_in(category_id)
        found = self._resources.whole("assets", _filters(category_id, updated_since), WireAsset, confirm=confirm)
        here = (wire for wire in found if wire.category_id == category_id)
        return [translate.asset(wire, fields, _lacking) for wire in here]

    def changed_assets(self, category_id: int, fields: Sequence[Field], known: Mapping[int, int]) -> Listed[Asset]:
        """Read a category's assets like :meth:`assets`, but decode only those whose fingerprint is not ``known``."""
        fingerprints = Fingerprints(known)
        found: Listed[Asset] = Listed([])
        filters, confirm = _filters(category_id, None), self._assets_in(category_id)
        for wire in self._resources.whole("assets", filters, WireAsset, fingerprints.read, confirm):
            if isinstance(wire, Unchanged):
                found.unchanged.add(wire.id)
            elif wire.category_id == category_id:
                asset = translate.asset(wire, fields, _lacking)
                found.records.append(replace(asset, fingerprint=fingerprints.taken[wire.id]))
        return found

    def assets_by_id(self, ids: Sequence[int], fields: Sequence[Field]) -> list[Asset]:
        """Read assets by id, wherever they are; those that do not exist are left out.

        A server that ignores ``ids`` answers with assets that nobody asked for: then each is asked for by itself.
        """
        wanted = list(dict.fromkeys(ids))
        found: dict[int, Asset] = {}
        size = min(IDS_A_CALL, self._config.page_size)
        for first in range(0, len(wanted), size):
            found |= self._assets_asked(wanted[first : first + size], fields)
        return [found[asset_id] for asset_id in wanted if asset_id in found]

    # One page each, just as the server answers, with what nobody asked for and the total: for who examines the server.

    def sample_subcategories(
        self,
        category_id: int,
        fields: Sequence[Field],
        *,
        updated_since: datetime | None = None,
        page: int = 1,
        size: int | None = None,
    ) -> tuple[list[Subcategory], int]:
        """Read one page of subcategories, and the total that the server claims."""
        filters = _filters(category_id, updated_since)
        found, total = self._resources.page("subcategories", filters, page, WireSubcategory, size=size)
        return [translate.subcategory(wire, fields, _lacking) for wire in found], total

    def sample_assets(
        self,
        category_id: int,
        fields: Sequence[Field],
        *,
        updated_since: datetime | None = None,
        ids: Sequence[int] = (),
        page: int = 1,
        size: int | None = None,
    ) -> tuple[list[Asset], int]:
        """Read one page of assets, and the total that the server claims."""
        filters = (("ids", ",".join(map(str, ids))),) if ids else _filters(category_id, updated_since)
        found, total = self._resources.page("assets", filters, page, WireAsset, size=size)
        return [translate.asset(wire, fields, _lacking) for wire in found], total

    def records_at(self, call: Call, path: str) -> int | None:
        """Make a reading call for a list anew at another path; gives how many records came, ``None`` where it is refused there.

        Raises :class:`RemoteError`; a token that another path has accepted is not taken for refused.
        """
        assert not call.is_write

        def read(answer: Answer) -> int | None:
            try:
                return len(page_of(answer, msgspec.Raw)[0])
            except CredentialsError:
                if not self._channel.proven:
                    raise
                return None

        return self._channel.call(replace(call, path=path), read)

    def _assets_asked(self, asked: Sequence[int], fields: Sequence[Field]) -> dict[int, Asset]:
        found: dict[int, Asset] = {}
        if not self._ignores_ids:
            params = (("ids", ",".join(map(str, asked))),)
            records, total = self._resources.page("assets", params, 1, WireAsset)
            found = {wire.id: translate.asset(wire, fields, _lacking) for wire in records if wire.id in asked}
            if len(found) == len(records) >= total:
                return found
            self._ignores_ids = any(wire.id not in asked for wire in records)
        for asset_id in asked:
            if asset_id not in found:
                found |= {asset.id: asset for asset in self._asset_if_there(asset_id, fields)}
        return found

    def _assets_in(self, category_id: int) -> Confirm:
        def confirm(ids: Collection[int]) -> list[int]:
            return [asset.id for asset in self.assets_by_id(list(ids), ()) if asset.category_id == category_id]

        return confirm

    def _subcategory_if_there(self, subcategory_id: int) -> Iterable[Subcategory]:
        try:
            return [self.subcategory(subcategory_id, ())]
        except NotFoundError:
            return []

    def _asset_if_there(self, asset_id: int, fields: Sequence[Field]) -> Iterable[Asset]:
        try:
            return [self._resources.get("assets", asset_id, _asset_reader(fields))]
        except NotFoundError:
            return []

    # -- writing ---------------------------------------------------------------------------------------------------------

    def create_subcategory(self, new: NewSubcategory, fields: Sequence[Field]) -> Subcategory:
        """Create a subcategory and give it as stored."""
        body = {"category_id": new.category_id, **translate.wire_members(_filled(new.values))}
        return self._resources.create("subcategories", body, new.values, _subcategory_reader(fields))

    def update_subcategory(self, subcategory_id: int, values: dict[Field, Value], fields: Sequence[Field]) -> Subcategory:
        """Write these fields in one call and give the subcategory as stored."""
        body = translate.wire_members(values)
        return self._resources.change("subcategories", subcategory_id, body, values, _subcategory_reader(fields))

    def create_asset(self, new: NewAsset, fields: Sequence[Field]) -> Asset:
        """Create an asset and give it as stored."""
        place = {"category_id": new.category_id, "subcategory_id": new.subcategory_id, "stockroom_id": new.stockroom_id}
        body = place | translate.wire_members(_filled(new.values))
        return self._resources.create("assets", body, new.values, _asset_reader(fields))

    def update_asset(
        self,
        asset_id: int,
        values: dict[Field, Value],
        fields: Sequence[Field],
        *,
        subcategory_id: int | None = None,
        active: bool | None = None,
    ) -> Asset:
        """Write these fields, move it to a subcategory, retire it or take it back, in one call; give the asset as stored."""
        body = translate.wire_members(values)
        if subcategory_id is not None:
            body["subcategory_id"] = subcategory_id
        if active is not None:
            body["status"] = "active" if active else "retired"
        return self._resources.change("assets", asset_id, body, values, _asset_reader(fields))


def _subcategory_reader(fields: Sequence[Field]) -> Reader[Subcategory]:
    return lambda answer, data: translate.subcategory(answer.record(data, WireSubcategory), fields, answer.broken)


def _asset_reader(fields: Sequence[Field]) -> Reader[Asset]:
    return lambda answer, data: translate.asset(answer.record(data, WireAsset), fields, answer.broken)


def _filters(category_id: int, updated_since: datetime | None = None) -> Params:
    filters = [("category_id", str(category_id))]
    if updated_since is not None:
        since = updated_since.astimezone(UTC).isoformat(timespec="milliseconds")
        filters.append(("updated_since", since.replace("+00:00", "Z")))
    return filters


def _filled(values: Mapping[Field, Value]) -> dict[Field, Value]:
    return {field: value for field, value in values.items() if value is not None}


def _lacking(what: str) -> ProtocolError:
    error = ProtocolError(
        f"Hector: {what}, though every record should have it.",
        hint="This server differs from the contract that syncsvc knows; `syncsvc doctor` shows where.",
    )
    error.passing = False
    return error
