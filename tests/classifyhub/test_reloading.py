"""Addresses that only take forms, asked for as a page: a reload, a walk back, a log-in that leads back there."""

import uuid

import pytest
from django.urls import reverse

from classifyhub.accounts.models import Role
from tests.rules.browsing import HTMX
from tests.support import factories
from tests.support.addresses import all_addresses

pytestmark = pytest.mark.django_db

BROWSER = {"HTTP_ACCEPT": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
UID = uuid.UUID(int=1)


@pytest.fixture
def project():
    return factories.a_project("Post room")


@pytest.mark.parametrize(
    ("name", "parts", "lands"),
    [
        ("upload_form", [], "upload/"),
        ("upload_launch", [], "upload/"),
        ("job_retry", [UID], f"jobs/{UID}/"),
        ("review_undo", [], "review/"),
        ("settings_member_role", [UID], "settings/members/"),
        ("preset_duplicate", [UID], f"presets/{UID}/"),
        ("stuck_look", [UID], "stuck/"),
        ("document_erase", [UID], ""),
        ("home_steps_dismiss", [], ""),
    ],
)
def test_a_person_lands_on_the_page_the_form_stands_on(client, project, name, parts, lands):
    address = reverse(name, args=[project.slug, *parts])
    response = client.get(address, **BROWSER)
    assert (response.status_code, response.url) == (302, f"/p/{project.slug}/{lands}")
    assert client.head(address, **BROWSER).url == response.url
    assert {"Accept", "HX-Request"} <= {part.strip() for part in response["Vary"].split(",")}


@pytest.mark.parametrize(("name", "lands"), [("logout", "/"), ("me_password", "/me/")])
def test_outside_projects_too(client, name, lands):
    assert client.get(reverse(name), **BROWSER).url == lands


def test_every_address_of_a_project_that_takes_forms_alone_leads_to_a_page_in_the_end(client, project):
    client.force_login(factories.a_member(project, Role.ADMIN))
    outside = {"project": project.slug, "uid": UID, "batch": UID, "client_uid": UID, "page": 1, "number": 1}
    for pattern, parameters in all_addresses():
        if "project" in parameters:
            url = reverse(pattern.name, kwargs={part: outside[part] for part in parameters})
            assert client.get(url, follow=True, **BROWSER).status_code != 405, pattern.name


@pytest.mark.parametrize("headers", [{}, {"HTTP_ACCEPT": "application/json"}, {"HTTP_ACCEPT": "*/*"}, BROWSER | HTMX])
def test_a_program_is_told_what_the_address_takes(client, project, headers):
    response = client.get(reverse("upload_form", args=[project.slug]), **headers)
    assert (response.status_code, response["Allow"]) == (405, "POST")


def test_a_form_sent_where_none_is_taken_is_refused(client):
    assert client.post("/healthz", **BROWSER).status_code == 405
