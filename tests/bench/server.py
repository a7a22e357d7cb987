"""Both systems with a generated inventory, as quick as a server in Python can be: pages are made ready before anybody asks.

A process of its own: ``python server.py PAIRS [CIS_WITHOUT_ASSETS]`` prints its port and serves until its standard input closes.
Paths below ``/c2`` are C2's, the others Hector's. ``POST /bench/change`` edits CIs as people would.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

import generated as made
import msgspec

_JSON = msgspec.json.Encoder()


class Inventory:
    """The records of both systems, kept as the bytes that are sent."""

    def __init__(self, pairs: int, lone_cis: int = 0) -> None:
        self.structure = made.Structure()
        self.ci_values = {made.ci_id(n): (n, made.ci_values(n)) for n in range(1, pairs + lone_cis + 1)}
        self.cis = {its_id: _JSON.encode(made.ci(n, values)) for its_id, (n, values) in self.ci_values.items()}
        self.assets = {n: _JSON.encode(made.asset(n)) for n in range(1, pairs + 1)}
        self.subcategories = {1 + n: _JSON.encode(made.subcategory(n)) for n in range(made.MODELS)}
        self._lists: dict[str, list[bytes]] = {}

    def page(self, name: str, first: int, size: int) -> bytes:
        """Give a slice of a list of records, as JSON."""
        if name not in self._lists:
            self._lists[name] = list(getattr(self, name).values())
        return b"[" + b",".join(self._lists[name][first : first + size]) + b"]"

    def change(self, count: int) -> None:
        """Change one text of each of the first ``count`` CIs."""
        for its_id in list(self.ci_values)[:count]:
            number, values = self.ci_values[its_id]
            values[6] = f"{values[6]}, changed"
            self.cis[its_id] = _JSON.encode(made.ci(number, values))
        self._lists.pop("cis", None)

    # -- C2 --------------------------------------------------------------------------------------------------------------

    def c2(self, path: str, body: dict[str, Any]) -> bytes:
        """Answer a call to C2."""
        criteria, first = body.get("SearchCriteria", {}), body.get("Page", 0) * body.get("Size", 0)
        match path:
            case "/c2/API/CIFolder/Retrieve":
                data = _JSON.encode(self.structure.cmdbs if not first else [])
            case "/c2/API/CICategory/Retrieve":
                data = _JSON.encode(self.structure.categories if not first else [])
            case "/c2/API/CI/Retrieve" if "Ids" in criteria:
                data = b"[" + b",".join(self.cis[its_id] for its_id in criteria["Ids"] if its_id in self.cis) + b"]"
            case "/c2/API/CI/Retrieve":
                data = self.page("cis", first, body["Size"])
            case _:
                data = b"[]"
        return b'{"Status":0,"Data":' + data + b',"Message":null,"Time":"/Date(1759320000000)/"}'

    # -- Hector ----------------------------------------------------------------------------------------------------------

    def hector(self, method: str, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> bytes:
        """Answer a call to Hector."""
        name = path.removeprefix("/api/v1/")
        if method == "GET":
            return self._read(name, query)
        if method == "POST":
            return b'{"data":' + self._made(name, body) + b"}"
        number = int(name.partition("/")[2])
        record = json.loads(self.assets[number])
        record["attributes"] |= body.pop("attributes", {})
        self.assets[number] = _JSON.encode(record | body)
        self._lists.pop("assets", None)
        return b'{"data":' + self.assets[number] + b"}"

    def _read(self, name: str, query: dict[str, list[str]]) -> bytes:
        if name in {"assets", "subcategories"} and "ids" not in query:
            page, size = int(query["page"][0]), int(query["per_page"][0])
            total = len(getattr(self, name))
            meta = {"page": page, "per_page": size, "total": total, "last_page": max(1, -(-total // size))}
            return b'{"data":' + self.page(name, (page - 1) * size, size) + b',"meta":' + _JSON.encode(meta) + b"}"
        if name == "assets":
            wanted = [self.assets[int(n)] for n in query["ids"][0].split(",") if int(n) in self.assets]
            meta = {"page": 1, "per_page": 100, "total": len(wanted), "last_page": 1}
            return b'{"data":[' + b",".join(wanted) + b'],"meta":' + _JSON.encode(meta) + b"}"
        records: list[dict[str, Any]] = {
            "categories": [{"id": made.HECTOR_CATEGORY, "name": "Laptops", "type": "serialized"}],
            "stockrooms": [{"id": made.STOCKROOM, "name": "Main"}],
            "attributes": self.structure.attributes,
        }.get(name, [])
        meta = {"page": 1, "per_page": 500, "total": len(records), "last_page": 1}
        return _JSON.encode({"data": records, "meta": meta})

    def _made(self, name: str, body: dict[str, Any]) -> bytes:
        kept = getattr(self, name)
        number = len(kept) + 1
        template = made.asset(number) if name == "assets" else made.subcategory(number)
        given = {"title": f"asset {number}", "note": None, "acquisition_date": None} if name == "assets" else {}
        attributes = dict.fromkeys(template["attributes"]) | body.pop("attributes", {})
        kept[number] = _JSON.encode(template | given | {"attributes": attributes} | body | {"id": number})
        self._lists.pop(name, None)
        return bytes(kept[number])


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection, kept."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory, self._buffer = inventory, bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that has come whole."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[:end]).decode("latin-1")
            length = next((int(h.split(":")[1]) for h in head.split("\r\n")[1:] if h.lower().startswith("content-length:")), 0)
            if len(self._buffer) < end + 4 + length:
                return
            body = bytes(self._buffer[end + 4 : end + 4 + length])
            del self._buffer[: end + 4 + length]
            self._answer(head.split(" ", 2), json.loads(body) if body else {})

    def _answer(self, line: list[str], body: dict[str, Any]) -> None:
        method, target = line[0], line[1]
        url = urlsplit(target)
        if url.path == "/bench/change":
            self._inventory.change(body["count"])
            content = b"{}"
        elif url.path.startswith("/c2/"):
            content = self._inventory.c2(url.path, body)
        else:
            content = self._inventory.hector(method, url.path, parse_qs(url.query), body)
        status = b"201 Created" if method == "POST" and not url.path.startswith(("/c2/", "/bench")) else b"200 OK"
        head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(content))
        assert self._transport is not None
        self._transport.write(head + content)


async def serve(pairs: int, lone_cis: int) -> None:
    """Serve until standard input closes."""
    loop = asyncio.get_running_loop()
    inventory = Inventory(pairs, lone_cis)
    server = await loop.create_server(lambda: Connection(inventory), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
