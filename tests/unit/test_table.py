from hypothesis import given
from hypothesis import strategies as st

from daybook.table import split_stream_name, stream_name

names = st.text(min_size=1)


@given(st.text(), names)
def test_a_stream_name_splits_into_what_it_was_joined_from(schema, table):
    joined = stream_name(schema, table)
    assert split_stream_name(joined) == (schema, table)


@given(st.text(), names, st.text(), names)
def test_no_two_tables_share_a_stream(schema, table, schema2, table2):
    same = stream_name(schema, table) == stream_name(schema2, table2)
    assert same == ((schema, table) == (schema2, table2))


def test_a_dash_in_the_schema_is_percent_encoded():
    assert stream_name("a-b", "c-d") == "a%2Db-c-d"
