"""What is said of records that matching leaves alone: who they are, which value is at issue, and what to do about it.

The advice never leads to what matching guards against: a second record of a thing that has one already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote

from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import Problem
from syncsvc.domain.records import Asset, ConfigurationItem
from syncsvc.domain.values import Kind

NAMED = 50
"""Records that an error about an ambiguous value names at the most."""
_CORRECT = "Correct the value where it is wrong; a record in which it is emptied counts as a thing of its own."
_CORRECT_OR_JOIN = "Join the two that are one thing by hand (syncsvc links add), and correct the value where it is wrong."


@dataclass(frozen=True, slots=True)
class Sharers:
    """Everybody who has one value of one field, and who of them still waits to be paired."""

    place: int
    cis: Sequence[ConfigurationItem]
    assets: Sequence[Asset]
    waiting_cis: Sequence[ConfigurationItem]
    waiting_assets: Sequence[Asset]

    @property
    def are_one_pair(self) -> bool:
        """Whether one waiting CI and one waiting asset have the value, and nobody else."""
        return len(self.waiting_cis) == len(self.waiting_assets) == len(self.cis) == len(self.assets) == 1

    @property
    def everybody(self) -> list[ConfigurationItem | Asset]:
        """All of them, CIs first."""
        return [*self.cis, *self.assets]

    @property
    def only_unused_ones_across(self) -> bool:
        """Whether one waiting record meets only inactive or retired ones of the other side."""
        own, across = (self.cis, self.assets) if self.waiting_cis else (self.assets, self.cis)
        return len(own) == 1 and not any(record.is_active for record in across)


@dataclass(frozen=True, slots=True)
class Issue:
    """A field that cannot tell records apart: its name, and the value that is at issue as each side shows it."""

    name: str
    c2_value: str | None
    hector_value: str | None

    def problem(self, message: str, hint: str, ci: ConfigurationItem | None, asset: Asset | None) -> Problem:
        """Say what is wrong with it, about those records that it keeps waiting."""
        return Problem(
            ErrorKind.AMBIGUOUS,
            message,
            hint,
            ci_number=ci.number if ci else None,
            asset=asset.label if asset else None,
            field=self.name,
            c2_value=self.c2_value,
            hector_value=self.hector_value,
        )


def ambiguous(issue: Issue, sharers: Sharers, unclear: Sequence[tuple[ConfigurationItem | Asset, str]]) -> Problem:
    """Say who shares a value, and what to do: never what would make a second record of a thing that has one."""
    if sharers.only_unused_ones_across:
        message = _only_unused(issue.name, sharers)
        hint = (
            "Bring the old record back if the thing is in use again, or correct the value if it is wrong. "
            "Do not empty it: a record without it counts as new."
        )
    elif unclear and len(sharers.cis) == len(sharers.assets) == 1:
        record, earlier = unclear[0]
        both = f"{called(sharers.cis[0])}, {called(sharers.assets[0])}"
        before = f"{called(record)} is already ambiguous by “{earlier}”"
        message = f"“{issue.name}” fits {both}, but {before}; nobody was linked or created."
        hint = f"Settle “{earlier}” first."
    else:
        people = _listed([called(record) for record in sharers.everybody])
        message = f"The same “{issue.name}” stands in {people}; nobody was linked or created."
        hint = _belongs_to_another(sharers) or (_CORRECT_OR_JOIN if sharers.cis and sharers.assets else _CORRECT)
    return issue.problem(message, hint, next(iter(sharers.waiting_cis), None), next(iter(sharers.waiting_assets), None))


def _only_unused(name: str, sharers: Sharers) -> str:
    """Say that a value is found across only on what is no longer in use."""
    if sharers.waiting_cis:
        where = f"“{name}” of CI {sharers.cis[0].number} is found in Hector only on"
        return f"The {where} {_which([f'asset {asset.label}' for asset in sharers.assets], 'retired')}; nothing was created."
    where = f"“{name}” of asset {sharers.assets[0].label} is found in C2 only on"
    return f"The {where} {_which([f'CI {ci.number}' for ci in sharers.cis], 'inactive')}; nothing was created."


def _belongs_to_another(sharers: Sharers) -> str:
    """Say what to do where nobody else has the value, but the one across is spoken for: perhaps by a record that is gone."""
    if len(sharers.cis) != 1 or len(sharers.assets) != 1:
        return ""
    ci, asset = sharers.cis[0], sharers.assets[0]
    across = f"Asset {asset.label}" if sharers.waiting_cis else f"CI {ci.number}"
    option = f"--asset {quote(asset.label)}" if sharers.waiting_cis else f"--ci {ci.number}"
    return (
        f"{across} belongs to another record (syncsvc explain tells which). If that one is gone or wrong, part the two: "
        f"syncsvc links remove {option}. Or else correct the value."
    )


def parted(issue: Issue, sharers: Sharers) -> Problem:
    """Say why two records that somebody parted get no other counterparts: they still look like one thing."""
    ci, asset = sharers.cis[0], sharers.assets[0]
    message = (
        f"{called(ci)} and {called(asset)} were parted by hand, yet both have the same “{issue.name}”; "
        "nobody was linked or created."
    )
    return issue.problem(message, f"{_CORRECT} Or join them again: syncsvc links add.", ci, asset)


def unreadable(name: str, record: str, kind: Kind) -> Problem:
    """Say that a value cannot be read by which a record would be recognised, so that nothing is made for it."""
    return Problem(
        ErrorKind.VALIDATION,
        f"The “{name}” of {record} is no {kind} that can be read: whether it has a counterpart is not known; none was made.",
        "Correct the value in its system.",
        field=name,
    )


def unfinished(record: str, made: str) -> Problem:
    """Say that nothing is made for a record as long as it is not known what was made for it in another category."""
    return Problem(
        ErrorKind.AMBIGUOUS,
        f"An earlier run lost the answer when it created {made} for {record} in another category; nothing is created for it here "
        "until a run of that category has found out what came of it.",
        "See the errors of that category, and synchronise it at least once more. Or link the record by hand: syncsvc links add.",
    )


def called(record: ConfigurationItem | Asset) -> str:
    """Name a record as errors do, and say where it is no longer in use."""
    if isinstance(record, ConfigurationItem):
        return f"CI {record.number}" + ("" if record.is_active else " (inactive)")
    return f"asset {record.label}" + ("" if record.is_active else " (retired)")


def _which(people: Sequence[str], state: str) -> str:
    return f"{_listed(people)}, which {'is' if len(people) == 1 else 'are'} {state}"


def _listed(people: Sequence[str]) -> str:
    return ", ".join(people[:NAMED]) + (f" and {len(people) - NAMED} more" if len(people) > NAMED else "")
