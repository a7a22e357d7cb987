"""What an answer of C2 means: the envelope, and the sentence in it that says why something was refused. Pure."""

from __future__ import annotations

import re

import msgspec

from syncsvc.adapters.answers import Answer, credentials_error, missing_right, one_line, status_error
from syncsvc.adapters.c2.wire import Envelope
from syncsvc.domain.errors import ProtocolError, RefusedError, RemoteError

OK = 200
_QUOTED = re.compile(r"«[^»]*»|“[^”]*”|\"[^\"]*\"|(?<!\w)['\u2018][^'\u2019]*['\u2019](?!\w)")
"""Names of fields and values: what stands there is not what the sentence is about."""
_ACCOUNT = r"(vous|compte|agent|ressource|utilisat(eur|rice)|usager|rôle|profil|accès|action|opération)"
_LOGIN = re.compile(
    r"user ?name|\bpassword|authenticat|credential|\blog(ged|ging)?[ -]?(i|o)n\b"
    r"|nom d.utilisateur|mot de passe|authentifi|\bidentifiants? (invalide|incorrect|erroné|de connexion)|ouverture de session",
    re.IGNORECASE,
)
_RIGHT = re.compile(
    r"permission|not authori[sz]ed|unauthori[sz]ed|access (is )?denied|\bprivileges?\b"
    r"|not allowed to (?!be\b|have\b|contain\b|exceed\b)"
    rf"|\b{_ACCOUNT}\b.{{0,60}}\bautoris|\bautoris.{{0,60}}\b{_ACCOUNT}\b|\bautorisations? (requis|insuffisan|refus|manquan)"
    r"|accès (est )?(refusé|interdit)|\bdroits?\b(?! d.auteur)|\bhabilit",
    re.IGNORECASE,
)


def data_of(answer: Answer, *, proven: bool) -> msgspec.Raw:
    """Take the data out of an answer's envelope; raises the :class:`RemoteError` that a failure means.

    ``proven``: some call has succeeded with these credentials, so that a write's sentence about a password is about the record.
    """
    if answer.status != OK:
        raise _failed(answer, proven=proven)
    envelope = answer.decode(Envelope)
    if envelope.status != 0:
        message = envelope.message if isinstance(envelope.message, str) else ""
        raise refusal(answer, message.strip(), status=envelope.status, proven=proven)
    return envelope.data


def refusal(answer: Answer, message: str, *, status: int, proven: bool) -> RemoteError:
    """Translate a ``Status`` other than 0 by its ``Message``, in both languages of C2."""
    spoken = " ".join(answer.secrets.redact(message).split())
    if _is_about_the_login(answer, spoken, proven=proven):
        return credentials_error(answer, spoken)
    if _RIGHT.search(_QUOTED.sub(" ", spoken)):
        return missing_right(answer, spoken)
    said = one_line(answer.secrets.redact(spoken)) or "no reason was given"
    return RefusedError(
        f"C2 refused it: {said}" + ("" if spoken else f" (Status {status})."),
        hint="Correct the value in the other system, or the mapping." if answer.call.is_write else "",
        status=answer.status,
    )


def _failed(answer: Answer, *, proven: bool) -> RemoteError:
    """Translate an HTTP status other than success, with the sentence that C2 said about it where it did."""
    message, is_own = None, True
    try:
        message = answer.decode(Envelope).message
    except ProtocolError:  # a page, or nothing of C2's
        is_own = False
    spoken = " ".join(answer.secrets.redact(message).split()) if isinstance(message, str) else ""
    if _is_about_the_login(answer, spoken, proven=proven):
        return credentials_error(answer, spoken)
    return status_error(answer, spoken, is_own=is_own)


def _is_about_the_login(answer: Answer, spoken: str, *, proven: bool) -> bool:
    return bool(_LOGIN.search(_QUOTED.sub(" ", spoken))) and not (proven and answer.call.is_write)
