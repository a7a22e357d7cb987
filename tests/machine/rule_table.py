"""The rules' table *Field by field*, and what a run lists for people; written from the rules, apart from the implementation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tied_fields import KEYS, Tied, same


@dataclass(frozen=True)
class Listed:
    """What the latest run reported, as people read it: conflicts that are open, and errors."""

    conflicts: frozenset[tuple[str, str]]
    """CI number and field."""
    errors: Sequence[Mapping[str, Any]]

    def conflict(self, number: str, tied: Tied) -> bool:
        return (number, tied.c2_name) in self.conflicts

    def error(
        self, number: str, tied: Tied | None = None, kinds: str = "validation disagreement not_converging ambiguous"
    ) -> bool:
        """Whether an error names this CI, and this field where one is asked for."""
        return any(
            error["kind"] in kinds.split()
            and (error["ci"] == number or number in error["message"])
            and (tied is None or error["field"] == tied.c2_name)
            for error in self.errors
        )

    def about_asset(self, tag: str) -> bool:
        return any(error["asset"] == tag or tag in error["message"] for error in self.errors)

    def key_is_blocked(self, number: str) -> bool:
        """Whether the pair's subcategory cannot be told: half a key is another thing's name."""
        return any(self.conflict(number, tied) or self.error(number, tied) for tied in KEYS)


def table(way: tuple[str, str], tied: Tied, agreed: tuple[Any, Any] | None, c: Any, h: Any, *, loosely: bool = False) -> str:
    """The rules' table *Field by field*: ``rest``, ``unknown``, ``to_hector``, ``to_c2`` or ``clash``.

    ``way`` is the field's direction and its policy.
    """
    direction, policy = way
    if direction == "none":
        return "rest"
    if agreed is None:
        c_says, h_says = not tied.unknown_in_c2(c), h is not None
        if not (c_says and direction != "←") and not (h_says and direction != "→"):
            return "unknown"
    else:
        c_says, h_says = not same(c, agreed[0]), not same(h, agreed[1])
        if not c_says and not h_says:
            return "rest"
    if tied.in_order(c, h, loosely=loosely and agreed is None):
        return "rest"
    if direction == "→":
        return "to_hector"
    if direction == "←":
        return "to_c2"
    if c_says and h_says:
        return {"c2": "to_hector", "hector": "to_c2"}.get(policy, "clash")
    return "to_hector" if c_says else "to_c2"
