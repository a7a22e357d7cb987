"""Findings: what an examination comes to, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from syncsvc.domain.errors import Refusal, SyncError


class Verdict(StrEnum):
    """How something was found."""

    FINE = "fine"
    NOTE = "note"
    """Worth knowing; nothing has to be done."""
    NOT_ASKED = "not asked"
    """Something else has to be mended first."""
    WARNING = "warning"
    ERROR = "error"


class Fault(StrEnum):
    """Where what has to be mended stands: it decides the exit code."""

    SETTINGS = "settings"
    """In the settings, the database that they name, or the rules."""
    SYSTEM = "system"
    """A system could not be reached, or refused the credentials."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was examined."""

    part: str
    """What it belongs to: ``C2``, ``Database``."""
    title: str
    verdict: Verdict = Verdict.FINE
    asked: str = ""
    came: str = ""
    expected: str = ""
    change: str = ""
    """What to do, with the name of the setting; empty where there is nothing."""
    fault: Fault = Fault.OTHER

    def as_json(self) -> dict[str, str]:
        """Give it for ``--json``."""
        return {key: str(value) for key, value in asdict(self).items() if key != "fault"}


def of_error(part: str, title: str, error: SyncError, *, expected: str, fault: Fault) -> Finding:
    """Give the finding that an error is."""
    return Finding(part, title, Verdict.ERROR, came=error.message, expected=expected, change=error.hint, fault=fault)


def of_refusal(part: str, refusal: Refusal, file: str) -> Finding:
    """Give the finding that a refusal of the rules is."""
    place = f"{file}:{refusal.line}:{refusal.column}" if refusal.line else file
    return Finding(
        part,
        place,
        Verdict.ERROR,
        came=f"{refusal.path}: {refusal.message}" if refusal.path else refusal.message,
        expected="rules that can be carried out",
        change=refusal.hint or "Correct the rules file there.",
        fault=Fault.SETTINGS,
    )


def worst(findings: Sequence[Finding], fault: Fault) -> bool:
    """Whether there is an error of this kind."""
    return any(finding.verdict is Verdict.ERROR and finding.fault is fault for finding in findings)


def to_mend(findings: Sequence[Finding]) -> int:
    """Count what has to be mended."""
    return sum(finding.verdict in {Verdict.WARNING, Verdict.ERROR} for finding in findings)
