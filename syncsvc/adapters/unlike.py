"""Where an answer names its members otherwise than the contract: what is missing, and what it may be called there. Pure.

Only names are looked at and given, never values: what is found here ends in reports that people pass on.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_type_hints

import msgspec
from msgspec.structs import FieldInfo, fields

from syncsvc.adapters.answers import Answer
from syncsvc.adapters.names import ours
from syncsvc.adapters.parsing import UNPARSABLE, decoder, prepared

LOOKED_AT = 50
"""Records of a page that are looked at."""
SHOWN = 12
"""Members that are named when nothing fits."""
_SAME = (
    {"data", "items", "results", "result", "records", "rows", "value", "values", "list", "content", "entries"},
    {"meta", "pagination", "paging", "page", "pageinfo", "metadata"},
    {"total", "totalcount", "count", "totalitems", "totalrecords", "totalresults"},
    {"status", "statuscode", "code", "resultcode", "errorcode"},
    {"message", "errormessage", "description", "detail", "text"},
    {"id", "identifier", "guid", "uuid", "uid", "key", "oid", "identifiant"},
    {"name", "label", "title", "displayname", "nom", "caption"},
    {"email", "emailaddress", "mail", "courriel"},
    {"fullname", "displayname", "name"},
    {"cinumber", "number", "no", "ciid", "reference"},
    {"isactive", "active", "enabled"},
    {"categoryid", "cicategoryid", "category"},
    {"cifolderid", "folderid", "cmdbid", "cmdb"},
    {"definitionid", "fielddefinitionid", "fieldid"},
    {"lastmodifieddatetime", "lastmodified", "modifiedon", "modifiedat", "modifieddate", "updatedat", "updatedon"},
    {"updatedat", "modifiedat", "updated", "lastmodified", "lastupdated"},
    {"maker", "manufacturer", "brand", "make"},
    {"assettag", "tag", "assetnumber", "barcode"},
    {"stockroomid", "locationid", "warehouseid"},
    {"subcategoryid", "modelid", "itemid", "partid"},
    {"attributes", "customfields", "customattributes", "fields"},
    {"customfields", "fields", "attributes"},
    {"type", "kind"},
)
"""Names that people give to one and the same thing, written as :func:`_plain` does."""


@dataclass(frozen=True, slots=True)
class Unlike:
    """One member of the contract that an answer does not have."""

    member: str
    there: str | None
    """What it seems to be called there; ``None``: nothing fits."""
    needed: bool
    """Whether nothing can be read without it."""
    members: tuple[str, ...]
    """What there is in its place."""


def unlike(answer: Answer, around: type[msgspec.Struct], record: type[msgspec.Struct], inside: Sequence[str]) -> list[Unlike]:
    """Compare a list's answer with the contract: what stands ``around`` it, its first records, and lists ``inside`` these."""
    try:
        whole = decoder(object).decode(prepared(answer.body))
    except UNPARSABLE:
        return []
    if not isinstance(whole, dict):
        return []
    whole = ours(whole, answer.names, around)
    found = list(_compare([whole], around))
    for info in fields(around):
        part = whole.get(info.encode_name)
        if _is_struct(info.type) and isinstance(part, dict):
            found += _compare([ours(part, answer.names, info.type)], info.type)
    holder = next((one for one in found if one.member.lower() == "data"), None)
    data = whole.get((holder.there if holder else None) or _named_data(around))
    found += _of_records(data, answer.names, record, inside)
    return found


def _of_records(data: Any, names: Mapping[str, str], record: type[msgspec.Struct], inside: Sequence[str]) -> Iterator[Unlike]:
    records = _records(data[:LOOKED_AT] if isinstance(data, list) else [data], names, record)
    if not records:
        return
    yield from _compare(records, record)
    for attribute in inside:
        shape: Any = get_type_hints(record)[attribute]
        member = next(info.encode_name for info in fields(record) if info.name == attribute)
        lists = [one[member] for one in records if isinstance(one.get(member), list)]
        deeper = _records([inner for one in lists for inner in one][:LOOKED_AT], names, shape.__args__[0])
        if deeper:
            yield from _compare(deeper, shape.__args__[0])


def _records(found: Sequence[Any], names: Mapping[str, str], shape: type[msgspec.Struct]) -> list[dict[str, Any]]:
    return [ours(one, names, shape) for one in found if isinstance(one, dict)]


def _compare(objects: Sequence[Mapping[str, Any]], shape: type[msgspec.Struct]) -> Iterator[Unlike]:
    """Give what every one of these objects lacks, as far as it is needed or something seems to stand for it."""
    present = list(dict.fromkeys(member for one in objects for member in one))
    contract = fields(shape)
    strange = [member for member in present if member not in {info.encode_name for info in contract}]
    for info in contract:
        if info.encode_name in present:
            continue
        there = _there(info, strange, objects)
        if there is not None:
            strange.remove(there)
        if there is not None or info.required:
            yield Unlike(info.encode_name, there, info.required, tuple(present[:SHOWN]))


def _there(info: FieldInfo, strange: Sequence[str], objects: Sequence[Mapping[str, Any]]) -> str | None:
    """Find the member that stands for a missing one: by its name, and its values must be of the right type."""
    plain = _plain(info.encode_name)
    fitting = [member for member in strange if all(_fits(one[member], info) for one in objects if member in one)]
    by_plain = {_plain(member): member for member in fitting}
    if plain in by_plain:
        return by_plain[plain]
    for names in _SAME:
        if plain in names:
            known = next((by_plain[name] for name in by_plain if name in names), None)
            if known is not None:
                return known
    near = difflib.get_close_matches(plain, by_plain, n=1, cutoff=0.8) if info.required else []
    return by_plain[near[0]] if near else None


def _fits(value: Any, info: FieldInfo) -> bool:
    if info.type is msgspec.Raw:
        return isinstance(value, list | dict)
    if _is_struct(info.type):
        return isinstance(value, dict)
    if info.type is Any:
        return True
    try:
        msgspec.convert(value, info.type)
    except msgspec.ValidationError:
        return isinstance(value, list) and "list[" in str(info.type)  # its records may be named otherwise, too
    return True


def _is_struct(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, msgspec.Struct)


def _named_data(around: type[msgspec.Struct]) -> str:
    return next(info.encode_name for info in fields(around) if info.encode_name.lower() == "data")


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())
