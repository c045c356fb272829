"""Waits until each HOST:PORT that it is given takes connections."""

from __future__ import annotations

import socket
import sys
import time

TIMEOUT_SECONDS = 180
_POLL_SECONDS = 0.5


def main(addresses: list[str]) -> int:
    """Wait; return 0, or 1 if something is still not there in the end."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    for address in addresses:
        while not _listens(address):
            if time.monotonic() > deadline:
                print(f"{address} takes no connections", file=sys.stderr)
                return 1
            time.sleep(_POLL_SECONDS)
    return 0


def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=5):
            return True
    except OSError:  # the name may not be known yet, either
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
