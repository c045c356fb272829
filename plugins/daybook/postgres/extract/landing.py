"""Which type a column of a source lands as. Pure.

Types of PostgreSQL itself stay as they are, and so do those of
extensions. What exists only in the source lands as its base: a domain
as the type it constrains, all else (enum, composite, own ranges) as
text, whose form is the value's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_SYSTEM = "pg_catalog"
_OF_THE_INSTALLATION = frozenset(
    {
        # Their text names a table, role or function that the warehouse
        # does not have.
        "aclitem", "regclass", "regcollation", "regconfig", "regdatabase",
        "regdictionary", "regnamespace", "regoper", "regoperator",
        "regproc", "regprocedure", "regrole", "regtype",
        # These are never read from text.
        "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary",
        "pg_dependencies", "pg_mcv_list", "pg_ndistinct", "pg_node_tree",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Type:
    """One row of pg_type, as far as it matters here.

    Attributes:
        oid: The type's number.
        schema: Its schema.
        name: Its name.
        kind: `typtype`: b base, c composite, d domain, e enum, p pseudo,
            r range, m multirange.
        base: The type a domain constrains, else 0.
        modifier: The domain's type modifier, else -1.
        element: The element's type of a true array, else 0.
        of_extension: Whether an extension brought it.
    """

    oid: int
    schema: str
    name: str
    kind: str
    base: int = 0
    modifier: int = -1
    element: int = 0
    of_extension: bool = False

    @property
    def travels(self) -> bool:
        """Whether another server can have the same type."""
        if self.schema == _SYSTEM:
            known = self.name not in _OF_THE_INSTALLATION
            return self.kind in "brm" and known
        return self.of_extension and self.kind in "brm"


@dataclass(frozen=True, slots=True)
class Landing:
    """What a column lands as.

    Attributes:
        oid: The type without its array, 0 for text.
        modifier: Its type modifier, -1 for none.
        is_array: Whether it is an array of that type.
    """

    oid: int = 0
    modifier: int = -1
    is_array: bool = False


def land(types: Mapping[int, Type], oid: int, modifier: int) -> Landing:
    """Return what a column of type `oid` with `modifier` lands as.

    `types` holds every type that can be reached from `oid`.
    """
    of = types[oid]
    if of.kind == "d":
        return land(types, of.base, of.modifier)
    if not of.element:
        return Landing(oid, modifier) if of.travels else Landing()
    element = land(types, of.element, modifier)
    if element.is_array:
        # An array of a domain over an array holds each one as text.
        return Landing(is_array=True)
    return Landing(element.oid, element.modifier, is_array=True)
