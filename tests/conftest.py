"""What the tests run against: a real server, fresh databases, a lake."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import harness
from daybook.errors import ConfigError, UnreachableError
from daybook.services import (
    artifacts,
    java,
    mariadb,
    mariadb_server,
    neo4j,
    postgres,
)

NewDatabase = Callable[[str], str]


@contextmanager
def server_root() -> Iterator[Path]:
    """Give a folder for a server, which is stopped in the end."""
    root = Path(tempfile.mkdtemp(prefix="daybook-tests-"))
    root.chmod(0o755)  # the account that runs the server must get in
    try:
        yield root
    finally:
        postgres.delete(root)
        shutil.rmtree(root)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The superuser's URL of an empty server, one per test process."""
    with server_root() as root:
        postgres.up(root, databases={}, durable=False)
        yield postgres.superuser_url(root)


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A project's folder, empty, for an embedded server of its own.

    One for all tests of a module: making a data folder takes its time.
    """
    with server_root() as folder:
        yield folder


@pytest.fixture
def new_database(server_url: str) -> Iterator[NewDatabase]:
    """Makes an empty database and its owner, who is no superuser."""
    made: list[str] = []

    def make(name: str) -> str:
        url = harness.create_database(server_url, name)
        made.append(url)
        return url

    yield make
    for url in made:
        harness.drop_database(server_url, url)


@pytest.fixture
def source_url(new_database: NewDatabase) -> str:
    """An empty database to extract from."""
    return new_database("source")


@pytest.fixture
def warehouse_url(new_database: NewDatabase) -> str:
    """An empty database to load into."""
    return new_database("warehouse")


@pytest.fixture(scope="session")
def neo4j_programs() -> None:
    """What Neo4j needs; skips where neither network nor cache has it."""
    try:
        java.find()
        artifacts.install(artifacts.read_lock(neo4j.NAME))
    except (ConfigError, UnreachableError) as error:
        pytest.skip(f"no Neo4j here: {error.reason}")


@pytest.fixture(scope="session")
def neo4j_url(neo4j_programs: None) -> Iterator[str]:
    """The URL of a Neo4j server, one per test process."""
    root = Path(tempfile.mkdtemp(prefix="daybook-tests-"))
    try:
        yield neo4j.up(root).urls[neo4j.VARIABLE]
    finally:
        neo4j.delete(root)
        shutil.rmtree(root)


@pytest.fixture
def graph_url(neo4j_url: str) -> str:
    """The URL of an empty graph to load into."""
    harness.empty_graph(neo4j_url)
    return neo4j_url


@pytest.fixture(scope="session")
def mariadb_programs() -> None:
    """What MariaDB needs; skips where it cannot be had."""
    try:
        mariadb_server.programs()
    except (ConfigError, UnreachableError) as error:
        pytest.skip(f"no MariaDB here: {error.reason}")


@pytest.fixture(scope="session")
def mariadb_server_url(mariadb_programs: None) -> Iterator[str]:
    """The superuser's URL of a MariaDB, one per test process.

    With TEST_MYSQL_URL the tests run on that server instead.
    """
    if "TEST_MYSQL_URL" in os.environ:
        yield os.environ["TEST_MYSQL_URL"]
        return
    root = Path(tempfile.mkdtemp(prefix="daybook-tests-"))
    try:
        mariadb.up(root, durable=False)
        yield mariadb.superuser_url(root)
    finally:
        mariadb.delete(root)
        shutil.rmtree(root)


@pytest.fixture
def new_mariadb(mariadb_server_url: str) -> Iterator[NewDatabase]:
    """Makes an empty MariaDB database and a user with rights on it."""
    made: list[str] = []

    def make(name: str) -> str:
        url = harness.create_mysql_database(mariadb_server_url, name)
        made.append(url)
        return url

    yield make
    for url in made:
        harness.drop_mysql_database(mariadb_server_url, url)


@pytest.fixture
def mariadb_url(new_mariadb: NewDatabase) -> str:
    """The URL of an empty MariaDB database."""
    return new_mariadb("shop")


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """The root of an empty lake."""
    root = tmp_path / "lake"
    root.mkdir()
    return root
