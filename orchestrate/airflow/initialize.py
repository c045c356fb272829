"""`meltano invoke airflow:initialize`: makes Airflow's database.

It runs in Airflow's environment, which knows nothing of the embedded
server; the project's own starts that, unless a database is named.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
NAMED = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"

if NAMED in os.environ:
    command = [str(Path(sys.executable).with_name("airflow")), "db", "migrate"]
else:
    python = PROJECT / ".venv" / "bin" / "python"
    command = [str(python), "-m", "orchestrate.airflow.local", "initialize"]
os.chdir(PROJECT)
os.execv(command[0], command)  # noqa: S606 (no shell is wanted)
