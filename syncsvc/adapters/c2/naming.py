"""The two names of a CI: which of them C2 shows as ``Name``, and whether both hold what was written. Pure.

``Name`` is written in two calls. If only the shown half of it were, the next look would find everything in order, and the other
half would stay as it was for ever.
"""

from __future__ import annotations

from syncsvc.adapters.c2.bodies import HALVES
from syncsvc.adapters.c2.wire import WireCI
from syncsvc.adapters.parsing import label
from syncsvc.domain.errors import RefusedError, RemoteError

_ATTRIBUTES = {"EnglishName": "english_name", "FrenchName": "french_name"}


class Names:
    """What is known of the names that one account is shown."""

    def __init__(self, language: str) -> None:
        self.shown = "FrenchName" if language == "fr" else "EnglishName"
        """The half that the account is shown as ``Name``; a guess by the settings until a CI has told."""
        self._is_known = False

    def learn(self, wire: WireCI) -> None:
        """Take from a CI with two different names which of them is shown."""
        if self._is_known or wire.english_name == wire.french_name:
            return
        shown = [half for half in HALVES if getattr(wire, _ATTRIBUTES[half]) == wire.name]
        if wire.name and len(shown) == 1:
            (self.shown,) = shown
            self._is_known = True

    def check(self, answered: WireCI, body: dict[str, str]) -> None:
        """Raise :class:`RefusedError` when C2 accepted a half and does not hold it; what ``Name`` shows everybody sees anyway."""
        half = body["PropertyName"]
        held = getattr(answered, _ATTRIBUTES[half])
        if not isinstance(held, str) or held == answered.name:
            return  # not shown, or not kept by a tenant with one language
        if not _is_of(label(held), label(body["Value"])):
            raise RefusedError(
                f"C2 accepted the {half} “{label(body['Value'])}”, but holds “{label(held)}”.",
                hint=f"If this tenant has names in one language only, map its {self.shown} instead of Name.",
            )

    def half_written(self, error: RemoteError, answered: WireCI, body: dict[str, str]) -> None:
        """Tell the failure of the second half from one that a look at ``Name`` could clear up.

        Where ``Name`` shows the half that was written already, it reads as wanted whatever became of this one.
        """
        error.message = f"Only one of the two names was written, not the {body['PropertyName']}. {error.message}"
        if label(answered.name or "") == label(body["Value"]):
            error.may_have_been_done = False
            error.repeats = 0


def _is_of(held: str, written: str) -> bool:
    """Whether this is what was written, cut at a length perhaps; nothing at all stands for a language that is not kept."""
    return written.casefold().startswith(held.casefold())
