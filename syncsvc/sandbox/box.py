"""Both systems running side by side, with what came in written down."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from syncsvc.sandbox.c2_api import C2Api
from syncsvc.sandbox.c2_world import C2World
from syncsvc.sandbox.exchange import Api, Call, NotJsonError
from syncsvc.sandbox.faults import Faults
from syncsvc.sandbox.hector_api import HectorApi
from syncsvc.sandbox.hector_world import HectorWorld
from syncsvc.sandbox.server import ApiServer

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - only compared with
"""What a server listens on that answers at all of its machine's addresses; nobody can call it by this one."""
_PASSWORD = re.compile(r"(?i)([?&]password=)[^&]*")


@dataclass(frozen=True)
class Request:
    """One call that came in, without its password."""

    system: str
    """``c2`` or ``hector``."""
    method: str
    path: str
    """With its query."""
    body: Any
    """Parsed JSON; ``None`` when there was none."""
    status: int
    """The HTTP status it was answered with; 0: it was not answered."""
    is_write: bool


class Sandbox:
    """A runnable C2 and a runnable Hector, from ``with`` (or :meth:`start`) until its end (or :meth:`close`).

    ``username``, ``password``, ``token``, ``faults`` and the worlds' settings may be changed while it runs.
    """

    def __init__(
        self,
        c2: C2World | None = None,
        hector: HectorWorld | None = None,
        *,
        c2_path: str = "/c2atom",
        c2_port: int = 0,
        hector_port: int = 0,
        host: str = LOOPBACK,
        username: str = "syncsvc",
        password: str = "sandbox-secret",  # noqa: S107 - opens nothing but the sandbox
        token: str = "sandbox-token",  # noqa: S107 - opens nothing but the sandbox
        faults: Faults | None = None,
    ) -> None:
        self.c2 = c2 or C2World()
        self.hector = hector or HectorWorld()
        self.username = username
        self.password = password
        self.token = token
        self.faults = faults or Faults()
        self.requests: list[Request] = []
        self._c2_path = c2_path.rstrip("/")
        self._addresses = (host, c2_port), (host, hector_port)
        self._servers: list[ApiServer] = []

    def __enter__(self) -> Self:
        """Start both systems."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop both systems."""
        self.close()

    def start(self) -> None:
        """Start both systems; free ports are chosen where none were given. Raises ``OSError`` when a port is taken."""
        apis: tuple[Api, Api] = (
            C2Api(self.c2, self._c2_path, lambda: (self.username, self.password)),
            HectorApi(self.hector, lambda: self.token),
        )
        for address, api in zip(self._addresses, apis, strict=True):
            try:
                self._servers.append(ApiServer(address, api, lambda: self.faults, self._record))
            except OSError:
                self.close()
                raise

    def close(self) -> None:
        """Stop both systems; the worlds and the requests stay to be looked at."""
        while self._servers:
            self._servers.pop().close()

    @property
    def c2_url(self) -> str:
        """C2's base URL, with its path."""
        return f"{self._url(0)}{self._c2_path}"

    @property
    def hector_url(self) -> str:
        """Hector's base URL."""
        return self._url(1)

    def writes(self) -> list[Request]:
        """Give the requests that would change something, carried out or not."""
        return [request for request in self.requests if request.is_write]

    def clear(self) -> None:
        """Forget the requests."""
        self.requests.clear()

    def _url(self, place: int) -> str:
        host, port = self._servers[place].address
        host = LOOPBACK if host == EVERYWHERE else host
        return f"http://{host}:{port}"

    def _record(self, api: Api, call: Call, status: int) -> None:
        path = _PASSWORD.sub(r"\1***", call.target)
        self.requests.append(Request(api.system, call.method, path, _body(call), status, api.is_write(call)))


def _body(call: Call) -> Any:
    if not call.content:
        return None
    try:
        body = call.json
    except NotJsonError:
        return None
    if isinstance(body, dict):
        return {name: value for name, value in body.items() if name.lower() != "password"}
    return body
