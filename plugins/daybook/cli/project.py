"""The project a command runs in: its root, its `.env`, its lake."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from daybook.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Project:
    """A Meltano project of ours.

    Attributes:
        root: The folder that holds meltano.yml.
        env: The variables of `.env` with the shell's laid over them.
    """

    root: Path
    env: Mapping[str, str]

    @property
    def lake(self) -> Path:
        """The lake's root: LAKE_ROOT, else `output` in the project."""
        path = Path(self.env.get("LAKE_ROOT") or "output").expanduser()
        return Path(os.path.normpath(self.root / path))

    @property
    def env_file(self) -> Path:
        """Where the project's connections are kept."""
        return self.root / ".env"

    def need(self, variable: str, example: str) -> str:
        """Return a variable's value.

        Raises:
            ConfigError: It is neither in the shell nor in `.env`.
        """
        value = self.env.get(variable)
        if value:
            return value
        raise ConfigError(
            f"{variable} is missing: it is neither in the environment nor "
            f"in {self.env_file}.",
            f"Set it, for example {variable}={example}, or run "
            "`daybook services up`, which writes a missing .env.",
        )


def find(start: Path | None = None) -> Project:
    """Return the project around `start` (default: the current folder).

    Under `meltano invoke` it is the one that Meltano names.

    Raises:
        ConfigError: No meltano.yml here or in any folder above.
    """
    named = os.environ.get("MELTANO_PROJECT_ROOT")
    here = start or (Path(named) if named else Path.cwd())
    for folder in (here, *here.parents):
        if (folder / "meltano.yml").is_file():
            return Project(folder, _environment(folder / ".env"))
    raise ConfigError(
        f"{here} is not inside a Meltano project: no meltano.yml here or in "
        "any folder above.",
        "Change into the project's folder, then run the command again.",
    )


def read_env(path: Path) -> dict[str, str]:
    """Return the variables of a `.env` file, none if there is no file.

    Raises:
        ConfigError: The file cannot be read.
    """
    from dotenv import dotenv_values

    try:
        with path.open(encoding="utf-8") as file:
            values = dotenv_values(stream=file)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} cannot be read: {error}.",
            f"Mend it: it is a text file of NAME=value lines, mode 0600 "
            f"(`chmod 600 {path}`).",
        ) from error
    return {name: value for name, value in values.items() if value is not None}


def _environment(env_file: Path) -> dict[str, str]:
    return read_env(env_file) | dict(os.environ)
