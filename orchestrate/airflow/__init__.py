"""Airflow: its DAGs, its constraints, and how it runs on one machine."""
