"""Settings of a version that only some providers have: what the editor asks, what an import may bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rules.models import ProviderName

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Words = str | _StrPromise

TEXT_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One setting. ``is_check`` makes it a box to tick; ``default`` is what goes without saying and is not stored."""

    name: str
    label: Words
    note: Words = ""
    placeholder: Words = ""
    is_check: bool = False
    default: bool | str = ""

    def is_fit(self, value: Any) -> bool:
        """Whether ``value`` is of its kind."""
        if self.is_check:
            return isinstance(value, bool)
        return isinstance(value, str) and len(value) <= TEXT_MAX


OPTIONS: Mapping[str, tuple[Option, ...]] = {
    ProviderName.LLAMACLOUD_V2: (
        Option(
            name="save_preset",
            label=gettext_lazy("Keep these rules at the provider under the version's name"),
            is_check=True,
            default=False,
        ),
    ),
    ProviderName.LANDINGAI: (
        Option(name="model", label=gettext_lazy("Model version"), placeholder=gettext_lazy("the newest")),
    ),
    ProviderName.UNSILOED: (
        Option(
            name="adds_none",
            label=gettext_lazy("Send “none of these” as one more type"),
            note=gettext_lazy("Without it every document gets some type."),
            is_check=True,
            default=True,
        ),
    ),
    ProviderName.OPENAI_COMPATIBLE: (
        Option(name="model", label=gettext_lazy("Model"), placeholder=gettext_lazy("the connection's")),
    ),
}


def options_of(provider: str) -> tuple[Option, ...]:
    """The settings that ``provider`` has; none for most."""
    return OPTIONS.get(provider, ())


def find_option(provider: str, name: str) -> Option | None:
    """The setting of this name; none where the provider has none."""
    return next((option for option in options_of(provider) if option.name == name), None)


def keep_said(provider: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Of ``values`` those that the provider has and that say something beyond the default."""
    known = ((option, values.get(option.name, option.default)) for option in options_of(provider))
    return {option.name: value for option, value in known if option.is_fit(value) and value != option.default}


def say(values: Mapping[str, Any]) -> str:
    """Stored settings in words."""
    return ", ".join(_SAY[name](value) if name in _SAY else f"{name}: {value}" for name, value in values.items())


_SAY = {
    "model": lambda value: _("model %(name)s") % {"name": value},
    "save_preset": lambda value: _("rules kept at the provider") if value else _("rules not kept at the provider"),
    "adds_none": lambda value: _("with “none of these”") if value else _("without “none of these”"),
}
