"""The benchmarks: ``make bench`` prints a table of ratios and writes ``bench.json``; every yardstick is measured in the same run.

Each figure comes from processes of its own (``worker.py``) against a server of its own (``server.py``). Ratios are what counts:
seconds depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

HERE = Path(__file__).parent
BATCH = 20
"""Records that are looked at in one call before they are written."""
CHANGED = 1_000
FIRST_LOAD = 20_000
GATE = {
    "quiet run against the floor": 1.5,
    "growth against the number of pairs": 1.3,
    "planning against DiffSync": 3.0,
    "first load against a bare loop": 0.7,
}
"""What ``--gate`` lets pass."""


@contextmanager
def server(pairs: int, lone_cis: int = 0) -> Iterator[int]:
    """Start both systems with a generated inventory; gives their port."""
    arguments = [sys.executable, str(HERE / "server.py"), str(pairs), str(lone_cis)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(60)


def worker(what: str, port: int, *arguments: object) -> dict[str, Any]:
    """Take one measurement."""
    command = [sys.executable, str(HERE / "worker.py"), what, str(port), *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])  # a library may have said something before
    return found


def best(what: str, port: int, *arguments: object, times: int = 3) -> dict[str, Any]:
    """Take a measurement several times and give the quickest."""
    return min((worker(what, port, *arguments) for _ in range(times)), key=lambda found: float(found["seconds"]))


def quiet(pairs: int, directory: Path) -> dict[str, Any]:
    """Measure a quiet run, its floor, and a run after a thousand changes."""
    database = f"sqlite:///{directory / f'{pairs}.db'}"
    with server(pairs) as port:
        for _ in range(2):  # the pairs are linked, then found in order
            worker("sync", port, database)
        found = {"floor": best("floor", port), "quiet": best("sync", port, database)}
        changes = min(CHANGED, pairs // 10)
        httpx.post(f"http://127.0.0.1:{port}/bench/change", json={"count": changes}).raise_for_status()
        found["changed"] = worker("sync", port, database) | {"changes": changes}
        found["after"] = worker("sync", port, database)
    return found


def first_load(count: int, directory: Path) -> dict[str, Any]:
    """Measure the creation of assets against a bare loop."""
    with server(0, count) as port:
        bare = worker("bare-load", port, count)
    with server(0, count) as port:
        ours = worker("sync", port, f"sqlite:///{directory / 'load.db'}")
    return {"bare": bare, "syncsvc": ours}


def rows(found: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Give the table: what, measured, yardstick, ratio."""
    sizes = [int(size) for size in found["quiet"]]
    for size in sizes:
        one = found["quiet"][str(size)]
        ours, floor = one["quiet"]["seconds"], one["floor"]["seconds"]
        yield f"quiet run, {size:,} pairs", f"{ours:.2f} s", f"floor {floor:.2f} s", f"{ours / floor:.2f} ×"
    plan = found["plan"]
    others = ", ".join(f"{name} {plan[name]:,.0f}" for name in ("diffsync", "vdirsyncer") if plan[name])
    yield (
        "planning alone",
        f"{plan['syncsvc']:,.0f} pairs/s",
        others or "60,000 asked for",
        f"{plan['syncsvc'] / 60_000:.2f} × of 60,000",
    )
    for size in sizes:
        peak = found["quiet"][str(size)]["quiet"]["peak_mb"]
        yield f"peak memory, {size:,} pairs", f"{peak:.0f} MB", "250 MB", f"{peak / 250:.2f} ×"
    if len(sizes) > 1:
        small, large = (found["quiet"][str(size)]["quiet"] for size in (sizes[0], sizes[-1]))
        each = (large["peak_mb"] - small["peak_mb"]) * 1024 / (sizes[-1] - sizes[0])
        yield "memory a pair", f"{each:.2f} KB", "0.8 KB", f"{each / 0.8:.2f} ×"
        yield "growth of time", f"{large['seconds'] / small['seconds']:.1f} ×", "11 ×", ""
    if "load" in found:
        bare, ours = found["load"]["bare"], found["load"]["syncsvc"]
        count = bare["creations"]
        rate, yardstick = count / ours["seconds"], count / bare["seconds"]
        yield f"first load, {count:,} CIs", f"{rate:.0f}/s", f"bare loop {yardstick:.0f}/s", f"{rate / yardstick:.2f} ×"
    for size in sizes:
        one = found["quiet"][str(size)]
        sql = f"{one['changed']['statements']} SQL statements (quiet {one['quiet']['statements']})"
        what = f"{one['changed']['changes']:,} changes among {size:,}"
        yield what, f"{_calls(one['changed'])} calls", f"needed {_needed(one)} calls", sql


def _calls(run: dict[str, Any]) -> int:
    calls: int = sum(run["requests"].values())
    return calls


def _needed(one: dict[str, Any]) -> int:
    """Give the calls that a run with changes needs: those of a quiet one, one write a change, one look a batch of writes."""
    changes = one["changed"]["changes"]
    return _calls(one["quiet"]) + int(changes) + -(-int(changes) // BATCH)


def faults(found: dict[str, Any]) -> Iterator[str]:
    """Say what has become much worse than it was: ratios only, and generous, so that a busy machine is no fault."""
    sizes = list(found["quiet"])
    for size in sizes:
        one = found["quiet"][size]
        ratio = one["quiet"]["seconds"] / one["floor"]["seconds"]
        if ratio > GATE["quiet run against the floor"]:
            yield f"A quiet run of {size} pairs takes {ratio:.2f} times as long as reading alone."
        if _calls(one["changed"]) != _needed(one):
            yield f"{one['changed']['changes']} changes took {_calls(one['changed'])} calls, and need {_needed(one)}."
    if len(sizes) > 1:
        small, large = (found["quiet"][size]["quiet"]["seconds"] for size in (sizes[0], sizes[-1]))
        grown = large / small / (int(sizes[-1]) / int(sizes[0]))
        if grown > GATE["growth against the number of pairs"]:
            yield f"The time grows {grown:.2f} times as quickly as the number of pairs."
    plan = found["plan"]
    if plan["diffsync"] and plan["syncsvc"] / plan["diffsync"] < GATE["planning against DiffSync"]:
        yield f"Planning is only {plan['syncsvc'] / plan['diffsync']:.1f} times as quick as DiffSync."
    if "load" in found:
        rate = found["load"]["bare"]["seconds"] / found["load"]["syncsvc"]["seconds"]
        if rate < GATE["first load against a bare loop"]:
            yield f"A first load reaches {rate:.2f} of a bare loop's creations."


def main() -> int:
    """Measure, print, write; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--first-load", type=int, default=FIRST_LOAD)
    parser.add_argument("--json", type=Path, default=Path("bench.json"))
    parser.add_argument("--gate", action="store_true", help="end with 1 when a ratio is much worse than it should be")
    given = parser.parse_args()
    machine = f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}"
    found: dict[str, Any] = {"machine": machine, "quiet": {}}
    with tempfile.TemporaryDirectory() as directory:
        found["plan"] = worker("plan", 0, 50_000)
        for size in given.sizes:
            found["quiet"][str(size)] = quiet(size, Path(directory))
        if given.first_load:
            found["load"] = first_load(given.first_load, Path(directory))
    given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"{machine}\n")
    for what, measured, yardstick, ratio in rows(found):
        sys.stdout.write(f"{what:32} {measured:>18} {yardstick:>28} {ratio:>16}\n")
    wrong = list(faults(found)) if given.gate else []
    sys.stdout.writelines(f"WORSE: {what}\n" for what in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
