"""What people are told by mail: the common word of those who decide, store and write mails."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Topic(StrEnum):
    """What a standing piece of news is about."""

    ERRORS = "errors"
    HELD = "held"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said and has not ended; its fingerprint changes when the thing itself does."""

    fingerprint: str
    topic: Topic
    kind: str
    """An error's kind (``guard``: a held category), ``conflict``, or ``silent``."""
    cmdb: str | None
    category: str | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a nightly run did not take place: a code, which mails word in their language, and the program's own words."""

    code: str
    """``not_running``, ``another_run``, ``rules``, ``database``, ``settings`` or ``unexpected``."""
    words: str = ""
