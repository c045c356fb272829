"""Where a project's people can be, apart from its tables: what was said.

Daybook's own messages, and those of Meltano, dbt, Airflow and the embedded
servers; what was made of tables for readers (summaries, evidence, results
of queries, executed notebooks); the databases in which Meltano and Airflow
keep their runs; and work that was left unfinished.
"""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from daybook.erasure import databases, kept, leftovers, texts
from daybook.erasure.clear import Clear
from daybook.erasure.found import Found
from daybook.erasure.kept import Database
from daybook.erasure.rewriting import TEMPORARY
from daybook.erasure.suppression import FOLDER
from daybook.errors import UnfinishedError
from daybook.lake import files, layout

_DATA = frozenset({".csv", ".json", ".jsonl", ".tsv"})
_SUFFIXES = _DATA | {".gz", ".html", ".ipynb", ".log", ".out", ".txt"}
"""What `daybook query --output`, a redirected report or a log are called."""

AT_WORK = "a run is at work there, or `daybook publish` is still to come"
"""Not a problem of logs: target-csv erases people before it publishes."""

_OWN = frozenset({FOLDER, layout.LOCKS, layout.STAGING})
_SOURCE = "source="
_SERVER_DATA = frozenset({"data", "databases", "transactions", "lib"})
"""Folders of servers that hold no logs."""


@dataclass(frozen=True, slots=True)
class Project:
    """Where things are.

    Attributes:
        root: The folder of meltano.yml.
        lake: The lake's root.
        env: The variables, those of `.env` with the shell's over them.
    """

    root: Path
    lake: Path
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file to look into.

    Attributes:
        where: What a report calls it.
        path: The file.
        is_live: Whether a program may be writing to it.
    """

    where: str
    path: Path
    is_live: bool


def search(project: Project, clear: Clear) -> list[Found]:
    """Return where the people are; nothing is changed."""
    found = [_search(one, clear) for one in text_files(project)]
    found += [_at_work(one, clear) for one in _unfinished(project)]
    for database in kept_runs(project):
        found += databases.search(database, clear)
    return [one for one in found if one.rows or one.problem]


def erase(project: Project, clear: Clear) -> list[Found]:
    """Erase the people; return where they were.

    What cannot be erased is told as a place's problem, and the rest goes
    on.

    Raises:
        StorageError: What killed runs left cannot be removed.
    """
    leftovers.remove()
    found = [_at_work(one, clear) for one in _unfinished(project)]
    found += [_erase(one, clear) for one in text_files(project)]
    for database in kept_runs(project):
        found += databases.erase(database, clear)
    return [one for one in found if one.rows or one.problem]


def text_files(project: Project) -> Iterator[TextFile]:
    """Yield every file that may say something of somebody."""
    seen: set[Path] = set()
    for path, is_live in _paths(project):
        if path not in seen and files.is_plain(path):
            seen.add(path)
            yield TextFile(_where(project, path), path, is_live)


def kept_runs(project: Project) -> list[Database]:
    """Return the databases of Meltano and Airflow."""
    root, env = project.root, project.env
    own = f"sqlite:///{root / '.meltano' / 'meltano.db'}"
    meltano = env.get("MELTANO_DATABASE_URI", "")
    home = _airflow_home(project)
    configured = _set_in(home, "sql_alchemy_conn")
    urls = [
        ("Meltano's database", own),
        ("Meltano's database", meltano),
        ("Airflow's database", f"sqlite:///{home / 'airflow.db'}"),
        ("Airflow's database", kept.of_airflow(env, configured)),
    ]
    known = {url: name for name, url in urls if url and "$" not in url}
    return [Database(name, url) for url, name in known.items()]


def _paths(project: Project) -> Iterator[tuple[Path, bool]]:
    yield from ((path, True) for path in _logs(project))
    for path in _made(project):
        yield path, path.suffix == ".log"


def _logs(project: Project) -> Iterator[Path]:
    """Yield what programs write to while they run."""
    for folder in _log_folders(project):
        yield from _below(folder)
    services = project.root / ".services"
    for path in _below(services, lambda one: one.name in _SERVER_DATA):
        if ".log" in path.name or path.parent.name in {"log", "logs"}:
            yield path
    yield from services.glob("postgres/data/*.log*")
    yield from services.glob("postgres/data/log/*")


def _made(project: Project) -> Iterator[Path]:
    """Yield what was made for readers, and what dbt made."""
    root, lake = project.root, project.lake
    yield from _below(root / "notebook")
    yield from _below(root / "transform" / "target")
    for folder in (root, root / "transform"):
        found = sorted(folder.glob("*"))
        yield from (path for path in found if path.suffix in _SUFFIXES)
    yield from _below(lake, lambda one: _is_of_the_lake(lake, one))
    if told := project.env.get("DAYBOOK_FAILURES"):
        yield Path(told)


def _unfinished(project: Project) -> Iterator[TextFile]:
    """Yield what runs that are at work have staged, or what waits."""
    for path in _below(project.lake / layout.STAGING):
        if files.is_plain(path):
            yield TextFile(_where(project, path), path, is_live=True)


def _log_folders(project: Project) -> Iterator[Path]:
    root = project.root
    meltano = root / ".meltano"
    yield from (meltano / "logs", meltano / "run")
    yield from (root / "logs", root / "log", root / "transform" / "logs")
    yield _user_log_folder(project.env) / "meltano"
    logs = project.env.get("AIRFLOW__LOGGING__BASE_LOG_FOLDER", "")
    home = _airflow_home(project)
    for folder in (logs, _set_in(home, "base_log_folder"), home / "logs"):
        if folder and Path(folder).is_absolute():
            yield Path(folder)


def _user_log_folder(env: Mapping[str, str]) -> Path:
    """Return where the system keeps a user's logs; Meltano copies to it."""
    home = Path(env.get("HOME") or Path.home())
    if sys.platform == "darwin":
        return home / "Library" / "Logs"
    return Path(env.get("XDG_STATE_HOME") or home / ".local" / "state")


