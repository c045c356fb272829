"""Tables as a graph: nodes, relationships, constraints. Pure."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from daybook.neo4j import names
from daybook.neo4j.checks import (
    check_columns,
    check_keys,
    check_labels,
    check_relationships,
)
from daybook.neo4j.kinds import kind_of
from daybook.neo4j.mapping_settings import spellings
from daybook.neo4j.model import ROW_HASH as ROW_HASH
from daybook.neo4j.model import End as End
from daybook.neo4j.model import Graph as Graph
from daybook.neo4j.model import Node as Node
from daybook.neo4j.model import Property as Property
from daybook.neo4j.model import Relationship as Relationship
from daybook.neo4j.model import Sourced as Sourced
from daybook.neo4j.references import Reference, References

if TYPE_CHECKING:
    from daybook.neo4j.kinds import Kind
    from daybook.neo4j.mapping_settings import Naming
    from daybook.table import Table

_Kinds = Mapping[tuple[str, str], "Kind"]


def build(
    tables: Sequence[Sourced],
    naming: Naming,
    kinds: _Kinds | None = None,
) -> Graph:
    """Return the graph that the tables become.

    `kinds` holds, per stream and column, kinds other than `kind_of`.

    Raises:
        RefusedError: A table without a key, two tables with one label,
            two relationships that could not be told apart.
        ConfigError: The settings leave out a column of a key.
        InputError: A name that Neo4j or Daybook cannot take, a foreign
            key that does not fit its tables.
    """
    references = References.among(tables, naming)
    check_keys(references.tables)
    for one in references.tables:
        check_columns(one, references.to(one), naming)
    return _Builder(references, naming, kinds or {}).graph(tables)


@dataclasses.dataclass(frozen=True, slots=True)
class _Builder:
    references: References
    naming: Naming
    kinds: _Kinds

    def graph(self, tables: Sequence[Sourced]) -> Graph:
        nodes, relationships = [], []
        for one in self.references.tables:
            if joined := self.references.joined(one):
                relationships.append(self._join(one, *joined))
            else:
                nodes.append(self._node(one))
                relationships += self._own(one)
        check_labels(nodes, relationships)
        check_relationships(relationships)
        return Graph(
            nodes=tuple(sorted(nodes, key=lambda node: node.label)),
            relationships=tuple(sorted(relationships, key=_order)),
            left_out=tuple(one.stream for one in self.references.left_out),
            warnings=_warnings(tables, self.references, self.naming),
        )

    def _node(self, one: Sourced) -> Node:
        key = set(one.table.primary_key)
        indexes = {
            frozenset(each.key.references): each.key.references
            for each in self.references.to(one)
            if set(each.key.references) != key
        }
        return Node(
            stream=one.stream,
            source=one.source,
            table=one.table,
            label=self._label(one.table),
            key=self._named(one, one.table.primary_key),
            properties=self._kept(one),
            indexes=tuple(sorted(indexes.values())),
        )

    def _own(self, one: Sourced) -> list[Relationship]:
        """Return the relationships of a table that has nodes.

        Those of which the stems are alike take the whole columns' names.
        """
        own = self.references.of(one)
        made = [self._foreign_key(each, exact=False) for each in own]
        often = Counter(map(_identity, made))
        return [
            self._foreign_key(reference, exact=often[_identity(each)] > 1)
            for reference, each in zip(own, made, strict=True)
        ]

    def _foreign_key(
        self, reference: Reference, *, exact: bool
    ) -> Relationship:
        one, key = reference.owner, reference.key
        type_ = (
            names.exact_type(key.columns)
            if exact
            else names.relationship_type(
                key.columns, key.references, key.table
            )
        )
        key_of_own = self._named(one, one.table.primary_key)
        return self._turned(
            Relationship(
                stream=one.stream,
                source=one.source,
                table=one.table,
                type=type_,
                start=self._end_at(one, key_of_own),
                end=self._end(reference),
                key_places=tuple(each.place for each in key_of_own),
                properties=(),
                is_join=False,
                owner="start",
            ),
            key.columns,
        )

    def _join(
        self, one: Sourced, first: Reference, second: Reference
    ) -> Relationship:
        key = set(one.table.primary_key)
        own_key = self._named(one, one.table.primary_key)
        others = tuple(p for p in self._kept(one) if p.column not in key)
        return self._turned(
            Relationship(
                stream=one.stream,
                source=one.source,
                table=one.table,
                type=names.join_type(one.table.name),
                start=self._end(first),
                end=self._end(second),
                key_places=tuple(each.place for each in own_key),
                properties=others,
                is_join=True,
                owner=None,
            ),
            (),
        )

    def _turned(
        self, made: Relationship, columns: Sequence[str]
    ) -> Relationship:
        """Return it as the settings want it: renamed, reversed."""
        rename = self.naming.rename(made.table, columns)
        if rename is None:
            return made
        if not rename.reverse:
            return dataclasses.replace(made, type=rename.type)
        return dataclasses.replace(
            made,
            type=rename.type,
            start=made.end,
            end=made.start,
            owner="end" if made.owner else None,
        )

    def _end(self, reference: Reference) -> End:
        """Return the end of a relationship that a foreign key refers to."""
        key, target = reference.key, reference.target
        own = self._named(reference.owner, key.columns)
        theirs = self._named(target, key.references) if target else own
        return End(
            label=self._label(reference.table),
            properties=key.references,
            places=tuple(each.place for each in own),
            kinds=tuple(each.kind for each in theirs),
            stream=target.stream if target else None,
            source=reference.source,
            schema=reference.table.schema,
            table=reference.table.name,
        )

    def _end_at(self, one: Sourced, key: Sequence[Property]) -> End:
        """Return the end that is the row's own node."""
        return End(
            label=self._label(one.table),
            properties=tuple(each.name for each in key),
            places=tuple(each.place for each in key),
            kinds=tuple(each.kind for each in key),
            stream=one.stream,
            source=one.source,
            schema=one.table.schema,
            table=one.table.name,
        )

    def _label(self, table: Table) -> str:
        return self.naming.label(table) or names.label(table.name)

    def _kept(self, one: Sourced) -> tuple[Property, ...]:
        """Return the properties of the columns that the settings keep."""
        out = self.naming.leaves_out_column
        kept = [c for c in one.table.column_names if not out(one.table, c)]
        return self._named(one, kept)

    def _named(
        self, one: Sourced, columns: Iterable[str]
    ) -> tuple[Property, ...]:
        places = {name: i for i, name in enumerate(one.table.column_names)}
        return tuple(
            Property(name, name, places[name], self._kind(one, name))
            for name in columns
        )

    def _kind(self, one: Sourced, column: str) -> Kind:
        chosen = self.kinds.get((one.stream, column))
        return chosen or kind_of(one.table.column(column).sql_type)


def _identity(made: Relationship) -> tuple[str, str, str]:
    return made.type, made.start.label, made.end.label


def _order(made: Relationship) -> tuple[str, str, str]:
    return _identity(made)


def _warnings(
    tables: Sequence[Sourced], references: References, naming: Naming
) -> tuple[str, ...]:
    """Return a sentence per setting that names what there is not."""
    known = {name for one in tables for name in spellings(one.table)}
    known |= {
        name for each in references.all for name in spellings(each.table)
    }
    related = {
        name
        for one in references.tables
        if references.joined(one)
        for name in spellings(one.table)
    } | {
        name
        for one in tables
        for key in one.table.foreign_keys
        for name in spellings(one.table, key.columns)
    }
    return _unknown("labels", naming.labels, known) + _unknown(
        "relationships", naming.relationships, related
    )


def _unknown(
    setting: str, used: Iterable[str], known: set[str]
) -> tuple[str, ...]:
    missing = [name for name in used if name not in known]
    if not missing:
        return ()
    what = "table" if setting == "labels" else "foreign key or join table"
    return (
        f"The setting `{setting}` names {', '.join(missing)}: no {what} of "
        "this load is called so.",
    )
