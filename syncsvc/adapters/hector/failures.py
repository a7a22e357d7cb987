"""What a failure of Hector means: its statuses, and the sentences and fields named in its error body. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from syncsvc.adapters.answers import Answer, one_line, status_error
from syncsvc.adapters.hector.wire import WireError, WireProblem
from syncsvc.adapters.parsing import SHOWN, UNPARSABLE, decoder, label, prepared, spelled
from syncsvc.adapters.redaction import Secrets
from syncsvc.domain.errors import NotFoundError, RefusedError, RemoteError
from syncsvc.domain.records import Field, Level

NOT_FOUND = 404


def failure(answer: Answer, *, one_record: bool, level: Level | None = None, fields: Collection[Field] = ()) -> RemoteError:
    """Translate an answer other than success.

    ``one_record``: the call was about a record by id, so that a 404 in Hector's own form says that there is no such record (a
    404 in any other form only says that the path is wrong). ``level`` and ``fields`` tell which fields the server may name.
    """
    problem = _problem(answer)
    if answer.status == NOT_FOUND and one_record and problem.code == "not_found":
        return NotFoundError(f"{answer.asked}: there is no such record.", status=NOT_FOUND)
    detail = _text(problem.message, answer.secrets) or _text(problem.code, answer.secrets)
    error = status_error(answer, detail, is_own=bool(problem.message or problem.code))
    if not isinstance(error, RefusedError):
        return error
    named = _named_fields(answer, problem.fields, level, fields)
    about_fields = "; ".join(f"{field}: {text}" for field, (_, text) in named.items())
    return RefusedError(
        "Hector refused it: " + " ".join(part for part in (one_line(answer.secrets.redact(detail)), about_fields) if part),
        hint="Correct the value in the other system, or the mapping." if answer.call.is_write else "",
        status=answer.status,
        fields=dict(named.values()),
    )


def _problem(answer: Answer) -> WireProblem:
    if answer.is_page:
        return WireProblem()
    try:
        return decoder(WireError).decode(prepared(answer.body)).error
    except UNPARSABLE:
        return WireProblem()


def _named_fields(answer: Answer, named: Any, level: Level | None, fields: Collection[Field]) -> Mapping[str, tuple[str, str]]:
    """Give what was said of single fields: by the field's name, its key and the text. Servers name attributes by id or name."""
    if not isinstance(named, dict) or level is None:
        return {}
    by_id = {field.key.partition(".")[2]: field for field in fields}
    by_name = {field.name.rpartition(".attributes.")[2]: field for field in fields if ".attributes." in field.key}
    found = {}
    for said_name, said in named.items():
        field = by_id.get(said_name) or by_name.get(said_name)
        key = field.key if field else f"{level.value}.{one_line(label(answer.secrets.redact(said_name)))}"
        found[field.name if field else key] = (key, one_line(_text(said, answer.secrets)))
    return found


def _text(said: Any, secrets: Secrets) -> str:
    """Give what was said as text, masked before anything of it is cut."""
    if isinstance(said, list):
        return ", ".join(label(secrets.redact(one if isinstance(one, str) else spelled(one))) for one in said)
    if isinstance(said, str):
        return label(secrets.redact(said))
    return label(secrets.redact(spelled(said)))[:SHOWN] if said is not None else ""
