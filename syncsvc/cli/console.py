"""``syncsvc console hash``: make of a password what the settings keep of it."""

from __future__ import annotations

import getpass
import sys

from argon2 import PasswordHasher

from syncsvc.cli.output import Out
from syncsvc.domain.errors import UnfitRequestError
from syncsvc.web.console.account import composed

SHORTEST = 12
"""Characters of a password that guards an inventory."""


def make_hash() -> int:
    """Ask for a password (or read it from standard input, one line) and print its hash alone."""
    out, is_person = Out(), sys.stdin.isatty()
    try:
        password = composed(_asked() if is_person else sys.stdin.readline().rstrip("\r\n"))
        password.encode()
    except UnicodeError:
        raise UnfitRequestError(
            "What was typed is no text in this terminal's encoding.", hint="Set LANG to one that ends in UTF-8."
        ) from None
    if len(password) < SHORTEST:
        raise UnfitRequestError(
            f"The password has {len(password)} characters; at least {SHORTEST} are needed.", hint="A few words are easy to keep."
        )
    out.paste(PasswordHasher().hash(password))
    if is_person:
        out.line("Write it in single quotes as SYNCSVC_CONSOLE__PASSWORD_HASH; SYNCSVC_CONSOLE__USERNAME goes with it.", "dim")
    return 0


def _asked() -> str:
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise UnfitRequestError("The two are not the same.", hint="Nothing was made; try again.")
    return password
