"""What the invented school board owns, in constants: categories, fields, models, people, places.

How records are made of it stands in ``inventory``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from syncsvc.sandbox.c2_records import Kind

BOARD = "Centre de services scolaire des Érables"
IT_CMDB = ("Inventaire informatique", "IT inventory")
FLEET_CMDB = ("Parc automobile", "Fleet")
STOCKROOMS = (
    "Entrepôt principal",
    "École des Bouleaux",
    "École Sainte-Marguerite",
    "École secondaire du Ruisseau",
    "Centre administratif",
)
USERS = (
    ("Équipe informatique", "it-admin@erables.example", "admin"),
    ("Chantal Beaulieu", "chantal.beaulieu@erables.example", "technician"),
    ("Olivier Nadeau", "olivier.nadeau@erables.example", "technician"),
)
STATUSES = (("En service", "In service"), ("En réparation", "In repair"), ("En prêt", "On loan"), ("Remisé", "Stored"))

MAKER, MODEL, TAG = "Fabricant", "Modèle", "Étiquette"
BOUGHT, PRICE, STATUS, PERSON = "Date d'achat", "Prix", "Statut", "Utilisateur"
WARRANTY, NOTES, SERIAL, VIN = "Sous garantie", "Remarques", "Numéro de série", "NIV"
COMMON_FIELDS = (
    (MAKER, "Manufacturer", Kind.TEXT),
    (MODEL, "Model", Kind.TEXT),
    (TAG, "Asset tag", Kind.TEXT),
    (BOUGHT, "Purchase date", Kind.DATE_TIME),
    (PRICE, "Price", Kind.DECIMAL),
    (STATUS, "Status", Kind.LIST),
    (PERSON, "User", Kind.CLIENT),
    (WARRANTY, "Under warranty", Kind.CHECKBOX),
    (NOTES, "Notes", Kind.MULTI_LINE),
)


@dataclass(frozen=True)
class OwnField:
    """A field of one category, on both sides; ``scope`` is Hector's."""

    french: str
    english: str
    kind: int
    hector_type: str = "text"
    scope: str = "asset"


@dataclass(frozen=True)
class Model:
    """Something that is bought many times; ``facts`` are its subcategory attributes by French field name."""

    maker: str
    name: str
    price: str
    serial_prefix: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Category:
    """One category of both systems, and how many things of it are known where."""

    french: str
    english: str
    cmdb: tuple[str, str]
    prefix: str
    in_both: int
    only_c2: int
    only_hector: int
    own: tuple[OwnField, ...]
    models: tuple[Model, ...]
    serial_field: tuple[str, str] = (SERIAL, "Serial number")


_MEMORY = OwnField("Mémoire (Go)", "Memory (GB)", Kind.INTEGER, "number")
_SIZE = OwnField("Taille (po)", "Screen size", Kind.DECIMAL, "number", "subcategory")
_COLOUR = OwnField("Couleur", "Colour", Kind.CHECKBOX, "boolean", "subcategory")
_PORTS = OwnField("Nombre de ports", "Ports", Kind.INTEGER, "number", "subcategory")
_ADDRESS = OwnField("Adresse IP", "IP address", Kind.TEXT)

