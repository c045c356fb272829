"""The setting `lines`: text files whose lines are rows of one table."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daybook import dialect
from daybook.duckdb.lines import Lines, lines
from daybook.errors import AbsentError, ConfigError, UnfinishedError, cut
from daybook.personal import personal_from_json
from daybook.singer.handover import HandedFile
from daybook.singer.log import counted, logger
from daybook.singer.settings import json_list, project_root
from daybook.table import Column, Table

if TYPE_CHECKING:
    from daybook.singer.log import Progress

LINES_SETTING: Mapping[str, Any] = {
    "type": ["array", "string"],
    "description": (
        "Text files, plain or gzip, whose lines are the rows of a table: a "
        "list of objects with `name` (the table's name), `path` and "
        "`personal` (what the column `text` holds of a person). The path "
        "starts at the project's root; `*` stands for anything in it, "
        "`{hour}` too, and becomes the column `hour`. Other columns are "
        "`file`, `line`, `text` and, for what cannot be read, `problem`. "
        "The list as JSON text is taken too."
    ),
    "items": {
        "type": "object",
        "required": ["name", "path"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "path": {"type": "string", "minLength": 1},
            "personal": {"type": ["object", "string"]},
        },
    },
}
"""The setting's JSON Schema."""

_EXAMPLE = (
    'Give a list like [{"name": "lines", "path": '
    '"extract/retail/date=2020-01-01/hour={hour}/{dataset}.json*"}].'
)
_AFTER = (
    Column("file", "text", nullable=False),
    Column("line", "bigint", nullable=False),
    Column("text", "text"),
    Column("problem", "text"),
)
_SHOWN = 5
_FIELDS = frozenset({"name", "path", "personal"})
_WILD = re.compile(r"\{([A-Za-z_]\w*)\}|\*\*/|\*")


@dataclass(frozen=True, slots=True)
class LineFiles:
    """Files whose lines are the rows of one table.

    Attributes:
        table: Its name, columns and key.
        root: The folder where the path starts.
        path: Where the files are, as it was set, below `root`.
    """

    table: Table
    root: Path
    path: str

    def __str__(self) -> str:
        """Return what messages call them."""
        return f"the lines {cut(self.table.name)}"

    def files(self) -> list[Path]:
        """Return the files, sorted by their path; hidden ones are none.

        Raises:
            AbsentError: There are none.
        """
        found = sorted(
            path
            for path in self.root.glob(_glob(self.path))
            if not path.name.startswith(".")
        )
        if not found:
            raise AbsentError(
                f"{self.root / self.path}: there is no such file. Nothing "
                "was published.",
                "Run the same command again when the files have been "
                "delivered, or mend the `path` in the setting `lines`.",
            )
        return found

    def others(self, taken: Sequence[Path]) -> list[Path]:
        """Return files beside those that the path leads to.

        Raises:
            OSError: A folder cannot be read: files may be in it.
        """
        fixed = _WILD.split(self.path)[0].rpartition("/")[0]
        if not fixed:
            return []
        known = set(taken)
        return sorted(
            path
            for parent, _, names in os.walk(self.root / fixed, onerror=_fail)
            for path in (Path(parent, name) for name in names)
            if path.is_file()
            and not path.name.startswith(".")
            and known.isdisjoint((path, *path.parents))
        )

    def values(self, file: Path) -> list[str]:
        """Return what the names in the path stand for, and the file."""
        path = os.fsencode(file.relative_to(self.root))
        name = path.decode(errors="backslashreplace")
        found = re.fullmatch(_expression(self.path), name, re.DOTALL)
        return [*(found.groups() if found else ()), name]


def parse_lines(
    setting: Sequence[Mapping[str, Any]] | str | None,
) -> tuple[LineFiles, ...]:
    """Return what the setting names, which may be JSON text.

    Raises:
        ConfigError: It is malformed.
    """
    return tuple(
        _parse(item) for item in json_list("lines", setting, _EXAMPLE)
    )


def export(of: LineFiles, path: Path, progress: Progress) -> HandedFile:
    """Write all lines to the new file `path`, in the lake's dialect.

    Raises:
        AbsentError: There is no file.
        UnfinishedError: A file changed while it was read.
        OSError: The file system refused.
    """
    header = dialect.encode_row(of.table.column_names)
    digest, longest = hashlib.sha256(header), len(header)
    with path.open("xb") as out:
        out.write(header)
        for rows in _batches(of):
            data = b"".join(rows)
            out.write(data)
            digest.update(data)
            longest = max(longest, max(map(len, rows)))
            progress.rows += len(rows)
            progress.bytes += len(data)
    return HandedFile(path, progress.rows, digest.hexdigest(), longest)


