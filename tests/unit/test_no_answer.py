"""Why a request got no answer, in words."""

from __future__ import annotations

import errno
import os
import socket

import httpx
import pytest

from syncsvc.adapters.no_answer import host_and_port, why_no_answer


def _led_to(cause: OSError) -> httpx.ConnectError:
    error = httpx.ConnectError(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("cause", "says"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "no such host"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "the host's name cannot be looked up at present"),
        (socket.gaierror(socket.EAI_FAIL, "Non-recoverable failure"), "Non-recoverable failure"),
        (OSError(errno.ECONNREFUSED, "Connection refused"), "connection refused: nothing listens there"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "no way leads to that host"),
        (OSError(errno.ECONNRESET, "Connection reset by peer"), "the other end broke the connection off"),
        (OSError(errno.EACCES, os.strerror(errno.EACCES)), "Permission denied"),
        (OSError("half a sentence"), "half a sentence"),
    ],
)
def test_what_the_network_says_is_told_in_words_without_its_number(cause: OSError, says: str) -> None:
    assert why_no_answer(_led_to(cause)) == says


def test_what_the_network_says_nothing_of_stays_as_it_is() -> None:
    assert why_no_answer(httpx.ReadTimeout("timed out")) == "timed out"
    assert why_no_answer(httpx.ReadTimeout("")) == ""


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("https://tenant.example.com/c2/API", "tenant.example.com:443"),
        ("http://127.0.0.1:8802", "127.0.0.1:8802"),
        ("http://localhost/x", "localhost:80"),
        ("https://[::1]:8443/x", "[::1]:8443"),
        ("https://name:secret@tenant", "tenant:443"),
    ],
)
def test_of_an_address_only_host_and_port_are_told(url: str, where: str) -> None:
    assert host_and_port(url) == where
