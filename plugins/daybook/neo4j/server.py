"""A database of a Neo4j server, and sessions with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from daybook.neo4j.url import parse_url

if TYPE_CHECKING:
    import neo4j

_CONNECT_SECONDS = 20.0
_RECORDS_AHEAD = 2
"""A record may be a list of thousands of rows: few are fetched at once."""


@contextmanager
def connect(url: str, *, variable: str, plugin: str) -> Iterator[Server]:
    """Open a database; what goes wrong inside is said in our words.

    Raises:
        ConfigError: `url` is no connection URL.
        DaybookError: The server refuses, is not there or goes away.
    """
    import neo4j

    from daybook.neo4j.failures import translated

    address = parse_url(url, variable)
    auth = (address.user, address.password) if address.user else None
    with translated(plugin, variable):
        driver = neo4j.GraphDatabase.driver(
            address.uri,
            auth=auth,
            user_agent=f"daybook {plugin}",
            connection_timeout=_CONNECT_SECONDS,
            notifications_min_severity="OFF",
            telemetry_disabled=True,
        )
        with driver:
            driver.verify_connectivity()
            with driver.session(
                database=address.database, fetch_size=_RECORDS_AHEAD
            ) as session:
                yield Server(driver, session, address.database)


class Server:
    """One database, with a session that everything goes through."""

    def __init__(
        self, driver: neo4j.Driver, session: neo4j.Session, database: str
    ) -> None:
        """Take an open driver and session; `connect` makes both."""
        self._driver = driver
        self._session = session
        self._database = database

    def rows(self, query: str, **parameters: Any) -> Iterator[list[Any]]:
        """Run a query by itself and yield its rows as lists."""
        result = self._session.run(query, parameters)
        for record in result:
            yield list(record)

    def value(self, query: str, **parameters: Any) -> Any:
        """Return the first row's first value, None without rows."""
        return next((row[0] for row in self.rows(query, **parameters)), None)

    def execute(self, query: str, **parameters: Any) -> None:
        """Run a statement in a transaction of its own."""
        self._session.run(query, parameters).consume()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Give a transaction; it commits at the end, unless that fails."""
        with self._session.begin_transaction() as transaction:
            yield Transaction(transaction)
            transaction.commit()

    @contextmanager
    def scratch(self) -> Iterator[Transaction]:
        """Give a transaction that is rolled back in the end."""
        with self._session.begin_transaction() as transaction:
            yield Transaction(transaction)
            transaction.rollback()

    @contextmanager
    def other_session(self) -> Iterator[Server]:
        """Give the same database in a second session."""
        with self._driver.session(database=self._database) as session:
            yield Server(self._driver, session, self._database)


class Transaction:
    """A transaction that is open."""

    def __init__(self, transaction: neo4j.Transaction) -> None:
        """Take one that has begun."""
        self._transaction = transaction

    def run(self, query: str, **parameters: Any) -> list[list[Any]]:
        """Run a statement and return its rows."""
        result = self._transaction.run(query, parameters)
        return [list(record) for record in result]
