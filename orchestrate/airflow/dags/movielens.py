"""movielens, an Airflow DAG: a day of film ratings, from MySQL to a graph."""

from elt import elt_dag

dag = elt_dag(
    "movielens",
    extract={"movielens": "extract_movielens"},
    transform={"movielens_graph": "transform_movielens"},
    load={
        "postgres": "tap-csv target-postgres",
        "neo4j": "tap-csv target-neo4j-movielens",
    },
    schema="movielens",
)
