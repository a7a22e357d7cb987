"""The two writing calls of C2's API: what they do to the tenant, and the JSON text that they give back.

The caller, ``c2_api``, holds the lock and has let them in.
"""

from __future__ import annotations

from typing import Any

from syncsvc.sandbox.c2_body import read_guid, read_object, read_objects, read_text
from syncsvc.sandbox.c2_changes import NAMES, PROPERTIES, checked_value, make_ci, put_values, touch, write_property
from syncsvc.sandbox.c2_records import Category, Ci, Definition, Kind, RefusedError
from syncsvc.sandbox.c2_show_ci import saved_ci, whole_ci
from syncsvc.sandbox.c2_world import C2World

_SAVED_TEXTS = {"frenchdescription": "FrenchDescription", "englishdescription": "EnglishDescription"}
_SAVED_TEXTS |= {"tags": "Tags", "externalid": "ExternalId"}


class C2Writes:
    """The calls, on one world."""

    def __init__(self, world: C2World) -> None:
        self._world = world

    # -- CI/Save ---------------------------------------------------------------------------------------------------------

    def save(self, body: dict[str, Any], *, by: str) -> str:
        """Create a CI. A refusal (:class:`RefusedError`) does not say which field was at fault, and leaves nothing behind."""
        try:
            view = read_object(body.get("viewmodel"))
            category = self._category_of(view)
            names = self._names(view)
            values = self._checked(category, _sent_values(category, read_object(view.get("customfields"))))
            texts = names | _texts(view)
            ci = make_ci(self._world, category, by=by, state_id=read_guid(view.get("stateid")))
        except RefusedError as refusal:
            raise RefusedError(f"Le CI n'a pas été enregistré : {refusal}.") from refusal
        for name, text in texts.items():
            write_property(self._world, ci, name, text)
        put_values(ci, values)
        return saved_ci(self._world, ci)

    def _category_of(self, view: dict[str, Any]) -> Category:
        category = self._world.categories.get(read_guid(view.get("categoryid")) or "")
        if category is None or category.cmdb_id != read_guid(view.get("cifolderid")):
            raise RefusedError("la catégorie n'existe pas dans ce dossier")
        return category

    def _names(self, view: dict[str, Any]) -> dict[str, str]:
        given = {name: read_text(view.get(name.lower())).strip() for name in NAMES}
        present = [text for text in given.values() if text]
        if not present:
            raise RefusedError("un nom est requis")
        return {name: text or present[0] for name, text in given.items()}

    def _checked(self, category: Category, sent: dict[str, str]) -> dict[str, str | None]:
        values = {}
        for definition in category.definitions:
            text = sent.get(definition.id)
            if text is not None:
                values[definition.id] = checked_value(self._world, definition, text, held=None, strict=True)
            elif definition.required and definition.kind != Kind.CHECKBOX:
                raise RefusedError("une valeur requise manque")
        return values

    # -- CI/UpdateProperty -----------------------------------------------------------------------------------------------

    def update_property(self, body: dict[str, Any], *, by: str) -> str:
        """Change one property. A refusal (:class:`RefusedError`) names the field."""
        ci = self._world.cis.get(read_guid(body.get("id")) or "")
        if ci is None or ci.is_deleted:
            raise RefusedError("Le CI demandé n'existe pas.")
        if ci.is_read_only:
            raise RefusedError("Ce CI est en lecture seule.")
        text, name = body.get("value"), body.get("propertyname")
        if not isinstance(text, str):
            raise RefusedError("« Value » doit être un texte.")
        definition = None if name is not None else self._definition(ci, body.get("customfieldsequencenumber"))
        try:
            if definition is None:
                self._write_property(ci, str(name), text)
            else:
                held = ci.values.get(definition.id)
                put_values(ci, {definition.id: checked_value(self._world, definition, text, held=held, strict=True)})
        except RefusedError as refusal:
            label = name if definition is None else self._world.label(definition)
            raise RefusedError(f"Le champ « {label} » n'a pas été modifié : {refusal}.") from refusal
        touch(self._world, ci, by)
        return whole_ci(self._world, ci)

    def _write_property(self, ci: Ci, name: str, text: str) -> None:
        if name not in PROPERTIES:
            raise RefusedError("cette propriété est inconnue ou ne peut pas être modifiée")
        write_property(self._world, ci, name, text)

    def _definition(self, ci: Ci, number: Any) -> Definition:
        for definition in self._world.categories[ci.category_id].definitions:
            if str(definition.number) == number:
                return definition
        raise RefusedError(f"Le champ {number} n'existe pas dans la catégorie de ce CI.")


def _sent_values(category: Category, sent: dict[str, Any]) -> dict[str, str]:
    """Tie the values of a ``CustomFields`` member to definitions; what no cell of the category's section names is dropped."""
    texts = {read_guid(field.get("id")): field.get("value") for field in read_objects(sent.get("fields"))}
    values = {}
    for section in read_objects(sent.get("sections")):
        if read_guid(section.get("id")) != category.section.id:
            continue
        for cell in (cell for row in read_objects(section.get("rows")) for cell in read_objects(row.get("cells"))):
            definition_id, field_id = read_guid(cell.get("definitionid")), read_guid(read_object(cell.get("field")).get("id"))
            text = texts.get(field_id) if field_id else None
            if definition_id and text is not None:
                values[definition_id] = read_text(text)
    return values


def _texts(view: dict[str, Any]) -> dict[str, str]:
    return {name: read_text(view[key]) for key, name in _SAVED_TEXTS.items() if view.get(key) is not None}
