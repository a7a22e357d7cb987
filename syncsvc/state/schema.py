"""The schema's versions as this program knows them: where the migrations are, and how Alembic is asked to take them.

The steps themselves are in ``migrations/`` of a checkout or inside the installed package; ``database.py`` carries them out.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from syncsvc.domain.errors import SettingsError
from syncsvc.shipped import shipped


@cache  # asked before every run, and the steps of a program that is running do not change
def head_version(scripts: Path | None = None) -> str:
    """Give the schema version that this program works with; ``scripts`` is the migrations' directory, if not the shipped one."""
    head = ScriptDirectory.from_config(_config(scripts)).get_current_head()
    assert head is not None
    return head


def version_of(connection: Connection) -> str | None:
    """Give the schema version of a database; ``None``: it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def refuse_newer(connection: Connection, scripts: Path | None = None) -> None:
    """Raise :class:`SettingsError` for a database that a newer program has brought further."""
    known = {script.revision for script in ScriptDirectory.from_config(_config(scripts)).walk_revisions()}
    version = version_of(connection)
    if version is not None and version not in known:
        raise SettingsError(
            f"The database is at version {version}, which this syncsvc does not know: a newer one has been at work on it.",
            hint="Install that newer syncsvc again, or go back to a copy of the database made before it.",
        )


def migrate(connection: Connection, scripts: Path | None = None) -> None:
    """Take every step that is missing, within the connection's transaction."""
    config = _config(scripts)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config(scripts: Path | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts or shipped("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
