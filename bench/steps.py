"""One timed step each: psql's COPY, and the real `meltano run`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
DAY, NEXT_DAY = "2024-12-20", "2024-12-21"
_PLUGINS = {
    *("tap-csv", "tap-duckdb", "tap-mysql", "tap-postgres", "target-csv"),
    *("target-mysql", "target-neo4j", "target-postgres"),
}


@dataclass
class Steps:
    """Runs steps on one lake.

    Attributes:
        lake: The lake's root, apart from the project's own.
        psql: Path of the embedded server's psql.
        peak: Bytes of resident memory per plugin, the most seen.
    """

    lake: Path
    psql: Path
    peak: dict[str, int] = field(default_factory=dict)

    def version(self) -> float:
        """Return the seconds of `meltano --version`."""
        return _timed([str(BIN / "meltano"), "--version"], os.environ)

    def copy_to(self, url: str, file: Path) -> float:
        """Return the seconds of psql's COPY TO STDOUT into `file`."""
        command = "COPY orders TO STDOUT (FORMAT csv, HEADER)"
        with file.open("wb") as out:
            return _timed(
                [str(self.psql), url, "-qc", command], os.environ, stdout=out
            )

    def copy_from(self, url: str, file: Path) -> float:
        """Return the seconds of psql's COPY FROM STDIN of `file`."""
        command = "COPY orders FROM STDIN (FORMAT csv, HEADER)"
        with file.open("rb") as data:
            return _timed(
                [str(self.psql), url, "-qc", command], os.environ, stdin=data
            )

    def extract(self, url: str, tables: str, day: str = DAY) -> float:
        """Return the seconds of an extract of a day not there yet."""
        shutil.rmtree(
            self.lake / "source=postgres" / f"extracted_at={day}",
            ignore_errors=True,
        )
        return self.meltano(
            "extract",
            "extract_postgres",
            NORTHWIND_URL=url,
            TAP_POSTGRES_TABLES=tables,
            SOURCE="postgres",
            DATESTAMP=day,
        )

    def load(self, url: str, day: str = DAY) -> float:
        """Return the seconds of a load of a day."""
        return self.meltano(
            "load",
            "load",
            WAREHOUSE_URL=url,
            TAP_CSV_SOURCES="postgres",
            SCHEMA="public",
            EXTRACTED_AT=day,
        )

    def load_graph(self, url: str, exclude: str) -> float:
        """Return the seconds of a load into Neo4j, some tables left out."""
        return self.meltano(
            "load",
            "tap-csv",
            "target-neo4j",
            NEO4J_URL=url,
            TAP_CSV_SOURCES="postgres",
            TARGET_NEO4J_EXCLUDE=exclude,
            TARGET_NEO4J_RELATIONSHIPS="ratings=RATED",
            EXTRACTED_AT=DAY,
        )

    def watch(self) -> threading.Event:
        """Record `peak` until the event is set."""
        done = threading.Event()
        threading.Thread(target=self._poll, args=(done,), daemon=True).start()
        return done

    def _poll(self, done: threading.Event) -> None:
        while not done.wait(0.02):
            for process in psutil.process_iter(["cmdline", "memory_info"]):
                words = process.info["cmdline"] or []
                names = {Path(word).name for word in words[:2]}
                for name in names & _PLUGINS:
                    seen = process.info["memory_info"].rss
                    self.peak[name] = max(self.peak.get(name, 0), seen)

    def meltano(
        self, environment: str, *blocks: str, **variables: str
    ) -> float:
        """Return the seconds of `meltano run` in one of the environments."""
        env = {
            **os.environ,
            **variables,
            "MELTANO_ENVIRONMENT": environment,
            "MELTANO_RUN_FORCE": "1",
            "LAKE_ROOT": str(self.lake),
        }
        return _timed([str(BIN / "meltano"), "run", *blocks], env)


def _timed(
    command: list[str], env: Mapping[str, str], **streams: object
) -> float:
    """Return the command's wall seconds.

    Raises:
        SystemExit: It failed; its output is shown.
    """
    streams.setdefault("stdout", subprocess.PIPE)
    start = time.perf_counter()
    result = subprocess.run(  # type: ignore[call-overload]
        command,
        cwd=ROOT,
        env=env,
        stderr=subprocess.PIPE,
        check=False,
        **streams,
    )
    seconds = time.perf_counter() - start
    if result.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{result.stderr.decode()}")
    return seconds
