"""How a Hector tenant is reached: address, token, paths. Where these values come from is not this module's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncsvc.adapters.answers import System
from syncsvc.adapters.http import base_url
from syncsvc.adapters.retry import RetryPolicy
from syncsvc.domain.errors import SettingsError

HECTOR_SYSTEM = System("Hector", settings="SYNCSVC_HECTOR", credentials="SYNCSVC_HECTOR__TOKEN")


@dataclass(frozen=True, slots=True)
class HectorEndpoints:
    """The paths of the resources, all assumed; a single record's path is its list's and the id."""

    users: str = "api/v1/users"
    stockrooms: str = "api/v1/stockrooms"
    categories: str = "api/v1/categories"
    attributes: str = "api/v1/attributes"
    subcategories: str = "api/v1/subcategories"
    assets: str = "api/v1/assets"


@dataclass(frozen=True, slots=True)
class HectorConfig:
    """One tenant and its token; raises ``SettingsError`` when address or token cannot be one."""

    url: str
    token: str = field(repr=False)
    page_size: int = 500
    max_concurrency: int = 8
    timeout: float = 60.0
    """Seconds in all that one request may take."""
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    endpoints: HectorEndpoints = HectorEndpoints()
    names: Mapping[str, str] = field(default_factory=dict)
    """What the tenant calls members of records otherwise than the contract, by the contract's names."""

    def __post_init__(self) -> None:
        """Refuse what no call could be made with."""
        base_url(self.url, HECTOR_SYSTEM)
        if not (self.token.isascii() and self.token.isprintable() and " " not in self.token):
            raise SettingsError(
                "SYNCSVC_HECTOR__TOKEN holds characters that no token has.", hint="Copy it again, without spaces and line ends."
            )
