"""Sending mails by SMTP. What cannot be sent ends in one of two errors: this server is of no use now, or this mail is not.

Answers of the server are quoted in errors, but not to a refused login: it may repeat what it was given.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any

from syncsvc.domain.errors import SyncError
from syncsvc.notify.clean import one_line

_SETTINGS = "SYNCSVC_SMTP__…"
_GOING_DOWN = 421
"""The server's code for closing the connection; no other mail would fare better."""
_ANSWER = 200
"""Characters of a server's answer that an error quotes."""


class MailServerError(SyncError):
    """The mail server cannot be reached, spoken to or signed in to; no other mail would fare better now."""


class MailRefusedError(SyncError):
    """The mail server refused this one mail."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over; ``timeout`` in seconds holds for each step."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    """``starttls``, ``tls`` or ``none``; the first is insisted on, never merely tried."""
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30
    context: ssl.SSLContext | None = None
    """Which certificates are trusted; ``None``: those that the system trusts, and those of ``SSL_CERT_FILE``."""


class Connection:
    """A mail server that has let us in."""

    def __init__(self, smtp: smtplib.SMTP, sender: str) -> None:
        self._smtp, self._sender = smtp, sender

    def send(self, content: Mapping[str, Any], message_id: str, queued_at: datetime, to: Sequence[str]) -> dict[str, str]:
        """Send one mail; gives the addresses that were refused, each with the server's words.

        Raises :class:`MailRefusedError` when nobody got it, :class:`MailServerError` when the server fails altogether.
        """
        unfit = {address: why for address in to if (why := self._unfit(address))}
        fit = [address for address in to if address not in unfit]
        if not fit:
            raise MailRefusedError("; ".join(unfit.values()))
        try:
            message = compose(content, self._sender, message_id, queued_at, fit)
            refused = self._smtp.send_message(message, from_addr=_bare(self._sender), to_addrs=fit)
        except smtplib.SMTPRecipientsRefused as error:
            raise MailRefusedError(f"The mail server refused every address: {_refusals(error.recipients)}") from None
        except smtplib.SMTPServerDisconnected as error:
            raise MailServerError(f"The mail server was lost while it was given a mail. {_words(error)}") from error
        except smtplib.SMTPResponseException as error:
            kind = MailServerError if error.smtp_code == _GOING_DOWN else MailRefusedError
            raise kind(f"The mail server refused the mail: {_answer(error)}") from None
        except (smtplib.SMTPException, ValueError) as error:
            raise MailRefusedError(f"The mail cannot be sent: {one_line(str(error), _ANSWER)}") from error
        except OSError as error:
            raise MailServerError(_words(error)) from error
        return unfit | {address: _text(code, answer) for address, (code, answer) in refused.items()}

    def _unfit(self, address: str) -> str:
        """Say why an address cannot even be tried: one bad address must not keep the mail from the others."""
        try:
            _address(address)
        except ValueError as error:
            return str(error)
        if not address.isascii() and not self._smtp.has_extn("smtputf8"):
            return f"The mail server takes no address with letters beyond ASCII: {address}."
        return ""


@contextmanager
def connected(server: MailServer) -> Iterator[Connection]:
    """Open a connection and sign in; raises :class:`MailServerError` in words that never hold the password."""
    smtp = _open(server)
    try:
        yield Connection(smtp, server.sender)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        smtp.close()


def compose(content: Mapping[str, Any], sender: str, message_id: str, queued_at: datetime, to: Sequence[str]) -> EmailMessage:
    """Make the message: text and HTML, with the table attached; raises ``ValueError`` for an address that is none."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = content["subject"]
    message["From"] = _address(sender)
    message["To"] = [_address(address) for address in to]
    message["Date"] = format_datetime(queued_at)
    message["Message-ID"] = f"<{message_id}@{_bare(sender).rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(content["text"], cte="quoted-printable")
    message.add_alternative(content["html"], subtype="html", cte="quoted-printable")
    attachment = content["attachment"]
    if attachment is not None:
        data, name = attachment["text"].encode(), attachment["name"]
        message.add_attachment(data, maintype="text", subtype="csv", filename=name, params={"charset": "utf-8"})
    message["Content-Language"] = content["language"]  # last: the parts take what they find of such headers
    return message


def _open(server: MailServer) -> smtplib.SMTP:
    context = server.context or ssl.create_default_context()
    try:
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
    except (smtplib.SMTPException, OSError) as error:
        raise _unusable(server, error) from error
    try:
        if server.security == "starttls":
            smtp.starttls(context=context)
        if server.username:
            smtp.login(server.username, server.password)
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        smtp.close()
        # Not chained: the error of a refused login holds the server's answer, and that perhaps the password.
        raise _unusable(server, error) from None
    except BaseException:
        smtp.close()
        raise
    return smtp


def _unusable(server: MailServer, error: Exception) -> MailServerError:
    where = f"The mail server {server.host}:{server.port}"
    match error:
        case smtplib.SMTPAuthenticationError():
            hint = "Check SYNCSVC_SMTP__USERNAME and SYNCSVC_SMTP__PASSWORD."
            return MailServerError(f"{where} refused the user name or the password (code {error.smtp_code}).", hint=hint)
        case smtplib.SMTPNotSupportedError():
            offers = "STARTTLS" if "STARTTLS" in str(error) else "signing in"
            return MailServerError(f"{where} does not offer {offers}.", hint=f"Check the port and the security in {_SETTINGS}.")
        case UnicodeError():
            return MailServerError(f"{where} takes no user name or password with letters beyond ASCII.")
        case ssl.SSLCertVerificationError():
            hint = "Name your own authority's certificate in SSL_CERT_FILE, and the server as its certificate does."
            return MailServerError(f"{where} has a certificate that is not trusted: {error.verify_message}", hint=hint)
        case smtplib.SMTPResponseException():
            return MailServerError(f"{where} sends us away: {_answer(error)}")
    return MailServerError(f"{where} cannot be used. {_words(error)}", hint=f"Check host, port and security in {_SETTINGS}.")


def _words(error: Exception) -> str:
    match error:
        case TimeoutError() | smtplib.SMTPServerDisconnected(__context__=TimeoutError()):
            return "It did not answer in time."
        case smtplib.SMTPServerDisconnected():
            return "It hung up."
        case socket.gaierror():
            return "Its name is not known."
        case ssl.SSLError():
            return f"It does not speak TLS as expected: {error.reason or 'the connection was cut'}."
        case OSError() if error.strerror:
            return f"{error.strerror}."
    return one_line(str(error), _ANSWER)


def _answer(error: smtplib.SMTPResponseException) -> str:
    return _text(error.smtp_code, error.smtp_error)


def _text(code: int, answer: bytes | str) -> str:
    said = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return f"{code} {one_line(said, _ANSWER)}"


def _refusals(refused: Mapping[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{address}: {_text(code, answer)}" for address, (code, answer) in refused.items())


def _address(text: str) -> Address:
    name, bare = parseaddr(text)
    refused = f"“{one_line(text)}” is no e-mail address."
    if "@" not in bare or one_line(text) != text.strip():
        raise ValueError(refused)
    try:
        return Address(display_name=name, addr_spec=bare)
    except (MessageError, ValueError, IndexError):  # what the standard library makes of one depends on what is wrong
        raise ValueError(refused) from None


def _bare(sender: str) -> str:
    return parseaddr(sender)[1]
