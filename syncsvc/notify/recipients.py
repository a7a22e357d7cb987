"""Who gets a mail: addresses as the rules give them, and Hector users called by name, whose addresses Hector knows. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from syncsvc.domain.errors import Refusal
from syncsvc.domain.records import User
from syncsvc.domain.values import fold

PATH = "notify_if_error"


def is_address(entry: str) -> bool:
    """Whether an entry of the rules is an address, and not the name of a Hector user."""
    return "@" in entry


def find_recipients(entries: Iterable[str], users: Sequence[User]) -> tuple[dict[str, str], tuple[Refusal, ...]]:
    """Give the address of each entry, and a refusal for each name that Hector does not know, or not well enough."""
    found: dict[str, str] = {}
    refusals = []
    for entry in entries:
        if is_address(entry):
            found[entry] = entry
            continue
        named = [user for user in users if fold(user.name) == fold(entry)]
        addresses = {user.email for user in named if is_address(user.email)}
        if len(addresses) == 1:
            found[entry] = addresses.pop()
        else:
            refusals.append(_refusal(entry, named, users))
    return found, tuple(refusals)


def _refusal(entry: str, named: Sequence[User], users: Sequence[User]) -> Refusal:
    write_address = "Write an e-mail address instead."
    if len(named) > 1:
        return Refusal(f"Hector has {len(named)} users called “{entry}”.", write_address, path=PATH)
    if named:
        return Refusal(f"Hector's user “{entry}” has no e-mail address.", write_address, path=PATH)
    near = difflib.get_close_matches(fold(entry), [fold(user.name) for user in users], n=1, cutoff=0.6)
    meant = next((user.name for user in users if near and fold(user.name) == near[0]), None)
    hint = f"Did you mean “{meant}”?" if meant else write_address
    return Refusal(f"Hector has no user called “{entry}”.", hint, path=PATH)
