"""Lets the tests of this folder use the scripted servers of the contract tests."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "contract"))

from scripted_server import Reply, ScriptedServer


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Start servers that answer as they are told."""
    with ExitStack() as running:

        def start(*replies: Reply | Callable[[Any], Reply], tls: ssl.SSLContext | None = None) -> ScriptedServer:
            return running.enter_context(ScriptedServer(replies, tls=tls))

        yield start