def _airflow_home(project: Project) -> Path:
    home = project.env.get("AIRFLOW_HOME")
    return Path(home) if home else project.root / ".services" / "airflow"


def _set_in(home: Path, name: str) -> str:
    """Return what airflow.cfg says of a setting, `""` if nothing."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string((home / "airflow.cfg").read_text(errors="replace"))
    except (OSError, configparser.Error):
        return ""
    section = "database" if name == "sql_alchemy_conn" else "logging"
    return parser.get(section, name, fallback="")


def _is_of_the_lake(lake: Path, folder: Path) -> bool:
    """Return whether a folder holds days, which are erased as such."""
    return folder.parent == lake and (
        folder.name in _OWN or folder.name.startswith(_SOURCE)
    )


def _below(
    folder: Path, is_left_out: Callable[[Path], bool] = lambda _: False
) -> Iterator[Path]:
    """Yield what is in a folder at any depth; links are not followed."""
    for place, inside, names in os.walk(folder):
        here = Path(place)
        inside[:] = sorted(
            one for one in inside if not is_left_out(here / one)
        )
        yield from (here / name for name in sorted(names))


def _where(project: Project, path: Path) -> str:
    for base in (project.root, project.lake.parent):
        if path.is_relative_to(base):
            return str(path.relative_to(base))
    return str(path)


def _search(one: TextFile, clear: Clear) -> Found:
    return _tried(one, lambda: texts.search(one.path, clear))


def _erase(one: TextFile, clear: Clear) -> Found:
    if one.path.name.startswith(TEMPORARY):  # of an erasure that was killed
        one.path.unlink(missing_ok=True)
        return Found(one.where, 0)
    return _tried(
        one, lambda: texts.erase(one.path, clear, in_place=one.is_live)
    )


def _tried(one: TextFile, do: Callable[[], int]) -> Found:
    try:
        return Found(one.where, do())
    except FileNotFoundError:
        return Found(one.where, 0)  # removed meanwhile
    except UnfinishedError as error:
        return Found(one.where, 0, error.reason)
    except texts.UNREADABLE as error:
        return Found(one.where, 0, f"it cannot be read or written: {error}")


def _at_work(one: TextFile, clear: Clear) -> Found:
    """Search what must not be changed, for a run has counted on it."""
    found = _search(one, clear)
    if not found.rows:
        return found
    return Found(
        found.where,
        found.rows,
        AT_WORK,
    )
