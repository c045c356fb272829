"""The setting `queries`: results that are extracted like tables. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from daybook.errors import ConfigError, InputError, cut
from daybook.personal import Personal, personal_from_json
from daybook.singer.settings import json_list

if TYPE_CHECKING:
    from daybook.table import Table

Value = str | int | float | Decimal | bool | None
"""What a parameter can be: what JSON knows, without lists and objects."""

QUERIES_SETTING: Mapping[str, Any] = {
    "type": ["array", "string"],
    "description": (
        "Queries whose results are extracted beside the tables: a list of "
        "objects with `name` (the table's name), `sql`, `keys` (the primary "
        "key's columns), `personal` (what its columns hold of a person) and "
        "`parameters`. These are an object for `%(name)s` in the SQL or a "
        "list for `%s`; with parameters a percent sign is written `%%`. The "
        "list as JSON text is taken too."
    ),
    "items": {
        "type": "object",
        "required": ["name", "sql"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "sql": {"type": "string", "minLength": 1},
            "keys": {"type": "array", "items": {"type": "string"}},
            "personal": {"type": "object"},
            "parameters": {"type": ["object", "array"]},
        },
    },
}
"""The setting's JSON Schema, the same for all taps that have it."""

_EXAMPLE = (
    "Give a list like "
    '[{"name": "sold", "sql": "SELECT id, at FROM orders WHERE at < '
    '%(day)s", "keys": ["id"], "parameters": {"day": "2024-12-20"}}]; see '
    "docs/operations.md."
)
_FIELDS = frozenset({"name", "sql", "keys", "personal", "parameters"})
_PERCENT = re.compile(r"%(?:(%)|(s)|\(([^()]*)\)s)?")


@dataclass(frozen=True, slots=True)
class Bound:
    """A value that stands at this place of a query's text."""

    value: Value


@dataclass(frozen=True, slots=True)
class Query:
    """A query whose result is extracted as a table.

    Attributes:
        name: The table's name; it has no schema.
        parts: The SQL, cut where values stand; texts are SQL as it is
            to be sent, a `Bound` is to be bound or quoted.
        keys: The primary key's columns, empty without a key.
        personal: What is personal, per column.
    """

    name: str
    parts: tuple[str | Bound, ...]
    keys: tuple[str, ...] = ()
    personal: tuple[tuple[str, Personal], ...] = ()

    def __str__(self) -> str:
        """Return what messages call it."""
        return f"the query {cut(self.name)}"

    @property
    def title(self) -> str:
        """What messages call it at the beginning of a sentence."""
        return f"The query {cut(self.name)}"

    @property
    def values(self) -> tuple[Value, ...]:
        """The values, in the order in which they stand in the text."""
        return tuple(p.value for p in self.parts if isinstance(p, Bound))

    def sql(self, placeholder: str = "?") -> str:
        """Return the text with `placeholder` where a value stands."""
        return "".join(
            part if isinstance(part, str) else placeholder
            for part in self.parts
        )


def parse_queries(
    setting: Sequence[Mapping[str, Any]] | str | None,
) -> tuple[Query, ...]:
    """Return the queries of the setting, which may be JSON text.

    Raises:
        ConfigError: It is malformed, two queries have one name, or a
            query and its parameters do not fit.
    """
    queries = tuple(
        _query(item) for item in json_list("queries", setting, _EXAMPLE)
    )
    names = [query.name for query in queries]
    for query in queries:
        if names.count(query.name) > 1:
            raise _wrong(f"two queries are called {cut(query.name)}")
    return queries


def with_personal(query: Query, table: Table) -> Table:
    """Return the result's table with what the query says is personal."""
    told = dict(query.personal)
    columns = tuple(
        dataclasses.replace(column, personal=told.get(column.name))
        for column in table.columns
    )
    return dataclasses.replace(table, columns=columns)


def check_columns(query: Query, columns: Sequence[str]) -> None:
    """Check that a result with these `columns` can be a table.

    Raises:
        InputError: It has no column, two of one name, or lacks one of
            the keys or of those that are personal.
    """
    twice = [name for name in columns if columns.count(name) > 1]
    lost = [name for name in query.keys if name not in columns]
    gone = [name for name, _ in query.personal if name not in columns]
    if not columns:
        problem, remedy = "returns no columns", "Let it SELECT some."
    elif twice:
        problem = f"returns two columns called {cut(twice[0])}"
        remedy = "Give each a name of its own (`AS`)."
    elif lost:
        problem = f"does not return its key's column {cut(lost[0])}"
        remedy = f"It returns {', '.join(map(cut, columns))}: mend `keys`."
    elif gone:
        problem = f"does not return its personal column {cut(gone[0])}"
        remedy = f"It returns {', '.join(map(cut, columns))}: mend `personal`."
    else:
        return
    raise InputError(
        f"{query.title} {problem}. Nothing was published.", remedy
    )


