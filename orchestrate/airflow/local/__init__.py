"""Runs all of Airflow on one machine, for one person: `make airflow`."""
