"""Files handed from a tap to a target, each with its own check. Pure.

A BATCH message's manifest holds file URLs that carry what the file must
be, the way package indexes do:
`file:///.../orders.csv#rows=830&sha256=93d8...&longest=310`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from daybook.errors import InputError, cut

FORMAT = "csv"
"""The `encoding.format` of our BATCH messages."""


@dataclass(frozen=True, slots=True)
class HandedFile:
    """A finished CSV file and what it must be.

    Attributes:
        path: Absolute path of the file.
        rows: Data rows, the header not counted.
        sha256: 64 hex digits, over the whole file.
        longest_line: Bytes of the longest row as it stands in the
            file, so that readers can size their buffers.
    """

    path: Path
    rows: int
    sha256: str
    longest_line: int

    def to_url(self) -> str:
        """Return the file URL with the check in its fragment."""
        check = {
            "rows": self.rows,
            "sha256": self.sha256,
            "longest": self.longest_line,
        }
        return f"{self.path.as_uri()}#{urlencode(check)}"

    @classmethod
    def from_url(cls, url: str) -> HandedFile:
        """Return the file that `url` names.

        Raises:
            InputError: Not a file URL, or the check is incomplete.
        """
        parts = urlsplit(url)
        check = parse_qs(parts.fragment)
        paths = {("file", ""): Path(unquote(parts.path))}
        try:
            return cls(
                path=paths[parts.scheme, parts.netloc],
                rows=int(check["rows"][0]),
                sha256=check["sha256"][0],
                longest_line=int(check["longest"][0]),
            )
        except (KeyError, ValueError) as error:
            reason = f"A BATCH message names {cut(url)}, not a checked file."
            instruction = (
                "Use a tap of this project, or let the tap send RECORD "
                "messages (for most taps: unset `batch_config`)."
            )
            raise InputError(reason, instruction) from error
