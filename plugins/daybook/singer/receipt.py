"""The receipt: how a target knows that its tap has finished. Pure.

Singer has no end-of-stream mark, so a target sees a crashed tap and a
finished one alike. Our taps end with one STATE message whose value is
`{"receipt": {"tap": ..., "snapshot": ..., "streams": {name: {"rows": n}}}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from daybook.errors import InputError, UnfinishedError, cut


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a tap says it has sent in full.

    Attributes:
        tap: The tap's name, for example `tap-postgres`.
        snapshot: When the source was read, ISO 8601 in UTC, or `""`.
        streams: Rows per stream, every stream of the run named.
    """

    tap: str
    snapshot: str
    streams: Mapping[str, int]

    def to_state(self) -> dict[str, Any]:
        """Return the value of the STATE message that carries it."""
        streams = {name: {"rows": rows} for name, rows in self.streams.items()}
        return {
            "receipt": {
                "tap": self.tap,
                "snapshot": self.snapshot,
                "streams": streams,
            }
        }

    @classmethod
    def from_state(cls, value: Mapping[str, Any]) -> Receipt | None:
        """Return the receipt in a STATE message's value, if it is one.

        Raises:
            InputError: There is a receipt, but not of this form.
        """
        if not isinstance(value, Mapping) or "receipt" not in value:
            return None
        try:
            body = value["receipt"]
            return cls(
                tap=str(body["tap"]),
                snapshot=str(body["snapshot"]),
                streams={
                    name: int(entry["rows"])
                    for name, entry in body["streams"].items()
                },
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"The tap's receipt is malformed: {cut(value)}."
            instruction = "Use tap and target of the same Daybook version."
            raise InputError(reason, instruction) from error

    def check(self, received: Mapping[str, int]) -> None:
        """Check that all the streams and rows named here were received.

        `received` maps each stream seen to the rows received.

        Raises:
            UnfinishedError: A stream or a row is missing or too many.
        """
        wrong = [
            f"{name}: {received.get(name, 'no')} of {rows} rows received"
            for name, rows in self.streams.items()
            if received.get(name) != rows
        ]
        wrong += [
            f"{name}: received, but not in the receipt"
            for name in received
            if name not in self.streams
        ]
        if wrong:
            raise UnfinishedError(
                f"What {self.tap} sent and what arrived differ: "
                + "; ".join(wrong)
                + ". Nothing was changed.",
                "Run the same command again.",
            )


def missing_receipt(received: Mapping[str, int]) -> UnfinishedError:
    """Return the error for an input that ended without a receipt."""
    streams = ", ".join(
        f"{name} ({rows} rows so far)" for name, rows in received.items()
    )
    return UnfinishedError(
        "The tap broke off before it was finished: its receipt is missing. "
        f"Unfinished: {streams or 'no stream had begun'}. "
        "Nothing was changed.",
        "See the tap's own message above; when that is mended, run the same "
        "command again.",
    )
