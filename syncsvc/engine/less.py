"""What of a refused creation is asked for once more: fewer fields where these may be at fault, nothing where the record exists.

Pure: who asks, and who records what is given up, stands in ``create.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncsvc.domain.errors import MissingRightError, RefusedError, RemoteError
from syncsvc.domain.plan import Change, FieldChange
from syncsvc.domain.records import Side
from syncsvc.domain.rules import CategoryPair
from syncsvc.engine.columns import Columns

CONFLICT = 409
ASSET_TAG = "asset.asset_tag"


def less(change: Change, error: RemoteError, pair: CategoryPair, columns: Columns) -> Change | None:
    """Give the creation with the fields that may still be right; what is left out is written one by one afterwards.

    A refusal that names fields leaves those out that the record need not have; one that names none, all but those that it must
    have. ``None``: asking for less would not help, or would make a record that is there already a second time.
    """
    may_be_a_field = isinstance(error, RefusedError) or (isinstance(error, MissingRightError) and change.system is Side.C2)
    if not may_be_a_field or taken(change, error, pair, columns) is not None:
        return None
    own = [field for field in change.fields if field.mapping in columns.place]
    named = [field for field in own if columns.named(field, error) is not None]
    if any(columns.field(field).required for field in named):
        return None
    dropped = named or [field for field in own if not columns.field(field).required]
    kept = tuple(field for field in change.fields if field not in dropped)
    return replace(change, fields=kept) if dropped else None


def taken(
    change: Change, error: RemoteError, pair: CategoryPair, columns: Columns
) -> tuple[RefusedError, FieldChange | None] | None:
    """Give the error, and the field that it is about, where a refusal says that the record exists already.

    Made without the field that tells records apart, it would be there twice, and be billed twice.
    """
    if not isinstance(error, RefusedError):
        return None
    telling = _telling(change, pair, columns)
    named = [field for field in telling if columns.named(field, error) is not None]
    if error.status != CONFLICT and not named:
        return None
    field = next(iter(named or telling), None)
    said = (columns.named(field, error) if field is not None else None) or error.message
    about = f"“{field.field}” ({field.after})" if field is not None else "one of its values"
    made = "asset" if change.system is Side.HECTOR else "CI"
    return RefusedError(
        f"{change.system.label} did not create the {made} because of {about}: {said}",
        hint=f"The {made} seems to exist already, perhaps in another category: join the two by hand (syncsvc links add), or "
        "correct the value.",
        status=error.status,
    ), field


def _telling(change: Change, pair: CategoryPair, columns: Columns) -> Sequence[FieldChange]:
    """Give the fields that tell one record from another: the asset tag first, then those of ``match_on``."""
    matched = {pair.mappings[place].key for place in pair.match_on or ()}
    own = [field for field in change.fields if field.mapping in columns.place]
    tags = [field for field in own if columns.field(field).key == ASSET_TAG]
    return [*tags, *(field for field in own if field.mapping in matched and field not in tags)]
