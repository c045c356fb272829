"""target-csv: writes a day of the lake, or leaves it as it was."""

from __future__ import annotations

import contextlib
import os
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar, NoReturn

from daybook.csv import erase, repeats
from daybook.day import Day
from daybook.erasure import suppression
from daybook.errors import DaybookError
from daybook.lake import parked, publish, staging
from daybook.lake.files import storage_errors
from daybook.lake.lock import day_lock
from daybook.lake.partition import check_source
from daybook.lake.pending import Allowed
from daybook.lake.publish import Published
from daybook.lake.staged import Staged
from daybook.singer import log, run
from daybook.singer.handover import HandedFile
from daybook.singer.settings import (
    Needed,
    check_needed,
    project_path,
    run_id,
    run_label,
)
from daybook.singer.target import DaybookTarget

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from daybook.erasure.subjects import Subjects
    from daybook.singer.schema import Origin
    from daybook.table import Table

_EXAMPLE = (
    "MELTANO_ENVIRONMENT=extract SOURCE=csv DATESTAMP=2024-12-20 "
    "meltano run extract_csv"
)


def _check_day(text: str) -> Day:
    return Day.parse(text, variable="DATESTAMP")


_NEEDED = (
    Needed("source", "SOURCE", check_source),
    Needed("day", "DATESTAMP", _check_day),
)


