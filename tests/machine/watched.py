"""The two systems in memory, watched: every value that the service writes is noted, and writes can be made to go wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from memory_doubles import MemoryC2, MemoryHector

from syncsvc.domain.errors import NetworkError, RefusedError
from syncsvc.domain.records import Asset, ConfigurationItem, Field, NewAsset, NewCI, NewSubcategory, Subcategory
from syncsvc.domain.values import Value


@dataclass(frozen=True)
class Written:
    """One value that the service wrote, or a record that it made (``field`` is then ``new``)."""

    record: str
    id: object
    field: str
    before: Value = None
    after: Value = None


FAULTS = ("refused", "never arrived", "answer lost", "answer lost at once")


@dataclass
class Faults:
    """Writes that go wrong: from the ``after``-th next one on, ``times`` of them."""

    how: str = "none"
    after: int = 0
    times: int = 0
    met: list[str] = field(default_factory=list)

    def plan(self, how: str, after: int, times: int) -> None:
        self.how, self.after, self.times = how, after, times

    def before(self, what: str) -> None:
        """Called before a write is carried out; the write may end here."""
        if self._due(("refused", "never arrived", "answer lost at once"), what):
            if self.how == "refused":
                raise RefusedError("Refused, for a reason of the server's own.", status=422)
            raise NetworkError("No answer.", may_have_been_done=self.how == "answer lost at once")

    def after_it(self, what: str) -> None:
        """Called when a write has been carried out; its answer may be lost here."""
        if self._due(("answer lost",), what):
            raise NetworkError("No answer.", may_have_been_done=True)

    def _due(self, kinds: Sequence[str], what: str) -> bool:
        if self.how not in kinds or not self.times:
            return False
        if self.after:
            self.after -= 1
            return False
        self.times -= 1
        self.met.append(what)
        return True


class WatchedC2(MemoryC2):
    """C2, noting every value that the service writes."""

    noted: list[Written]

    def create_ci(self, new: NewCI, fields: Sequence[Field]) -> ConfigurationItem:
        made = super().create_ci(new, fields)
        self.noted.append(Written("ci", made.id, "new"))
        return made

    def update_ci(self, ci_id: str, field: Field, value: Value, fields: Sequence[Field]) -> ConfigurationItem:
        before = self.value(ci_id, field.name)
        made = super().update_ci(ci_id, field, value, fields)
        self.noted.append(Written("ci", ci_id, field.name, before, self.value(ci_id, field.name)))
        return made

    def set_active(self, ci_id: str, *, active: bool, fields: Sequence[Field]) -> ConfigurationItem:
        before = self._cis[ci_id].is_active
        made = super().set_active(ci_id, active=active, fields=fields)
        self.noted.append(Written("ci", ci_id, "IsActive", before, active))
        return made


class WatchedHector(MemoryHector):
    """Hector, noting every value that the service writes."""

    noted: list[Written]

    def limit(self, category_id: int, path: str, **limits: object) -> None:
        """Give a field narrower limits than Hector's usual ones."""
        fields = self._fields[category_id]
        self._fields[category_id] = [replace(one, **limits) if one.name == path else one for one in fields]  # type: ignore[arg-type]

    def create_subcategory(self, new: NewSubcategory, fields: Sequence[Field]) -> Subcategory:
        made = super().create_subcategory(new, fields)
        self.noted.append(Written("subcategory", made.id, "new"))
        return made

    def create_asset(self, new: NewAsset, fields: Sequence[Field]) -> Asset:
        made = super().create_asset(new, fields)
        self.noted.append(Written("asset", made.id, "new"))
        return made

    def update_subcategory(self, subcategory_id: int, values: dict[Field, Value], fields: Sequence[Field]) -> Subcategory:
        record = self._subcategories[subcategory_id]
        before = dict(record.values)
        made = super().update_subcategory(subcategory_id, values, fields)
        self._note("subcategory", subcategory_id, values, before, record.values)
        return made

    def update_asset(
        self,
        asset_id: int,
        values: dict[Field, Value],
        fields: Sequence[Field],
        *,
        subcategory_id: int | None = None,
        active: bool | None = None,
    ) -> Asset:
        record = self._assets[asset_id]
        before, place, used = dict(record.values), record.subcategory_id, record.is_active
        made = super().update_asset(asset_id, values, fields, subcategory_id=subcategory_id, active=active)
        self._note("asset", asset_id, values, before, record.values)
        if subcategory_id is not None:
            self.noted.append(Written("asset", asset_id, "subcategory", str(place), str(subcategory_id)))
        if active is not None:
            self.noted.append(Written("asset", asset_id, "status", used, active))
        return made

    def _note(
        self, record: str, id_: int, values: Mapping[Field, Value], before: Mapping[str, Value], after: Mapping[str, Value]
    ) -> None:
        self.noted += [Written(record, id_, one.name, before.get(one.key), after.get(one.key)) for one in values]
