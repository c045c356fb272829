r"""A value of DuckDB -> the text that PostgreSQL writes for it, in SQL. Pure.

The expressions call the macros of `macros`. A value that PostgreSQL
cannot hold ends the query: `error` of a text that begins with `REFUSED`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from daybook.duck.session import identifier
from daybook.duckdb.types import DuckType

REFUSED = "daybook refuses "
"""What begins the message of a value that PostgreSQL cannot hold."""

_BARE = frozenset(
    {
        "boolean", "tinyint", "smallint", "integer", "bigint", "hugeint",
        "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint",
        "bignum", "float", "double", "decimal", "bit", "uuid", "time",
        "time_ns", "time with time zone",
    }
)  # fmt: skip
"""Types whose texts need no quotes in an array."""

_TEXTS = frozenset({"varchar", "enum", "json"})

_NUMBERS = _BARE - {"boolean", "bit", "uuid"} - {
    "float", "double", "time", "time_ns", "time with time zone",
}  # fmt: skip
"""Types whose texts are numbers of JSON."""


def literal(text: str) -> str:
    """Return `text` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def text_of(of: DuckType, value: str, column: str) -> str:
    """Return SQL that gives PostgreSQL's text of the expression `value`.

    `column` is what a refusal calls the column.
    """
    return _Writer(column).text(of, value)


class _Writer:
    """Writes expressions; counts, so that no two lambdas share a name."""

    def __init__(self, column: str) -> None:
        self._column = literal(f"{REFUSED}column {column}: ")
        self._lambdas = 0

    def text(self, of: DuckType, value: str) -> str:
        """Return the text of a value that is no part of another."""
        if of.is_array:
            return self._array(of.parts[0][1], value)
        if not of.is_scalar:
            json = self._json(of, value)
            return f"CASE WHEN {value} IS NOT NULL THEN {json} END"
        return self._scalar(of, value)

    def _scalar(self, of: DuckType, value: str) -> str:
        macro = "pg_fraction" if of.is_fraction else _MACROS.get(of.kind)
        if macro is None:
            return f"CAST({value} AS VARCHAR)"
        checked = f", {self._column}" if of.kind in _CHECKED else ""
        return f"{macro}({value}{checked})"

    def _array(self, element: DuckType, value: str) -> str:
        name, bound = self._name(), self._name()
        if element.kind in _TEXTS:
            text = f"pg_text_element(CAST({name} AS VARCHAR), {self._column})"
        else:
            text = self._scalar(element, name)
        # A lambda binds the text, which a macro would copy.
        plain = element.kind in _BARE | _TEXTS
        item = bound if plain else f"pg_element({bound})"
        texts = f"list_transform({value}, lambda {name}: {text})"
        items = f"lambda {bound}: coalesce({item}, 'NULL')"
        return f"'{{' || {_joined(value, texts, items, ',')} || '}}'"

    def _json(self, of: DuckType, value: str) -> str:
        """Return JSON as jsonb writes it; NULL becomes `null`."""
        if of.is_scalar:
            json = self._json_scalar(of, value)
        else:
            containers: Mapping[str, Callable[[DuckType, str], str]] = {
                "struct": self._struct,
                "tuple": self._tuple,
                "map": self._map,
                "union": self._union,
            }
            json = containers.get(of.kind, self._list)(of, value)
        return f"CASE WHEN {value} IS NULL THEN 'null' ELSE {json} END"

    def _json_scalar(self, of: DuckType, value: str) -> str:
        if of.kind == "boolean":
            return f"CAST({value} AS VARCHAR)"
        text = self._scalar(of, value)
        if of.kind in {"float", "double"}:
            return f"pg_json_number({text})"
        return text if of.kind in _NUMBERS | {"json"} else self._quoted(text)

    def _quoted(self, text: str) -> str:
        return f"pg_json_string({text})"

    def _list(self, of: DuckType, value: str) -> str:
        name = self._name()
        items = f"lambda {name}: {self._json(of.parts[0][1], name)}"
        return f"'[' || {_joined(value, value, items, ', ')} || ']'"

    def _struct(self, of: DuckType, value: str) -> str:
        if not of.parts:
            return "'{}'"
        fields = sorted(of.parts, key=_jsonb_order)
        items = [
            f"pg_json_string({literal(name)}) || ': ' || "
            + self._json(part, f"{value}.{identifier(name)}")
            for name, part in fields
        ]
        return "'{' || " + " || ', ' || ".join(items) + " || '}'"

    def _tuple(self, of: DuckType, value: str) -> str:
        items = [
            self._json(part, f"{value}[{place}]")
            for place, (_, part) in enumerate(of.parts, 1)
        ]
        return "'[' || " + " || ', ' || ".join(items) + " || ']'"

    def _union(self, of: DuckType, value: str) -> str:
        cases = " ".join(
            f"WHEN {literal(name)} THEN pg_json_string({literal(name)}) "
            f"|| ': ' || "
            + self._json(part, f"union_extract({value}, {literal(name)})")
            for name, part in of.parts
        )
        tag = f"CAST(union_tag({value}) AS VARCHAR)"
        return f"'{{' || CASE {tag} {cases} END || '}}'"

    def _map(self, of: DuckType, value: str) -> str:
        (_, key), (_, held) = of.parts
        entry, pair = self._name(), self._name()
        # jsonb sorts keys by their length, then by their bytes.
        sortable = (
            f"lambda {entry}: {{'l': strlen({self.text(key, f'{entry}.key')}),"
            f" 'k': {self.text(key, f'{entry}.key')}, 'v': {entry}.value}}"
        )
        entries = f"list_transform(map_entries({value}), {sortable})"
        items = (
            f"lambda {pair}: pg_json_string({pair}.k) || ': ' || "
            + self._json(held, f"{pair}.v")
        )
        keys = f"map_keys({value})"
        joined = _joined(keys, f"list_sort({entries})", items, ", ")
        return f"'{{' || {joined} || '}}'"

    def _name(self) -> str:
        self._lambdas += 1
        return f"x{self._lambdas}"


def _joined(whole: str, values: str, items: str, between: str) -> str:
    """Return the texts of `values`, which are as many as in `whole`."""
    transformed = f"list_transform({values}, {items})"
    joined = f"array_to_string({transformed}, '{between}')"
    return f"CASE WHEN len({whole}) = 0 THEN '' ELSE {joined} END"


def _jsonb_order(field: tuple[str, DuckType]) -> tuple[int, bytes]:
    name = field[0].encode()
    return len(name), name


_CHECKED = frozenset(
    {
        "varchar", "enum", "json", "date", "timestamp", "timestamp_s",
        "timestamp_ms", "timestamp_ns", "timestamp with time zone",
        "timestamptz_ns", "time_ns",
    }
)  # fmt: skip
"""Types of which PostgreSQL cannot hold every value."""

_MACROS: Mapping[str, str] = {
    "boolean": "pg_boolean",
    "float": "pg_float",
    "double": "pg_double",
    "varchar": "pg_text",
    "enum": "pg_text",
    "json": "pg_text",
    "blob": "pg_bytea",
    "date": "pg_date",
    "time_ns": "pg_time_ns",
    "timestamp": "pg_timestamp",
    "timestamp_s": "pg_timestamp",
    "timestamp_ms": "pg_timestamp",
    "timestamp_ns": "pg_timestamp_ns",
    "timestamp with time zone": "pg_timestamptz",
    "timestamptz_ns": "pg_timestamptz_ns",
    "interval": "pg_interval",
}
