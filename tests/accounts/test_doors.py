"""Every address of the desk, knocked at by everybody who should not come in.

The addresses are read from the URL configuration, so one that is added tomorrow is tested tomorrow.
"""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse
from django.urls.converters import IntConverter, SlugConverter, StringConverter, UUIDConverter

from classifyhub.accounts.models import Role
from classifyhub.templatetags.navigation import OPERATE, PLACES
from tests.support import factories
from tests.support.addresses import all_addresses

pytestmark = pytest.mark.django_db

# Who may enter without an account. Everything else asks for one.
OPEN = {"login", "logout", "one_time_link", "use_link", "healthz", "readyz", "llamacloud_hook", "metrics"}

# Something of the right kind for each part of an address: who should not come in never learns whether it exists.
EXAMPLES = {UUIDConverter: uuid.UUID(int=1), IntConverter: 1, StringConverter: "x", SlugConverter: "x"}


ADDRESSES = all_addresses()
OF_PROJECTS = [(pattern, found) for pattern, found in ADDRESSES if "project" in found]
OUTSIDE = [(pattern, found) for pattern, found in ADDRESSES if "project" not in found and pattern.name not in OPEN]


def address(pattern, parameters, **known):
    return reverse(pattern.name, kwargs={name: known.get(name, EXAMPLES[kind]) for name, kind in parameters.items()})


def knock(client, url):
    """GET, or whatever else the address takes."""
    response = client.get(url)
    return client.generic(response["Allow"].split(",")[0], url) if response.status_code == 405 else response


def names(addresses):
    return [pattern.name for pattern, _found in addresses]


@pytest.fixture
def project():
    return factories.a_project()


each_address_of_a_project = pytest.mark.parametrize(("pattern", "parameters"), OF_PROJECTS, ids=names(OF_PROJECTS))


def test_every_address_has_a_name_of_its_own():
    found = names(ADDRESSES)
    assert sorted(found) == sorted(set(found))


@each_address_of_a_project
def test_every_view_of_a_project_says_the_least_role_it_asks_for(pattern, parameters):
    assert pattern.callback.least_role in Role


@each_address_of_a_project
def test_who_is_not_logged_in_is_led_to_the_log_in_and_back(client, project, pattern, parameters):
    url = address(pattern, parameters, project=project.slug)
    response = knock(client, url)
    if response.status_code != 401:  # which is how scripts are told
        assert response.status_code == 302
        assert response.url == f"{reverse('login')}?next={url}"


@each_address_of_a_project
def test_a_stranger_finds_nothing(client, project, pattern, parameters):
    client.force_login(factories.a_member(factories.a_project(), Role.ADMIN))
    assert knock(client, address(pattern, parameters, project=project.slug)).status_code == 404


@each_address_of_a_project
def test_a_role_that_is_too_low_is_refused(client, project, pattern, parameters):
    lower = [role for role in Role if role < pattern.callback.least_role]
    for role in lower:
        client.force_login(factories.a_member(project, role))
        assert knock(client, address(pattern, parameters, project=project.slug)).status_code == 403


@pytest.mark.parametrize(("pattern", "parameters"), OUTSIDE, ids=names(OUTSIDE))
def test_pages_outside_projects_ask_for_an_account(client, pattern, parameters):
    response = knock(client, address(pattern, parameters))
    assert response.status_code == 302
    assert response.url.startswith(reverse("login"))


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("home", Role.VIEWER),
        ("audit_log", Role.ADMIN),
        ("audit_export", Role.ADMIN),
        ("settings_project", Role.ADMIN),
        ("settings_members", Role.ADMIN),
        ("settings_member_role", Role.ADMIN),
        ("settings_member_remove", Role.ADMIN),
        ("settings_member_link", Role.ADMIN),
        ("settings_keys", Role.ADMIN),
        ("settings_key_revoke", Role.ADMIN),
        ("settings_retention", Role.ADMIN),
    ],
)
def test_the_least_roles_are_these(name, role):
    asked = {pattern.name: pattern.callback.least_role for pattern, _found in OF_PROJECTS}
    assert asked[name] == role


def test_the_sidebar_shows_a_place_exactly_to_those_who_may_enter_it():
    asked = {pattern.name: pattern.callback.least_role for pattern, _found in OF_PROJECTS}
    assert {place.url_name: place.role for place in (*PLACES, *OPERATE)} == {
        place.url_name: asked[place.url_name] for place in (*PLACES, *OPERATE)
    }
