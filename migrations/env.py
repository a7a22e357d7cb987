"""Runs the migrations on the connection that syncsvc hands over (``syncsvc/state/schema.py``).

There is no ``alembic.ini``: ``syncsvc db upgrade``, ``sync`` and ``serve`` bring the database to this version themselves.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from syncsvc.state.tables import metadata


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
