"""Splits a source: rows that keep all rules, and those that do not."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import chain, groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from daybook import dialect
from daybook.csv import duck, repeats
from daybook.csv.convert import converted, unchanged, width_fault
from daybook.csv.rejected import rejected_row, rejected_table, text_of
from daybook.csv.rules import (
    RULES_PER_QUERY,
    Rule,
    Unique,
    row_rules,
    unique_rules,
)
from daybook.csv.writing import LakeFile
from daybook.duck import room
from daybook.singer.settings import project_root

if TYPE_CHECKING:
    import duckdb

    from daybook.csv.repeats import Repeat
    from daybook.csv.scan import Block
    from daybook.csv.source import CsvSource
    from daybook.singer.handover import HandedFile
    from daybook.singer.log import Progress

_BATCH = 1_000
_WIDTH = "columns"

Breach = tuple[int, list[int]]
"""A row's number, from 1, and which of the rules it breaks."""


@dataclass(frozen=True, slots=True)
class Split:
    """What became of a source's rows.

    Attributes:
        kept: Those that keep all rules.
        rejected: The others, as rows of `rejected_table`.
        counts: How many broke each rule.
    """

    kept: HandedFile
    rejected: HandedFile
    counts: Counter[str]


def split(
    source: CsvSource, kept: Path, rejected: Path, progress: Progress
) -> Split:
    """Write the rows of the source's files to the new files.

    Rows are taken in their order, as if they were inserted into a table:
    of those with one key the first that breaks no rule stays.

    Raises:
        InputError: A file is none of rows at all; names file and line.
        UnfinishedError: A file changed while it was read.
        StorageError: There is no room.
        OSError: A file cannot be written.
    """
    rules, unique = row_rules(source), unique_rules(source)
    everything = kept.with_name(f"{kept.name}.all")
    header = dialect.encode_row(rejected_table(source).column_names)
    with unchanged(source.paths), LakeFile(rejected, header) as bad:
        file, ragged = _write_all(source, everything, progress)
        with duck.open_file(file, len(source.table.columns)) as connection:
            breaches = _breaches(connection, rules, unique, file.rows)
            first = list(islice(breaches, 1))
            if not first and not ragged:
                everything.replace(kept)
                good = dataclasses.replace(file, path=kept)
                return Split(good, bad.handed(), Counter())
            sorter = _Sorter(source, [*rules, *unique], chain(first, breaches))
            good = sorter.write(kept, bad)
    everything.unlink()
    return Split(good, bad.handed(), sorter.counts)


def _write_all(
    source: CsvSource, path: Path, progress: Progress
) -> tuple[HandedFile, int]:
    """Write all rows that have one value per column; count the others."""
    ragged = 0
    header = dialect.encode_row(source.table.column_names)
    with LakeFile(path, header) as file:
        for _, _, rows in converted(source, skip_ragged=True):
            whole = [row for row in rows if row]
            ragged += len(rows) - len(whole)
            progress.bytes += file.write(whole)
            progress.rows = file.rows
    return file.handed(), ragged


