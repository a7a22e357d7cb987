"""Where the files that ship with the project are: in an installed wheel inside the package, in a checkout beside it.

What the wheel takes along is listed in ``pyproject.toml`` (``force-include``). Nothing is read or written here.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str, *, package: Path = _PACKAGE) -> Path:
    """Give the path of a shipped file or folder, e.g. ``config/sync.example.yaml``; raises ``FileNotFoundError``."""
    for root in (package / "_shipped", package.parent):
        if (root / name).exists():
            return root / name
    raise FileNotFoundError(f"“{name}” is not shipped with syncsvc: neither in {package / '_shipped'} nor in {package.parent}.")
