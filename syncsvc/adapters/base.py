"""What the engine asks of the two systems; every adapter and every test double keeps this, and passes ``tests/contract``.

Methods raise :class:`syncsvc.domain.errors.RemoteError`. Reads are repeated by the adapter where that is safe; a write is
tried **once** (again only when it was certainly never carried out), and its error says whether it may have been done.
Lists are given whole: an answer that leaves pages out raises, it is never shorter. Methods may be called from several threads
at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from syncsvc.domain.records import (
    Asset,
    Category,
    Client,
    Cmdb,
    ConfigurationItem,
    Field,
    HectorCategory,
    Listed,
    NewAsset,
    NewCI,
    NewSubcategory,
    Stockroom,
    Subcategory,
    User,
)
from syncsvc.domain.values import Value


class C2(Protocol):
    """C2 ITSM's CMDB."""

    @property
    def requests(self) -> int:
        """HTTP requests made so far, repeats counted."""
        ...

    def cmdbs(self) -> list[Cmdb]:
        """List the CMDBs."""
        ...

    def categories(self, cmdb_id: str) -> list[Category]:
        """List a CMDB's categories with their fields (system fields first); list fields come with their items."""
        ...

    def clients(self) -> list[Client]:
        """List every client, inactive ones too."""
        ...

    def cis(
        self, category: Category, fields: Sequence[Field], *, modified_since: datetime | None = None
    ) -> list[ConfigurationItem]:
        """Read a category's CIs, inactive ones too, each once; those of other categories and deleted ones are left out.

        With ``modified_since``, a server that ignores the filter gives them all.
        """
        ...

    def changed_cis(self, category: Category, fields: Sequence[Field], known: Mapping[int, str]) -> Listed[ConfigurationItem]:
        """Read a category's CIs like :meth:`cis`, each with its fingerprint.

        Those whose fingerprint is ``known`` (ids by fingerprint) may be given by their ids alone.
        """
        ...

    def cis_by_id(self, category: Category, fields: Sequence[Field], ids: Sequence[str]) -> list[ConfigurationItem]:
        """Read CIs by id, wherever they are; those that do not exist (or are deleted) are left out.

        Their ``category_id`` says where they are now. Custom fields that are not there read as empty.
        """
        ...

    def ci_by_number(self, number: str) -> ConfigurationItem | None:
        """Find a CI by its number (zeros in front may be left out), wherever it is, inactive ones too; without any values."""
        ...

    def create_ci(self, new: NewCI, fields: Sequence[Field]) -> ConfigurationItem:
        """Create a CI; what the answer says nothing of is named by the record's ``absent``."""
        ...

    def update_ci(self, ci_id: str, field: Field, value: Value, fields: Sequence[Field]) -> ConfigurationItem:
        """Write one field (``None`` empties it) and give the whole CI as it stands after it."""
        ...

    def set_active(self, ci_id: str, *, active: bool, fields: Sequence[Field]) -> ConfigurationItem:
        """Write ``IsActive`` and give the whole CI as it stands after it."""
        ...


class Hector(Protocol):
    """Hector's inventory."""

    @property
    def requests(self) -> int:
        """HTTP requests made so far, repeats counted."""
        ...

    def users(self) -> list[User]:
        """List the users."""
        ...

    def stockrooms(self) -> list[Stockroom]:
        """List the stockrooms."""
        ...

    def categories(self) -> list[HectorCategory]:
        """List the categories."""
        ...

    def fields(self, category_id: int) -> list[Field]:
        """List every field of a category's subcategories and assets, its attributes included."""
        ...

    def subcategories(
        self, category_id: int, fields: Sequence[Field], *, updated_since: datetime | None = None
    ) -> list[Subcategory]:
        """Read a category's subcategories, each once."""
        ...

    def subcategory(self, subcategory_id: int, fields: Sequence[Field]) -> Subcategory:
        """Read one; raises ``NotFoundError``."""
        ...

    def assets(self, category_id: int, fields: Sequence[Field], *, updated_since: datetime | None = None) -> list[Asset]:
        """Read a category's assets, retired ones too, each once; all ``meta.total`` of them have been seen."""
        ...

    def changed_assets(self, category_id: int, fields: Sequence[Field], known: Mapping[int, int]) -> Listed[Asset]:
        """Read a category's assets like :meth:`assets`, each with its fingerprint.

        Those whose fingerprint is ``known`` (ids by fingerprint) may be given by their ids alone.
        """
        ...

    def assets_by_id(self, ids: Sequence[int], fields: Sequence[Field]) -> list[Asset]:
        """Read assets by id, wherever they are; those that do not exist are left out."""
        ...

    def create_subcategory(self, new: NewSubcategory, fields: Sequence[Field]) -> Subcategory:
        """Create a subcategory and give it as stored."""
        ...

    def update_subcategory(self, subcategory_id: int, values: dict[Field, Value], fields: Sequence[Field]) -> Subcategory:
        """Write these fields in one call and give the subcategory as stored."""
        ...

    def create_asset(self, new: NewAsset, fields: Sequence[Field]) -> Asset:
        """Create an asset and give it as stored."""
        ...

    def update_asset(
        self,
        asset_id: int,
        values: dict[Field, Value],
        fields: Sequence[Field],
        *,
        subcategory_id: int | None = None,
        active: bool | None = None,
    ) -> Asset:
        """Write these fields, move it to a subcategory, retire it or take it back, in one call; give the asset as stored."""
        ...
