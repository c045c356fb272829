"""Names of a graph: labels, relationship types, identifiers. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

import inflection

from daybook.errors import InputError, cut

_SINGULAR = re.compile(
    # What `inflection` would cut: bonus, address, analysis, data, quota.
    r".*(us|ss|is|a)|as|gas|lens|canvas|atlas|bias|alias|chaos|sms|gps",
    re.IGNORECASE,
)
_BARE_IDS = ("id", "key", "code", "no", "nr", "number", "uuid", "guid")
_PREPOSITIONS = frozenset(
    ("at", "by", "for", "from", "in", "of", "on", "over", "to", "via", "with")
)


def label(table: str) -> str:
    """Return a table's label: `order_details` -> `OrderDetail`.

    A name without letters and digits is its own label.
    """
    words = _words(table)
    if not words:
        return table
    words[-1] = _singular(words[-1])
    return "".join(word[0].upper() + word[1:] for word in words)


def relationship_type(
    columns: Sequence[str], references: Sequence[str], table: str
) -> str:
    """Return a foreign key's type: `customer_id` -> `HAS_CUSTOMER`.

    `references` are the columns referred to, `table` is theirs. What
    ends in a preposition is a type already: `reports_to` ->
    `REPORTS_TO`. A column that is all identifier (`id`) gives the
    table's name.
    """
    pairs = zip(columns, references, strict=True)
    words = [word for pair in pairs for word in _stem(*pair, table)]
    words = words or _words(label(table)) or [table]
    return _type(words if words[-1] in _PREPOSITIONS else ["has", *words])


def exact_type(columns: Sequence[str]) -> str:
    """Return a type of whole column names, for where stems are alike."""
    return _type(["has", *(word for name in columns for word in _words(name))])


def join_type(table: str) -> str:
    """Return a join table's type: `order_details` -> `ORDER_DETAILS`."""
    return _type(_words(table) or [table])


def quote(name: str) -> str:
    """Return `name` as a Cypher identifier, in backticks.

    Raises:
        InputError: Neo4j has no such names: empty, or with a NUL.
    """
    if not name or "\0" in name:
        raise InputError(
            f"{cut(name)} can be no name in Neo4j: it is empty or has a NUL.",
            "Rename it at the source, or leave it out: the setting "
            "`exclude` of target-neo4j.",
        )
    # Cypher decodes \u0060 before it looks for backticks.
    plain = name.replace("\\", "\\u005c")
    return "`" + plain.replace("`", "``") + "`"


def _words(name: str) -> list[str]:
    """Return a name's words in lower case: `OrderDetails` has two."""
    return [
        word
        for word in re.split(r"[\W_]+", inflection.underscore(name))
        if word
    ]


def _singular(word: str) -> str:
    if _SINGULAR.fullmatch(word):
        return word
    return inflection.singularize(word) or word


def _stem(column: str, reference: str, table: str) -> list[str]:
    """Return a column's words without those that say it is a key."""
    words, theirs = _words(column), _words(reference)
    if len(words) <= 1:
        return _stem_of_one(words, table)
    if words[-1] in _BARE_IDS:
        return words[:-1]
    own = words[: -len(theirs)] if words[-len(theirs) :] == theirs else []
    return own or words


def _stem_of_one(words: list[str], table: str) -> list[str]:
    """Return `customer` for `customerid`, nothing for `id`."""
    name = "".join(_words(label(table)))
    keys = {name + ending for ending in _BARE_IDS}
    stems = (
        [] if w in _BARE_IDS else [name if w in keys else w] for w in words
    )
    return [word for stem in stems for word in stem]


def _type(words: Sequence[str]) -> str:
    return "_".join(words).upper()
