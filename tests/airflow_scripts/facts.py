"""Prints what the DAG file makes, as JSON; runs in Airflow's environment.

Arguments: the folder of DAGs, and the file's name without its end.
Whatever opens a file for writing, a socket, a database or a process
while the DAG file is imported is named.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from typing import Any

# What Airflow itself does when it is imported does not count.
import airflow.providers.standard.operators.bash
import airflow.sdk  # noqa: F401
import croniter  # noqa: F401

seen: list[str] = []
WATCHED = ("socket.", "sqlite3.", "subprocess.", "os.system", "os.fork")


def audit(event: str, args: tuple[Any, ...]) -> None:
    if event.startswith(WATCHED):
        seen.append(event)
    # Reading is what an import does.
    if (
        event == "open"
        and isinstance(args[2], int)
        and args[2] & (os.O_WRONLY | os.O_RDWR)
    ):
        seen.append(f"open {args[0]}")


# A first import would write what it compiled.
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
sys.addaudithook(audit)
begin = time.monotonic()
module = importlib.import_module(sys.argv[2])
seconds = time.monotonic() - begin
did = list(seen)
dag = module.dag
tasks = {
    one.task_id: {
        "after": sorted(one.upstream_task_ids),
        "owner": one.owner,
        "retries": one.retries,
        "backoff": bool(one.retry_exponential_backoff),
        "at_once": one.max_active_tis_per_dag,
        "seconds": one.execution_timeout.total_seconds(),
        "outlets": [asset.name for asset in one.outlets],
        "command": getattr(one, "bash_command", None),
        "env": getattr(one, "env", None),
        "append_env": getattr(one, "append_env", None),
    }
    for one in dag.tasks
}
date = dag.params.get_param("date")
facts = {
    "id": dag.dag_id,
    "seconds": seconds,
    "did": did,
    "tags": sorted(dag.tags),
    "doc": dag.doc_md,
    "catchup": dag.catchup,
    "paused": dag.is_paused_upon_creation,
    "schedule": str(dag.timetable),
    "params": {"date": [date.value, date.schema]},
    "tasks": tasks,
}
print(json.dumps(facts))
