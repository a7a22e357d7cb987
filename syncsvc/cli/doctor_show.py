"""What an examination found, for people, for ``--json``, and as a report that can be passed on."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from rich.text import Text

from syncsvc import __version__
from syncsvc.cli.output import Out
from syncsvc.cli.streams import harmless
from syncsvc.domain.errors import UnfitRequestError
from syncsvc.engine.examine.findings import Finding, Verdict, to_mend
from syncsvc.engine.examine.house import zone_version
from syncsvc.logs import redact
from syncsvc.settings import Settings

_STYLES = {
    Verdict.FINE: "green",
    Verdict.NOTE: "cyan",
    Verdict.NOT_ASKED: "dim",
    Verdict.WARNING: "yellow",
    Verdict.ERROR: "bold red",
}
_WIDTH = 9
"""Columns of the longest verdict."""


def show(out: Out, findings: Sequence[Finding]) -> None:
    """Show what was found: a line for what is fine, all there is to say for what is not."""
    if out.as_json:
        shown = [{key: redact(value) for key, value in finding.as_json().items()} for finding in findings]
        out.json({"ok": not to_mend(findings), "to_mend": to_mend(findings), "findings": shown})
        return
    part = ""
    for finding in findings:
        if finding.part != part:
            part = finding.part
            out.line(part, "bold")
        verdict = finding.verdict
        first = f"{finding.title}: {finding.came}" if verdict in {Verdict.FINE, Verdict.NOTE} else finding.title
        out.line(Text.assemble((f"  {verdict.value:{_WIDTH}} ", _STYLES[verdict]), harmless(redact(first))))
        for line in _details(finding):
            out.line(redact(line), "dim", indent=_WIDTH + 3)
    out.line(_conclusion(findings), "bold")


def write_report(file: Path, findings: Sequence[Finding], settings: Settings | None, now: datetime) -> None:
    """Write everything that was asked and what came as text, without any secret; raises :class:`UnfitRequestError`."""
    text = redact("\n".join(harmless(line) for line in _report(findings, settings, now)) + "\n")
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnfitRequestError(
            f"The report cannot be written to {file}: {error.strerror}.", hint="Name another file."
        ) from error


def _details(finding: Finding) -> Iterator[str]:
    if finding.verdict in {Verdict.WARNING, Verdict.ERROR, Verdict.NOT_ASKED}:
        yield from _said(finding)
    elif finding.change:
        yield finding.change


def _said(finding: Finding) -> Iterator[str]:
    """Say all there is to a finding, a line for each part of it."""
    parts = {"asked": finding.asked, "came": finding.came, "expected": finding.expected, "change": finding.change}
    return (f"{name + ':':9} {text}" for name, text in parts.items() if text)


def _conclusion(findings: Sequence[Finding]) -> str:
    count = to_mend(findings)
    if not count:
        return "All is well: everything that a sync needs to read was tried, and nothing was written."
    return f"{count} thing{'s' if count > 1 else ''} to mend. Nothing was written to either system."


def _report(findings: Sequence[Finding], settings: Settings | None, now: datetime) -> Iterator[str]:
    yield f"syncsvc {__version__} doctor, {now:%Y-%m-%d %H:%M:%S} UTC"
    yield f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, time zones {zone_version()[0]}"
    if settings is not None:
        yield from _settings(settings)
    part = ""
    for finding in findings:
        if finding.part != part:
            part = finding.part
            yield ""
            yield part
        yield f"  {finding.verdict.value:{_WIDTH}} {finding.title}"
        yield from (f"            {line}" for line in _said(finding))
    yield ""
    yield _conclusion(findings)


def _settings(settings: Settings) -> Iterator[str]:
    """Give the settings that say how the systems are asked; none of them is a secret, and no account is named."""
    c2, hector = settings.c2, settings.hector
    ways = f"credentials in the {c2.credentials_in}, {c2.time_zone}, {c2.locale}, pages of {c2.page_size}"
    yield f"C2      {c2.url or 'not set'}, {ways}"
    yield f"Hector  {hector.url or 'not set'}, pages of {hector.page_size}"
    for label, group in (("C2", c2), ("Hector", hector)):
        set_here = {**group.endpoints.given(), **group.names}
        yield from (f"{label} {name} = {value}" for name, value in set_here.items())
