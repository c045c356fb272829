"""Sends rows to the graph, in one transaction or in several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from daybook.neo4j import marker as markers
from daybook.neo4j.load.plan import TRANSACTION_VALUES

if TYPE_CHECKING:
    from types import TracebackType

    import duckdb

    from daybook.neo4j.load.plan import Options
    from daybook.neo4j.marker import Marker
    from daybook.neo4j.server import Server, Transaction

_ROWS_AT_ONCE = 10_000
_BYTES_AT_ONCE = 4_000_000
_ROWS_IF_LARGE = 100
"""So many rows are fetched at once where some may be large."""

Row = list[Any]


class Writer:
    """Runs statements; commits at the end, and between if need be.

    Used as a context: what fails inside rolls back what is not yet
    committed.
    """

    def __init__(
        self, server: Server, options: Options, *, whole: bool
    ) -> None:
        """Nothing begins yet; `whole` is for one transaction only."""
        self._server = server
        self._options = options
        self._whole = whole
        self._open: Transaction | None = None
        self._stack = ExitStack()
        self._rows = 0
        self._bytes = 0
        self._values = 0

    def __enter__(self) -> Self:
        """Begin nothing."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Commit, or roll back if something failed."""
        self._stack.__exit__(kind, error, trace)

    def run(self, query: str, **parameters: Any) -> list[Row]:
        """Run a statement that counts for nothing."""
        return self._transaction().run(query, **parameters)

    def send(self, query: str, rows: Sequence[Row], size: int) -> list[Row]:
        """Run a statement on rows of `size` bytes, and count them."""
        found = self._transaction().run(query, rows=rows)
        self.count(len(rows), size, sum(map(len, rows)))
        return found

    def count(self, rows: int, size: int = 0, values: int = 0) -> None:
        """Count what was changed; commit when it is enough."""
        self._rows += rows
        self._bytes += size
        self._values += values
        full = (
            self._rows >= self._options.transaction_rows
            or self._bytes >= self._options.transaction_bytes
            or self._values >= TRANSACTION_VALUES
        )
        if full and not self._whole:
            self.commit()

    def commit(self) -> None:
        """Commit what was sent so far."""
        self._stack.close()
        self._open = None
        self._rows = self._bytes = self._values = 0

    def mark(self, marker: Marker) -> None:
        """Write a source's marker."""
        markers.write(self._transaction(), marker)

    def _transaction(self) -> Transaction:
        if self._open is None:
            self._open = self._stack.enter_context(self._server.transaction())
        return self._open


def batches(
    cursor: duckdb.DuckDBPyConnection,
    longest_line: int,
    options: Options,
    *,
    width: int,
) -> Iterator[tuple[list[Row], int]]:
    """Yield the rows of a query in lists, each with its bytes, nearly.

    None is larger than a transaction. `width` is how many values a row
    has.
    """
    fitting = max(1, TRANSACTION_VALUES // width)
    most_rows = min(_ROWS_AT_ONCE, options.transaction_rows, fitting)
    most_bytes = min(_BYTES_AT_ONCE, options.transaction_bytes)
    if longest_line * most_rows <= most_bytes:
        while some := cursor.fetchmany(most_rows):
            yield [list(row) for row in some], longest_line * len(some)
        return
    batch: list[Row] = []
    size = 0
    while some := cursor.fetchmany(_fetched(longest_line, most_bytes)):
        for row in some:
            batch.append(list(row))
            size += _size(row)
            if size >= most_bytes or len(batch) >= most_rows:
                yield batch, size
                batch, size = [], 0
    if batch:
        yield batch, size


def _fetched(longest_line: int, most_bytes: int) -> int:
    return max(1, min(_ROWS_IF_LARGE, most_bytes // longest_line))


def _size(row: Sequence[Any]) -> int:
    return sum(
        len(value) if isinstance(value, (str, bytes, list)) else 8
        for value in row
    )
