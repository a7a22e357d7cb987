"""What an examination of a C2 server looks at beside the calls' results: its own time, and the names in its answers. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from syncsvc.adapters.answers import Answer
from syncsvc.adapters.c2.translate import moment
from syncsvc.adapters.c2.wire import Envelope, WireCategory, WireCI, WireClient, WireCmdb, WireListItem
from syncsvc.adapters.parsing import UNPARSABLE, decoder, prepared
from syncsvc.adapters.unlike import Unlike, unlike

_LISTS: dict[str, tuple[type[Struct], tuple[str, ...]]] = {
    "RETRIEVE_CMDBS": (WireCmdb, ()),
    "RETRIEVE_CATEGORIES": (WireCategory, ("fields",)),
    "RETRIEVE_LIST_ITEMS": (WireListItem, ()),
    "RETRIEVE_CLIENTS": (WireClient, ()),
    "RETRIEVE_CIS": (WireCI, ()),
}
_OFFSET = re.compile(r"\([-\d]+([+-])(\d\d)(\d\d)\)")


class _Stamped(Struct, rename="pascal"):
    time: Any = None


def stated_time(answer: Answer) -> datetime | None:
    """Give the time that the envelope tells; ``None`` when it tells none that can be read."""
    text = _time(answer)
    return moment(text, UTC) if text else None


def stated_offset(answer: Answer) -> timedelta | None:
    """Give how far the server's own zone is from UTC, where its ``Time`` says so: ``/Date(1530719073333-0400)/``."""
    found = _OFFSET.search(_time(answer))
    if found is None:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return -offset if found[1] == "-" else offset


def other_names(answer: Answer) -> list[Unlike]:
    """Say which members the answer to a list lacks, and what they seem to be called there."""
    shape, inside = _LISTS[answer.call.endpoint]
    return unlike(answer, Envelope, shape, inside)


def _time(answer: Answer) -> str:
    try:
        time = decoder(_Stamped).decode(prepared(answer.body)).time
    except UNPARSABLE:
        return ""
    return time if isinstance(time, str) else ""
