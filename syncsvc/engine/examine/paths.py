"""Where a call may be found when there is nothing at its path: the ways in which such paths usually differ. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

MOST = 12
"""Paths that are tried for one call."""
_VERSION = re.compile(r"v\d+", re.IGNORECASE)
_OTHER_PREFIXES = (("api",), ("api", "v1"), ("v1",), ())


def variants(path: str) -> list[str]:
    """Give other paths for ``API/Clients/Retrieve`` or ``api/v1/users``, the likeliest first.

    The last part says what a call does where there are several, so nothing but its case is changed: a call that reads stays one.
    """
    return list(dict.fromkeys(one for one in _variants(path.strip("/")) if one != path.strip("/")))[:MOST]


def _variants(path: str) -> Iterator[str]:
    prefix, parts = _split(path)
    if not parts:
        return
    api = next((part for part in prefix if part.lower() == "api"), "API" if path != path.lower() else "api")
    other_number = [_other_number(parts[0]), *parts[1:]]
    prefixes = [[api if part == "api" else part for part in other] for other in _OTHER_PREFIXES]
    yield "/".join([*prefix, *other_number])
    yield from ("/".join([*other, *parts]) for other in prefixes)
    yield path.lower()
    yield "/".join([*prefix, *(part[:1].upper() + part[1:] for part in parts)])
    yield from ("/".join([*other, *other_number]) for other in prefixes)
    yield "/".join([*prefix, *other_number]).lower()


def _split(path: str) -> tuple[list[str], list[str]]:
    """Split what stands in front of all paths from what is this one's own."""
    parts = [part for part in path.split("/") if part]
    own = next((place for place, part in enumerate(parts) if part.lower() != "api" and not _VERSION.fullmatch(part)), len(parts))
    return parts[:own], parts[own:]


def _other_number(noun: str) -> str:
    """Give the plural for a singular, and the other way round."""
    folded = noun.lower()
    if folded.endswith("ies"):
        return noun[:-3] + "y"
    if folded.endswith("s"):
        return noun[:-1]
    return noun[:-1] + "ies" if folded.endswith("y") else noun + "s"
