"""What a person chose for the interface: kept with the account, and in cookies of the browser they sit at.

The cookie is what pages are rendered by, so that the log-in page, too, has the right theme; the account brings the
choices along to the next browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from classifyhub.accounts.models import User

# What may be chosen instead of the default, which is "".
CHOICES: dict[str, tuple[str, ...]] = {
    "theme": ("light", "dark"),  # otherwise as the system is
    "keys": ("off",),  # single keys, WCAG 2.1.4
    "dim": ("off",),  # pages at 90 % brightness in the dark
    "sides": ("swapped",),  # the decision left of the document
}
YEAR_SECONDS = 365 * 24 * 3600


def chosen(request: HttpRequest, name: str) -> str:
    """The choice that holds in this browser; "" is the default."""
    kept: dict[str, Any] = getattr(getattr(request, "user", None), "preferences", None) or {}
    value = getattr(request, "COOKIES", {}).get(f"desk_{name}", kept.get(name, ""))
    return value if value in CHOICES[name] else ""


def keep(user: User, choices: Mapping[str, str]) -> dict[str, str]:
    """Store those of ``choices`` that are known, and return them; a value that cannot be chosen means the default.
    Everything else the account keeps stays as it is."""
    known = {name: choices[name] if choices[name] in CHOICES[name] else "" for name in CHOICES if name in choices}
    with transaction.atomic():
        locked = get_user_model().objects.select_for_update().get(pk=user.pk)
        locked.preferences.update(known)
        locked.save(update_fields=["preferences"])
    user.preferences = locked.preferences
    return known


def write_cookies(response: HttpResponse, choices: Mapping[str, str]) -> None:
    """Bring this browser in step; names that are missing in ``choices`` are left as they are."""
    for name in CHOICES:
        if choices.get(name):
            response.set_cookie(
                f"desk_{name}",
                choices[name],
                max_age=YEAR_SECONDS,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
        elif name in choices:
            response.delete_cookie(f"desk_{name}", samesite="Lax")
