"""What stands on our side: the database and its schema, time zones, the mail server. Nothing is made, brought up or changed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import metadata
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

from syncsvc.domain.errors import SettingsError, SyncError
from syncsvc.domain.rules import Rules
from syncsvc.engine.examine.findings import Fault, Finding, Verdict, of_error
from syncsvc.notify.mail import MailServer, connected
from syncsvc.state.address import SETTING, described, parse, sqlite_file
from syncsvc.state.database import current_version, open_engine, reading
from syncsvc.state.schema import head_version, refuse_newer

DATABASE, ZONES, MAIL = "Database", "Time zones", "Mail"
OLD_ZONES = 3
"""Years after which a machine's time zones are likely to lack a rule that has changed since."""
_VERSIONS = ("tzdata.zi", "+VERSION", "version")
"""Files in which systems keep the version of their time zones."""


# -- database ------------------------------------------------------------------------------------------------------------


def examine_database(url: str) -> Finding:
    """Open the database, as far as it is there, and compare its schema with this program's."""
    expected = f"a database at version {head_version()}"
    try:
        parsed = parse(url)
        file = sqlite_file(parsed)
        if file is not None and not file.exists():
            return _no_file(file, expected)
        came = described(parsed)
        engine = open_engine(url)
        try:
            version = current_version(engine)
            with reading(engine) as connection:
                refuse_newer(connection)
        finally:
            engine.dispose()
    except SettingsError as error:
        return of_error(DATABASE, "opening", error, expected=expected, fault=Fault.SETTINGS)
    except SyncError as error:
        return of_error(DATABASE, "schema", error, expected=expected, fault=Fault.OTHER)
    return _schema(version, came, expected)


def _schema(version: str | None, came: str, expected: str) -> Finding:
    if version == head_version():
        return Finding(DATABASE, "schema", came=f"{came}, version {version}", expected=expected)
    if version is None:
        return Finding(DATABASE, "schema", Verdict.NOTE, came=f"{came}, still empty", expected=expected)
    return Finding(
        DATABASE,
        "schema",
        Verdict.WARNING,
        came=f"{came}, version {version}: it is behind",
        expected=expected,
        change="Bring it to this version with: syncsvc db upgrade (sync and serve do so by themselves).",
    )


