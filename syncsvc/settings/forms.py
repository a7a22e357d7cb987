"""The forms that single settings have: addresses, paths, zones, numbers with their limits; each refusal says what to write.

Values are never repeated in a refusal: they may be secrets that were put into the wrong variable.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, Field, SecretStr, StringConstraints
from pydantic_core import PydanticCustomError

from syncsvc.database_url import UnfitUrlError, read_url
from syncsvc.zones import nearest_zones, zone

_ARGON2 = re.compile(r"\$argon2(?:id|i|d)\$(?:v=\d+\$)?m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{20,}=*")
"""What can be sent as a bearer token (RFC 6750), and is not guessed."""


def refuse(words: str) -> PydanticCustomError:
    """Make the error that says in our words what is wrong with a setting."""
    # Custom errors carry our words as they are; the text is passed as context so that its braces mean nothing.
    return PydanticCustomError("setting", "{words}", {"words": words})


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    host = host.lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _absolute_url(text: str) -> str:
    if not text:
        return text
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        raise refuse("is no URL; write it like https://tenant.example.com") from None
    if url.username is not None or url.password is not None:
        raise refuse("must not hold a user name or password; those have variables of their own")
    if url.scheme not in {"http", "https"} or not host or text != text.strip() or any(ch.isspace() for ch in text):
        raise refuse("must be an absolute URL; write it like https://tenant.example.com")
    if url.query or url.fragment:
        raise refuse("must not hold a “?” or “#”; only the address that all calls begin with")
    return url.scheme + text[len(url.scheme) :].rstrip("/")  # HTTPS:// is https:// too


def _known_zone(text: str) -> str:
    if zone(text) is None:
        near = nearest_zones(text)
        raise refuse(f"is no time zone; {f'did you mean {near[0]}?' if near else 'write it like America/Toronto'}")
    return text


def _known_locale(text: str) -> str:
    try:
        return str(Locale.parse(text.replace("-", "_"))).replace("_", "-")
    except (UnknownLocaleError, ValueError, TypeError):
        raise refuse("is no locale that is known; write it like fr-CA") from None


def _relative_path(text: str | None) -> str | None:
    if text is not None and ("://" in text or text.startswith("//") or any(ch.isspace() for ch in text) or not text.strip("/")):
        raise refuse("must be a path below the system's URL; write it like API/CI/Retrieve")
    if text is not None and not {"?", "#"}.isdisjoint(text):  # an id, a page number and perhaps credentials are put behind it
        raise refuse("must be a path alone, without ? and #; write it like API/CI/Retrieve")
    return text


def _lasting_database(url: SecretStr) -> SecretStr:
    scheme, _, rest = url.get_secret_value().strip().partition("://")
    if scheme.lower().startswith("sqlite") and rest.partition("?")[0] in {"", "/", "/:memory:"}:
        raise refuse("must name a file: a database in memory forgets every link at the end of the run")
    try:
        read_url(url.get_secret_value())
    except UnfitUrlError as error:
        raise refuse(f"{error.words}; {error.advice}") from None
    return url


def _secret_address(url: SecretStr) -> SecretStr:
    text = url.get_secret_value().strip()
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if text and (not usable or any(ch.isspace() for ch in text)):
        raise refuse("must be an absolute URL; write it like https://monitor.example.com/ping/…")
    return SecretStr(text)


def _hashed_password(text: SecretStr) -> SecretStr:
    if text.get_secret_value() and not _ARGON2.fullmatch(text.get_secret_value()):
        raise refuse(
            "must be an argon2 hash, whole and never the password itself; write it like '$argon2id$v=19$…' in single quotes"
        )
    return text


def _hard_to_guess(text: SecretStr) -> SecretStr:
    if text.get_secret_value() and not _TOKEN.fullmatch(text.get_secret_value()):
        raise refuse("must be at least 20 letters, digits and signs of -._~+/ on end; make one with: openssl rand -hex 24")
    return text


def lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Url = Annotated[str, AfterValidator(_absolute_url)]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
LocaleName = Annotated[str, AfterValidator(_known_locale)]
EndpointPath = Annotated[str | None, AfterValidator(_relative_path)]
Trimmed = Annotated[str, StringConstraints(strip_whitespace=True)]
Port = Annotated[int, Field(ge=1, le=65535)]
PageSize = Annotated[int, Field(ge=10, le=10_000)]
Concurrency = Annotated[int, Field(ge=1, le=64)]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
Hours = Annotated[float, Field(gt=0, le=8760, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=0, le=36_500)]
SecretUrl = Annotated[SecretStr, AfterValidator(_secret_address)]
PasswordHash = Annotated[SecretStr, AfterValidator(_hashed_password)]
ApiToken = Annotated[SecretStr, AfterValidator(_hard_to_guess)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_lasting_database)]
NO_SECRET = SecretStr("")
