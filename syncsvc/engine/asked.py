"""What somebody asks of a run, in the words of ``syncsvc sync``, and whether it goes together: for the command and the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncsvc.domain.errors import UnfitRequestError
from syncsvc.engine.request import RunRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The choices of one run; ``None``: not chosen."""

    category: str | None = None
    ci: str | None = None
    asset: str | None = None
    full: bool = False
    dry_run: bool = False
    approve: int | None = None

    def request(self, spelt: Callable[[str], str] = str) -> RunRequest:
        """Give it as a run's request; ``spelt`` is how a choice is written where it was made.

        Raises :class:`UnfitRequestError` for choices that do not go together.
        """
        category, ci, asset = spelt("category"), spelt("ci"), spelt("asset")
        if self.ci is not None and self.asset is not None:
            raise UnfitRequestError(f"{ci} and {asset} do not go together.", hint="One of the two names the pair.")
        choices = {category: self.category, ci: self.ci, asset: self.asset}
        for choice, named in choices.items():
            if named is not None and not named.strip():
                raise UnfitRequestError(f"{choice} names nothing.", hint="Write the name behind it, or leave the option out.")
        if self.approve is not None and (any(choices.values()) or self.full or self.dry_run):
            raise UnfitRequestError(
                f"{spelt('approve')} carries out a held run as it was reviewed; it goes with no other choice.",
                hint=f"Leave {category}, {ci}, {asset}, {spelt('full')} and {spelt('dry_run')} out.",
            )
        kind = "approval" if self.approve is not None else "single" if self.ci or self.asset else "manual"
        return RunRequest(kind, self.full, self.dry_run, self.category, self.ci, self.asset, self.approve)
