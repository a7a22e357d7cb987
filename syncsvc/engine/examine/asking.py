"""Asking one system, call by call: each question becomes a finding, and whatever goes wrong does too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from syncsvc.adapters.answers import Answer, Call
from syncsvc.adapters.unlike import Unlike
from syncsvc.domain.errors import CredentialsError, RemoteError
from syncsvc.engine.examine.findings import Fault, Finding, Verdict
from syncsvc.engine.examine.paths import variants
from syncsvc.engine.examine.troubles import (
    Place,
    has_api_in_url,
    is_elses,
    is_final,
    is_wrong_path,
    propose,
    right_path,
    what_to_change,
    wrong_path,
)

T = TypeVar("T")
_PAGING = {"page", "per_page"}
SMALL = 10
"""Records of a page that every server can send."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a call's result comes to."""

    came: str
    verdict: Verdict = Verdict.FINE
    change: str = ""


def count(number: int, what: str, many: str = "") -> str:
    """Say how many there are of something."""
    return f"{number} {what if number == 1 else many or what + 's'}"


@dataclass
class Listener:
    """Hears every call with what came, and when."""

    now: Callable[[], datetime]
    call: Call | None = None
    answer: Answer | None = None
    """To the last call; ``None``: nothing came."""
    timed: list[tuple[Answer, datetime]] = field(default_factory=list)
    """The first and the last answer that came at all."""

    def __call__(self, call: Call, answer: Answer | None) -> None:
        """Take note of a call."""
        self.call, self.answer = call, answer
        if answer is not None:
            self.timed = [*self.timed[:1], (answer, self.now())]

    def clear(self) -> None:
        """Forget the last call."""
        self.call = self.answer = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """How other paths than the one that was tried are looked at."""

    records_at: Callable[[Call, str], int | None]
    """Makes a reading call at another path; gives how many records came, ``None`` where that is no answer to it."""
    usual: Mapping[str, str]
    """The path of each call where no setting says otherwise, by the setting's end."""


