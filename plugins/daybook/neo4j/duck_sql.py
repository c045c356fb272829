"""Pieces of DuckDB SQL. Pure."""

from __future__ import annotations


def literal(text: str) -> str:
    """Return `text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def matches(text: str, pattern: str) -> str:
    """Return when the whole of an SQL expression matches a pattern."""
    return f"regexp_full_match({text}, {literal(pattern)})"


def extract(text: str, pattern: str) -> str:
    """Return what a pattern's first group, or `''`, finds in a text."""
    return f"regexp_extract({text}, {literal(pattern)}, 1)"


def let(name: str, value: str, body: str) -> str:
    """Return `body`, in which `name` stands for `value`."""
    return f"list_transform([{value}], lambda {name}: {body})[1]"
