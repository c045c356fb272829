"""The streams of CSV files: all rows, or the good and the bad apart."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daybook.csv.json_rows import json_rows
from daybook.csv.rejected import rejected_table
from daybook.lake.files import storage_errors
from daybook.lake.layout import encode_name
from daybook.singer import log
from daybook.singer.tap import DaybookTap, TableStream

if TYPE_CHECKING:
    from daybook.csv.quarantine import Split
    from daybook.csv.source import CsvSource
    from daybook.singer.handover import HandedFile

_MOST_TOLD = 10
"""Of so many rules the log says how many rows broke them."""

_NewFile = Callable[[str], Path]


class FileStream(TableStream):
    """A table that lies in CSV files; one bad row and nothing is sent."""

    def __init__(self, tap: DaybookTap, source: CsvSource) -> None:
        """Describe the table."""
        super().__init__(tap, source.table)
        self._source = source

    def export(self) -> HandedFile:
        """Write the files down in the lake's dialect and check them."""
        return self._write(self.tap.spool.new_file(self.name))

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield the rows, all of them checked before the first is sent."""
        with tempfile.TemporaryDirectory(prefix="tap-csv-") as folder:
            file = self._write(Path(folder, "rows.csv"))
            yield from json_rows(self.name, self.table, file)

    def _write(self, out: Path) -> HandedFile:
        from daybook.csv.check import check
        from daybook.csv.convert import convert

        with (
            storage_errors(f"Writing {self.name} to {out}"),
            log.progress(self.name) as progress,
        ):
            file = convert(self._source, out, progress)
            check(self._source, file)
        return file


class Quarantine:
    """A source whose good and bad rows are two streams."""

    def __init__(self, tap: DaybookTap, source: CsvSource) -> None:
        """Describe both tables; nothing is read yet."""
        self._tap = tap
        self._source = source

    def streams(self) -> list[TableStream]:
        """Return both streams."""
        return [KeptStream(self._tap, self), RejectedStream(self._tap, self)]

    @property
    def source(self) -> CsvSource:
        """The table, and where its rows lie."""
        return self._source

    @cached_property
    def files(self) -> Split:
        """Both files, on their way to the target."""
        return self.write(self._tap.spool.new_file)

    def write(self, new_file: _NewFile) -> Split:
        """Write both files, and tell what was rejected."""
        from daybook.csv.quarantine import split

        kept = self._source.table.stream
        rejected = rejected_table(self._source).stream
        path = new_file(kept)
        with (
            storage_errors(f"Writing {kept} to {path}"),
            log.progress(kept) as progress,
        ):
            found = split(self._source, path, new_file(rejected), progress)
        _tell(kept, rejected, found)
        return found


class KeptStream(TableStream):
    """The rows that keep all rules."""

    def __init__(self, tap: DaybookTap, quarantine: Quarantine) -> None:
        """Describe the table."""
        super().__init__(tap, quarantine.source.table)
        self._quarantine = quarantine

    def export(self) -> HandedFile:
        """Write them down, and the others beside them."""
        return self._quarantine.files.kept

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield them."""
        with tempfile.TemporaryDirectory(prefix="tap-csv-") as folder:
            found = self._quarantine.write(_inside(folder))
            yield from json_rows(self.name, self.table, found.kept)


class RejectedStream(TableStream):
    """The rows that break a rule, with all their reasons."""

    def __init__(self, tap: DaybookTap, quarantine: Quarantine) -> None:
        """Describe the table."""
        super().__init__(tap, rejected_table(quarantine.source))
        self._quarantine = quarantine

    def export(self) -> HandedFile:
        """Write them down, and the others beside them."""
        return self._quarantine.files.rejected

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield them."""
        with tempfile.TemporaryDirectory(prefix="tap-csv-") as folder:
            found = self._quarantine.write(_inside(folder))
            yield from json_rows(self.name, self.table, found.rejected)


def _inside(folder: str) -> _NewFile:
    return lambda name: Path(folder, encode_name(name))


def _tell(kept: str, rejected: str, found: Split) -> None:
    if not found.rejected.rows:
        return
    most = found.counts.most_common(_MOST_TOLD)
    reasons = ", ".join(f"{name} {count:,}" for name, count in most)
    if others := len(found.counts) - len(most):
        reasons += f", {log.counted(others, 'other rule')}"
    log.logger.warning(
        "%s: %s of %s rejected (%s); %s holds them.",
        kept,
        f"{found.rejected.rows:,}",
        log.counted(found.rejected.rows + found.kept.rows, "row"),
        reasons,
        rejected,
    )
