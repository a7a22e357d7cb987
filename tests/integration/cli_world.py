"""A small inventory in both sandbox systems, and the command line to work on it: in this process, or as a program of its own."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import structlog

from syncsvc.cli.main import main
from syncsvc.sandbox import Sandbox
from syncsvc.state.database import open_engine, upgrade

RULES = """\
language: fr
default_stockroom: Entrepôt
cmdbs:
  - cmdb: Inventaire
    categories:
      - category: Portables
        hector_category: Laptops
        direction: {direction}
        {match_on}
        fields:
          - {{c2: Fabricant, hector: subcategory.maker}}
          - {{c2: Modèle, hector: subcategory.model}}
          - {{c2: Série, hector: asset.attributes.Serial number}}
          - {{c2: Remarques, hector: asset.note}}
"""
MATCH = "match_on: [Série]"
SECRETS = ("very-secret-password", "very-secret-token")


@dataclass(frozen=True)
class Result:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output; fails when there is anything else."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass
class World:
    """Both systems, a directory with the rules, and the settings that tie them together."""

    box: Sandbox
    directory: Path
    environment: dict[str, str] = field(default_factory=dict)
    laptops: str = ""
    hector_laptops: int = 0

    def call(self, *arguments: str, **settings: str) -> Result:
        """Carry out a command in this process; ``settings`` are further variables."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
        with (
            _environment({**self.environment, **settings}),
            _own_logs(),
            contextlib.chdir(self.directory),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = main(arguments)
        return Result(code, _text(out), _text(err))

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        """Start a command as a program of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "syncsvc", *arguments],
            cwd=self.directory,
            env=program_environment({**self.environment, **settings}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def program(self, *arguments: str, **settings: str) -> Result:
        """Carry out a command as a program of its own."""
        return ended(self.start(*arguments, **settings))

    def write_rules(self, *, direction: str = "→", match_on: str = MATCH) -> Path:
        """Write the rules file."""
        file = self.directory / "rules.yaml"
        file.write_text(RULES.format(direction=direction, match_on=match_on), encoding="utf-8")
        return file

    def add_ci(self, name: str, serial: str | None, **values: str) -> str:
        """Add a CI of the maker HP."""
        own = {"Fabricant": "HP", "Modèle": "EliteBook", "Série": serial, **values}
        return self.box.c2.add_ci(self.laptops, name, own)

    def add_asset(self, serial: str | None, **fields: str) -> int:
        """Add an asset of the maker HP."""
        hector = self.box.hector
        known = hector.subcategories(self.hector_laptops)
        subcategory = known[0]["id"] if known else hector.add_subcategory(self.hector_laptops, "HP", "EliteBook")
        return hector.add_asset(self.hector_laptops, subcategory, attributes={"Serial number": serial}, **fields)


@cache
def empty_database() -> bytes:
    """Give a database file that has the schema and no rows: copied, it spares each world the migrations."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "state.db"
        engine = open_engine(f"sqlite:///{file}")
        upgrade(engine)
        engine.dispose()
        return file.read_bytes()


@contextlib.contextmanager
def cli_world(directory: Path, *, database_url: str | None = None) -> Iterator[World]:
    """Give a world in which two laptops stand on both sides, one in C2 alone and one in Hector alone."""
    if database_url is None:
        (directory / "state.db").write_bytes(empty_database())
    with Sandbox(password=SECRETS[0], token=SECRETS[1]) as box:
        world = World(box, directory)
        cmdb = box.c2.add_cmdb("Inventaire")
        world.laptops = box.c2.add_category(cmdb, "Portables", english="Laptops")
        for name in ("Fabricant", "Modèle", "Série", "Remarques"):
            box.c2.add_field(world.laptops, name)
        box.hector.add_stockroom("Entrepôt")
        world.hector_laptops = box.hector.add_category("Laptops")
        box.hector.add_attribute(world.hector_laptops, "Serial number")
        for serial in ("SN1", "SN2", "SN3"):
            world.add_ci(f"Portable {serial}", serial)
        for serial in ("SN1", "SN2", "SN4"):
            world.add_asset(serial)
        world.environment = {
            "SYNCSVC_C2__URL": box.c2_url,
            "SYNCSVC_C2__USERNAME": box.username,
            "SYNCSVC_C2__PASSWORD": SECRETS[0],
            "SYNCSVC_HECTOR__URL": box.hector_url,
            "SYNCSVC_HECTOR__TOKEN": SECRETS[1],
            "SYNCSVC_DATABASE_URL": database_url or f"sqlite:///{directory / 'state.db'}",
            "SYNCSVC_RULES": str(world.write_rules()),
            "SYNCSVC_RETRY__ATTEMPTS": "1",
        }
        yield world


def program_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Give this process's environment without its own settings and whatever colours output, with ``settings`` in it."""
    left_out = ("SYNCSVC_", "FORCE_COLOR", "NO_COLOR", "COLUMNS")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {**inherited, "PYTHONIOENCODING": "utf-8", **settings}


def ended(program: subprocess.Popen[str], *, timeout: float = 60) -> Result:
    """Wait for a program's end."""
    out, err = program.communicate(timeout=timeout)
    return Result(program.returncode, out, err)


def stop_when(program: subprocess.Popen[str], condition: Callable[[], bool], number: signal.Signals) -> Result:
    """Send a signal to a program once ``condition`` holds, and wait for its end."""
    wait_until(condition)
    program.send_signal(number)
    return ended(program)


def wait_until(condition: Callable[[], bool], *, seconds: float = 30) -> None:
    """Wait until something is so; fails when it takes too long."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it never came to that"
        time.sleep(0.03)  # not at every instant: what is waited for needs the processor too


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    content: bytes = stream.buffer.getvalue()  # type: ignore[attr-defined]  # a BytesIO is what it was made of
    return content.decode()


@contextlib.contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    wanted = program_environment(settings)
    os.environ.clear()
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _own_logs() -> Iterator[None]:
    """Take the command's log handler away with its streams; the next test has streams of its own."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