def _no_file(file: Path, expected: str) -> Finding:
    """Say that the first run will make the file, if it can."""
    there = next(parent for parent in file.parents if parent.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return Finding(
            DATABASE, "file", Verdict.NOTE, came=f"{file} is not there yet; the first sync makes it", expected=expected
        )
    change = f"Give the service's account the right to write in {there}, or let {SETTING} name another place."
    came = f"{file} is not there and cannot be made"
    return Finding(DATABASE, "file", Verdict.ERROR, came=came, expected=expected, change=change, fault=Fault.SETTINGS)


# -- time zones ----------------------------------------------------------------------------------------------------------


def examine_zones(c2_zone: str, rules: Rules | None, now: datetime) -> list[Finding]:
    """Say which zones hold, what time it is in them, and how old this machine's time zones are."""
    zones = {"C2's dates (SYNCSVC_C2__TIME_ZONE)": c2_zone}
    if rules is not None:
        zones["the schedule (schedule.time_zone)"] = rules.schedule.time_zone
    found = [
        Finding(ZONES, what, came=f"{name}, where it is {now.astimezone(ZoneInfo(name)):%Y-%m-%d %H:%M} now")
        for what, name in zones.items()
    ]
    if len(set(zones.values())) > 1 and len({now.astimezone(ZoneInfo(name)).utcoffset() for name in zones.values()}) > 1:
        words = "the schedule and C2's dates are in zones that differ"
        change = "Check SYNCSVC_C2__TIME_ZONE and schedule.time_zone: mostly they are one and the same."
        found.append(Finding(ZONES, "both", Verdict.NOTE, came=words, change=change))
    return [*found, _zone_data(now)]


def _zone_data(now: datetime) -> Finding:
    version, source = zone_version()
    expected = "time zones of the last years"
    change = "Bring the package tzdata up to date (the system's, or Python's)."
    if version is None:
        return Finding(ZONES, "this machine's", Verdict.NOTE, came="of an unknown version", expected=expected)
    old = version[:4].isdigit() and now.year - int(version[:4]) > OLD_ZONES
    came = f"version {version} ({source})"
    return Finding(
        ZONES,
        "this machine's",
        Verdict.WARNING if old else Verdict.FINE,
        came=came,
        expected=expected,
        change=change if old else "",
    )


def zone_version() -> tuple[str | None, str]:
    """Give the version of the time zones that Python uses here, and whose they are."""
    folders = [Path(folder) for folder in TZPATH if (Path(folder) / "UTC").exists()]
    for file in (folder / name for folder in folders[:1] for name in _VERSIONS):
        if file.is_file():
            with file.open(encoding="utf-8", errors="replace") as lines:
                return lines.readline().removeprefix("# version").strip()[:20], "the system's"
    if folders:
        return None, ""
    try:
        return metadata.version("tzdata"), "the Python package's"
    except metadata.PackageNotFoundError:
        return None, ""


# -- mail ----------------------------------------------------------------------------------------------------------------


def examine_mail(server: MailServer | None, rules: Rules | None) -> Finding:
    """Connect to the mail server and sign in; send nothing."""
    wanted = bool(rules and rules.notify_if_error)
    if server is None:
        change = "Set SYNCSVC_SMTP__HOST (and SYNCSVC_SMTP__FROM), so that somebody hears of errors." if wanted else ""
        came = "mails are off: SYNCSVC_SMTP__HOST is not set" + (", though the rules have notify_if_error" if wanted else "")
        return Finding(MAIL, "server", Verdict.NOTE, came=came, change=change)
    asked = f"{server.host}:{server.port}, security {server.security}" + (", with a login" if server.username else "")
    expected = "that it lets us in"
    try:
        with connected(server):
            pass
    except SyncError as error:
        return Finding(MAIL, "server", Verdict.ERROR, asked, error.message, expected, error.hint or "Check SYNCSVC_SMTP__….")
    if not wanted:
        change = "Name somebody in notify_if_error in the rules: nobody is written to."
        return Finding(MAIL, "server", Verdict.NOTE, asked, "it lets us in", expected, change)
    return Finding(MAIL, "server", Verdict.FINE, asked, "it lets us in", expected)


TEST_MAIL = {
    "fr": ("[syncsvc] Message d'essai", "Ce message a été envoyé par « syncsvc doctor --test-mail ». Le courrier fonctionne."),
    "en": ("[syncsvc] Test message", "This message was sent by “syncsvc doctor --test-mail”. Mail works."),
}


def send_test_mail(server: MailServer, language: str, to: Sequence[str], message_id: str, now: datetime) -> Finding:
    """Send one message that says that mail works."""
    subject, text = TEST_MAIL[language]
    content: Mapping[str, object] = {
        "subject": subject,
        "text": text + "\n",
        "html": f"<p>{text}</p>",
        "attachment": None,
        "language": language,
    }
    asked, expected = f"one message to {', '.join(to)}", "that the server takes it for everybody"
    try:
        with connected(server) as connection:
            refused = connection.send(content, message_id, now, to)
    except SyncError as error:
        change = error.hint or "Check the addresses of notify_if_error, and SYNCSVC_SMTP__FROM."
        return Finding(MAIL, "test message", Verdict.ERROR, asked, error.message, expected, change)
    if refused:
        came = "; ".join(f"{address}: {answer}" for address, answer in refused.items())
        return Finding(MAIL, "test message", Verdict.ERROR, asked, came, expected, "Correct notify_if_error in the rules.")
    return Finding(MAIL, "test message", Verdict.FINE, asked, "the server took it: look whether it arrives", expected)
