"""The adapter for C2 ITSM: everything that knows how C2's HTTP API looks stands in this package."""

from syncsvc.adapters.c2.client import C2Client
from syncsvc.adapters.c2.config import C2Config, C2Endpoints

__all__ = ["C2Client", "C2Config", "C2Endpoints"]
