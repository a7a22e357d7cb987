"""What an examination of a Hector server looks at beside the calls' results: the names in its answers. Pure."""

from __future__ import annotations

from msgspec import Struct

from syncsvc.adapters.answers import Answer
from syncsvc.adapters.hector.wire import (
    WireAsset,
    WireAttribute,
    WireCategory,
    WireOne,
    WirePage,
    WireStockroom,
    WireSubcategory,
    WireUser,
)
from syncsvc.adapters.unlike import Unlike, unlike

_LISTS: dict[str, type[Struct]] = {
    "USERS": WireUser,
    "STOCKROOMS": WireStockroom,
    "CATEGORIES": WireCategory,
    "ATTRIBUTES": WireAttribute,
    "SUBCATEGORIES": WireSubcategory,
    "ASSETS": WireAsset,
}


def other_names(answer: Answer) -> list[Unlike]:
    """Say which members an answer lacks, and what they seem to be called there."""
    is_list = any(name == "page" for name, _ in answer.call.params)
    return unlike(answer, WirePage if is_list else WireOne, _LISTS[answer.call.endpoint], ())
