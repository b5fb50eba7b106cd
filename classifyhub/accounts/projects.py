"""Projects: who may start one, its name, and how long it keeps documents."""

from __future__ import annotations

from itertools import count

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from classifyhub.accounts import audit
from classifyhub.accounts.models import Membership, Project, Role, User
from classifyhub.text import clean_line


def may_create(user: User) -> bool:
    """Admins of some project, and whoever runs the installation."""
    return user.is_superuser or Membership.objects.filter(user=user, role=Role.ADMIN).exists()


def create_project(name: str, *, by: User, is_sample: bool = False) -> Project:
    """A project with ``by`` as its admin. Its slug, made from the name, stands in every address and never changes;
    names may repeat, slugs get a number."""
    name = clean_line(name, max_length=100)
    with transaction.atomic():
        project = _insert(name, by=by, is_sample=is_sample)
        Membership.objects.create(project=project, user=by, role=Role.ADMIN)
        audit.record("project.created", project, by=by, project=project, after={"name": name})
    return project


def rename(project: Project, name: str, *, by: User) -> None:
    """Change the name people read. Addresses stay as they are."""
    before, after = project.name, clean_line(name, max_length=100)
    if before == after:
        return
    with transaction.atomic():
        Project.objects.filter(pk=project.pk).update(name=after)
        project.name = after
        audit.record("project.renamed", project, by=by, project=project, before={"name": before}, after={"name": after})


def set_retention(project: Project, days: int | None, *, by: User) -> None:
    """Erase documents this many days after they came, from the next night on; none keeps them until somebody does."""
    before = project.retention_days
    if before == days:
        return
    with transaction.atomic():
        Project.objects.filter(pk=project.pk).update(retention_days=days)
        project.retention_days = days
        was, now = {"days": before}, {"days": days}
        audit.record("project.retention_changed", project, by=by, project=project, before=was, after=now)


def _insert(name: str, *, by: User, is_sample: bool) -> Project:
    stem = slugify(name)[:50].strip("-") or "project"
    taken = set(Project.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    for number in count(1):
        slug = stem if number == 1 else f"{stem}-{number}"
        if slug in taken:
            continue
        try:
            with transaction.atomic():
                return Project.objects.create(slug=slug, name=name, created_by=by, is_sample=is_sample)
        except IntegrityError:
            continue  # somebody took it this very moment
    raise AssertionError("unreachable: numbers do not end")
