"""Every kind of value on its way from PostgreSQL to Neo4j and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from neo4j.exceptions import Neo4jError

import harness
from daybook.neo4j import kinds, names
from daybook.neo4j.kinds import Base, Form, Kind, kind_of
from daybook.neo4j.server import Server, connect
from daybook.postgres.connection import Session
from daybook.postgres.connection import connect as open_postgres

VALUES = {
    "smallint": "'-32768', '32767', '0'",
    "bigint": "'-9223372036854775808', '9223372036854775807'",
    "numeric(15,2)": "'0.10', '-9999999999999.99', '1.00', 'NaN'",
    "numeric(15,-3)": "'123456789012345000'",
    "numeric": "'1.10', '1.1', '1e400', 'Infinity', 'NaN'",
    "real": "'0.1', '3.4028235e38', '1e-45', '-0', 'NaN', '-Infinity'",
    "double precision": "'0.1', '1.7976931348623157e308', '5e-324', 'NaN', "
    "'Infinity', '-0', '1e22', '123456789.123456789'",
    "boolean": "'t', 'f'",
    "date": "'2024-02-29', '0001-01-01', '0001-12-31 BC', '4713-01-01 BC', "
    "'10000-01-01', '5874897-12-31'",
    "time": "'00:00', '12:34:56', '12:34:56.1', '23:59:59.999999'",
    "timetz": "'00:00+00', '12:34:56.5+05:30', '12:34:56-15:59', "
    "'12:34:56-00:30'",
    "timestamp": "'2024-12-20 00:00', '2024-12-20 12:34:56.78', "
    "'4713-11-24 00:00:00 BC', '294276-12-31 23:59:59.999999', "
    "'0044-03-15 12:00:00.25 BC'",
    "timestamptz": "'2024-12-20 00:00+00', '2024-12-20 12:34:56.78+05:30', "
    "'4713-11-24 00:00:00+00 BC', '294276-12-31 23:59:59.999999+00'",
    "interval": "'0', '1 year 2 mons -3 days 04:05:06.7', '-1 mons', "
    "'-0.5 s', '1 mon -1 day', '-1 year -2 mons +3 days -04:05:06', "
    "'2147483647 mons 2147483647 days 2562047788:00:54.775806', "
    "'-2147483647 mons -2147483647 days -2562047788:00:54.775807', "
    "'25:01:01', '0.000001 s', '-3600.1 s'",
    "interval day to second(3)": "'1 day 2.3456 s'",
    "bytea": r"'\x', '\x00ff10', 'abc'",
    "text": r"'', 'NULL', '\N', E'a\nb', 'é🙂', '`\u0060', '''\";--'",
    "uuid": "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
    "json": "'{\"a\" : 1}', '[]', 'null'",
    "inet": "'10.0.0.1/8'",
    "integer[]": "'{}', '{1,-2}'",
    "numeric(5,2)[]": "'{1.10,-2}'",
    "double precision[]": "'{NaN,Infinity,1e-310}'",
    "boolean[]": "'{t,f}'",
    "text[]": r"""'{}', '{a,"b,c","d\"e\\f","","NULL","{x}",é🙂," "}'""",
    "date[]": "'{2024-12-20,0044-03-15 BC,10000-01-01}'",
    "timestamptz[]": "'{2024-12-20 12:34:56.5+00}'",
    "interval[]": "'{1 day,-1:00,0}'",
    "bytea[]": r"""'{"\\x00ff"}'""",
    "uuid[]": "'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'",
}
"""SQL type -> literals of it, separated by a comma and a blank."""

HARD_ARRAYS = {
    "text[]": r"""'{NULL}', '[0:1]={a,"b c"}', '{{a,"b,c"},{"NULL",NULL}}',
        '{{{"\"","\\"},{"{","}"}}}', '{" ","",NULL}', E'{"a\nb",NULL}'""",
    "integer[]": "'{1,NULL}', '{{1,2},{3,4}}', '[-1:0]={1,2}'",
    "boolean[]": "'{t,NULL,f}'",
    "double precision[]": "'{NaN,NULL,1e-310,-Infinity}'",
    "date[]": "'{2024-12-20,NULL}'",
    "uuid[]": "'{NULL}'",
}


STORED = {
    Base.INTEGER: "INTEGER",
    Base.FLOAT: "FLOAT",
    Base.BOOLEAN: "BOOLEAN",
    Base.DATE: "DATE",
    Base.LOCAL_TIME: "LOCAL TIME",
    Base.TIME: "ZONED TIME",
    Base.LOCAL_DATETIME: "LOCAL DATETIME",
    Base.DATETIME: "ZONED DATETIME",
    Base.DURATION: "DURATION",
    Base.STRING: "STRING",
}
"""What Neo4j calls the type of what it holds."""

UNREPRESENTABLE = {
    "date": ["infinity", "2024-02-30"],
    "time without time zone": ["24:00:00"],
    "time with time zone": ["12:00:00+05:30:15", "24:00:00+00"],
    "timestamp without time zone": ["-infinity"],
    "timestamp with time zone": ["infinity"],
}
NAMES = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"])
    | st.sampled_from("`\\u0560{}$'\""),
    min_size=1,
)


@pytest.fixture(scope="module")
def graph(neo4j_url: str) -> Iterator[Server]:
    harness.empty_graph(neo4j_url)
    with connect(neo4j_url, variable="NEO4J_URL", plugin="tests") as server:
        yield server


@pytest.fixture(scope="module")
def source(server_url: str) -> Iterator[Session]:
    """A session as extracts have it, so that the texts are theirs."""
    with open_postgres(server_url, variable="URL", plugin="tests") as session:
        yield session


def in_postgres(
    source: Session, sql_type: str, literals: str, *say: str
) -> list[tuple[Any, ...]]:
    """Return what SQL says of some values `v` of a type."""
    query = (
        f"SELECT {', '.join(say)} FROM (SELECT x::{sql_type} AS v "
        f"FROM unnest(ARRAY[{literals}]) AS given (x)) AS typed"
    )
    return source.execute(query.encode()).fetchall()


def in_duckdb(sql: str, values: list[str]) -> list[Any]:
    """Return SQL over the text column `v`."""
    query = f"SELECT {sql} FROM (SELECT unnest(?::VARCHAR[]) AS v)"
    with duckdb.connect() as connection:
        rows = connection.execute(query, [values]).fetchall()
    return [row[0] for row in rows]


def through_neo4j(
    graph: Server, kind: Kind, values: list[Any]
) -> tuple[list[Any], list[str]]:
    """Store values; return what Cypher gives of them, and their types."""
    stored = kinds.in_cypher(kind, "$values[i]")
    create = f"CREATE (n:Value {{i: i, p: {stored}}})"
    list(graph.rows("MATCH (n:Value) DELETE n"))
    numbers = "UNWIND range(0, size($values) - 1) AS i"
    list(graph.rows(f"{numbers} {create}", values=values))
    out = kinds.out_of_cypher(kind, "n.p")
    query = f"MATCH (n:Value) RETURN {out}, valueType(n.p) ORDER BY n.i"
    rows = list(graph.rows(query))
    return [row[0] for row in rows], [row[1] for row in rows]


@pytest.mark.parametrize("sql_type", VALUES)
def test_what_comes_back_is_what_was_sent(
    sql_type: str, source: Session, graph: Server
) -> None:
    named = "format_type(pg_typeof(v)::oid, NULL)"
    literals = VALUES[sql_type]
    rows = in_postgres(source, sql_type, literals, "v::text", named)
    kind = kind_of(sql_type if "(" in sql_type else rows[0][1])
    texts = [row[0] for row in rows]
    fits = kinds.representable(kind, "v") or "true"
    assert set(in_duckdb(fits, texts)) == {True}
    sent = in_duckdb(kinds.parameter(kind, "v"), texts)
    found, types = through_neo4j(graph, kind, sent)
    # Equal is not enough: 1 = 1.0 = True, and NaN is not NaN.
    assert repr(found) == repr(sent)
    if kind.form is Form.VALUE and kind.base is not Base.BYTES:
        assert set(types) == {f"{STORED[kind.base]} NOT NULL"}


@pytest.mark.parametrize("sql_type", HARD_ARRAYS)
def test_json_of_an_array_is_what_postgresql_makes_of_it(
    sql_type: str, source: Session
) -> None:
    literals = HARD_ARRAYS[sql_type]
    say = ("v::text", "array_to_json(v)::text")
    rows = in_postgres(source, sql_type, literals, *say)
    texts = [row[0] for row in rows]
    assert set(in_duckdb(kinds.fits_list("v"), texts)) == {False}
    json_kind = kind_of(sql_type).as_json
    found = in_duckdb(kinds.parameter(json_kind, "v"), texts)
    assert [*map(json.loads, found)] == [json.loads(row[1]) for row in rows]


@pytest.mark.parametrize("sql_type", UNREPRESENTABLE)
def test_what_is_called_unrepresentable_neo4j_refuses(
    sql_type: str, graph: Server
) -> None:
    kind = kind_of(sql_type)
    for text in UNREPRESENTABLE[sql_type]:
        assert in_duckdb(kinds.representable(kind, "v") or "", [text]) == [
            False
        ]
        with pytest.raises(Neo4jError):
            through_neo4j(graph, kind, [text])


def test_a_key_fits_up_to_what_an_index_takes(graph: Server) -> None:
    key = [(Kind(Base.STRING), "v"), (Kind(Base.STRING), "v")]
    list(graph.rows("CREATE INDEX FOR (n:Key) ON (n.a, n.b)"))
    list(graph.rows("CALL db.awaitIndexes()"))
    create = "CREATE (n:Key {a: $text, b: $text})"
    for text, fits in (("ü" * 2040, True), ("ü" * 2060, False)):
        assert in_duckdb(kinds.fits_key(key), [text]) == [fits]
        if fits:
            list(graph.rows(create, text=text))
        else:
            with pytest.raises(Neo4jError, match="too large to index"):
                list(graph.rows(create, text=text))


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(NAMES)
@example("\\u0060) DETACH DELETE n //")
@example("\\\\u0060")
@example("\\uuu0060`")
@example("`" * 9)
@example("n" * 10_000)
def test_a_quoted_name_is_that_name_to_the_server(
    graph: Server, name: str
) -> None:
    quoted = names.quote(name)
    (row,) = graph.rows(
        f"WITH {{{quoted}: 1}} AS {quoted} RETURN keys({quoted})[0]"
    )
    assert row == [name]


@pytest.mark.parametrize("name", ["a`b\\u0060c", "🙂 \"'\\", "\n"])
def test_a_quoted_name_is_a_label_a_type_and_a_property(
    graph: Server, name: str
) -> None:
    quoted = names.quote(name)
    (row,) = graph.rows(
        f"CREATE (n:{quoted} {{{quoted}: 1}})-[r:{quoted}]->(n) "
        "RETURN labels(n), keys(n), type(r)"
    )
    assert row == [[name], [name], name]
