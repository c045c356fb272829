"""ELT_with_meltano, an Airflow DAG: a shop's day into two databases."""

from elt import elt_dag

dag = elt_dag(
    "ELT_with_meltano",
    extract={
        "csv": "extract_csv",
        "postgres": "extract_postgres",
    },
    load={
        "postgres": "tap-csv target-postgres",
        "neo4j": "tap-csv target-neo4j",
    },
)
