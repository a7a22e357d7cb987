"""What the clients of the two systems are told of the settings."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from syncsvc.adapters.c2.config import C2Config, C2Endpoints
from syncsvc.adapters.hector.config import HectorConfig, HectorEndpoints
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.settings import Settings


def c2_config(settings: Settings, language: str) -> C2Config:
    """Give what the client of C2 needs; ``language`` is that in which names and labels are given."""
    c2 = settings.c2
    return C2Config(
        c2.url,
        c2.username,
        c2.password.get_secret_value(),
        ZoneInfo(c2.time_zone),
        credentials_in=c2.credentials_in,
        language=language,
        page_size=c2.page_size,
        max_concurrency=c2.max_concurrency,
        timeout=c2.timeout,
        retry=retry_policy(settings),
        endpoints=C2Endpoints(**c2.endpoints.given()),
        names=c2.names,
    )


def hector_config(settings: Settings) -> HectorConfig:
    """Give what the client of Hector needs."""
    hector = settings.hector
    return HectorConfig(
        hector.url,
        hector.token.get_secret_value(),
        page_size=hector.page_size,
        max_concurrency=hector.max_concurrency,
        timeout=hector.timeout,
        retry=retry_policy(settings),
        endpoints=HectorEndpoints(**hector.endpoints.given()),
        names=hector.names,
    )


def retry_policy(settings: Settings) -> RetryPolicy:
    """Give how often a call is repeated, and how long that may wait."""
    return RetryPolicy(settings.retry.attempts, settings.retry.max_wait)
