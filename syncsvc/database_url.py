"""The form of a database URL: what settings refuse before anything is opened, and which parts of one are secret.

No words made here hold any part of a URL. Opening what it names is the state's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy.engine import URL, make_url

_EXAMPLES = "write sqlite:///data/syncsvc.db or postgresql+psycopg://user:password@host/database"
_ENCODED = "in a name or a password write @ as %40, / as %2F, : as %3A, ? as %3F, # as %23 and % as %25"
_SECRET_OPTIONS = ("password", "sslpassword")
_OPTION = re.compile(r"[A-Za-z_]+=(?!.*@.*/).*")
"""One option behind the “?”. What holds an “@” and then a “/” looks like the rest of a URL whose password holds a “?”."""


class UnfitUrlError(ValueError):
    """A text that is no URL of a database which this service works with; ``words`` and ``advice`` quote nothing of it."""

    def __init__(self, words: str, advice: str = _EXAMPLES) -> None:
        super().__init__(words)
        self.words, self.advice = words, advice


def read_url(text: str) -> URL:
    """Read a database URL and name the driver that this service uses; raises :class:`UnfitUrlError`."""
    try:
        url = make_url(text.strip())
    except Exception:  # noqa: BLE001 - whatever the parser stumbles over, its words may quote the password
        raise UnfitUrlError("is not a database URL") from None
    match url.drivername:
        case "sqlite" | "sqlite+pysqlite":
            return _sqlite(url)
        case "postgresql" | "postgres" | "postgresql+psycopg":
            return _postgresql(url, text.strip())
        case _:
            raise UnfitUrlError("names a database that syncsvc does not work with")


def secrets_in(text: str) -> list[str]:
    """Give the passwords of a URL that can be read, as they are and as the URL has them written."""
    url = read_url(text)
    found = list(secret_parts(url))
    if url.password:
        found.append(text.partition("://")[2].partition("@")[0].partition(":")[2])
    for option in _SECRET_OPTIONS:
        found += re.findall(rf"[?&]{option}=([^&]*)", text.strip())
    return [secret for secret in dict.fromkeys(found) if secret]


def secret_parts(url: URL) -> Iterator[str]:
    """Give the passwords that a URL holds."""
    if url.password:
        yield url.password
    for option in _SECRET_OPTIONS:
        yield from url.normalized_query.get(option, ())


def _sqlite(url: URL) -> URL:
    if url.host:
        raise UnfitUrlError("has too few slashes", "write sqlite:///relative/path or sqlite:////absolute/path")
    if (url.database or "").startswith("file:"):
        raise UnfitUrlError("is a SQLite “file:” URI; name the file itself")
    if url.query:
        raise UnfitUrlError("holds a “?”, and SQLite takes no options there; name the file alone")
    return url


def _postgresql(url: URL, text: str) -> URL:
    body = text.partition("://")[2]
    place, _, options = (body if url.username is None else body.partition("@")[2]).partition("?")
    if "@" in place:
        raise UnfitUrlError("holds more than one “@”, and where the password ends cannot be told", _ENCODED)
    if options and not all(_OPTION.fullmatch(option) for option in options.split("&")):
        raise UnfitUrlError("holds a “?” that no options follow", _ENCODED)
    if not url.database:
        raise UnfitUrlError("names no database on its server")
    return url.set(drivername="postgresql+psycopg")
