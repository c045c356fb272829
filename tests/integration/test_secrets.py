"""No output ever holds a secret, or a piece of one."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier, Literal

import harness
from meltano import ROOT, Meltano, link_plugins

DAY = "2024-12-20"
SECRET = "aQ$w'k\"zY@pL:mN/vB%uX#jH gF*?&=+é~`${HOME}\\rT"
PIECES = ["aQ$w", "zY@pL", "mN/vB", "jH gF", "\\rT"]


def forms(secret: str) -> list[str]:
    """Return how a secret may be spelled in some output."""
    encoded = [quote(text, safe="") for text in (secret, *PIECES)]
    return [
        *(secret, *PIECES, *encoded, quote_plus(secret), quote(secret)),
        *(json.dumps(secret)[1:-1], repr(secret)[1:-1]),
    ]


def check_silent(text: str) -> None:
    assert text
    shown = [form for form in forms(SECRET) if form in text]
    assert shown == []


def with_secret(server_url: str, url: str) -> str:
    """Give the URL's role the secret; return the URL that has it."""
    parts = urlsplit(url)
    statement = SQL("ALTER ROLE {} PASSWORD {}").format(
        Identifier(parts.username or ""), Literal(SECRET)
    )
    with psycopg.connect(server_url, autocommit=True) as session:
        session.execute(statement)
    return with_password(url, SECRET)


def with_password(url: str, password: str) -> str:
    parts = urlsplit(url)
    secret = quote(password, safe="")
    place = f"{parts.username}:{secret}@127.0.0.1:{parts.port}"
    return urlunsplit(parts._replace(netloc=place))


@dataclass(frozen=True)
class Urls:
    """Source and warehouse, both with the secret."""

    source: str
    warehouse: str


@pytest.fixture
def urls(server_url: str, source_url: str, warehouse_url: str) -> Urls:
    harness.sql(source_url, "CREATE TABLE t (id int PRIMARY KEY)")
    harness.sql(source_url, "INSERT INTO t VALUES (1)")
    return Urls(
        with_secret(server_url, source_url),
        with_secret(server_url, warehouse_url),
    )


@pytest.fixture
def project(tmp_path: Path, lake: Path, urls: Urls) -> Iterator[Path]:
    """A project whose `.env` holds the URLs, as the README says."""
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(ROOT / "meltano.yml", folder)
    for name in ("plugins", "requirements.lock", "extract"):
        (folder / name).symlink_to(ROOT / name)
    link_plugins(folder)
    env_file = folder / ".env"
    env_file.write_text(
        f"NORTHWIND_URL='{urls.source}'\n"
        f"WAREHOUSE_URL='{urls.warehouse}'\n"
        f"LAKE_ROOT='{lake}'\n"
    )
    env_file.chmod(0o600)
    yield folder


def test_a_run_at_debug_level_shows_no_secret_of_env(
    project: Path, lake: Path, urls: Urls
) -> None:
    shell = Meltano(
        {
            "LOGLEVEL": "DEBUG",
            "MELTANO_CLI_LOG_LEVEL": "debug",
            "TAP_CSV_SOURCES": "postgres",
        },
        cwd=project,
        install=False,
    )
    extract = shell.extract(
        "extract_postgres", SOURCE="postgres", DATESTAMP=DAY
    )
    assert extract.returncode == 0, extract.stderr
    load = shell.load(day=DAY)
    assert load.returncode == 0, load.stderr
    assert "[debug" in load.stderr
    check_silent(extract.stderr + load.stderr)
    for file in lake.rglob("*"):
        if file.is_file() and file.stat().st_size:
            check_silent(file.read_text())
    log = "SELECT string_agg(l::text, ' ') FROM daybook.loads AS l"
    check_silent(harness.sql(urls.warehouse, log)[0][0])


@pytest.mark.parametrize(
    "words", [("doctor",), ("days",), ("services", "status")]
)
def test_the_command_shows_no_secret(
    project: Path, words: tuple[str, ...]
) -> None:
    result = harness.run_daybook(*words, cwd=project)
    check_silent(result.stdout + result.stderr)


