"""A person's own page: name, time zone, how the interface behaves, password."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from classifyhub.accounts import audit, links, preferences
from classifyhub.accounts.access import PersonRequest, person_view
from classifyhub.accounts.forms import ChangePasswordForm, ProfileForm
from classifyhub.accounts.models import User


@require_http_methods(["GET", "HEAD", "POST"])
@person_view
def me(request: PersonRequest) -> HttpResponse:
    """The page; a POST saves name and time zone."""
    if request.method != "POST":
        return _page(request)
    # A copy, because a refused form leaves what was typed on its object, and the sidebar shows the person as saved.
    form = ProfileForm(request.POST, instance=User.objects.get(pk=request.user.pk))
    if not form.is_valid():
        return _page(request, profile=form)
    form.save()
    messages.success(request, _("Profile saved"))
    return redirect("me")


@require_POST
@person_view
def appearance(request: PersonRequest) -> HttpResponse:
    """Save the choices of the interface. A box that is not ticked sends nothing, which says "off"."""
    choices = {
        "theme": request.POST.get("theme", ""),
        "keys": "" if "keys" in request.POST else "off",
        "dim": "" if "dim" in request.POST else "off",
    }
    response = redirect("me")
    preferences.write_cookies(response, preferences.keep(request.user, choices))
    messages.success(request, _("Appearance saved"))
    return response


@require_POST
@person_view
def keep_preference(request: PersonRequest) -> HttpResponse:
    """Remember what a switch was set to (the script has shown it already): ``theme=dark``, any of the choices."""
    response = HttpResponse(status=204)
    preferences.write_cookies(response, preferences.keep(request.user, request.POST.dict()))
    return response


@sensitive_post_parameters("current", "password")
@require_POST
@person_view
def change_password(request: PersonRequest) -> HttpResponse:
    """A new password; this session goes on, all others of the person end."""
    form = ChangePasswordForm(request.POST, user=request.user)
    if not form.is_valid():
        return _page(request, password=form)
    with transaction.atomic():
        request.user.set_password(form.cleaned_data["password"])
        request.user.save(update_fields=["password"])
        links.withdraw_all(request.user)
        audit.record("person.password_changed", request.user, by=request.user, project=None)
    update_session_auth_hash(request, request.user)
    messages.success(request, _("Password changed"))
    return redirect("me")


def _page(
    request: PersonRequest, *, profile: ProfileForm | None = None, password: ChangePasswordForm | None = None
) -> HttpResponse:
    context = {
        "layout": "desk.html" if request.project else "lone.html",
        "profile": profile or ProfileForm(instance=request.user),
        "password": password or ChangePasswordForm(user=request.user),
        "chosen": {name: preferences.chosen(request, name) for name in preferences.CHOICES},
    }
    return render(request, "accounts/me.html", context, status=422 if profile or password else 200)
