"""The key of all pseudonyms: DAYBOOK_ERASURE_KEY."""

from __future__ import annotations

import os
from collections.abc import Mapping

from daybook.erasure.pseudonyms import Pseudonyms
from daybook.errors import ConfigError

VARIABLE = "DAYBOOK_ERASURE_KEY"
_SHORTEST = 32


def pseudonyms(environment: Mapping[str, str] | None = None) -> Pseudonyms:
    """Return the pseudonyms that the environment's key gives.

    By default it is the process's own.

    Raises:
        ConfigError: There is no key, or a short one.
    """
    key = (os.environ if environment is None else environment).get(
        VARIABLE, ""
    )
    if len(key) >= _SHORTEST:
        return Pseudonyms(key.encode(errors="surrogateescape"))
    what = f"has {len(key)} characters" if key else "is not set"
    raise ConfigError(
        f"{VARIABLE} {what}; people are erased by a secret key of at least "
        f"{_SHORTEST} characters. Nothing was changed.",
        "Make one once, keep it as long as the lake, and apart from it: "
        f'echo "{VARIABLE}=$(openssl rand -hex 32)" >> .env',
    )


def known_dates() -> tuple[str, ...]:
    """Return all pseudonyms of dates; without a key there are none.

    Raises:
        ConfigError: The key is a short one.
    """
    return pseudonyms().dates if os.environ.get(VARIABLE) else ()
