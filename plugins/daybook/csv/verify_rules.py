"""Looks, before anything is read, whether what is demanded can be checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from daybook.csv.compare import literal
from daybook.csv.constraints import BOUNDS, Constraint
from daybook.csv.patterns import to_re2
from daybook.csv.types import condition
from daybook.errors import InputError, cut
from daybook.table import base_type

if TYPE_CHECKING:
    import duckdb

    from daybook.csv.source import CsvSource


def verify_rules(sources: Iterable[CsvSource]) -> None:
    """Check patterns and bounds.

    Raises:
        InputError: A pattern is none that RE2 knows, or a bound no value
            of its column's type.
    """
    demanding = [source for source in sources if source.constraints]
    if not demanding:
        return
    import duckdb

    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        for source in demanding:
            for constraint in source.constraints:
                _verify(connection, source, constraint)


def _verify(
    connection: duckdb.DuckDBPyConnection,
    source: CsvSource,
    constraint: Constraint,
) -> None:
    sql_type = source.table.column(constraint.column).sql_type
    if constraint.name == "pattern":
        fault = _pattern_fault(connection, constraint.bounds[0])
        instruction = (
            "Write it without lookahead, lookbehind and references to groups, "
            "which RE2, DuckDB's matcher, lacks."
        )
    elif constraint.name in BOUNDS or constraint.name == "enum":
        fault = _bound_fault(connection, constraint, sql_type)
        instruction = "Mend it, then run the same command again."
    else:
        return
    if fault:
        raise InputError(
            f"{source.description}, table {cut(source.table.name)}, field "
            f"{cut(constraint.column)}: the constraint {constraint.name} "
            f"cannot be checked: {fault}.",
            instruction,
        )


def _pattern_fault(connection: duckdb.DuckDBPyConnection, text: str) -> str:
    import duckdb

    pattern = literal(to_re2(text))
    try:
        connection.execute(f"SELECT regexp_full_match('', {pattern})")
    except duckdb.Error as error:
        said = str(error).splitlines()[0].partition("Error: ")[2]
        return f"{cut(text)} is a pattern that RE2 refuses ({said})"
    return ""


def _bound_fault(
    connection: duckdb.DuckDBPyConnection,
    constraint: Constraint,
    sql_type: str,
) -> str:
    # 0.005 may be the least value of a numeric(8,2).
    kind = sql_type if constraint.name == "enum" else base_type(sql_type)
    if not (fits := condition("bound", kind)):
        return ""
    found = connection.execute(
        f"SELECT bound FROM (SELECT unnest(?::VARCHAR[]) AS bound) "  # noqa: S608 - a known type's
        f"WHERE NOT coalesce({fits}, false) LIMIT 1",
        [list(constraint.bounds)],
    ).fetchone()
    return f"{cut(found[0])} is not of type {kind}" if found else ""
