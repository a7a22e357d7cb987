"""One record's write, from the look before it to what the answer says: the part of applying that runs in a pool of threads.

Nothing here touches the store. A write is tried once; when its answer is lost, or the system puts it off, the record is read
again, and only a value that still is what the plan saw is written a second time. A look that has grown old before the write,
while others were waited for, is taken again too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Generic, TypeVar

from syncsvc.domain.errors import ConversionError, CredentialsError, NotFoundError, RefusedError, RemoteError
from syncsvc.domain.plan import FieldChange
from syncsvc.domain.records import Asset, ConfigurationItem, RecordKind, Subcategory
from syncsvc.domain.values import Value, fold, same
from syncsvc.engine.context import StoppedError
from syncsvc.state.rounds import Stamp

FRESH = timedelta(seconds=10)
"""How long ago a record may have been looked at when it is written."""
ATTEMPTS = 3
"""Times that a write whose answer was lost is tried, the record read again before each."""

IGNORED = "The value was accepted, but the field still holds what it held before."
IGNORED_HINT = "Find out what keeps it there: a workflow, an automation, a lock on the record. The next run tries again."

Record = TypeVar("Record", ConfigurationItem, Asset, Subcategory)


@dataclass(slots=True)
class Written(Generic[Record]):
    """What came of one record's planned fields."""

    record: Record | None
    """As the system holds it now; ``None`` when it is not known."""
    done: list[FieldChange] = field(default_factory=list)
    held: dict[str, Value] = field(default_factory=dict)
    """What each of those held when it was done, by mapping: in ``record`` somebody may have changed it since."""
    left: list[FieldChange] = field(default_factory=list)
    """Fields that are no longer what the plan saw."""
    refused: list[tuple[FieldChange, RemoteError | ConversionError]] = field(default_factory=list)
    unsent: list[FieldChange] = field(default_factory=list)
    """Fields that were not asked for any more, because the run was asked to stop."""
    stopped: StoppedError | None = None
    """What kept them back."""
    gone: bool = False
    """Whether the record is no longer there."""
    changed_before: datetime | None = None
    """The record's change time right before the first write; ``None`` when somebody has changed it since, at no known time."""
    wrote: bool = False
    """Whether a write of ours was carried out, or may have been."""
    unseen: set[str] = field(default_factory=set)
    """Mappings that were written and of which it is not known what is stored: the answer did not show them, nor did a look."""


@dataclass(slots=True)
class Look:
    """When a record was last looked at."""

    now: Callable[[], datetime]
    at: datetime

    def renew(self) -> None:
        """Say that its system has just shown it."""
        self.at = self.now()

    def doubt(self) -> None:
        """Say that it is to be looked at again before anything is written."""
        self.at = datetime.min.replace(tzinfo=UTC)

    @property
    def is_old(self) -> bool:
        """Whether somebody may well have changed it since."""
        return self.now() - self.at > FRESH


@dataclass(frozen=True, slots=True)
class Target(Generic[Record]):
    """How one kind of record is looked at and written."""

    shown: Callable[[Record], Mapping[str, Value]]
    """All that an answer says of a record, by what stands for it in a change."""
    is_what_we_wrote: Callable[[Value, FieldChange], bool]
    """Whether a value is the planned one, or what its field keeps of that: cut, rounded."""
    again: Callable[[], Record | None]
    """Read the record again; ``None``: it is gone."""
    write: Callable[[Sequence[FieldChange]], Record]
    """Write these fields in one call."""
    one_at_a_time: bool = False
    """Whether the system takes one field a call."""
    named: Callable[[FieldChange, RemoteError], str | None] = lambda _change, _error: None
    """What a refusal says about this very field, where it names it."""
    absent: Callable[[Record], frozenset[str]] = lambda _record: frozenset()
    """The mappings of whose fields an answer says nothing."""


def write_record(
    record: Record | None,
    changes: Sequence[FieldChange],
    target: Target[Record],
    look: Look,
    may_begin: Callable[[], None] = lambda: None,
) -> Written[Record]:
    """Write the planned fields of one record that was read at ``look``; every field stands for itself.

    ``may_begin`` is asked before each call that writes. Raises :class:`CredentialsError`, and what ``may_begin`` raises but for a
    request to stop: everything else is in the result.
    """

    def write(batch: Sequence[FieldChange]) -> Record:
        may_begin()
        return target.write(batch)

    guarded = replace(target, write=write)
    result: Written[Record] = Written(record)
    if record is None:
        result.gone = True
        return result
    result.changed_before = record.modified_at
    batches: list[list[FieldChange]] = [[change] for change in changes] if target.one_at_a_time else [list(changes)]
    while batches and not result.gone:
        batch = batches.pop(0)
        try:
            wanted = _look_again(result, batch, target, look) if look.is_old else _still_wanted(result, batch, target)
            if wanted:
                batches = _try(result, wanted, guarded, look) + batches
        except StoppedError as stopped:
            result.stopped = stopped
            settled = [*result.done, *result.left, *(change for change, _ in result.refused)]
            result.unsent = [change for some in (batch, *batches) for change in some if change not in settled]
            return result
    return result


def _still_wanted(result: Written[Record], batch: Sequence[FieldChange], target: Target[Record]) -> list[FieldChange]:
    """Sort out the fields that hold the wanted value already, and those that somebody changed meanwhile."""
    assert result.record is not None
    wanted, shown = [], target.shown(result.record)
    for change in batch:
        now = shown.get(change.mapping)
        if target.is_what_we_wrote(now, change):
            result.done.append(change)
            result.held[change.mapping] = now
        elif same(now, change.before):
            wanted.append(change)
        else:
            result.left.append(change)
    return wanted


