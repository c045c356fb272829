"""target-neo4j: loads published days into Neo4j as a graph."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from daybook.neo4j.load.plan import Options
from daybook.neo4j.mapping_settings import parse
from daybook.neo4j.marker import MAPPING_SETTINGS
from daybook.neo4j.url import check_url
from daybook.singer import run
from daybook.singer.database_target import (
    SPOOL,
    DatabaseTarget,
    receipt_setting,
)
from daybook.singer.settings import Needed, project_path, run_id, run_label

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
    "receipt": receipt_setting(
        ": their rows are added or updated, none is deleted"
    ),
    "spool": SPOOL,
}


class TargetNeo4j(DatabaseTarget):
    """Loads tables as nodes and relationships, after the tap finished."""

    name = "target-neo4j"
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": _SETTINGS,
    }
    needed = (Needed("url", "NEO4J_URL", check_url),)
    example = (
        "MELTANO_ENVIRONMENT=load EXTRACTED_AT=2024-12-20 "
        "meltano run tap-csv target-neo4j"
    )
    unproven_setting = "TARGET_NEO4J_RECEIPT=optional"

    def load(self) -> None:
        """Bring the graph to the day."""
        from daybook.neo4j.load.load import load_all
        from daybook.neo4j.load.whole import whole

        options = self._options()
        streams = whole(
            self.streams, options, lambda stream: self.staging.new_file(stream)
        )
        load_all(self.config["url"], streams, options)

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
