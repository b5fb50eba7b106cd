"""One-time links: how people get their first password, or a new one, on a desk that sends no mail.

An admin makes a link and hands it over; it works once and for a limited time. The database holds only a hash of it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse

from classifyhub.accounts import audit, throttle
from classifyhub.accounts.models import Membership, OneTimeLink, Project, Role, User
from classifyhub.clock import in_seconds
from classifyhub.text import clean_line

LIFETIMES = {OneTimeLink.Purpose.INVITE: timedelta(days=7), OneTimeLink.Purpose.RESET: timedelta(days=2)}


class LinkGoneError(Exception):
    """The link was used, replaced by a newer one, has run out, or never existed: which of them is nobody's business."""


def may_make(user: User, *, by: User | None) -> bool:
    """Whether ``by`` may make a link for ``user``. Who holds the link can log in as that person, so only an admin of
    every project they are in may, else an admin of one project could enter another. People change their own password
    on their own page; the command line (``by`` none) may always."""
    if by is None:
        return True
    if user == by or user.is_superuser:
        return False
    ruled = Membership.objects.filter(user=by, role=Role.ADMIN).values("project")
    return by.is_superuser or not user.memberships.exclude(project__in=ruled).exists()


def make(user: User, purpose: OneTimeLink.Purpose, *, project: Project | None, by: User | None) -> str:
    """A fresh token; the links made for this person before stop working. The token is not stored: show it now."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        OneTimeLink.objects.filter(user=user, used_at__isnull=True).delete()
        OneTimeLink.objects.create(
            user=user,
            project=project,
            purpose=purpose,
            token_sha256=_hash(token),
            created_by=by,
            expires_at=in_seconds(LIFETIMES[purpose].total_seconds()),
        )
        audit.record("link.made", user, by=by, project=project, after={"purpose": purpose.value})
    return token


def withdraw_foreign(user: User) -> None:
    """End the unused links of people who may not make one for ``user`` any longer, once ``user`` has joined a project
    that is not theirs: with what they still hold they could enter it. Links of the command line stay."""
    unused = OneTimeLink.objects.working().filter(user=user, created_by__isnull=False)
    _withdraw(link for link in unused.select_related("created_by", "project") if not may_make(user, by=link.created_by))


def withdraw_all(user: User) -> None:
    """End the unused links of somebody who has a new password by another way."""
    _withdraw(OneTimeLink.objects.working().filter(user=user).select_related("project"))


def make_again(user: User, *, project: Project | None, by: User | None) -> str:
    """A new link for somebody who lost theirs or forgot the password: an invitation while they never had one."""
    purpose = OneTimeLink.Purpose.RESET if user.has_usable_password() else OneTimeLink.Purpose.INVITE
    return make(user, purpose, project=project, by=by)


def url_of(token: str) -> str:
    """The whole address to hand over."""
    return settings.PUBLIC_URL + reverse("one_time_link", args=[token])


def find(token: str) -> OneTimeLink:
    """The link behind ``token`` while it works. Raises ``LinkGoneError``."""
    links = OneTimeLink.objects.working().filter(token_sha256=_hash(token))
    link = links.select_related("user", "project").first()
    if link is None or not link.user.is_active:
        raise LinkGoneError
    return link


def accept(token: str, *, password: str, name: str = "") -> User:
    """Use the link up: the person gets this password, and this name where one is given. Sessions under the old
    password end, failed log-ins are forgotten. The password was checked by the form. Raises ``LinkGoneError``."""
    with transaction.atomic():
        link = find(token)
        if not OneTimeLink.objects.filter(pk=link.pk, used_at__isnull=True).update(used_at=Now()):
            raise LinkGoneError  # two tabs, one link
        user = link.user
        user.set_password(password)
        user.name = clean_line(name, max_length=100) or user.name
        user.save(update_fields=["password", "name"])
        throttle.forget(user.email)
        audit.record("link.used", user, by=user, project=link.project, after={"purpose": link.purpose})
    return user


def _withdraw(links: Iterable[OneTimeLink]) -> None:
    with transaction.atomic():
        for link in links:
            link.delete()
            audit.record("link.withdrawn", link.user, by=None, project=link.project, after={"purpose": link.purpose})


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
