"""The sample desk: a project of its own, loaded once, classified like any other, removed without a trace."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from classifyhub.accounts.models import AuditEvent, Project, Role
from jobs import checks, pipeline
from jobs.models import Document, ReviewItem, Status
from jobs.remote import copies
from jobs.sample import desk
from jobs.sample.documents import SAMPLES
from rules.models import Preset
from tests.support.factories import a_connection, a_member, a_project, a_user
from tests.support.races import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return a_member(a_project(), Role.ADMIN, is_superuser=True)


def test_it_brings_the_six_starters_published_and_a_run_over_the_samples(owner):
    project = desk.load(by=owner)
    assert Preset.objects.usable().filter(project=project).count() == 6
    run = project.runs.get()
    assert run.jobs.count() == len(SAMPLES)
    assert run.version.preset.name == "Accounts payable"
    assert run.version.preset.is_default


def test_loading_it_twice_makes_one(owner):
    assert desk.load(by=owner) == desk.load(by=owner)
    assert Project.objects.filter(is_sample=True).count() == 1


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one(owner):
    first, second = race(lambda: desk.load(by=owner), lambda: desk.load(by=owner))
    assert first == second
    assert Project.objects.filter(is_sample=True).count() == 1


def test_every_sample_ends_completed_most_pass_and_some_wait(owner):
    run = desk.load(by=owner).runs.get()
    for job in run.jobs.all():
        checks.check(job.document_id)
        pipeline.run(job.pk)
    assert set(run.jobs.values_list("status", flat=True)) == {Status.COMPLETED}
    states = list(ReviewItem.objects.filter(project=run.project).values_list("status", flat=True))
    assert states.count("auto_approved") >= 5
    assert states.count("waiting") >= 4
    assert not Document.objects.filter(project=run.project, check_state="pending").exists()


def test_removing_it_leaves_no_row_and_no_file_but_the_log(owner):
    project = desk.load(by=owner)
    for job in project.jobs.all()[:3]:
        pipeline.run(job.pk)
    uid = project.uid
    desk.remove(project, by=owner)
    assert not Project.objects.filter(uid=uid).exists()
    assert not list(settings.DATA_DIR.glob(f"*/{uid}"))
    assert AuditEvent.objects.filter(verb="project.removed", object_uid=str(uid)).exists()


def test_no_other_project_is_removed_like_this(owner):
    with pytest.raises(ValueError, match="sample"):
        desk.remove(a_project(), by=owner)


def test_the_command_line_loads_and_removes_it(owner, capsys, settings):
    settings.PUBLIC_URL = "https://desk.example.org"
    call_command("demo")
    slug = Project.objects.get(is_sample=True).slug
    assert capsys.readouterr().out.endswith(f": https://desk.example.org/p/{slug}/\n")
    call_command("demo", "--remove")
    assert not Project.objects.filter(is_sample=True).exists()


def test_the_command_line_says_when_nobody_is_there():
    a_user()
    with pytest.raises(Exception, match=r"manage\.py up"):
        call_command("demo")


def test_the_command_says_why_a_desk_is_not_removed_yet():
    person = a_user(is_superuser=True)
    project = desk.load(by=person)
    job = project.jobs.first()
    copies.note(job, a_connection(project, "llamacloud_v2"), "copy-1")
    with pytest.raises(CommandError, match="still to remove"):
        call_command("demo", "--remove")
    assert Project.objects.filter(pk=project.pk).exists()