class TargetCsv(DaybookTarget):
    """Stages what a tap sends; publishes it as one day of one source."""

    name = "target-csv"
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "lake": {
                "type": "string",
                "description": "The lake's root folder.",
                "default": "output",
            },
            "source": {
                "type": "string",
                "description": (
                    "The source's name in the lake, for example `postgres`. "
                    "Needed."
                ),
            },
            "day": {
                "type": "string",
                "description": "The day to write, YYYY-MM-DD. Needed.",
            },
            "allow_other_tap": {
                "type": "boolean",
                "description": (
                    "Replace days that another tap made. Without it, "
                    "`SOURCE=postgres meltano run extract_csv` is refused."
                ),
                "default": False,
            },
            "allow_empty": {
                "type": "boolean",
                "description": "Publish a day without any table.",
                "default": False,
            },
            "allow_lost_tables": {
                "type": "boolean",
                "description": (
                    "Replace a day by one that lacks some of its tables."
                ),
                "default": False,
            },
        },
    }

    def __init__(self, **kwargs: Any) -> None:
        """Start with nothing taken."""
        self._staged: list[Staged] = []
        self._used: dict[Path, staging.Staging] = {}
        super().__init__(**kwargs)

    @cached_property
    def root(self) -> Path:
        """The lake's root folder."""
        return project_path(self.config.get("lake") or "output")

    @cached_property
    def source(self) -> str:
        """The source whose day is written."""
        return str(self.config["source"])

    @cached_property
    def day(self) -> Day:
        """The day that is written."""
        return _check_day(self.config["day"])

    @cached_property
    def staging(self) -> staging.Staging:
        """This run's staging folder, created and held when first used."""
        return staging.hold(self.root, run_id())

    def listen(self, file_input: IO[str] | None = None) -> None:  # type: ignore[misc]
        """Lock the day, read all messages, publish.

        Final in the SDK, but the only place before the first message.
        """
        try:
            check_needed(self.name, self.config, _NEEDED, _EXAMPLE)
            label = run_label() or run_id()
            with day_lock(self.root, self.source, self.day, self.name, label):
                self._used[self.staging.path] = self.staging
                super().listen(file_input)
        except BaseException:
            self._discard()
            raise

    def spool_file(self, table: Table) -> Path:
        """Return a staged path for a stream's records."""
        return self.staging.new_file(table.stream)

    def take(
        self, table: Table, origin: Origin | None, file: HandedFile
    ) -> None:
        """Remember a finished file; the day is not touched yet."""
        del origin  # a lake day is taken like any other source
        if file.path.parent not in self._used:
            held = staging.hold_folder_of(self.root, file.path)
            if held:
                self._used[held.path] = held
        self._staged.append(
            Staged(table, file.path, file.sha256, file.rows, file.longest_line)
        )

    def accepts_unproven(self) -> bool:
        """Accept a tap from the Hub: what it sends is parked."""
        return bool(self.received) and not self.is_ours

    def commit(self) -> None:
        """Publish what a receipt proves; park what nothing proves yet."""
        if self.receipt is None:
            self._park()
            return
        published = publish.publish(
            self.root,
            self.source,
            self.day,
            self._without_erased(self._staged),
            tap=self.receipt.tap,
            run=run_label() or run_id(),
            snapshot=self.receipt.snapshot,
            staging=self.staging,
            allow=self._allowed(),
        )
        report(published)
        publish.clean_up(self.root, self.source, self.day, self._used.values())

    def _park(self) -> None:
        with storage_errors(f"Parking the day {self.day} of {self.source}"):
            staged = self._without_erased(
                [self._last_of_each_key(item) for item in self._staged]
            )
        parked.park(
            self.root,
            self.source,
            self.day,
            staged,
            tap=os.environ.get("MELTANO_EXTRACTOR_NAME", ""),
            run=run_label() or run_id(),
            staging=self.staging,
            allow=self._allowed(),
        )
        log.logger.warning(
            "%s of %s: %s (%s) parked, not published: the "
            "tap gave no receipt, so only its exit code can tell whether it "
            "was finished. Let `daybook:publish` follow in the same "
            "`meltano run`; if you know that the tap exited 0: "
            "daybook publish --run %s",
            self.day,
            self.source,
            log.counted(len(self._staged), "table"),
            log.counted(sum(self.received.values()), "row"),
            self.staging.path.name,
        )

    def _last_of_each_key(self, item: Staged) -> Staged:
        """Return the file as a table with its key: a later record wins."""
        stream, sent = item.table.stream, _handed(item)
        kept = repeats.keep_last(
            sent, item.table, self.staging.new_file(stream)
        )
        if kept is not sent:
            log.logger.warning(
                "%s: %s replaced by a later record with the same key.",
                stream,
                log.counted(sent.rows - kept.rows, "record"),
            )
        return Staged(
            item.table, kept.path, kept.sha256, kept.rows, kept.longest_line
        )

    def _without_erased(self, staged: Sequence[Staged]) -> list[Staged]:
        """Return the files without people who are on the lake's list."""
        people = suppression.of_day(self.root, self.source, self.day)
        if people is None:
            return list(staged)
        with storage_errors("Looking for people who were erased"):
            files = [(_handed(item), item.table) for item in staged]
            people = erase.linked(people, files)
        return [self._suppress(item, people) for item in staged]

    def _suppress(self, item: Staged, people: Subjects) -> Staged:
        stream, sent = item.table.stream, _handed(item)
        path = self.staging.new_file(stream)
        with storage_errors(f"Writing {stream} to {path}"):
            kept, theirs = erase.erased(sent, item.table, people, path)
        if theirs:
            log.logger.info(
                "%s: %s of people who were erased came again, and lost what "
                "is personal.",
                stream,
                log.counted(theirs, "row"),
            )
        return Staged(
            item.table, kept.path, kept.sha256, kept.rows, kept.longest_line
        )

    def _discard(self) -> None:
        """Remove what this run has staged; the day is untouched."""
        run.let_the_tap_speak()
        # The error that led here is the one to tell.
        with contextlib.suppress(OSError, DaybookError):
            if "staging" in self.__dict__:
                self.staging.discard()
            staging.abandon(self.root, run_id())

    def _allowed(self) -> Allowed:
        return Allowed(
            other_tap=self.config["allow_other_tap"],
            empty=self.config["allow_empty"],
            lost_tables=self.config["allow_lost_tables"],
        )


def _handed(item: Staged) -> HandedFile:
    return HandedFile(item.path, item.rows, item.sha256, item.longest_line)


def report(published: Published) -> None:
    """Log a day that was published: a line per table, and a summary."""
    manifest = published.manifest
    rows = [
        (
            file.table.stream,
            f"{file.rows:,}",
            log.human_bytes(file.bytes),
            published.outcome(file),
        )
        for file in manifest.files
    ]
    log.log_table(("table", "rows", "bytes", "outcome"), rows)
    log.logger.info(
        "%s of %s: %s, %s, %s, %s",
        manifest.day,
        manifest.source,
        "published" if published.changed else "unchanged",
        log.counted(len(manifest.files), "table"),
        log.counted(sum(file.rows for file in manifest.files), "row"),
        log.human_bytes(sum(file.bytes for file in manifest.files)),
    )


def main() -> NoReturn:
    """Run target-csv."""
    run.run(TargetCsv)
