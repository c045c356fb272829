"""The base of taps that read the tables of a database at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from daybook.errors import ConfigError
from daybook.singer.schema import to_singer
from daybook.singer.tap import DaybookTap, TableStream
from daybook.table import keep_inside

if TYPE_CHECKING:
    from daybook.table import Table


class DatabaseStream(TableStream):
    """One table of the database, or a query's result."""

    def describe(self, table: Table) -> None:
        """Send this definition of the table from now on."""
        self.table = table
        self._schema = to_singer(table)

    def deselected(self) -> list[str]:
        """Return the columns that the catalog leaves out."""
        return [
            name
            for name in self.table.column_names
            if not self.mask.get(("properties", name), True)
        ]


class DatabaseTap(DaybookTap):
    """Extracts the tables that the settings and the catalog choose."""

    def all_streams(self) -> list[DatabaseStream]:
        """Return the streams of all tables, chosen or not."""
        return [cast("DatabaseStream", each) for each in self.streams.values()]

    def sync_all(self) -> None:  # type: ignore[misc]
        """Extract what is selected, then send the receipt."""
        self._check_catalog()
        selected = [each for each in self.all_streams() if each.selected]
        tables = keep_inside(stream.table for stream in selected)
        for stream, table in zip(selected, tables, strict=True):
            stream.describe(table)
        super().sync_all()

    def _check_catalog(self) -> None:
        """Refuse a `--catalog` that asks for what cannot be had."""
        if self.input_catalog is None:
            return
        unknown = self.input_catalog.keys() - self.streams.keys()
        missing = [
            name
            for name in unknown
            if self.input_catalog[name].metadata.root.selected
        ]
        partial = {
            stream.name: columns
            for stream in self.all_streams()
            if stream.selected and (columns := stream.deselected())
        }
        if missing or partial:
            raise _bad_catalog(missing, partial)


def _bad_catalog(
    missing: Sequence[str], partial: Mapping[str, Sequence[str]]
) -> ConfigError:
    columns = [
        f"{stream} without {', '.join(map(repr, names))}"
        for stream, names in partial.items()
    ]
    reasons = [f"{name}, which is not there" for name in missing] + columns
    return ConfigError(
        f"The catalog selects {'; '.join(reasons)}.",
        "Tables are extracted whole: select all columns of a stream or "
        "leave it out. `--discover` prints what there is.",
    )
