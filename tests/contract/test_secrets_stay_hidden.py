"""No secret leaves the adapters: not in errors, their causes and hints, not in logs and not in anything's ``repr``."""

from __future__ import annotations

import html
import json
import logging
import re
import socket
import traceback
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from adapter_clients import CI, PASSWORD, TOKEN, c2_at, hector_at, quick, wire_asset
from scripted_server import Reply, ScriptedServer, answer, c2_data, c2_refusal, cut, page, raw, reset

from syncsvc.adapters.answers import LOOKED_AT
from syncsvc.adapters.c2 import C2Client, C2Config
from syncsvc.adapters.hector import HectorConfig
from syncsvc.adapters.parsing import SHOWN
from syncsvc.domain.errors import RemoteError, SettingsError

Serve = Callable[..., ScriptedServer]


def forms(secret: str) -> set[str]:
    return {secret, quote(secret, safe=""), quote_plus(secret), html.escape(secret), json.dumps(secret)[1:-1]}


def everything(error: BaseException) -> str:
    """All that a log, a mail or a curious person could get out of an error, its causes and contexts included."""
    texts = ["".join(traceback.format_exception(error, chain=True))]
    seen: BaseException | None = error
    while seen is not None:
        texts += [str(seen), repr(seen), repr(seen.args), repr(vars(seen))]
        assert getattr(seen, "request", None) is None
        seen = seen.__cause__ or seen.__context__
    return "\n".join(texts)


def none_of(secret: str, text: str) -> None:
    for form in forms(secret):
        assert form not in text


ECHOES: dict[str, Reply] = {
    "message": c2_refusal(f"Record refused for {PASSWORD} and {PASSWORD.upper()}"),
    "login": c2_refusal(f"Wrong password: {PASSWORD}"),
    "right": c2_refusal(f"No permission for {PASSWORD}"),
    "page": page(text=html.escape(f"You sent {PASSWORD}")),
    "page of an error": page(502, text=quote_plus(PASSWORD)),
    "text": raw(500, f"Bad {PASSWORD}".encode(), "text/plain"),
    "content type": raw(503, b"", f"text/{quote(PASSWORD, safe='')}"),
    "redirect": answer({}, 302, Location=f"/login?password={quote(PASSWORD, safe='')}"),
    "record": c2_data([{"Id": 7, "Name": PASSWORD}]),
    "cut": cut(),
    "reset": reset(),
}


@pytest.mark.parametrize("place", ["body", "query"])
@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("ask", [C2Client.cmdbs, lambda c2: c2.set_active(CI, active=True, fields=())], ids=["read", "write"])
def test_c2s_password_shows_nowhere(
    serve: Serve, caplog: pytest.LogCaptureFixture, place: str, echo: str, ask: Callable[[C2Client], object]
) -> None:
    caplog.set_level(logging.DEBUG)
    with c2_at(serve(ECHOES[echo]), credentials_in=place, retry=quick(2)) as c2, pytest.raises(RemoteError) as error:
        ask(c2)
    none_of(PASSWORD, everything(error.value))
    none_of(PASSWORD, error.value.message + error.value.hint)
    none_of(PASSWORD, "\n".join([caplog.text, *(repr(record.args) + str(record.msg) for record in caplog.records)]))


def test_a_password_shows_nowhere_when_nobody_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with c2_at(f"http://127.0.0.1:{port}", credentials_in="query", retry=quick(1)) as c2:
        with pytest.raises(RemoteError) as error:
            c2.cmdbs()
        none_of(PASSWORD, everything(error.value) + repr(c2))


DEEP = {"a": {"b": "x" * 70, "c": None}}
ODD = ("correct  horse battery", "tab\tzebra quux", "ab<cd>ef99", "motd\u00e9pass\u00e9", "motde\u0301passe\u0301")
WRITTEN: dict[str, Callable[[str], Reply]] = {
    "message": lambda secret: c2_refusal(f"Bad password [{secret}] given"),
    "drawn together": lambda secret: c2_refusal(f"Bad password [{' '.join(secret.split())}] given"),
    "wrapped": lambda secret: c2_refusal(f"Bad password [{secret.replace(' ', chr(10))}] given"),
    "composed": lambda secret: c2_refusal(f"Bad password [{unicodedata.normalize('NFC', secret)}] given"),
    "decomposed": lambda secret: page(text=unicodedata.normalize("NFD", secret)),
    "page": lambda secret: page(text=f"You sent {secret} !"),
    "text": lambda secret: raw(500, f"Bad {secret} x".encode(), "text/plain"),
    "latin": lambda secret: raw(500, f"Bad {secret} x".encode("latin-1", "replace"), 'text/plain; charset="ISO-8859-1"'),
    "unheard-of": lambda secret: raw(500, f"Bad {secret} x".encode(), "text/plain; charset=klingon"),
    "no text": lambda secret: raw(500, f"Bad {secret} x".encode(), "text/plain; charset=base64"),
    "cut": lambda secret: raw(500, b" " * (LOOKED_AT - 9) + f"Bad {secret} x".encode(), "text/plain"),
    "name": lambda secret: c2_data([{"Id": 7, "Name": "n" * (SHOWN - 6) + secret}]),
    "packing": lambda secret: raw(200, b"{}", Content_Encoding="x" * 34 + quote(secret, safe="")),
}


