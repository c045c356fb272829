"""people_places, an Airflow DAG: where people were born, in MySQL."""

from elt import elt_dag

dag = elt_dag(
    "people_places",
    extract={"people_places": "extract_people_places"},
    transform={"people": "transform_people"},
    load={"mysql": "tap-csv target-mysql"},
    report={"summary": "orchestrate.people_summary"},
)
