"""The two systems' clocks and zones held against ours. Pure: what each said and when is an argument."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from syncsvc.engine.examine.findings import Finding, Verdict

PART = "Clocks"
WARN_BEYOND = timedelta(minutes=2)
WRONG_BEYOND = timedelta(minutes=10)
_HALF_HOUR = timedelta(minutes=30)
_EXPECTED = "the same as ours, within two minutes: “newest” decides by it, and so does what counts as changed since"


@dataclass(frozen=True, slots=True)
class Told:
    """What a system said the time was, by what, and what it was here at that moment."""

    label: str
    by: str
    """Where it said so: ``“Time” of the answer``."""
    theirs: datetime
    ours: datetime

    @property
    def ahead(self) -> timedelta:
        """How far its clock is ahead of ours."""
        return self.theirs - self.ours


def date_header(text: str | None) -> datetime | None:
    """Read a ``Date`` header; ``None`` when it is none."""
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def examine_clocks(told: Sequence[Told]) -> list[Finding]:
    """Judge every clock; where all differ alike, it is ours that is wrong."""
    findings = [_judged(one) for one in told]
    off = [one.ahead for one in told if abs(one.ahead) > WARN_BEYOND]
    if len(off) == len(told) > 1 and max(off) - min(off) <= WARN_BEYOND:
        ours = "All of them differ from this machine's clock alike: set it right (by NTP, say)."
        findings = [replace(finding, change=ours) for finding in findings]
    return findings


def examine_zone(offset: timedelta, zone: str, now: datetime) -> Finding | None:
    """Compare the zone that C2's server tells by its ``Time`` with the one in the settings; ``None``: they fit."""
    ours = now.astimezone(ZoneInfo(zone)).utcoffset()
    if ours == offset:
        return None
    return Finding(
        "Time zones",
        "C2's own",
        Verdict.WARNING,
        came=f"C2's server is {_hours(offset)} from UTC",
        expected=f"{_hours(ours or timedelta())}, as {zone} is today",
        change="Check SYNCSVC_C2__TIME_ZONE: with the wrong one, dates land on the day before or after.",
    )


def _judged(told: Told) -> Finding:
    off = abs(told.ahead)
    finding = Finding(PART, told.label, asked=told.by, came=_words(told), expected=_EXPECTED)
    if off <= WARN_BEYOND:
        return finding
    change = f"Set this machine's clock right (by NTP, say); if it is right, {told.label}'s is wrong: tell those who run it."
    if off >= _HALF_HOUR - WARN_BEYOND and abs(off - round(off / _HALF_HOUR) * _HALF_HOUR) <= WARN_BEYOND:
        change += " A difference of whole hours comes from a clock that was set to local time as if that were UTC."
    return replace(finding, verdict=Verdict.ERROR if off > WRONG_BEYOND else Verdict.WARNING, change=change)


def _words(told: Told) -> str:
    direction = "ahead of ours" if told.ahead > timedelta() else "behind ours"
    seconds = round(abs(told.ahead).total_seconds())
    apart = f"{seconds} s" if seconds < 120 else f"{seconds // 60} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"  # noqa: PLR2004 - where units change
    return f"{told.theirs.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, {apart} {direction}"


def _hours(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
