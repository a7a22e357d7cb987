"""``syncsvc sandbox``: both systems, running until Ctrl-C, and what to type to work with them."""

from __future__ import annotations

import shlex
import threading

from syncsvc.cli.output import Out
from syncsvc.cli.stopping import ended_by_signals
from syncsvc.domain.errors import SettingsError
from syncsvc.sandbox import Sandbox
from syncsvc.sandbox.inventory import school_board
from syncsvc.shipped import shipped


def sandbox(*, seed: int, host: str, ports: tuple[int, int], empty: bool) -> int:
    """Keep both systems running; raises :class:`SettingsError` when a port of C2 or Hector is taken, or ``host`` is not ours."""
    out = Out()
    worlds = (None, None) if empty else school_board(seed)
    box = Sandbox(*worlds, c2_port=ports[0], hector_port=ports[1], host=host)
    with ended_by_signals():
        try:
            with box:
                _say_what_to_do(out, box, empty=empty)
                threading.Event().wait()
        except KeyboardInterrupt:
            out.line("Stopped.")
        except OSError as error:
            raise SettingsError(
                f"The sandbox cannot listen on {host}, ports {ports[0]} and {ports[1]}: {error.strerror}.",
                hint="Choose others with --host, --c2-port and --hector-port; port 0 takes any that is free.",
            ) from error
    return 0


def settings_of(box: Sandbox, database: str) -> dict[str, str]:
    """Give the variables that point syncsvc at the sandbox."""
    return {
        "SYNCSVC_C2__URL": box.c2_url,
        "SYNCSVC_C2__USERNAME": box.username,
        "SYNCSVC_C2__PASSWORD": box.password,
        "SYNCSVC_HECTOR__URL": box.hector_url,
        "SYNCSVC_HECTOR__TOKEN": box.token,
        "SYNCSVC_DATABASE_URL": database,
    }


def _say_what_to_do(out: Out, box: Sandbox, *, empty: bool) -> None:
    what = "both empty" if empty else "with the inventory of a school board"
    out.line(f"C2 and Hector are running, {what}. What is changed there is forgotten when they stop (Ctrl-C).", "bold")
    out.line()
    out.line("In another terminal, paste:")
    out.line()
    variables = settings_of(box, "sqlite:///sandbox.db")
    if not empty:
        variables["SYNCSVC_RULES"] = str(shipped("config/sync.example.yaml"))
    for name, value in variables.items():
        out.paste(f"export {name}={shlex.quote(value)}")
    out.line()
    out.line("and then:")
    out.line()
    steps = [
        ("syncsvc rules check", "do the rules fit both systems?"),
        ("syncsvc plan", "what would a run do?"),
        ("syncsvc sync", "do it"),
        ("syncsvc changes", "what was done, and why"),
        ("rm sandbox.db*", "forget what was synchronised, once the sandbox is started anew"),
    ]
    for command, purpose in steps:
        out.paste(f"{command:<20} # {purpose}")
