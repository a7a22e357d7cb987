"""How a CI is made and changed, with the checks that C2 makes for everybody; the API and people's edits both go through here.

What only the API refuses (read-only and required fields) is told by ``strict``.
"""

from __future__ import annotations

from collections.abc import Mapping

from syncsvc.sandbox.c2_records import C2Tenant, Category, Ci, Definition, Kind, RefusedError
from syncsvc.sandbox.c2_values import read_yes_no, stored_value

NAMES = ("FrenchName", "EnglishName")
_TEXTS = {
    "FrenchName": "french_name",
    "EnglishName": "english_name",
    "FrenchDescription": "french_description",
    "EnglishDescription": "english_description",
    "Tags": "tags",
}
_SWITCHES = {"IsActive": "is_active", "IsReadOnly": "is_read_only", "IsDeleted": "is_deleted"}
PROPERTIES = frozenset({*_TEXTS, "ExternalId", "IsActive", "StateId", "OwnerId"})
"""The system properties that ``UpdateProperty`` writes."""


def make_ci(tenant: C2Tenant, category: Category, *, by: str, ci_id: str | None = None, state_id: str | None = None) -> Ci:
    """Add an empty CI to a category. Raises :class:`RefusedError` for a state that the category does not have."""
    if state_id is not None and state_id not in category.states:
        raise RefusedError("l'état n'existe pas dans cette catégorie")
    tenant.last_number += 1
    now = tenant.now()
    ci = Ci(
        id=ci_id or tenant.new_id(),
        number=f"{tenant.last_number:08}",
        sequence_number=f"{tenant.next_sequence_number():08}",
        category_id=category.id,
        state_id=state_id or category.states[0],
        name_id=tenant.new_id(),
        description_id=tenant.new_id(),
        french_name="",
        english_name="",
        created_by=by,
        created_at=now,
        modified_by=by,
        modified_at=now,
    )
    tenant.cis[ci.id] = ci
    return ci


def touch(tenant: C2Tenant, ci: Ci, by: str) -> None:
    """Note who changed the CI, and when."""
    ci.modified_by, ci.modified_at = by, tenant.now()


def write_property(tenant: C2Tenant, ci: Ci, name: str, text: str) -> None:
    """Write a system property. Raises :class:`RefusedError`, the CI unchanged."""
    text = text.strip()
    if name in _SWITCHES:
        setattr(ci, _SWITCHES[name], read_yes_no(text))
    elif name in _TEXTS:
        if name in NAMES and not text:
            raise RefusedError("une valeur est requise")
        setattr(ci, _TEXTS[name], text)
    elif name == "ExternalId":
        ci.external_id = text or None
    elif name == "StateId":
        if text.lower() not in tenant.categories[ci.category_id].states:
            raise RefusedError("l'état n'existe pas dans cette catégorie")
        ci.state_id = text.lower()
    elif name == "OwnerId":
        if text and text.lower() not in tenant.clients:
            raise RefusedError("le client n'existe pas")
        ci.owner_id = text.lower() or None
    else:
        raise RefusedError("cette propriété est inconnue ou ne peut pas être modifiée")


def checked_value(tenant: C2Tenant, definition: Definition, text: str, *, held: str | None, strict: bool) -> str | None:
    """Give what is stored when ``text`` is written over ``held``. Raises :class:`RefusedError`."""
    stored = stored_value(tenant, definition, text)
    if strict:
        locked = definition.read_only or (definition.read_only_if_has_value and held is not None and stored != held)
        if locked:
            raise RefusedError("ce champ est en lecture seule")
        if stored is None and definition.required and definition.kind != Kind.CHECKBOX:
            raise RefusedError("une valeur est requise")
    return stored


def put_values(ci: Ci, values: Mapping[str, str | None]) -> None:
    """Store values by definition id; ``None`` empties."""
    for definition_id, stored in values.items():
        if stored is None:
            ci.values.pop(definition_id, None)
        else:
            ci.values[definition_id] = stored
