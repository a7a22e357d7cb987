"""The school board's two systems before anything stands in them: CMDBs, categories, fields, persons, stockrooms, users."""

from __future__ import annotations

from syncsvc.sandbox.c2_records import Kind
from syncsvc.sandbox.c2_world import C2World
from syncsvc.sandbox.hector_world import HectorWorld
from syncsvc.sandbox.inventory_catalogue import (
    CATEGORIES,
    COMMON_FIELDS,
    FIRST_NAMES,
    FLEET_CMDB,
    IT_CMDB,
    LAST_NAMES,
    STATUS,
    STATUSES,
    STOCKROOMS,
    USERS,
)

_CLIENTS = 60
_LONGEST_TEXT = 100


def add_clients(c2: C2World) -> list[str]:
    """Add some sixty persons, two of them inactive and two of one name; give the full names that things are lent to."""
    lent_to = []
    for number in range(_CLIENTS):
        first, last = FIRST_NAMES[number % len(FIRST_NAMES)], LAST_NAMES[number * 7 % len(LAST_NAMES)]
        if number >= len(FIRST_NAMES):
            last = f"{last}-{LAST_NAMES[number // 7 % len(LAST_NAMES)]}"
        active = number not in {28, 57}
        c2.add_client(first, last, f"client{number:02}@erables.example", active=active)
        if active and number:
            lent_to.append(f"{first} {last}")
    c2.add_client(FIRST_NAMES[0], LAST_NAMES[0], "homonyme@erables.example")
    return lent_to


def set_up_c2(c2: C2World) -> dict[str, str]:
    """Add CMDBs, categories and their fields; give the categories' ids by French name."""
    cmdbs = {names: c2.add_cmdb(names[0], english=names[1]) for names in (IT_CMDB, FLEET_CMDB)}
    statuses = c2.add_list(STATUS, STATUSES)
    found = {}
    for category in CATEGORIES:
        category_id = found[category.french] = c2.add_category(cmdbs[category.cmdb], category.french, english=category.english)
        fields = [*COMMON_FIELDS[:2], (*category.serial_field, Kind.TEXT), *COMMON_FIELDS[2:]]
        for french, english, kind in fields + [(own.french, own.english, own.kind) for own in category.own]:
            c2.add_field(
                category_id,
                french,
                kind=kind,
                english=english,
                decimals=2 if kind == Kind.DECIMAL else None,
                list_id=statuses if kind == Kind.LIST else None,
                max_length=_LONGEST_TEXT if kind == Kind.TEXT else None,
            )
    return found


def set_up_hector(hector: HectorWorld) -> dict[str, int]:
    """Add stockrooms, users, categories and attributes; give the serialized categories' ids by their French name in C2."""
    for name in STOCKROOMS:
        hector.add_stockroom(name)
    for name, email, role in USERS:
        hector.add_user(name, email, role)
    found = {}
    for category in CATEGORIES:
        category_id = found[category.french] = hector.add_category(category.english)
        hector.add_attribute(category_id, "Serial number")
        hector.add_attribute(category_id, "Status", type="list", options=[english for _, english in STATUSES])
        hector.add_attribute(category_id, "User")
        hector.add_attribute(category_id, "Under warranty", type="boolean")
        for own in category.own:
            hector.add_attribute(category_id, own.english, own.scope, own.hector_type)
    toner, kits = hector.add_category("Toner", "lot"), hector.add_category("Trousses de robotique", "kit")
    hector.add_subcategory(toner, "HP", "W1480X", "Toner noir", price=214.99)
    hector.add_subcategory(kits, "LEGO", "SPIKE Prime", "Trousse de 24 élèves", price=4899)
    return found
