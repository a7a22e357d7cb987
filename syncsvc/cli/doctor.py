"""``syncsvc doctor``: examine settings, rules, database, mail and both systems, and say what to change; neither is written to.

What is examined, and how it is judged, is in ``engine/examine``; here the parts are joined, and ``doctor_show.py`` shows them.
"""

from __future__ import annotations

import errno
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.request import getproxies, proxy_bypass

from syncsvc import bootstrap
from syncsvc.adapters.answers import Answer, System
from syncsvc.adapters.c2 import examined as c2_examined
from syncsvc.adapters.c2.config import C2_SYSTEM, C2Endpoints
from syncsvc.adapters.circuit import Memory, NoMemory
from syncsvc.adapters.hector import examined as hector_examined
from syncsvc.adapters.hector.config import HECTOR_SYSTEM, HectorEndpoints
from syncsvc.cli import words
from syncsvc.cli.doctor_show import show, write_report
from syncsvc.cli.errors import ExitCode
from syncsvc.cli.output import Out
from syncsvc.domain.errors import RulesError, SettingsError, SyncError
from syncsvc.domain.records import User
from syncsvc.domain.rules import Rules
from syncsvc.engine.confirm import confirm
from syncsvc.engine.examine.asking import Elsewhere, Listener, Questions
from syncsvc.engine.examine.c2 import examine_c2
from syncsvc.engine.examine.clocks import Told, date_header, examine_clocks, examine_zone
from syncsvc.engine.examine.findings import Fault, Finding, Verdict, of_error, of_refusal, to_mend, worst
from syncsvc.engine.examine.hector import examine_hector
from syncsvc.engine.examine.house import DATABASE, MAIL, examine_database, examine_mail, examine_zones, send_test_mail
from syncsvc.engine.examine.troubles import Place, proxy_of
from syncsvc.engine.load import Catalogue
from syncsvc.notify.recipients import find_recipients, is_address
from syncsvc.planning.remarks import Weight
from syncsvc.rules_file import load_rules
from syncsvc.settings import Settings
from syncsvc.settings.model import ConsoleSettings, variable
from syncsvc.web.server import listening

SETTINGS, RULES, CONSOLE = "Settings", "Rules", "Console"
LOOPBACK = "127.0.0.1"
Timed = Sequence[tuple[Answer, datetime]]
"""Answers, and when they came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    test_mail: bool = False
    retry_credentials: bool = False
    report: Path | None = None


@dataclass
class Examination:
    """What is known as the examination goes on, and what was found."""

    settings: Settings
    asked: Asked
    findings: list[Finding] = field(default_factory=list)
    rules: Rules | None = None
    users: Callable[[], Sequence[User]] = tuple
    """Gives Hector's users, as far as Hector was asked."""


def doctor(asked: Asked, *, as_json: bool, rules_file: Path | None, env_file: Path | None) -> int:
    """Examine everything, show what was found, and give the exit code."""
    settings, findings = None, []
    try:
        settings = bootstrap.load(env_file)
    except SettingsError as error:
        findings = _of_settings(error)
    if settings is not None:
        examination = Examination(settings, asked)
        _examine(examination, rules_file or settings.rules)
        findings = examination.findings
    show(Out(as_json=as_json), findings)
    if asked.report is not None:
        write_report(asked.report, findings, settings, bootstrap.now())
    return _exit_code(findings)


def _examine(examination: Examination, rules_file: Path) -> None:
    settings, findings = examination.settings, examination.findings
    missing = _missing(settings)
    findings += missing or [Finding(SETTINGS, "all of them", came="all that is needed is set, and can be used")]
    examination.rules = _rules(findings, rules_file)
    findings.append(examine_database(settings.database_url.get_secret_value()))
    findings += examine_zones(settings.c2.time_zone, examination.rules, bootstrap.now())
    findings.append(examine_mail(bootstrap.mail_server(settings), examination.rules))
    findings += _console(settings.console)
    if missing:
        findings.append(Finding("C2, Hector", "every call", Verdict.NOT_ASKED, came="settings are missing"))
    else:
        _examine_systems(examination, rules_file)
    if examination.asked.test_mail:
        findings.append(_test_mail(examination))


