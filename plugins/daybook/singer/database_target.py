"""The base of targets that load a database when all streams have come."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar

from daybook.errors import RefusedError
from daybook.lake import staging
from daybook.singer import log
from daybook.singer.received import Received
from daybook.singer.settings import (
    Needed,
    check_needed,
    project_path,
    run_id,
)
from daybook.singer.target import DaybookTarget

if TYPE_CHECKING:
    from pathlib import Path

    from daybook.singer.handover import HandedFile
    from daybook.singer.schema import Origin
    from daybook.table import Table

SPOOL: dict[str, Any] = {
    "type": "string",
    "default": "output",
    "description": (
        "Folder for RECORD messages until they are loaded; its "
        "subfolder `.staging/<run>` is used."
    ),
}
"""The setting `spool` of every such target."""


def receipt_setting(unproven: str) -> dict[str, Any]:
    """Return the setting `receipt`; `unproven` says how rows then go in."""
    return {
        "type": "string",
        "enum": ["required", "optional"],
        "default": "required",
        "description": (
            "`optional` takes input of taps that cannot prove that they "
            f"finished{unproven}."
        ),
    }


class DatabaseTarget(DaybookTarget):
    """Keeps the files of all streams; loads them after the tap finished.

    Attributes:
        needed: The settings without which it cannot run.
        example: A command that sets all of them.
        unproven_setting: What lets it take a tap without a receipt.
    """

    needed: ClassVar[Sequence[Needed]]
    example: ClassVar[str]
    unproven_setting: ClassVar[str]

    def __init__(self, **kwargs: Any) -> None:
        """Start with nothing received and nothing connected."""
        super().__init__(**kwargs)
        self.streams: list[Received] = []

    @abstractmethod
    def load(self) -> None:
        """Bring the database to what `streams` say."""

    def listen(self, file_input: IO[str] | None = None) -> None:  # type: ignore[misc]
        """Check the settings, read all messages, load.

        Final in the SDK, but the only place before the first message.
        """
        check_needed(self.name, self.config, self.needed, self.example)
        try:
            super().listen(file_input)
        finally:
            if "staging" in self.__dict__:
                self.staging.discard()

    @cached_property
    def staging(self) -> staging.Staging:
        """This run's staging folder, created and held when first used."""
        return staging.hold(project_path(self.config["spool"]), run_id())

    def spool_file(self, table: Table) -> Path:
        """Return a staged path for a stream's RECORD messages."""
        return self.staging.new_file(table.stream)

    def take(
        self, table: Table, origin: Origin | None, file: HandedFile
    ) -> None:
        """Keep the file's name; it is read when all have come."""
        self.streams.append(Received(table.stream, table, origin, file))

    def commit(self) -> None:
        """Load all tables; say so if nothing proves that they are whole."""
        self.load()
        if self.receipt is None:
            log.logger.warning(
                "The tap gave no receipt: that these rows are all of them "
                "is not proven."
            )

    def accepts_unproven(self) -> bool:
        """Accept a tap from the Hub, if the setting says so.

        Raises:
            RefusedError: The setting says no.
        """
        if self.is_ours or not self.received:
            return False
        if self.config["receipt"] == "required":
            raise RefusedError(
                "The tap gave no receipt, so nothing proves that it "
                "finished. Nothing was changed.",
                "For a tap from the Hub put the lake between (`meltano run "
                "<tap> target-csv daybook:publish`), or set "
                f"{self.unproven_setting}.",
            )
        return True
