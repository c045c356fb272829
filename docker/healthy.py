"""Whether one of Airflow's processes is well, for its health check.

It asks the process itself over loopback. The dag-processor has no server
and tells the metadata database; the api-server reads that there.
Exit code 0: it is.
"""

from __future__ import annotations

import json
import sys
from typing import Any
from urllib.request import urlopen

TIMEOUT_SECONDS = 8


def main(process: str) -> int:
    """Return the exit code for `process`, a service of the compose file."""
    try:
        return 0 if CHECKS[process]() else 1
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


def _api_server() -> bool:
    return _component("127.0.0.1", "metadatabase")


def _scheduler() -> bool:
    return _answers("http://127.0.0.1:8974/health")


def _dag_processor() -> bool:
    return _component("api-server", "dag_processor")


def _flower() -> bool:
    return _answers("http://127.0.0.1:5555/healthcheck")


def _answers(url: str) -> bool:
    _get(url)  # its body may be empty
    return True


def _component(host: str, name: str) -> bool:
    health: Any = json.loads(_get(f"http://{host}:8080/api/v2/monitor/health"))
    return bool(health[name]["status"] == "healthy")


def _get(url: str) -> bytes:
    """Return what a GET gives; OSError if that is an HTTP error."""
    with urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 (ours)
        body: bytes = answer.read()
    return body


CHECKS = {
    "api-server": _api_server,
    "scheduler": _scheduler,
    "dag-processor": _dag_processor,
    "flower": _flower,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