def broken_key(query: Query, first: Sequence[str]) -> InputError:
    """Return the error for a key that is NULL, or stands on two rows.

    `first` are the first such keys, as text.
    """
    return InputError(
        f"{query.title} returns rows whose key "
        f"({', '.join(query.keys)}) is NULL or not theirs alone: "
        f"{'; '.join(map(cut, first))}. Nothing was published.",
        "Mend the query or its `keys`.",
    )


def _query(item: object) -> Query:
    if not isinstance(item, Mapping):
        raise _wrong(f"{cut(item)} is no object")
    name, sql = item.get("name"), item.get("sql")
    if not isinstance(name, str) or not name.strip():
        raise _wrong(f"{cut(str(dict(item)))} has no `name`")
    where = f"the query {cut(name)}"
    if unknown := sorted(map(str, item.keys() - _FIELDS)):
        raise _wrong(f"{where} has a field {cut(unknown[0])}, which is none")
    if not isinstance(sql, str) or not sql.strip(" \t\r\n;"):
        raise _wrong(f"{where} has no `sql`")
    parameters = item.get("parameters") or ()
    text = sql.rstrip(" \t\r\n;")
    parts = _split(where, text, parameters) if parameters else (text,)
    return Query(
        name,
        parts,
        _keys(where, item.get("keys") or ()),
        _personal(where, item.get("personal") or {}),
    )


def _personal(where: str, told: object) -> tuple[tuple[str, Personal], ...]:
    if not isinstance(told, Mapping):
        raise _wrong(f"`personal` of {where} is no object")
    try:
        return tuple(
            (str(name), personal_from_json(body))
            for name, body in told.items()
        )
    except ValueError as error:
        raise _wrong(f"`personal` of {where}: {error}") from error


def _keys(where: str, keys: object) -> tuple[str, ...]:
    if not isinstance(keys, list | tuple) or not all(
        isinstance(key, str) and key for key in keys
    ):
        raise _wrong(f"the `keys` of {where} are no list of columns")
    if len(set(keys)) < len(keys):
        raise _wrong(f"the `keys` of {where} name a column twice")
    return tuple(keys)


def _split(
    where: str, sql: str, parameters: object
) -> tuple[str | Bound, ...]:
    """Return the SQL, cut where the values stand.

    Raises:
        ConfigError: A value is missing, or one has no place.
    """
    values = _values(where, parameters)
    named = isinstance(parameters, Mapping)
    parts: list[str | Bound] = []
    used: list[object] = []
    end = 0
    for found in _PERCENT.finditer(sql):
        parts.append(sql[end : found.start()])
        end = found.end()
        percent, place, name = found.groups()
        if percent:
            parts.append("%")
            continue
        key = name if named else (len(used) if place else None)
        if key is None or key not in values:
            raise _no_place(where, found, sql)
        used.append(key)
        parts.append(Bound(values[key]))
    if idle := [key for key in values if key not in used]:
        raise _wrong(f"{where} does not use its parameter {cut(idle[0])}")
    return tuple(part for part in (*parts, sql[end:]) if part != "")


def _values(where: str, parameters: object) -> Mapping[object, Value]:
    if isinstance(parameters, Mapping):
        values = dict(parameters)
    elif isinstance(parameters, list | tuple):
        values = dict(enumerate(parameters))
    else:
        raise _wrong(f"the `parameters` of {where} are no object and no list")
    for key, value in values.items():
        if not isinstance(value, Value):
            raise _wrong(
                f"the parameter {cut(key)} of {where} is a list or an object"
            )
    return values


def _no_place(where: str, found: re.Match[str], sql: str) -> ConfigError:
    near = sql[found.start() : found.start() + 20]
    return _wrong(
        f"{where} has no parameter for {cut(near)} (character "
        f"{found.start() + 1}); write a percent sign as %%"
    )


def _wrong(what: str) -> ConfigError:
    return ConfigError(f"The setting `queries`: {what}.", _EXAMPLE)
