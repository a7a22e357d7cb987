"""The usual troubles with a system, told from what came: whose page it is, which path is wrong, what to change. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from syncsvc.adapters.answers import Answer, System
from syncsvc.adapters.unlike import Unlike
from syncsvc.domain.errors import CredentialsError, MissingRightError, NetworkError, ProtocolError, RemoteError, ServerError

_LOGIN = re.compile(
    r"type\s*=\s*[\"']?password|sign[ -]?in|log[ -]?(in|on)\b|connexion|se connecter|ouverture de session|returnurl",
    re.IGNORECASE,
)
_PROXY = re.compile(
    r"\bproxy|squid|zscaler|fortigate|fortinet|blue ?coat|websense|umbrella|web filter|blocked|bloqu", re.IGNORECASE
)
_API = re.compile(r"/(api(/v\d+)?|account(/login)?|login|home|index\.\w+|default\.aspx)$", re.IGNORECASE)
_LACKING = re.compile(r"missing|required|manquant|requis|empty|\bvides?\b", re.IGNORECASE)
_PROXY_STATUS = {407, 511}
_NO_SUCH_PATH = {404, 405, 410}
LOOKED_AT = 20_000
"""Bytes of a page that are searched for what it is."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a system is looked for: as errors speak of it, and as the settings say."""

    system: System
    url: str
    proxy: str | None = None
    """The variable that sends the calls through a proxy, if one does, and the proxy: ``HTTPS_PROXY (proxy.example:3128)``."""

    def setting(self, name: str) -> str:
        """Give a setting's whole name."""
        return f"{self.system.settings}__{name}"


def what_to_change(place: Place, error: RemoteError, answer: Answer | None, others: Sequence[Unlike]) -> str:
    """Say what to change so that a call succeeds; ``answer`` is what came, where anything did."""
    if isinstance(error, CredentialsError):
        return _credentials(place, error)
    if isinstance(error, MissingRightError):
        return f"{error.hint} It needs to read what this call is about."
    if answer is None:
        return _unreachable(place, error)
    if answer.status in _PROXY_STATUS:
        return _through_proxy(place)
    if is_wrong_path(answer):
        return wrong_path(place, answer.call.endpoint, alone=True)
    if _is_foreign(answer) and (isinstance(error, ProtocolError) or _is_proxys(answer)):
        return _foreign_page(place, answer)
    if others:
        return propose(place, others)
    return error.hint or f"Pass the report on to those who look after {place.system.label}."


def proxy_of(url: str, proxies: Mapping[str, str], bypassed: Callable[[str], object]) -> str | None:
    """Name the variable that sends calls to an address through a proxy, with the proxy's host; ``None``: they go directly."""
    parts = urlsplit(url)
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or bypassed(parts.hostname or ""):
        return None
    seen = urlsplit(proxy if "://" in proxy else f"//{proxy}")
    name = f"{parts.scheme.upper()}_PROXY" if parts.scheme in proxies else "ALL_PROXY"
    return f"{name} ({seen.hostname or '?'}" + (f":{seen.port}" if seen.port else "") + ")"


def is_final(error: RemoteError) -> bool:
    """Whether no other call would fare better, or could do harm: accounts lock."""
    return isinstance(error, CredentialsError) or (isinstance(error, NetworkError) and error.status is None)


def propose(place: Place, others: Sequence[Unlike]) -> str:
    """Give the settings that make a tenant's names known; where nothing fits, say what there is."""
    lines = [f"{place.setting('NAMES')}__{one.member.upper()}={one.there}" for one in others if one.there]
    said = [f"Set {' and '.join(lines)}."] if lines else []
    for one in others:
        if one.there is None:
            there = ", ".join(f"“{member}”" for member in one.members)
            name = f"{place.setting('NAMES')}__{one.member.upper()}"
            said.append(f"There is no “{one.member}”, only {there}: if one of them is it, name it in {name}.")
    return " ".join(said)


def is_wrong_path(answer: Answer | None) -> bool:
    """Whether the server says that there is nothing at this path."""
    return answer is not None and answer.status in _NO_SUCH_PATH


