"""A project that somebody adds can classify from its first minute."""

from __future__ import annotations

import pytest
from django.urls import reverse

from classifyhub.accounts.models import Membership, Project, Role
from rules.models import Preset
from tests.support.factories import a_member, a_project

pytestmark = pytest.mark.django_db


def test_it_has_a_published_default_preset_and_its_maker_runs_it(client):
    admin = a_member(a_project(), Role.ADMIN)
    client.force_login(admin)
    answer = client.post(reverse("project_new"), {"name": "Claims"})
    project = Project.objects.get(name="Claims")
    assert answer.headers["Location"] == reverse("home", args=[project.slug])
    assert Preset.objects.usable().get(project=project).is_default
    assert Membership.objects.get(project=project, user=admin).role == Role.ADMIN


def test_a_blank_name_is_asked_for_again(client):
    client.force_login(a_member(a_project(), Role.ADMIN))
    assert client.post(reverse("project_new"), {"name": "  "}).status_code == 422


def test_who_runs_no_project_may_not_add_one(client):
    client.force_login(a_member(a_project(), Role.AUTHOR))
    assert client.post(reverse("project_new"), {"name": "Claims"}).status_code == 403