def read(of: LineFiles) -> Iterator[dict[str, Any]]:
    """Yield all lines as JSON values.

    Raises:
        As `export`.
    """
    for values, some in _lines(of):
        for number, text in enumerate(some.texts, some.number):
            if _is_row(text):
                row = (*values, number, text, some.problem)
                yield dict(zip(of.table.column_names, row, strict=True))


def _batches(of: LineFiles) -> Iterator[list[bytes]]:
    """Yield rows of the lake; only the text differs from line to line."""
    field = dialect.encode_field
    for values, some in _lines(of):
        start = ",".join(map(field, values))
        end = f",{field(some.problem)}\n"
        rows = [
            f"{start},{number},{field(text)}{end}".encode()
            for number, text in enumerate(some.texts, some.number)
            if _is_row(text)
        ]
        if rows:
            yield rows


def _is_row(text: str | None) -> bool:
    """Return whether a line is there, also one that cannot be read."""
    return text is None or text.strip(" \t\r\v\f") != ""


def _lines(of: LineFiles) -> Iterator[tuple[list[str], Lines]]:
    """Yield the lines of all files, with what their paths say."""
    found = of.files()
    if others := of.others(found):
        logger.warning(
            "%s: the `path` of the setting `lines` does not lead to %s: %s",
            of,
            counted(len(others), "file"),
            ", ".join(
                str(path.relative_to(of.root)) for path in others[:_SHOWN]
            ),
        )
    for file in found:
        before, values = _version(file), of.values(file)
        first, broken = "", 0
        for some in lines(file):
            if some.problem:
                first = first or f"line {some.number}: {some.problem}"
                broken += len(some.texts)
            yield values, some
        if _version(file) != before:
            raise UnfinishedError(
                f"{file} changed while it was read; nothing was changed.",
                "Wait until it is complete, then run the same command again.",
            )
        if broken:
            more = f", and {counted(broken - 1, 'line')} more"
            logger.warning("%s, %s%s", file, first, more if broken > 1 else "")


def _version(path: Path) -> tuple[int, int, int] | None:
    """Return what changes with the file, None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _fail(error: OSError) -> None:
    raise error


def _glob(path: str) -> str:
    """Return the pattern that finds the files: only `*` is wild."""
    plain = re.sub(r"[\[\]?]", r"[\g<0>]", path)
    return _WILD.sub(lambda wild: "*" if wild[1] else wild[0], plain)


def _expression(path: str) -> str:
    """Return the expression whose groups are the names in the path."""
    parts, end = [], 0
    for wild in _WILD.finditer(path):
        parts.append(re.escape(path[end : wild.start()]))
        any_ = "(?:.*/)?" if wild[0] == "**/" else "[^/]*?"
        parts.append(f"({any_})" if wild[1] else any_)
        end = wild.end()
    return "".join([*parts, re.escape(path[end:])])


def _parse(item: object) -> LineFiles:
    if not isinstance(item, Mapping):
        raise _wrong(f"{cut(item)} is no object")
    if unknown := sorted(map(str, item.keys() - _FIELDS)):
        raise _wrong(f"there is no field {cut(unknown[0])}")
    name, path = item.get("name"), item.get("path")
    for what, value in (("name", name), ("path", path)):
        if not isinstance(value, str) or not value.strip():
            raise _wrong(f"{cut(json.dumps(item))} has no `{what}`")
    columns = _columns(str(path), item.get("personal"))
    table = Table("", str(name), columns, ("file", "line"))
    root, below = project_root(), Path(str(path)).expanduser()
    if below.is_absolute():
        root = Path(below.anchor)
        below = below.relative_to(root)
    return LineFiles(table, root, str(below))


def _columns(path: str, personal: object) -> tuple[Column, ...]:
    names = [wild[1] for wild in _WILD.finditer(path) if wild[1]]
    taken = [*names, *(column.name for column in _AFTER)]
    twice = [name for name in names if taken.count(name) > 1]
    if twice:
        raise _wrong(f"two columns are called {cut(twice[0])}")
    try:
        told = personal_from_json(personal) if personal else None
    except ValueError as error:
        raise _wrong(f"`personal`: {error}") from error
    before = [Column(name, "text", nullable=False) for name in names]
    after = [
        dataclasses.replace(column, personal=told)
        if column.name == "text"
        else column
        for column in _AFTER
    ]
    return (*before, *after)


def _wrong(what: str) -> ConfigError:
    return ConfigError(f"The setting `lines`: {what}.", _EXAMPLE)
