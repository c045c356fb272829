r"""Which written values mean NULL. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from daybook.csv.grammar import Format


@dataclass(frozen=True, slots=True)
class Nulls:
    """What means NULL in one column.

    In a text column `""` is the empty string and only an unquoted
    nothing is NULL; in any other column both are NULL.

    Attributes:
        words: What means NULL, the description's `missingValues`.
        text: Whether the column holds text.
    """

    words: frozenset[bytes] = frozenset({b""})
    text: bool = True

    @property
    def is_plain(self) -> bool:
        """Whether only nothing at all means NULL, as in the lake."""
        return self.words == {b""}

    def read(self, written: bytes, format_: Format) -> bytes | None:
        """Return the value that is written so, None for NULL."""
        value = format_.value(written)
        quoted = value is not written
        if value in self.words and (value or not (quoted and self.text)):
            return None
        return value


def may_pass(rows: Sequence[bytes], nulls: Sequence[Nulls]) -> bool:
    """Return whether canonical rows mean the same in the lake.

    They may not where a word means NULL, and where an empty string
    stands in a column that holds no text.
    """
    if not all(null.is_plain for null in nulls):
        return False
    return all(null.text for null in nulls) or b'""' not in b"".join(rows)
