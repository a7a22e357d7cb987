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
CHANGED = 1_000
FIRST_LOAD = 20_000


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
        calls, still = sum(one["changed"]["requests"].values()), sum(one["quiet"]["requests"].values())
        sql = f"{one['changed']['statements']} SQL statements (quiet {one['quiet']['statements']})"
        yield f"{one['changed']['changes']:,} changes among {size:,}", f"{calls} calls", f"quiet {still} calls", sql


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--first-load", type=int, default=FIRST_LOAD)
    parser.add_argument("--json", type=Path, default=Path("bench.json"))
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


if __name__ == "__main__":
    main()
