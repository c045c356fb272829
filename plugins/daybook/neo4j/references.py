"""Which foreign keys a graph is made of, and which tables they join. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from daybook.errors import InputError, cut
from daybook.table import ForeignKey, Table

if TYPE_CHECKING:
    from daybook.neo4j.mapping_settings import Naming
    from daybook.neo4j.model import Sourced

_JOINED = 2


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key that becomes a relationship.

    Attributes:
        owner: The table that has it.
        key: The foreign key.
        source: The source of the table referred to.
        target: That table, None when it is not among those loaded.
    """

    owner: Sourced
    key: ForeignKey
    source: str
    target: Sourced | None

    @property
    def table(self) -> Table:
        """The table referred to; only its names, where it is unknown."""
        if self.target:
            return self.target.table
        return Table(self.key.schema, self.key.table, ())

    @property
    def described(self) -> str:
        """The foreign key as the settings spell it."""
        return f"{self.owner.table.name}.{'+'.join(self.key.columns)}"


@dataclass(frozen=True)
class References:
    """The foreign keys of the tables that the settings keep.

    Attributes:
        tables: Those that the settings keep.
        left_out: Those that they do not.
        naming: The settings.
    """

    tables: tuple[Sourced, ...]
    left_out: tuple[Sourced, ...]
    naming: Naming

    @classmethod
    def among(cls, tables: Sequence[Sourced], naming: Naming) -> References:
        """Return the foreign keys of `tables`."""
        out = [one for one in tables if naming.leaves_out(one.table)]
        kept = tuple(one for one in tables if one not in out)
        return cls(kept, tuple(out), naming)

    @cached_property
    def all(self) -> tuple[Reference, ...]:
        """Every foreign key, its table and its columns kept.

        Raises:
            InputError: A foreign key that does not fit its tables.
        """
        found: dict[object, Reference] = {}
        for one in self.tables:
            for key in one.table.foreign_keys:
                reference = self._resolve(one, key)
                if reference:
                    same = (one.stream, reference.table, key.columns)
                    found.setdefault((*same, key.references), reference)
        return tuple(found.values())

    def of(self, one: Sourced) -> list[Reference]:
        """Return the foreign keys that a table has."""
        return [each for each in self.all if each.owner is one]

    def to(self, one: Sourced) -> list[Reference]:
        """Return the foreign keys that refer to a table."""
        return [each for each in self.all if each.target is one]

    def joined(self, one: Sourced) -> tuple[Reference, Reference] | None:
        """Return the two foreign keys of a join table, else None.

        They make up its primary key, neither alone, in whose order they
        are given; it has no others, and none refers to it.
        """
        own, key = self.of(one), one.table.primary_key
        columns = [set(each.key.columns) for each in own]
        if len(own) != _JOINED or self.to(one):
            return None
        if columns[0] | columns[1] != set(key) or set(key) in columns:
            return None
        first, second = sorted(own, key=lambda each: _places(key, each))
        return first, second

    def _resolve(self, one: Sourced, key: ForeignKey) -> Reference | None:
        """Return the foreign key, None where the settings drop it."""
        source = key.source or one.source
        if find(self.left_out, source, key):
            return None
        reference = Reference(one, key, source, find(self.tables, source, key))
        _check_columns(reference)
        unknown = not reference.target
        if unknown and self.naming.leaves_out(reference.table):
            return None
        out = self.naming.leaves_out_column
        if any(out(one.table, name) for name in key.columns):
            return None
        return reference


def find(
    tables: Sequence[Sourced], source: str, key: ForeignKey
) -> Sourced | None:
    """Return the table that a foreign key refers to.

    Sources without schemas, and keys that name none, are taken at the
    table's name if only one has it.
    """
    named = [
        one
        for one in tables
        if one.source == source and one.table.name == key.table
    ]
    exact = [one for one in named if one.table.schema == key.schema]
    if exact:
        return exact[0]
    loose = [one for one in named if not (key.schema and one.table.schema)]
    return loose[0] if len(loose) == 1 else None


def _check_columns(reference: Reference) -> None:
    key, target = reference.key, reference.target
    missing = set(key.columns) - set(reference.owner.table.column_names)
    if target:
        missing |= set(key.references) - set(target.table.column_names)
    if missing or len(key.columns) != len(key.references) or not key.columns:
        names = ", ".join(cut(name) for name in sorted(missing))
        raise InputError(
            f"The foreign key {reference.described} does not fit the table "
            f"{reference.table.name} that it refers to: columns "
            f"{', '.join(key.columns)} to {', '.join(key.references)}"
            f"{f'; there is no {names}' if names else ''}.",
            "Mend the key in the source or its `datapackage.json`, extract "
            "the day again, then load it.",
        )


def _places(key: Sequence[str], reference: Reference) -> list[int]:
    return sorted(key.index(name) for name in reference.key.columns)
