"""The addresses that the service answers at, and what monitors and load balancers read there without signing in.

``/healthz``: the process lives; with ``?deep=1`` also: it does its work. ``/readyz``: the database is there with the right
schema. ``/metrics``: Prometheus. The console's pages are in ``console/``, ``/api/v1`` in ``api/``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from syncsvc import __version__
from syncsvc.domain.errors import SyncError
from syncsvc.web.door import Door

OK, UNAVAILABLE = 200, 503


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that keeps the service from doing its work, as a monitor shows it."""

    kind: str
    """``silent``, ``rules`` or ``database``."""
    message: str
    category: str | None = None
    last_good_at: datetime | None = None

    def as_json(self) -> dict[str, str | None]:
        """Give what concerns it."""
        told: dict[str, str | None] = {"kind": self.kind, "message": self.message}
        if self.category is not None:
            last = self.last_good_at.isoformat(timespec="seconds") if self.last_good_at else None
            told |= {"category": self.category, "last_good_at": last}
        return told


@dataclass(frozen=True, slots=True)
class Shown:
    """What the addresses ask of the service."""

    check_database: Callable[[], None]
    """Raises :class:`SyncError` unless the database answers and has this program's schema."""
    troubles: Callable[[], Sequence[Trouble]]
    """May raise :class:`SyncError`."""
    metrics: CollectorRegistry


def make_app(shown: Shown) -> FastAPI:
    """Build the application; its endpoints are plain functions, which run in threads."""
    app = FastAPI(title="syncsvc", version=__version__, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.add_middleware(Door)

    @app.get("/healthz")
    def healthz(*, deep: bool = False) -> JSONResponse:
        if not deep:
            return JSONResponse({"status": "ok"})
        try:
            troubles = [*shown.troubles()]
        except SyncError as error:
            troubles = [Trouble("database", error.message)]
        status = "trouble" if troubles else "ok"
        body = {"status": status, "troubles": [trouble.as_json() for trouble in troubles]}
        return JSONResponse(body, UNAVAILABLE if troubles else OK)

    @app.get("/readyz")
    def readyz() -> JSONResponse:
        try:
            shown.check_database()
        except SyncError as error:
            return JSONResponse({"status": "not ready", "message": error.message, "hint": error.hint}, UNAVAILABLE)
        return JSONResponse({"status": "ready"})

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(shown.metrics), media_type=CONTENT_TYPE_LATEST)

    return app