def _exit_code(findings: Sequence[Finding]) -> ExitCode:
    if worst(findings, Fault.SETTINGS):
        return ExitCode.WRONG_USAGE
    if worst(findings, Fault.SYSTEM):
        return ExitCode.NOTHING_READ
    return ExitCode.WITH_ERRORS if to_mend(findings) else ExitCode.WELL


# -- settings and rules --------------------------------------------------------------------------------------------------


def _missing(settings: Settings) -> list[Finding]:
    try:
        settings.require_systems()
    except SettingsError as error:
        return _of_settings(error)
    return []


def _of_settings(error: SettingsError) -> list[Finding]:
    expected = "settings that can be used"
    return [
        Finding(SETTINGS, line.split()[0], Verdict.ERROR, "", line, expected, error.hint, Fault.SETTINGS)
        for line in error.message.split("\n")
    ]


def _rules(findings: list[Finding], file: Path) -> Rules | None:
    try:
        rules = load_rules(file)
    except RulesError as error:
        findings += [of_refusal(RULES, refusal, str(file)) for refusal in error.refusals]
    except SyncError as error:
        findings.append(of_error(RULES, str(file), error, expected="a rules file", fault=Fault.SETTINGS))
    else:
        counted = words.count(len(rules.categories), "category", "categories")
        findings.append(Finding(RULES, "the file by itself", came=f"{file}: {counted}"))
        return rules
    return None


def _against_the_systems(
    examination: Examination, catalogue: Catalogue, file: Path, known: Sequence[SyncError]
) -> Iterator[Finding]:
    """Hold the rules against what the systems have just said; ``known`` is what the examination failed at already."""
    if examination.rules is None:
        return
    try:
        confirmed = confirm(examination.rules, catalogue)
    except SyncError as error:
        if error.message in {failure.message for failure in known}:
            yield Finding(RULES, "against the systems", Verdict.NOT_ASKED, came=error.message)
        else:
            expected = "everything that the rules name"
            yield of_error(RULES, "against the systems", error, expected=expected, fault=Fault.OTHER)
        return
    for refusal in confirmed.refusals:
        yield of_refusal(RULES, refusal, str(file))
    for remark in confirmed.remarks:
        if remark.weight is Weight.WARNING:
            place = f"{file}:{remark.line}:{remark.column}"
            yield Finding(RULES, place, Verdict.NOTE, came=f"{remark.path}: {remark.message}", change=remark.hint)
    if not confirmed.refusals:
        yield Finding(RULES, "against the systems", came="everything that they name is there and can be synchronised")


# -- the systems ---------------------------------------------------------------------------------------------------------


def _examine_systems(examination: Examination, rules_file: Path) -> None:
    settings, rules = examination.settings, examination.rules
    hears_c2, hears_hector = Listener(bootstrap.now), Listener(bootstrap.now)
    with (
        _memories(examination) as (of_c2, of_hector),
        bootstrap.c2_to_examine(settings, hears_c2, language=rules.language if rules else "fr", memory=of_c2) as c2,
        bootstrap.hector_to_examine(settings, hears_hector, memory=of_hector) as hector,
    ):
        catalogue = Catalogue(c2, hector)
        asking_c2 = Questions(
            _place(C2_SYSTEM, settings.c2.url), hears_c2, c2_examined.other_names, Elsewhere(c2.records_at, _usual(C2Endpoints()))
        )
        examine_c2(asking_c2, c2, catalogue, rules)
        asking_hector = Questions(
            _place(HECTOR_SYSTEM, settings.hector.url),
            hears_hector,
            hector_examined.other_names,
            Elsewhere(hector.records_at, _usual(HectorEndpoints())),
        )
        examine_hector(asking_hector, hector, catalogue, rules, settings.hector.page_size)
        examination.findings += asking_c2.close() + asking_hector.close()
        if not (asking_c2.stopped or asking_hector.stopped):
            known = asking_c2.failures + asking_hector.failures
            examination.findings += _against_the_systems(examination, catalogue, rules_file, known)
        examination.users = lambda: catalogue.users
    examination.findings += _clocks(settings, hears_c2.timed, hears_hector.timed)


def _place(system: System, url: str) -> Place:
    return Place(system, url, proxy_of(url, getproxies(), proxy_bypass))


