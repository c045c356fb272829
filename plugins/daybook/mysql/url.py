"""Connection URLs of MySQL: what they say, and what of it is secret. Pure.

`mysql://user:secret@host:3306/database?ssl-mode=VERIFY_IDENTITY`; the
options are called as in MySQL's own programs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from daybook.errors import ConfigError
from daybook.singer import log

EXAMPLE = "mysql://user:secret@host:3306/database"
PORT = 3306

_SCHEMES = frozenset({"mysql", "mariadb"})
_MODES = ("DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
_OPTIONS = frozenset({"ssl-mode", "ssl-ca", "ssl-cert", "ssl-key", "socket"})
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ENCODE = (
    "Write special characters in names and passwords percent-encoded: `@` "
    "as %40, `/` as %2F, `:` as %3A, `#` as %23, `?` as %3F, `$` as %24, `%` "
    "as %25."
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is and how to get in.

    Attributes:
        host: A name or an address.
        port: TCP port.
        user: The user's name.
        password: In clear, `""` for none.
        database: The database's name.
        ssl_mode: How much of TLS is asked for, one of MySQL's own words.
        ssl_ca: File of the certificates to trust, `""`: the system's.
        ssl_cert: File of the client's certificate, or `""`.
        ssl_key: File of its key, or `""`.
        socket: Path of a Unix socket to use instead of TCP, or `""`.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    ssl_mode: str = "PREFERRED"
    ssl_ca: str = ""
    ssl_cert: str = ""
    ssl_key: str = ""
    socket: str = ""


def parse_url(url: str, variable: str) -> Address:
    """Return what `url` says; keep its secrets out of the logs.

    `variable` is where the user set it, for messages.

    Raises:
        ConfigError: It is no connection URL, or one that means something
            else than it looks like. No part of it that may be secret is
            in the message.
    """
    parts = _split(url)
    if parts is None:
        raise ConfigError(
            f"{variable} is not a MySQL connection URL such as {EXAMPLE}.",
            _ENCODE,
        )
    password = unquote(parts.password or "")
    for secret in (parts.password, password):
        # A password that is the user's name would mask all of those.
        if secret != parts.username:
            log.hide(secret)
    return Address(
        host=parts.hostname or "",
        port=parts.port or PORT,
        user=unquote(parts.username or ""),
        password=password,
        database=unquote(parts.path.removeprefix("/")),
        **_options(parts.query, variable),
    )


def check_url(url: str, variable: str) -> None:
    """Check a URL's form, as `parse_url` does."""
    parse_url(url, variable)


def _split(url: str) -> SplitResult | None:
    """Return the URL's parts, None if it is none of ours."""
    try:
        parts = urlsplit(url)
        has_port = parts.port != 0
    except ValueError:
        return None
    # A `/`, `?`, `#` or `@` of a password ends up in some other part.
    login = parts.netloc.rpartition("@")[0]
    rest = f"{login}{parts.path}{parts.query}{parts.fragment}"
    database = parts.path.removeprefix("/")
    fine = (
        has_port
        and parts.scheme in _SCHEMES
        and bool(parts.hostname and parts.username and database)
        and not parts.fragment
        and "@" not in rest
        and "/" not in database
        and not _BAD_ESCAPE.search(parts.netloc + parts.path)
    )
    return parts if fine else None


def _options(query: str, variable: str) -> Mapping[str, str]:
    found = parse_qsl(query, keep_blank_values=True)
    unknown = [name for name, _ in found if name not in _OPTIONS]
    if unknown:
        raise ConfigError(
            f"{variable} has an option {unknown[0]!r}, which is none.",
            f"Options are {', '.join(sorted(_OPTIONS))}. {_ENCODE}",
        )
    options = {name.replace("-", "_"): value for name, value in found}
    # As in MySQL's programs: who names an authority wants it asked.
    default = "VERIFY_CA" if options.get("ssl_ca") else "PREFERRED"
    mode = options.get("ssl_mode", default).upper()
    if mode not in _MODES:
        raise ConfigError(
            f"{variable} has ssl-mode={mode}, which is none.",
            f"Modes are {', '.join(_MODES)}.",
        )
    return options | {"ssl_mode": mode}
