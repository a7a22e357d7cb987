"""The database's address: what a URL says, and how to speak of it without giving its password away.

What a URL may look like is said in ``database_url.py``; connecting is for ``database.py`` and ``lock.py``. No message made here
holds any part of a URL that could be secret: of a server only host, port and database are named.
"""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy.engine import URL

from syncsvc.database_url import UnfitUrlError, read_url, secret_parts
from syncsvc.domain.errors import SettingsError

SETTING = "SYNCSVC_DATABASE_URL"


def parse(url: str) -> URL:
    """Read a database URL and name the driver that this service uses; raises :class:`SettingsError` without quoting it."""
    try:
        return read_url(url)
    except UnfitUrlError as error:
        raise SettingsError(f"{SETTING} {error.words}.", hint=f"{error.advice[0].upper()}{error.advice[1:]}.") from None


def sqlite_file(url: URL) -> Path | None:
    """Give the file of a SQLite URL, links followed (two names of one file are one database); ``None``: in memory or a server."""
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return None
    return Path(url.database or "").expanduser().resolve()


def missing_file(url: str) -> Path | None:
    """Give the file of a SQLite database that is not there yet; ``None`` where it is, and for a server."""
    file = sqlite_file(parse(url))
    return file if file is not None and not file.exists() else None


def described(url: URL) -> str:
    """Say which database it is, for messages."""
    file = sqlite_file(url)
    if file is not None:
        return str(file)
    if url.get_backend_name() == "sqlite":
        return "the database in memory"
    host = url.host or str(url.query.get("host", "the local socket"))
    return f"database “{url.database or ''}” on {host}" + (f":{url.port}" if url.port else "")


def reason(error: BaseException, url: URL) -> str:
    """Give a driver's own words as one line, with whatever is secret in the URL taken out."""
    text = " ".join(str(getattr(error, "orig", None) or error).split())
    for secret in filter(None, secret_parts(url)):
        text = text.replace(secret, "***")
    return text


def make_directory(file: Path) -> None:
    """Create the directory of a SQLite file; raises :class:`SettingsError` when the file could not be written there."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"The directory {file.parent} for the database cannot be made: {error.strerror}.",
            hint=f"Make it, or let {SETTING} name another place.",
        ) from error
    if not os.access(file.parent, os.W_OK | os.X_OK) or (os.access(file, os.F_OK) and not os.access(file, os.W_OK)):
        raise SettingsError(
            f"The database needs to write {file} and other files beside it, and may not.",
            hint=f"Give the service's account the right to, or let {SETTING} name another place.",
        )
    if file.is_dir():
        raise SettingsError(f"{file} is a directory, not a database.", hint=f"Let {SETTING} name a file in it.")
