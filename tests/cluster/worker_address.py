"""Where a worker's logs are read from: Airflow's `hostname_callable`.

Each worker of the test has a loopback address of its own, as machines
have names of their own. Airflow imports this by PYTHONPATH.
"""

import os


def address() -> str:
    """Return this worker's address; the other processes have one, too."""
    return os.environ.get("WORKER_ADDRESS", "127.0.0.1")
