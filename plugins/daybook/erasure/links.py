"""Which ids and email addresses are one person's. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from daybook.erasure.pseudonyms import Pseudonyms
from daybook.erasure.requests import Request
from daybook.erasure.rows import Value
from daybook.personal import ASKED, EMAIL, SUBJECT

_SHORT = 8


@dataclass(frozen=True, slots=True)
class Resolved:
    """Who the requests are about.

    Attributes:
        digests: Of all their ids and addresses.
        people: How many ids were found for the requests.
        unknown: Requests that nobody was found for; they are remembered.
        again: Requests about whom the list already has, and of whom
            nothing was found; also such as were erased themselves, so
            that they name nobody any more.
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
    """The pairs of an id and an address that stand in one record.

    There may be millions: of an id 8 bytes are kept.
    """

    def __init__(
        self,
        pseudonyms: Pseudonyms,
        requests: Iterable[Request] = (),
        known: Iterable[str] = (),
    ) -> None:
        """Start without any pair; `known` are digests that a list holds."""
        self._of = pseudonyms
        self._known = {bytes.fromhex(one) for one in known}
        self._linked: set[bytes] = set()
        self._requests = list(requests)
        self._asked = [self._one(request) for request in self._requests]
        self._ids = {one for one, _ in self._asked if one}
        self._had: dict[bytes, set[bytes]] = {
            email: set() for _, email in self._asked if email
        }
        self._pairs: set[bytes] = set()
        self._there: set[bytes] = set()

    def add(self, record: Sequence[Value]) -> None:
        """Take a record. One that names several people links nobody.

        Neither does a request: it may be wrong about who has an address.
        """
        if any(one.kind == ASKED for one in record):
            return
        ids = self._digests(record, SUBJECT)
        emails = self._digests(record, EMAIL)
        self._there |= ids & self._ids
        if len(ids) == 1 and (emails & self._known or self._is_erased(record)):
            self._linked |= ids
        if len(ids) == len(emails) == 1:
            (one,), (email,) = ids, emails
            self._pairs.add(one[:_SHORT] + email)
            if email in self._had:
                self._had[email].add(one)

    @property
    def asked(self) -> frozenset[str]:
        """The digests that the requests themselves name."""
        return frozenset(one.hex() for one in (*self._ids, *self._had))

    def resolve(self) -> Resolved:
        """Return whom the requests are about.

        A request by address is about all ids that ever had it; all other
        addresses of these ids are theirs too, but not those that somebody
        has who is not meant.
        """
        by_email = self._by_email()
        ids = self._ids | by_email
        theirs, shared = self._emails(ids)
        shared -= self._had.keys()
        digests = ids | self._had.keys() | (theirs - shared)
        there = [pair for pair in self._asked if any(pair)]
        absent = [pair for pair in there if not self._is_known(*pair)]
        listed = sum(not self._known.isdisjoint(pair) for pair in absent)
        empty = sum(request.names_nobody for request in self._requests)
        return Resolved(
            digests=frozenset(one.hex() for one in digests),
            people=len(self._there | by_email),
            unknown=len(absent) - listed,
            again=len(self._asked) - len(there) - empty + listed,
            empty=empty,
            disagreeing=sum(self._disagrees(*pair) for pair in there),
            shared=len(shared),
        )

    def of_known(self) -> frozenset[str]:
        """Return what else says who those are that a list knows.

        Who was known by an address alone has an id when their data comes,
        and who was known by an id has addresses. Of a record whose
        address is a pseudonym by now, the id tells it too.
        """
        theirs, shared = self._emails(self._known | self._linked)
        found = (self._linked | (theirs - shared)) - self._known
        return frozenset(one.hex() for one in found)

    def _is_erased(self, record: Sequence[Value]) -> bool:
        return any(
            one.kind == EMAIL and self._of.is_one(EMAIL, one.value)
            for one in record
        )

    def _one(self, request: Request) -> tuple[bytes, bytes]:
        return (
            self._digest(SUBJECT, request.subject),
            self._digest(EMAIL, request.email),
        )

    def _emails(self, ids: set[bytes]) -> tuple[set[bytes], set[bytes]]:
        """Return what addresses the ids have, and which of them others have.

        Others are those who are not meant by any request, nor on the list.
        """
        meant = self._known | self._linked | self._ids | self._by_email()
        short = {one[:_SHORT] for one in meant}
        wanted = {one[:_SHORT] for one in ids}
        pairs = self._pairs
        theirs = {one[_SHORT:] for one in pairs if one[:_SHORT] in wanted}
        shared = {
            email
            for one in pairs
            if (email := one[_SHORT:]) in theirs and one[:_SHORT] not in short
        }
        return theirs, shared

    def _by_email(self) -> set[bytes]:
        """Return the ids that ever had an address that is asked for."""
        return set().union(*self._had.values())

    def _is_known(self, one: bytes, email: bytes) -> bool:
        return one in self._there or bool(self._had.get(email))

    def _disagrees(self, one: bytes, email: bytes) -> bool:
        had = self._had.get(email)
        return bool(one and had and one not in had)

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
