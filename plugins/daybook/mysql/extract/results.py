"""Results of queries, extracted like tables in the same snapshot."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pymysql

from daybook.errors import DaybookError, InputError
from daybook.mysql.connection import is_mariadb, rows, said
from daybook.mysql.extract import catalog, refusals
from daybook.mysql.extract.expressions import Field
from daybook.mysql.extract.landing import TEXTS
from daybook.mysql.extract.metadata import kind_of
from daybook.mysql.extract.source import Source
from daybook.mysql.sql import identifier, select
from daybook.singer.queries import broken_key, check_columns, with_personal
from daybook.table import Table

if TYPE_CHECKING:
    from daybook.mysql.connection import Session
    from daybook.mysql.extract.export import Reader
    from daybook.singer.queries import Query

_SHOWN = 5
_SORTED = re.compile(
    r"\border\s+by\b(?!.*\b(limit|offset|fetch)\b)", re.IGNORECASE | re.DOTALL
)
"""SQL that may end with ORDER BY."""
_ALL = "LIMIT 18446744073709551615"


def lock(session: Session, query: Query) -> None:
    """Lock what the query names, without reading it.

    Raises:
        InputError: The query cannot be run.
        DaybookError: The server refuses it for another reason.
    """
    _fields(session, query)


def source(reader: Reader, query: Query) -> Source:
    """Return the query's result as a table to be read.

    Raises:
        InputError: It cannot be a table.
    """
    fields = _fields(reader.session, query)
    check_columns(query, [field.name for field in fields])
    described = catalog.describe_fields(
        Table("", query.name, (), query.keys),
        fields,
        dates_as_null=reader.dates_as_null,
    )
    by_name = {field.name: field for field in fields}
    order = [_sortable(reader, by_name[name]) for name in query.keys]
    return Source(
        with_personal(query, described.table),
        described.fields,
        _derived(reader.session, query),
        order=order,
        query=query,
    )


def check(reader: Reader, source: Source) -> None:
    """Check the key of a result that was read.

    Raises:
        InputError: The key is NULL, or stands on two rows.
    """
    query = source.query
    if query is None or not query.keys:
        return
    keys = [field for field in source.fields if field.in_key]
    texts = [f"MIN({reader.writer.field(field)})" for field in keys]
    values = [reader.writer.value(field) for field in keys]
    missing = " OR ".join(f"MAX({value} IS NULL)" for value in values)
    statement = select(
        f"CONCAT_WS(', ', {', '.join(texts)})",
        source.origin,
        f"GROUP BY {', '.join(values)} HAVING COUNT(*) > 1 OR {missing} "
        f"ORDER BY 1 LIMIT {_SHOWN}",
    )
    with refusals.reading(str(source)):
        first = rows(reader.session, statement)
    if first:
        raise broken_key(query, [_text(row[0]) for row in first])


def _sortable(reader: Reader, field: Field) -> str:
    """Return what to sort by: texts by their bytes, so none are equal."""
    if field.kind.name in TEXTS:
        return reader.writer.value(field)
    return identifier(field.name)


def _fields(session: Session, query: Query) -> list[Field]:
    """Return the result's columns; the server plans the query for that."""
    try:
        with session.cursor() as cursor:
            cursor.execute(select("*", _derived(session, query), "LIMIT 0"))
            found = list(cursor._result.fields)
    except pymysql.MySQLError as error:
        raise _translated(query, error) from error
    return [
        Field(
            one.name,
            kind_of(one),
            nullable=True,
            in_key=one.name in query.keys,
        )
        for one in found
    ]


def _derived(session: Session, query: Query) -> str:
    """Return the query as a table, which only one SELECT can be."""
    text = query.sql("%s")
    if query.values:
        parts = [
            part.replace("%", "%%") if isinstance(part, str) else "%s"
            for part in query.parts
        ]
        with session.cursor() as cursor:
            text = cursor.mogrify("".join(parts), query.values)
    # MariaDB forgets the order of a derived table without a limit.
    if is_mariadb(session) and not query.keys and _SORTED.search(query.sql()):
        text = f"{text}\n{_ALL}"
    return f"({text}\n) AS result"


def _translated(query: Query, error: pymysql.MySQLError) -> DaybookError:
    found = refusals.translate(error, str(query))
    if not isinstance(found, InputError) and refusals.number(error) not in {
        refusals.NO_SUCH_TABLE,
        refusals.NO_SUCH_COLUMN,
    }:
        return found
    return InputError(
        f"T{str(query)[1:]} cannot be run: {said(error)}.",
        "Mend its `sql`: one SELECT, every column with a name of its own.",
    )


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