def _usual(endpoints: C2Endpoints | HectorEndpoints) -> dict[str, str]:
    return {name.upper(): path for name, path in asdict(endpoints).items()}


def _clocks(settings: Settings, of_c2: Timed, of_hector: Timed) -> list[Finding]:
    """Take the last time that each told: the first answer may have taken long."""
    told, findings = [], []
    for answer, ours in of_c2[-1:]:
        theirs, by = c2_examined.stated_time(answer), "“Time” of its answer"
        if theirs is None:
            theirs, by = date_header(answer.headers.get("date")), "“Date” of its answer's head"
        told += [Told("C2", by, theirs, ours)] if theirs else []
        offset = c2_examined.stated_offset(answer)
        differs = examine_zone(offset, settings.c2.time_zone, ours) if offset is not None else None
        findings += [differs] if differs else []
    for answer, ours in of_hector[-1:]:
        theirs = date_header(answer.headers.get("date"))
        told += [Told("Hector", "“Date” of its answer's head", theirs, ours)] if theirs else []
    return findings + examine_clocks(told)


@contextmanager
def _memories(examination: Examination) -> Iterator[tuple[Memory, Memory]]:
    """Give what is remembered of refused credentials, where the database can be asked; it is not made or brought up for that."""
    settings = examination.settings
    if any(finding.part == DATABASE and finding.verdict is not Verdict.FINE for finding in examination.findings):
        yield NoMemory(), NoMemory()
        return
    with bootstrap.open_and_keep(settings) as engine:
        yield bootstrap.memories(settings, engine, retry=examination.asked.retry_credentials)


# -- the console ---------------------------------------------------------------------------------------------------------


def _console(console: ConsoleSettings) -> Iterator[Finding]:
    """Say whether the port can be taken, and whether those can reach it for whom it is meant."""
    host = console.host if console.may_be_served else LOOPBACK
    asked, expected = f"to listen on {host}, port {console.port}", "a port that is free"
    try:
        with listening(host, console.port):
            yield Finding(CONSOLE, "port", Verdict.FINE, asked, "it is free", expected)
    except SettingsError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EADDRINUSE:
            came = "something listens there already: the running service, if there is one on this machine"
            change = f"If no service runs here, it cannot start: end what listens there, or set {variable('console', 'port')}."
            yield Finding(CONSOLE, "port", Verdict.NOTE, asked, came, expected, change)
        else:
            yield Finding(CONSOLE, "port", Verdict.ERROR, asked, error.message, expected, error.hint, Fault.SETTINGS)
    if not console.may_be_served:
        came = f"without a password it is served to this machine alone, not at {console.host}"
        change = (
            f"Set {variable('console', 'username')} and {variable('console', 'password_hash')} (syncsvc console hash makes one),"
            f" or {variable('console', 'host')}={LOOPBACK} where nobody else is to reach it."
        )
        yield Finding(CONSOLE, "who can reach it", Verdict.NOTE, came=came, expected="somebody who can", change=change)


# -- mail ----------------------------------------------------------------------------------------------------------------


def _test_mail(examination: Examination) -> Finding:
    rules, server = examination.rules, bootstrap.mail_server(examination.settings)
    why = "the rules cannot be read" if rules is None else "mails are off" if server is None else ""
    if rules is None or server is None:
        change = "Mend what is said above about mail and rules first."
        return Finding(MAIL, "test message", Verdict.ERROR, came=f"not sent: {why}", expected="one message", change=change)
    named = [entry for entry in rules.notify_if_error if not is_address(entry)]
    try:
        found, refusals = find_recipients(rules.notify_if_error, examination.users() if named else ())
    except SyncError as error:
        return of_error(MAIL, "test message", error, expected="the addresses of Hector's users", fault=Fault.OTHER)
    to = list(dict.fromkeys(found.values()))
    if not to:
        change = refusals[0].hint if refusals else "Name somebody in notify_if_error in the rules."
        return Finding(
            MAIL, "test message", Verdict.ERROR, came="not sent: nobody to write to", expected="one message", change=change
        )
    return send_test_mail(server, rules.language, to, uuid.uuid4().hex, bootstrap.now())
