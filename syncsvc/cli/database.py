"""``syncsvc db``: the database's schema."""

from __future__ import annotations

from pathlib import Path

from syncsvc import bootstrap
from syncsvc.cli.output import Out
from syncsvc.state.database import head_version


def upgrade(*, as_json: bool, env_file: Path | None) -> int:
    """Bring the database to this program's version, with nobody else writing meanwhile."""
    out = Out(as_json=as_json)
    with bootstrap.open_for_writing(bootstrap.load(env_file)):
        version = head_version()
    if as_json:
        out.json({"version": version})
    out.line(f"The database is at version {version}.")
    return 0
