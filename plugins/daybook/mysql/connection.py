"""How a session with MySQL or MariaDB is opened, at both ends alike."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING, Any, TypeAlias

from daybook.errors import ConfigError, UnreachableError, cut
from daybook.mysql.url import Address, parse_url

if TYPE_CHECKING:
    from pymysql.connections import Connection

    Session: TypeAlias = Connection

OLDEST_MYSQL = (8, 0, 17)
OLDEST_MARIADB = (10, 5, 0)

ACCESS_DENIED = 1045
"""What the server says to a wrong name or password."""

_DATABASE_DENIED = 1044
_ABOUT_TLS = re.compile("SSL|insecure transport")
_CONNECT_SECONDS = 10
_VERSION = re.compile(r"(?:5\.5\.5-)?(\d+)\.(\d+)\.(\d+)")
_LONG = 31_536_000
_MODE_OF_READERS = (
    # ANSI_QUOTES, EMPTY_STRING_IS_NULL, PAD_CHAR_TO_FULL_LENGTH and others
    # would change what our own SQL means.
    "IF(FIND_IN_SET('ONLY_FULL_GROUP_BY', @@sql_mode), "
    "'ONLY_FULL_GROUP_BY', '')"
)
_MODE_OF_WRITERS = (
    "'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_VALUE_ON_ZERO,"
    "NO_ENGINE_SUBSTITUTION'"
)
_SETTINGS = (
    "time_zone = '+00:00'",
    # The driver believes a greeting that does not know what is set.
    "autocommit = 1",
    "completion_type = 'NO_CHAIN'",
    "lock_wait_timeout = 60",
    # What an administrator limits (DEFAULT) is not to cut a table short.
    "sql_select_limit = 18446744073709551615",
    "sql_big_selects = 1",
    "sql_safe_updates = 0",
    # A slow disk or target at our end is no reason to hang up.
    f"net_write_timeout = {_LONG}",
    f"net_read_timeout = {_LONG}",
    f"wait_timeout = {_LONG}",
)
_OF_MARIADB = (
    "max_statement_time = 0",
    "idle_transaction_timeout = 0",
    "idle_readonly_transaction_timeout = 0",
    "idle_write_transaction_timeout = 0",
)
_OF_MYSQL = ("max_execution_time = 0",)


def connect(
    url: str,
    *,
    variable: str,
    plugin: str,
    reader: bool = False,
    local_infile: bool = False,
) -> Session:
    """Open a session with all settings that values depend on.

    Autocommit is on: callers write START TRANSACTION where they mean it.
    `variable` is where the user set `url`, for messages; `reader` says
    that nothing will be written; `local_infile` lets the server ask for
    files (LOAD DATA LOCAL). The URL's password is masked in all logs.

    Raises:
        ConfigError: `url` is no connection URL, a file that it names is
            no certificate, or the server is too old.
        UnreachableError: The server refuses or is not there.
    """
    import pymysql

    address = parse_url(url, variable)
    tls = _context(address, variable)
    try:
        session = _open(address, plugin, tls, local_infile=local_infile)
        _set_up(session, reader=reader)
    # RuntimeError: it wants a way to log in that needs another package.
    except (pymysql.MySQLError, RuntimeError, OSError, UnicodeError) as error:
        raise UnreachableError(
            f"{plugin} cannot use the server that {variable} names: "
            f"{said(error)}",
            _instruction(error, variable, address),
        ) from error
    _check_version(session, variable, plugin)
    return session


def is_mariadb(session: Session) -> bool:
    """Return whether the server is MariaDB rather than MySQL."""
    return "mariadb" in str(session.server_version).lower()


def version(session: Session) -> tuple[int, int, int]:
    """Return the server's version, for example `(8, 0, 36)`."""
    found = _VERSION.match(str(session.server_version))
    if found is None:
        return (0, 0, 0)
    return (int(found[1]), int(found[2]), int(found[3]))


