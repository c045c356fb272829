"""What to do where a target does not hold what the lake says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote
from typing import TYPE_CHECKING

from daybook.cli import audit_source
from daybook.cli.audit_targets import TARGETS, TargetName

if TYPE_CHECKING:
    from daybook.day import Day
    from daybook.duck.audit_result import TableAudit

_DEFAULT_SCHEMA = "public"


def remedies(
    day: Day, wrong: Sequence[TableAudit], schema: str | None
) -> Iterator[str]:
    """Yield what to do about each target, and about the source.

    `schema` is the warehouse's, if one was asked about.
    """
    for name in TARGETS:
        mine = [one for one in wrong if one.target == name]
        if mine and all(one.is_superseded for one in mine):
            yield (
                f"To take the newer day in the {name} for right: "
                f"daybook audit --day {day} --allow-newer"
            )
        elif mine:
            yield (
                f"To load the day into the {name} again: "
                f"{_load(name, day, mine, schema)}"
            )
            yield from _strangers(mine)
    if any(one.target == audit_source.NAME for one in wrong):
        yield audit_source.REMEDY


def _load(
    name: TargetName, day: Day, mine: Sequence[TableAudit], schema: str | None
) -> str:
    """Return the command that loads what is wrong."""
    sources = ",".join(dict.fromkeys(one.source for one in mine))
    words = ["MELTANO_ENVIRONMENT=load", f"TAP_CSV_SOURCES={quote(sources)}"]
    if name == TargetName.WAREHOUSE:
        there = schema or _schema_of(mine)
        if there != _DEFAULT_SCHEMA:
            words.append(f"SCHEMA={quote(there)}")
    if name == TargetName.GRAPH and any(one.rows_differ for one in mine):
        # A value that was changed by hand shows in no number.
        words.append("TARGET_NEO4J_RECHECK=true")
    words += [
        f"EXTRACTED_AT={day}",
        f"meltano run tap-csv {TARGETS[name].plugin}",
    ]
    if name == TargetName.GRAPH:
        words.append("(or the plugin that inherits from it, if that did)")
    return " ".join(words)


def _schema_of(mine: Sequence[TableAudit]) -> str:
    found = {one.where.partition(".")[0] for one in mine if one.where}
    return found.pop() if len(found) == 1 else _DEFAULT_SCHEMA


def _strangers(mine: Sequence[TableAudit]) -> Iterator[str]:
    """Yield how to be rid of relationships that no load has made."""
    for one in mine:
        if one.extra and "-[:" in one.where:
            found = one.where.replace("-[:", "-[r:")
            yield (
                "A load leaves relationships that others made. To delete "
                f"them: MATCH {found} WHERE r._daybook_hash IS NULL DELETE r"
            )
