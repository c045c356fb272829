"""What the target's database holds now, from its catalog."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daybook.mysql.load import types
from daybook.mysql.sql import identifier, literal

if TYPE_CHECKING:
    from daybook.mysql.load.session import Session

ENGINE = "InnoDB"
_TABLES = """
    SELECT table_name, table_type, engine, table_comment
    FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_name IN ({})
"""
_ALL = """
    SELECT table_name, table_comment FROM information_schema.tables
    WHERE table_schema = DATABASE()
"""
_COLUMNS = """
    SELECT table_name, column_name, column_type, collation_name
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name IN ({})
      AND extra NOT LIKE '%INVISIBLE%'
    ORDER BY table_name, ordinal_position
"""
_PRIMARY_KEYS = """
    SELECT table_name, column_name
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name IN ({})
      AND index_name = 'PRIMARY'
    ORDER BY table_name, seq_in_index
"""
_VARYING = ("varchar", "varbinary", "text", "blob", "json")
_MARK = "Loaded by Daybook: {}"
_MARKED = re.compile(r"Loaded by Daybook: ([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Live:
    """A relation that is in the target already.

    Attributes:
        id: What its comment says it was made as, `""` if that is not ours.
        kind: As the server calls it: `BASE TABLE`, `VIEW`.
        engine: Its engine.
        columns: Types by name, spelled as in `types`.
        primary_key: Its columns in key order.
        empty: Whether it holds no rows.
    """

    id: str
    kind: str
    engine: str
    columns: Mapping[str, str]
    primary_key: tuple[str, ...]
    empty: bool

    @property
    def is_table(self) -> bool:
        """Whether rows can be loaded into it as one transaction."""
        return self.kind == "BASE TABLE" and self.engine == ENGINE


def read(session: Session, names: Sequence[str]) -> dict[str, Live]:
    """Return the relations that have one of the `names`."""
    if not names:
        return {}
    wanted = texts(names)
    found = session.rows(_TABLES.format(wanted))
    columns: dict[str, dict[str, str]] = {row[0]: {} for row in found}
    for table, name, text, collation in session.rows(_COLUMNS.format(wanted)):
        normal = types.normal(_text(text), collation, session.collation)
        columns[table][name] = normal
    keys: dict[str, list[str]] = {row[0]: [] for row in found}
    for table, name in session.rows(_PRIMARY_KEYS.format(wanted)):
        # MySQL can give a table a key of its own, invisible too.
        if name in columns[table]:
            keys[table].append(name)
    spelled = session.speller(names)
    return {
        spelled(name): Live(
            id=_id(comment),
            kind=kind,
            engine=str(engine or ""),
            columns=columns[name],
            primary_key=tuple(keys[name]),
            empty=kind == "BASE TABLE" and _is_empty(session, name),
        )
        for name, kind, engine, comment in found
    }


def ids(session: Session) -> dict[str, str]:
    """Return the ids of all tables that are ours, by name."""
    found = session.rows(_ALL)
    pairs = {_text(name): _id(comment) for name, comment in found}
    return {name: id_ for name, id_ in pairs.items() if id_}


def count(session: Session, name: str) -> int:
    """Return the number of rows of a table."""
    query = f"SELECT count(*) FROM {identifier(name)}"  # noqa: S608 - quoted
    return int(session.value(query))


def checksum(session: Session, name: str, table: Live) -> int:
    """Return a checksum of a table's rows, of 63 bits.

    To the server's own, of 32 bits, ('ab', '') and ('', 'ab') are one:
    where lengths vary they are summed up beside it.
    """
    of = identifier(name)
    rows = int(session.rows(f"CHECKSUM TABLE {of}")[0][1] or 0)
    varying = [n for n, text in table.columns.items() if _varies(text)]
    if len(varying) < 2:
        return rows
    lengths = [f"coalesce(length({identifier(n)}), '')" for n in varying]
    parts = ", ".join([*map(identifier, table.primary_key), *lengths])
    found = session.value(
        f"SELECT sum(crc32(concat_ws(',', {parts}))) FROM {of}"  # noqa: S608
    )
    return (int(found or 0) % 2**31 << 32) + rows


def new_id() -> str:
    """Return an id for a table that is made or taken over."""
    return secrets.token_hex(16)


def comment(table_id: str) -> str:
    """Return the comment by which a table is known again. Pure."""
    return _MARK.format(table_id)


def texts(names: Iterable[str]) -> str:
    """Return names as SQL texts with commas between, for IN (...)."""
    return ", ".join(map(literal, names))


def _varies(text: str) -> bool:
    return any(word in text for word in _VARYING)


def _id(comment_text: str) -> str:
    found = _MARKED.search(_text(comment_text))
    return found[1] if found else ""


def _text(value: str | bytes) -> str:
    """Return a text of the catalog, which some servers give as bytes."""
    return value.decode() if isinstance(value, bytes) else value


def _is_empty(session: Session, name: str) -> bool:
    query = f"SELECT 1 FROM {identifier(name)} LIMIT 1"  # noqa: S608 - quoted
    return not session.rows(query)
