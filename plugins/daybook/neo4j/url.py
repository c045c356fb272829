"""Connection URLs of Neo4j: what they say, and what of it is secret. Pure.

`bolt://user:secret@host:7687/database`; the driver itself takes neither
the credentials nor the database in its URI.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from daybook.errors import ConfigError
from daybook.singer import log

_SCHEMES = frozenset(
    {"bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc"}
)
_DATABASE = "neo4j"
_EXAMPLE = "bolt://neo4j:secret@host:7687/neo4j"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is and how to get in.

    Attributes:
        uri: Scheme, host and port, as the driver takes them.
        user: The user's name, `""` for a server without authentication.
        password: In clear.
        database: The database's name.
    """

    uri: str
    user: str
    password: str = field(repr=False)
    database: str = _DATABASE


def parse_url(url: str, variable: str) -> Address:
    """Return what `url` says; keep its secrets out of the logs.

    `variable` is where the user set it, for messages.

    Raises:
        ConfigError: It is no connection URL. No part of it is in the
            message.
    """
    parts = _split(url)
    if parts is None:
        raise ConfigError(
            f"{variable} is not a Neo4j connection URL such as {_EXAMPLE}.",
            "Write special characters in names and passwords "
            "percent-encoded: `@` as %40, `/` as %2F, `:` as %3A, `$` as "
            "%24, `%` as %25.",
        )
    password = unquote(parts.password or "")
    for secret in (parts.password, password):
        if secret != parts.username:
            log.hide(secret)
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name
    port = f":{parts.port}" if parts.port else ""
    return Address(
        uri=f"{parts.scheme}://{host}{port}",
        user=unquote(parts.username or ""),
        password=password,
        database=unquote(parts.path.strip("/")) or _DATABASE,
    )


def check_url(url: str) -> None:
    """Check a URL's form, as `parse_url` does."""
    parse_url(url, "NEO4J_URL")


def _split(url: str) -> SplitResult | None:
    """Return the URL's parts, None if it is none of ours."""
    try:
        parts = urlsplit(url)
        has_port = parts.port != 0
    except ValueError:
        return None
    fine = (
        has_port
        and parts.scheme in _SCHEMES
        and bool(parts.hostname)
        and not parts.query
        and not parts.fragment
        and "/" not in parts.path.strip("/")
    )
    return parts if fine else None
