"""One measurement in a process of its own, so that time and memory are its own: ``python worker.py WHAT PORT [ARGUMENT …]``.

Prints one JSON object. ``measure.py`` starts these and puts the figures together.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import generated as made
import httpx

TORONTO = ZoneInfo("America/Toronto")
PAGE = 500
CONNECTIONS = 8


def floor(port: int) -> dict[str, Any]:
    """Read the same pages of both systems one after the other and parse the JSON, nothing else."""
    base, records = f"http://127.0.0.1:{port}", 0
    started = time.perf_counter()
    with httpx.Client() as client:
        page = 0
        while True:
            body = {"Page": page, "Size": PAGE, "SearchCriteria": {}}
            found = json.loads(client.post(f"{base}/c2/API/CI/Retrieve", json=body).content)["Data"]
            records += len(found)
            page += 1
            if len(found) < PAGE:
                break
        for name in ("subcategories", "assets"):
            page = last = 1
            while page <= last:
                query = {"page": page, "per_page": PAGE}
                answer = json.loads(client.get(f"{base}/api/v1/{name}", params=query).content)
                records, last, page = records + len(answer["data"]), answer["meta"]["last_page"], page + 1
    return {"seconds": time.perf_counter() - started, "records": records}


@contextmanager
def synchroniser(port: int, database: str) -> Iterator[Callable[[], dict[str, Any]]]:
    """Give a function that runs a full synchronisation and says what it took."""
    from sqlalchemy import event

    from syncsvc.adapters.c2 import C2Client, C2Config
    from syncsvc.adapters.hector import HectorClient, HectorConfig
    from syncsvc.domain.conventions import Conventions
    from syncsvc.engine.request import RunRequest, Surroundings
    from syncsvc.engine.run import run
    from syncsvc.rules_file import read_rules
    from syncsvc.state.database import open_engine, upgrade
    from syncsvc.state.store import Store

    gc.set_threshold(10_000, 20, 20)  # as the command does
    base = f"http://127.0.0.1:{port}"
    engine = open_engine(database)
    upgrade(engine)
    statements = 0

    def counted(*_arguments: object) -> None:
        nonlocal statements
        statements += 1

    event.listen(engine, "before_cursor_execute", counted)
    rules = read_rules(made.RULES.encode(), "sync.yaml")
    with (
        C2Client(C2Config(f"{base}/c2", "user", "password", TORONTO, page_size=PAGE)) as c2,
        HectorClient(HectorConfig(base, "token", page_size=PAGE)) as hector,
    ):
        around = Surroundings(
            c2,
            hector,
            Store(engine),
            lambda language, clients: Conventions(TORONTO, language=language, clients=clients),
            lambda: datetime.now(UTC),
        )

        def once() -> dict[str, Any]:
            nonlocal statements
            statements = 0
            started = time.perf_counter()
            report = run(rules, RunRequest(full=True), around).as_json()
            wanted = ("status", "read", "created", "updated", "fields_written", "unchanged", "requests")
            return {"seconds": time.perf_counter() - started, "statements": statements} | {key: report[key] for key in wanted}

        yield once
    engine.dispose()


def sync(port: int, database: str) -> dict[str, Any]:
    """Run one full synchronisation."""
    with synchroniser(port, database) as once:
        return once() | {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def bare_load(port: int, count: int) -> dict[str, Any]:
    """Create assets in a bare loop with as many connections as syncsvc uses."""
    bodies = [
        {
            "category_id": made.HECTOR_CATEGORY,
            "subcategory_id": 1 + n % made.MODELS,
            "stockroom_id": made.STOCKROOM,
            "note": made.ci_values(n)[9],
            "attributes": {"1": made.ci_values(n)[2]},
        }
        for n in range(count)
    ]
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    with httpx.Client(limits=limits) as client, ThreadPoolExecutor(CONNECTIONS) as pool:

        def create(body: dict[str, Any]) -> int:
            answer = client.post(f"http://127.0.0.1:{port}/api/v1/assets", json=body)
            return int(json.loads(answer.content)["data"]["id"])

        started = time.perf_counter()
        made_ids = set(pool.map(create, bodies))
        seconds = time.perf_counter() - started
    assert len(made_ids) == count
    return {"seconds": seconds, "creations": count}


def plan(_port: int, pairs: int) -> dict[str, Any]:
    """Plan linked pairs with eight fields of which none, and then one in a hundred, has changed: one core, no I/O."""
    import planned

    return planned.measure(pairs)


def main(arguments: list[str]) -> None:
    """Carry out one measurement."""
    what, port = arguments[0], int(arguments[1])
    measures: dict[str, Callable[..., dict[str, Any]]] = {
        "floor": lambda: floor(port),
        "sync": lambda: sync(port, arguments[2]),
        "bare-load": lambda: bare_load(port, int(arguments[2])),
        "plan": lambda: plan(port, int(arguments[2])),
    }
    sys.stdout.write(json.dumps(measures[what]()) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
