"""The base of our targets: take files, and commit on the receipt only."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, cast

from singer_sdk import Sink, Target
from singer_sdk.helpers._batch import BaseBatchFileEncoding

from daybook.errors import InputError, cut
from daybook.singer import handover
from daybook.singer.handover import HandedFile
from daybook.singer.plugin import Plugin
from daybook.singer.reader import Reader
from daybook.singer.receipt import Receipt, missing_receipt
from daybook.singer.records import RecordSpool
from daybook.singer.schema import (
    Origin,
    from_singer,
    json_properties,
    origin_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from daybook.table import Table


class TableSink(Sink):
    """One stream: a file from a BATCH message, or RECORDs spooled to one."""

    def __init__(
        self,
        target: DaybookTarget,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        """Read the table from the SCHEMA message."""
        super().__init__(target, stream_name, schema, key_properties)
        self._target = target
        self._spool: RecordSpool | None = None
        self._handed = False
        self.table = from_singer(stream_name, schema, key_properties)
        self.origin = origin_of(schema)

    def process_batch_files(
        self, encoding: BaseBatchFileEncoding, files: Sequence[str]
    ) -> None:
        """Take the one file that holds the table.

        Raises:
            InputError: Another format than ours, or a second file.
        """
        if encoding.format != handover.FORMAT or encoding.compression:
            raise InputError(
                f"{self.stream_name}: a BATCH message in the format "
                f"{cut(encoding.format)} cannot be taken.",
                "Let the tap send RECORD messages: unset its `batch_config`.",
            )
        for url in files:
            self._take(HandedFile.from_url(url))

    def process_record(
        self,
        record: dict[str, Any],
        context: dict[str, Any],  # the SDK's signature
    ) -> None:
        """Write the record to the stream's spool file."""
        if self._spool is None:
            self._spool = self._open_spool()
        self._spool.append(record)
        self._target.received[self.stream_name] = self._spool.rows

    def process_batch(self, context: dict[str, Any]) -> None:
        """Do nothing: a stream is taken when its input has ended."""

    def finish(self) -> None:
        """Take the spooled file; a stream without rows is an empty table."""
        if self._handed:
            return
        self._take((self._spool or self._open_spool()).finish())

    def _open_spool(self) -> RecordSpool:
        path = self._target.spool_file(self.table)
        return RecordSpool(self.table, path, json_properties(self.schema))

    def _take(self, file: HandedFile) -> None:
        if self._handed:
            raise InputError(
                f"{self.stream_name}: the tap handed over a second file.",
                "A table is one file; let the tap send RECORD messages.",
            )
        self._handed = True
        self._target.received[self.stream_name] = file.rows
        self._target.take(self.table, self.origin, file)

    # A source may well have columns called _sdc_...: they are data here.

    def _remove_sdc_metadata_from_schema(self) -> None:
        pass

    def get_validator(self) -> None:
        """Return None: values are checked where they are stored."""


class DaybookTarget(Plugin, Target):
    """A target that changes nothing before it knows the tap has finished."""

    default_sink_class = TableSink
    message_reader_class = Reader

    def __init__(self, **kwargs: Any) -> None:
        """Start with nothing received."""
        self.received: dict[str, int] = {}
        self.receipt: Receipt | None = None
        super().__init__(**kwargs)

    @abstractmethod
    def spool_file(self, table: Table) -> Path:
        """Return a path for the file of a stream's RECORD messages."""

    @abstractmethod
    def take(
        self, table: Table, origin: Origin | None, file: HandedFile
    ) -> None:
        """Take a finished file; nothing is visible to readers yet."""

    @abstractmethod
    def commit(self) -> None:
        """Make all that was taken visible, in one step."""

    def accepts_unproven(self) -> bool:
        """Return whether an input without a receipt may be committed."""
        return False

    @property
    def is_ours(self) -> bool:
        """Whether the tap is one of ours, so that a receipt must come."""
        return any(
            "x-table" in sink.original_schema
            for sink in self._sinks_active.values()
        )

    def process_endofpipe(self) -> None:
        """Check the receipt, then commit.

        Raises:
            UnfinishedError: The tap broke off, or counts differ.
        """
        if self.receipt is None and not self.accepts_unproven():
            raise missing_receipt(self.received)
        for sink in self._sinks_active.values():
            cast("TableSink", sink).finish()
        if self.receipt is not None:
            self.receipt.check(self.received)
        self.commit()

    # The SDK's own handling maps, validates and drains; a table needs none
    # of it, and its mapper reads stream names as patterns.

    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        stream, schema = message_dict["stream"], message_dict["schema"]
        keys = message_dict.get("key_properties")
        known = self._sinks_active.get(stream)
        if known is None:
            self.received[stream] = 0
            self.add_sink(stream, schema, keys)
        elif known.original_schema != schema:
            raise InputError(
                f"{stream}: the tap changed the stream's schema midway.",
                "Rows before and after would not fit one table; leave the "
                "stream out, or mend the tap.",
            )

    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        sink = self._sink(message_dict["stream"])
        sink.process_record(message_dict["record"], {})

    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        sink = self._sink(message_dict["stream"])
        encoding = BaseBatchFileEncoding.from_dict(message_dict["encoding"])
        sink.process_batch_files(encoding, message_dict["manifest"])

    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        receipt = Receipt.from_state(message_dict["value"])
        self.receipt = receipt or self.receipt

    def _process_activate_version_message(
        self, message_dict: dict[str, Any]
    ) -> None:
        """Ignore it: it comes at a stream's start and proves nothing."""

    def _sink(self, stream: str) -> TableSink:
        if stream not in self._sinks_active:
            raise InputError(
                f"{stream}: rows came before the stream's schema.",
                "The tap is at fault; report it there.",
            )
        return cast("TableSink", self._sinks_active[stream])
