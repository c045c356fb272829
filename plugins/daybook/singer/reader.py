"""Singer messages as they come from any tap, checked line by line."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import msgspec
from singer_sdk.contrib.msgspec import MsgSpecReader, decoder

from daybook.errors import InputError, UnfinishedError, cut

_FIELDS: Mapping[object, Mapping[str, type]] = {
    "SCHEMA": {"stream": str, "schema": dict},
    "RECORD": {"stream": str, "record": dict},
    "BATCH": {"stream": str, "encoding": dict, "manifest": list},
    "STATE": {"value": object},
    "ACTIVATE_VERSION": {},
}
"""What a message of each type must have."""


class Reader(MsgSpecReader):
    """Reads messages as bytes, so that no locale can change a value."""

    default_input = sys.stdin.buffer

    def deserialize_json(self, line: bytes) -> dict[str, Any]:  # type: ignore[override]
        """Return the message in a line.

        Raises:
            UnfinishedError: The last line is cut off: the tap died.
            InputError: The line is not a message.
        """
        try:
            message: object = decoder.decode(line)
        except msgspec.DecodeError as error:
            if not line.endswith(b"\n"):
                raise _cut_off() from error
            raise _no_message(line, "it is not JSON") from error
        if not isinstance(message, dict):
            raise _no_message(line, "it is not a JSON object")
        problem = _problem(message)
        if problem:
            raise _no_message(line, problem)
        return message


def _problem(message: Mapping[str, Any]) -> str:
    """Return what is wrong with a message's outer form, or `""`. Pure."""
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in _FIELDS:
        return f"its type is {cut(kind)}"
    for name, wanted in _FIELDS[kind].items():
        if name not in message:
            return f"`{name}` is missing"
        if not isinstance(message[name], wanted):
            return f"`{name}` is {cut(message[name])}"
    return ""


def _no_message(line: bytes, problem: str) -> InputError:
    text = line.decode(errors="replace").strip()
    return InputError(
        f"The tap sent a line that is no Singer message ({problem}): "
        f"{cut(text)}. Nothing was changed.",
        "Run the tap alone (`meltano invoke <tap>`) to see it; whatever it "
        "prints on standard output must be Singer.",
    )


def _cut_off() -> UnfinishedError:
    return UnfinishedError(
        "The tap broke off in the middle of a message. Nothing was changed.",
        "See the tap's own message above, then run the same command again.",
    )
