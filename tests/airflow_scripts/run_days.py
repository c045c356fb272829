"""Runs the DAG once per configuration; prints the tasks' states as JSON.

Arguments: the folder of DAGs, the file's name without its end, and the
configurations as a list in JSON. It runs in Airflow's environment. Tasks
run in this process, one after the other, and nothing is retried.
"""

from __future__ import annotations

import importlib
import json
import sys

sys.path.insert(0, sys.argv[1])
dag = importlib.import_module(sys.argv[2]).dag

for one in dag.tasks:
    one.retries = 0

for conf in json.loads(sys.argv[3]):
    run = dag.test(run_conf=conf)
    states = {
        one.task_id: one.state and str(one.state)
        for one in run.get_task_instances()
    }
    print("STATES", json.dumps([run.run_id, states]))