class Questions:
    """The questions to one system, and what came of them."""

    def __init__(
        self, place: Place, listener: Listener, other_names: Callable[[Answer], list[Unlike]], elsewhere: Elsewhere
    ) -> None:
        self.place = place
        self.heard = listener
        self.findings: list[Finding] = []
        self.stopped = False
        """Whether nothing more may be asked, or need be."""
        self.failure: RemoteError | None = None
        """Why the last question was not answered."""
        self.failures: list[RemoteError] = []
        """Why any were not."""
        self._other_names = other_names
        self._elsewhere = elsewhere
        self._astray: list[Finding] = []
        """Calls to paths at which there is nothing."""
        self._lost: list[tuple[Finding, Call]] = []
        """The same, and those that a page for people answered."""
        self._there: set[str] = set()
        """Calls whose paths are right."""
        self._is_found = False
        """Whether a call has succeeded at another path."""

    def ask(
        self, title: str, expected: str, call: Callable[[], T], judge: Callable[[T], Judged | str] = lambda _found: ""
    ) -> T | None:
        """Make a call; gives what it gave, or ``None`` when it failed or nothing may be asked any more."""
        if self.stopped:
            return None
        self.failure = None
        self.heard.clear()
        try:
            found = call()
        except RemoteError as error:
            self.failure = error
            self.failures.append(error)
            self._failed(title, expected, error)
            return None
        self._answered(title, expected, judge(found))
        return found

    def not_asked(self, title: str, why: str) -> None:
        """Say that something was left out."""
        if not self.stopped:
            self.findings.append(Finding(self.place.system.label, title, Verdict.NOT_ASKED, came=why))

    def add(self, title: str, judged: Judged, *, expected: str) -> None:
        """Say what else is to be seen in what came."""
        found = Finding(self.place.system.label, title, judged.verdict, self._asked(), judged.came, expected, judged.change)
        self.findings.append(found)

    @property
    def answered(self) -> bool:
        """Whether any call has succeeded."""
        return self._is_found or any(finding.verdict not in {Verdict.ERROR, Verdict.NOT_ASKED} for finding in self.findings)

    def close(self) -> list[Finding]:
        """Give the findings; a system of which nothing could be read counts as one that could not be reached.

        Where there is nothing at a path, other paths are tried first.
        """
        if not self.stopped:
            self._look_elsewhere()
        if self.stopped:
            why = "Nothing more was asked: " + ("accounts lock." if self._refused else "it would come to the same.")
            self.findings.append(Finding(self.place.system.label, "the other calls", Verdict.NOT_ASKED, came=why))
        if self.answered:
            return self.findings
        return [self._as_system_fault(finding) for finding in self.findings]

    def _look_elsewhere(self) -> None:
        """Try other paths for the calls that met nothing at theirs; where no call has met anything, for the first alone."""
        timed = self.heard.timed
        tried: dict[str, str | None] = {}
        for finding, call in self._lost:
            if call.endpoint not in tried:
                may_be_found = self.answered or (not tried and finding in self._astray and not has_api_in_url(self.place))
                is_open = may_be_found and not self.stopped and call.endpoint not in self._there
                tried[call.endpoint] = self._path_of(call) if is_open else None
            path = tried[call.endpoint]
            if path is not None:
                self._is_found = True
                change = right_path(self.place, call.endpoint, path, is_usual=path == self._elsewhere.usual[call.endpoint])
                self.findings[self.findings.index(finding)] = replace(finding, change=change)
        self.heard.timed = timed

    def _path_of(self, call: Call) -> str | None:
        """Find a path at which the call is answered with records, or else with none."""
        empty = None
        for path in dict.fromkeys([self._elsewhere.usual[call.endpoint], *variants(call.path)]):
            if path == call.path:
                continue
            try:
                count = self._elsewhere.records_at(call, path)
            except CredentialsError as error:
                self.failure = error
                self._failed("calls at other paths", "records", error)
                return None
            except RemoteError as error:
                if is_final(error):  # each further one might last as long
                    return empty
                continue
            if count:
                return path
            if count is not None and empty is None:
                empty = path
        return empty

    @property
    def _refused(self) -> bool:
        return isinstance(self.failure, CredentialsError)

    def _answered(self, title: str, expected: str, judged: Judged | str) -> None:
        judged = judged if isinstance(judged, Judged) else Judged(judged)
        others = self._strange()
        if self.heard.call is not None:
            self._there.add(self.heard.call.endpoint)
        self.add(title, Judged(self._came(judged.came), judged.verdict, judged.change), expected=expected)
        if others:
            lacking = ", ".join(f"no “{one.member}” but “{one.there}”" for one in others)
            self.add(title, Judged(f"Records have {lacking}.", Verdict.WARNING, propose(self.place, others)), expected=expected)

    def _failed(self, title: str, expected: str, error: RemoteError) -> None:
        # A single call that breaks off says nothing of the others, once the system has answered at all.
        self.stopped = is_final(error) and (self._refused or not self.answered)
        answer = self.heard.answer
        change = what_to_change(self.place, error, answer, self._strange())
        fault = Fault.SYSTEM if self.stopped else Fault.OTHER
        # What stands on a page for people is said by what came; the error would say it again.
        came = self._came("" if answer is not None and answer.came() in error.message else error.message)
        found = Finding(self.place.system.label, title, Verdict.ERROR, self._asked(), came, expected, change, fault)
        self.findings.append(found)
        if is_wrong_path(answer):
            self._astray.append(found)
        if self.heard.call is not None and (is_wrong_path(answer) or is_elses(answer, error)):
            self._lost.append((found, self.heard.call))

    def _strange(self) -> Sequence[Unlike]:
        answer = self.heard.answer
        if answer is None or answer.status != 200 or answer.is_page:  # noqa: PLR2004 - nothing else holds records
            return ()
        return [one for one in self._other_names(answer) if one.there is not None or one.needed]

    def _asked(self) -> str:
        call = self.heard.call
        if call is None:
            return ""
        filters = "&".join(f"{name}={value}" for name, value in call.params if name not in _PAGING)
        return f"{call.method} {self.place.url}/{call.path.lstrip('/')}" + (f"?{filters}" if filters else "")

    def _came(self, words: str) -> str:
        answer = self.heard.answer
        if answer is None:
            return words
        return f"HTTP {answer.status}, {answer.came()}" + (f"; {words}" if words else "")

    def _as_system_fault(self, finding: Finding) -> Finding:
        """Where nothing at all could be read, it is not this one call that is wrong."""
        if finding.verdict is not Verdict.ERROR:
            return finding
        change = wrong_path(self.place, "", alone=False) if finding in self._astray else finding.change
        return replace(finding, change=change, fault=Fault.SYSTEM)
