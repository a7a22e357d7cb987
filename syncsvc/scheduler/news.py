"""Who is told what the service meets; whoever starts the service gives it that, so that the schedule knows nothing of mails.

A run is never broken or delayed by what is said about it. What was said before, and whether it is said again, is the teller's
business: the same thing may be told more than once here, after a restart for example.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from syncsvc.domain.errors import RulesError
from syncsvc.domain.rules import Rules
from syncsvc.domain.told import Reason
from syncsvc.engine.report import RunReport
from syncsvc.scheduler.silence import Silent


class News(Protocol):
    """Takes what is to be told; ``rules`` are the last that could be read, ``None`` where none ever could."""

    def after_run(self, rules: Rules, report: RunReport) -> None:
        """Tell of a run: its errors, that they are over, that it is held."""

    def asked_for(self, rules: Rules, run: int) -> None:
        """Tell of a run that somebody asked for and nobody looked at, where it did not go well."""

    def missed(self, rules: Rules | None, nights: Sequence[datetime], why: Reason, *, caught_up: bool) -> None:
        """Tell that the runs of these due times did not take place; raises where that is to be tried again."""

    def silent(self, rules: Rules, categories: Sequence[Silent]) -> None:
        """Tell which categories are silent; called every few minutes as long as any is; raises likewise."""

    def rules_refused(self, rules: Rules | None, error: RulesError) -> None:
        """Tell that the rules file cannot be used; the schedule stays as it was, and no run begins."""

    def send_waiting(self, rules: Rules | None) -> None:
        """Try what could not be delivered yet; called every minute."""


class Nobody:
    """Tells nobody."""

    def after_run(self, rules: Rules, report: RunReport) -> None:
        """Say nothing."""

    def asked_for(self, rules: Rules, run: int) -> None:
        """Say nothing."""

    def missed(self, rules: Rules | None, nights: Sequence[datetime], why: Reason, *, caught_up: bool) -> None:
        """Say nothing."""

    def silent(self, rules: Rules, categories: Sequence[Silent]) -> None:
        """Say nothing."""

    def rules_refused(self, rules: Rules | None, error: RulesError) -> None:
        """Say nothing."""

    def send_waiting(self, rules: Rules | None) -> None:
        """Send nothing."""
