"""Who may do what to documents, and that nobody reaches into another project."""

from __future__ import annotations

import uuid

import pytest
from django.urls import URLResolver, get_resolver, reverse

from classifyhub.accounts.models import Role
from jobs.models import Document, Job, Reason, ReviewItem, Run, Status
from rules.models import Connection
from tests.support.factories import a_connection, a_project, an_item

pytestmark = pytest.mark.django_db

LEAST = {
    Role.VIEWER: {
        "home", "home_steps_dismiss", "runs", "run", "run_export", "run_export_lines", "job", "job_raw",
        "document_page", "document_thumb", "document_text", "document_original",
    },
    Role.REVIEWER: {
        "run_cancel", "run_retry", "run_again", "job_retry", "job_again", "job_decide", "job_reopen",
        "review", "review_undo", "review_item", "review_decide", "review_hold",
    },
    Role.AUTHOR: {"stuck", "stuck_enqueue", "stuck_look", "stuck_resubmit"},
    Role.ADMIN: {
        "sample_load", "sample_remove", "run_erase", "document_erase", "settings_connections",
        "settings_connection_test", "settings_connection_retry", "settings_connection_remove",
    },
}  # fmt: skip

OF_A_ROW = {
    "run": Run, "run_cancel": Run, "run_retry": Run, "run_again": Run, "run_erase": Run,
    "run_export": Run, "run_export_lines": Run,
    "job": Job, "job_raw": Job, "job_retry": Job, "job_again": Job, "job_decide": Job, "job_reopen": Job,
    "stuck_look": Job, "stuck_resubmit": Job,
    "document_page": Document, "document_thumb": Document, "document_text": Document, "document_original": Document,
    "document_erase": Document,
    "review_item": ReviewItem, "review_decide": ReviewItem, "review_hold": ReviewItem,
    "settings_connection_test": Connection, "settings_connection_retry": Connection,
    "settings_connection_remove": Connection,
}  # fmt: skip

KEPT = (Run, Job, Document, ReviewItem, Connection)
FOR_NO_PERSON = {"metrics", "llamacloud_hook"}  # asked by machines, which prove themselves in other ways


def patterns(resolver=None):
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern)
        elif getattr(pattern.callback, "__module__", "").startswith("jobs.views"):
            yield pattern


@pytest.mark.parametrize("role", Role)
def test_the_least_role_of_each_page(role):
    asked = {pattern.name: pattern.callback.least_role for pattern in patterns() if pattern.name not in FOR_NO_PERSON}
    assert {name for name in LEAST[role] if asked[name] == role} == LEAST[role]


@pytest.mark.parametrize(("name", "model"), OF_A_ROW.items())
def test_another_projects_rows_are_not_found_by_anybody(client, press, project, name, model):
    item = an_item(a_project())
    a_connection(item.job.project)
    claimed = Job.objects.filter(pk=item.job_id)
    claimed.update(status=Status.FAILED, client_status=Status.FAILED, released_at=None, reason=Reason.OUTCOME_UNKNOWN)
    row = model.objects.get()
    before = {one.__name__: list(one.objects.values()) for one in KEPT}
    parts = [row.uid, 1] if name in ("document_page", "document_thumb") else [row.uid]
    address = reverse(name, args=[project.slug, *parts])
    answer = client.get(address)
    if answer.status_code == 405:
        answer = press(address, preset=uuid.uuid4(), token=uuid.uuid4(), action="approve")
    assert answer.status_code == 404
    assert {one.__name__: list(one.objects.values()) for one in KEPT} == before


def test_the_list_above_names_every_page_that_shows_one_row():
    with_uid = {pattern.name for pattern in patterns() if "uid" in pattern.pattern.converters}
    assert with_uid - {"preset_try", "preset_forecast"} == set(OF_A_ROW)
