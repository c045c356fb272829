"""Requests to be forgotten: JSON lines with a customer's id, email or both."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from daybook.errors import InputError

_IDS = ("customer-id", "customer_id", "id")
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
        if not line.strip():
            continue
        try:
            body = json.loads(line)
            subject = next((body[n] for n in _IDS if body.get(n)), None)
            email = body.get(_EMAIL)
        except (ValueError, AttributeError, TypeError) as error:
            raise _malformed(where, number) from error
        if not isinstance(subject, str | int | None) or not isinstance(
            email, str | None
        ):
            raise _malformed(where, number)
        yield Request(str(subject or "").strip(), (email or "").strip())


def _malformed(where: str, number: int) -> InputError:
    return InputError(
        f"{where}, line {number}: this is no request. Nobody was erased.",
        'A request is a line of JSON: {"customer-id": "00042", "email": '
        '"somebody@example.com"}, one of the two is enough.',
    )
