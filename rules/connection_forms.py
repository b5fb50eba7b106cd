"""What people type about a connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from classifyhub.text import clean_line
from rules.connections import end_of_key
from rules.models import Connection, ProviderName

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Words = str | _StrPromise

LONGEST_KEY = 1_000
LONGEST_DEADLINE = 900
NEAR_HOSTS = (".local", ".internal", ".lan", ".home.arpa")


@dataclass(frozen=True, slots=True)
class Option:
    """One setting that only some vendors have: ``choices`` make it a list, ``is_check`` a box to tick."""

    name: str
    label: Words
    note: Words = ""
    choices: tuple[tuple[str, Words], ...] = ()
    is_check: bool = False
    is_needed: bool = False


_REGION = Option(
    "region",
    _("Region"),
    note=_("A key belongs to one region."),
    choices=(("us", _("North America")), ("eu", _("Europe"))),
)
_DELETES = Option(
    "deletes_copies",
    _("Remove the provider's copy once the answer is in"),
    note=_("Erasing a document here removes it there in any case."),
    is_check=True,
)
_LLAMACLOUD = (
    _REGION,
    Option("project_id", _("Project id"), note=_("Empty: the project that the key belongs to.")),
    Option("organization_id", _("Organization id")),
    _DELETES,
)
_USAGE = Option(
    "reads_usage",
    _("Ask what each document cost"),
    note=_("One more call for each. Without it the published price counts."),
    is_check=True,
)
OPTIONS: Mapping[str, tuple[Option, ...]] = {
    ProviderName.LLAMACLOUD_V2: (*_LLAMACLOUD, _USAGE),
    ProviderName.LLAMACLOUD_V1: _LLAMACLOUD,
    ProviderName.LANDINGAI: (
        _REGION,
        Option(
            "host",
            _("Host"),
            note=_("They differ in the size of document they take."),
            choices=(("va", "api.va.landing.ai"), ("ade", "api.ade.landing.ai")),
        ),
    ),
    ProviderName.OPENAI_COMPATIBLE: (
        Option("model", _("Model"), note=_("As the server calls it. A preset may name another."), is_needed=True),
    ),
}
# A model server of one's own mostly asks for none.
KEY_OPTIONAL = frozenset({ProviderName.OPENAI_COMPATIBLE})


class ConnectionForm(forms.Form):
    """One connection to ``provider``; with ``connection`` it is changed, and an empty key keeps the one there is."""

    name = forms.CharField(label=_("Name"), max_length=100)
    base_url = forms.CharField(label=_("Base URL"), max_length=300, required=False)
    secret = forms.CharField(
        label=_("API key"),
        max_length=LONGEST_KEY,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Encrypted on this machine. It is never shown again."),
    )
    calls_at_once = forms.IntegerField(label=_("Calls at once"), min_value=1, max_value=500, required=False)
    calls_per_minute = forms.IntegerField(label=_("Calls a minute"), min_value=1, max_value=100_000, required=False)
    daily_cap = forms.IntegerField(label=_("Daily cap, credits"), min_value=1, max_value=100_000_000, required=False)
    deadline = forms.IntegerField(
        label=_("Answer within, seconds"),
        min_value=5,
        max_value=LONGEST_DEADLINE,
        required=False,
        help_text=_("For one call. After that it counts as not answered."),
    )
    is_default = forms.BooleanField(label=_("Taken where a preset names the provider alone"), required=False)

    def __init__(
        self, data: Any = None, *, provider: str, usual_address: str, connection: Connection | None = None
    ) -> None:
        initial = _initial(connection) if connection else {"name": str(ProviderName(provider).label)}
        super().__init__(data, initial=initial, auto_id="connection_%s")
        self.provider, self.connection = provider, connection
        self._prepare_address(usual_address)
        self._prepare_key()
        for option in OPTIONS.get(provider, ()):
            self.fields[f"option_{option.name}"] = _field_of(option)

    @property
    def option_fields(self) -> list[forms.BoundField]:
        """The fields that only this vendor has."""
        return [self[f"option_{option.name}"] for option in OPTIONS.get(self.provider, ())]

    def clean_name(self) -> str:
        """One line."""
        return clean_line(self.cleaned_data["name"], max_length=100)

    def clean_base_url(self) -> str:
        """An address without user, query or fragment; unencrypted only where it stays on one's own network."""
        text = clean_line(self.cleaned_data["base_url"]).rstrip("/")
        if not text:
            return ""
        try:
            url = urlsplit(text)
            host = url.hostname or ""
            _port = url.port
        except ValueError as error:
            raise ValidationError(_("That is no address. Write it like https://api.example.org.")) from error
        if url.scheme not in {"http", "https"} or not host or url.username or url.query or url.fragment:
            raise ValidationError(_("That is no address. Write it like https://api.example.org."))
        if url.scheme == "http" and not _is_near(host):
            raise ValidationError(_("Only https: the key and the documents would cross the network in the open."))
        return text

    def clean_secret(self) -> str:
        """As pasted, without the white space around it."""
        secret = str(self.cleaned_data["secret"]).strip()
        if any(not character.isprintable() or character.isspace() or ord(character) > 126 for character in secret):
            raise ValidationError(_("A key has no spaces and no letters outside ASCII. Was more copied than the key?"))
        has_one = self.connection is not None and bool(self.connection.secret)
        if not secret and not has_one and self.provider not in KEY_OPTIONAL:
            raise ValidationError(_("Paste the key that the provider gave you."))
        return secret

    @property
    def settings(self) -> dict[str, Any]:
        """What ``rules.connections`` takes beside the key."""
        data = self.cleaned_data
        given = {name: data[name] for name in ("calls_at_once", "calls_per_minute", "deadline") if data[name]}
        options = {option.name: data[f"option_{option.name}"] for option in OPTIONS.get(self.provider, ())}
        return {
            "name": data["name"],
            "base_url": data["base_url"],
            "daily_cap": data["daily_cap"],
            "is_default": data["is_default"],
            "limits": given,
            "options": {name: value for name, value in options.items() if value},
        }

    def _prepare_address(self, usual: str) -> None:
        field = self.fields["base_url"]
        field.widget.attrs["placeholder"] = usual
        if self.provider == ProviderName.OPENAI_COMPATIBLE:
            field.help_text = _("Of your own server, up to and with /v1: http://localhost:11434/v1. Empty: OpenAI.")
        else:
            field.help_text = _("Empty: the provider's own. https only, except on your own network.")

    def _prepare_key(self) -> None:
        end = end_of_key(self.connection) if self.connection else ""
        if end:
            self.fields["secret"].widget.attrs["placeholder"] = _("Stored, ends in %(end)s") % {"end": end}
        elif self.connection and self.connection.secret:
            self.fields["secret"].widget.attrs["placeholder"] = _("Stored")


def _field_of(option: Option) -> forms.Field:
    if option.is_check:
        return forms.BooleanField(label=option.label, help_text=option.note, required=False)
    if option.choices:
        return forms.ChoiceField(
            label=option.label,
            help_text=option.note,
            choices=option.choices,
            required=False,
            initial=option.choices[0][0],
        )
    return forms.CharField(label=option.label, help_text=option.note, max_length=200, required=option.is_needed)


def _initial(connection: Connection) -> dict[str, Any]:
    options = {f"option_{name}": value for name, value in connection.options.items()}
    fields = {name: getattr(connection, name) for name in ("name", "base_url", "daily_cap", "is_default")}
    return {**fields, **connection.limits, **options}


def _is_near(host: str) -> bool:
    """Whether the host is this machine or one of its own network, as far as its name or number tells."""
    try:
        number = ip_address(host)
    except ValueError:
        return "." not in host or host.lower().endswith(NEAR_HOSTS)
    return number.is_private or number.is_loopback or number.is_link_local
