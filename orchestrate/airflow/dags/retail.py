"""retail, an Airflow DAG: all that a shop delivered on a day."""

from datetime import timedelta

from elt import elt_dag

dag = elt_dag(
    "retail",
    extract={"retail": "extract_retail"},
    load={
        "postgres": "tap-csv target-postgres",
        "neo4j": "tap-csv target-neo4j-retail",
    },
    erase="retail.erasure_requests",
    schema="retail",
    # When the day's last hour has come for sure.
    schedule="0 2 * * *",
    behind=timedelta(hours=3),
)
