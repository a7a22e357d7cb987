"""A run's errors and conflicts as mails take them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from syncsvc.notify.news import CategoryFacts, Row, RunFacts
from syncsvc.notify.texts import Words

NIGHT = datetime(2026, 11, 22, 2, 0, 41, tzinfo=UTC)
"""The evening of 21 November, where the people are."""
ZONE = "America/Toronto"
FRENCH, ENGLISH = Words("fr", ZONE), Words("en", ZONE)


def run(status: str = "completed_with_errors", *categories: CategoryFacts, **changed: Any) -> RunFacts:
    known: dict[str, Any] = {"number": 12, "kind": "daily", "full": True, "started_at": NIGHT}
    return RunFacts(status=status, categories=categories or (portables(),), **known | changed)


def portables(status: str = "completed_with_errors", *held: str) -> CategoryFacts:
    return CategoryFacts("Inventaire", "Portables", status, held)


def error(number: int = 1, **changed: Any) -> Row:
    known: dict[str, Any] = {
        "kind": "validation",
        "cmdb": "Inventaire",
        "category": "Portables",
        "ci": f"{number:06}",
        "asset": f"TAG-{number}",
        "field": "Prix",
        "c2_value": "cher",
        "hector_value": None,
        "message": "“cher” is not a number, as “Prix” needs.",
        "hint": "Write it like 1234,56.",
    }
    return Row(**known | changed)


def conflict(number: int = 7, **changed: Any) -> Row:
    known: dict[str, Any] = {
        "kind": "conflict",
        "cmdb": None,
        "category": "Portables",
        "ci": f"{number:06}",
        "asset": "31",
        "field": "Prêté",
        "c2_value": True,
        "hector_value": False,
        "conflict": number,
    }
    return Row(**known | changed)


def unreachable(**changed: Any) -> Row:
    """What concerns no single category."""
    known: dict[str, Any] = {
        "kind": "credentials",
        "cmdb": None,
        "category": None,
        "ci": None,
        "asset": None,
        "field": None,
        "c2_value": None,
        "hector_value": None,
        "message": "C2 refused the credentials: Nom d'utilisateur inconnu.",
        "hint": "Check SYNCSVC_C2__USERNAME and SYNCSVC_C2__PASSWORD.",
    }
    return Row(**known | changed)
