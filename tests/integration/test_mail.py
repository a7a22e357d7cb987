"""Handing mails over to a real mail server: in clear, with STARTTLS and TLS, signed in; and every way in which it may refuse."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from mail_catcher import PASSWORD, SENDER, USER, MailCatcher, free_port, mail_catcher

from syncsvc.notify.mail import MailRefusedError, MailServer, MailServerError, connected

AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
CONTENT: dict[str, Any] = {
    "language": "fr",
    "subject": "[syncsvc] Synchronisation 12 : 3 erreurs à régler",
    "text": "Étiquette\n-- \nsyncsvc\n",
    "html": "<p>Étiquette</p>\n",
    "attachment": {"name": "syncsvc-12.csv", "text": '\ufeff"CI"\r\n"000012 é"\r\n'},
}


def send(server: MailServer, *to: str, **changed: Any) -> dict[str, str]:
    with connected(server) as connection:
        return connection.send(CONTENT | changed, "11111111-2222", AT, to or ("it@erables.example",))


@pytest.fixture
def plain() -> Iterator[MailCatcher]:
    with mail_catcher() as catcher:
        yield catcher


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
@pytest.mark.parametrize("with_login", [False, True])
def test_a_mail_arrives_whole_by_every_way_there_is(security: str, with_login: bool) -> None:  # noqa: FBT001 - a parameter
    with mail_catcher(security, with_login=with_login) as catcher:
        login = {"username": USER, "password": PASSWORD} if with_login else {}
        assert send(catcher.server(security, **login)) == {}
        (mail,) = catcher.caught
    assert mail.to == ["it@erables.example"]
    assert (mail.subject, mail.text, mail.html) == (CONTENT["subject"], CONTENT["text"], CONTENT["html"])
    assert mail.csv == '"CI"\r\n"000012 é"\r\n'
    assert catcher.logins == ([USER] if with_login else [])
    headers = mail.message
    assert (headers["From"], headers["To"]) == (SENDER, "it@erables.example")
    assert headers["Message-ID"] == "<11111111-2222@erables.example>"
    assert (headers["Auto-Submitted"], headers["Content-Language"]) == ("auto-generated", "fr")
    assert headers["Date"].datetime == AT


def test_starttls_is_insisted_on(plain: MailCatcher) -> None:
    with pytest.raises(MailServerError, match="does not offer STARTTLS"):
        send(plain.server("starttls"))
    assert plain.caught == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(security: str) -> None:
    with mail_catcher(security) as catcher:
        with pytest.raises(MailServerError, match="not trusted") as refused:
            send(catcher.server(security, context=None, username=USER, password=PASSWORD))
        assert (catcher.caught, catcher.logins) == ([], [])
    assert "SSL_CERT_FILE" in refused.value.hint


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_another_name_is_refused(security: str) -> None:
    with mail_catcher(security, name="elsewhere.example") as catcher, pytest.raises(MailServerError, match="not trusted"):
        send(catcher.server(security))


def test_a_refused_login_names_the_settings_and_not_the_password() -> None:
    with mail_catcher("starttls", with_login=True) as catcher, pytest.raises(MailServerError) as refused:
        send(catcher.server("starttls", username=USER, password="wrong-secret"))
    assert "user name or the password (code 535)" in refused.value.message
    assert "SYNCSVC_SMTP__PASSWORD" in refused.value.hint
    shown = f"{refused.value!r} {refused.value.__cause__!r} {catcher.server('starttls', password='wrong-secret')!r}"
    assert "wrong-secret" not in shown


def test_a_server_without_sign_in_is_named_as_the_trouble(plain: MailCatcher) -> None:
    with pytest.raises(MailServerError, match="does not offer signing in"):
        send(plain.server(username=USER, password=PASSWORD))


def test_a_server_that_is_down_is_said_in_words() -> None:
    server = MailServer("localhost", free_port(), SENDER, security="none", timeout=2)
    with pytest.raises(MailServerError, match=r"localhost:\d+ cannot be used\. Connection refused"):
        send(server)


def test_a_server_that_never_speaks_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = MailServer("127.0.0.1", silent.getsockname()[1], SENDER, security="none", timeout=0.2)
        with pytest.raises(MailServerError, match="did not answer in time"):
            send(server)


def test_a_server_that_hangs_up_in_the_middle_is_said_in_words() -> None:
    def hang_up(listening: socket.socket) -> None:
        client, _ = listening.accept()
        with client:
            client.sendall(b"220 hello\r\n")
            client.recv(100)
            client.sendall(b"250 hello\r\n")
            client.recv(100)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=hang_up, args=[listening])
        thread.start()
        server = MailServer("127.0.0.1", listening.getsockname()[1], SENDER, security="none", timeout=5)
        with pytest.raises(MailServerError, match=r"while it was given a mail\. It hung up"):
            send(server)
        thread.join()


def test_one_refused_address_keeps_the_mail_from_nobody_else(plain: MailCatcher) -> None:
    plain.refused["gone@erables.example"] = "550 no such user"
    assert send(plain.server(), "gone@erables.example", "it@erables.example") == {"gone@erables.example": "550 no such user"}
    assert [mail.to for mail in plain.caught] == [["it@erables.example"]]


@pytest.mark.parametrize("bad", ["no address", "a@b\r\nBcc: x@y", "a@@b", "@", "a@", "<a@b", "été@erables.example"])
def test_an_address_that_is_none_keeps_the_mail_from_nobody_else(plain: MailCatcher, bad: str) -> None:
    assert set(send(plain.server(), bad, "it@erables.example")) <= {bad}
    assert all("x@y" not in (*mail.to, str(mail.message["Bcc"])) for mail in plain.caught)
    assert "it@erables.example" in plain.caught[0].to


def test_a_mail_that_nobody_may_get_is_refused_and_the_next_one_sent(plain: MailCatcher) -> None:
    plain.refused["gone@erables.example"] = "550 no such user"
    with connected(plain.server()) as connection:
        with pytest.raises(MailRefusedError, match=r"gone@erables\.example: 550 no such user"):
            connection.send(CONTENT, "a", AT, ["gone@erables.example"])
        plain.answer = "554 too big"
        with pytest.raises(MailRefusedError, match="554 too big"):
            connection.send(CONTENT, "b", AT, ["it@erables.example"])
        plain.answer = "250 OK"
        assert connection.send(CONTENT, "c", AT, ["it@erables.example"]) == {}
    assert len(plain.caught) == 1


def test_a_server_that_is_closing_is_not_tried_with_the_other_mails(plain: MailCatcher) -> None:
    plain.answer = "421 going down"
    with pytest.raises(MailServerError, match="421 going down"):
        send(plain.server())
