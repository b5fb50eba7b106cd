"""The shape of what people type on the pages of this app."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from classifyhub.accounts.models import Role, User
from classifyhub.text import clean_line

# As long as the column takes after folding, which makes some letters two.
EMAIL_LENGTH = 200
LONGEST_RETENTION = 36_500  # days: a century


class LineField(forms.CharField):
    """One line of text without control characters; white space alone counts as nothing."""

    def to_python(self, value: Any) -> str:
        return clean_line(super().to_python(value) or "")


class EmailField(forms.EmailField):
    """An e-mail in any spelling; one person has one, whatever the capitals."""

    default_error_messages = {"invalid": _("That is no e-mail address. Write it like name@example.org.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(label=_("E-mail"), max_length=EMAIL_LENGTH, **options)


class LoginForm(forms.Form):
    """The focus is where something is to be typed: after a refusal the e-mail stands there already."""

    email = EmailField(widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        waiting = "password" if self.data.get("email") else "email"
        self.fields[waiting].widget.attrs["autofocus"] = True


class NewPasswordForm(forms.Form):
    """A password, judged against what is known of the person."""

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters. Three or four words in a row are good."),
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user

    def clean_password(self) -> str:
        """Refuse what is short, common, or the person's own name."""
        password: str = self.cleaned_data["password"]
        validate_password(password, user=self.user)
        return password


class LinkForm(NewPasswordForm):
    """What a one-time link asks for."""

    name = LineField(
        label=_("Your name"), max_length=100, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ["name", "password"]


class ChangePasswordForm(NewPasswordForm):
    """Asks for the old one, so that a desk left open is not an account given away."""

    current = forms.CharField(
        label=_("Current password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["current", "password"]

    def clean_current(self) -> str:
        """Compare with the password of this account."""
        current: str = self.cleaned_data["current"]
        if not self.user.check_password(current):
            raise ValidationError(_("That is not your current password. Try again."))
        return current


def zone_choices() -> list[tuple[str, Any]]:
    """The time zones by region, as a select shows them: region/city ones, and UTC."""
    regions: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(available_timezones()):
        region, slash, city = name.partition("/")
        if slash and region not in ("Etc", "SystemV", "posix", "right"):
            regions.setdefault(region, []).append((name, city.replace("_", " ").replace("/", ", ")))
    return [("UTC", "UTC"), *regions.items()]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    name = LineField(
        label=_("Name"), max_length=100, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=zone_choices, help_text=_("Times on all pages are shown in it.")
    )

    class Meta:
        model = User
        fields = ("name", "time_zone")


class ProjectForm(forms.Form):
    name = LineField(label=_("Name"), max_length=100)


class RoleField(forms.TypedChoiceField):
    """One of the four roles."""

    def __init__(self, **options: Any) -> None:
        super().__init__(label=_("Role"), choices=Role.choices, coerce=lambda value: Role(int(value)), **options)


class RoleForm(forms.Form):
    role = RoleField()


class InviteForm(forms.Form):
    email = EmailField()
    role = RoleField(initial=Role.REVIEWER)


class KeyForm(forms.Form):
    """A name for the key, and how long it lives."""

    name = LineField(label=_("Name"), max_length=100, help_text=_("The program that will use it."))
    days = forms.TypedChoiceField(
        label=_("Expires"),
        choices=[("", _("Never")), ("30", _("In 30 days")), ("90", _("In 90 days")), ("365", _("In a year"))],
        required=False,
        empty_value=None,
        coerce=int,
    )

    def expires_at(self) -> datetime.datetime | None:
        """The moment the chosen span ends, from now."""
        days = self.cleaned_data["days"]
        return timezone.now() + datetime.timedelta(days=days) if days else None


class RetentionForm(forms.Form):
    days = forms.IntegerField(
        label=_("Keep documents for, days"),
        min_value=1,
        max_value=LONGEST_RETENTION,
        required=False,
        help_text=_("Empty keeps them until somebody erases them."),
    )
