"""Checks a converted file: every value fits its type, keys are keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.csv import duck, repeats
from daybook.csv.convert import locate
from daybook.csv.faults import bad_line
from daybook.csv.types import condition
from daybook.duck import room
from daybook.errors import cut

if TYPE_CHECKING:
    import duckdb

    from daybook.csv.source import CsvSource
    from daybook.singer.handover import HandedFile
    from daybook.table import Column, Table


@dataclass(frozen=True, slots=True)
class _Rule:
    """What must hold in every row, and how to say that it does not."""

    column: str
    condition: str
    fault: str


def check(source: CsvSource, file: HandedFile) -> None:
    """Check the types, NOT NULLs and the primary key of a file.

    `file` is the source as `convert` wrote it.

    Raises:
        InputError: Names file, line, column and value.
    """
    rules = _rules(source.table)
    if not rules and not source.table.primary_key:
        return
    columns = len(source.table.columns)
    with duck.open_file(file, columns) as connection:
        _check_rules(connection, source, rules)
        _check_key(connection, source, file.rows)


def _rules(table: Table) -> list[_Rule]:
    return [
        rule
        for place, column in enumerate(table.columns)
        for rule in _column_rules(f"c{place}", column, table)
    ]


def _column_rules(value: str, column: Column, table: Table) -> list[_Rule]:
    rules = []
    if column.name in table.primary_key:
        rules.append(
            _Rule(value, f"{value} IS NOT NULL", "is NULL, but in the key")
        )
    elif not column.nullable:
        rules.append(
            _Rule(value, f"{value} IS NOT NULL", "is NULL, but required")
        )
    fits = condition(value, column.sql_type)
    if fits:
        fits = f"({value} IS NULL OR coalesce({fits}, false))"
        rules.append(_Rule(value, fits, f"is not of type {column.sql_type}"))
    return rules


def _check_rules(
    connection: duckdb.DuckDBPyConnection,
    source: CsvSource,
    rules: list[_Rule],
) -> None:
    if not rules:
        return
    held = [rule.condition for rule in rules]
    values = [f"left({rule.column}, 100)" for rule in rules]
    found = room.execute(
        connection,
        f"SELECT row, [{', '.join(held)}], [{', '.join(values)}] "  # noqa: S608 - columns are c0, c1, ...
        f"FROM data WHERE NOT ({' AND '.join(held)}) LIMIT 1",
    ).fetchone()
    if not found:
        return
    row, holds, texts = found
    rule, text = next(
        (rule, text)
        for rule, held, text in zip(rules, holds, texts, strict=True)
        if not held
    )
    name = source.table.column_names[int(rule.column[1:])]
    shown = "" if text is None else f"{cut(text)} "
    raise bad_line(
        *locate(source, row), f"column {cut(name)}: {shown}{rule.fault}."
    )


def _check_key(
    connection: duckdb.DuckDBPyConnection, source: CsvSource, rows: int
) -> None:
    key = source.table.primary_key
    if not key:
        return
    found = next(repeats.find(connection, source.table, rows), None)
    if not found:
        return
    first, again = (locate(source, row) for row in found)
    shown = _key_values(connection, source.table, found[1])
    raise bad_line(
        *again,
        f"the key ({', '.join(key)}) = ({shown}) "
        f"stands in {first[0].name}, line {first[1]} too.",
    )


def _key_values(
    connection: duckdb.DuckDBPyConnection, table: Table, row: int
) -> str:
    names = [f"left({_place(table, n)}, 100)" for n in table.primary_key]
    found = room.execute(
        connection,
        f"SELECT {', '.join(names)} FROM data WHERE row = ?",  # noqa: S608 - as above
        [row],
    ).fetchone()
    return ", ".join(map(cut, found or ()))


def _place(table: Table, name: str) -> str:
    return f"c{table.column_names.index(name)}"
