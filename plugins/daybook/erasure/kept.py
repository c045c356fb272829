"""The databases in which Meltano and Airflow keep their runs: their URLs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_SQLITE = "sqlite:///"
_WITHHELD = "airflow-db-not-allowed"
"""What tasks of Airflow have for the scheme of its database's URL."""

_TOLD = "DAYBOOK_AIRFLOW_DATABASE"


@dataclass(frozen=True, slots=True)
class Database:
    """A database of another program.

    Attributes:
        name: What a report calls it.
        url: Where it is, as SQLAlchemy writes it; may hold a password.
    """

    name: str
    url: str


def sqlite_file(url: str) -> Path | None:
    """Return the file of a database in SQLite, None if it is another."""
    if not url.startswith(_SQLITE):
        return None
    return Path(url.removeprefix(_SQLITE).partition("?")[0])


def of_airflow(env: Mapping[str, str], configured: str) -> str:
    """Return the URL of Airflow's database, which its tasks may not see.

    `configured` is what airflow.cfg says. A file that is not there is
    only Airflow's default, and says nothing of what is withheld.
    """
    named = env.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "")
    if told := env.get(_TOLD):
        return told
    if named and not named.startswith(f"{_WITHHELD}:"):
        return named
    path = sqlite_file(configured)
    is_used = configured and (path is None or path.is_file())
    return configured if is_used or not named else named


def unsearched(scheme: str) -> str:
    """Return why a database with such a URL is not searched."""
    if scheme == _WITHHELD:
        return f"Airflow hides it from its tasks; set {_TOLD} to its URL"
    return f"a database of {scheme} is not searched"
