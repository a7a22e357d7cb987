"""The calls to C2: which request answers which question of the engine.

How values look is in ``translate.py``, bodies in ``bodies.py``, failures in ``envelope.py``; sockets are ``adapters/http.py``'s.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import httpx
import msgspec

from syncsvc.adapters.answers import Answer, Call
from syncsvc.adapters.c2 import bodies, definitions
from syncsvc.adapters.c2.config import C2_SYSTEM, C2Config
from syncsvc.adapters.c2.envelope import data_of
from syncsvc.adapters.c2.naming import Names
from syncsvc.adapters.c2.paging import SMALLEST_PAGE, HasId, pages
from syncsvc.adapters.c2.translate import CIReader
from syncsvc.adapters.c2.wire import WireCategory, WireCI, WireClient, WireCmdb, WireListItem, WireSavedCI, guid
from syncsvc.adapters.circuit import Memory
from syncsvc.adapters.client import SystemClient
from syncsvc.adapters.http import Channel, Limits, Seams, TooLargeError
from syncsvc.adapters.parsing import encode
from syncsvc.adapters.redaction import Secrets
from syncsvc.adapters.unchanged import Fingerprints, Unchanged
from syncsvc.domain.errors import CredentialsError, ProtocolError, RemoteError
from syncsvc.domain.records import Category, Client, Cmdb, ConfigurationItem, Field, Listed, NewCI
from syncsvc.domain.values import Value

T = TypeVar("T")
R = TypeVar("R", bound=HasId)

PageReader = Callable[[Answer, msgspec.Raw, type[Any]], list[Any]]

IDS_A_CALL = 100
"""Ids that one read by ids asks for."""
WALKS = 2
"""How often a list is walked to its end in search of a CI, where the server cannot be asked for it: pages shift."""
NUMBER_LENGTH = 8
"""Digits that C2 writes a CI's number with."""


