"""PostgreSQL reads and writes the lake's dialect as it is defined."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybook.dialect import encode_row

TEXT = st.one_of(
    st.sampled_from(["", "\\.", "\\N", "NULL", "\r\n", '"', "🗄️", " a "]),
    st.text(
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
        max_size=20,
    ),
)
ROWS = st.lists(
    st.tuples(st.none() | TEXT, st.none() | TEXT), min_size=1, max_size=20
)
SINGLES = st.lists(st.none() | TEXT, min_size=1, max_size=20)

Session = psycopg.Connection[tuple[str | None, ...]]


@pytest.fixture(scope="module")
def session(server_url: str) -> Iterator[Session]:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE pairs (a text, b text)")
        connection.execute("CREATE TEMP TABLE singles (a text)")
        yield connection


def copied(
    session: Session, table: bytes, data: bytes
) -> list[tuple[str | None, ...]]:
    """Return the rows that COPY FROM makes of `data`."""
    session.execute(b"TRUNCATE " + table)
    statement = b"COPY %s FROM STDIN (FORMAT csv, HEADER)" % table
    with session.cursor().copy(statement) as copy:
        copy.write(data)
    return session.execute(b"SELECT * FROM " + table).fetchall()


@given(ROWS)
@settings(deadline=None)
def test_copy_reads_back_every_row(
    session: Session, rows: list[tuple[str | None, str | None]]
) -> None:
    data = b"".join(map(encode_row, [("a", "b"), *rows]))

    assert copied(session, b"pairs", data) == rows


@given(SINGLES)
@settings(deadline=None)
def test_copy_reads_back_every_row_of_one_column(
    session: Session, values: list[str | None]
) -> None:
    rows = [(value,) for value in values]
    data = b"".join(map(encode_row, [("a",), *rows]))

    assert copied(session, b"singles", data) == rows
