"""dbt builds models over published days, or says why not."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from dbt_runs import (
    BOUGHT,
    DAY,
    MODEL,
    ROWS,
    SCHEMA,
    SHOP,
    SOURCES,
    Pipeline,
    published,
    refused,
    shop_pipeline,
)

from daybook.day import Day
from daybook.lake import partition
from days import publish_day, table
from lake_days import contents, litter

pytestmark = pytest.mark.long


@pytest.fixture
def pipeline(tmp_path: Path, lake: Path) -> Pipeline:
    """A pipeline with one model over a published day."""
    return shop_pipeline(tmp_path, lake)


def test_a_model_becomes_a_day_with_its_key(pipeline):
    assert pipeline.dbt().returncode == 0
    assert [r.returncode for r in pipeline.carry()] == [0, 0]
    (file,) = published(pipeline).files
    assert file.table.primary_key == ("id",)
    assert [c.sql_type for c in file.table.columns] == [
        "integer",
        "text",
        "numeric(8,2)",
    ]
    folder = partition.folder(pipeline.lake, "models", Day.parse(DAY))
    assert (folder / file.path).read_text() == (
        'id,what,price\n1,"a, b",\n2,tea,3.50\n3,"",0.10\n'
    )
    assert litter(pipeline.lake) == []


def test_a_second_run_changes_nothing(pipeline):
    pipeline.dbt()
    pipeline.carry()
    before = contents(pipeline.lake)
    pipeline.next_run()
    assert pipeline.dbt().returncode == 0
    tap, target = pipeline.carry()
    assert "unchanged" in target.stderr, tap.stderr
    assert contents(pipeline.lake) == before


def test_a_failing_test_says_which_rows_to_look_at(pipeline):
    pipeline.write(
        {
            "schema.yml": SCHEMA.replace(
                "data_type: varchar}",
                "data_type: varchar, data_tests: [{accepted_values: "
                "{arguments: {values: ['tea', 'coffee']}}}]}",
            )
        }
    )
    said = refused(pipeline.dbt())
    assert "accepted_values_sold_what" in said
    assert "a, b" in said
    assert not partition.is_published(pipeline.lake, "models", Day.parse(DAY))
    assert litter(pipeline.lake) == []


def test_a_test_that_warns_shows_its_rows_and_holds_nothing_up(pipeline):
    tests = pipeline.root / "transform" / "tests"
    tests.mkdir(exist_ok=True)
    (tests / "prices_are_known.sql").write_text(
        "{{ config(severity='warn') }} "
        "select id from {{ ref('sold') }} where price is null"
    )
    result = pipeline.dbt()
    assert result.returncode == 0, result.stdout + result.stderr
    assert "prices_are_known" in result.stderr
    assert "First rows: 'id=1'." in result.stderr
    assert [r.returncode for r in pipeline.carry()] == [0, 0]


def test_personal_values_of_failing_rows_are_not_shown(pipeline):
    personal = (
        "data_type: varchar, config: {meta: {personal: email}}, data_tests: "
        "[{accepted_values: {arguments: {values: ['tea', 'coffee']}}}]}"
    )
    pipeline.write(
        {"schema.yml": SCHEMA.replace("data_type: varchar}", personal)}
    )
    tests = pipeline.root / "transform" / "tests"
    tests.mkdir(exist_ok=True)
    (tests / "nothing_is_sold.sql").write_text(
        "select id, what from {{ ref('sold') }} where what <> ''"
    )
    said = refused(pipeline.dbt())
    assert "value_field=***" in said
    assert "id=1, what=***" in said
    assert "a, b" not in said


def test_a_personal_value_that_does_not_fit_is_not_shown(pipeline):
    pipeline.write(
        {
            "sold.sql": MODEL.replace("what", "what::date::varchar as what"),
            "schema.yml": SCHEMA.replace(
                "data_type: varchar}",
                "data_type: varchar, config: {meta: {personal: email}}}",
            ),
        }
    )
    said = refused(pipeline.dbt())
    assert "date field format: ***" in said
    assert "tea" not in said


def test_doubles_in_a_personal_key_are_not_shown(pipeline):
    pipeline.write(
        {
            "sold.sql": MODEL.replace("what", "'a@b.c' as what"),
            "schema.yml": SCHEMA.replace("{type: primary_key}", "").replace(
                "data_type: varchar}",
                "data_type: varchar, constraints: [{type: unique}], "
                "config: {meta: {personal: email}}}",
            ),
        }
    )
    said = refused(pipeline.dbt())
    assert "first: '***'" in said


def test_a_wrong_type_is_named_with_its_column(pipeline):
    pipeline.write({"sold.sql": MODEL.replace("price", "price::double")})
    said = refused(pipeline.dbt())
    assert "price" in said
    assert "sold" in said


def test_a_column_that_the_source_lacks_is_named(pipeline):
    pipeline.write({"sold.sql": MODEL.replace("what", "colour as what")})
    assert "colour" in refused(pipeline.dbt())


def test_a_day_that_is_not_published_is_named_with_its_command(pipeline):
    said = refused(pipeline.dbt(DATESTAMP="2024-12-21"))
    assert "no day 2024-12-21" in said
    assert (
        "MELTANO_ENVIRONMENT=extract SOURCE=shop DATESTAMP=2024-12-21 "
        "meltano run extract_shop"
    ) in said


def test_an_edited_file_is_refused_by_name(pipeline):
    (file,) = (pipeline.lake / "source=shop").glob("*/table=*/*.csv")
    file.write_bytes(file.read_bytes().replace(b"tea", b"pea"))
    assert file.name in refused(pipeline.dbt())


def test_doubles_in_a_key_are_named(pipeline):
    pipeline.write({"sold.sql": MODEL.replace("id,", "1 as id,")})
    said = refused(pipeline.dbt())
    assert "primary key (id)" in said
    assert "first: '1'" in said


def test_a_key_of_a_column_that_is_not_there_is_named(pipeline):
    key = "  constraints: [{type: primary_key, columns: [nothing]}]\n"
    schema = SCHEMA.replace("{type: primary_key}", "")
    pipeline.write({"schema.yml": schema + key})
    said = refused(pipeline.dbt())
    assert "column 'nothing', which 'sold' has not" in said


def test_missing_variables_are_named_at_once(pipeline):
    said = refused(pipeline.dbt(SOURCE=None, DATESTAMP=None))
    assert "SOURCE is missing" in said
    assert "DATESTAMP is missing" in said


def test_a_day_that_is_published_anew_meanwhile_asks_for_another_try(
    pipeline,
):
    # The model itself waits until the day has been published anew.
    flag = pipeline.root / "published"
    pipeline.write(
        {
            "waits.py": "import pathlib, time\n"
            "def model(dbt, session):\n"
            "    dbt.ref('other')\n"
            f"    flag = pathlib.Path({str(flag)!r})\n"
            "    flag.with_suffix('.asked').touch()\n"
            "    while not flag.exists(): time.sleep(0.05)\n"
            "    return session.sql('FROM shop.bought')\n",
            "other.sql": MODEL,
            "more.yml": "models:\n"
            "- {name: waits, config: {contract: {enforced: false}}}\n"
            "- {name: other, config: {contract: {enforced: false}}}\n",
        }
    )
    with ThreadPoolExecutor() as pool:
        running = pool.submit(pipeline.dbt)
        while not flag.with_suffix(".asked").exists():
            assert not running.done(), running.result().stdout
            time.sleep(0.05)
        publish_day(pipeline.lake, SHOP, DAY, [(BOUGHT, ROWS[:1])])
        flag.touch()
        result = running.result()
    assert result.returncode == 1, result.stdout
    assert "published anew" in result.stderr


def test_an_amount_of_memory_is_looked_at(pipeline):
    said = refused(pipeline.dbt(DBT_MEMORY="lots"))
    assert "DBT_MEMORY=2GB" in said


def test_memory_that_does_not_suffice_is_asked_for(pipeline):
    pipeline.write(
        {
            "sold.sql": "select length(string_agg(repeat('x', 1000) || i, ''))"
            "::integer as id, '' as what, 1::decimal(8, 2) as price "
            "from range(100000) as r(i)"
        }
    )
    result = pipeline.dbt(DBT_MEMORY="60MB")
    assert result.returncode == 1
    assert "DBT_MEMORY=2GB" in result.stderr
    assert "SET threads" not in result.stderr


def test_a_run_that_nobody_carried_on_is_cleared_by_the_next(pipeline):
    pipeline.dbt()
    pipeline.next_run()
    pipeline.dbt()
    assert litter(pipeline.lake) == [pipeline.run]


def test_a_python_model_has_its_key_checked(pipeline):
    pipeline.write(
        {
            "doubled.py": "def model(dbt, session):\n"
            "    sold = dbt.ref('sold')\n"
            "    return sold.project('id * 2 AS id').union("
            "sold.project('4 AS id'))\n",
            "doubled.yml": "models:\n- name: doubled\n"
            "  config: {contract: {enforced: false}}\n"
            "  columns:\n"
            "  - {name: id, constraints: [{type: primary_key}]}\n",
        }
    )
    assert "doubled: the primary key (id)" in refused(pipeline.dbt())


def test_all_days_are_read_with_their_day(pipeline):
    fewer = table("bought", [("id", "integer"), ("what", "text")])
    publish_day(pipeline.lake, SHOP, "2024-12-18", [(fewer, [["1", "ink"]])])
    publish_day(pipeline.lake, SHOP, "2024-12-30", [(fewer, [["9", "no"]])])
    pipeline.write(
        {
            "sources.yml": SOURCES.replace("shop", "shop_all"),
            "sold.sql": "select id, what, price, extracted_at "
            "from {{ source('shop_all', 'bought') }}",
            "schema.yml": SCHEMA.replace(", {type: primary_key}", "")
            + "  - {name: extracted_at, data_type: date}\n",
        }
    )
    result = pipeline.dbt()
    assert result.returncode == 0, result.stderr
    pipeline.carry()
    (file,) = published(pipeline).files
    folder = partition.folder(pipeline.lake, "models", Day.parse(DAY))
    assert (folder / file.path).read_text() == (
        'id,what,price,extracted_at\n1,"a, b",,2024-12-20\n'
        "1,ink,,2024-12-18\n"
        '2,tea,3.50,2024-12-20\n3,"",0.10,2024-12-20\n'
    )


def test_two_runs_side_by_side_do_not_meet(pipeline):
    publish_day(pipeline.lake, SHOP, "2024-12-21", [(BOUGHT, ROWS[:1])])
    other = Pipeline(pipeline.root, pipeline.lake)
    assert pipeline.dbt().returncode == 0
    assert other.dbt(DATESTAMP="2024-12-21").returncode == 0
    # Publishing one day leaves alone what is built for the other.
    assert [r.returncode for r in other.carry("2024-12-21")] == [0, 0]
    assert [r.returncode for r in pipeline.carry()] == [0, 0]
    assert published(pipeline).files[0].rows == 3
    assert published(other, "2024-12-21").files[0].rows == 1


def test_dbt_leaves_nothing_where_the_user_stands(pipeline):
    before = sorted(p.name for p in pipeline.root.rglob("*"))
    assert pipeline.dbt().returncode == 0
    assert sorted(p.name for p in pipeline.root.rglob("*")) == before


def test_the_models_are_described_in_one_file(pipeline):
    result = pipeline.dbt("docs", "generate", "--static", "--empty-catalog")
    assert result.returncode == 0, result.stdout + result.stderr
    page = pipeline.root / "transform" / "target" / "static_index.html"
    assert "model.daybook.sold" in page.read_text()


def test_a_failure_is_told_to_whoever_asked(pipeline, tmp_path):
    told = tmp_path / "failures"
    pipeline.dbt(DATESTAMP="2024-12-21", DAYBOOK_FAILURES=str(told))
    line = json.loads(told.read_text())
    assert line["program"] == "dbt"
    assert line["retry"] is False
