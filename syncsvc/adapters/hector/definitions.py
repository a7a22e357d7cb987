"""The fields of Hector's subcategories and assets: those that every tenant has, and a customer's attributes. Pure.

Their values are translated in ``translate.py``.
"""

from __future__ import annotations

from syncsvc.adapters.hector.wire import WireAttribute
from syncsvc.adapters.parsing import label
from syncsvc.domain.records import Field, Level
from syncsvc.domain.values import Kind, Option

TEXT_LENGTH = 255
"""Characters of a text that Hector keeps unless it says otherwise (assumed)."""
DECIMALS = 2
"""Decimals of a number that Hector keeps (assumed)."""
ATTRIBUTE_KINDS = {
    "text": Kind.TEXT,
    "number": Kind.NUMBER,
    "date": Kind.DATE,
    "boolean": Kind.YES_NO,
    "list": Kind.CHOICE,
}


def _own(level: Level, member: str, kind: Kind) -> Field:
    path = f"{level.value}.{member}"
    return Field(
        key=path,
        name=path,
        kind=kind,
        level=level,
        max_length=TEXT_LENGTH if kind is Kind.TEXT else None,
        decimals=DECIMALS if kind is Kind.NUMBER else None,
    )


_TEXTS_OF_SUBCATEGORY = ("maker", "model", "description", "note")
_TEXTS_OF_ASSET = ("title", "asset_tag", "note")
_DATES_OF_ASSET = ("acquisition_date", "assigned_date", "return_date", "maintenance_date", "end_of_life_date")
OWN_FIELDS = (
    *(_own(Level.SUBCATEGORY, member, Kind.TEXT) for member in _TEXTS_OF_SUBCATEGORY),
    _own(Level.SUBCATEGORY, "price", Kind.NUMBER),
    _own(Level.SUBCATEGORY, "weight", Kind.NUMBER),
    _own(Level.SUBCATEGORY, "vendor_sku", Kind.TEXT),
    *(_own(Level.ASSET, member, Kind.TEXT) for member in _TEXTS_OF_ASSET),
    *(_own(Level.ASSET, member, Kind.DATE) for member in _DATES_OF_ASSET),
)
"""The fields that every category has."""


def attribute(wire: WireAttribute) -> Field:
    """Translate an attribute; one of a type that nobody knows is shown as text and never written."""
    level = Level(wire.scope)
    known = wire.type in ATTRIBUTE_KINDS
    kind = ATTRIBUTE_KINDS.get(wire.type, Kind.TEXT)
    labels = dict.fromkeys(label(option) for option in wire.options or ())
    return Field(
        key=f"{level.value}.attributes.{wire.id}",
        name=f"{level.value}.attributes.{label(wire.name)}",
        kind=kind,
        level=level,
        required=wire.required,
        read_only=not known,
        max_length=(wire.max_length or TEXT_LENGTH) if kind is Kind.TEXT else None,
        decimals=DECIMALS if kind is Kind.NUMBER else None,
        options=tuple(Option(id=one, label=one, labels=(one,)) for one in labels if one) if kind is Kind.CHOICE else (),
        unknown_kind=not known,
    )
