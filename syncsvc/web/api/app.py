"""The API as an application of its own, and what it says when something goes wrong."""

from __future__ import annotations

import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException

from syncsvc import __version__
from syncsvc.domain.errors import (
    AnotherRunError,
    ErrorKind,
    RulesError,
    SyncError,
    UnfitRequestError,
    UnknownRecordError,
    failure,
    refusal_as_json,
)
from syncsvc.logs import redact
from syncsvc.state.conflicts import MovedConflictError, UnknownConflictError
from syncsvc.state.queries import UnknownRunError
from syncsvc.web.api.bearer import Bearer
from syncsvc.web.api.calls import Clerk, UnfitChoicesError, router

AT = "/api/v1"
OPENAPI = "/openapi.json"
_STATUS: tuple[tuple[type[SyncError], int], ...] = (
    (UnknownRunError, 404),
    (UnknownConflictError, 404),
    (UnknownRecordError, 404),
    (AnotherRunError, 409),
    (MovedConflictError, 409),
    (UnfitChoicesError, 422),
    (UnfitRequestError, 409),
    (RulesError, 409),
)
_UNAVAILABLE, _UNFIT, _BROKEN = 503, 422, 500
_log = structlog.get_logger("syncsvc")
_DESCRIPTION = "What the commands print with --json, and what they do. Lists are continued by the header Link (rel=next)."


def add_api(app: FastAPI, clerk: Clerk, token: str) -> None:
    """Add the API to the application; without a token it is there and refuses everybody."""
    api = FastAPI(
        title="syncsvc",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=OPENAPI,
        redirect_slashes=False,
        dependencies=[Depends(HTTPBearer(auto_error=False))],  # for its description: who is let in is decided by Bearer
    )
    api.state.clerk = clerk
    api.include_router(router)
    api.add_exception_handler(SyncError, _refused)
    api.add_exception_handler(HTTPException, _not_taken)
    api.add_exception_handler(RequestValidationError, _unfit)
    api.add_exception_handler(Exception, _broken)
    app.mount(AT, Bearer(api, token, {AT + OPENAPI}))


def _refused(_request: Request, error: Exception) -> JSONResponse:
    """Say what a command says with ``--json``."""
    assert isinstance(error, SyncError)
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), _UNAVAILABLE)
    document = failure(redact(error.message), redact(error.hint), error.kind)
    if isinstance(error, RulesError):
        document["error"]["refusals"] = [refusal_as_json(refusal, redact) for refusal in error.refusals]
    return _answer(status, document)


def _not_taken(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    hint = f"The calls are described at {AT}{OPENAPI}."
    answer = _answer(error.status_code, failure(f"{error.detail}.", hint, ErrorKind.VALIDATION))
    answer.headers.update(error.headers or {})
    return answer


def _unfit(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = [f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()]
    hint = f"A body is JSON, and says so (Content-Type: application/json). The calls are described at {AT}{OPENAPI}."
    return _answer(_UNFIT, failure("; ".join(faults), hint, ErrorKind.VALIDATION))


def _broken(request: Request, error: Exception) -> JSONResponse:
    """Say that the call itself is at fault; the server logs where."""
    _log.error("a call of the API is broken", path=request.url.path, why=f"{type(error).__name__}: {error}")
    hint = "That is a fault of syncsvc, which the service's log describes."
    return _answer(_BROKEN, failure("This call cannot be answered.", hint, ErrorKind.INTERNAL))


def _answer(status: int, document: object) -> JSONResponse:
    return JSONResponse(document, status, headers={"Cache-Control": "no-store"})
