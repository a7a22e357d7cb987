"""The console as ``syncsvc serve`` joins it with a real service."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from cli_world import World
from console_world import Browser
from held_runs import House
from serve_world import free_port
from sqlalchemy import Engine

from syncsvc.adapters.traffic import Traffic
from syncsvc.cli.serve import _app
from syncsvc.scheduler.service import Given, Service
from syncsvc.settings import Settings
from syncsvc.settings.model import ConsoleSettings
from syncsvc.web.server import listening, served


@contextlib.contextmanager
def console(world: World, engine: Engine, **settings: Any) -> Iterator[Browser]:
    """Serve the console of a service that runs nothing, and open a browser."""
    known = Settings(database_url=world.environment["SYNCSVC_DATABASE_URL"], rules=world.environment["SYNCSVC_RULES"], **settings)  # type: ignore[arg-type] - pydantic reads them
    with _browser(known, Service(known, engine, Given()), engine) as browser:
        yield browser


@contextlib.contextmanager
def staffed(house: House, *, language: str = "en", **console: Any) -> Iterator[tuple[Service, Browser]]:
    """Serve the console of a service that can run, and open a browser; what is still on in the end is waited for."""
    service = house.service()
    known = house.settings.model_copy(update={"console": ConsoleSettings(**console)})
    with _browser(known, service, house.engine, language) as browser:
        try:
            yield service, browser
        finally:
            house.gate.open()
            service.on_demand.wait()


@contextlib.contextmanager
def _browser(settings: Settings, service: Service, engine: Engine, language: str = "en") -> Iterator[Browser]:
    app = _app(settings, service, engine, Traffic())
    with (
        listening("127.0.0.1", free_port()) as taken,
        served(app, taken),
        contextlib.closing(Browser(taken.getsockname()[1], language=language)) as browser,
    ):
        yield browser
