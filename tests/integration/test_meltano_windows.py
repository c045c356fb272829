"""`meltano run` with `incremental` and `queries`, as users write them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from increments import D1, D2, D3, file_of, rows_of, window_of

import harness
from meltano import ROOT, Meltano, link_plugins

SETTINGS = """
          # An object's dots make Meltano nest it.
          incremental:
            public.ratings: [at, id]
          queries:
          - name: of_day
            sql: SELECT id, %(day)s::date AS day FROM public.ratings
            keys: [id]
            parameters:
              day: $DATESTAMP
"""
_BEFORE = "          schemas: public\n"


@pytest.fixture
def shell(
    tmp_path: Path, lake: Path, source_url: str, warehouse_url: str
) -> Meltano:
    """A shell in a project whose meltano.yml has both settings."""
    harness.sql(
        source_url,
        "CREATE TABLE ratings (id int PRIMARY KEY, at date NOT NULL);"
        "INSERT INTO ratings VALUES (1, '2024-01-01')",
    )
    project = tmp_path / "project"
    project.mkdir()
    text = (ROOT / "meltano.yml").read_text()
    assert text.count(_BEFORE) == 1
    text = text.replace(_BEFORE, _BEFORE + SETTINGS.lstrip("\n"))
    (project / "meltano.yml").write_text(text)
    link_plugins(project)
    variables = {
        "LAKE_ROOT": str(lake),
        "NORTHWIND_URL": source_url,
        "WAREHOUSE_URL": warehouse_url,
        "TAP_CSV_SOURCES": "postgres",
    }
    return Meltano(variables, cwd=project, install=False)


def done(result: harness.Result) -> None:
    assert result.returncode == 0, result.stderr


@pytest.mark.long
def test_days_of_parts_and_queries_go_from_source_to_warehouse(
    shell: Meltano, lake: Path, source_url: str, warehouse_url: str
) -> None:
    extract = {"SOURCE": "postgres"}
    done(shell.extract("extract_postgres", DATESTAMP=D1, **extract))
    harness.sql(source_url, "INSERT INTO ratings VALUES (2, '2024-01-02')")
    done(shell.extract("extract_postgres", DATESTAMP=D2, **extract))
    assert rows_of(lake, D2) == ["2,2024-01-02"]
    assert window_of(lake, D2).start == ("2024-01-01", "1")
    assert rows_of(lake, D2, "of_day") == [f"1,{D2}", f"2,{D2}"]
    left_out = shell.load(day=D2)
    assert left_out.returncode == 1
    assert f"EXTRACTED_AT={D1} meltano run tap-csv" in left_out.stderr
    for day in (D1, D2):
        done(shell.load(day=day))
    held = "SELECT r.id, day::text FROM ratings r JOIN of_day USING (id)"
    assert harness.sql(warehouse_url, held) == [(1, D2), (2, D2)]
    # Once whole, as docs/operations.md says.
    harness.sql(source_url, "DELETE FROM ratings WHERE id = 1")
    whole = {"DATESTAMP": D3, "TAP_POSTGRES_WHOLE": "true"}
    done(shell.extract("extract_postgres", **whole, **extract))
    assert rows_of(lake, D3) == ["2,2024-01-02"]
    assert file_of(lake, D3).table.window is None
    done(shell.load(day=D3))
    assert harness.sql(warehouse_url, held) == [(2, D3)]


def test_both_settings_can_come_from_the_shell(
    shell: Meltano, lake: Path
) -> None:
    plain = replace(shell, cwd=ROOT, install=True)
    result = plain.extract(
        "extract_postgres",
        SOURCE="postgres",
        DATESTAMP=D1,
        TAP_POSTGRES_INCREMENTAL="ratings=at+id",
        TAP_POSTGRES_QUERIES='[{"name": "one", "sql": "SELECT 1 AS one"}]',
    )
    done(result)
    assert window_of(lake, D1).columns == ("at", "id")
    assert rows_of(lake, D1, "one") == ["1"]
