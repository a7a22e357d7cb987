"""Rows of what is stored for every record: statements compiled once, columns converted as a whole, tuples for the driver.

A first load stores some thirteen rows a record. SQLAlchemy's own way, a dictionary a row of which each parameter is converted by
itself, takes most of the time of that. What is stored less often goes that way all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, repeat
from typing import Any, TypeAlias

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from syncsvc.state.columns import AnyText, Json, escape_all, json_all

WIDTHS = (64, 8)
"""Rows inserted by one execution, as many as there are: each lets go of the interpreter's lock, and waits until others do."""

Convert: TypeAlias = Callable[[Sequence[Any]], Iterable[Any]]
"""Makes what the driver takes of the values of a column."""


def insert_for(dialect: Dialect, table: Table) -> Any:
    """Give the dialect's own insert, which knows ``ON CONFLICT``; both are the same in all that is used of them."""
    return postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)


def as_given(insert: Any) -> Any:
    """Insert rows of which none is there yet."""
    return insert


def insert_rows(
    connection: Connection,
    table: Table,
    columns: Mapping[str, Sequence[Any]],
    common: Mapping[str, Any],
    complete: Callable[[Any], Any] = as_given,
    *,
    distinct: bool = False,
) -> None:
    """Insert rows that are given by columns of equal length; ``common`` are values that all rows have.

    What stands in a column of JSON is texts, yes/no and nothing, in lists and maps. ``complete``, a function of a module, makes
    an upsert of the dialect's own insert; ``distinct``: it names no row twice, which one statement may not do.
    """
    kind: Any = type(connection.dialect)
    statement, converters = _prepared(kind, table, (*columns, *common), complete)
    values = {name: converters[name](column) for name, column in columns.items()}
    count = len(next(iter(columns.values())))
    for name, value in common.items():
        (converted,) = converters[name]([value])
        values[name] = repeat(converted, count)
    rows = list(zip(*(values[name] for name in converters), strict=True))
    at = 0
    for width in WIDTHS if complete is as_given or distinct else ():
        wide = len(rows[at:]) // width * width
        if wide:
            portions = [tuple(chain.from_iterable(rows[first : first + width])) for first in range(at, at + wide, width)]
            connection.exec_driver_sql(_widened(statement, width), portions)
            at += wide
    if rows[at:]:
        connection.exec_driver_sql(statement, rows[at:])


def _widened(statement: str, rows: int) -> str:
    """Make an insert of one row one of several."""
    head, values, rest = statement.partition(" VALUES ")
    row, conflict, action = rest.partition(" ON CONFLICT ")
    return head + values + ", ".join([row] * rows) + conflict + action


@lru_cache
def _prepared(
    kind: Callable[..., Dialect], table: Table, names: tuple[str, ...], complete: Callable[[Any], Any]
) -> tuple[str, dict[str, Convert]]:
    """Compile an insert; gives its text and, in the order of its parameters, what its columns are converted by."""
    dialect = kind(paramstyle="format" if kind().name == "postgresql" else "qmark")
    compiled = complete(insert_for(dialect, table).inline()).compile(dialect=dialect, column_keys=names)
    return str(compiled), {name: _converter(table.c[name].type, dialect) for name in compiled.positiontup}


def _converter(column: TypeEngine[Any], dialect: Dialect) -> Convert:
    if isinstance(column, AnyText):
        return escape_all
    if isinstance(column, Json):
        return json_all
    one = column.dialect_impl(dialect).bind_processor(dialect)
    return _as_it_is if one is None else lambda values: [one(value) for value in values]


def _as_it_is(values: Sequence[Any]) -> Sequence[Any]:
    return values
