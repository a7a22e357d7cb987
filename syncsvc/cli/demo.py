"""``syncsvc demo``: a school board's two systems, a first synchronisation, a day of changes, a second and a quiet third one.

Everything is real but the systems: HTTP, the rules file that ships, a SQLite state. It reads no settings of the person who runs
it and leaves nothing behind. What it tells is in ``demo_story.py``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from syncsvc import bootstrap
from syncsvc.cli.demo_story import Story
from syncsvc.cli.errors import ExitCode
from syncsvc.cli.output import Out
from syncsvc.cli.progress import watched
from syncsvc.cli.stopping import Stop, ended_by_signals
from syncsvc.domain.errors import SettingsError
from syncsvc.domain.plan import RunStatus
from syncsvc.domain.rules import Rules
from syncsvc.engine.report import RunReport
from syncsvc.engine.request import RunRequest
from syncsvc.rules_file import load_rules
from syncsvc.sandbox import Sandbox
from syncsvc.sandbox.inventory import day_of_changes, school_board
from syncsvc.settings import Settings
from syncsvc.settings.model import C2Settings, HectorSettings, LogSettings
from syncsvc.shipped import shipped
from syncsvc.state import queries

DATABASE = "syncsvc.db"
_WENT_WELL = {RunStatus.SUCCEEDED, RunStatus.COMPLETED_WITH_ERRORS}


def demo(keep: Path | None) -> int:
    """Show it all; gives 0 when all went as intended. ``keep`` is a directory that the state stays in."""
    with ended_by_signals(), _place(keep) as directory, Sandbox(*school_board()) as box:
        settings = _settings(box, directory)
        bootstrap.start_logs(settings)
        rules = load_rules(shipped("config/sync.example.yaml"))
        story = Story(Out())
        faults = _Demo(story, box, settings, rules).carry_out()
        story.end(faults, directory / DATABASE if keep else None)
    return ExitCode.WITH_ERRORS if faults else ExitCode.WELL


@dataclass(frozen=True, slots=True)
class _Demo:
    story: Story
    box: Sandbox
    settings: Settings
    rules: Rules

    def carry_out(self) -> list[str]:
        """Go through the story; gives what was not as intended."""
        self.story.begin(self.box, self.rules)
        self.story.chapter("1", "The first synchronisation", "Records that belong together are found; what is missing is made.")
        first = self._run()
        self.story.first_run(first)
        self.story.chapter("2", "A day goes by", "People work in both systems, as they do.")
        self.story.day(day_of_changes(self.box.c2, self.box.hector))
        self.story.chapter("3", "The second synchronisation", "Only what changed is written, in the direction the rules say.")
        second = self._run()
        with bootstrap.open_database(self.settings) as engine:
            self.story.second_run(second, queries.changes(engine, second.run), queries.conflicts(engine))
        self.story.chapter("4", "A third one, right after", "Nothing was changed since, so nothing may be written.")
        self.box.clear()
        third = self._run()
        writes = len(self.box.writes())
        self.story.third_run(third, writes)
        return [*_faults(first, second, third), *([f"the third run made {writes} writes"] if writes else [])]

    def _run(self) -> RunReport:
        with watched(self.settings, Stop(), logged=False) as watch:
            return bootstrap.synchronise(self.settings, self.rules, RunRequest(), watch)


def _faults(first: RunReport, second: RunReport, third: RunReport) -> list[str]:
    """Say what was not as intended; errors of records are: the inventory is as dirty as real ones."""
    found = []
    for number, report in enumerate((first, second, third), start=1):
        unwell = [category for category in report.categories if category.status not in _WENT_WELL]
        found += [f"run {number}: {category.category} {category.status.value}" for category in unwell]
        if report.status not in _WENT_WELL:
            found.append(f"run {number} {report.status.value}")
    for name, report in (("first", first), ("second", second)):
        if not any(any(category.created.values()) or any(category.updated.values()) for category in report.categories):
            found.append(f"the {name} run wrote nothing")
    return found


def _settings(box: Sandbox, directory: Path) -> Settings:
    """Make settings that stand by themselves: nothing comes from the environment."""
    return Settings(
        c2=C2Settings(url=box.c2_url, username=box.username, password=SecretStr(box.password)),
        hector=HectorSettings(url=box.hector_url, token=SecretStr(box.token)),
        database_url=SecretStr(f"sqlite:///{directory / DATABASE}"),
        log=LogSettings(level="error"),  # the story tells what happens
    )


@contextmanager
def _place(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="syncsvc-demo-") as directory:
            yield Path(directory)
        return
    place = keep.expanduser().resolve()
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"{place} cannot be made: {error.strerror}.", hint="Let --keep name another directory.") from error
    if (place / DATABASE).exists():
        raise SettingsError(f"{place} holds a database already.", hint="Let --keep name an empty directory.")
    yield place
