"""The session of a load, its lock and its transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daybook.errors import BusyError
from daybook.mysql.connection import connect, is_mariadb
from daybook.mysql.load import local_file
from daybook.mysql.load.plan import PLUGIN, VARIABLE
from daybook.mysql.sql import literal
from daybook.singer.log import logger

if TYPE_CHECKING:
    from pathlib import Path

    from daybook.mysql.connection import Session as Connection

Row = tuple[Any, ...]

_SETTINGS = (
    # Rows of a day come in any order; `orphans` checks them in the end.
    "SET SESSION foreign_key_checks = 0",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
)
_ABOUT = "SELECT DATABASE(), @@lower_case_table_names, @@local_infile"
_WAIT_SECONDS = 10
_HOLDER = (
    "SELECT concat('connection ', id, ', user ', user, ', for ', time, ' s') "
    "FROM information_schema.processlist WHERE id = IS_USED_LOCK({})"
)


@dataclass(frozen=True, slots=True)
class Session:
    """A session with the target.

    Attributes:
        connection: The driver's connection; autocommit is on.
        database: The database's name.
        mariadb: Whether the server is MariaDB.
        ignores_case: Whether names of tables that differ in case are one.
        takes_files: Whether LOAD DATA LOCAL is allowed.
    """

    connection: Connection
    database: str
    mariadb: bool
    ignores_case: bool
    takes_files: bool

    @property
    def collation(self) -> str:
        """The collation to which every character counts, and each blank."""
        return "utf8mb4_nopad_bin" if self.mariadb else "utf8mb4_0900_bin"

    def speller(self, names: Iterable[str]) -> Callable[[str], str]:
        """Return what spells a table's name as in `names`.

        A server that takes no notice of case has it in lower case.
        """
        if not self.ignores_case:
            return str
        known = {name.lower(): name for name in names}
        return lambda name: known.get(name.lower(), name)

    def execute(self, statement: str) -> int:
        """Execute a statement; return the number of rows it affected.

        Raises:
            pymysql.MySQLError: The server refused or is gone.
        """
        with self.connection.cursor() as cursor:
            return int(cursor.execute(statement))

    def send_file(self, statement: str, path: Path) -> int:
        """Execute a LOAD DATA LOCAL of `path`; return the rows affected.

        Raises:
            pymysql.MySQLError: The server refused or is gone.
        """
        return local_file.load(self.connection, statement, path)

    def rows(self, query: str) -> list[Row]:
        """Return the rows of a query, all of them."""
        with self.connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def value(self, query: str) -> Any:
        """Return the one value of the one row of a query, else None."""
        found = self.rows(query)
        return found[0][0] if found else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is done inside, or nothing."""
        self.connection.begin()
        try:
            yield
        except BaseException:
            self._roll_back()
            raise
        self.connection.commit()

    def _roll_back(self) -> None:
        """Roll back; a server that is gone has done so itself."""
        if self.connection.open:
            self.connection.rollback()


@contextmanager
def connected(url: str, *, plugin: str = PLUGIN) -> Iterator[Session]:
    """Give a session with the target; `plugin` is named in messages.

    Raises:
        ConfigError: `url` is no URL, or the server is too old.
        UnreachableError: The server refuses or is not there.
    """
    connection = connect(
        url, variable=VARIABLE, plugin=plugin, local_infile=True
    )
    with connection, connection.cursor() as cursor:
        for setting in _SETTINGS:
            cursor.execute(setting)
        cursor.execute(_ABOUT)
        found: Sequence[Any] = cursor.fetchone() or ("", 0, 0)
        yield Session(
            connection,
            str(found[0]),
            is_mariadb(connection),
            bool(int(found[1])),
            bool(int(found[2])),
        )


@contextmanager
def opened(url: str) -> Iterator[Session]:
    """Give a session that no other load of this database has beside it.

    Raises:
        BusyError: The server does not give the lock.
        ConfigError: `url` is no URL, or the server is too old.
        UnreachableError: The server refuses or is not there.
    """
    with connected(url) as session:
        if not session.takes_files:
            logger.info(
                "The server takes no files from its clients (local_infile is "
                "OFF); rows go to it by INSERT, which is slower."
            )
        take_lock(session)
        yield session


def take_lock(session: Session) -> None:
    """Wait for other loads into this database to end, and keep them out.

    Raises:
        BusyError: The server does not give the lock.
    """
    digest = hashlib.sha256(session.database.encode()).hexdigest()
    name = literal(f"daybook.load.{digest[:32]}")
    given = session.value(f"SELECT GET_LOCK({name}, 0)")
    if given == 0:
        holder = session.value(_HOLDER.format(name))
        logger.info(
            "Waiting for another load into the database %s (%s) ...",
            session.database,
            holder or "not seen",
        )
    while given == 0:
        given = session.value(f"SELECT GET_LOCK({name}, {_WAIT_SECONDS})")
    if given != 1:
        raise BusyError(
            f"The server did not give the lock on the database "
            f"{session.database}.",
            "Nothing was changed. Run the same command again.",
        )
