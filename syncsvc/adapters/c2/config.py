"""How a C2 tenant is reached: address, account, paths. Where these values come from is not this module's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Literal

from syncsvc.adapters.answers import System
from syncsvc.adapters.http import base_url
from syncsvc.adapters.retry import RetryPolicy

C2_SYSTEM = System("C2", settings="SYNCSVC_C2", credentials="SYNCSVC_C2__USERNAME and SYNCSVC_C2__PASSWORD")


@dataclass(frozen=True, slots=True)
class C2Endpoints:
    """The paths of the calls. The two writes are documented; the reads are assumed."""

    save_ci: str = "API/CI/Save"
    update_property: str = "API/CI/UpdateProperty"
    retrieve_cmdbs: str = "API/CIFolder/Retrieve"
    retrieve_categories: str = "API/CICategory/Retrieve"
    retrieve_cis: str = "API/CI/Retrieve"
    retrieve_list_items: str = "API/List/Retrieve"
    retrieve_clients: str = "API/Clients/Retrieve"


@dataclass(frozen=True, slots=True)
class C2Config:
    """One tenant and its service account; raises ``SettingsError`` when the address cannot be one."""

    url: str
    username: str
    password: str = field(repr=False)
    time_zone: tzinfo
    """The tenant's: what a date without a time means."""
    credentials_in: Literal["body", "query"] = "body"
    language: str = "fr"
    """``fr`` or ``en``: in which language names and labels are given."""
    page_size: int = 500
    max_concurrency: int = 8
    timeout: float = 60.0
    """Seconds in all that one request may take."""
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    endpoints: C2Endpoints = C2Endpoints()
    names: Mapping[str, str] = field(default_factory=dict)
    """What the tenant's answers call members otherwise than the contract, by the contract's names."""

    def __post_init__(self) -> None:
        """Refuse an address that no call could be made to."""
        base_url(self.url, C2_SYSTEM)
