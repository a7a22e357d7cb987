"""The one place that turns errors into words that say what to do, and into exit codes.

No traceback reaches a person: it is written to the log, at the level ``debug`` alone. With ``--json`` the words are one document
on standard output.
"""

from __future__ import annotations

import logging
import re
from enum import IntEnum

from syncsvc.cli.streams import OutputError, say, write_json
from syncsvc.domain.errors import (
    UNEXPECTED_HINT,
    AnotherRunError,
    DatabaseOutOfReachError,
    ErrorKind,
    RemoteError,
    RulesError,
    SettingsError,
    SyncError,
    failure,
    refusal_as_json,
    unexpected,
)

INTERRUPTED = 130
"""What shells give for a command that Ctrl-C ended."""


_PHRASES = (
    ("Input should be a valid integer.*", "it must be a whole number"),
    ("Input should be greater than or equal to", "it must be at least"),
    ("Input should be less than or equal to", "it must be at most"),
    ("Value error, ", ""),
)
"""What typer says of values in the words of a library, and what we say."""


class ExitCode(IntEnum):
    """What a command says to the shell; the first that applies of 2, 5, 3, 4, 1."""

    WELL = 0
    WITH_ERRORS = 1
    WRONG_USAGE = 2
    ANOTHER_RUN = 3
    HELD = 4
    NOTHING_READ = 5


def tell(error: BaseException, *, as_json: bool) -> int:
    """Say what went wrong and give the exit code."""
    if isinstance(error, KeyboardInterrupt):
        say("Stopped.")
        return INTERRUPTED
    message, hint, kind = _words(error)
    if as_json and not isinstance(error, OutputError):
        document = failure(message, hint, kind)
        if isinstance(error, RulesError):
            document["error"]["refusals"] = [refusal_as_json(refusal, _hidden) for refusal in error.refusals]
        write_json(document)
    elif isinstance(error, RulesError):
        _say(*(_hidden("\n  ".join(filter(None, (error.said(refusal), refusal.hint)))) for refusal in error.refusals))
    else:
        _say(message, hint)
    if not isinstance(error, SyncError):
        logging.getLogger(__name__).debug("the error in full", exc_info=error)
    return _exit_code(error)


def _words(error: BaseException) -> tuple[str, str, ErrorKind]:
    if isinstance(error, SyncError):
        return _hidden(error.message), _hidden(error.hint), error.kind
    # Typer's errors of usage have no common class that all its versions make public, but they all know their words.
    if hasattr(error, "format_message"):
        return _plainly(str(error.format_message())), "See: syncsvc --help, or --help after the command.", ErrorKind.VALIDATION
    return unexpected(error, _hidden(str(error))), UNEXPECTED_HINT, ErrorKind.INTERNAL


def _plainly(message: str) -> str:
    """Say what is wrong with an option's value as a person would."""
    for theirs, ours in _PHRASES:
        message = re.sub(theirs, ours, message)
    return message


def _hidden(text: str) -> str:
    from syncsvc.logs import redact  # noqa: PLC0415 - costs a tenth of a second, and most commands never fail

    return redact(text)


def _say(*lines: str) -> None:
    for line in "\n".join(lines).strip().split("\n"):
        say(line)


def _exit_code(error: BaseException) -> int:
    from syncsvc.engine.context import StoppedError  # noqa: PLC0415 - the same
    from syncsvc.state.database import StateError  # noqa: PLC0415 - the same

    match error:
        case DatabaseOutOfReachError() | StateError():
            return ExitCode.NOTHING_READ
        case SettingsError() | RulesError():
            return ExitCode.WRONG_USAGE
        case RemoteError():
            return ExitCode.NOTHING_READ
        case AnotherRunError():
            return ExitCode.ANOTHER_RUN
        case StoppedError() | OutputError():
            return ExitCode.WITH_ERRORS
        case SyncError():  # what the command names is not there
            return ExitCode.WRONG_USAGE
        case _ if hasattr(error, "format_message"):
            return ExitCode.WRONG_USAGE
        case _:
            return ExitCode.WITH_ERRORS
