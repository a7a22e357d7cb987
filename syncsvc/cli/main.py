"""The entry point: one command line carried out, and whatever happens ended in words."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NoReturn

import typer

from syncsvc.cli.commands import app, say_version
from syncsvc.cli.errors import INTERRUPTED, tell
from syncsvc.cli.streams import be_lenient


@cache
def _command() -> Callable[..., Any]:
    """Give the whole command line, put together once: a program that calls :func:`main` often need not wait for it each time."""
    return typer.main.get_command(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command line and give its exit code; whatever happens ends in words."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:
        return say_version()  # typer's own way there takes it twice as long
    try:
        code = _command()(given, prog_name="syncsvc", standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the one place that turns all of them into words
        code = tell(error, as_json="--json" in given)
    else:
        if code == INTERRUPTED:
            tell(KeyboardInterrupt(), as_json=False)
    return int(code or 0)


def run() -> NoReturn:
    """Be the console script."""
    # What is imported stays: looking for garbage in it every 700 objects takes a fifth of the time until a command begins.
    gc.set_threshold(10_000, 20, 20)
    be_lenient()
    sys.exit(main())
