"""What a C2 tenant holds: its records as plain data, and the settings by which it behaves.

No rules stand here: what a value looks like when stored is ``c2_values``, what the API shows is ``c2_show``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from random import Random
from uuid import UUID


class Kind(IntEnum):
    """The ``DefinitionType`` numbers that the contract knows; any other number is kept and shown as text."""

    TEXT = 0
    DECIMAL = 1
    INTEGER = 2
    DATE_TIME = 3
    LIST = 4
    CLIENT = 6
    MULTI_LINE = 7
    CHECKBOX = 8


class RefusedError(Exception):
    """Something that C2 does not accept, as the rest of a French sentence; it names neither field nor value."""


@dataclass(slots=True)
class Cmdb:
    """A "CI folder"."""

    id: str
    french: str
    english: str
    type_id: str
    is_active: bool = True


@dataclass(slots=True)
class Definition:
    """A custom field; one definition may stand in several categories."""

    id: str
    number: int
    kind: int
    french: str
    english: str
    required: bool = False
    read_only: bool = False
    read_only_if_has_value: bool = False
    max_length: int | None = None
    decimals: int | None = None
    list_id: str | None = None


@dataclass(slots=True)
class Section:
    """The one section of a category, in which its custom fields stand."""

    id: str
    name_id: str
    description_id: str
    number: int
    created_at: datetime


@dataclass(slots=True)
class Category:
    """A CI category; ``states`` are the states its CIs may have, the default first."""

    id: str
    cmdb_id: str
    french: str
    english: str
    states: list[str]
    section: Section
    definitions: list[Definition] = field(default_factory=list)
    is_active: bool = True


@dataclass(slots=True)
class Item:
    """One item of a list."""

    id: str
    french: str
    english: str
    is_active: bool = True


@dataclass(slots=True)
class Client:
    """A person; ``is_resource`` tells an agent of the service desk from the others."""

    id: str
    first_name: str
    last_name: str
    email: str
    is_active: bool = True
    is_resource: bool = False

    @property
    def full_name(self) -> str:
        """The first and the last name."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(slots=True)
class Ci:
    """A CI; ``values`` holds what is set, by definition id and in the form that the API shows as ``Value``."""

    id: str
    number: str
    sequence_number: str
    category_id: str
    state_id: str
    name_id: str
    description_id: str
    french_name: str
    english_name: str
    created_by: str
    created_at: datetime
    modified_by: str
    modified_at: datetime
    french_description: str = ""
    english_description: str = ""
    tags: str = ""
    external_id: str | None = None
    owner_id: str | None = None
    is_active: bool = True
    is_deleted: bool = False
    is_read_only: bool = False
    values: dict[str, str] = field(default_factory=dict)
    field_ids: dict[str, str] = field(default_factory=dict)


def real_clock() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


@dataclass(eq=False)
class C2Tenant:
    """A tenant's settings, changeable at any time, and its tables."""

    time_zone: str = "America/Toronto"
    culture: str = "en-US"
    """How ``DisplayName`` writes dates."""
    max_page_size: int | None = None
    """A larger ``Size`` is answered with HTTP 500."""
    knows_ids: bool = True
    knows_modified_since: bool = True
    iso_dates: bool = False
    """Whether moments are written as ISO 8601 instead of ``/Date(ms)/``."""
    shift_pages: bool = False
    credentials_in_any: bool = True
    max_answer_bytes: int | None = None
    """A longer answer to a read is replaced by HTTP 500."""
    language: str = "fr"
    """The account's language, in which ``Name`` and list labels are shown: ``fr`` or ``en``."""
    credentials_in: str = "body"
    """Where credentials are looked for when ``credentials_in_any`` is off: ``body`` or ``query``."""
    refuse_with: str = "status"
    """How wrong credentials are answered: ``status``, ``401`` or ``redirect``."""
    read_only_account: bool = False
    shows_deleted: bool = False
    """Whether reads give deleted CIs too, with ``IsDeleted`` set."""
    shifts_left: int = 1
    seed: int = 0
    """What the ids are drawn from: two worlds of one seed that are built alike have the same ids."""
    now: Callable[[], datetime] = real_clock
    """Gives an aware UTC moment; every time stamp comes from it."""

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self.paths = {
            "save_ci": "API/CI/Save",
            "update_property": "API/CI/UpdateProperty",
            "retrieve_cmdbs": "API/CIFolder/Retrieve",
            "retrieve_categories": "API/CICategory/Retrieve",
            "retrieve_cis": "API/CI/Retrieve",
            "retrieve_list_items": "API/List/Retrieve",
            "retrieve_clients": "API/Clients/Retrieve",
        }
        self.cmdbs: dict[str, Cmdb] = {}
        self.categories: dict[str, Category] = {}
        self.definitions: dict[str, Definition] = {}
        self.lists: dict[str, dict[str, Item]] = {}
        self.clients: dict[str, Client] = {}
        self.cis: dict[str, Ci] = {}
        self.last_number = 0
        """The ``CINumber`` given last."""
        self.last_sequence_number = 0
        """The ``SequenceNumber`` given last; sections and CIs draw from the same row."""
        self.field_templates: dict[tuple[str, str, str], list[str]] = {}
        """What ``c2_show_ci`` keeps; emptied when a definition changes."""
        self._random = Random(self.seed)

    def new_id(self) -> str:
        """Draw a GUID."""
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def next_sequence_number(self) -> int:
        """Draw the next ``SequenceNumber``."""
        self.last_sequence_number += 1
        return self.last_sequence_number

    def label(self, record: Cmdb | Category | Definition | Item) -> str:
        """Give a record's name in the account's language."""
        return record.english if self.language == "en" else record.french
