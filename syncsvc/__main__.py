"""``python -m syncsvc`` is the same as ``syncsvc``."""

from __future__ import annotations

from syncsvc.cli.main import run

run()
