"""Which ids and email addresses are one person's. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from daybook.erasure.pseudonyms import Pseudonyms
from daybook.erasure.requests import Request
from daybook.erasure.rows import Value
from daybook.personal import ASKED, EMAIL, SUBJECT


@dataclass(frozen=True, slots=True)
class Resolved:
    """Who the requests are about.

    Attributes:
        digests: Of all their ids and addresses.
        people: How many ids were found for the requests.
        unknown: Requests that nobody was found for; they are remembered.
        again: Requests that were erased themselves, so that they name
            nobody any more; who they were about is on the list.
        empty: Requests that name nobody.
        disagreeing: Requests whose id and address are two people's.
        shared: Addresses of theirs that are others' too, and so are not
            remembered.
    """

    digests: frozenset[str]
    people: int = 0
    unknown: int = 0
    again: int = 0
    empty: int = 0
    disagreeing: int = 0
    shared: int = 0


class Links:
    """The pairs of an id and an address that stand in one record."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        """Start without any."""
        self._of = pseudonyms
        self._pairs: set[tuple[bytes, bytes]] = set()
        self._ids: set[bytes] = set()

    def add(self, record: Sequence[Value]) -> None:
        """Take a record. One that names several people links nobody.

        Neither does a request: it may be wrong about who has an address.
        """
        if any(one.kind == ASKED for one in record):
            return
        ids = self._digests(record, SUBJECT)
        emails = self._digests(record, EMAIL)
        self._ids |= ids
        if len(ids) == len(emails) == 1:
            (one,), (email,) = ids, emails
            self._pairs.add((one, email))

    def resolve(self, requests: Iterable[Request]) -> Resolved:
        """Return whom the requests are about.

        A request by address is about all ids that ever had it; all other
        addresses of these ids are theirs too, but not those that somebody
        has who is not meant.
        """
        asked = list(requests)
        wanted = [self._one(request) for request in asked]
        asked_emails = {email for _, email in wanted if email}
        by_email = self._with(asked_emails)
        ids = {one for one, _ in wanted if one} | by_email
        theirs = {email for one, email in self._pairs if one in ids}
        others = {email for one, email in self._pairs if one not in ids}
        shared = (theirs & others) - asked_emails
        digests = ids | asked_emails | (theirs - shared)
        there = [pair for pair in wanted if any(pair)]
        empty = sum(request.names_nobody for request in asked)
        return Resolved(
            digests=frozenset(one.hex() for one in digests),
            people=len(ids & self._ids),
            unknown=sum(not self._is_known(*pair) for pair in there),
            again=len(wanted) - len(there) - empty,
            empty=empty,
            disagreeing=sum(self._disagrees(*pair) for pair in there),
            shared=len(shared),
        )

    def _one(self, request: Request) -> tuple[bytes, bytes]:
        return (
            self._digest(SUBJECT, request.subject),
            self._digest(EMAIL, request.email),
        )

    def _is_known(self, one: bytes, email: bytes) -> bool:
        return one in self._ids or bool(self._with({email}))

    def _disagrees(self, one: bytes, email: bytes) -> bool:
        had = self._with({email})
        return bool(one and had) and one not in had

    def _with(self, emails: set[bytes]) -> set[bytes]:
        return {one for one, email in self._pairs if email in emails}

    def _digests(self, record: Sequence[Value], kind: str) -> set[bytes]:
        return {
            self._digest(kind, one.value)
            for one in record
            if one.kind == kind and one.value.strip()
        } - {b""}

    def _digest(self, kind: str, value: str) -> bytes:
        if not value or self._of.is_one(kind, value):
            return b""
        return bytes.fromhex(self._of.digest(kind, value))
