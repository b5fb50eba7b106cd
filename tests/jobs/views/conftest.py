"""A project, somebody who may do everything in it, and the addresses of its pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from classifyhub.accounts.models import Role
from tests.support.factories import a_member, a_project


@pytest.fixture
def project(db):
    return a_project()


@pytest.fixture
def admin(project):
    return a_member(project, Role.ADMIN, name="Ann")


@pytest.fixture
def client(admin) -> Client:
    """Logged in, and checked for the token of each form as browsers are."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    return client


@pytest.fixture
def url(project) -> Callable[..., str]:
    return lambda name, *parts: reverse(name, args=[project.slug, *parts])


@pytest.fixture
def press(client) -> Callable[..., object]:
    """POST past the token, for tests that are not about the form itself: ``press(address, reason="...")``."""
    client.handler.enforce_csrf_checks = False
    return lambda address, **data: client.post(address, {name.rstrip("_"): value for name, value in data.items()})
