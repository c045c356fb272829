"""target-neo4j: loads published days into Neo4j as a graph."""

from __future__ import annotations

from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar, NoReturn

from daybook.errors import RefusedError
from daybook.lake import staging
from daybook.neo4j.load.plan import Options
from daybook.neo4j.mapping_settings import parse
from daybook.neo4j.marker import MAPPING_SETTINGS
from daybook.neo4j.url import check_url
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

_NEEDED = (Needed("url", "NEO4J_URL", check_url),)
_EXAMPLE = (
    "MELTANO_ENVIRONMENT=load EXTRACTED_AT=2024-12-20 "
    "meltano run tap-csv target-neo4j"
)
_NAMES = {
    "type": ["object", "string"],
    # Meltano breaks the dots of a key (`orders.customer_id`) into objects.
    "additionalProperties": {"type": ["object", "string"]},
}
_SETTINGS: dict[str, Any] = {
    "url": {
        "type": "string",
        "secret": True,
        "description": (
            "Connection URL of the graph, for example "
            "`bolt://neo4j:secret@host:7687/neo4j`; the path names the "
            "database. Write special characters percent-encoded, `$` as "
            "`%24`."
        ),
    },
    "labels": {
        **_NAMES,
        "description": (
            "Labels of tables, where they are not to be the singular of the "
            "table's name: an object, or one string: "
            "`customers=Client,orders=Order`."
        ),
    },
    "relationships": {
        **_NAMES,
        "description": (
            "Types of relationships, by foreign key or join table: "
            "`orders.customer_id=<PURCHASED,order_details=ORDERS`. A `<` "
            "reverses the direction; columns of a composite key are joined "
            "by `+`."
        ),
    },
    "exclude": {
        "type": "string",
        "description": (
            "Tables and columns that are left out, as globs with commas "
            "between: `us_states,employees.photo`."
        ),
    },
    "lake": {
        "type": "string",
        "default": "output",
        "description": (
            "The lake's root folder, where the day that the graph holds is "
            "looked for, to compare with."
        ),
    },
    "orphans": {
        "type": "string",
        "enum": ["fail", "skip"],
        "default": "fail",
        "description": (
            "Rows that refer to nothing in their own source: `fail`, or "
            "`skip` their relationships and say so."
        ),
    },
    "unrepresentable": {
        "type": "string",
        "enum": ["fail", "string"],
        "default": "fail",
        "description": (
            "A column with a value that its type cannot hold in Neo4j "
            "(infinity, 24:00:00): `fail`, or make it a `string`."
        ),
    },
    "allow_older_day": {
        "type": "boolean",
        "default": False,
        "description": "Let a graph that holds a newer day go back.",
    },
    "adopt": {
        "type": "boolean",
        "default": False,
        "description": (
            "Take over labels that somebody else filled or another source "
            "loaded. Their nodes then become those of the day."
        ),
    },
    "detach": {
        "type": "boolean",
        "default": False,
        "description": (
            "Let relationships that others made go with nodes that the day "
            "no longer has."
        ),
    },
    "recheck": {
        "type": "boolean",
        "default": False,
        "description": (
            "Compare every value with the graph, even where it is known to "
            "be what was loaded before."
        ),
    },
    "transaction_rows": {
        "type": "integer",
        "minimum": 1,
        "default": 50_000,
        "description": (
            "Up to so many changed nodes and relationships are one "
            "transaction; more are several of this size."
        ),
    },
    "transaction_bytes": {
        "type": "integer",
        "minimum": 1,
        "default": 16_000_000,
        "description": "Likewise, the bytes of rows in one transaction.",
    },
    "receipt": {
        "type": "string",
        "enum": ["required", "optional"],
        "default": "required",
        "description": (
            "`optional` takes input of taps that cannot prove that they "
            "finished: their rows are added or updated, none is deleted."
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


class TargetNeo4j(DaybookTarget):
    """Loads tables as nodes and relationships, after the tap finished."""

    name = "target-neo4j"
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": _SETTINGS,
    }

    def __init__(self, **kwargs: Any) -> None:
        """Start with nothing received and nothing connected."""
        super().__init__(**kwargs)
        self._received: list[Received] = []

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
        """Load all tables."""
        from daybook.neo4j.load.load import load_all

        load_all(self.config["url"], self._received, self._options())
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
                "TARGET_NEO4J_RECEIPT=optional.",
            )
        return True

    def _options(self) -> Options:
        config = self.config
        return Options(
            naming=parse(config),
            settings={name: config.get(name) for name in MAPPING_SETTINGS},
            lake=project_path(config["lake"]),
            skip_orphans=config["orphans"] == "skip",
            text_for_others=config["unrepresentable"] == "string",
            allow_older_day=config["allow_older_day"],
            adopt=config["adopt"],
            detach=config["detach"],
            recheck=config["recheck"],
            transaction_rows=config["transaction_rows"],
            transaction_bytes=config["transaction_bytes"],
            run=run_label() or run_id(),
        )


def main() -> NoReturn:
    """Run target-neo4j's command line."""
    run.run(TargetNeo4j)
