"""Checks of a plugin's settings that say all that is missing at once."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from daybook.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Needed:
    """A setting without which a plugin cannot run.

    Attributes:
        setting: The setting's name, for example `day`.
        variable: The environment variable that users set.
        check: Raises `ConfigError` for a malformed value.
    """

    setting: str
    variable: str
    check: Callable[[str], object] = str


def check_needed(
    plugin: str,
    config: Mapping[str, Any],
    needed: Sequence[Needed],
    command: str,
) -> None:
    """Check that every needed setting is there and well formed.

    `command` is an example that sets all of them, its
    MELTANO_ENVIRONMENT included; it ends the message. Before it stands
    what a check said to do, where it is the only one.

    Raises:
        ConfigError: Names all that is missing or malformed.
    """
    wrong = [
        problem
        for need in needed
        if (problem := _problem(need, config.get(need.setting)))
    ]
    if wrong:
        environment = os.environ.get("MELTANO_ENVIRONMENT", "not set")
        reasons = "; ".join(one.reason.rstrip(".") for one in wrong)
        advice = wrong[0].instruction if len(wrong) == 1 else ""
        raise ConfigError(
            f"{plugin} cannot run: {reasons}. "
            f"(MELTANO_ENVIRONMENT is {environment}.) Nothing was written.",
            f"{advice}\nFor example: {command}".lstrip(),
        )


def _problem(need: Needed, value: object) -> ConfigError | None:
    if value is None or value == "":
        return ConfigError(
            f"{need.variable} is missing (setting `{need.setting}`)", ""
        )
    try:
        need.check(str(value))
    except ConfigError as error:
        if need.variable in error.reason:
            return error
        reason = f"{need.variable}: {error.reason}"
        return ConfigError(reason, error.instruction)
    return None


def split_list(text: str | None) -> tuple[str, ...]:
    """Return the items of a comma-separated setting, blanks trimmed."""
    items = (item.strip() for item in (text or "").split(","))
    return tuple(item for item in items if item)


def json_list(name: str, setting: object, example: str) -> Sequence[object]:
    """Return the items of a setting that is a list, or JSON text of one.

    Fractions in such a text are decimals, to the last digit.

    Raises:
        ConfigError: It is no list; ends with `example`.
    """
    found = setting
    if isinstance(setting, str):
        try:
            found = json.loads(setting.strip() or "[]", parse_float=Decimal)
        except ValueError as error:
            raise ConfigError(
                f"The setting `{name}`: it is no JSON ({error}).", example
            ) from error
    if found is None:
        return ()
    if not isinstance(found, list | tuple):
        raise ConfigError(f"The setting `{name}`: it is no list.", example)
    return found


def project_root() -> Path:
    """Return the Meltano project's root, else the current folder.

    Plugins run in the user's folder, so relative paths in settings are
    taken from here (`project_path`).
    """
    return Path(os.environ.get("MELTANO_PROJECT_ROOT") or Path.cwd())


def project_path(path: str) -> Path:
    """Return a path from a setting as an absolute one."""
    return Path(os.path.normpath(project_root() / Path(path).expanduser()))


def run_id() -> str:
    """Return the id that tap, target and later blocks of a run share."""
    return os.environ.get("MELTANO_PARENT_CONTEXT_UUID", "")


def run_label() -> str:
    """Return DAYBOOK_RUN_ID: a label for logs, never part of a path."""
    return os.environ.get("DAYBOOK_RUN_ID", "")
