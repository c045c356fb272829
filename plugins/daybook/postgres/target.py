"""target-postgres: loads published days into PostgreSQL, as one step."""

from __future__ import annotations

from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar, NoReturn

from daybook.errors import RefusedError
from daybook.lake import staging
from daybook.postgres.load.plan import Options, check_schema, plan
from daybook.postgres.load.strategies import Strategy, parse_rules, unmatched
from daybook.singer import log, run
from daybook.singer.received import Received
from daybook.singer.settings import (
    Needed,
    check_needed,
    project_path,
    run_id,
    run_label,
)
from daybook.singer.target import DaybookTarget

if TYPE_CHECKING:
    from pathlib import Path

    from daybook.singer.handover import HandedFile
    from daybook.singer.schema import Origin
    from daybook.table import Table

_NEEDED = (
    Needed("url", "WAREHOUSE_URL"),
    Needed("schema", "SCHEMA", check_schema),
)
_EXAMPLE = (
    "MELTANO_ENVIRONMENT=load SCHEMA=public EXTRACTED_AT=2024-12-20 "
    "meltano run tap-csv target-postgres"
)
_SETTINGS: dict[str, Any] = {
    "url": {
        "type": "string",
        "secret": True,
        "description": (
            "Connection URL of the warehouse, for example "
            "`postgresql://user:secret@host:5432/db`. Write special "
            "characters percent-encoded, `$` as `%24`."
        ),
    },
    "schema": {
        "type": "string",
        "default": "public",
        "description": (
            "Schema that all tables land in; created if it is missing."
        ),
    },
    "strategy": {
        "type": ["object", "string"],
        "additionalProperties": {"type": "string", "enum": list(Strategy)},
        "description": (
            "What a load does with rows that a table already has: "
            "`snapshot` (the table mirrors the newest day; the default with "
            "a key), `replace` (the default without one), `history` (every "
            "day kept, partitioned by `extracted_at`), `upsert`, `insert`. "
            "An object of globs over table names, or one string: "
            "`orders=history,*=snapshot`. The first match counts."
        ),
    },
    "schema_change": {
        "type": "string",
        "enum": ["freeze", "evolve", "rebuild"],
        "default": "evolve",
        "description": (
            "When a table's definition has changed at the source: `freeze` "
            "refuses; `evolve` adds columns and widens types, and refuses "
            "what could lose a value; `rebuild` makes such a table anew."
        ),
    },
    "allow_older_day": {
        "type": "boolean",
        "default": False,
        "description": (
            "Let a table that holds a newer day go back to this one."
        ),
    },
    "adopt": {
        "type": "boolean",
        "default": False,
        "description": (
            "Take over tables that somebody else filled or another source "
            "loaded. Their rows then become those of the day."
        ),
    },
    "recheck": {
        "type": "boolean",
        "default": False,
        "description": (
            "Compare every row even where file and table are known to be "
            "what was loaded before."
        ),
    },
    "receipt": {
        "type": "string",
        "enum": ["required", "optional"],
        "default": "required",
        "description": (
            "`optional` takes input of taps that cannot prove that they "
            "finished, with the strategies `upsert` and `insert` only."
        ),
    },
    "spool": {
        "type": "string",
        "default": "output",
        "description": (
            "Folder for RECORD messages until they are loaded; its "
            "subfolder `.staging/<run>` is used."
        ),
    },
}


class TargetPostgres(DaybookTarget):
    """Loads tables in one transaction, after the tap has finished."""

    name = "target-postgres"
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": _SETTINGS,
    }

    def __init__(self, **kwargs: Any) -> None:
        """Start with nothing received and nothing connected."""
        super().__init__(**kwargs)
        self._received: list[Received] = []
        self._rules = parse_rules(self.config.get("strategy"))

    def listen(self, file_input: IO[str] | None = None) -> None:  # type: ignore[misc]
        """Check the settings, read all messages, load.

        Final in the SDK, but the only place before the first message.
        """
        check_needed(self.name, self.config, _NEEDED, _EXAMPLE)
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
        self._received.append(Received(table.stream, table, origin, file))

    def commit(self) -> None:
        """Load all tables, or none."""
        from daybook.postgres.load.load import load_all

        self._say_unmatched()
        loads = plan(self._received, self._rules, self.config["schema"])
        load_all(self.config["url"], loads, self._options())
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
                "TARGET_POSTGRES_RECEIPT=optional with the strategy upsert "
                "or insert.",
            )
        return True

    def _say_unmatched(self) -> None:
        """A strategy that no table gets is likely misspelled."""
        pairs = [(one.stream, one.table) for one in self._received]
        for glob in unmatched(self._rules, pairs):
            log.logger.warning(
                "The setting `strategy` names %s, which no table matches.",
                glob,
            )

    def _options(self) -> Options:
        return Options(
            schema=self.config["schema"],
            schema_change=self.config["schema_change"],
            allow_older_day=self.config["allow_older_day"],
            adopt=self.config["adopt"],
            recheck=self.config["recheck"],
            run=run_label() or run_id(),
        )


def main() -> NoReturn:
    """Run target-postgres' command line."""
    run.run(TargetPostgres)
