"""The clients of the tenant: the people whom C2 knows, and who is meant by a name or an e-mail."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from syncsvc.domain.records import Client
from syncsvc.domain.values import Value, fold


class Clients:
    """The clients of the tenant, found by id, and by full name or e-mail without regard to case and spaces."""

    def __init__(self, clients: Iterable[Client] = ()) -> None:
        self._by_id: dict[str, Client] = {}
        self._by_name: dict[str, list[Client]] = {}
        for client in clients:
            self._by_id[client.id] = client
            for name in {fold(client.full_name), fold(client.email)} - {""}:
                self._by_name.setdefault(name, []).append(client)

    def by_id(self, client_id: str) -> Client | None:
        """Give the client with this id."""
        return self._by_id.get(client_id)

    def names_of(self, values: Iterable[Value]) -> dict[str, str]:
        """Give the full names of the clients whose ids are among these values: nobody knows a person by those."""
        if not self._by_id:
            return {}
        found = {value: self._by_id[value].full_name for value in values if isinstance(value, str) and value in self._by_id}
        return {client_id: name for client_id, name in found.items() if name}

    def named(self, text: str) -> list[Client]:
        """Give every active client with this full name or e-mail."""
        return [client for client in self._by_name.get(fold(text), ()) if client.is_active]

    def meant(self, text: str) -> list[Client]:
        """Give the clients whom this full name or e-mail means: the active ones, or else those who were."""
        return self.named(text) or list(self._by_name.get(fold(text), ()))

    def nearest(self, text: str) -> list[str]:
        """Give up to three full names that look like ``text``."""
        names = {fold(client.full_name): client.full_name for client in self._by_id.values() if client.is_active}
        return [names[name] for name in difflib.get_close_matches(fold(text), names, n=3)]
