"""What MySQL refuses, as errors that say what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pymysql

from daybook.errors import (
    BusyError,
    ConfigError,
    DaybookError,
    InputError,
    RefusedError,
    StorageError,
    UnreachableError,
)
from daybook.mysql.connection import said
from daybook.mysql.load.plan import VARIABLE
from daybook.relational.unseen import without_values

if TYPE_CHECKING:
    from daybook.relational.loads import Load

_AGAIN = "Nothing was changed. Run the same command again."
_MAX_CHARS = 400


@contextmanager
def translated(
    load: Load | None = None, *, what: str = "The load"
) -> Iterator[None]:
    """Turn the server's errors into ours, naming the load's table.

    Without a table they begin with `what`.

    Raises:
        DaybookError: What `pymysql.MySQLError` was raised inside.
    """
    try:
        yield
    except pymysql.MySQLError as error:
        about, text = what, _cut(said(error))
        if load:
            about, text = load.described, without_values(text, load.table)
        make = _RULES.get(_code(error), _other)
        raise make(about, text) from error


def _code(error: pymysql.MySQLError) -> int:
    first = error.args[0] if error.args else 0
    return first if isinstance(first, int) else 0


def _cut(text: str) -> str:
    """Return a server's message, which may quote a value, cut to size."""
    return text if len(text) <= _MAX_CHARS else text[: _MAX_CHARS - 3] + "..."


def _right(what: str, text: str) -> DaybookError:
    return UnreachableError(
        f"{what}: the user that {VARIABLE} names lacks a right: {text}. "
        "Nothing was changed.",
        "An administrator can give it: GRANT ALL ON `database`.* TO the "
        "user. (It needs SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, "
        "INDEX, REFERENCES, CREATE TEMPORARY TABLES.)",
    )


def _option(what: str, text: str) -> DaybookError:
    return ConfigError(
        f"{what}: an option of the server stands against it: {text}. "
        "No row was changed.",
        f"Let {VARIABLE} name a server that can be written to (a primary, no "
        "replica), or let an administrator change the option that is named.",
    )


def _no_files(what: str, text: str) -> DaybookError:
    return ConfigError(
        f"{what}: the server takes no files from its clients: {text}. "
        "Nothing was changed.",
        "An administrator can allow it: SET GLOBAL local_infile = ON (and "
        "`local_infile = ON` under [mysqld] in my.cnf).",
    )


def _definition(what: str, text: str) -> DaybookError:
    return RefusedError(
        f"{what}: MySQL cannot have such a table: {text}. No row was changed.",
        "Change what is named at the source, or leave the table out; a "
        "table of the same name that stands in the way can be renamed.",
    )


def _value(what: str, text: str) -> DaybookError:
    return InputError(
        f"{what}: {text}. Nothing was changed.",
        "Mend the rows at the source and extract the day again; or see what "
        "else stands in the table: constraints and triggers are not ours.",
    )


def _busy(what: str, text: str) -> DaybookError:
    return BusyError(
        f"{what}: somebody else was at work on the same tables: {text}.",
        _AGAIN,
    )


def _full(what: str, text: str) -> DaybookError:
    return StorageError(
        f"{what}: the server ran out of room: {text}. Nothing was changed.",
        "Make room on the server, then run the same command again.",
    )


def _engine(what: str, text: str) -> DaybookError:
    """Tell a full disk from whatever else an engine may have."""
    return (_full if "error 28" in text else _other)(what, text)


def _gone(what: str, text: str) -> DaybookError:
    return UnreachableError(
        f"{what}: the connection to the server broke: {text}.", _AGAIN
    )


def _other(what: str, text: str) -> DaybookError:
    return UnreachableError(f"{what}: MySQL refused: {text}.", _AGAIN)


_Rule = Callable[[str, str], DaybookError]
_RULES: Mapping[int, _Rule] = {
    **dict.fromkeys((1044, 1045, 1142, 1143, 1227, 1370), _right),
    **dict.fromkeys((1290, 1665, 1836), _option),
    **dict.fromkeys((1148, 2068, 3948, 4166), _no_files),
    **dict.fromkeys(
        (
            *(1005, 1059, 1060, 1061, 1070, 1071, 1072, 1074, 1075, 1101),
            *(1103, 1113, 1117, 1118, 1166, 1170, 1215, 1300, 1347, 1822),
            *(1031, 1273, 1286, 1824, 1832, 1833, 1834, 3161, 3750, 3780),
        ),
        _definition,
    ),
    **dict.fromkeys(
        (
            *(1022, 1048, 1062, 1216, 1217, 1264, 1265, 1292, 1364, 1366),
            *(1406, 1451, 1452, 1586, 1644, 3819, 4025),
        ),
        _value,
    ),
    **dict.fromkeys((1051, 1054, 1099, 1100, 1146, 1205, 1213), _busy),
    **dict.fromkeys((1317, 1412, 1969, 3024), _busy),
    **dict.fromkeys((1021, 1114, 1135, 3, 28), _full),
    1030: _engine,
    **dict.fromkeys((0, 1053, 1152, 1158, 1159, 1160, 1161, 1927), _gone),
    **dict.fromkeys((2003, 2006, 2013, 2014, 2055), _gone),
}
"""The server's and the driver's numbers of errors."""
