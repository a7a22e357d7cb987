"""Members of JSON that a tenant's servers call differently than the contract: each gets the contract's name as a shape is read.

Which names differ is said by settings (``SYNCSVC_C2__NAMES__…``, ``SYNCSVC_HECTOR__NAMES__…``); without any, nothing here runs.
One name may mean several things: an asset's title may be called as the name of a stockroom is. Only records whose shape has the
member, and that lack it, are touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

import msgspec
from msgspec.structs import fields

from syncsvc.adapters.parsing import UNPARSABLE, decoder, encode
from syncsvc.domain.errors import ConversionError

V = TypeVar("V")


def renamed(data: bytes | bytearray | msgspec.Raw, names: Mapping[str, str], shape: Any) -> bytes | bytearray | msgspec.Raw:
    """Give JSON that is read as ``shape`` with the contract's names for the tenant's; values stay byte for byte as they came.

    ``names`` holds the tenant's name of each of the contract's. What is no JSON of this shape stays as it is.
    """
    try:
        return encode(_ours(msgspec.Raw(data), names, shape))
    except ConversionError:  # a name of a member is no Unicode
        return data


def ours(record: Mapping[str, V], names: Mapping[str, str], shape: type[msgspec.Struct]) -> dict[str, V]:
    """Give a record's members under the contract's names, as far as its shape has them and it lacks them itself."""
    own = _members(shape)
    found = dict(record)
    for member, theirs in names.items():
        if member in own and member not in record and theirs in record:
            found[member] = record[theirs]
            if theirs not in own:  # what the shape reads under that very name is not taken from it
                found.pop(theirs, None)
    return found


def theirs(body: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Give the members of a request's body under the tenant's names; what stands inside them is not looked at."""
    return {names.get(member, member): value for member, value in body.items()}


def _ours(data: msgspec.Raw, names: Mapping[str, str], shape: Any) -> Any:
    inner = _inside(shape)
    if inner is None:
        return data
    try:
        if get_origin(inner) is list:
            return [_ours(item, names, get_args(inner)[0]) for item in decoder(list[msgspec.Raw]).decode(data)]
        record = ours(decoder(dict[str, msgspec.Raw]).decode(data), names, inner)
    except UNPARSABLE:  # nothing where a record may be, or none that anybody can read
        return data
    shapes = _members(inner)
    return {member: _ours(value, names, shapes.get(member)) for member, value in record.items()}


@cache
def _members(shape: type[msgspec.Struct]) -> dict[str, Any]:
    return {info.encode_name: info.type for info in fields(shape)}


@cache
def _inside(shape: Any) -> Any:
    """Give the record, or the list of records, that a type is or may be; ``None``: its members have no names of ours."""
    for part in (shape, *get_args(shape)):
        if isinstance(part, type) and issubclass(part, msgspec.Struct):
            return part
        if get_origin(part) is list and _inside(get_args(part)[0]) is not None:
            return part
    return None