class C2Client(SystemClient):
    """C2 over HTTP, as ``adapters/base.py`` asks for it; close it after use. Safe to use from several threads."""

    def __init__(
        self,
        config: C2Config,
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
        self._paths = config.endpoints
        self._names = Names(config.language)
        self._credentials = {"username": config.username, "password": config.password}
        super().__init__(
            Channel(
                C2_SYSTEM,
                config.url,
                Secrets(config.password),
                headers={},
                limits=Limits(timeout=config.timeout, max_concurrency=config.max_concurrency),
                retry=config.retry,
                seams=Seams(transport, sleep, random, clock, heard, timed),
                memory=memory,
                names=config.names,
            )
        )

    # -- structure -------------------------------------------------------------------------------------------------------

    def cmdbs(self) -> list[Cmdb]:
        """List the CMDBs."""
        found = self._all("retrieve_cmdbs", {}, WireCmdb)
        return [definitions.cmdb(wire, self._config.language) for wire in found]

    def categories(self, cmdb_id: str) -> list[Category]:
        """List a CMDB's categories with their fields; list fields come with their items."""
        wires = self._all("retrieve_categories", {"CIFolderId": cmdb_id}, WireCategory)
        wires = [wire for wire in wires if guid(wire.ci_folder_id) == guid(cmdb_id)]
        lists = {
            guid(definition.list_id): definition.list_id
            for wire in wires
            for definition in wire.fields
            if definition.list_id and definition.definition_type == definitions.LIST
        }
        items = {key: self._all("retrieve_list_items", {"ListId": list_id}, WireListItem) for key, list_id in lists.items()}
        return [definitions.category(wire, self._config.language, items) for wire in wires]

    def clients(self) -> list[Client]:
        """List every client, inactive ones and those without an e-mail too."""
        nobody_left_out = {
            "ExcludeResources": False,
            "ExcludeMissingEmail": False,
            "IncludeCustomFields": False,
            "IncludeInactives": True,
        }
        return [definitions.client(wire) for wire in self._all("retrieve_clients", nobody_left_out, WireClient)]

    # -- CIs -------------------------------------------------------------------------------------------------------------

    def cis(
        self, category: Category, fields: Sequence[Field], *, modified_since: datetime | None = None
    ) -> list[ConfigurationItem]:
        """Read a category's CIs, inactive ones too, each once; raises when a CI does not show a field of its category."""
        reader = CIReader(fields, self._config.time_zone)
        criteria = bodies.ci_criteria(category, modified_since)
        return [
            self._whole(reader, wire, category)
            for page in self._ci_pages(reader, criteria)
            for wire in page
            if _stands_in(wire, category) and not wire.is_deleted
        ]

    def changed_cis(self, category: Category, fields: Sequence[Field], known: Mapping[int, str]) -> Listed[ConfigurationItem]:
        """Read a category's CIs like :meth:`cis`, but decode only those whose fingerprint is not ``known``."""
        reader = CIReader(fields, self._config.time_zone)
        fingerprints = Fingerprints(known)
        found: Listed[ConfigurationItem] = Listed([])
        for page in self._ci_pages(reader, bodies.ci_criteria(category, None), fingerprints.read):
            for wire in page:
                if isinstance(wire, Unchanged):
                    found.unchanged.add(wire.id)
                elif _stands_in(wire, category) and not wire.is_deleted:
                    ci = self._whole(reader, wire, category)
                    found.records.append(replace(ci, fingerprint=fingerprints.taken[wire.id]))
        return found

    def cis_by_id(self, category: Category, fields: Sequence[Field], ids: Sequence[str]) -> list[ConfigurationItem]:
        """Read CIs by id, wherever they are; those that do not exist are left out.

        A server that ignores ``Ids`` answers with CIs that nobody asked for: then its whole list is searched.
        """
        reader = CIReader(fields, self._config.time_zone)
        wanted = dict.fromkeys(guid(ci_id) for ci_id in ids)
        found: dict[str, WireCI] = {}
        size = min(IDS_A_CALL, self._config.page_size)
        for first in range(0, len(wanted), size):
            asked = [ci_id for ci_id in list(wanted)[first : first + size] if ci_id not in found]
            if asked and self._search(reader, asked, wanted, found):
                break
        return [self._whole(reader, found[ci_id], category) for ci_id in wanted if ci_id in found and not found[ci_id].is_deleted]

    def ci_by_number(self, number: str) -> ConfigurationItem | None:
        """Find a CI by its number, wherever it is; zeros in front may be left out.

        A server that ignores ``CINumber`` answers with CIs that nobody asked for: then its whole list is searched.
        """
        reader = CIReader((), self._config.time_zone)
        number = number.strip()
        for written in dict.fromkeys((number.zfill(NUMBER_LENGTH), number)) if number else ():
            found, searched_all = self._search_number(reader, written)
            if found is not None:
                return reader.ci(found)
            if searched_all:
                break
        return None

    def sample(
        self,
        category: Category,
        fields: Sequence[Field],
        *,
        modified_since: datetime | None = None,
        ids: Sequence[str] = (),
        number: str | None = None,
        size: int | None = None,
    ) -> list[ConfigurationItem]:
        """Read one page of CIs just as the server answers, with what nobody asked for: for who examines the server."""
        reader = CIReader(fields, self._config.time_zone)
        criteria = bodies.ci_criteria(category, modified_since)
        if ids or number is not None:
            criteria = {"Ids": list(ids)} if ids else {"CINumber": number}
        criteria |= {"IncludeCustomFields": reader.wants_custom, "IncludeInactives": True}
        wires = self._page("retrieve_cis", criteria, WireCI, Answer.records, page=0, size=size or self._config.page_size)
        return [self._whole(reader, wire, category) for wire in wires if not wire.is_deleted]

    def records_at(self, call: Call, path: str) -> int | None:
        """Make a reading call anew at another path; gives how many records came, ``None`` where it is refused there.

        Raises :class:`RemoteError`; credentials that another path has accepted are not taken for refused.
        """
        assert not call.is_write

        def read(answer: Answer) -> int | None:
            try:
                return len(answer.records(data_of(answer, proven=self._channel.proven), msgspec.Raw))
            except CredentialsError:
                if not self._channel.proven:
                    raise
                return None

        return self._channel.call(replace(call, path=path), read)

    def _search_number(self, reader: CIReader, number: str) -> tuple[WireCI | None, bool]:
        """Give the CI with this number, and whether the server's whole list was searched for it in vain."""
        for _ in range(WALKS):
            surplus = False
            for page in self._ci_pages(reader, {"CINumber": number}):
                for wire in page:
                    if bodies.same_number(wire.ci_number, number) and not wire.is_deleted:
                        return wire, False
                surplus = surplus or bool(page)
            if not surplus:
                return None, False
        return None, True

    def _search(self, reader: CIReader, asked: list[str], wanted: dict[str, None], found: dict[str, WireCI]) -> bool:
        """Put the CIs asked for into ``found``; tells whether the server's whole list was searched, for all that are wanted."""
        for _ in range(WALKS):
            surplus = False
            for page in self._ci_pages(reader, {"Ids": asked}):
                found.update({guid(wire.id): wire for wire in page if guid(wire.id) in wanted})
                surplus = surplus or any(guid(wire.id) not in asked for wire in page)
                if all(ci_id in found for ci_id in asked):
                    return False
            if not surplus:
                return False
        return True

    def _ci_pages(self, reader: CIReader, criteria: dict[str, Any], read: PageReader = Answer.records) -> Iterator[list[WireCI]]:
        whole = {"IncludeCustomFields": reader.wants_custom, "IncludeInactives": True}
        return self._pages("retrieve_cis", criteria | whole, WireCI, read)

    def _whole(self, reader: CIReader, wire: WireCI, category: Category) -> ConfigurationItem:
        self._names.learn(wire)
        ci = reader.ci(wire)
        if ci.absent and _stands_in(wire, category):
            # Taken for empty, a field that the server left out would be carried over as one that somebody cleared.
            raise self._lacking(f"CI {wire.ci_number} does not show {reader.names(ci.absent)}")
        return ci

    # -- writing ---------------------------------------------------------------------------------------------------------

    def create_ci(self, new: NewCI, fields: Sequence[Field]) -> ConfigurationItem:
        """Create a CI; what the answer says nothing of is named by the record's ``absent``."""
        reader = CIReader(fields, self._config.time_zone)
        wire = self._write("save_ci", bodies.new_ci(new), lambda answer, data: answer.record(data, WireSavedCI))
        return reader.saved(wire, new)

    def update_ci(self, ci_id: str, field: Field, value: Value, fields: Sequence[Field]) -> ConfigurationItem:
        """Write one field (``None`` empties it) and give the whole CI as it stands after it."""
        done = None
        for body in bodies.new_value(ci_id, field, value, shown=self._names.shown):
            try:
                done = self._update(ci_id, body)
            except RemoteError as error:
                if done is not None:
                    self._names.half_written(error, done, body)
                raise
            if field.key == "Name":
                self._names.check(done, body)
        assert done is not None
        return CIReader(fields, self._config.time_zone).ci(done)

    def set_active(self, ci_id: str, *, active: bool, fields: Sequence[Field]) -> ConfigurationItem:
        """Write ``IsActive`` and give the whole CI as it stands after it."""
        wire = self._update(ci_id, bodies.activity(ci_id, active=active))
        return CIReader(fields, self._config.time_zone).ci(wire)

    def _update(self, ci_id: str, body: dict[str, str]) -> WireCI:
        def read(answer: Answer, data: msgspec.Raw) -> WireCI:
            wire = answer.record(data, WireCI)
            if guid(wire.id) != guid(ci_id):
                raise answer.broken(f"is about another CI ({wire.id}) than the one written ({ci_id})")
            return wire

        return self._write("update_property", body, read, is_update=True)

    # -- requests --------------------------------------------------------------------------------------------------------

    def _write(
        self, endpoint: str, body: dict[str, Any], read: Callable[[Answer, msgspec.Raw], T], *, is_update: bool = False
    ) -> T:
        return self._ask(replace(self._call(endpoint, body), is_write=True, is_update=is_update), read)

    def _all(self, endpoint: str, criteria: dict[str, Any], shape: type[R]) -> list[R]:
        return [record for page in self._pages(endpoint, criteria, shape) for record in page]

    def _pages(
        self, endpoint: str, criteria: dict[str, Any], shape: type[R], read: PageReader = Answer.records
    ) -> Iterator[list[R]]:
        started: float | None = None

        def ask(page: int, size: int) -> list[R]:
            nonlocal started
            started = self._channel.now() if started is None else started  # a page that is asked for with half the size, too
            found = self._page(endpoint, criteria, shape, read, page=page, size=size, started=started)
            started = None
            return found

        return pages(ask, self._config.page_size, too_long=_is_too_long, smallest=self._smallest)

    def _page(
        self,
        endpoint: str,
        criteria: dict[str, Any],
        shape: type[R],
        read: PageReader,
        *,
        page: int,
        size: int,
        started: float | None = None,
    ) -> list[R]:
        body = {"Page": page, "Size": size, "SearchCriteria": criteria}
        call = self._call(endpoint, body, tries_on_500=2 if size > self._smallest else None)
        return self._ask(call, lambda answer, data: read(answer, data, shape), started=started)

    @property
    def _smallest(self) -> int:
        return min(SMALLEST_PAGE, self._config.page_size)

    def _ask(self, call: Call, read: Callable[[Answer, msgspec.Raw], T], *, started: float | None = None) -> T:
        channel = self._channel
        return channel.call(call, lambda answer: read(answer, data_of(answer, proven=channel.proven)), started=started)

    def _call(self, endpoint: str, body: dict[str, Any], *, tries_on_500: int | None = None) -> Call:
        in_query = self._config.credentials_in == "query"
        return Call(
            "POST",
            getattr(self._paths, endpoint),
            endpoint=endpoint.upper(),
            secret_params=tuple(self._credentials.items()) if in_query else (),
            body=encode(body if in_query else body | self._credentials),
            tries_on_500=tries_on_500,
        )

    def _lacking(self, what: str) -> ProtocolError:
        error = ProtocolError(
            f"C2: {what}, though its category has that field.",
            hint="Check that the service account may see the field; `syncsvc doctor` shows what the server sends.",
        )
        error.passing = False
        return error


def _stands_in(wire: WireCI, category: Category) -> bool:
    return guid(wire.category_id) == category.id and guid(wire.ci_folder_id) == category.cmdb_id


def _is_too_long(error: RemoteError) -> bool:
    return error.status == httpx.codes.INTERNAL_SERVER_ERROR or isinstance(error, TooLargeError)
