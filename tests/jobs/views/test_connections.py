"""The connections page: state and money of each, and a form that tests what it saves."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from classifyhub.accounts.models import AuditEvent, Role
from jobs import pipeline, runs, states
from jobs.models import ConnectionState, Job, Reason, Status
from jobs.providers.base import Call, UnavailableError
from jobs.remote import circuits, copies, health
from jobs.standins import running_standin
from rules.models import Connection, Preset
from tests.engine.documents import draw_text_pdf
from tests.support.factories import a_connection, a_document, a_job, a_member, a_project, a_run, a_version

pytestmark = pytest.mark.django_db

KEY = "llx-0123456789abcdef9f2c"
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def project():
    return a_project()


@pytest.fixture
def visitor(project):
    return logged_in(project, Role.ADMIN)


def logged_in(project, role: Role) -> Client:
    client = Client()
    client.force_login(a_member(project, role))
    return client


def address(project, query: str = "") -> str:
    return reverse("settings_connections", args=[project.slug]) + query


def typed(**changes) -> dict:
    return {"name": "Mail room", "secret": KEY, "base_url": NOWHERE, "option_region": "eu"} | changes


def add(visitor, project, **changes):
    return visitor.post(address(project, "?provider=llamacloud_v2"), typed(**changes), follow=True)


def chosen(connection) -> str:
    return f"?connection={connection.uid}"


def test_every_provider_that_needs_a_connection_is_offered(visitor, project):
    shown = visitor.get(address(project)).content.decode()
    for name in ("LlamaCloud v2", "LlamaCloud v1", "LandingAI ADE", "Unsiloed", "OpenAI-compatible model"):
        assert name in shown
    assert "Echo" not in shown


@pytest.mark.parametrize("provider", ["echo", "local", "nobody"])
def test_nothing_else_can_be_connected(visitor, project, provider):
    assert visitor.get(address(project, f"?provider={provider}")).status_code == 404


def test_a_new_connection_is_saved_tested_and_what_failed_is_said_in_words(visitor, project):
    shown = add(visitor, project).content.decode()
    assert "Mail room does not work yet: 127.0.0.1 refuses connections." in shown
    connection = Connection.objects.get()
    assert (connection.secret, connection.base_url, connection.options) == (KEY, NOWHERE, {"region": "eu"})
    assert connection.is_default
    assert connection.hook_secret


def test_the_key_is_stored_encrypted_and_only_its_end_is_ever_shown(visitor, project):
    add(visitor, project)
    connection = Connection.objects.get()
    raw = Connection.objects.raw("SELECT id, secret AS kept FROM rules_connection")[0].kept
    assert KEY not in raw
    shown = visitor.get(address(project, chosen(connection))).content.decode()
    assert KEY not in shown
    assert "ends in 9f2c" in shown
    assert KEY not in str(list(AuditEvent.objects.values()))


def test_an_empty_key_keeps_the_one_there_is_and_a_new_one_replaces_it(visitor, project):
    add(visitor, project)
    connection = Connection.objects.get()
    visitor.post(address(project, chosen(connection)), typed(secret="", daily_cap=500))
    connection.refresh_from_db()
    assert (connection.secret, connection.daily_cap) == (KEY, 500)
    visitor.post(address(project, chosen(connection)), typed(secret="llx-another-key-entirely"))
    connection.refresh_from_db()
    assert connection.secret == "llx-another-key-entirely"
    assert AuditEvent.objects.filter(verb="connection.key_replaced").count() == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "required"),
        ({"secret": ""}, "Paste the key"),
        ({"secret": "two words"}, "A key has no spaces"),
        ({"secret": "schlüssel-0123456789"}, "A key has no spaces"),
        ({"base_url": "http://api.example.org"}, "Only https"),
        ({"base_url": "api.example.org"}, "That is no address"),
        ({"base_url": "https://user:pass@example.org"}, "That is no address"),
        ({"base_url": "https://[::1"}, "That is no address"),
        ({"daily_cap": "0"}, "1"),
        ({"deadline": "100000"}, "900"),
        ({"option_region": "mars"}, "mars"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost_but_the_key(visitor, project, changes, said):
    answer = visitor.post(address(project, "?provider=llamacloud_v2"), typed(**changes))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert KEY not in answer.content.decode()
    assert not Connection.objects.exists()


@pytest.mark.parametrize("base_url", ["http://localhost:11434/v1", "http://10.1.2.3", "http://gpu.lan", "http://box"])
def test_a_server_on_ones_own_network_may_be_reached_without_encryption(visitor, project, base_url):
    changes = {"name": "Model", "base_url": base_url, "option_model": "m", "deadline": "5"}
    form = visitor.get(address(project, "?provider=openai_compatible")).context["form"]
    form.data, form.is_bound = changes, True
    assert form.is_valid()


def test_two_of_one_name_are_refused(visitor, project):
    a_connection(project, name="Mail room")
    answer = visitor.post(address(project, "?provider=llamacloud_v2"), typed())
    assert "There is a connection of this name." in answer.content.decode()


def test_one_that_a_preset_uses_cannot_be_removed(visitor, project):
    connection = a_connection(project)
    version = a_version(project, provider=connection.provider, connection=connection)
    shown = visitor.post(reverse("settings_connection_remove", args=[project.slug, connection.uid]), follow=True)
    assert f"Still used by {version.preset.name}" in shown.content.decode()
    connection.refresh_from_db()
    assert connection.archived_at is None


def test_one_through_which_documents_are_under_way_cannot_be_removed(visitor, project):
    connection = a_connection(project)
    run = a_run(project, version=a_version(project, provider=connection.provider, connection=connection))
    Preset.objects.update(published=None)
    url = reverse("settings_connection_remove", args=[project.slug, connection.uid])
    assert "1 document is still under way" in visitor.post(url, follow=True).content.decode()
    runs.cancel(run, by=run.by)
    visitor.post(url)
    connection.refresh_from_db()
    assert connection.archived_at is not None


def test_removing_forgets_the_key(visitor, project):
    connection = a_connection(project)
    visitor.post(reverse("settings_connection_remove", args=[project.slug, connection.uid]))
    connection.refresh_from_db()
    assert connection.archived_at is not None
    assert (connection.secret, connection.hook_secret) == ("", "")


def test_removing_says_what_stays_at_the_provider(visitor, project):
    connection = a_connection(project, "llamacloud_v2")
    copies.note(a_job(project), connection, "copy-1")
    shown = visitor.post(
        reverse("settings_connection_remove", args=[project.slug, connection.uid]), follow=True
    ).content.decode()
    assert "1 copy stays at the provider" in shown


def test_the_panel_says_what_is_still_to_be_removed(visitor, project):
    connection = a_connection(project, "llamacloud_v2", options={"deletes_copies": True})
    job = a_job(project)
    copies.note(job, connection, "copy-1")
    assert "Copies to remove" not in visitor.get(address(project, chosen(connection))).content.decode()
    copies.let_go(job, connection)
    assert "1, asked for again" in visitor.get(address(project, chosen(connection))).content.decode()


def test_what_the_vendor_says_is_left_stands_beside_the_credits(visitor, project):
    with running_standin("unsiloed", quota=42) as standin:
        connection = a_connection(project, "unsiloed", base_url=standin.base_url, secret=standin.key)
        assert "left there" not in visitor.get(address(project)).content.decode()
        version = a_version(project, provider=connection.provider, connection=connection)
        bills = [a_document(project, content=draw_text_pdf(f"Bill {n}"), media_type="application/pdf") for n in "ab"]
        for job in a_run(project, version=version, documents=bills).jobs.all():
            pipeline.run(job.pk)
    shown = visitor.get(address(project, chosen(connection))).content.decode()
    assert "40 left there" in shown
    assert "40, by the provider" in shown


def test_the_list_says_what_is_wrong_and_the_panel_why(visitor, project):
    connection = a_connection(project, name="Lending")
    said = "The provider answered 401: no such key"
    circuits.note(connection, Call(verb="POST", seconds=1, reason="bad_credentials", said=said))
    shown = visitor.get(address(project, chosen(connection))).content.decode()
    assert "Key refused" in shown
    assert "no such key" in shown


def test_one_that_is_closed_off_says_when_it_goes_on(visitor, project):
    connection = a_connection(project)
    for _ in range(circuits.FAILURES):
        circuits.note(connection, Call(verb="POST", seconds=1, reason="unavailable", said="503"))
    assert "Tried again" in visitor.get(address(project)).content.decode()


def test_a_test_calls_also_while_it_is_closed_off(visitor, project):
    connection = a_connection(project, "unsiloed")
    for _ in range(circuits.FAILURES):
        circuits.note(connection, Call(verb="POST", seconds=1, reason="unavailable", said="503"))
    shown = visitor.post(reverse("settings_connection_test", args=[project.slug, connection.uid]), follow=True)
    assert "refuses connections" in shown.content.decode()
    assert ConnectionState.objects.get().failures == circuits.FAILURES + 1


def test_a_vendor_that_takes_its_time_is_not_called_broken(visitor, project, monkeypatch):
    slow = UnavailableError("no answer", reason=Reason.TIMED_OUT)
    monkeypatch.setattr(health, "try_out", lambda _connection: slow)
    shown = add(visitor, project).content.decode()
    assert "Mail room did not answer within 8 seconds." in shown
    assert "does not work" not in shown


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.AUTHOR])
def test_only_admins_see_connections(project, role):
    assert logged_in(project, role).get(address(project)).status_code == 403


def test_connections_of_other_projects_do_not_exist_here(visitor, project):
    foreign = a_connection(a_project())
    assert visitor.get(address(project, chosen(foreign))).status_code == 404
    for verb in ("test", "retry", "remove"):
        url = reverse(f"settings_connection_{verb}", args=[project.slug, foreign.uid])
        assert visitor.post(url).status_code == 404


def fail(job, reason: str) -> None:
    states.fail(states.claim(job.pk, worker="w", lease_seconds=60), reason=reason, message="no")


def test_what_failed_for_the_key_is_retried_in_one_go_also_once_the_connection_is_well(visitor, project):
    connection = a_connection(project)
    version = a_version(project, provider=connection.provider, connection=connection)
    jobs = [a_job(project, version=version) for _ in range(4)]
    for job, reason in zip(
        jobs, (Reason.BAD_CREDENTIALS, Reason.OUT_OF_CREDIT, Reason.REJECTED, Reason.OUTCOME_UNKNOWN), strict=True
    ):
        fail(job, reason)
    shown = visitor.get(address(project, chosen(connection))).content.decode()
    assert "2 documents failed for want of a good key or of credit." in shown
    assert "Retry 2 failed" in shown
    url = reverse("settings_connection_retry", args=[project.slug, connection.uid])
    assert "Retrying 2 documents" in visitor.post(url, follow=True).content.decode()
    statuses = list(Job.objects.order_by("pk").values_list("status", flat=True))
    assert statuses == [Status.PENDING, Status.PENDING, Status.FAILED, Status.FAILED]
    assert "Retry 2 failed" not in visitor.get(address(project, chosen(connection))).content.decode()
    assert AuditEvent.objects.get(verb="connection.retried").after == {"jobs": 2}


def test_what_failed_through_another_connection_is_left_alone(visitor, project):
    other = a_connection(project)
    version = a_version(project, provider=other.provider, connection=other)
    fail(a_job(project, version=version), Reason.BAD_CREDENTIALS)
    connection = a_connection(project)
    visitor.post(reverse("settings_connection_retry", args=[project.slug, connection.uid]))
    assert Job.objects.get().status == Status.FAILED
