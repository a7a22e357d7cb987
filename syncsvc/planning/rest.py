"""Whether a field comes to rest: values that are written again and again are noticed, said once, and left alone.

A field does not converge when the same value was written to the same side in three runs on end, or when it swung between two
values, one side each, in six. Only runs that looked at the pair count.
"""

from __future__ import annotations

from dataclasses import replace

from syncsvc.domain.plan import FieldWrite, History
from syncsvc.domain.records import Side
from syncsvc.domain.values import Value, encode

SAME = 3
"""Runs on end that write one value before the next is not written."""
SWINGS = 6
"""Runs on end that swing between two values. More than ``SAME``: a laptop lent and returned every day is no machine's doing."""


def written(history: History | None, write: FieldWrite) -> History:
    """Give the history after another write; one run counts once, however often it wrote the field."""
    before = [old for old in (history.writes if history else ()) if old.round < write.round]
    return History((*before, write)[-SWINGS:])


def carried_over(history: History, number: int) -> History | None:
    """Give the history of a field whose pair is not looked at in round ``number``: for it that round is none.

    ``None`` when there is nothing to carry over: a row of writes that was broken before stays broken.
    """
    if not history.writes or history.writes[-1].round != number - 1:
        return None
    return replace(history, writes=tuple(replace(write, round=write.round + 1) for write in history.writes))


def does_not_rest(history: History, number: int, side: Side, value: Value) -> bool:
    """Whether writing ``value`` to ``side`` in round ``number`` would only go on with what earlier runs did in vain."""
    write = FieldWrite(number, side, value)
    same = _on_end(history, number, SAME)
    if same and all(_alike(old, write) for old in same):
        return True
    swings = _on_end(history, number, SWINGS)
    if not swings or swings[0].side is swings[1].side:
        return False
    return all(_alike(old, swings[at % 2]) for at, old in enumerate(swings)) and _alike(write, swings[0])


def is_given_up(history: History, c2: Value, hector: Value) -> bool:
    """Whether the field was given up, and neither side holds anything but the two values that it was left with."""
    if history.stopped is None:
        return False
    left = [encode(value) for value in history.stopped]
    return encode(c2) in left and encode(hector) in left


def _on_end(history: History, number: int, count: int) -> list[FieldWrite]:
    """Give the last ``count`` writes if they are those of the rounds right before ``number``."""
    latest = list(history.writes[-count:])
    expected = list(range(number - count, number))
    return latest if [write.round for write in latest] == expected else []


def _alike(one: FieldWrite, other: FieldWrite) -> bool:
    return one.side is other.side and encode(one.value) == encode(other.value)
