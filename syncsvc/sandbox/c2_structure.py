"""How a C2 tenant is set up: CMDBs, categories, fields, lists and persons are added and changed by hand.

CIs are the business of ``c2_world``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from syncsvc.sandbox.c2_records import C2Tenant, Category, Client, Cmdb, Definition, Item, Kind, Section
from syncsvc.sandbox.c2_show import named


def guid(text: str | None) -> str | None:
    """Give a GUID as it is kept; ``None`` stays ``None``."""
    return text.lower() if text else None


def assign(record: object, changes: Mapping[str, Any]) -> None:
    """Change members of a record; a name that it does not have raises ``AttributeError``."""
    for name, value in changes.items():
        setattr(record, name, value)


class C2Structure(C2Tenant):
    """A tenant whose structure can be edited. Ids may be given in any case; an unknown one raises ``KeyError``."""

    def add_cmdb(self, french: str, *, english: str | None = None, id: str | None = None, active: bool = True) -> str:  # noqa: A002 - the record's own word
        """Add a CMDB and give its id."""
        with self.lock:
            cmdb = Cmdb(guid(id) or self.new_id(), french, english or french, type_id=self.new_id(), is_active=active)
            self.cmdbs[cmdb.id] = cmdb
            return cmdb.id

    def add_category(
        self,
        cmdb_id: str,
        french: str,
        *,
        english: str | None = None,
        id: str | None = None,  # noqa: A002 - the record's own word
        section_id: str | None = None,
        state_id: str | None = None,
        active: bool = True,
    ) -> str:
        """Add a category with its section, a default state and one more state; give its id."""
        with self.lock:
            section = Section(
                guid(section_id) or self.new_id(), self.new_id(), self.new_id(), self.next_sequence_number(), self.now()
            )
            states = [guid(state_id) or self.new_id(), self.new_id()]
            cmdb = self.cmdbs[cmdb_id.lower()]
            category = Category(guid(id) or self.new_id(), cmdb.id, french, english or french, states, section, is_active=active)
            self.categories[category.id] = category
            return category.id

    def add_field(
        self,
        category_id: str,
        french: str,
        kind: int = Kind.TEXT,
        *,
        english: str | None = None,
        required: bool = False,
        read_only: bool = False,
        max_length: int | None = None,
        decimals: int | None = None,
        list_id: str | None = None,
        definition_id: str | None = None,
        sequence_number: int | None = None,
        read_only_if_has_value: bool = False,
    ) -> str:
        """Add a custom field to a category and give its definition's id; the id of a known definition shares that one."""
        with self.lock:
            definition = self.definitions.get(guid(definition_id) or "")
            if definition is None:
                number = sequence_number or max((known.number for known in self.definitions.values()), default=0) + 1
                definition = Definition(
                    guid(definition_id) or self.new_id(),
                    number,
                    kind,
                    french,
                    english or french,
                    required,
                    read_only,
                    read_only_if_has_value,
                    max_length,
                    decimals,
                    guid(list_id),
                )
                self.definitions[definition.id] = definition
            self.categories[category_id.lower()].definitions.append(definition)
            return definition.id

    def edit_field(self, definition_id: str, **changes: Any) -> None:
        """Change a definition's members (``french``, ``required``, ``max_length``, …); stored values stay as they are."""
        with self.lock:
            assign(self.definitions[definition_id.lower()], changes)
            self.field_templates.clear()

    def add_list(self, name: str, items: Iterable[Sequence[str]], *, id: str | None = None) -> str:  # noqa: A002, ARG002 - the record's own word; lists are called by their fields' names
        """Add a list of ``(french, english)`` or ``(french, english, id)`` items and give its id."""
        with self.lock:
            list_id = guid(id) or self.new_id()
            made = [Item(item[2].lower() if len(item) > 2 else self.new_id(), item[0], item[1]) for item in items]
            self.lists[list_id] = {item.id: item for item in made}
            return list_id

    def list_items(self, list_id: str) -> list[dict[str, Any]]:
        """Give a list's items as the API shows them."""
        with self.lock:
            return [named(self, item) for item in self.lists[list_id.lower()].values()]

    def edit_list_item(self, list_id: str, item_id: str, **changes: Any) -> None:
        """Change an item's ``french``, ``english`` or ``is_active``."""
        with self.lock:
            assign(self.lists[list_id.lower()][item_id.lower()], changes)

    def add_client(
        self,
        first_name: str,
        last_name: str,
        email: str = "",
        *,
        active: bool = True,
        resource: bool = False,
        id: str | None = None,  # noqa: A002 - the record's own word
    ) -> str:
        """Add a person and give her id."""
        with self.lock:
            client = Client(guid(id) or self.new_id(), first_name, last_name, email, active, resource)
            self.clients[client.id] = client
            return client.id

    def edit_client(self, client_id: str, **changes: Any) -> None:
        """Change a person's ``first_name``, ``last_name``, ``email`` or ``is_active``."""
        with self.lock:
            assign(self.clients[client_id.lower()], changes)