class _Sorter:
    """Reads the source again, and writes each row to its file."""

    def __init__(
        self,
        source: CsvSource,
        rules: Sequence[Rule | Unique],
        breaches: Iterator[Breach],
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._source = source
        self._names = {path: _name(path) for path in source.paths}
        self._rules = rules
        self._breaches = breaches
        self._next = next(breaches, None)
        self._number = 0

    def write(self, path: Path, bad: LakeFile) -> HandedFile:
        """Write the rows that are kept to `path`, the others to `bad`."""
        header = dialect.encode_row(self._source.table.column_names)
        with LakeFile(path, header) as good:
            for file, block, rows in converted(self._source, skip_ragged=True):
                rejected = dict(self._rejected(file, block, rows))
                bad.write(list(rejected.values()))
                good.write(
                    [r for n, r in enumerate(rows) if n not in rejected]
                    if rejected
                    else rows
                )
        return good.handed()

    def _rejected(
        self, file: Path, block: Block, rows: Sequence[bytes]
    ) -> Iterator[tuple[int, bytes]]:
        """Yield which rows of a block are rejected, as they are kept."""
        line, before = block.line, 0
        for place, reasons in self._reasons(block, rows):
            line += b"".join(block.rows[before:place]).count(b"\n")
            before = place
            text = text_of(self._source, block.rows[place], rows[place])
            yield place, rejected_row(self._names[file], line, reasons, text)

    def _reasons(
        self, block: Block, rows: Sequence[bytes]
    ) -> list[tuple[int, list[str]]]:
        """Return the places of bad rows in a block, in order, with why."""
        whole: Sequence[int] = range(len(rows))
        found: list[tuple[int, list[str]]] = []
        if not all(rows):
            ragged = [place for place in whole if not rows[place]]
            found = [(n, self._width_fault(block.rows[n])) for n in ragged]
            whole = [place for place in whole if rows[place]]
        first = self._number + 1
        self._number += len(whole)
        while self._next and self._next[0] <= self._number:
            number, broken = self._next
            found.append((whole[number - first], self._told(broken)))
            self._next = next(self._breaches, None)
        return sorted(found)

    def _width_fault(self, written: bytes) -> list[str]:
        self.counts[_WIDTH] += 1
        return [f"{_WIDTH}: {width_fault(self._source, written)}"]

    def _told(self, broken: Sequence[int]) -> list[str]:
        rules = [self._rules[place] for place in broken]
        self.counts.update(rule.name for rule in rules)
        return [f"{rule.name}: {rule.fault}" for rule in rules]


def _breaches(
    connection: duckdb.DuckDBPyConnection,
    rules: Sequence[Rule],
    unique: Sequence[Unique],
    rows: int,
) -> Iterator[Breach]:
    """Yield the rows that break a rule, in their order."""
    keys = [rule.key for rule in unique]
    taken = [bytearray(rows // 8 + 1) for _ in unique]
    events = _events(
        _broken(connection, rules),
        repeats.find(connection.cursor(), keys, rows),
    )
    for row, group in groupby(events, key=itemgetter(0)):
        broken: list[int] = []
        shared: list[Repeat] = []
        for _, places, repeat in group:
            broken += places
            shared += [repeat] if repeat else []
        names = {rules[place].name for place in broken}
        broken += [
            len(rules) + repeat.key
            for repeat in shared
            if _is_set(taken[repeat.key], repeat.first)
            # Of what is none of its type, only that is said.
            and names.isdisjoint(unique[repeat.key].types)
        ]
        if broken:
            yield row, broken
        else:
            for repeat in shared:
                _set(taken[repeat.key], repeat.first)


def _events(
    broken: Iterator[Breach], again: Iterator[Repeat]
) -> Iterator[tuple[int, list[int], Repeat | None]]:
    """Yield rows that break rules or have keys of others, in their order."""
    return merge(
        ((row, places, None) for row, places in broken),
        ((repeat.row, [], repeat) for repeat in again),
        key=itemgetter(0),
    )


def _broken(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]
) -> Iterator[Breach]:
    """Yield the rows that break a rule by themselves, in their order.

    A row may come several times, with other rules each time.
    """
    if not rules:
        return
    query = _query(rules[:RULES_PER_QUERY], 0)
    if len(rules) > RULES_PER_QUERY:
        connection.execute("CREATE TABLE broken (row BIGINT, rules BIGINT[])")
        for start in range(0, len(rules), RULES_PER_QUERY):
            some = _query(rules[start : start + RULES_PER_QUERY], start)
            room.execute(connection, f"INSERT INTO broken {some}")
        query = "SELECT row, rules FROM broken ORDER BY row, rules"
    found = room.execute(connection, query)
    while some_rows := found.fetchmany(_BATCH):
        yield from some_rows


def _query(rules: Sequence[Rule], start: int) -> str:
    places = ", ".join(
        f"CASE WHEN NOT {rule.condition} THEN {place} END"
        for place, rule in enumerate(rules, start)
    )
    held = " AND ".join(rule.condition for rule in rules)
    return (
        f"SELECT row, list_filter([{places}], lambda n: n IS NOT NULL) "  # noqa: S608 - columns are c0, c1, ...
        f"FROM data WHERE NOT ({held})"
    )


def _is_set(bits: bytearray, place: int) -> bool:
    return bool(bits[place >> 3] & 1 << (place & 7))


def _set(bits: bytearray, place: int) -> None:
    bits[place >> 3] |= 1 << (place & 7)


def _name(path: Path) -> str:
    """Return how a file is called: by its path in the project, if there."""
    root = project_root().resolve()
    found = path.resolve()
    name = found.relative_to(root) if found.is_relative_to(root) else path
    return os.fsencode(name).decode(errors="backslashreplace")
