"""What belongs to a pipeline, and what it may read."""

from __future__ import annotations

from pathlib import Path

import pytest
from dbt_runs import (
    DAY,
    MODEL,
    SCHEMA,
    SHOP,
    SOURCES,
    Pipeline,
    published,
    refused,
    shop_pipeline,
)

from days import publish_day, table

pytestmark = pytest.mark.long


@pytest.fixture
def pipeline(tmp_path: Path, lake: Path) -> Pipeline:
    """A pipeline with one model over a published day."""
    return shop_pipeline(tmp_path, lake)


def test_what_no_model_is_for_is_refused(pipeline):
    said = refused(pipeline.dbt(SOURCE="nothing"))
    assert "transform/models/nothing" in said


def test_a_model_of_another_pipeline_is_not_taken_for_the_pipeline(pipeline):
    pipeline.source = "sold"  # as the model of the pipeline `models`
    pipeline.write(
        {
            "teas.sql": MODEL,
            "schema.yml": SCHEMA.replace("sold", "teas"),
        }
    )
    assert pipeline.dbt().returncode == 0
    pipeline.carry()
    assert [file.table.name for file in published(pipeline).files] == ["teas"]


def test_a_model_that_needs_another_pipelines_is_refused(pipeline):
    pipeline.source = "more"
    pipeline.write({"teas.sql": "select id from {{ ref('sold') }}"})
    said = refused(pipeline.dbt())
    assert "models/more/teas.sql" in said
    assert "models/models/sold.sql" in said


def test_what_a_helper_of_another_folder_reads_is_checked(pipeline):
    pipeline.source = "helpers"
    pipeline.write(
        {
            "sources.yml": SOURCES.replace("shop", "nowhere"),
            "helper.sql": "{{ config(materialized='ephemeral') }} "
            + MODEL.replace("shop", "nowhere"),
        }
    )
    pipeline.source = "models"
    pipeline.write({"sold.sql": "select * from {{ ref('helper') }}"})
    said = refused(pipeline.dbt())
    assert "SOURCE=nowhere DATESTAMP=2024-12-20" in said


def test_a_table_with_a_quote_in_its_name_is_read(pipeline):
    odd = table('of "us"', [("id", "integer")])
    publish_day(pipeline.lake, SHOP, DAY, [(odd, [["7"]])])
    name = """{name: bought, identifier: 'of ""us""'}"""
    pipeline.write(
        {
            "sources.yml": SOURCES.replace("{name: bought}", name),
            "sold.sql": "select id, '' as what, 1::decimal(8, 2) as price "
            "from {{ source('shop', 'bought') }}",
        }
    )
    assert pipeline.dbt().returncode == 0
    pipeline.carry()
    assert published(pipeline).files[0].rows == 1


def test_a_seed_becomes_a_table_too(pipeline):
    seeds = pipeline.root / "transform" / "seeds" / pipeline.source
    seeds.mkdir(parents=True)
    (seeds / "kinds.csv").write_text("kind\ngreen\n")
    assert pipeline.dbt().returncode == 0
    pipeline.carry()
    names = [file.table.name for file in published(pipeline).files]
    assert names == ["kinds", "sold"]
