"""Connection URLs: what is wrong with one, and what of it is secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from daybook.errors import ConfigError
from daybook.singer import log

if TYPE_CHECKING:
    from collections.abc import Mapping

_USER_INFO = re.compile(r"[\w+.-]+://(?P<user>[^:]*):(?P<rest>.*)@", re.DOTALL)
_PORTS = re.compile(r"[0-9]*(,[0-9]*)*")
_HOW = (
    "postgresql://user:secret@host:5432/db (write special characters in "
    "names and passwords percent-encoded: `@` as %40, `/` as %2F, `:` as "
    "%3A, `$` as %24, `%` as %25)."
)


def check_url(url: str, variable: str) -> None:
    """Check a connection URL's form; keep its secrets out of the logs.

    libpq takes what follows an `@`, `:` or `/` in a name or password for
    the host or port, and says it aloud.

    Raises:
        ConfigError: It is no connection URL, or one that means something
            else than it looks like. No part of it is in the message.
    """
    raw = _USER_INFO.match(url)
    if raw:
        _hide(raw["rest"], raw["user"])
    parts = _parts(url)
    _hide(parts.get("password", ""), parts.get("user", ""))
    if not parts or _is_misread(url, parts.get("port", "")):
        raise ConfigError(
            f"{variable} is not a PostgreSQL connection URL.",
            f"For example: {variable}={_HOW}",
        )


def _parts(url: str) -> Mapping[str, str]:
    """Return what libpq reads in `url`; nothing if it is none."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        found = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return {}
    return {name: str(value) for name, value in found.items()}


def _is_misread(url: str, port: str) -> bool:
    """Whether a piece of a name or password is taken for something else."""
    place = url.partition("://")[2].partition("?")[0]
    credentials = place.rpartition("@")[0]
    return (
        "@" in credentials or "/" in credentials or not _PORTS.fullmatch(port)
    )


def _hide(secret: str, user: str) -> None:
    """Mask a secret, unless it only repeats the user's name.

    That would mask every `postgres` there is, in commands too.
    """
    if secret != user:
        log.hide(secret)
