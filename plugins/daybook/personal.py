"""What a column says about a person, and so must be erasable. Pure.

It is declared once, in the field of a descriptor or in dbt's `meta`, and
travels with the column: through Singer, and in the manifest of each day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SUBJECT = "subject"
ASKED = "asked"
EMAIL = "email"
DATE = "date"

IDS = frozenset({SUBJECT, ASKED})
"""The kinds that are ids: compared as they stand, and kept."""

KINDS: Mapping[str, str] = {
    SUBJECT: "says who the person is, and stays",
    ASKED: "says who a request to be forgotten is about, and stays",
    EMAIL: "an email address; says who the person is too",
    "name": "a person's or a city's name",
    "phone": "a telephone number",
    DATE: "a date, as YYYY-MM-DD",
    "address": "a street with its number, or all of an address",
    "postcode": "a postcode",
    "text": "anything else",
}
"""What a column can hold, and what it means."""


@dataclass(frozen=True, slots=True)
class Personal:
    """What a column holds of a person.

    Attributes:
        kind: One of `KINDS`; `""` for a document.
        fields: Of a document, which is a JSON object as text, broken
            ones too: the kind per name of a field, at any depth.
    """

    kind: str
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """All kinds that occur."""
        return frozenset({kind for _, kind in self.fields} or {self.kind})


def personal_to_json(personal: Personal) -> str | dict[str, str]:
    """Return it as it is declared, and stands in JSON."""
    return dict(personal.fields) if personal.fields else personal.kind


def personal_from_json(body: object) -> Personal:
    """Return what `body` declares: a kind, or an object of them.

    Raises:
        ValueError: It is neither; says what there is.
    """
    if isinstance(body, Mapping) and body:
        fields = {str(name): _kind(kind) for name, kind in body.items()}
        return Personal("", tuple(sorted(fields.items())))
    return Personal(_kind(body))


def _kind(kind: object) -> str:
    if isinstance(kind, str) and kind in KINDS:
        return kind
    raise ValueError(
        f"{kind!r} is nothing personal; there are {', '.join(KINDS)}, and "
        "for JSON an object that says which field is which"
    )
