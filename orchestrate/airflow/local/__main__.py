"""`make airflow`: starts Airflow, watches it, stops it on Ctrl-C.

It has the settings of the utility `airflow` in meltano.yml. So
`meltano invoke airflow ...` in another shell speaks of the same Airflow.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from daybook.errors import ConfigError, DaybookError, UnfinishedError
from orchestrate.airflow.local import database, home
from orchestrate.airflow.local.home import Settings
from orchestrate.airflow.local.processes import Processes, tail
from orchestrate.airflow.local.status import Api

ROOT = Path(__file__).parents[3]
PROGRAM = ROOT / ".meltano" / "utilities" / "airflow" / "venv/bin/airflow"
COMMANDS = {
    "api-server": ["api-server"],
    # Its server of logs would listen on all interfaces; here the
    # api-server reads the files.
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
}
READY_SECONDS = 180
_POLL_SECONDS = 0.5


def main() -> int:
    """Run Airflow until it is stopped; return the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        _run(only_initialize=sys.argv[1:] == ["initialize"])
    except KeyboardInterrupt:
        return 0
    except DaybookError as error:
        print(f"\n{error.reason}\n-> {error.instruction}", file=sys.stderr)
        return error.exit_code
    return 0


def _run(*, only_initialize: bool) -> None:
    if not PROGRAM.exists():
        raise ConfigError(
            "Airflow is not installed.", "Install and start it: `make airflow`"
        )
    settings = home.read_settings(ROOT)
    with home.claimed(settings) as note:
        processes = Processes(settings.home)
        _end_leftovers(processes)
        with database.running(ROOT, settings.home, _say) as url:
            _initialize(settings, processes, url)
            if only_initialize:
                _say("It is ready: `make airflow` starts Airflow.")
            else:
                settings = _with_port(settings)
                home.announce(note, settings.url)
                _serve(settings, processes)


def _serve(settings: Settings, processes: Processes) -> None:
    try:
        _start(settings, processes)
        while True:
            _check(processes)
            time.sleep(_POLL_SECONDS)
    finally:
        _say("Stopping Airflow. Tasks that run are ended.")
        processes.stop()
        _say("Airflow has stopped.")


def _end_leftovers(processes: Processes) -> None:
    """End what is left when the launcher itself was killed."""
    if count := processes.stop():
        _say(f"Processes of an Airflow that was killed: {count}, now ended.")


def _with_port(settings: Settings) -> Settings:
    found = settings.on_free_port()
    if found.url != settings.url:
        _say(f"{settings.url} is taken by another program.")
    return found


def _initialize(
    settings: Settings, processes: Processes, url: str | None
) -> None:
    """Make Airflow's database, or bring it up to date."""
    _say("Preparing Airflow's database.")
    home.write_passwords(settings)
    env = settings.environment() | ({database.VARIABLE: url} if url else {})
    name = "initialize"
    try:
        code = processes.run(name, [PROGRAM, "db", "migrate"], env)
    finally:
        processes.stop()
    if code:
        raise _failed(processes, name, code)
    home.lengthen_secret(settings)
    if url:
        database.write_to(settings.configuration, url)


def _start(settings: Settings, processes: Processes) -> None:
    """Start all, wait until they work, and say where they are."""
    started = datetime.now(UTC)
    api = Api(settings)
    _start_parts(settings, processes, "api-server", "dag-processor")
    _wait(processes, api.answers)
    # Not before: a task that goes on after a restart would find nobody
    # to report to, and one of its tries would be gone.
    _start_parts(settings, processes, "scheduler")
    _wait(processes, lambda: api.is_ready(started))
    seconds = (datetime.now(UTC) - started).total_seconds()
    _say(_welcome(settings, api, seconds))


def _start_parts(
    settings: Settings, processes: Processes, *names: str
) -> None:
    for name in names:
        command: list[str | Path] = [PROGRAM, *COMMANDS[name]]
        processes.start(name, command, settings.environment())


def _wait(processes: Processes, is_reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not is_reached():
        _check(processes)
        if time.monotonic() > deadline:
            raise UnfinishedError(
                f"Airflow was not ready after {READY_SECONDS} s.",
                f"See why in {processes.folder}/*.log, then start it again.",
            )
        time.sleep(_POLL_SECONDS)


def _check(processes: Processes) -> None:
    ended = processes.ended()
    if ended:
        raise _failed(processes, *ended)


def _failed(processes: Processes, name: str, code: int) -> UnfinishedError:
    log = processes.log(name)
    how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
    return UnfinishedError(
        f"{tail(log)}\n\nAirflow's {name} has ended {how}; above is the end "
        "of its log.",
        f"All of it is in {log}. Then run `make airflow` again.",
    )


def _welcome(settings: Settings, api: Api, seconds: float) -> str:
    lines = [
        f"Airflow runs at {settings.url} (ready after {seconds:.0f} s).",
        f"  user      {settings.users[0]}",
        f"  password  in {_short(settings.password)}",
        f"  DAGs      {', '.join(api.dags()) or 'none'}",
        f"  logs      in {_short(settings.home)}",
    ]
    for file, problem in api.import_errors():
        lines.append(f"  {file} cannot be imported: {problem}")
    return "\n".join([*lines, "Ctrl-C stops it."])


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
