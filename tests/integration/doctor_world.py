"""The examined world: what ``doctor`` finds in it, and servers that stand before the sandbox and spoil what it says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from cli_world import SECRETS, Result, World
from scripted_server import Asked, Reply, raw

NOT_FOUND = 404
Spoil = Callable[[str, Any], Any]
"""Takes a path and the JSON that the sandbox answered; gives what is answered instead."""


@dataclass(frozen=True)
class Found:
    """One command's result, as JSON."""

    result: Result

    @property
    def code(self) -> int:
        return self.result.code

    @property
    def findings(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self.result.document["findings"]
        return found

    def of(self, *verdicts: str) -> list[dict[str, str]]:
        return [finding for finding in self.findings if finding["verdict"] in verdicts]

    @property
    def to_mend(self) -> list[dict[str, str]]:
        return self.of("error", "warning")

    def the(self, part: str, title: str = "") -> dict[str, str]:
        """Give the one thing that is to be mended about this part."""
        (finding,) = [one for one in self.to_mend if one["part"] == part and one["title"].startswith(title)]
        return finding


def examine(world: World, *options: str, **settings: str) -> Found:
    """Run ``doctor``; whatever it finds, it writes to neither system, and tells no secret."""
    world.box.clear()
    result = world.call("doctor", "--json", *options, **settings)
    assert world.box.writes() == []
    for secret in SECRETS:
        assert secret not in result.out + result.err
    return Found(result)


def spoiled(url: str, spoil: Spoil) -> Callable[[Asked], Reply]:
    """Give a server's step that asks the system at ``url`` and answers with what ``spoil`` makes of it."""

    def step(asked: Asked) -> Reply:
        query = "&".join(f"{name}={value}" for name, values in asked.query.items() for value in values)
        headers = {name: value for name, value in asked.headers.items() if name in {"authorization", "content-type"}}
        target = f"{url}{asked.path}" + (f"?{query}" if query else "")
        request = Request(target, asked.text.encode() or None, headers, method=asked.method)
        try:
            with urlopen(request) as response:
                status, body = response.status, response.read()
        except HTTPError as error:
            status, body = error.code, error.read()
        if status == NOT_FOUND:
            return raw(status, body)
        return raw(status, json.dumps(spoil(asked.path, json.loads(body))).encode())

    return step


def moved(url: str, paths: dict[str, str], nowhere: Reply) -> Callable[[Asked], Reply]:
    """Give a server's step that has the system at ``url`` with other ``paths``: at the usual ones it answers ``nowhere``."""
    through = spoiled(url, lambda _path, whole: whole)

    def step(asked: Asked) -> Reply:
        path = asked.path.strip("/")
        usual = next((usual for usual, there in paths.items() if path.startswith(there)), None)
        if usual is not None:
            asked.path = f"/{path.replace(paths[usual], usual, 1)}"
        elif any(path.startswith(one) for one in paths):
            return nowhere
        return through(asked)

    return step


def renamed(names: dict[str, str]) -> Spoil:
    """Give members other names, wherever they stand."""

    def rename(node: Any) -> Any:
        if isinstance(node, list):
            return [rename(inner) for inner in node]
        if isinstance(node, dict):
            return {names.get(name, name): rename(inner) for name, inner in node.items()}
        return node

    return lambda _path, node: rename(node)


def texts(findings: Iterable[dict[str, str]]) -> str:
    return "\n".join(" ".join(finding.values()) for finding in findings)
