"""Asks Airflow over REST how it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from orchestrate.airflow.local.home import Settings

_TIMEOUT_SECONDS = 30
_PARTS = ("scheduler", "dag_processor")


class Api:
    """Airflow's REST interface, as its first user."""

    def __init__(self, settings: Settings) -> None:
        """Ask nothing yet."""
        self._settings = settings
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy can reach loopback

    def answers(self) -> bool:
        """Whether the api-server is there."""
        try:
            self._get("monitor/health")
        except requests.RequestException:
            return False
        return True

    def is_ready(self, started: datetime) -> bool:
        """Whether all parts live since `started` and DAGs were looked for."""
        try:
            health = self._get("monitor/health")
            if not all(_lives(health, part, started) for part in _PARTS):
                return False
            self._log_in()
            return bool(self.dags() or self.import_errors())
        except requests.RequestException:
            return False

    def dags(self) -> list[str]:
        """Return the names of the DAGs that there are."""
        return [dag["dag_id"] for dag in self._get("dags")["dags"]]

    def import_errors(self) -> list[tuple[str, str]]:
        """Return the DAG files that cannot be imported, and why."""
        return [
            (Path(one["filename"]).name, _last_line(one["stack_trace"]))
            for one in self._get("importErrors")["import_errors"]
        ]

    def _log_in(self) -> None:
        answer = self._session.post(
            f"{self._settings.url}/auth/token",
            json={
                "username": self._settings.users[0],
                "password": self._settings.password.read_text(),
            },
            timeout=_TIMEOUT_SECONDS,
        )
        answer.raise_for_status()
        token = answer.json()["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"

    def _get(self, path: str) -> Any:
        answer = self._session.get(
            f"{self._settings.url}/api/v2/{path}", timeout=_TIMEOUT_SECONDS
        )
        answer.raise_for_status()
        return answer.json()


def _lives(health: Mapping[str, Any], part: str, since: datetime) -> bool:
    """Whether a part has given a sign of life, and not in an earlier life."""
    beat = health[part][f"latest_{part}_heartbeat"]
    return beat is not None and datetime.fromisoformat(beat) >= since


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]
