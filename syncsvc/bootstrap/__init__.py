"""The one place that builds concrete parts and joins them: settings become clients, engine, lock, conventions, surroundings.

Entry points (the command line, the console, the schedule) come through here and decide nothing about it. What a run does is the
engine's business, how it is watched the entry point's. ``runs.py`` joins a run, ``systems.py`` the connections to both systems,
``database.py`` opens the state, ``mails.py`` sends what a run leaves to be told.
"""

from __future__ import annotations

from syncsvc.bootstrap.clock import now
from syncsvc.bootstrap.database import (
    check_database,
    is_run_under_way,
    mark_interrupted,
    open_and_keep,
    open_database,
    open_for_writing,
    prepare,
)
from syncsvc.bootstrap.mails import mail_server, send_waiting, tell, tell_missed, tell_silence
from syncsvc.bootstrap.runs import Watch, explain, synchronise
from syncsvc.bootstrap.start import load, start_logs
from syncsvc.bootstrap.systems import (
    Systems,
    c2_to_examine,
    hector_to_examine,
    memories,
    open_remembering,
    open_systems,
)

__all__ = [
    "Systems",
    "Watch",
    "c2_to_examine",
    "check_database",
    "explain",
    "hector_to_examine",
    "is_run_under_way",
    "load",
    "mail_server",
    "mark_interrupted",
    "memories",
    "now",
    "open_and_keep",
    "open_database",
    "open_for_writing",
    "open_remembering",
    "open_systems",
    "prepare",
    "send_waiting",
    "start_logs",
    "synchronise",
    "tell",
    "tell_missed",
    "tell_silence",
]
