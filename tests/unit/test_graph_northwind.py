"""Northwind under the names that the field uses for it."""

from __future__ import annotations

from daybook.neo4j.graph import Graph, Relationship, Sourced, build
from daybook.neo4j.mapping_settings import Naming, parse
from daybook.table import Column, ForeignKey, Table

RELATIONSHIPS = (
    "orders.customer_id=<PURCHASED, orders.employee_id=<SOLD, "
    "orders.ship_via=SHIPPED_VIA, order_details=ORDERS, "
    "products.category_id=PART_OF, products.supplier_id=<SUPPLIES, "
    "employees.reports_to=REPORTS_TO, employee_territories=COVERS, "
    "territories.region_id=IN_REGION"
)
KEYS = {
    "categories": "category_id",
    "customer_customer_demo": "customer_id customer_type_id",
    "customer_demographics": "customer_type_id",
    "customers": "customer_id",
    "employee_territories": "employee_id territory_id",
    "employees": "employee_id",
    "orders": "order_id",
    "products": "product_id",
    "region": "region_id",
    "shippers": "shipper_id",
    "suppliers": "supplier_id",
    "territories": "territory_id",
    "us_states": "state_id",
}
FOREIGN_KEYS = {
    "customer_customer_demo": {
        "customer_type_id": "customer_demographics",
        "customer_id": "customers",
    },
    "employee_territories": {
        "territory_id": "territories",
        "employee_id": "employees",
    },
    "employees": {"reports_to": "employees"},
    "orders": {
        "customer_id": "customers",
        "employee_id": "employees",
        "ship_via": "shippers",
    },
    "products": {"category_id": "categories", "supplier_id": "suppliers"},
    "territories": {"region_id": "region"},
}
TYPES = {
    "bpchar": {"customer_id", "customer_type_id"},
    "character varying(20)": {"territory_id"},
    "real": {"unit_price", "discount"},
}


def column(name: str) -> Column:
    types = [kind for kind, names in TYPES.items() if name in names]
    return Column(name, types[0] if types else "smallint")


def one(name: str) -> Sourced:
    key = tuple(KEYS[name].split())
    keys = FOREIGN_KEYS.get(name, {})
    foreign = [
        ForeignKey("", (own,), "public", other, tuple(KEYS[other].split()))
        for own, other in keys.items()
    ]
    names = (*key, *(own for own in keys if own not in key))
    table = Table(
        "public", name, tuple(map(column, names)), key, tuple(foreign)
    )
    return Sourced(table.stream, "postgres", table)


def details() -> Sourced:
    """The table that comes from a file, with keys into the database."""
    names = ("order_id", "product_id", "unit_price", "quantity", "discount")
    foreign = [
        ForeignKey("", (own,), "public", other, (own,), "postgres")
        for own, other in (("order_id", "orders"), ("product_id", "products"))
    ]
    table = Table(
        "", "order_details", tuple(map(column, names)), names[:2], (*foreign,)
    )
    return Sourced("order_details", "csv", table)


def northwind(naming: Naming) -> Graph:
    return build([*map(one, KEYS), details()], naming)


def drawn(each: Relationship) -> str:
    held = ", ".join(p.name for p in each.properties)
    inside = f"{each.type} {{{held}}}" if held else each.type
    return f"({each.start.label})-[:{inside}]->({each.end.label})"


EXPECTED = {
    "(Customer)-[:PURCHASED]->(Order)",
    "(Order)-[:ORDERS {unit_price, quantity, discount}]->(Product)",
    "(Product)-[:PART_OF]->(Category)",
    "(Supplier)-[:SUPPLIES]->(Product)",
    "(Employee)-[:SOLD]->(Order)",
    "(Employee)-[:REPORTS_TO]->(Employee)",
    "(Employee)-[:COVERS]->(Territory)",
    "(Territory)-[:IN_REGION]->(Region)",
    "(Order)-[:SHIPPED_VIA]->(Shipper)",
}


def test_the_settings_give_the_names_of_the_field() -> None:
    graph = northwind(parse({"relationships": RELATIONSHIPS}))
    other = "(Customer)-[:CUSTOMER_CUSTOMER_DEMO]->(CustomerDemographic)"
    assert set(map(drawn, graph.relationships)) == EXPECTED | {other}
    assert graph.warnings == ()


def test_every_other_table_becomes_nodes() -> None:
    graph = northwind(Naming())
    assert {node.label for node in graph.nodes} == {
        "Category", "Customer", "CustomerDemographic", "Employee", "Order",
        "Product", "Region", "Shipper", "Supplier", "Territory", "UsState",
    }  # fmt: skip


def test_without_settings_the_names_come_from_the_columns() -> None:
    assert {drawn(each) for each in northwind(Naming()).relationships} == {
        "(Order)-[:HAS_CUSTOMER]->(Customer)",
        "(Order)-[:HAS_EMPLOYEE]->(Employee)",
        "(Order)-[:SHIP_VIA]->(Shipper)",
        "(Order)-[:ORDER_DETAILS {unit_price, quantity, discount}]->(Product)",
        "(Product)-[:HAS_CATEGORY]->(Category)",
        "(Product)-[:HAS_SUPPLIER]->(Supplier)",
        "(Employee)-[:REPORTS_TO]->(Employee)",
        "(Employee)-[:EMPLOYEE_TERRITORIES]->(Territory)",
        "(Territory)-[:HAS_REGION]->(Region)",
        "(Customer)-[:CUSTOMER_CUSTOMER_DEMO]->(CustomerDemographic)",
    }
