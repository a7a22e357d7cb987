"""The service's news by mail; what is queued and when it is sent is decided behind ``bootstrap/mails.py``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from syncsvc import bootstrap
from syncsvc.domain.errors import RulesError, SyncError
from syncsvc.domain.rules import Rules
from syncsvc.domain.told import Reason
from syncsvc.engine.report import RunReport
from syncsvc.scheduler.silence import Silent
from syncsvc.settings import Settings

_log = structlog.get_logger("syncsvc")


class Mails:
    """Tells by mail, to whom the last good rules name."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def after_run(self, rules: Rules, report: RunReport) -> None:
        """Queue what there is to say about a run; the next minute sends it."""
        bootstrap.tell(self._settings, rules, report.run, send=False)

    def asked_for(self, rules: Rules, run: int) -> None:
        """Queue what there is to say about a run that somebody asked for; the next minute sends it."""
        bootstrap.tell(self._settings, rules, run, send=False)

    def missed(self, rules: Rules | None, nights: Sequence[datetime], why: Reason, *, caught_up: bool) -> None:
        """Queue and send the mail about nights without a run; raises where neither is possible now."""
        if rules is not None:
            bootstrap.tell_missed(self._settings, rules, nights, why, caught_up=caught_up)

    def silent(self, rules: Rules, categories: Sequence[Silent]) -> None:
        """Queue and send the mail about silent categories; that they are well again is told with their run."""
        since = bootstrap.now() - timedelta(hours=self._settings.silent_after)
        bootstrap.tell_silence(self._settings, rules, {(c.cmdb, c.category): c.last_good_at for c in categories}, since)

    def rules_refused(self, rules: Rules | None, error: RulesError) -> None:
        """Leave it to the log and the port: somebody may be at it, and the mail about a missed night says why."""

    def send_waiting(self, rules: Rules | None) -> None:
        """Tell of the runs that nobody came to tell of, and send what waits, as long as it is known to whom."""
        if rules is None:
            return
        try:
            bootstrap.send_waiting(self._settings, rules)
        except SyncError as error:
            _log.warning("mails wait", why=error.message)
        except Exception:  # noqa: BLE001 - the next minute tries again
            _log.exception("mails failed")
