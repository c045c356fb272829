"""The base of our taps: hand over files or records, then the receipt."""

from __future__ import annotations

import os
import threading
from abc import abstractmethod
from collections.abc import Generator, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from singer_sdk import Tap
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.helpers._batch import (
    BaseBatchFileEncoding,
    BatchConfig,
    SDKBatchMessage,
    StorageTarget,
)
from singer_sdk.singerlib import RecordMessage, SchemaMessage, StateMessage
from singer_sdk.streams import Stream

from daybook.errors import ConfigError
from daybook.lake import staging
from daybook.singer import handover, run
from daybook.singer.plugin import Plugin
from daybook.singer.receipt import Receipt
from daybook.singer.schema import Origin, to_singer
from daybook.singer.settings import project_path, run_id
from daybook.table import personal_problems

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context, Record

    from daybook.singer.handover import HandedFile
    from daybook.table import Table

_TARGET_SECONDS = 10.0
"""So long a tap that is done waits for its target to have started."""

SPOOL_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "spool": {
        "type": "string",
        "description": (
            "Folder for files on their way to the target; its subfolder "
            "`.staging/<run>` is used. Give the lake's own root, so that "
            "the target can move files instead of copying them."
        ),
        "default": "output",
    },
    "handover": {
        "type": "string",
        "enum": ["files", "records"],
        "description": (
            "How rows travel: `files` for this project's targets, "
            "`records` for any other target from the Hub."
        ),
        "default": "records",
    },
}
"""The settings that every tap of ours has."""


class TableStream(Stream):
    """One table. Subclasses say how its rows are exported or read."""

    def __init__(
        self, tap: DaybookTap, table: Table, origin: Origin | None = None
    ) -> None:
        """Describe the table; nothing is read yet.

        Raises:
            ConfigError: What is declared personal cannot be erased.
        """
        _check_personal(table)
        super().__init__(
            tap, schema=to_singer(table, origin), name=table.stream
        )
        self.tap = tap
        self.table = table
        self.primary_keys = table.primary_key

    @abstractmethod
    def export(self) -> HandedFile:
        """Write, or find, the table as one finished CSV file."""

    @abstractmethod
    def read(self) -> Iterable[dict[str, Any]]:
        """Yield the rows as JSON values that fit the stream's schema."""

    def get_batch_config(
        self, config: Mapping[str, Any]
    ) -> BatchConfig | None:
        """Return how files are handed over; None sends records.

        `--test` wants one record of each stream, so it gets records.
        """
        if config["handover"] == "records" or self.ABORT_AT_RECORD_COUNT:
            return None
        return BatchConfig(
            encoding=BaseBatchFileEncoding(format=handover.FORMAT),
            storage=StorageTarget(root=self.tap.spool_root.as_uri()),
        )

    def get_batches(
        self, batch_config: BatchConfig, context: Context | None = None
    ) -> Iterable[tuple[BaseBatchFileEncoding, list[str]]]:
        """Hand the table over as one file."""
        file = self.export()
        self.tap.sent[self.name] = file.rows
        yield batch_config.encoding, [file.to_url()]

    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Send the table row by row, counting for the receipt."""
        self.tap.sent[self.name] = 0
        for record in self.read():
            yield record
            self.tap.sent[self.name] += 1

    # The SDK's mapper would rebuild the schema without our keywords and
    # read stream names as patterns; these write the messages unmapped.

    def _generate_schema_messages(self) -> Generator[SchemaMessage]:
        yield SchemaMessage(
            self.name, self.schema, list(self.table.primary_key)
        )

    def _generate_batch_messages(
        self, encoding: BaseBatchFileEncoding, manifest: list[str]
    ) -> Generator[SDKBatchMessage]:
        yield SDKBatchMessage(
            stream=self.name, encoding=encoding, manifest=manifest
        )

    def _generate_record_messages(
        self, record: Record
    ) -> Generator[RecordMessage]:
        yield RecordMessage(stream=self.name, record=record)

    def _write_state_message(self) -> None:
        """Send no bookmark: the receipt is the only STATE message."""


class DaybookTap(Plugin, Tap):
    """A tap that proves at its end what it has sent in full."""

    dynamic_catalog = True
    message_writer_class = MsgSpecWriter

    def __init__(self, **kwargs: Any) -> None:
        """Refuse what Meltano would ignore in silence, then discover."""
        _refuse_select(self.name)
        self.sent: dict[str, int] = {}
        self.snapshot = ""
        self._tidying = threading.Lock()
        super().__init__(**kwargs)

    @cached_property
    def spool_root(self) -> Path:
        """The folder whose `.staging` receives the files."""
        return project_path(self.config["spool"])

    @cached_property
    def spool(self) -> staging.Staging:
        """This run's staging folder, created and held when first used."""
        return staging.hold(self.spool_root, run_id())

    def sync_all(self) -> None:  # type: ignore[misc]
        """Sync every stream, then send the receipt.

        Final in the SDK, but the only place after the last row of the
        last stream.
        """
        run.stop_when_reader_is_gone(self.name, self._tidy)
        try:
            super().sync_all()
            receipt = Receipt(self.name, self.snapshot, self.sent)
            self.write_message(StateMessage(value=receipt.to_state()))
            self._wait_for_target()
        except BaseException:
            self._tidy()
            raise

    def _wait_for_target(self) -> None:
        """Hold what was staged until the run's target holds it too."""
        if "spool" in self.__dict__ and run_id():
            self.spool.wait_for_company(patience=_TARGET_SECONDS)

    def _tidy(self) -> None:
        """Remove what was staged; whoever comes second waits."""
        with self._tidying:
            if "spool" in self.__dict__:
                self.spool.discard()


def _check_personal(table: Table) -> None:
    problems = personal_problems(table)
    if problems:
        raise ConfigError(
            f"{table.stream}: what is declared personal could never be "
            f"erased: {'; '.join(problems)}. Nothing was written.",
            "Mend the declaration (`personal`), or let the column be text.",
        )


def _refuse_select(tap: str) -> None:
    selected = os.environ.get("MELTANO_EXTRACT__SELECT", "")
    if selected.strip() not in {"", '["*.*"]', "*.*"}:
        raise ConfigError(
            f"{tap} is asked to select {selected}, but Meltano's `select` "
            "does not reach it: every column of every table would be sent.",
            "Choose tables with the settings `tables` and `exclude`, and "
            "remove `select`.",
        )
