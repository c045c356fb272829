"""One row, or one line, of a person: told from others', and erased. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daybook.erasure import documents
from daybook.erasure.documents import Found
from daybook.erasure.documents import Value as Value
from daybook.erasure.mails import hidden_mails, without_mails
from daybook.erasure.subjects import SHARED, Subjects
from daybook.personal import EMAIL, IDS
from daybook.table import Table


class RowReader:
    """Reads what is personal of one table's rows."""

    def __init__(self, table: Table) -> None:
        """Rows are texts in the order of the table's columns."""
        self._columns = [
            (place, column.personal.kind, dict(column.personal.fields))
            for place, column in enumerate(table.columns)
            if column.personal
        ]

    def identities(self, row: Sequence[str | None]) -> list[Value]:
        """Return the ids and addresses of a row."""
        found = []
        for place, kind, fields in self._columns:
            text = row[place]
            if not text:
                continue
            if fields:
                found += documents.identities(text, fields)
            elif kind in IDS or kind == EMAIL:
                found.append(Value(kind, text))
        return found

    def values(self, row: Sequence[str | None]) -> list[Value]:
        """Return all personal values of a row, ids and addresses too."""
        found = []
        for place, kind, fields in self._columns:
            text = row[place]
            if not text:
                continue
            if not fields:
                found.append(Value(kind, text))
                continue
            found += text_values(text, fields)
        return found


class RowEraser(RowReader):
    """Erases people's rows of one table."""

    def __init__(self, table: Table, subjects: Subjects) -> None:
        """Rows are texts in the order of the table's columns."""
        super().__init__(table)
        self._subjects = subjects

    def erased(self, row: Sequence[str | None]) -> list[str | None] | None:
        """Return the row without the person; None if it stays as it is."""
        return self._without_them(row, is_theirs=self.is_theirs(row))

    def concerns_them(self, row: Sequence[str | None]) -> bool:
        """Return whether a row is theirs, or mentions their address."""
        if self.is_theirs(row):
            return True
        return self._without_them(row, is_theirs=False) is not None

    def _without_them(
        self, row: Sequence[str | None], *, is_theirs: bool
    ) -> list[str | None] | None:
        people, of = self._subjects, self._subjects.pseudonyms
        new = list(row)
        for place, kind, fields in self._columns:
            text = new[place]
            if not text:
                continue
            if fields and is_theirs:
                new[place] = erased_text(text, fields, people)
            elif fields:
                new[place] = without_mails(text, people)
            elif is_theirs and kind not in IDS:
                new[place] = of.of(kind, text)
        return None if new == list(row) else new

    def is_theirs(self, row: Sequence[str | None]) -> bool:
        """Return whether a row is one of the people's."""
        for place, kind, fields in self._columns:
            text = row[place]
            if not text:
                continue
            if not fields:
                if self._subjects.are_named_by(kind, text):
                    return True
            elif is_about_them(text, fields, self._subjects):
                return True
        return False


def text_values(text: str, fields: Mapping[str, str]) -> list[Value]:
    """Return all personal values of a line of JSON."""
    return [
        Value(one.kind, one.value)
        for one in documents.personal_values(text, fields)
    ]


def is_about_them(
    text: str, fields: Mapping[str, str], subjects: Subjects
) -> bool:
    """Return whether a line of JSON, or of what should be, is theirs.

    A line that names nobody is theirs if their address stands anywhere
    in it, or if it has their telephone number or address, and no other.
    """
    if text.isspace():
        return False
    named = documents.identities(text, fields)
    if any(subjects.are_named_by(one.kind, one.value) for one in named):
        return True
    if any(one.value.strip() for one in named):
        return False
    if hidden_mails(text, subjects):
        return True
    told = [
        one
        for one in documents.personal_values(text, fields)
        if one.kind in SHARED and one.closed and one.value.strip()
    ]
    return bool(told) and all(
        subjects.may_be_at(one.kind, one.value) for one in told
    )


def erased_line(
    text: str, fields: Mapping[str, str], subjects: Subjects
) -> str:
    """Return any line without them.

    Of another's line that mentions their address only that is erased.
    """
    if is_about_them(text, fields, subjects):
        return erased_text(text, fields, subjects)
    return without_mails(text, subjects)


def erased_text(
    text: str, fields: Mapping[str, str], subjects: Subjects
) -> str:
    """Return a line of theirs without all that is personal."""
    of = subjects.pseudonyms

    def new(one: Found) -> str:
        if one.kind in IDS:
            return one.value
        if one.quoted:
            return of.of(one.kind, one.value)
        return of.of_number(one.value)

    found = documents.personal_values(text, fields)
    return without_mails(documents.replaced(text, found, new), subjects)
