"""What every entry point begins with: the settings, and the logs with every secret hidden in them."""

from __future__ import annotations

import logging
from pathlib import Path

from syncsvc import logs
from syncsvc.settings import Settings, load_settings

CHATTY = ("alembic", "sqlalchemy", "uvicorn")
"""Libraries whose own steps nobody asked for: hundreds of lines for every one that says what was written."""


def load(env_file: Path | None = None) -> Settings:
    """Read the settings and start the logs, with every secret hidden in them; raises :class:`SettingsError`."""
    settings = load_settings(env_file or ".env")
    start_logs(settings)
    return settings


def start_logs(settings: Settings) -> None:
    """Start the logs as the settings ask; nothing is logged before the secrets are known."""
    for secret in settings.secrets():
        logs.add_secret(secret)
    logs.configure(settings.log.level, settings.log.format)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
