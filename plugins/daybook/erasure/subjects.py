"""Who is to be erased: known by digests of ids and email addresses. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from daybook.erasure.pseudonyms import Pseudonyms
from daybook.personal import EMAIL, IDS, SUBJECT

SHARED = frozenset({"phone", "address"})
"""Kinds that tell people, but not always one of a household."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """Some people, by what says who they are.

    Attributes:
        pseudonyms: What makes digests of values.
        digests: Of their ids and email addresses, and of telephone
            numbers and full addresses, which others may have too; a
            digest says what it is of.
    """

    pseudonyms: Pseudonyms
    digests: frozenset[str] = field(default_factory=frozenset)

    def are_named_by(self, kind: str, value: str | None) -> bool:
        """Return whether a value is one of their ids or addresses."""
        if not value or not (kind in IDS or kind == EMAIL):
            return False
        kind = SUBJECT if kind in IDS else kind
        return self.pseudonyms.digest(kind, value) in self.digests

    def may_be_at(self, kind: str, value: str) -> bool:
        """Return whether a telephone number or an address is theirs too."""
        if kind not in SHARED or not value:
            return False
        return self.pseudonyms.digest(kind, value) in self.digests

    def and_those(self, digests: Iterable[str]) -> Subjects:
        """Return these people and others."""
        return Subjects(self.pseudonyms, self.digests | frozenset(digests))
