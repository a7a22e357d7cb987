"""Certificates that cannot be trusted, over real sockets: each says what is wrong with it, and no password goes there."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import trustme
from adapter_clients import PASSWORD, TOKEN, Naps, hector_list
from scripted_server import ScriptedServer, c2_data, dripping_body

from syncsvc.adapters.c2 import C2Client, C2Config
from syncsvc.adapters.hector import HectorClient, HectorConfig
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.domain.errors import NetworkError

HERE = "127.0.0.1"
TODAY = datetime.now(UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority that the clients of these tests trust."""
    return trustme.CA()


def _server(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def _trusting(authority: trustme.CA) -> httpx.HTTPTransport:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return httpx.HTTPTransport(verify=context)


def _c2(server: ScriptedServer, **parts: Any) -> C2Client:
    return C2Client(C2Config(server.url, "svc", PASSWORD, ZoneInfo("UTC"), timeout=5), **({"sleep": Naps()} | parts))


@pytest.fixture
def good(authority: trustme.CA) -> Iterator[ScriptedServer]:
    with ScriptedServer([c2_data([])], tls=_server(authority.issue_cert(HERE))) as server:
        yield server


def test_a_certificate_of_a_known_authority_is_accepted(good: ScriptedServer, authority: trustme.CA) -> None:
    with _c2(good, transport=_trusting(authority)) as c2:
        assert c2.cmdbs() == []


def test_an_unknown_authority_is_named_with_the_variable_that_makes_it_known(good: ScriptedServer) -> None:
    naps = Naps()
    with _c2(good, sleep=naps) as c2, pytest.raises(NetworkError) as error:
        c2.cmdbs()
    assert "authority that this machine does not know" in error.value.message
    assert "SSL_CERT_FILE" in error.value.hint
    assert (good.asked, naps, c2.requests) == ([], [], 1)  # nothing was sent, and it is the same a second later


def test_a_self_signed_certificate_is_called_so(tmp_path: Path) -> None:
    own = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    file = tmp_path / "own.pem"
    file.write_bytes(own.private_key_pem.bytes() + own.cert_pem.bytes())
    context.load_cert_chain(file)
    with ScriptedServer([c2_data([])], tls=context) as server, _c2(server) as c2, pytest.raises(NetworkError) as error:
        c2.cmdbs()
    assert "signed by nobody but itself" in error.value.message
    assert "SSL_CERT_FILE" in error.value.hint


@pytest.mark.parametrize(
    ("host", "dates", "words", "hint"),
    [
        (HERE, {"not_after": TODAY - timedelta(days=1), "not_before": TODAY - timedelta(days=9)}, "has expired", "renewed"),
        (HERE, {"not_before": TODAY + timedelta(days=1), "not_after": TODAY + timedelta(days=9)}, "not valid yet", "clock"),
        ("127.0.0.2", {}, "for another host", "SYNCSVC_C2__URL"),
        ("tenant.example", {}, "for another host", "SYNCSVC_C2__URL"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(
    authority: trustme.CA, host: str, dates: dict[str, datetime], words: str, hint: str
) -> None:
    certificate = authority.issue_cert(host, **dates)
    with (
        ScriptedServer([c2_data([])], tls=_server(certificate)) as server,
        _c2(server, transport=_trusting(authority)) as c2,
        pytest.raises(NetworkError) as error,
    ):
        c2.set_active("e33ce7a9-cc55-456a-91ec-778c82a4184a", active=True, fields=())
    assert words in error.value.message
    assert hint in error.value.hint
    assert (error.value.passing, error.value.may_have_been_done, server.asked) == (False, False, [])


def test_an_answer_that_only_drips_ends_after_its_total_time_over_tls_too(authority: trustme.CA) -> None:
    certificate = authority.issue_cert(HERE)
    config = {"timeout": 0.2, "retry": RetryPolicy(attempts=1)}
    with (
        ScriptedServer([dripping_body(1)], tls=_server(certificate)) as server,
        HectorClient(HectorConfig(server.url, TOKEN, **config), transport=_trusting(authority)) as hector,
        pytest.raises(NetworkError),
    ):
        hector.users()


def test_hectors_errors_name_hectors_settings(authority: trustme.CA) -> None:
    certificate = authority.issue_cert("tenant.example")
    with (
        ScriptedServer([hector_list([])], tls=_server(certificate)) as server,
        HectorClient(HectorConfig(server.url, TOKEN), transport=_trusting(authority), sleep=Naps()) as hector,
        pytest.raises(NetworkError, match="Hector could not be reached safely") as error,
    ):
        hector.users()
    assert "SYNCSVC_HECTOR__URL" in error.value.hint


def test_https_to_a_port_that_speaks_http_is_told_apart_from_a_bad_certificate() -> None:
    with ScriptedServer([c2_data([])]) as server:
        url = server.url.replace("http:", "https:")
        config = C2Config(url, "svc", PASSWORD, ZoneInfo("UTC"), timeout=5)
        with C2Client(config, sleep=Naps()) as c2, pytest.raises(NetworkError) as error:
            c2.cmdbs()
    assert "no encryption could be agreed on" in error.value.message
    assert "SYNCSVC_C2__URL" in error.value.hint
    assert PASSWORD not in "".join(asked.text for asked in server.asked)
