"""What our taps and our targets have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk.helpers.capabilities import PluginCapabilities
from singer_sdk.plugin_base import PluginBase

from daybook.errors import ConfigError
from daybook.singer import run

if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

    from singer_sdk.helpers.capabilities import CapabilitiesEnum


class Plugin(PluginBase):
    """A plugin whose mistakes in settings are errors of ours.

    Stream maps, flattening and record metadata are left out on purpose:
    a day of the lake is what the source held, and transforms read it.
    """

    package_name = "daybook"
    capabilities: ClassVar[list[CapabilitiesEnum]] = [PluginCapabilities.ABOUT]

    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add none of the SDK's own settings: none of them would work."""

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Raise what the JSON Schema of the settings finds, as our own."""
        errors = super()._validate_config(raise_errors=False)
        if errors and raise_errors:
            raise ConfigError(
                f"{self.name}'s settings are not valid: {'; '.join(errors)}.",
                f"`meltano config print {self.name}` shows where each "
                "value comes from.",
            )
        return errors

    def _handle_termination(
        self, signum: int, frame: FrameType | None
    ) -> NoReturn:
        """Exit non-zero, where the SDK would drain and exit 0."""
        run.terminate(self.name)
