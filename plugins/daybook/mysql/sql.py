"""Names and texts for SQL: whatever they hold, they mean themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable


def identifier(*names: str) -> str:
    """Return a name, or names joined by dots, quoted."""
    return ".".join("`" + name.replace("`", "``") + "`" for name in names)


def identifiers(names: Iterable[str]) -> str:
    """Return names as a comma-separated list."""
    return ", ".join(identifier(name) for name in names)


def literal(text: str) -> str:
    """Return a text, in hexadecimal: right in every sql_mode."""
    return f"_utf8mb4 X'{text.encode().hex()}'"


def binary(data: bytes) -> str:
    """Return bytes."""
    return f"_binary X'{data.hex()}'"


def select(what: str, source: str, rest: str = "") -> str:
    """Return a SELECT of expressions from a table expression.

    All three are SQL; names and texts in them have passed the functions
    above.
    """
    return " ".join(filter(None, ("SELECT", what, "FROM", source, rest)))
