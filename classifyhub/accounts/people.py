"""Who is in which project, with which role. Each verb writes its audit event in its own transaction."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from classifyhub.accounts import audit, keys, links, projects
from classifyhub.accounts.models import Installation, Membership, OneTimeLink, Project, Role, User
from classifyhub.text import fold

# Without the letters and digits that look alike: people copy it from a terminal.
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """The first admin and project. ``password`` and ``api_key`` are what was generated and must be printed now, for
    nobody can show them again; none where it was given, or where the desk was there already (``created`` false)."""

    user: User
    project: Project
    password: str | None
    api_key: str | None
    created: bool


def bootstrap(*, email: str, password: str | None, api_key: str | None) -> Bootstrap:
    """Make the first admin, project and API key, once: with anybody in the database already nothing is made, whatever
    is given. Two processes that start together make one. Raises ``ValueError``, in one line for the person at the
    terminal, when a given password or key is too weak."""
    with transaction.atomic():
        Installation.objects.get_or_create(pk=1)  # the second of two starts waits here until the first is through
        user = User.objects.order_by("-is_superuser", "pk").first()
        if user is not None:
            return Bootstrap(user, _first_project(user), password=None, api_key=None, created=False)
        _refuse_weak(password, api_key)
        chosen = password or new_password()
        user = User.objects.create_superuser(email, chosen)
        project = projects.create_project(_("First project"), by=user)
        _key, secret = keys.create_key(project, _("First key"), by=user, secret=api_key)
    return Bootstrap(
        user, project, password=None if password else chosen, api_key=None if api_key else secret, created=True
    )


def new_password() -> str:
    """Four groups of four, 79 bits: easy to type off a screen."""
    return "-".join("".join(secrets.choice(READABLE) for _letter in range(4)) for _group in range(4))


class AlreadyMemberError(Exception):
    """The person is in the project; what is wanted is a change of role."""


class LastAdminError(Exception):
    """The project would be left without an admin who can log in."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A new membership. ``token`` goes into the one-time link that is handed over; none for a person who needs none
    (they log in already) or whose link only somebody who runs all their projects may make."""

    membership: Membership
    token: str | None


def invite(project: Project, email: str, role: Role, *, by: User | None) -> Invitation:
    """Make the person with this e-mail a member, known to the desk or not. Raises ``AlreadyMemberError``."""
    with transaction.atomic():
        user, is_new = _find_or_create(email)
        may_link = is_new or (not user.has_usable_password() and links.may_make(user, by=by))
        membership = add_member(project, user, role, by=by)
        token = links.make(user, OneTimeLink.Purpose.INVITE, project=project, by=by) if may_link else None
    return Invitation(membership, token)


def add_member(project: Project, user: User, role: Role, *, by: User | None) -> Membership:
    """Raises ``AlreadyMemberError`` and leaves the role they have as it is. A one-time link that an admin of other
    projects alone has made for them ends."""
    with transaction.atomic():
        membership, is_new = Membership.objects.get_or_create(project=project, user=user, defaults={"role": role})
        if not is_new:
            raise AlreadyMemberError
        audit.record("member.added", user, by=by, project=project, after={"role": _name(role)})
        links.withdraw_foreign(user)
    return membership


def change_role(membership: Membership, role: Role, *, by: User | None) -> None:
    """Raises ``LastAdminError``. The same role again changes and logs nothing."""
    with transaction.atomic():
        current = _lock(membership)
        if current.role == role:
            return
        if role != Role.ADMIN:
            _keep_an_admin(current)
        Membership.objects.filter(pk=current.pk).update(role=role)
        before, after = {"role": _name(current.role)}, {"role": _name(role)}
        audit.record("member.role_changed", current.user, by=by, project=current.project, before=before, after=after)
    membership.role = role


def remove_member(membership: Membership, *, by: User | None) -> None:
    """Take the person out of the project; what they did there keeps their name. Raises ``LastAdminError``."""
    with transaction.atomic():
        current = _lock(membership)
        _keep_an_admin(current)
        current.delete()
        User.objects.filter(pk=current.user_id, last_project=current.project).update(last_project=None)
        before = {"role": _name(current.role)}
        audit.record("member.removed", current.user, by=by, project=current.project, before=before)


def is_last_admin(membership: Membership) -> bool:
    """Whether the project would be stuck without this member. An admin who was invited but has not set a password
    yet does not count: the link may run out unused, and then nobody could make another."""
    if membership.role != Role.ADMIN:
        return False
    return not able_admins(membership.project).exclude(pk=membership.pk).exists()


def able_admins(project: Project) -> QuerySet[Membership]:
    """The admins who can log in."""
    admins = Membership.objects.filter(project=project, role=Role.ADMIN, user__is_active=True)
    return admins.exclude(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)


def _refuse_weak(password: str | None, api_key: str | None) -> None:
    if api_key is not None and len(api_key) < keys.SHORTEST:
        least = {"least": keys.SHORTEST}
        raise ValueError(_("CLASSIFYHUB_BOOTSTRAP_API_KEY is too short: at least %(least)d characters.") % least)
    if password is None:
        return
    try:
        validate_password(password)
    except ValidationError as error:
        raise ValueError("CLASSIFYHUB_ADMIN_PASSWORD: " + " ".join(error.messages)) from None


def _first_project(user: User) -> Project:
    """The oldest one; a new one where the people came by another way, such as Django's own createsuperuser."""
    oldest = Project.objects.filter(is_sample=False).order_by("pk").first()
    return oldest or projects.create_project(_("First project"), by=user)


def _find_or_create(email: str) -> tuple[User, bool]:
    user = User.objects.filter(email_folded=fold(email)).first()
    return (user, False) if user else (User.objects.create_user(email), True)


def _lock(membership: Membership) -> Membership:
    # All memberships of the project, so that two admins who remove each other at once do not both succeed.
    rows = Membership.objects.select_for_update(of=("self",)).filter(project_id=membership.project_id).order_by("pk")
    by_key = {row.pk: row for row in rows.select_related("user", "project")}
    if membership.pk not in by_key:
        raise Membership.DoesNotExist
    return by_key[membership.pk]


def _keep_an_admin(membership: Membership) -> None:
    if is_last_admin(membership):
        raise LastAdminError


def _name(role: int) -> str:
    return Role(role).name.lower()
