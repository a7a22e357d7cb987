"""The console's pages at a real port, and a browser of its own kind to look at them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from argon2 import PasswordHasher
from serve_world import free_port
from sqlalchemy import Engine

from syncsvc.adapters.traffic import Traffic
from syncsvc.domain.errors import SyncError
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.records import Side
from syncsvc.engine.request import RunRequest
from syncsvc.engine.stage import Stage
from syncsvc.state.category_runs import CategoryHistory
from syncsvc.state.store import Store
from syncsvc.web.app import Shown, Trouble, make_app
from syncsvc.web.console.account import Account
from syncsvc.web.console.book import Desk, Running
from syncsvc.web.console.pages import add_console
from syncsvc.web.metrics import Present, registry
from syncsvc.web.server import listening, served

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
ACCOUNT = Account("marie", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD))


class Browser:
    """Keeps cookies, follows nothing by itself, and sends forms as a page has them."""

    def __init__(self, port: int, *, host: str = "127.0.0.1", language: str = "en") -> None:
        headers = {"accept-language": language, "host": f"{host}:{port}"}
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False, verify=False, timeout=20)

    @property
    def cookies(self) -> httpx.Cookies:
        return self._http.cookies

    def send(self, method: str, path: str, **how: Any) -> httpx.Response:
        """Ask in another way than pages do."""
        return self._http.request(method, path, **how)

    def get(self, path: str) -> httpx.Response:
        return self._http.get(path)

    def post(self, path: str, **fields: str) -> httpx.Response:
        return self._http.post(path, data=fields)

    def token(self, path: str = "/sign-in") -> str:
        """The token in a page's form."""
        found = re.search(r'name="token" value="([^"]+)"', self.get(path).text)
        assert found is not None
        return found[1]

    def seen(self, conflict: int) -> dict[str, str]:
        """What the conflicts page, as it is now, would send about one of them."""
        form = self.get("/conflicts").text.partition(f'action="/conflicts/{conflict}"')[2].partition("</form>")[0]
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))

    def sign_in(self, password: str = PASSWORD, username: str = "marie", **fields: str) -> httpx.Response:
        return self.post("/sign-in", token=self.token(), username=username, password=password, **fields)

    def close(self) -> None:
        self._http.close()


def record(
    store: Store,
    status: RunStatus,
    *,
    kind: str = "daily",
    dry_run: bool = False,
    took: timedelta = timedelta(0),
    **categories: str,
) -> int:
    """Record a run that did nothing, with how it left each category."""
    number = store.start_run(kind, full=True, dry_run=dry_run, at=NOON)
    nothing = {"c2": 0, "hector": 0}
    counts: dict[str, Any] = dict.fromkeys(("read", "created", "updated", "fields_written", "requests"), nothing)
    counts |= dict.fromkeys(("unchanged", "linked", "conflicts", "errors"), 0)
    told = [{"cmdb": "Inventaire", "category": name, "status": ends} | counts for name, ends in categories.items()]
    store.finish_run(number, status, counts, told, NOON + took)
    return number


@dataclass
class Service:
    """What the pages show, to be changed while they are served."""

    engine: Engine
    account: Account | None = None
    is_https: bool = False
    troubles: list[Trouble] = field(default_factory=list)
    due: datetime | None = NOON + timedelta(hours=9)
    under_way: bool = False
    refusal: SyncError | None = None
    """What settling and beginning fail with."""
    stages: dict[int, Stage] = field(default_factory=dict)
    """The runs that are on here, with how far they are."""
    looked_at: list[int] = field(default_factory=list)
    port: int = 0
    closing: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def browser(self, **how: Any) -> Browser:
        """Open a browser that has been nowhere yet."""
        browser = Browser(self.port, **how)
        self.closing.callback(browser.close)
        return browser

    def settle(self, conflict: int, use: Side, since: datetime) -> None:
        if self.refusal is not None:
            raise self.refusal
        Store(self.engine).settle_conflict([conflict], use, NOON, since=since)

    def begin(self, request: RunRequest) -> int:
        """Record a run that begins, and carry nothing out."""
        if self.refusal is not None:
            raise self.refusal
        return Store(self.engine).start_run(request.kind, full=request.full, dry_run=request.dry_run, at=NOON)

    def desk(self) -> Desk:
        return Desk(
            self.engine,
            self.account,
            is_https=self.is_https,
            zone=lambda: "America/Toronto",
            next_due=lambda: self.due,
            under_way=lambda: self.under_way,
            wanted=lambda: (("Inventaire", "Portables"), ("Inventaire", "Écrans")),
            categories=lambda: CategoryHistory(self.engine).look(datetime.now(UTC)),
            troubles=lambda: [one.as_json() for one in self.troubles],
            settle=self.settle,
            running=Running(self.begin, self.stages.get, lambda number: number in self.stages, self.looked_at.append),
        )

    @contextlib.contextmanager
    def served(self) -> Iterator[Service]:
        """Answer as long as this lasts."""
        self.port = free_port()
        present = Present(
            now=lambda: NOON,
            next_due=lambda: self.due,
            rules_usable=lambda: True,
            running=lambda: False,
            wanted=lambda: (),
            categories=lambda: CategoryHistory(self.engine).look(datetime.now(UTC)),
            silent=lambda: (),
            traffic=Traffic().passed,
        )
        app = make_app(Shown(lambda: None, lambda: self.troubles, registry(self.engine, present)))
        add_console(app, self.desk())
        with listening("127.0.0.1", self.port) as taken, served(app, taken), self.closing:
            yield self
