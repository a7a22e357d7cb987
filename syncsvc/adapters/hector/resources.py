"""Hector's resources as such: lists, single records, and the calls that make and change them.

What the records are is not known here; ``client.py`` says which resource answers which question.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

import httpx
import msgspec

from syncsvc.adapters.answers import Answer, Call
from syncsvc.adapters.hector.config import HectorEndpoints
from syncsvc.adapters.hector.failures import failure
from syncsvc.adapters.hector.paging import Confirm, HasId, whole
from syncsvc.adapters.hector.wire import WireOne, WirePage
from syncsvc.adapters.http import Channel
from syncsvc.adapters.names import theirs
from syncsvc.adapters.parsing import encode
from syncsvc.domain.records import Field, Level

R = TypeVar("R", bound=HasId)
Reader = Callable[[Answer, msgspec.Raw], R]
PageReader = Callable[[Answer, msgspec.Raw, type[Any]], list[Any]]
Params = Sequence[tuple[str, str]]


class Resources:
    """The resources of one tenant, by the names that their paths have in the settings."""

    def __init__(self, channel: Channel, paths: HectorEndpoints, page_size: int, names: Mapping[str, str]) -> None:
        self._channel = channel
        self._paths = paths
        self._page_size = page_size
        self._names = names

    def whole(
        self,
        resource: str,
        params: Params,
        shape: type[R],
        read: PageReader = Answer.records,
        confirm: Confirm | None = None,
    ) -> list[R]:
        """Read a list in full, each record once; ``read`` reads the records of a page, ``confirm`` asks for some by id."""
        return whole(lambda page: self.page(resource, params, page, shape, read), self._path(resource), confirm)

    def page(
        self,
        resource: str,
        params: Params,
        page: int,
        shape: type[R],
        read_records: PageReader = Answer.records,
        *,
        size: int | None = None,
    ) -> tuple[list[R], int]:
        """Read one page of a list (from 1); gives the records and the total that the list claims."""
        paging = (("page", str(page)), ("per_page", str(size or self._page_size)))
        call = Call("GET", self._path(resource), endpoint=resource.upper(), params=(*params, *paging))
        return self._channel.call(call, lambda answer: page_of(answer, shape, read_records))

    def get(self, resource: str, record_id: int, read: Reader[R]) -> R:
        """Read one record; raises ``NotFoundError``."""
        call = Call("GET", self._path(resource, record_id), endpoint=resource.upper())
        return self._channel.call(call, lambda answer: _one(answer, read, record_id))

    def create(self, resource: str, body: dict[str, Any], values: Mapping[Field, Any], read: Reader[R]) -> R:
        """Make a record and give it as stored; ``values`` holds the fields that the server may name in a refusal."""
        call = Call("POST", self._path(resource), endpoint=resource.upper(), body=self._encoded(body), is_write=True)
        return self._channel.call(call, lambda answer: _one(answer, read, None, values))

    def change(self, resource: str, record_id: int, body: dict[str, Any], values: Mapping[Field, Any], read: Reader[R]) -> R:
        """Change a record and give it as stored; raises ``NotFoundError``."""
        path = self._path(resource, record_id)
        call = Call("PATCH", path, endpoint=resource.upper(), body=self._encoded(body), is_write=True, is_update=True)
        return self._channel.call(call, lambda answer: _one(answer, read, record_id, values))

    def _encoded(self, body: dict[str, Any]) -> bytes:
        return encode(theirs(body, self._names) if self._names else body)

    def _path(self, resource: str, record_id: int | None = None) -> str:
        path: str = getattr(self._paths, resource)
        return path if record_id is None else f"{path.rstrip('/')}/{record_id}"


def page_of(answer: Answer, shape: type[Any], read: PageReader = Answer.records) -> tuple[list[Any], int]:
    """Take a page's records, and the list's total, out of an answer; raises the :class:`RemoteError` that a failure means."""
    if answer.status != httpx.codes.OK:
        raise failure(answer, one_record=False)
    wire = answer.decode(WirePage)
    return read(answer, wire.data, shape), wire.meta.total


def _one(answer: Answer, read: Reader[R], record_id: int | None, fields: Collection[Field] = ()) -> R:
    if answer.status not in {httpx.codes.OK, httpx.codes.CREATED}:
        level = Level.ASSET if answer.call.endpoint == "ASSETS" else Level.SUBCATEGORY
        raise failure(answer, one_record=record_id is not None, level=level, fields=fields)
    record = read(answer, answer.decode(WireOne).data)
    if record_id not in {None, record.id}:
        raise answer.broken(f"is about another record ({record.id}) than the one asked about")
    return record
