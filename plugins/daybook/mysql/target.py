"""target-mysql: loads published days into MySQL or MariaDB, as one step."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from daybook.mysql.load.plan import OFFERED, PLUGIN, VARIABLE, plan
from daybook.mysql.url import check_url, parse_url
from daybook.relational.loads import Options
from daybook.relational.strategies import parse_rules, unmatched
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
            "Connection URL of the database, for example "
            "`mysql://user:secret@host:3306/database`. Write special "
            "characters percent-encoded, `$` as `%24`."
        ),
    },
    "strategy": {
        "type": ["object", "string"],
        "additionalProperties": {"type": "string", "enum": list(OFFERED)},
        "description": (
            "What a load does with rows that a table already has: "
            "`snapshot` (the table mirrors the newest day; the default with "
            "a key), `replace` (the default without one), `upsert` (the "
            "default for a part of a table). An object of globs over table "
            "names, or one string: `orders=upsert,*=snapshot`. The first "
            "match counts."
        ),
    },
    "schema_change": {
        "type": "string",
        "enum": ["freeze", "evolve"],
        "default": "evolve",
        "description": (
            "When a table's definition has changed at the source: `freeze` "
            "refuses; `evolve` adds columns and widens types, and refuses "
            "what could lose a value."
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
    "receipt": receipt_setting(", with the strategy `upsert` only"),
    "spool": SPOOL,
}


class TargetMysql(DatabaseTarget):
    """Loads tables in one transaction, after the tap has finished."""

    name = PLUGIN
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": _SETTINGS,
    }
    needed = (Needed("url", VARIABLE, lambda url: check_url(url, VARIABLE)),)
    example = (
        "MELTANO_ENVIRONMENT=load EXTRACTED_AT=2024-12-20 "
        "meltano run tap-csv target-mysql"
    )
    unproven_setting = "TARGET_MYSQL_RECEIPT=optional with the strategy upsert"

    def __init__(self, **kwargs: Any) -> None:
        """Check the strategies before anything comes."""
        super().__init__(**kwargs)
        self._rules = parse_rules(self.config.get("strategy"), OFFERED)

    def load(self) -> None:
        """Load all tables, or none."""
        from daybook.mysql.load.load import load_all

        self._say_unmatched()
        database = parse_url(self.config["url"], VARIABLE).database
        loads = plan(self.streams, self._rules, database)
        load_all(self.config["url"], loads, self._options(database))

    def _say_unmatched(self) -> None:
        """A strategy that no table gets is likely misspelled."""
        pairs = [(one.stream, one.table) for one in self.streams]
        for glob in unmatched(self._rules, pairs):
            log.logger.warning(
                "The setting `strategy` names %s, which no table matches.",
                glob,
            )

    def _options(self, database: str) -> Options:
        return Options(
            schema=database,
            schema_change=self.config["schema_change"],
            allow_older_day=self.config["allow_older_day"],
            adopt=self.config["adopt"],
            recheck=self.config["recheck"],
            run=run_label() or run_id(),
        )


def main() -> NoReturn:
    """Run target-mysql's command line."""
    run.run(TargetMysql)
