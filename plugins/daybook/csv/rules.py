"""What every row of a described file must keep, as SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from daybook.csv.compare import compared, key, literal
from daybook.csv.constraints import BOUNDS, LENGTHS, Constraint
from daybook.csv.patterns import to_re2
from daybook.csv.source import CsvSource
from daybook.csv.types import condition
from daybook.erasure.key import known_dates
from daybook.erasure.pseudonyms import form_of
from daybook.errors import MAX_VALUE_CHARS
from daybook.personal import DATE
from daybook.table import Column, Table

_TYPE = "type"
RULES_PER_QUERY = 100
"""So many rules DuckDB checks at once: 1,600 would take it 300 MB."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What one column's value must keep.

    Attributes:
        name: What to call it, for example `price.minimum`.
        place: The column's, from 0: its text is `c0`, `c1`, ...
        condition: True in every row that keeps it, never NULL.
        fault: What to say of a value that does not.
    """

    name: str
    place: int
    condition: str
    fault: str


@dataclass(frozen=True, slots=True)
class Unique:
    """Columns whose values must not stand in two rows.

    Attributes:
        name: What to call it.
        columns: Their names.
        key: Equal for equal values, NULL where they may come again.
    """

    name: str
    columns: tuple[str, ...]
    key: str

    @property
    def fault(self) -> str:
        """What to say of the second row."""
        return f"a row before has the same ({', '.join(self.columns)})"

    @property
    def types(self) -> list[str]:
        """What the rules are called that the values are of their types."""
        return [f"{column}.{_TYPE}" for column in self.columns]


def row_rules(source: CsvSource) -> list[Rule]:
    """Return the rules that a row keeps or breaks by itself."""
    table = source.table
    return [
        rule
        for place, column in enumerate(table.columns)
        for rule in (
            *_type_rules(place, column, table),
            *(
                _rule(place, column, constraint)
                for constraint in source.constraints
                if constraint.column == column.name
            ),
        )
    ]


def unique_rules(source: CsvSource) -> list[Unique]:
    """Return what must not come twice, the primary key first."""
    table, found = source.table, []
    if table.primary_key:
        places = [_place(table, name) for name in table.primary_key]
        found.append(
            Unique("primaryKey", table.primary_key, key_of(table, places))
        )
    for columns in source.unique:
        name = f"{columns[0]}.unique" if len(columns) == 1 else "uniqueKeys"
        places = [_place(table, name) for name in columns]
        found.append(Unique(name, columns, _some(table, places)))
    return found


def key_of(table: Table, places: list[int]) -> str:
    """Return what is equal in rows whose values there are equal."""
    values = [key(f"c{n}", table.columns[n].sql_type) for n in places]
    return f"row({', '.join(values)})"


def _some(table: Table, places: list[int]) -> str:
    """Return a key that is NULL where a value is, or is a pseudonym."""
    known = [f"c{n} IS NOT NULL" for n in places] + [
        f"NOT {erased}"
        for n in places
        if (erased := _is_erased(f"c{n}", table.columns[n]))
    ]
    return f"CASE WHEN {' AND '.join(known)} THEN {key_of(table, places)} END"


def _type_rules(place: int, column: Column, table: Table) -> Iterator[Rule]:
    value, name = f"c{place}", column.name
    if name in table.primary_key or not column.nullable:
        why = "in the key" if name in table.primary_key else "required"
        yield Rule(
            f"{name}.required",
            place,
            f"{value} IS NOT NULL",
            f"is NULL, but {why}",
        )
    if fits := condition(value, column.sql_type):
        yield Rule(
            f"{name}.{_TYPE}",
            place,
            f"({value} IS NULL OR coalesce({fits}, false))",
            f"is not of type {column.sql_type}",
        )


def _rule(place: int, column: Column, constraint: Constraint) -> Rule:
    value = f"c{place}"
    holds, fault = _constraint(value, column.sql_type, constraint)
    # Of what is none of the type, only that is said.
    fits = condition(value, column.sql_type)
    spared = [f"{value} IS NULL"]
    spared += [f"NOT coalesce({fits}, false)"] if fits else []
    spared += filter(None, [_is_erased(value, column)])
    return Rule(
        f"{column.name}.{constraint.name}",
        place,
        f"CASE WHEN {' OR '.join(spared)} THEN true "
        f"ELSE coalesce({holds}, false) END",
        fault,
    )


def _constraint(
    value: str, sql_type: str, constraint: Constraint
) -> tuple[str, str]:
    """Return what must hold, and a breach's words."""
    name, bound = constraint.name, constraint.bounds[0]
    if name in BOUNDS:
        sign, fault = BOUNDS[name]
        return compared(value, sql_type, sign, bound), fault.format(bound)
    if name in LENGTHS:
        sign, fault = LENGTHS[name]
        return f"length({value}) {sign} {bound}", fault.format(bound)
    if name == "pattern":
        pattern = literal(to_re2(bound))
        return (
            f"regexp_full_match({value}, {pattern})",
            f"does not match the pattern {_short(bound)}",
        )
    # DuckDB works the keys out once, though there may be thousands.
    texts = ", ".join(map(literal, constraint.bounds))
    allowed, ours = (key(each, sql_type) for each in ("bound", value))
    return (
        f"list_contains(list_transform([{texts}], lambda bound: {allowed}), "
        f"{ours})",
        f"is none of {_short(', '.join(constraint.bounds))}",
    )


def _short(text: str) -> str:
    long = len(text) > MAX_VALUE_CHARS
    return f"{text[: MAX_VALUE_CHARS - 3]}..." if long else text


def _is_erased(value: str, column: Column) -> str:
    """Return when a person's value was replaced; `""` stands for never.

    No rule was made for pseudonyms.
    """
    kind = column.personal.kind if column.personal else ""
    if kind == DATE:
        dates = ", ".join(map(literal, known_dates()))
        return f"left({value}, 10) IN ({dates})" if dates else ""
    form = form_of(kind)
    return f"regexp_full_match({value}, {literal(form)})" if form else ""


def _place(table: Table, name: str) -> int:
    return table.column_names.index(name)