def rows(session: Session, statement: str) -> list[tuple[Any, ...]]:
    """Return the rows of a statement, all of them.

    Raises:
        pymysql.MySQLError: The server refused or is gone.
    """
    with session.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def said(error: BaseException) -> str:
    """Return a server's or driver's words, on one line, with the number."""
    match error.args:
        case (int(number), str(text), *_):
            words = f"{text.rstrip('.')} ({number})"
        case _:
            words = str(error)
    return " ".join(words.split())


def _open(
    address: Address,
    plugin: str,
    tls: ssl.SSLContext | None,
    *,
    local_infile: bool,
) -> Session:
    import pymysql

    return pymysql.connect(
        host=address.host,
        port=address.port,
        unix_socket=address.socket or None,
        user=address.user,
        # As text it would have to be Latin-1.
        password=address.password.encode(),
        database=address.database,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=_CONNECT_SECONDS,
        program_name=f"daybook {plugin}",
        local_infile=local_infile,
        ssl=tls,
        ssl_disabled=address.ssl_mode == "DISABLED",
    )


def _context(address: Address, variable: str) -> ssl.SSLContext | None:
    """Return how TLS is to be used; None: if the server has it."""
    if address.ssl_mode in {"DISABLED", "PREFERRED"}:
        return None
    named = address.ssl_ca
    try:
        context = ssl.create_default_context(cafile=named or None)
        if address.ssl_cert:
            key = address.ssl_key or None
            named = ", ".join(filter(None, (address.ssl_cert, key)))
            context.load_cert_chain(address.ssl_cert, key)
    except OSError as error:
        raise ConfigError(
            f"{variable} names a file that cannot be used for TLS "
            f"({cut(named)}): {error}.",
            "Check the options ssl-ca, ssl-cert and ssl-key.",
        ) from error
    context.check_hostname = address.ssl_mode == "VERIFY_IDENTITY"
    if address.ssl_mode == "REQUIRED":
        context.verify_mode = ssl.CERT_NONE
    # The certificates that MySQL makes for itself do not pass it.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _set_up(session: Session, *, reader: bool) -> None:
    settings = [
        f"sql_mode = {_MODE_OF_READERS if reader else _MODE_OF_WRITERS}",
        *_SETTINGS,
        *(_OF_MARIADB if is_mariadb(session) else _OF_MYSQL),
    ]
    with session.cursor() as cursor:
        cursor.execute(f"SET SESSION {', SESSION '.join(settings)}")


def _check_version(session: Session, variable: str, plugin: str) -> None:
    mariadb = is_mariadb(session)
    name = "MariaDB" if mariadb else "MySQL"
    oldest = OLDEST_MARIADB if mariadb else OLDEST_MYSQL
    if version(session) < oldest:
        session.close()
        least = ".".join(map(str, oldest))
        raise ConfigError(
            f"{variable} names {name} {session.server_version}; {plugin} "
            f"works with {name} {least} and newer.",
            "Use a newer server.",
        )


def _instruction(error: BaseException, variable: str, address: Address) -> str:
    remedy = _remedy(error, variable, address)
    return f"{remedy}, then run the same command again."


def _remedy(error: BaseException, variable: str, address: Address) -> str:
    if isinstance(error, RuntimeError):
        return (
            "The server wants the password in a way that needs TLS: take "
            f"`ssl-mode=DISABLED` out of {variable}, or let the server have "
            "a certificate"
        )
    if _ABOUT_TLS.search(str(error)):
        return (
            "Check the options ssl-mode, ssl-ca, ssl-cert and ssl-key in "
            f"{variable}, and the server's certificate"
        )
    code = error.args[0] if error.args else 0
    if code == _DATABASE_DENIED:
        return (
            "Let an administrator GRANT the user rights on the database "
            f"{address.database!r}, or mend its name in {variable}"
        )
    if code == ACCESS_DENIED:
        return (
            f"Check the user's name and password in {variable} (special "
            "characters percent-encoded: `@` as %40, `$` as %24)"
        )
    return (
        f"Check {variable} and that the server runs and has the database "
        f"{address.database!r} (the embedded one: `daybook services up "
        "mariadb`)"
    )
