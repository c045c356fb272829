"""Adds to `.env` the secrets that docker-compose.yaml requires, random ones.

What `.env` sets already is never changed. It is readable by its owner only
and nothing of it is shown. Needs nothing but Python.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SECRET_BYTES = 32

# A file that begins so is one that `daybook services up` may add to.
_HEAD = "# Connections of this checkout. The shell's variables win.\n"
_REQUIRED = re.compile(r"\$\{([A-Z0-9_]+):\?")
_SET = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*\S", re.MULTILINE)


def main() -> int:
    """Complete the project's `.env`; return the exit code."""
    file = ROOT / ".env"
    wanted = required((ROOT / "docker-compose.yaml").read_text())
    try:
        added = complete(file, wanted)
    except OSError as error:
        print(f"{file}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"{file.name}: {', '.join(added) or 'nothing'} added")
    return 0


def required(compose: str) -> list[str]:
    """Return the variables that a compose file cannot do without."""
    return sorted(set(_REQUIRED.findall(compose)))


def complete(file: Path, wanted: list[str]) -> list[str]:
    """Add random values for what `file` lacks; return their names."""
    before = file.read_text() if file.exists() else _HEAD
    have = set(_SET.findall(before))
    missing = [name for name in wanted if name not in have]
    if missing:
        end = "" if before.endswith("\n") else "\n"
        lines = [f"{name}={secret(name)}\n" for name in missing]
        _write_private(file, before + end + "".join(lines))
    file.chmod(0o600)
    return missing


def secret(name: str) -> str:
    """Return a random value that a URL can carry as it is."""
    if name.endswith("_FERNET_KEY"):
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_hex(SECRET_BYTES)


def _write_private(file: Path, text: str) -> None:
    """Write `text` in one step, at no moment readable by others."""
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(fresh, flags, 0o600), "w") as stream:
        stream.write(text)
    fresh.replace(file.resolve())


if __name__ == "__main__":
    sys.exit(main())
