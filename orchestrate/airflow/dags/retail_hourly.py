"""retail_hourly, an Airflow DAG: a shop's deliveries as they arrive."""

from datetime import timedelta

from elt import elt_dag

dag = elt_dag(
    "retail_hourly",
    extract={"retail": "extract_retail"},
    load={
        "postgres": "tap-csv target-postgres",
        "neo4j": "tap-csv target-neo4j-retail",
    },
    # At night the first delivery of a day may be hours away.
    skip_absent=True,
    schema="retail",
    # The hour before has come by then, also the last one of a day.
    schedule="10 * * * *",
    behind=timedelta(hours=1),
)
