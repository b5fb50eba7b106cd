"""Who is in the project: the list, and beside it the form to invite somebody or to change the chosen one."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from classifyhub.accounts import links, people
from classifyhub.accounts.access import DeskRequest, project_view
from classifyhub.accounts.forms import InviteForm, RoleForm
from classifyhub.accounts.models import Membership, OneTimeLink, Project, Role


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Role.ADMIN)
def members(request: DeskRequest, project: Project) -> HttpResponse:
    """The list with the member named by ``?member=`` chosen, else the form to invite; a POST invites."""
    if request.method == "POST":
        return _invite(request, project)
    chosen = request.GET.get("member")
    return _page(request, project, chosen=_find(project, chosen) if chosen else None)


@require_POST
@project_view(Role.ADMIN)
def change_role(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Give the member another role."""
    member = _find(project, uid)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _page(request, project, chosen=member, role_form=form)
    try:
        people.change_role(member, form.cleaned_data["role"], by=request.user)
    except people.LastAdminError:
        return _page(request, project, chosen=member, role_form=form)  # which says so in place of the field
    messages.success(request, _("%(name)s is %(role)s now") % {"name": member.user, "role": Role(member.role).label})
    has_left_admins = member.user == request.user and member.role < Role.ADMIN
    return redirect("start") if has_left_admins else redirect(_address(project, member))


@require_POST
@project_view(Role.ADMIN)
def remove(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """Take the member out of the project; oneself too, while another admin stays."""
    member = _find(project, uid)
    try:
        people.remove_member(member, by=request.user)
    except people.LastAdminError:
        messages.error(request, _("The last admin who can log in stays. Make somebody else admin first."))
        return redirect(_address(project, member))
    messages.success(request, _("%(name)s removed") % {"name": member.user})
    return redirect("start") if member.user == request.user else redirect("settings_members", project=project.slug)


@never_cache
@require_POST
@project_view(Role.ADMIN)
def make_link(request: DeskRequest, project: Project, uid: uuid.UUID) -> HttpResponse:
    """A new one-time link, shown in the answer and nowhere again."""
    member = _find(project, uid)
    if not links.may_make(member.user, by=request.user):
        raise PermissionDenied
    token = links.make_again(member.user, project=project, by=request.user)
    return _page(request, project, chosen=_find(project, uid), token=token)


def _invite(request: DeskRequest, project: Project) -> HttpResponse:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, project, invite_form=form)
    email, role = form.cleaned_data["email"], form.cleaned_data["role"]
    try:
        invitation = people.invite(project, email, role, by=request.user)
    except people.AlreadyMemberError:
        form.add_error("email", _("Is a member already. Choose them in the list to change the role."))
        return _page(request, project, invite_form=form)
    member = _find(project, invitation.membership.user.uid)
    if invitation.token is None:
        added = _("%(name)s added as %(role)s") % {"name": member.user, "role": Role(role).label}
        if member.user.has_usable_password():
            messages.success(request, added)
        else:
            needed = _("To log in they need a one-time link, which only who runs the installation can make.")
            messages.warning(request, f"{added}. {needed}")
        return redirect(_address(project, member))
    return _page(request, project, chosen=member, token=invitation.token)


def _page(
    request: DeskRequest,
    project: Project,
    *,
    chosen: Membership | None = None,
    invite_form: InviteForm | None = None,
    role_form: RoleForm | None = None,
    token: str | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "project": project,
        "members": _members(project),
        "chosen": chosen,
        "invite_form": invite_form or InviteForm(),
        "link": links.url_of(token) if token else None,
    }
    if chosen is not None:
        context |= {
            "role_form": role_form or RoleForm(initial={"role": chosen.role}),
            "is_last_admin": people.is_last_admin(chosen),
            "may_link": links.may_make(chosen.user, by=request.user),
        }
    status = 422 if invite_form or role_form else 200
    return render(request, "accounts/settings_members.html", context, status=status)


def _members(project: Project) -> QuerySet[Membership]:
    """With ``link_until``: when the link that works now runs out."""
    working = OneTimeLink.objects.working().filter(user=OuterRef("user")).values("expires_at")
    memberships = Membership.objects.filter(project=project).select_related("user", "project")
    return memberships.annotate(link_until=Subquery(working[:1])).order_by("-role", "user__email_folded")


def _find(project: Project, uid: uuid.UUID | str) -> Membership:
    try:
        wanted = uuid.UUID(str(uid))
    except ValueError:
        wanted = uuid.UUID(int=0)  # nobody's
    return get_object_or_404(_members(project), user__uid=wanted)


def _address(project: Project, member: Membership) -> str:
    return reverse("settings_members", args=[project.slug]) + f"?member={member.user.uid}#panel"
