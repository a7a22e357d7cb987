"""Lets the tests of this folder use the scripted servers of the contract tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "contract"))
