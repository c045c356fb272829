"""Requests to be forgotten: JSON lines with a customer's id, email or both."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from daybook.errors import InputError

_IDS = ("customer-id", "customer_id")
_OTHER_ID = "id"
"""Says who is meant where no field is called after the customer."""

_EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Request:
    """One person's request; `""` where it does not say.

    Attributes:
        subject: The person's id.
        email: The person's email address.
    """

    subject: str
    email: str

    @property
    def names_nobody(self) -> bool:
        """Whether neither is there."""
        return not self.subject and not self.email


def parse(where: str, lines: Iterable[str]) -> Iterator[Request]:
    """Yield the requests of a file or stream, blank lines left out.

    Raises:
        InputError: A line is no request; names the line, never its text.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _request(line)
            except (ValueError, RecursionError) as error:
                raise _malformed(where, number, error) from None


def _request(line: str) -> Request:
    """Return the request that a line is.

    Raises:
        ValueError: It is none.
        RecursionError: Neither, and it is deeply nested.
    """
    body = json.loads(line, object_pairs_hook=_object)
    if not isinstance(body, dict):
        raise _NoRequestError("it is no object")
    told = [body[name] for name in _IDS if name in body]
    ids = [one for one in told or [body.get(_OTHER_ID)] if one is not None]
    email = body.get(_EMAIL)
    if any(type(one) not in {str, int} for one in ids):
        raise _NoRequestError("its id is neither a text nor a whole number")
    if not isinstance(email, str | None):
        raise _NoRequestError("its email address is no text")
    named = {text for one in ids if (text := str(one).strip())}
    if len(named) > 1:
        raise _NoRequestError("it has two ids")
    return Request("".join(named), (email or "").strip())


class _NoRequestError(ValueError):
    """A line is JSON, but no request; says why."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object, if no field of it stands there twice."""
    body = dict(pairs)
    if len(body) < len(pairs):
        raise _NoRequestError("a field stands in it twice")
    return body


def _malformed(where: str, number: int, error: Exception) -> InputError:
    own = isinstance(error, _NoRequestError)
    why = str(error) if own else "it is no JSON"
    return InputError(
        f"{where}, line {number}: this is no request: {why}. Nobody was "
        "erased.",
        'A request is a line of JSON: {"customer-id": "00042", "email": '
        '"somebody@example.com"}, one of the two is enough.',
    )
