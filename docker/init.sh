#!/bin/sh
# All that must be there before anything else starts. Safe to run again.
set -eu
# Not every engine heeds `condition: service_healthy`.
.venv/bin/python docker/wait_for.py metadata:5432 redis:6379 source:5432 \
  warehouse:5432 neo4j:7687
airflow db migrate
.meltano/utilities/airflow/venv/bin/python docker/admin.py
# Several first commands at once would fail: each makes Meltano's tables.
meltano --log-level=warning state list
echo 'The databases are ready.'
