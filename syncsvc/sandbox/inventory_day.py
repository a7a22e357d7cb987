"""A working day at the school board: what people change by hand in both systems between two synchronisations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from random import Random

from syncsvc.sandbox.c2_world import C2World
from syncsvc.sandbox.hector_world import HectorWorld
from syncsvc.sandbox.inventory_catalogue import (
    BOUGHT,
    CATEGORIES,
    MAKER,
    MODEL,
    NO_SERIAL,
    NOTES,
    PERSON,
    PRICE,
    STATUS,
    STATUSES,
    TAG,
    Category,
)

Pair = tuple[str, int]
"""A CI and an asset that are the same thing."""


def day_of_changes(c2: C2World, hector: HectorWorld, seed: int = 1) -> list[str]:
    """Let a day go by in the worlds of ``school_board``; give one English sentence for each kind of edit.

    No record is edited twice, so that each sentence can be found again in what the next synchronisation does.
    """
    return _Day(c2, hector, Random(seed)).go_by()


class _Day:
    def __init__(self, c2: C2World, hector: HectorWorld, random: Random) -> None:
        self._c2 = c2
        self._hector = hector
        self._random = random
        self._c2_ids = {category.french: category.id for category in c2.categories.values()}
        self._hector_ids = {category["name"]: category["id"] for category in hector.categories.values()}
        self._pairs = {category.french: self._same_things(category) for category in CATEGORIES}

    def go_by(self) -> list[str]:
        edits: list[Callable[[], str]] = [
            self._models,
            self._serials,
            self._prices,
            self._statuses_in_c2,
            self._statuses_in_hector,
            self._dates,
            self._notes_in_c2,
            self._notes_in_hector,
            self._persons,
            self._drift,
            self._both_sides,
            self._new_cis,
            self._new_assets,
            self._deactivated,
            self._retired,
            self._renamed,
        ]
        return [edit() for edit in edits]

    # -- in C2 -----------------------------------------------------------------------------------------------------------

    def _models(self) -> str:
        pairs = self._take("Portables", 6)
        for place, (ci_id, _) in enumerate(pairs):
            names = [model.name for model in CATEGORIES[0].models if model.name != self._c2.value(ci_id, MODEL)]
            self._c2.edit_ci(ci_id, {MODEL: "EliteBook 860 G11" if place < 2 else self._random.choice(names)})
        return f"In C2, the model of {len(pairs)} laptops was corrected; 2 of them to a model that Hector does not know yet."

    def _serials(self) -> str:
        count = 0
        for category in CATEGORIES[:2]:
            for ci_id in self._c2.ci_ids(self._c2_ids[category.french]):
                if self._c2.value(ci_id, category.serial_field[0]) == NO_SERIAL and count < 4:
                    count += 1
                    self._c2.edit_ci(ci_id, {category.serial_field[0]: f"FIX{self._random.randrange(10**7):07}"})
        return f"In C2, {count} CIs got their true serial number in place of “{NO_SERIAL}”."

    def _prices(self) -> str:
        pairs = self._take("Écrans", 8)
        for ci_id, _ in pairs:
            self._c2.edit_ci(ci_id, {PRICE: f"{self._random.randrange(20000, 90000) / 100:.2f}"})
        return f"In C2, the price of {len(pairs)} monitors was changed."

    def _statuses_in_c2(self) -> str:
        pairs = self._take("Portables", 6) + self._take("Téléphones", 3)
        for ci_id, _ in pairs:
            now = self._c2.value(ci_id, STATUS)
            labels = {item["Id"]: item["FrenchName"] for items in self._c2.lists for item in self._c2.list_items(items)}
            self._c2.edit_ci(ci_id, {STATUS: self._other(labels.get(now), [french for french, _ in STATUSES])})
        return f"In C2, the status of {len(pairs)} laptops and phones was changed."

    def _dates(self) -> str:
        pairs = self._take("Imprimantes", 5)
        for ci_id, _ in pairs:
            self._c2.edit_ci(ci_id, {BOUGHT: date(2024, self._random.randint(1, 12), self._random.randint(1, 28))})
        return f"In C2, the purchase date of {len(pairs)} printers was corrected."

    def _notes_in_c2(self) -> str:
        pairs = self._take("Portables", 6)
        for place, (ci_id, _) in enumerate(pairs, start=1):
            self._c2.edit_ci(ci_id, {NOTES: f"Inventaire du jour, poste {place}.\nVérifié sur place."})
        return f"In C2, a note was written on {len(pairs)} laptops."

    def _persons(self) -> str:
        pairs = self._take("Téléphones", 6)
        people = [client.full_name for client in self._c2.clients.values() if client.is_active]
        unique = [name for name, times in Counter(people).items() if times == 1]
        for ci_id, _ in pairs:
            client = self._c2.clients.get(self._c2.value(ci_id, PERSON) or "")
            self._c2.edit_ci(ci_id, {PERSON: self._other(client.full_name if client else None, unique)})
        return f"In C2, {len(pairs)} phones were handed to somebody else."

    def _new_cis(self) -> str:
        model = CATEGORIES[0].models[0]
        for _ in range(5):
            number = len(self._c2.cis) + 1
            values = {MAKER: model.maker, MODEL: model.name, "Numéro de série": f"5CDN{number:06}", TAG: f"ERA-9{number:05}"}
            values |= {PRICE: model.price, STATUS: STATUSES[0][0]}
            self._c2.add_ci(self._c2_ids["Portables"], f"POR-{number}", values)
        return "In C2, 5 new laptops were entered."

    def _deactivated(self) -> str:
        pairs = self._take("Écrans", 2)
        for ci_id, _ in pairs:
            self._c2.edit_ci(ci_id, {"IsActive": False})
        return f"In C2, {len(pairs)} monitors were deactivated."

    # -- in Hector -------------------------------------------------------------------------------------------------------

    def _statuses_in_hector(self) -> str:
        pairs = self._take("Portables", 7)
        for _, asset_id in pairs:
            now = self._hector.value(asset_id, "Status")
            self._hector.edit_asset(asset_id, attributes={"Status": self._other(now, [english for _, english in STATUSES])})
        return f"In Hector, the status of {len(pairs)} laptops was changed."

    def _notes_in_hector(self) -> str:
        pairs = self._take("Portables", 5)
        for _, asset_id in pairs:
            self._hector.edit_asset(asset_id, note="Retour de prêt: chargeur manquant.")
        return f"In Hector, a note was written on {len(pairs)} laptops."

    def _drift(self) -> str:
        pairs = self._take("Imprimantes", 5)
        for place, (_, asset_id) in enumerate(pairs):
            self._hector.edit_asset(asset_id, acquisition_date="2020-01-15", attributes={"IP address": f"192.168.1.{place + 10}"})
        return f"In Hector, the purchase date and the IP address of {len(pairs)} printers were overtyped."

    def _new_assets(self) -> str:
        category_id = self._hector_ids["Monitors"]
        subcategory_id = self._hector.subcategories(category_id)[0]["id"]
        for _ in range(4):
            number = len(self._hector.asset_records) + 1
            attributes = {"Serial number": f"CN0N{number:06}", "Status": "In service"}
            self._hector.add_asset(category_id, subcategory_id, attributes=attributes, asset_tag=f"ERA-8{number:05}")
        return "In Hector, 4 new monitors were received."

    def _retired(self) -> str:
        pairs = self._take("Téléphones", 2)
        for _, asset_id in pairs:
            self._hector.edit_asset(asset_id, status="retired")
        return f"In Hector, {len(pairs)} phones were retired."

    def _renamed(self) -> str:
        printers = self._hector.subcategories(self._hector_ids["Printers"])
        subcategory = next(record for record in printers if record["maker"] == "Brother")
        self._hector.edit_subcategory(subcategory["id"], model=f"{subcategory['model']} (mono)")
        assets = self._hector.assets(self._hector_ids["Printers"])
        count = sum(asset["subcategory_id"] == subcategory["id"] for asset in assets)
        return f"In Hector, the subcategory Brother {subcategory['model']}, of {count} printers, was renamed."

    # -- in both ---------------------------------------------------------------------------------------------------------

    def _both_sides(self) -> str:
        pairs = self._take("Portables", 3)
        for ci_id, asset_id in pairs:
            self._c2.edit_ci(ci_id, {NOTES: "Remis à l'élève le matin."})
            self._hector.edit_asset(asset_id, note="Toujours en réparation cet après-midi.")
        return f"The note of {len(pairs)} laptops was changed in C2 and, differently, in Hector."

    # -- finding ---------------------------------------------------------------------------------------------------------

    def _take(self, category: str, count: int) -> list[Pair]:
        """Take pairs that nobody has edited today."""
        pairs = self._pairs[category]
        return [pairs.pop(self._random.randrange(len(pairs))) for _ in range(count)]

    def _other(self, value: str | None, values: list[str]) -> str:
        return self._random.choice([other for other in values if other != value])

    def _same_things(self, category: Category) -> list[Pair]:
        """Find the active CIs and assets that share a serial number that nothing else has."""
        cis, assets = self._cis_by_serial(category), self._assets_by_serial(category)
        return [
            (cis[serial][0], assets[serial][0])
            for serial in cis
            if len(cis[serial]) == 1 and len(assets.get(serial, ())) == 1 and self._are_active(cis[serial][0], assets[serial][0])
        ]

    def _cis_by_serial(self, category: Category) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for ci_id in self._c2.ci_ids(self._c2_ids[category.french]):
            serial = self._c2.value(ci_id, category.serial_field[0])
            if serial and serial != NO_SERIAL:
                found.setdefault(serial.strip().lower(), []).append(ci_id)
        return found

    def _assets_by_serial(self, category: Category) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for asset in self._hector.assets(self._hector_ids[category.english]):
            serial = self._hector.value(asset["id"], "Serial number")
            if serial and serial != NO_SERIAL:
                found.setdefault(serial.lower(), []).append(asset["id"])
        return found

    def _are_active(self, ci_id: str, asset_id: int) -> bool:
        return self._c2.cis[ci_id].is_active and self._hector.value(asset_id, "status") == "active"