def is_elses(answer: Answer | None, error: RemoteError) -> bool:
    """Whether a page for people answers at this path, which may be any server's way to say that there is no such call."""
    return answer is not None and isinstance(error, ProtocolError) and _is_foreign(answer) and not _is_proxys(answer)


def has_api_in_url(place: Place) -> bool:
    """Whether the address ends like something that the calls' paths begin with."""
    return _API.search(urlsplit(place.url).path.rstrip("/")) is not None


def right_path(place: Place, endpoint: str, path: str, *, is_usual: bool) -> str:
    """Propose the path at which a call is answered."""
    setting = f"{place.setting('ENDPOINTS')}__{endpoint}"
    if is_usual:
        return f"The call is answered at its usual path, {path}: take {setting} out of the settings."
    return f"The call is answered at another path: set {setting}={path}."


def wrong_path(place: Place, endpoint: str, *, alone: bool) -> str:
    """Say what to change when there is nothing at a path: at this one ``alone``, or at any that was tried."""
    if alone:
        setting = f"{place.setting('ENDPOINTS')}__{endpoint}"
        return f"There is nothing at this path: ask {place.system.label}'s support which it is, and set it in {setting}."
    found = _API.search(urlsplit(place.url).path.rstrip("/"))
    if found:
        return f"Leave “{found[0]}” out at the end of {place.setting('URL')}: the paths of the calls are added to it."
    beneath = "" if urlsplit(place.url).path.strip("/") else ", as in https://host/c2atom"
    return (
        f"All calls fail like this, so {place.setting('URL')} is wrong: it is the address up to the application, with its path if"
        f" it has one{beneath}."
    )


def _credentials(place: Place, error: CredentialsError) -> str:
    said = error.hint
    if place.system.label == "C2" and _LACKING.search(error.message):
        said += f" If they are right, this server may read them elsewhere: try {place.setting('CREDENTIALS_IN')}=query."
    return said


def _unreachable(place: Place, error: RemoteError) -> str:
    said = error.hint
    if place.proxy and "SSL_CERT_FILE" not in said:
        host = urlsplit(place.url).hostname
        said += f" The call went through the proxy of {place.proxy}; if {host} is to be reached directly, add it to NO_PROXY."
    return said


def _through_proxy(place: Place) -> str:
    host = urlsplit(place.url).hostname
    return (
        f"A proxy ({place.proxy or 'none that the environment names'}) asks for a login: write user name and password into"
        f" HTTPS_PROXY, or add {host} to NO_PROXY."
    )


def _is_foreign(answer: Answer) -> bool:
    return answer.is_page or answer.status in range(300, 400)


def _is_proxys(answer: Answer) -> bool:
    text = bytes(answer.body[:LOOKED_AT]).decode("utf-8", "replace")
    return "x-squid-error" in answer.headers or (answer.is_page and bool(_PROXY.search(text)))


def _foreign_page(place: Place, answer: Answer) -> str:
    """Tell whose page it is: a login page and a proxy's are the usual ones."""
    text = bytes(answer.body[:LOOKED_AT]).decode("utf-8", "replace")
    location = answer.headers.get("location", "")
    url, endpoint = place.setting("URL"), f"{place.setting('ENDPOINTS')}__{answer.call.endpoint}"
    if _is_proxys(answer):
        return (
            f"This is a proxy's page, not {place.system.label}'s: have the proxy ({place.proxy or 'in the network'}; HTTPS_PROXY"
            f" names one) let calls to {urlsplit(place.url).hostname} through, or add that host to NO_PROXY."
        )
    if _LOGIN.search(text) or _LOGIN.search(location):
        return f"This is a login page: the calls reach pages for people, not the API. Check {url} (its path, too) and {endpoint}."
    if location:
        there = answer.secrets.redact(location.partition("?")[0])
        return f"The server sends the call elsewhere ({there}): if that is its address now, write it into {url}."
    return f"This is a page for people, not the API: check {url} (its path, too) and {endpoint}."


def too_long(error: RemoteError) -> bool:
    """Whether it may be the page's length that the server fails at."""
    return isinstance(error, ServerError) and error.status == 500  # noqa: PLR2004 - what ASP.NET answers then
