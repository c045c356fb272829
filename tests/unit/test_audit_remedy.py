"""An audit says which command mends what it found."""

from __future__ import annotations

from typing import Any

from daybook.cli.audit_remedy import remedies
from daybook.day import Day
from daybook.duck.audit_result import NOT_LOADED, TableAudit

DAY = Day.parse("2024-12-20")
FILMS = "movielens_graph"
RATED = "(:User)-[:RATED]->(:Movie)"


def said(*found: TableAudit, schema: str | None = None) -> list[str]:
    return list(remedies(DAY, found, schema))


def ratings(target: Any, where: str, **counts: Any) -> TableAudit:
    return TableAudit(target, FILMS, "main-ratings", where, 3, 3, **counts)


def test_a_pipelines_command_names_its_source_and_schema() -> None:
    (line,) = said(ratings("warehouse", "movielens.ratings", missing=1))
    assert line.endswith(
        "MELTANO_ENVIRONMENT=load TAP_CSV_SOURCES=movielens_graph "
        "SCHEMA=movielens EXTRACTED_AT=2024-12-20 "
        "meltano run tap-csv target-postgres"
    )


def test_a_table_that_is_nowhere_goes_where_the_audit_looked() -> None:
    found = ratings("warehouse", "", problem=NOT_LOADED)
    assert "SCHEMA=films " in said(found, schema="films")[0]
    assert "SCHEMA" not in said(found)[0]


def test_the_graph_is_compared_value_by_value_if_rows_differ() -> None:
    (line,) = said(ratings("graph", RATED, different=1))
    assert "TARGET_NEO4J_RECHECK=true" in line
    (line,) = said(ratings("graph", RATED, problem=NOT_LOADED))
    assert "RECHECK" not in line


def test_relationships_of_others_have_to_be_deleted_by_hand() -> None:
    _, line = said(ratings("graph", RATED, extra=1))
    assert line.endswith(
        "MATCH (:User)-[r:RATED]->(:Movie) "
        "WHERE r._daybook_hash IS NULL DELETE r"
    )