@pytest.mark.parametrize("secret", ODD, ids=ascii)
@pytest.mark.parametrize("form", WRITTEN)
def test_a_secret_shows_in_no_part_however_it_was_wrapped_cut_or_marked_up(serve: Serve, secret: str, form: str) -> None:
    with c2_at(serve(WRITTEN[form](secret)), password=secret, retry=quick(1)) as c2, pytest.raises(RemoteError) as error:
        c2.cmdbs()
    said = unicodedata.normalize("NFC", everything(error.value))
    for part in re.findall(r"\w{4,}", unicodedata.normalize("NFC", secret)) or [secret[:2]]:
        assert part not in said
    assert "***" in said or form in {"cut", "latin", "name"}


def test_a_token_shows_in_no_part_however_deep_the_answer_holds_it(serve: Serve) -> None:
    where: Any = {"error": {"code": DEEP | {"d": TOKEN}, "fields": {TOKEN: [DEEP | {"d": TOKEN}], "note": {"x" * 60: TOKEN}}}}
    with hector_at(serve(answer(where, 422))) as hector, pytest.raises(RemoteError) as error:
        hector.update_asset(1, {}, ())
    none_of(TOKEN[:8], everything(error.value))


@pytest.mark.parametrize(
    "reply",
    [
        answer({"error": {"code": "token_invalid", "message": f"{TOKEN} is wrong"}}, 401),
        answer({"error": {"code": "invalid_data", "message": TOKEN, "fields": {"note": [TOKEN]}}}, 422),
        page(text=TOKEN),
    ],
)
def test_hectors_token_shows_nowhere(serve: Serve, caplog: pytest.LogCaptureFixture, reply: Reply) -> None:
    caplog.set_level(logging.DEBUG)
    with hector_at(serve(reply), retry=quick(2)) as hector, pytest.raises(RemoteError) as error:
        hector.update_asset(1, {}, ())
    none_of(TOKEN, everything(error.value) + repr(error.value.fields) + caplog.text)


def test_requests_are_logged_without_their_secrets_and_otherwise_as_they_are(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="httpx")
    with c2_at(serve(c2_data([])), credentials_in="query") as c2:
        c2.cmdbs()
    assert "API/CIFolder/Retrieve?username=svc&password=***" in caplog.text


def test_a_closed_client_leaves_no_filter_behind(serve: Serve) -> None:
    before = list(logging.getLogger("httpx").filters)
    with c2_at(serve(c2_data([]))), hector_at(serve(answer({}))):
        assert len(logging.getLogger("httpx").filters) == len(before) + 2
    assert logging.getLogger("httpx").filters == before


def test_configurations_do_not_show_their_secrets() -> None:
    shown = repr(C2Config("https://h", "svc", PASSWORD, None)) + repr(HectorConfig("https://h", TOKEN))  # type: ignore[arg-type]
    none_of(PASSWORD, shown)
    none_of(TOKEN, shown)
    assert "svc" in shown


@pytest.mark.parametrize(
    "url", ["", "host", "ftp://h", "https://", "https://svc:s3cret@h", "https://h/?key=s3cret", "https://h:port"]
)
def test_an_address_that_cannot_be_called_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(SettingsError, match="SYNCSVC_C2__URL") as error:
        C2Config(url, "svc", "x", None)  # type: ignore[arg-type]
    assert "s3cret" not in everything(error.value)
    with pytest.raises(SettingsError, match="SYNCSVC_HECTOR__URL"):
        HectorConfig(url, "x")


@pytest.mark.parametrize("token", ["to ken", "token\n", "jeton-é"])
def test_a_token_that_no_header_can_hold_is_refused_without_quoting_it(token: str) -> None:
    with pytest.raises(SettingsError, match="SYNCSVC_HECTOR__TOKEN") as error:
        HectorConfig("https://h", token)
    assert token not in everything(error.value)


def test_cookies_of_a_server_are_not_sent_back(serve: Serve) -> None:
    server = serve(answer({"data": wire_asset()}, Set_Cookie="session=1; Path=/"))
    with hector_at(server) as hector:
        hector.update_asset(1, {}, ())
        hector.update_asset(1, {}, ())
    assert "cookie" not in server.asked[1].headers


def test_the_token_is_sent_as_a_bearer(serve: Serve) -> None:
    server = serve(answer({"data": wire_asset()}))
    with hector_at(server) as hector:
        hector.update_asset(1, {}, ())
    sent: dict[str, Any] = server.asked[0].headers
    assert (sent["authorization"], sent["accept"]) == (f"Bearer {TOKEN}", "application/json")