def test_a_wrong_password_is_not_repeated(
    server_url: str, tmp_path: Path, urls: Urls
) -> None:
    assert server_url
    url = with_password(urls.source, SECRET + "x")
    debug = {"LOGLEVEL": "DEBUG"}
    for plugin, config in (
        ("tap-postgres", {"url": url, "spool": str(tmp_path)}),
        ("target-postgres", {"url": url}),
    ):
        result = harness.run_target(plugin, config, _EMPTY_DAY, debug)
        assert result.returncode == 1, result.stderr
        assert "password authentication failed" in result.stderr
        check_silent(result.stderr + result.stdout)


MALFORMED = [
    f"postgresql://user:{SECRET}@127.0.0.1:1/db",
    "postgresql://user:zY@pL@127.0.0.1:1/db",
    "postgresql://me@127.0.0.1:zY%40pL@127.0.0.1:1/db",
    "postgresql://user:mN/vB?connect_timeout=1@127.0.0.1:1/db",
    "postgresql://us/er:mN%2FvB@127.0.0.1:1/db",
    "postgresql://user:%zzaQ$w@127.0.0.1:1/db",
    "postgresql://user:jH gF@127.0.0.1:1/db",
    "postgresql://127.0.0.1:aQ$w/db",
    "postgresql://user@127.0.0.1:1/db?password=aQ$w&sslmode=nonsense",
    "postgresql://user@127.0.0.1:1/db?passwort=aQ$w",
    "postgresql+psycopg://user:aQ$w@127.0.0.1:1/db",
    "mysql://user:aQ$w@127.0.0.1:1/db",
    "host=127.0.0.1 port=1 password='aQ$w",
    "user:aQ$w@127.0.0.1:1/db",
]
_EMPTY_DAY = "".join(
    json.dumps(message) + "\n"
    for message in (
        {
            "type": "SCHEMA",
            "stream": "t",
            "schema": {
                "properties": {"id": {"x-sql-datatype": "integer"}},
                "x-table": {"schema": "", "name": "t"},
                "x-source": {"source": "s", "day": DAY},
            },
            "key_properties": ["id"],
        },
        {
            "type": "STATE",
            "value": {
                "receipt": {
                    "tap": "tap-csv",
                    "snapshot": "",
                    "streams": {"t": {"rows": 0}},
                }
            },
        },
    )
)


@pytest.mark.parametrize("url", MALFORMED)
def test_a_malformed_url_is_refused_without_a_piece_of_it(
    tmp_path: Path, url: str
) -> None:
    config = {"url": url, "spool": str(tmp_path)}
    debug = {"LOGLEVEL": "DEBUG"}
    result = harness.run_tap("tap-postgres", config, debug)
    assert result.returncode in {1, 2}, result.stderr
    assert "NORTHWIND_URL" in result.stderr
    check_silent(result.stderr + result.stdout)


def test_the_doctor_repeats_no_malformed_url(tmp_path: Path) -> None:
    shutil.copy(ROOT / "meltano.yml", tmp_path)
    for number in range(0, len(MALFORMED), 3):
        pair = (MALFORMED * 2)[number + 1 : number + 3]
        names = ("NORTHWIND_URL", "WAREHOUSE_URL")
        env = dict(zip(names, pair, strict=True))
        for command in ("doctor", "days"):
            result = harness.run_daybook(command, cwd=tmp_path, env=env)
            check_silent(result.stdout + result.stderr)


def test_a_password_that_is_the_users_name_does_not_blind_the_log(
    tmp_path: Path, source_url: str
) -> None:
    harness.sql(source_url, "CREATE TABLE t (id int)")
    user = urlsplit(source_url).username or ""
    config = {"url": source_url, "spool": str(tmp_path), "tables": user}
    result = harness.run_tap("tap-postgres", config)
    assert result.returncode == 2
    assert user in result.stderr


def test_a_secret_in_an_error_that_nobody_thought_of_is_masked(
    tmp_path: Path,
) -> None:
    program = tmp_path / "tap.py"
    program.write_text(
        "from daybook.csv.tap import TapCsv\n"
        "from daybook.singer import log, run\n"
        "class Broken(TapCsv):\n"
        "    def discover_streams(self):\n"
        f"        log.hide({SECRET!r})\n"
        f"        raise RuntimeError({SECRET!r})\n"
        "run.run(Broken)\n"
    )
    result = subprocess.run(
        [harness.BIN / "python", program, "--discover"],
        env=harness.environment({"LOGLEVEL": "DEBUG"}),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "RuntimeError: ***" in result.stderr
