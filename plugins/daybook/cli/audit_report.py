"""What `daybook audit` has found, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from daybook.cli import render

if TYPE_CHECKING:
    from daybook.day import Day
    from daybook.duck.audit_result import Differing, Key, TableAudit


def show(day: Day, found: Sequence[TableAudit], *, allow_newer: bool) -> None:
    """Print a table of all tables, then what differs, then the sum."""
    header = ("target", "source", "table", "where", "rows", "rows there")
    counts = ("missing", "extra", "different", "kept", "verdict")
    render.print_table((*header, *counts), [_to_row(one) for one in found])
    for one in found:
        for line in _sentences(one):
            typer.echo(render.printable(f"{_name(one)}: {line}"))
    typer.echo(verdict(day, found, allow_newer=allow_newer))


def verdict(
    day: Day, found: Sequence[TableAudit], *, allow_newer: bool
) -> str:
    """Return in one sentence what was found. Pure."""
    wanted = f"{day} or newer" if allow_newer else str(day)
    right = [one for one in found if one.is_right(allow_newer=allow_newer)]
    newer = sum(1 for one in right if one.is_superseded)
    if len(right) < len(found):
        wrong = len(found) - len(right)
        return f"{wrong:,} of {len(found):,} not as on {wanted}."
    if newer:
        return (
            f"All {len(found):,} as on {wanted}: "
            f"{len(found) - newer:,} with every row, {newer:,} superseded."
        )
    return f"All {len(found):,} as on {day}, every row."


def _to_row(one: TableAudit) -> list[object]:
    return [
        one.target,
        one.source,
        one.table,
        one.where or "-",
        one.rows_lake,
        "-" if one.rows_target is None else one.rows_target,
        one.missing,
        one.extra,
        one.different,
        one.kept,
        "equal" if one.is_equal else one.problem or "different",
    ]


def _sentences(one: TableAudit) -> Iterator[str]:
    """Yield the remark, then each row that differs.

    Not the rows of a table that holds another day: they are to differ.
    """
    if one.note:
        yield one.note
    if one.problem:
        return
    for key in one.missing_keys:
        yield f"missing {_key(key)}"
    for key in one.extra_keys:
        yield f"extra {_key(key)}"
    for row in one.differing:
        yield f"different {_key(row.key)}: {_values(row)}"


def _key(key: Key) -> str:
    return ", ".join(f"{n}={render.value(v)}" for n, v in key.items())


def _values(row: Differing) -> str:
    return "; ".join(
        f"{name} is {render.value(theirs)}, not {render.value(ours)}"
        for name, (ours, theirs) in row.columns.items()
    )


def _name(one: TableAudit) -> str:
    return f"{one.target} {one.where or one.table}"


def to_json(
    day: Day,
    targets: Iterable[str],
    found: Sequence[TableAudit],
    *,
    allow_newer: bool,
) -> dict[str, object]:
    """Return the document that `--json` prints."""
    return {
        "day": str(day),
        "targets": list(targets),
        "allow_newer": allow_newer,
        "equal": all(one.is_equal for one in found),
        "right": all(one.is_right(allow_newer=allow_newer) for one in found),
        "tables": [_table_to_json(one, allow_newer) for one in found],
    }


def _table_to_json(one: TableAudit, allow_newer: bool) -> dict[str, object]:
    return {
        "target": one.target,
        "source": one.source,
        "table": one.table,
        "where": one.where,
        "equal": one.is_equal,
        "right": one.is_right(allow_newer=allow_newer),
        "problem": one.problem,
        "note": one.note,
        "rows": {"lake": one.rows_lake, "target": one.rows_target},
        "missing": one.missing,
        "extra": one.extra,
        "different": one.different,
        "kept": one.kept,
        "missing_keys": one.missing_keys,
        "extra_keys": one.extra_keys,
        "differing": [
            {
                "key": row.key,
                "columns": {
                    name: {"lake": ours, "target": theirs}
                    for name, (ours, theirs) in row.columns.items()
                },
            }
            for row in one.differing
        ],
    }
