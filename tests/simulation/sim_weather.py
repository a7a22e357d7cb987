"""Bad days: what happens to a request, to a page and to a commit, drawn from the history's seed.

It is the transport under both clients. Failures that a server shows come from the sandbox's own faults, over the real
connection; what happens on the way, to the process or to a page is done here.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import httpx
from sim_calls import SimCall, read_call, records_in
from sim_town import Clock, Town
from sim_watch import Watch

from syncsvc.sandbox import Sandbox

TIME_OUT = 60.0
"""Seconds of the virtual clock after which a request is given up."""
STUBBORN = 4
"""Calls that a failure which does not pass meets; more than any client tries."""


class Killed(BaseException):
    """The process was killed at this very instruction."""


BEFORE = ("refused_connection", "timeout_before", "server_error_before", "unavailable_before", "html_before", "reset_before")
BEFORE += ("credentials", "permission", "rate_limited", "cut_before")
AFTER = ("reset_after", "timeout_after", "server_error_after", "cut_after", "html_after")
PAGES = ("page_empty", "page_short", "page_shifted", "page_duplicated", "page_malformed")
ON_EFFECT = (*BEFORE, *AFTER, "refused", "late", "killed_before_effect", "killed_after_effect", "killed_and_late")
ON_READ = (*BEFORE, *AFTER, "redirect_login", "killed_at_read")
ON_COMMIT = ("killed_before_commit", "killed_after_commit", "commit_failed", "commit_unclear")
ON_RUN = ("second_runner", "lock_lost", "asked_to_stop", "database_restored")
AT_WORK = ("edit_before_read", "edit_before_look", "edit_before_write", "deletion_meanwhile")
KINDS = tuple(dict.fromkeys((*ON_READ, *PAGES, *ON_EFFECT, *ON_COMMIT, *ON_RUN, *AT_WORK)))
_SERVER = {
    "server_error": ("server_error", {}),
    "unavailable": ("server_error", {"status": 503}),
    "html": ("html_200", {}),
    "reset": ("reset", {}),
    "cut": ("cut", {}),
    "credentials": ("credentials", {}),
    "permission": ("permission", {}),
    "rate_limited": ("rate_limited", {}),
    "refused": ("refused", {}),
    "redirect_login": ("redirect_login", {}),
}
_UNCLEAR = ("timeout", "server_error", "unavailable", "html", "reset", "cut", "late")


@dataclass
class Storm:
    """How bad the weather is: chances for each call and each commit."""

    effect: float = 0.0
    read: float = 0.0
    commit: float = 0.0
    people: float = 0.0
    most: int = 4
    """Faults in one run at the most."""


@dataclass(frozen=True)
class Late:
    """A request that the server finishes after its client has gone or given up."""

    at: float
    call: SimCall
    request: httpx.Request
    edits: int
    """How many edits there were when it was sent."""


@dataclass
class Weather:
    """Everything between the service and the world in one history."""

    town: Town
    box: Sandbox
    clock: Clock
    random: Random
    watch: Watch
    inner: httpx.BaseTransport
    """The real way to both systems."""
    people: Callable[[str], None] = lambda _when: None
    """Lets somebody edit or delete a record right now."""
    storm: Storm = field(default_factory=Storm)
    fired: Counter[str] = field(default_factory=Counter)
    trace: list[str] = field(default_factory=list)
    aimed: dict[str, int] = field(default_factory=dict)
    """Crash points set by hand: which kind at the how manieth effect or commit of the run; ``late_after``: the first record
    that is asked for is made so many seconds after the process was killed."""
    pace: tuple[float, float] = (0.2, 2)
    """Seconds that a request takes, at the least and at the most."""
    dead: bool = False
    effects: int = 0
    commits: int = 0
    kinds: set[str] = field(default_factory=set)
    """What the effects of this run were: the system, whether it was a creation or a write, and of which level's fields."""
    _left: int = 0
    _lied: bool = False
    _stubborn: tuple[str, str, int] = ("", "", 0)
    _late: list[Late] = field(default_factory=list)
    _turn: threading.RLock = field(default_factory=threading.RLock)
    """One request at a time: a fault that the server is told of must strike the request that it was drawn for."""

    def begin(self, storm: Storm) -> None:
        """Begin a run, with a process that lives."""
        self.storm, self.dead, self._lied, self._left = storm, False, False, storm.most
        self.effects, self.commits, self.kinds = 0, 0, set()
        self._stubborn = ("", "", 0)

    def say(self, line: str) -> None:
        self.trace.append(f"{self.clock.now():%m-%d %H:%M:%S} {line}")

    def transport(self, system: str) -> httpx.BaseTransport:
        """Give the transport for one system's client."""
        return _Transport(self, system)

    # -- requests --------------------------------------------------------------------------------------------------------

    def meet(self, system: str, request: httpx.Request) -> httpx.Response:
        """Carry a request to its system through whatever comes in between."""
        self._may_live()
        self.clock.pass_by(self.random.uniform(*self.pace))
        self.finish_late(self.clock.now().timestamp())
        request.read()
        call = read_call(system, request, self.town)
        self._somebody_works(call)
        fault = self._draw(call)
        self.say(f"{call}{' !' + fault if fault else ''}")
        if call.is_effect:
            self.effects += 1
            self.kinds |= {f"{call.system} {call.kind}", *(f"{call.system} {call.kind} {sim.level}" for sim in call.fields)}
            self._aimed_at("effect", self.effects, "before")
        response = self._through(call, request, fault)
        if call.is_effect:
            self._aimed_at("effect", self.effects, "after")
        return response

    def _through(self, call: SimCall, request: httpx.Request, fault: str) -> httpx.Response:
        name, _, when = fault.rpartition("_") if fault.endswith(("_before", "_after")) else (fault, "", "before")
        if fault == "refused_connection":
            raise httpx.ConnectError("nobody answers", request=request)
        if fault in {"killed_before_effect", "killed_at_read"}:
            self.kill()
        if fault in {"late", "killed_and_late"}:
            self._leave_for_later(call, request, by_killing=fault == "killed_and_late")
        if call.is_effect and not (name in {*_SERVER, "timeout"} and when == "before"):
            self.watch.written(call) if call.kind == "write" else self.watch.created(call)
        if call.kind == "write" and name in _UNCLEAR:
            self.watch.unclear(call)
        if name == "timeout":
            if when == "after":
                self._send(request)
            self.clock.pass_by(TIME_OUT)
            raise httpx.ReadTimeout("no answer in time", request=request)
        if name in _SERVER:
            kind, detail = _SERVER[name]
            with self._turn:
                self.box.faults.once(call.system, "", kind, when, **detail)
                return self._send(request)
        response = self._send(request) if fault != "page_shifted" else self._send_shifted(call, request)
        if fault == "killed_after_effect":
            self.kill()
        return self._page(call, response, fault)

    def _send(self, request: httpx.Request) -> httpx.Response:
        with self._turn:
            response = self.inner.handle_request(request)
            # Read here: what the server did is done, whatever becomes of its answer.
            return httpx.Response(response.status_code, headers=response.headers, content=response.read())

    def _send_shifted(self, call: SimCall, request: httpx.Request) -> httpx.Response:
        world = self.town.c2 if call.system == "c2" else self.town.hector
        world.shift_pages, world.shifts_left = True, 1
        try:
            return self._send(request)
        finally:
            world.shift_pages = False

    def _page(self, call: SimCall, response: httpx.Response, fault: str) -> httpx.Response:
        """Falsify a page where that was drawn; note what the service is shown."""
        if fault == "page_malformed":
            return _remade(response, response.content[: len(response.content) // 2] + b"]")
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        body = json.loads(response.content) if is_json and response.status_code < 300 else None
        member = "Data" if call.system == "c2" else "data"
        if fault.startswith("page_") and isinstance(body, dict) and isinstance(body.get(member), list):
            page = body[member]
            body[member] = {"page_empty": [], "page_short": page[:-1], "page_duplicated": page[:1] + page}.get(fault, page)
            response = _remade(response, json.dumps(body).encode())
        if body is not None:
            self.watch.shown(records_in(call, body), by=call.kind)
            if (call.kind, call.what) == ("list", "subcategories"):
                self.watch.listed_subcategories()
        return response

    # -- the process -----------------------------------------------------------------------------------------------------

    def kill(self) -> None:
        """End the process here: whatever it would still do does not happen."""
        self.dead = True
        raise Killed

    def _may_live(self) -> None:
        if self.dead:
            raise Killed

    def _aimed_at(self, point: str, number: int, when: str) -> None:
        if self.aimed.get(f"{when}_{point}") == number:
            self.fired[f"killed_{when}_{point}"] += 1
            self.say(f"killed {when} {point} {number}")
            self.kill()

    def commit(self, commit: Callable[[], None], failure: Callable[[str], Exception]) -> None:
        """Carry out a commit through whatever comes in between."""
        self._may_live()
        self.commits += 1
        self._aimed_at("commit", self.commits, "before")
        fault = self._chance(self.storm.commit, ON_COMMIT)
        if fault:
            self.say(f"commit {self.commits} !{fault}")
        if fault == "killed_before_commit":
            self.kill()
        if fault == "commit_failed":
            raise failure("the disk is full")
        commit()
        if fault == "killed_after_commit":
            self.kill()
        if fault == "commit_unclear":
            raise failure("the connection was lost while committing")
        self._aimed_at("commit", self.commits, "after")

    # -- late requests ---------------------------------------------------------------------------------------------------

    def _leave_for_later(self, call: SimCall, request: httpx.Request, *, by_killing: bool) -> None:
        """Let the server finish the request when the client has given up, or while the process is gone."""
        now = self.clock.now().timestamp()
        wait = self.random.uniform(1, TIME_OUT - 1) if by_killing else TIME_OUT + self.random.uniform(0, 10)
        wait = self.aimed.get("late_after", wait)
        self._late.append(Late(now + wait, call, request, len(self.town.edits)))
        if by_killing:
            self.kill()
        if call.kind == "write":
            self.watch.written(call)
            self.watch.unclear(call)
        else:
            self.watch.created(call)
        self.clock.pass_by(TIME_OUT)
        raise httpx.ReadTimeout("no answer in time", request=request)

    def finish_late(self, until: float) -> None:
        """Carry out the requests that the server finishes by now.

        An update is dropped where people were at work since: it would undo their edits, and no client can answer for that.
        """
        due, self._late = [one for one in self._late if one.at <= until], [one for one in self._late if one.at > until]
        for late in due:
            if late.call.kind == "create" or late.edits == len(self.town.edits):
                self.say(f"finished late: {late.call}")
                self._send(late.request)

    @property
    def struck(self) -> int:
        """How many faults there have been, people at work not counted."""
        return sum(count for kind, count in self.fired.items() if kind not in AT_WORK)

    @property
    def something_is_late(self) -> bool:
        return bool(self._late)

    # -- drawing ---------------------------------------------------------------------------------------------------------

    def _somebody_works(self, call: SimCall) -> None:
        if self.random.random() < self.storm.people and call.kind != "other":
            when = {"list": "edit_before_read", "look": "edit_before_look"}.get(call.kind, "edit_before_write")
            self.fired[when] += 1
            self.people(when)

    def _draw(self, call: SimCall) -> str:
        fault, what, left = self._stubborn
        if left and what == call.what:
            self._stubborn = (fault, what, left - 1)
            return fault
        if call.is_effect:
            if "late_after" in self.aimed and call.kind == "create" and call.what in {"assets", "CI/Save"}:
                return "killed_and_late"
            fault = self._chance(self.storm.effect, ON_EFFECT)
            self.town.made_bare |= fault in {"refused", "permission"} and call.kind == "create"
            if fault == "killed_and_late" and call.what == "subcategories":
                return ""  # looked for by key, then made: no rule protects it from a server that makes it later still
            return fault
        fault = self._chance(self.storm.read, (*ON_READ, *PAGES, *PAGES) if call.kind in {"list", "look"} else ON_READ)
        if fault in {"page_empty", "page_short", "page_shifted"}:
            if self._lied:
                return ""  # one lie a run: of two alike nobody could find out
            self._lied = True
        if fault in (*BEFORE, *AFTER) and self.random.random() < 0.4:
            self._stubborn = (fault, call.what, STUBBORN)
        return fault

    def _chance(self, chance: float, kinds: tuple[str, ...]) -> str:
        if self._left <= 0 or self.random.random() >= chance:
            return ""
        self._left -= 1
        kind = self.random.choice(kinds)
        self.fired[kind] += 1
        return kind


def _remade(response: httpx.Response, content: bytes) -> httpx.Response:
    return httpx.Response(response.status_code, headers={"Content-Type": response.headers["Content-Type"]}, content=content)


class _Transport(httpx.BaseTransport):
    def __init__(self, weather: Weather, system: str) -> None:
        self._weather, self._system = weather, system

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._weather.meet(self._system, request)
