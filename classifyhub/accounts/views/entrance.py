"""The ways in and out: the start page, log in, log out, one-time links."""

from __future__ import annotations

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classifyhub.accounts import links, preferences, projects, throttle
from classifyhub.accounts.access import PersonRequest, person_view
from classifyhub.accounts.addresses import client_address
from classifyhub.accounts.forms import LinkForm, LoginForm
from classifyhub.accounts.middleware import find_zone
from classifyhub.accounts.models import OneTimeLink, User
from classifyhub.formats import format_duration

BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_safe
@person_view
def start(request: PersonRequest) -> HttpResponse:
    """Where "/" leads: the home of the last project, or a page that says there is none yet."""
    if request.project is not None:
        return redirect("home", project=request.project.slug)
    context = {"may_create": projects.may_create(request.user)}
    return render(request, "accounts/no_project.html", context)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """The log-in page; who is logged in already goes on to where they were headed."""
    onward = _safe_next(request)
    if request.user.is_authenticated and request.method != "POST":
        return redirect(onward)
    form = LoginForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        user, status = _admit(request, form)
        if user is not None:
            return _let_in(request, user, onward=onward)
    return render(request, "accounts/login.html", {"form": form, "next": onward}, status=status)


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("login")


@never_cache
@sensitive_post_parameters("password", "token")
@require_http_methods(["GET", "HEAD", "POST"])
def one_time_link(request: HttpRequest, token: str = "") -> HttpResponse:
    """Set name and password by an invitation or a reset, and go in. The form sends the token in its body, to an
    address without it, so that a refused password leaves no working token in a log."""
    token = request.POST.get("token", token)
    try:
        link = links.find(token)
        form = LinkForm(request.POST if request.method == "POST" else None, user=link.user, initial=_known(link))
        if form.is_valid():
            user = links.accept(token, password=form.cleaned_data["password"], name=form.cleaned_data["name"])
            return _let_in(request, user, onward=reverse("start"))
    except links.LinkGoneError:
        return render(request, "accounts/link_gone.html", status=410)
    context = {"form": form, "link": link, "token": token, "is_invitation": link.purpose == OneTimeLink.Purpose.INVITE}
    return render(request, "accounts/one_time_link.html", context, status=422 if form.is_bound else 200)


def _admit(request: HttpRequest, form: LoginForm) -> tuple[User | None, int]:
    """The person, or none with the HTTP status that says why; the words are in the form."""
    if not form.is_valid():
        return None, 422
    email, password = form.cleaned_data["email"], form.cleaned_data["password"]
    wait = throttle.enter(email, client_address(request))
    if wait:
        form.add_error(None, _("Too many attempts. Try again in %(span)s.") % {"span": format_duration(wait)})
        return None, 429
    user = authenticate(request, username=email, password=password)
    if not isinstance(user, User):
        form.add_error(None, _("E-mail and password do not belong together. Check both; capitals count."))
        return None, 422
    throttle.forget(email)
    return user, 200


def _let_in(request: HttpRequest, user: User, *, onward: str) -> HttpResponse:
    """Start the session, with the interface as this person left it. The first log-in takes over the browser's time
    zone, so that nobody has to look for that setting."""
    zone = request.POST.get("time_zone", "")
    if user.last_login is None and zone and find_zone(zone).key == zone:
        User.objects.filter(pk=user.pk).update(time_zone=zone)
    login(request, user, backend=BACKEND)
    response = redirect(onward)
    preferences.write_cookies(response, {name: user.preferences.get(name, "") for name in preferences.CHOICES})
    return response


def _safe_next(request: HttpRequest) -> str:
    onward = request.POST.get("next", request.GET.get("next", ""))
    is_ours = url_has_allowed_host_and_scheme(
        onward, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return onward if is_ours else reverse("start")


def _known(link: OneTimeLink) -> dict[str, str]:
    return {"name": link.user.name}
