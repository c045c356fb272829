"""Checks a converted file: the first row that breaks a rule is refused."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from daybook.csv import duck, repeats
from daybook.csv.convert import locate
from daybook.csv.faults import bad_line
from daybook.csv.rules import (
    RULES_PER_QUERY,
    Rule,
    Unique,
    row_rules,
    unique_rules,
)
from daybook.duck import room
from daybook.errors import cut

if TYPE_CHECKING:
    import duckdb

    from daybook.csv.source import CsvSource
    from daybook.singer.handover import HandedFile


def check(source: CsvSource, file: HandedFile) -> None:
    """Check all that a description demands of a file's rows.

    `file` is the source as `convert` wrote it.

    Raises:
        InputError: Names file, line, column, value and rule.
    """
    rules, unique = row_rules(source), unique_rules(source)
    if not rules and not unique:
        return
    columns = len(source.table.columns)
    with duck.open_file(file, columns) as connection:
        _check_rules(connection, source, rules)
        _check_unique(connection, source, unique, file.rows)


def _check_rules(
    connection: duckdb.DuckDBPyConnection,
    source: CsvSource,
    rules: list[Rule],
) -> None:
    found = [
        breach
        for start in range(0, len(rules), RULES_PER_QUERY)
        if (
            breach := _first_breach(
                connection, rules[start : start + RULES_PER_QUERY]
            )
        )
    ]
    if not found:
        return
    row, rule, text = min(found, key=itemgetter(0))
    column = source.table.columns[rule.place]
    shown = "" if text is None else f"{column.shown(text)} "
    raise bad_line(
        *locate(source, row),
        f"column {cut(column.name)}: {shown}{rule.fault}.",
    )


def _first_breach(
    connection: duckdb.DuckDBPyConnection, rules: list[Rule]
) -> tuple[int, Rule, str | None] | None:
    """Return the first row that breaks one, the first it breaks, the value."""
    held = [rule.condition for rule in rules]
    values = [f"left(c{rule.place}, 100)" for rule in rules]
    found = room.execute(
        connection,
        f"SELECT row, [{', '.join(held)}], [{', '.join(values)}] "  # noqa: S608 - columns are c0, c1, ...
        f"FROM data WHERE NOT ({' AND '.join(held)}) LIMIT 1",
    ).fetchone()
    if not found:
        return None
    row, holds, texts = found
    place = holds.index(False)
    return row, rules[place], texts[place]


def _check_unique(
    connection: duckdb.DuckDBPyConnection,
    source: CsvSource,
    unique: list[Unique],
    rows: int,
) -> None:
    keys = [rule.key for rule in unique]
    for repeat in repeats.find(connection, keys, rows):
        if repeat.row != repeat.first:
            break
    else:
        return
    rule = unique[repeat.key]
    shown = _key_values(connection, source, rule, repeat.row)
    path, line = locate(source, repeat.first)
    raise bad_line(
        *locate(source, repeat.row),
        f"the key ({', '.join(rule.columns)}) = ({shown}) "
        f"stands in {path.name}, line {line} too.",
    )


def _key_values(
    connection: duckdb.DuckDBPyConnection,
    source: CsvSource,
    rule: Unique,
    row: int,
) -> str:
    table = source.table
    names = [
        f"left(c{table.column_names.index(name)}, 100)"
        for name in rule.columns
    ]
    found = room.execute(
        connection,
        f"SELECT {', '.join(names)} FROM data WHERE row = ?",  # noqa: S608 - as above
        [row],
    ).fetchone()
    pairs = zip(rule.columns, found or (), strict=True)
    return ", ".join(table.column(name).shown(text) for name, text in pairs)
