"""Errors of earlier runs that stand: a run in part does not look at their records, and has them along with its own.

Without them it would say that all is well right after a run that left errors. Conflicts need nothing of the kind, they are kept
until they are over.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from syncsvc.domain.errors import ErrorKind
from syncsvc.domain.plan import Problem
from syncsvc.engine.world import World
from syncsvc.state.store import Store

STANDING = frozenset({ErrorKind.AMBIGUOUS, ErrorKind.DISAGREEMENT, ErrorKind.VALIDATION})
"""Kinds that last until somebody edits a record. The others are said once, or every run looks at their records again."""
_WORD = re.compile(r"\w+")


def standing_errors(store: Store, world: World, names: tuple[str, str], looked_at: Collection[str]) -> list[Problem]:
    """Give the errors that the last good run of a category left, without those of the pairs that are looked at anew.

    That run has those of its predecessors along. ``names`` are the category's as the rules have them, ``looked_at`` is of CI ids.
    """
    began = world.before.last_good_at
    left = store.problems_left(began, names, STANDING) if began is not None else []
    if not left:
        return []
    links = [world.links[ci_id] for ci_id in looked_at]
    numbers = {link.ci_number for link in links}
    labels = {world.assets[link.asset_id].label for link in links}
    return [problem for problem in left if not _is_about(problem, numbers, labels)]


def _is_about(problem: Problem, numbers: set[str], labels: set[str]) -> bool:
    """Whether a problem is about a CI with one of these numbers, or about an asset alone that is called like one of these.

    A disagreement is about all the CIs that it names.
    """
    if problem.kind is ErrorKind.DISAGREEMENT and not numbers.isdisjoint(_WORD.findall(problem.message)):
        return True
    return problem.ci_number in numbers if problem.ci_number is not None else problem.asset in labels
