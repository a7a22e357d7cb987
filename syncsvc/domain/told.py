"""What people have been told by mail and is not over: the common word of those who decide, store and write mails."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Topic(StrEnum):
    """What a standing piece of news is about."""

    ERRORS = "errors"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said and has not ended; its fingerprint changes when the thing itself does."""

    fingerprint: str
    topic: Topic
    kind: str
    """An error's kind, ``conflict``, or ``silent``."""
    cmdb: str | None
    category: str | None
