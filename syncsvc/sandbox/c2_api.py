"""C2's HTTP API: who may call, which call it is, and the failures that C2 answers with.

What the calls do stands in ``c2_reads`` and ``c2_writes``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from syncsvc.sandbox.c2_body import fold_keys
from syncsvc.sandbox.c2_reads import C2Reads
from syncsvc.sandbox.c2_records import RefusedError
from syncsvc.sandbox.c2_show import envelope
from syncsvc.sandbox.c2_world import C2World
from syncsvc.sandbox.c2_writes import C2Writes
from syncsvc.sandbox.exchange import Answer, Call, NotJsonError, page, retry_after

_LOGIN = "Nom d'utilisateur ou mot de passe invalide."
_NO_RIGHT = "Vous n'avez pas la permission de modifier les CI."
_MOMENT = re.compile(r'"/Date\((-?\d+)\)/"')
_WRITES = {"save_ci", "update_property"}


class C2Api:
    """The C2 tenant under a base path; ``account`` gives the accepted user name and password."""

    system = "c2"

    def __init__(self, world: C2World, base_path: str, account: Callable[[], tuple[str, str]]) -> None:
        self._world = world
        self._base_path = base_path
        self._account = account
        self._reads, self._writes = C2Reads(world), C2Writes(world)

    def now(self) -> datetime:
        """Tell the tenant's time."""
        return self._world.now()

    def is_write(self, call: Call) -> bool:
        """Whether it is ``CI/Save`` or ``CI/UpdateProperty``."""
        return call.method == "POST" and self._name(call) in _WRITES

    def answer(self, call: Call) -> Answer:
        """Carry out a call."""
        if call.path.lower() == self._login_path.lower():
            return page(200, "Connexion")
        name = self._name(call)
        if name is None:
            return page(404, "404 - File or directory not found.")
        if call.method != "POST":
            return page(405, "405 - HTTP verb used to access this page is not allowed.", Allow="POST")
        if not call.headers.get("content-type", "").startswith("application/json"):
            return page(415, "415 - Unsupported Media Type")
        try:
            body = fold_keys(call.json)
        except NotJsonError:
            return page(400, "400 - Bad Request")
        if not isinstance(body, dict):
            return page(400, "400 - Bad Request")
        with self._world.lock:
            return self._carry_out(name, call, body)

    def failure(self, kind: str, detail: Mapping[str, Any]) -> Answer:
        """Answer with a failure of this kind."""
        match kind:
            case "redirect_login":
                return page(302, "Object moved", Location=f"{self._login_path}?ReturnUrl=%2f")
            case "credentials":
                return self._refuse_login()
            case "permission":
                return self._say(detail.get("message", _NO_RIGHT))
            case "refused":
                return self._say(detail.get("message", "Le CI n'a pas été enregistré : une valeur n'est pas acceptée."))
            case "rate_limited":
                return page(429, "Too Many Requests", **retry_after(detail))
            case "html_200":
                return page(200, detail.get("title", "Service momentanément indisponible"))
            case "cut":
                return Answer(200, '{"Status":0,"Data":[{"Id":"' + "0" * 200)
            case _:
                return page(int(detail.get("status", 500)), "Runtime Error")

    @property
    def _login_path(self) -> str:
        return f"{self._base_path}/Account/Login"

    def _name(self, call: Call) -> str | None:
        path = call.path.lower()
        for name, known in self._world.paths.items():
            if path == f"{self._base_path}/{known}".lower():
                return name
        return None

    def _carry_out(self, name: str, call: Call, body: dict[str, Any]) -> Answer:
        if not self._may_enter(call, body):
            return self._refuse_login()
        if name in _WRITES:
            if self._world.read_only_account:
                return self._say(_NO_RIGHT)
            try:
                by = self._account()[0]
                data = self._writes.save(body, by=by) if name == "save_ci" else self._writes.update_property(body, by=by)
            except RefusedError as refusal:
                return self._say(str(refusal))
            text = envelope(self._world, data)
            return Answer(200, _MOMENT.sub(r'"\\/Date(\1)\\/"', text) if name == "save_ci" else text)
        return self._read(name, body)

    def _read(self, name: str, body: dict[str, Any]) -> Answer:
        try:
            data = self._reads.retrieve(name, body)
        except RefusedError as refusal:
            return self._say(str(refusal))
        answer = None if data is None else Answer(200, envelope(self._world, data))
        limit = self._world.max_answer_bytes
        if answer is None or (limit is not None and len(answer.content) > limit):
            return page(500, "Error during serialization: the length of the string exceeds maxJsonLength.")
        return answer

    def _may_enter(self, call: Call, body: dict[str, Any]) -> bool:
        query = {name.lower(): value for name, value in call.query.items()}
        places = {"body": body, "query": query}
        if not self._world.credentials_in_any:
            places = {self._world.credentials_in: places[self._world.credentials_in]}
        return any((place.get("username"), place.get("password")) == self._account() for place in places.values())

    def _refuse_login(self) -> Answer:
        match self._world.refuse_with:
            case "401":
                return page(401, "401 - Unauthorized")
            case "redirect":
                return self.failure("redirect_login", {})
            case _:
                return self._say(_LOGIN)

    def _say(self, message: str) -> Answer:
        return Answer(200, envelope(self._world, "null", status=1, message=message))
