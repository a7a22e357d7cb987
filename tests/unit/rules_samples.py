"""Rules files and lists of both systems for the tests of loading, checking and resolving rules."""

from __future__ import annotations

import textwrap

from syncsvc.domain.errors import Refusal, RulesError
from syncsvc.domain.records import Category, Cmdb, Field, HectorCategory, Level, Stockroom
from syncsvc.domain.rules import Rules
from syncsvc.domain.values import Kind
from syncsvc.rules_file import read_rules

GOOD = """\
cmdbs:
  - cmdb: Inventaire
    categories:
      - category: Portables
        hector_category: Laptops
        direction: ⇄
        match_on: [Série]
        fields:
          - {c2: Fabricant, hector: subcategory.maker}
          - {c2: Série, hector: asset.attributes.Serial number, direction: →}
"""


def category(body: str, name: str = "Portables") -> str:
    """Write a file with one category that has this body."""
    return f"cmdbs:\n  - cmdb: Inventaire\n    categories:\n      - category: {name}\n" + textwrap.indent(
        textwrap.dedent(body), " " * 8
    )


def read(text: str) -> Rules:
    return read_rules(text.encode(), "sync.yaml")


def refused(content: str | bytes) -> tuple[Refusal, ...]:
    """Give what a file is refused for; fails when it is not."""
    try:
        read_rules(content.encode() if isinstance(content, str) else content, "sync.yaml")
    except RulesError as error:
        return error.refusals
    raise AssertionError("the file was accepted")


def only(content: str | bytes) -> Refusal:
    """Give the one thing that a file is refused for."""
    found = refused(content)
    assert len(found) == 1, [refusal.message for refusal in found]
    return found[0]


def place_of(text: str, word: str) -> tuple[int, int]:
    """Give the line and column of the first occurrence of ``word``."""
    before = text[: text.index(word)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def marked(text: str) -> tuple[str, tuple[int, int]]:
    """Take the mark « out of a text, and say where it stood."""
    return text.replace("«", ""), place_of(text, "«")


def c2_field(name: str, kind: Kind = Kind.TEXT, *, number: int | None = None, **more: object) -> Field:
    given = {"key": f"guid-{name.lower()}", "definition_type": 0, "number": number} | more
    return Field(name=name, kind=kind, level=Level.CI, **given)  # type: ignore[arg-type] - keyword bag of a test


def system_field(name: str, *, read_only: bool = False) -> Field:
    return Field(key=name, name=name, kind=Kind.TEXT, level=Level.CI, read_only=read_only)


def hector_field(path: str, kind: Kind = Kind.TEXT, **more: object) -> Field:
    level = Level.ASSET if path.startswith("asset") else Level.SUBCATEGORY
    return Field(**({"key": path, "name": path, "kind": kind, "level": level} | more))  # type: ignore[arg-type] - as above


SYSTEM = (
    *(system_field(name) for name in ("Name", "EnglishName", "FrenchName", "Tags")),
    system_field("CINumber", read_only=True),
)
CMDBS = (Cmdb("f1", "Inventaire", ("Inventory",)), Cmdb("f2", "Ancien", is_active=False))
PORTABLES = Category(
    "k1",
    "f1",
    "Portables",
    ("Laptops",),
    fields=(
        *SYSTEM,
        c2_field("Fabricant", names=("Manufacturer",), number=1),
        c2_field("Modèle", number=2),
        c2_field("Série", number=3, names=("Serial",)),
        c2_field("Prix", Kind.NUMBER, number=4),
        c2_field("Achat", Kind.DATE_TIME, number=5),
        c2_field("Utilisateur", Kind.PERSON, number=6),
        c2_field("Garantie", Kind.YES_NO, number=7),
        c2_field("Statut", Kind.CHOICE, number=8),
        c2_field("Calculé", number=9, read_only=True),
        c2_field("Étrange", number=10, read_only=True, unknown_kind=True),
        c2_field("Double", number=11, key="guid-double-a"),
        c2_field("Double", number=12, key="guid-double-b"),
    ),
)
HECTOR_CATEGORIES = (
    HectorCategory(1, "Laptops", "serialized"),
    HectorCategory(2, "Toner", "lot"),
    HectorCategory(3, "Kits", "kit"),
)
HECTOR_FIELDS = (
    hector_field("subcategory.maker", max_length=255),
    hector_field("subcategory.model"),
    hector_field("subcategory.price", Kind.NUMBER),
    hector_field("asset.title"),
    hector_field("asset.note"),
    hector_field("asset.asset_tag"),
    hector_field("asset.acquisition_date", Kind.DATE),
    hector_field("asset.attributes.Serial number", key="asset.attributes.12"),
    hector_field("asset.attributes.User", key="asset.attributes.13"),
    hector_field("asset.attributes.Status", Kind.CHOICE, key="asset.attributes.14"),
    hector_field("asset.attributes.Twin", key="asset.attributes.15"),
    hector_field("asset.attributes.Twin", key="asset.attributes.16"),
    hector_field("asset.attributes.Under warranty", Kind.YES_NO, key="asset.attributes.17"),
)
STOCKROOMS = (Stockroom(1, "Entrepôt principal"), Stockroom(2, "École A"))
