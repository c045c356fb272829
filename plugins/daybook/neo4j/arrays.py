r"""DuckDB SQL: PostgreSQL's text of an array -> list or JSON text. Pure.

`{a,"b,c","d\"e\\f",NULL}`: an element is quoted where it is empty, reads
`NULL`, or holds the separator, a brace, a quote, a backslash or a
blank. Arrays may be nested and have bounds: `[0:1]={a,b}`.
"""

from __future__ import annotations

from daybook.neo4j.duck_sql import literal

_QUOTED = r' *"(?:[^"\\]|\\.)*" *'


def elements(text: str, separator: str) -> str:
    """Return SQL of the list of an array's elements, each as text.

    For arrays that `fits_list` takes.
    """
    found = _tokens(
        f"substr({text}, 2, length({text}) - 2)", _QUOTED, f'[^"{separator}]+'
    )
    return f"list_transform({found}, lambda t: {_unquoted('t')})"


def fits_list(text: str) -> str:
    """Return when an array has one dimension, from 1, without NULL."""
    bare = f"regexp_replace({text}, {literal(f'(?s){_QUOTED}')}, '', 'g')"
    return (
        f"({text} IS NULL OR starts_with({text}, '{{') "
        f"AND NOT contains(substr({bare}, 2), '{{') "
        f"AND NOT regexp_matches({bare}, '[{{,;]NULL[,;}}]'))"
    )


def json_text(text: str, separator: str, element: str, name: str) -> str:
    """Return SQL of an array as JSON text; bounds are left out.

    `element` is SQL of one element as JSON, in which `name` stands for
    its text.
    """
    body = f"regexp_replace({text}, '^\\[[^=]*\\]=', '')"
    found = _tokens(body, "[{}]", separator, _QUOTED, f'[^"{separator}{{}}]+')
    value = f"list_transform([{_unquoted('t')}], lambda {name}: {element})[1]"
    piece = (
        "CASE t WHEN '{' THEN '[' WHEN '}' THEN ']' "
        f"WHEN {literal(separator)} THEN ',' WHEN 'NULL' THEN 'null' "
        f"ELSE {value} END"
    )
    joined = f"list_transform({found}, lambda t: {piece})"
    return (
        f"CASE WHEN {text} IS NOT NULL THEN array_to_string({joined}, '') END"
    )


def _tokens(text: str, *patterns: str) -> str:
    pattern = literal(f"(?s){'|'.join(patterns)}")
    return f"regexp_extract_all({text}, {pattern})"


def _unquoted(token: str) -> str:
    bare = f"trim({token})"
    inner = f"substr({bare}, 2, length({bare}) - 2)"
    plain = rf"regexp_replace({inner}, '\\(.)', '\1', 'gs')"
    return f"""CASE WHEN {bare}[1] = '"' THEN {plain} ELSE {bare} END"""
