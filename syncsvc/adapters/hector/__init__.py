"""The adapter for Hector: everything that knows how Hector's HTTP API looks stands in this package. All of it is assumed."""

from syncsvc.adapters.hector.client import HectorClient
from syncsvc.adapters.hector.config import HectorConfig, HectorEndpoints

__all__ = ["HectorClient", "HectorConfig", "HectorEndpoints"]
