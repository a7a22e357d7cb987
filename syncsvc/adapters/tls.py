"""Why no safe connection came about, in words: what is wrong with the certificate, and who can do something about it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from syncsvc.adapters.no_answer import cause_of

_OWN_CA = "If the system has a certificate of your own authority, name that authority's file in SSL_CERT_FILE."
_SELF_SIGNED = ("its certificate is signed by nobody but itself", _OWN_CA)
_UNKNOWN = ("its certificate comes from an authority that this machine does not know", _OWN_CA)
_OTHER_HOST = ("its certificate is for another host", "Check {url}: it must be the name that the certificate is for.")
_CERTIFICATE = {
    9: ("its certificate is not valid yet", "Check this machine's clock, or have the system's certificate replaced."),
    10: ("its certificate has expired", "Have the system's certificate renewed (or check this machine's clock)."),
    18: _SELF_SIGNED,
    19: _UNKNOWN,
    20: _UNKNOWN,
    21: _UNKNOWN,
    23: ("its certificate was revoked", "Have the system's certificate replaced."),
    62: _OTHER_HOST,
    64: _OTHER_HOST,
}
"""OpenSSL's numbers for what it finds."""


@dataclass(frozen=True, slots=True)
class TlsFault:
    """Why a connection that was to be safe was not made."""

    what: str
    hint: str
    lasting: bool
    """Whether it will be the same a minute later."""


def tls_fault(error: BaseException, url_setting: str) -> TlsFault | None:
    """Find what is wrong when TLS is why this connection was not made; ``None`` when it is not."""
    cause = cause_of(error, ssl.SSLError)
    if cause is None:
        return None
    if isinstance(cause, ssl.SSLCertVerificationError):
        unnamed = (f"its certificate is not accepted: {cause.verify_message}", "Have the system's certificate checked.")
        what, hint = _CERTIFICATE.get(cause.verify_code, unnamed)
        return TlsFault(what, hint.format(url=url_setting), lasting=True)
    why = (cause.reason or "the other end gave up").replace("_", " ").lower()
    hint = f"Check {url_setting}: its port may not be one for https."
    return TlsFault(f"no encryption could be agreed on ({why})", hint, lasting=False)
