"""target-postgres: loads published days into PostgreSQL, as one step."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from daybook.postgres.load.plan import PLUGIN, check_schema, plan
from daybook.relational.loads import Options
from daybook.relational.strategies import Strategy, parse_rules, unmatched
from daybook.singer import log, run
from daybook.singer.database_target import (
    SPOOL,
    DatabaseTarget,
    receipt_setting,
)
from daybook.singer.settings import Needed, run_id, run_label

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
    "receipt": receipt_setting(
        ", with the strategies `upsert` and `insert` only"
    ),
    "spool": SPOOL,
}


class TargetPostgres(DatabaseTarget):
    """Loads tables in one transaction, after the tap has finished."""

    name = PLUGIN
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": _SETTINGS,
    }
    needed = (
        Needed("url", "WAREHOUSE_URL"),
        Needed("schema", "SCHEMA", check_schema),
    )
    example = (
        "MELTANO_ENVIRONMENT=load SCHEMA=public EXTRACTED_AT=2024-12-20 "
        "meltano run tap-csv target-postgres"
    )
    unproven_setting = (
        "TARGET_POSTGRES_RECEIPT=optional with the strategy upsert or insert"
    )

    def __init__(self, **kwargs: Any) -> None:
        """Check the strategies before anything comes."""
        super().__init__(**kwargs)
        self._rules = parse_rules(self.config.get("strategy"))

    def load(self) -> None:
        """Load all tables, or none."""
        from daybook.postgres.load.load import load_all

        self._say_unmatched()
        loads = plan(self.streams, self._rules, self.config["schema"])
        load_all(self.config["url"], loads, self._options())

    def _say_unmatched(self) -> None:
        """A strategy that no table gets is likely misspelled."""
        pairs = [(one.stream, one.table) for one in self.streams]
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
