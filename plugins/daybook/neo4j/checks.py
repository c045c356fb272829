"""What a graph cannot be made of, and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from daybook.errors import (
    ConfigError,
    DaybookError,
    InputError,
    RefusedError,
    cut,
)
from daybook.neo4j.cypher import RESERVED_LABELS
from daybook.neo4j.model import ROW_HASH

if TYPE_CHECKING:
    from daybook.neo4j.mapping_settings import Naming
    from daybook.neo4j.model import Node, Relationship, Sourced
    from daybook.neo4j.references import Reference


class _Place(NamedTuple):
    """Which table it is, of all sources."""

    source: str
    schema: str
    name: str

    def __str__(self) -> str:
        """Return the table and its source."""
        of = f" of source {self.source}" if self.source else ""
        return f"{self.spelled}{of}"

    @property
    def spelled(self) -> str:
        """The table as settings spell it."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


def check_keys(tables: Iterable[Sourced]) -> None:
    """Check that every row can be told from the others.

    Raises:
        RefusedError: Tables without a primary key.
    """
    bare = [one.table.name for one in tables if not one.table.primary_key]
    if bare:
        raise RefusedError(
            f"{_tables(bare)} no primary key, so rows cannot be told "
            "apart as nodes.",
            "Add one at the source (for files: `primaryKey` in the "
            "`datapackage.json`), or leave out what has none: "
            f"TARGET_NEO4J_EXCLUDE='{','.join(bare)}'.",
        )


def check_columns(
    one: Sourced, referring: Sequence[Reference], naming: Naming
) -> None:
    """Check the columns that become a table's properties.

    Raises:
        ConfigError: One that the settings leave out is needed.
        InputError: A name that Neo4j or Daybook cannot take.
    """
    key, table = set(one.table.primary_key), one.table
    needed = {name: each for each in referring for name in each.key.references}
    for name in table.column_names:
        out = naming.leaves_out_column(table, name)
        if out and name in key:
            raise _needed(one, name, "belongs to its primary key")
        if out and name in needed:
            by = needed[name].described
            raise _needed(one, name, f"is what {by} refers to")
        if not out:
            _check_property(one, name)


def check_labels(
    nodes: Sequence[Node], relationships: Sequence[Relationship]
) -> None:
    """Check that no two tables share a label, and that Neo4j takes all.

    Raises:
        RefusedError: Two tables share one, or one is Daybook's own.
        InputError: Neo4j cannot have one of the names.
    """
    tables: dict[str, _Place] = {}
    used = [
        (n.label, _Place(n.source, n.table.schema, n.table.name))
        for n in nodes
    ]
    used += [
        (end.label, _Place(end.source, end.schema, end.table))
        for each in relationships
        for end in (each.start, each.end)
    ]
    for label, table in used:
        _check_name(label, "label", f"The table {table.name}")
        if tables.setdefault(label, table) != table:
            raise _same_label(label, tables[label], table)
    _check_reserved(tables)


def check_relationships(relationships: Sequence[Relationship]) -> None:
    """Check that each is told from the others by type and labels.

    Raises:
        RefusedError: Two are not.
        InputError: Neo4j cannot have a relationship type.
    """
    seen: dict[tuple[str, str, str], Relationship] = {}
    for each in relationships:
        _check_name(each.type, "type", f"The relationship {spelled(each)}")
        same = (each.type, each.start.label, each.end.label)
        other = seen.setdefault(same, each)
        if other is not each:
            raise _same_relationship(other, each)


def spelled(made: Relationship) -> str:
    """Return a relationship as the setting `relationships` spells it."""
    if made.is_join:
        return made.table.name
    end = made.end if made.owner == "start" else made.start
    columns = [made.table.column_names[place] for place in end.places]
    return f"{made.table.name}.{'+'.join(columns)}"


def _check_property(one: Sourced, name: str) -> None:
    _check_name(name, "property", f"A column of {_described(one)}")
    if name == ROW_HASH:
        raise InputError(
            f"In {_described(one)} is a column {name}, the name of the "
            "property in which Daybook keeps a row's hash.",
            f"Leave it out: TARGET_NEO4J_EXCLUDE='{one.table.name}.{name}'.",
        )


def _check_name(name: str, role: str, what: str) -> None:
    if not name or "\0" in name:
        raise InputError(
            f"{what} would become the {role} {cut(name)}; in Neo4j no name "
            "is empty or holds a NUL.",
            "Rename it at the source, or leave it out: the setting "
            "`exclude` of target-neo4j.",
        )


def _check_reserved(tables: Mapping[str, _Place]) -> None:
    for label in RESERVED_LABELS & set(tables):
        table = tables[label].spelled
        raise RefusedError(
            f"The table {table} would become the label {label}, which is "
            "Daybook's own.",
            f"Give it another: TARGET_NEO4J_LABELS='{table}=Other'.",
        )


def _needed(one: Sourced, name: str, why: str) -> ConfigError:
    return ConfigError(
        f"The setting `exclude` leaves out the column {cut(name)} of "
        f"{_described(one)}, which {why}.",
        "Leave out the whole table, or keep the column: look at "
        "TARGET_NEO4J_EXCLUDE.",
    )


def _same_label(label: str, one: _Place, other: _Place) -> DaybookError:
    # Without its schema a name would mean both.
    exact = (other if other.schema else one).spelled
    return RefusedError(
        f"Two tables would become the label {label}: {one} and {other}.",
        f"Rename one: TARGET_NEO4J_LABELS='{exact}={label}2', or leave one "
        f"out: TARGET_NEO4J_EXCLUDE='{exact}'.",
    )


def _same_relationship(one: Relationship, other: Relationship) -> DaybookError:
    return RefusedError(
        f"{spelled(one)} and {spelled(other)} would both become "
        f"(:{one.start.label})-[:{one.type}]->(:{one.end.label}).",
        "Rename one: TARGET_NEO4J_RELATIONSHIPS="
        f"'{spelled(other)}={other.type}_2'.",
    )


def _described(one: Sourced) -> str:
    return f"the table {_Place(one.source, one.table.schema, one.table.name)}"


def _tables(names: Sequence[str]) -> str:
    verb = "has" if len(names) == 1 else "have"
    return f"{', '.join(names)} {verb}"