def _try(result: Written[Record], batch: list[FieldChange], target: Target[Record], look: Look) -> list[list[FieldChange]]:
    """Write one batch; gives the batches that are to be tried instead where it was refused or its answer was lost."""
    error: RemoteError | None = None
    for tried in count(1):
        try:
            answer = target.write(batch)
        except (CredentialsError, StoppedError):
            raise
        except RemoteError as raised:
            error = raised
        else:
            look.renew()
            _sort(result, batch, target, answer)
            result.wrote = True
            if _moved_away(result, answer):
                result.gone, result.record = True, None
                return []
            _take(result, answer, batch, target)
            _complete(result, batch, target, look)
            return []
        result.wrote = result.wrote or error.may_have_been_done
        if not (error.may_have_been_done or error.repeats):
            break
        batch = _look_again(result, batch, target, look, error)
        if not batch:
            return []
        if tried >= (ATTEMPTS if error.may_have_been_done else 1 + error.repeats):
            break
    assert error is not None
    if isinstance(error, NotFoundError):
        result.gone = True
        return []
    look.doubt()  # what is left of the batch is another write
    return _split(result, batch, target, error)


def _sort(result: Written[Record], batch: Sequence[FieldChange], target: Target[Record], answer: Record) -> None:
    """Sort out which fields of an accepted write are done. One that holds what it held before was not written, whatever was said.

    Taken for done, the two sides would differ from then on and nobody would have changed anything since.
    """
    shown, stays = target.shown(answer), not _moved_away(result, answer)
    for change in batch:
        now = shown.get(change.mapping)
        if stays and change.mapping in shown and same(now, change.before) and not _may_be_kept_of(change.after, now):
            result.refused.append((change, RefusedError(IGNORED, hint=IGNORED_HINT)))
        else:
            result.done.append(change)
            result.held[change.mapping] = now


def _may_be_kept_of(value: Value, held: Value) -> bool:
    """Whether a field may hold this of a value, also by limits that its system does not tell: cut, in capitals, rounded."""
    match value, held:
        case str(), str():
            return fold(value).startswith(fold(held))
        case Decimal(), Decimal():
            return abs(value - held) < 1
        case datetime(), datetime():
            return abs(value - held) < timedelta(days=1)
        case _:
            return same(value, held)


def _complete(result: Written[Record], batch: Sequence[FieldChange], target: Target[Record], look: Look) -> None:
    """Read a record again whose answer left fields out: nobody emptied them. Where that fails, the next write looks first."""
    assert result.record is not None
    absent = target.absent(result.record)
    if not absent:
        return
    result.unseen |= {change.mapping for change in batch if change.mapping in absent}
    look.doubt()
    try:
        record = target.again()
    except RemoteError:  # the write has succeeded all the same
        return
    if record is not None and not _moved_away(result, record):
        look.renew()
        _take(result, record, batch, target)
        for change in (change for change in batch if change.mapping in absent):
            now = target.shown(record).get(change.mapping)
            if target.is_what_we_wrote(now, change):
                result.unseen.remove(change.mapping)
                result.held[change.mapping] = now


def _look_again(
    result: Written[Record],
    batch: Sequence[FieldChange],
    target: Target[Record],
    look: Look,
    error: RemoteError | None = None,
) -> list[FieldChange]:
    """Find out what a record holds after a failed write or a long wait; gives the fields that still are what the plan saw."""
    try:
        record = target.again()
    except (CredentialsError, StoppedError):
        raise
    except RemoteError as failure:
        look.doubt()  # the record's other fields have not been seen either since the write that failed
        result.refused += [(change, error or failure) for change in batch]
        return []
    look.renew()
    if record is None or _moved_away(result, record):
        result.gone = True
        return []
    _take(result, record, batch, target)
    return _still_wanted(result, batch, target)


def _moved_away(result: Written[Record], record: Record) -> bool:
    """Whether a record has gone to another category: what it shows there is not what it holds."""
    assert result.record is not None
    return record.category_id != result.record.category_id


def _take(result: Written[Record], record: Record, batch: Sequence[FieldChange], target: Target[Record]) -> None:
    """Take up how a record stands now, and tell whose change its change time says.

    Until a write of ours may have been carried out it is other people's. After that a value which is neither as it was nor what
    this batch writes shows that somebody else was there too, but not when.
    """
    assert result.record is not None
    before, now = target.shown(result.record), target.shown(record)
    changed = {mapping for mapping, value in now.items() if not same(value, before.get(mapping, value))}
    ours = {change.mapping for change in batch if target.is_what_we_wrote(now.get(change.mapping), change)}
    if not result.wrote:
        result.changed_before = record.modified_at
    elif changed - ours:
        result.changed_before = None
    result.record = record


def _split(
    result: Written[Record], batch: list[FieldChange], target: Target[Record], error: RemoteError
) -> list[list[FieldChange]]:
    """Take out the fields that a refusal names, or else try the fields one by one."""
    named = [change for change in batch if target.named(change, error) is not None]
    if not isinstance(error, RefusedError) or len(batch) == 1:
        result.refused += [(change, error) for change in batch]
        return []
    if named:
        result.refused += [(change, error) for change in named]
        rest = [change for change in batch if change not in named]
        return [rest] if rest else []
    return [[change] for change in batch]


def stamp_of(kind: RecordKind, written: Written[Any]) -> Stamp | None:
    """Give the change times that a write left; ``None`` when nothing was written, or the system tells no times."""
    record = written.record
    if not written.wrote or record is None or record.modified_at is None:
        return None
    return Stamp(kind, str(record.id), written.changed_before, record.modified_at)
