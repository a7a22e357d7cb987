"""A real mail server on the loopback that keeps what it is given: plain, with STARTTLS or TLS, with or without signing in."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from syncsvc.notify.mail import MailServer

USER, PASSWORD = "syncsvc", "correct horse, battery staple"
SENDER = "syncsvc@erables.example"


@dataclass
class Caught:
    """A mail as it came in."""

    to: list[str]
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"]).strip()  # a long one begins on the line below its name

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def csv(self) -> str | None:
        """The attached table as a spreadsheet reads it."""
        for part in self.message.iter_attachments():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            return content.decode("utf-8-sig")
        return None

    def _part(self, subtype: str) -> str:
        body = self.message.get_body((subtype,))
        assert body is not None
        return str(body.get_content()).replace("\r\n", "\n")


@dataclass
class MailCatcher:
    """What the server was given, and what it refuses."""

    port: int = 0
    context: ssl.SSLContext | None = None
    caught: list[Caught] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """Addresses with the answer to them."""
    answer: str = "250 OK"
    """To a whole mail."""
    logins: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            self.caught.append(Caught(list(envelope.rcpt_tos), message))
        return self.answer

    def sign_in(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword) -> AuthResult:
        self.logins.append(data.login.decode())
        return AuthResult(success=(data.login.decode(), data.password.decode()) == (USER, PASSWORD), handled=False)

    def server(self, security: str = "none", **changed: Any) -> MailServer:
        """How to reach it."""
        known: dict[str, Any] = {"security": security, "timeout": 5, "context": self.context}
        return MailServer("localhost", self.port, SENDER, **known | changed)

    @property
    def subjects(self) -> list[str]:
        return [mail.subject for mail in self.caught]


@contextmanager
def mail_catcher(
    security: str = "none", *, with_login: bool = False, name: str = "localhost", port: int = 0
) -> Iterator[MailCatcher]:
    """Start a mail server; its certificate is for ``name`` and trusted by nobody but :attr:`MailCatcher.context`."""
    catcher = MailCatcher(port or free_port())
    options: dict[str, Any] = {}
    if security != "none":
        authority = trustme.CA()
        own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(name).configure_cert(own)
        catcher.context = ssl.create_default_context()
        authority.configure_trust(catcher.context)
        options |= {"ssl_context": own} if security == "tls" else {"tls_context": own, "require_starttls": True}
    if with_login:
        safely = security == "starttls"  # what the server itself knows of; by TLS from the start, it sees nothing of it
        options |= {"authenticator": catcher.sign_in, "auth_required": safely, "auth_require_tls": safely}
    controller = Controller(catcher, hostname="127.0.0.1", port=catcher.port, **options)
    controller.start()
    try:
        yield catcher
    finally:
        controller.stop()


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
