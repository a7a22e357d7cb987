"""What an answer of C2 means: the envelope, and the sentence in it that says why something was refused. Pure."""

from __future__ import annotations

import re

import msgspec

from syncsvc.adapters.answers import Answer, credentials_error, missing_right, one_line, status_error
from syncsvc.adapters.c2.wire import Envelope
from syncsvc.domain.errors import RefusedError, RemoteError

OK = 200
_LOGIN = re.compile(
    r"user ?name|\bpassword|authenticat|credential|\blog(ged|ging)?[ -]?(i|o)n\b"
    r"|nom d.utilisateur|mot de passe|authentifi|\bidentifiants?\b|ouverture de session",
    re.IGNORECASE,
)
_RIGHT = re.compile(
    r"permission|not authori[sz]ed|unauthori[sz]ed|access (is )?denied|\bprivileges?\b|not allowed to"
    r"|autoris|accès (est )?(refusé|interdit)|\bdroits?\b|habilit",
    re.IGNORECASE,
)


def data_of(answer: Answer, *, proven: bool) -> msgspec.Raw:
    """Take the data out of an answer's envelope; raises the :class:`RemoteError` that a failure means.

    ``proven``: some call has succeeded with these credentials, so that a write's sentence about a password is about the record.
    """
    if answer.status != OK:
        raise status_error(answer)
    envelope = answer.decode(Envelope)
    if envelope.status != 0:
        message = envelope.message if isinstance(envelope.message, str) else ""
        raise refusal(answer, message.strip(), status=envelope.status, proven=proven)
    return envelope.data


def refusal(answer: Answer, message: str, *, status: int, proven: bool) -> RemoteError:
    """Translate a ``Status`` other than 0 by its ``Message``, in both languages of C2."""
    spoken = " ".join(answer.secrets.redact(message).split())
    if _LOGIN.search(spoken) and not (proven and answer.call.is_write):
        return credentials_error(answer, spoken)
    if _RIGHT.search(spoken):
        return missing_right(answer, spoken)
    said = one_line(answer.secrets.redact(spoken)) or "no reason was given"
    return RefusedError(
        f"C2 refused it: {said}" + ("" if spoken else f" (Status {status})."),
        hint="Correct the value in the other system, or the mapping." if answer.call.is_write else "",
        status=answer.status,
    )
