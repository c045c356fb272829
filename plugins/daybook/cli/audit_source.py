"""What the cursors of incremental tables have not seen at the source."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from daybook.cli import render, source_again
from daybook.duck import fold
from daybook.duck.audit_result import Differing, TableAudit
from daybook.duck.unshared import match
from daybook.errors import ConfigError

if TYPE_CHECKING:
    from daybook.cli.audit_targets import Question
    from daybook.cli.project import Project
    from daybook.cli.source_again import Again
    from daybook.duck.row_delta import RowDelta
    from daybook.lake.manifest import DataFile, Manifest

NAME = "source"
REMEDY = (
    "To take in what no cursor saw: extract a new day whole (the tap's "
    "setting `whole`, for example TAP_POSTGRES_WHOLE=true), and load it; see "
    "docs/operations.md."
)


def audit(here: Project, question: Question) -> Iterator[TableAudit]:
    """Compare incremental tables of days with their source as it is now.

    Rows up to the end of the day's window are compared: `missing` are
    gone from the source, `extra` came late, `different` have changed
    without a new place in the order. `kept` have such a place, and the
    next day will hold them.

    Raises:
        ConfigError: No table is incremental, or there is no `meltano`.
        InputError: An earlier day's file is missing or edited.
        UnfinishedError: The source cannot be read.
        duckdb.Error: A file cannot be read.
    """
    asked = [(one, _parts(one, question)) for one in question.manifests]
    if not any(files for _, files in asked):
        raise ConfigError(
            "No table of the day is incremental: each holds what the source "
            "held when the day was extracted.",
            "Only tables of the setting `incremental` are compared with "
            "their source.",
        )
    for manifest, files in asked:
        if files:
            yield from _audit(here, question, manifest, files)


def _parts(manifest: Manifest, question: Question) -> list[DataFile]:
    return [
        file
        for file in manifest.files
        if file.table.window
        and (manifest.source, file.table.stream) in question.streams
    ]


def _audit(
    here: Project,
    question: Question,
    manifest: Manifest,
    files: list[DataFile],
) -> Iterator[TableAudit]:
    render.note(f"Reading the source {manifest.source} again.")
    with tempfile.TemporaryDirectory(prefix="daybook-audit-") as folder:
        scratch = Path(folder)
        again = source_again.read(here, manifest, files, scratch / "lake")
        for file, there in zip(files, again, strict=True):
            yield _compare(question, manifest, file, there, scratch)


def _compare(
    question: Question,
    manifest: Manifest,
    file: DataFile,
    there: Again,
    scratch: Path,
) -> TableAudit:
    whole, rest = scratch / "whole.csv", scratch / "rest.csv"
    for path in (whole, rest):
        path.unlink(missing_ok=True)
    held = fold.of_day(question.root, manifest, file, whole)
    ours = held.rows
    if file.table.primary_key:
        ours = fold.without(ours, there.after, rest)
    rows = match(ours, there.until, question.limit)
    found = _audited(manifest, file, rows)
    return _with_counts(found, held, ours.rows, there)


def _with_counts(
    found: TableAudit, held: fold.Folded, compared: int, there: Again
) -> TableAudit:
    note = f"not all is compared: {held.missing}" if held.missing else ""
    return dataclasses.replace(
        found,
        rows_lake=held.rows.rows,
        rows_target=there.until.rows,
        kept=held.rows.rows - compared,
        note=note,
    )


def _audited(manifest: Manifest, file: DataFile, rows: RowDelta) -> TableAudit:
    def keys(kind: str) -> tuple[dict[str, str | None], ...]:
        return tuple(dict(e.row) for e in rows.examples if e.kind == kind)

    table = file.table
    return TableAudit(
        target="source",
        source=manifest.source,
        table=table.stream,
        where=f"{table.schema}.{table.name}".lstrip("."),
        rows_lake=0,
        rows_target=0,
        missing=rows.removed,
        extra=rows.added,
        different=rows.changed,
        missing_keys=keys("removed"),
        extra_keys=keys("added"),
        differing=tuple(
            Differing(e.row, e.values)
            for e in rows.examples
            if e.kind == "changed"
        ),
    )
