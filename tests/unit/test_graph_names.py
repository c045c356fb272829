"""Labels, relationship types and identifiers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybook.errors import InputError
from daybook.neo4j import names

NAMES = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
    min_size=1,
)


@pytest.mark.parametrize(
    ("table", "label"),
    [
        ("order_details", "OrderDetail"),
        ("us_states", "UsState"),
        ("Order Details", "OrderDetail"),
        ("OrderDetails", "OrderDetail"),
        ("ORDERS", "Order"),
        ("categories", "Category"),
        ("people", "Person"),
        ("addresses", "Address"),
        ("status", "Status"),
        ("bonus", "Bonus"),
        ("analysis", "Analysis"),
        ("meta_data", "MetaData"),
        ("gas", "Gas"),
        ("region", "Region"),
        ("Größen", "Größen"),
        ("2024_sales", "2024Sale"),
        ("x`) DETACH DELETE n //", "XDetachDeleteN"),
        ("🙂", "🙂"),
        ("--", "--"),
    ],
)
def test_a_label_is_a_singular_in_pascal_case(table: str, label: str) -> None:
    assert names.label(table) == label


@pytest.mark.parametrize(
    ("column", "reference", "table", "expected"),
    [
        ("customer_id", "customer_id", "customers", "HAS_CUSTOMER"),
        ("CustomerId", "Id", "Customer", "HAS_CUSTOMER"),
        ("customerid", "customerid", "customers", "HAS_CUSTOMER"),
        ("reports_to", "employee_id", "employees", "REPORTS_TO"),
        ("ship_via", "shipper_id", "shippers", "SHIP_VIA"),
        ("created_by_id", "id", "users", "CREATED_BY"),
        ("parent", "id", "nodes", "HAS_PARENT"),
        ("manager_staff_id", "staff_id", "staff", "HAS_MANAGER_STAFF"),
        ("country_iso", "iso", "countries", "HAS_COUNTRY"),
        ("region_code", "region_code", "regions", "HAS_REGION"),
        ("id", "id", "order_details", "HAS_ORDER_DETAIL"),
        ("🙂", "id", "persons", "HAS_PERSON"),
        ("--", "--", "--", "HAS_--"),
    ],
)
def test_a_type_comes_from_the_columns_stem(
    column: str, reference: str, table: str, expected: str
) -> None:
    assert names.relationship_type([column], [reference], table) == expected


def test_a_composite_key_gives_the_stems_of_all_columns() -> None:
    columns = ["order_id", "line_no"]
    found = names.relationship_type(columns, columns, "order_lines")
    assert found == "HAS_ORDER_LINE"


def test_a_join_tables_type_is_its_name() -> None:
    assert names.join_type("OrderDetails") == "ORDER_DETAILS"


@given(NAMES, NAMES)
def test_every_name_gives_a_label_and_a_type(table: str, column: str) -> None:
    assert names.label(table)
    assert names.join_type(table)
    assert names.relationship_type([column], [column], table)
    assert names.exact_type([column])


@given(NAMES)
def test_an_identifier_holds_no_bare_backtick_and_no_backslash_of_its_own(
    name: str,
) -> None:
    inside = names.quote(name)[1:-1]
    assert "`" not in inside.replace("``", "")
    assert "\\" not in inside.replace("\\u005c", "")
    assert inside.replace("``", "`").replace("\\u005c", "\\") == name


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_names_that_neo4j_refuses_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="can be no name in Neo4j"):
        names.quote(name)