CATEGORIES = (
    Category(
        *("Portables", "Laptops", IT_CMDB, "POR", 400, 200, 80),
        (_MEMORY, OwnField("Adresse MAC", "MAC address", Kind.TEXT)),
        (
            Model("HP", "EliteBook 840 G9", "1649.00", "5CD"),
            Model("HP", "ProBook 450 G10", "1129.50", "5CG"),
            Model("Lenovo", "ThinkPad T14 Gen 4", "1779.00", "PF4"),
            Model("Lenovo", "ThinkPad L13 Yoga", "1389.99", "PW0"),
            Model("Dell", "Latitude 5440", "1519.00", "8GT"),
            Model("Apple", "MacBook Air 13 po M2", "1399.00", "C02"),
        ),
    ),
    Category(
        *("Écrans", "Monitors", IT_CMDB, "ECR", 230, 120, 50),
        (_SIZE,),
        (
            Model("Dell", "P2422H", "289.00", "CN0", {_SIZE.french: "23.8"}),
            Model("Dell", "U2723QE", "749.99", "CN1", {_SIZE.french: "27"}),
            Model("HP", "E24 G5", "265.00", "CNK", {_SIZE.french: "23.8"}),
            Model("LG", "27UP850", "529.00", "304", {_SIZE.french: "27"}),
        ),
    ),
    Category(
        *("Imprimantes", "Printers", IT_CMDB, "IMP", 105, 45, 20),
        (_ADDRESS, _COLOUR),
        (
            Model("HP", "LaserJet Pro 4001dn", "379.00", "VNB", {_COLOUR.french: False}),
            Model("HP", "Color LaserJet M554dn", "899.00", "JPB", {_COLOUR.french: True}),
            Model("Brother", "HL-L6415DW", "749.99", "U64", {_COLOUR.french: False}),
            Model("Lexmark", "CX942adse", "6890.00", "752", {_COLOUR.french: True}),
        ),
    ),
    Category(
        *("Téléphones", "Phones", IT_CMDB, "TEL", 130, 70, 25),
        (OwnField("Numéro de ligne", "Line number", Kind.TEXT), OwnField("IMEI", "IMEI", Kind.TEXT)),
        (
            Model("Apple", "iPhone SE (3e génération)", "579.00", "F2L"),
            Model("Samsung", "Galaxy XCover7", "489.99", "R5C"),
            Model("Google", "Pixel 8a", "679.00", "3B0"),
        ),
    ),
    Category(
        *("Réseau", "Network gear", IT_CMDB, "RES", 80, 40, 15),
        (_ADDRESS, _PORTS),
        (
            Model("Cisco", "Catalyst 9200L-48P", "5230.00", "FOC", {_PORTS.french: 48}),
            Model("Aruba", "CX 6100 24G", "2190.00", "SG3", {_PORTS.french: 24}),
            Model("Fortinet", "FortiGate 100F", "4120.00", "FG1", {_PORTS.french: 22}),
        ),
    ),
    Category(
        *("Véhicules", "Vehicles", FLEET_CMDB, "VEH", 55, 25, 10),
        (OwnField("Plaque", "Plate", Kind.TEXT), OwnField("Odomètre", "Odometer", Kind.INTEGER, "number")),
        (
            Model("Ford", "Transit 250", "58990.00", "1FTBR1"),
            Model("Nissan", "Kicks", "27450.00", "3N1CP5"),
            Model("Blue Bird", "Vision électrique", "389000.00", "1BAKGC"),
        ),
        serial_field=(VIN, "VIN"),
    ),
)
"""1,500 CIs and 1,200 assets, 1,000 of them the same things."""

MAKER_SPELLINGS = {"HP": ("hp", "Hewlett-Packard", "HP Inc."), "Lenovo": ("LENOVO",), "Dell": ("DELL", "Dell Inc.")}
NO_SERIAL = "To be filled by O.E.M."
REMARKS = (
    "Batterie remplacée en mars.\nÀ surveiller.",
    "Étiquette décollée, recollée au service.",
    "Prêté pour la direction adjointe; retour prévu en juin.",
    "Écran égratigné.",
    "Configuré pour le laboratoire 214.\nNe pas réinstaller.",
    "Reçu avec un chargeur de 65 W.",
)
FIRST_NAMES = (
    *("Marie", "Jean-François", "Élise", "Mohamed", "Sophie", "Luc", "Geneviève", "Étienne", "Nadia", "Philippe"),
    *("Joëlle", "Marc-André", "Catherine", "Ahmed", "Véronique", "Gaétan", "Isabelle", "Thierry", "Maude", "Zoé"),
)
LAST_NAMES = ("Tremblay", "Gagnon", "Côté", "Bouchard", "Gauthier", "Lévesque", "Bélanger", "Pelletier", "Ouellet", "Diallo")
