"""Answers that came in one poll are kept together, and as one by one."""

from __future__ import annotations

import pytest
from django.db import connection, models
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from classifyhub.clock import in_seconds
from classifyhub.engine.model import Answer, PageAnswer
from jobs import pipeline, polling, states, storing
from jobs.models import Job, JobEvent, PageResult, Reason, Result, ReviewItem, Run, Status, Submission
from jobs.providers.base import Reply
from tests.support.factories import a_document, a_member, a_project, a_run, a_version
from tests.support.providers import ScriptedProvider, install

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

PAGES = (PageAnswer(page=1, type="Invoice", confidence=0.9), PageAnswer(page=2, type=None, confidence=None))
ANSWER = Answer(type="Invoice", confidence=0.9, reasoning="It says so.", pages=PAGES)
REPLY = Reply(answer=ANSWER, pages_read=2, raw={"id": "r"})


@pytest.fixture
def provider(monkeypatch):
    return install(monkeypatch, ScriptedProvider())


def accepted(run: Run) -> list[Job]:
    for job in run.jobs.all():
        submission = Submission.objects.create(
            project=run.project,
            provider="echo",
            idempotency_key=f"{job.uid}-1",
            remote_id=f"r{job.pk}",
            accepted_at=Now(),
        )
        Job.objects.filter(pk=job.pk).update(
            status=Status.RUNNING,
            client_status=Status.RUNNING,
            reason=Reason.WAITING,
            started_at=Now(),
            submission=submission,
            next_action_at=in_seconds(-1),
        )
    return list(run.jobs.select_related("run", "version", "document", "submission").order_by("pk"))


def poll_home(provider: ScriptedProvider, *pairs: tuple[Job, Reply]) -> list[str]:
    """The statements it took."""
    provider.polled = {f"r{job.pk}": reply for job, reply in pairs}
    with CaptureQueriesContext(connection) as queries:
        polling.poll_batch(polling.waiting_jobs("echo", None))
    return [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]


def row(found: models.Model, *, apart_from: set[str]) -> dict[str, object]:
    """What a row says, without what tells it from others."""
    names = {field.attname for field in found._meta.concrete_fields} - apart_from
    return {name: getattr(found, name) for name in names}


OWN = {"id", "uid", "created_at", "updated_at", "started_at", "finished_at", "released_at", "at"} | {
    f"{name}_id" for name in ("run", "document", "submission", "job", "result", "current_result", "item")
}


def leftovers(job: Job) -> list[object]:
    """All that one answer leaves behind."""
    pages = PageResult.objects.filter(result__job=job).order_by("page")
    found = [Job.objects.get(pk=job.pk), Result.objects.get(job=job), ReviewItem.objects.get(job=job), *pages]
    found += [*JobEvent.objects.filter(job=job, to_status=Status.COMPLETED)]
    return [row(one, apart_from=OWN | {"rank"}) for one in found]


@pytest.mark.parametrize("policy", [{}, {"auto_approve_at": 0.5}, {"auto_approve_at": 0.95, "hold": True}])
def test_an_answer_kept_with_others_leaves_what_it_leaves_alone(provider, policy):
    project = a_project()
    run = a_run(project, version=a_version(project, policy=policy), documents=3)
    first, second, third = accepted(run)
    pipeline.store_reply(first, REPLY)
    poll_home(provider, (second, REPLY), (third, REPLY))
    assert leftovers(second) == leftovers(third) == leftovers(first)
    assert Submission.objects.filter(closed_at__isnull=True).count() == 0
    assert Run.objects.get().finished_at is not None


def test_sixty_answers_take_hardly_more_statements_than_two(provider):
    project = a_project()
    few, many = a_run(project, documents=2), a_run(project, documents=60)
    for_few = poll_home(provider, *((job, REPLY) for job in accepted(few)))
    for_many = poll_home(provider, *((job, REPLY) for job in accepted(many)))
    assert Result.objects.count() == 62
    assert len(for_many) <= len(for_few) + 4  # some databases take a long insert in pieces


def test_sixty_documents_that_wait_alike_are_put_off_in_one_statement(provider):
    jobs = accepted(a_run(a_project(), documents=60))
    asked = poll_home(provider)
    assert sum("UPDATE" in sql and "jobs_job" in sql for sql in asked) == 1
    assert Job.objects.filter(next_action_at__gt=Now()).count() == len(jobs)


def test_where_one_was_cancelled_meanwhile_nothing_is_kept_together(provider):
    jobs = accepted(a_run(a_project(), documents=3))
    states.cancel(Job.objects.get(pk=jobs[1].pk), by=None)
    with pytest.raises(states.LostRaceError):
        storing.store([(job, REPLY) for job in jobs])
    assert not Result.objects.exists()
    assert not Submission.objects.filter(closed_at__isnull=False).exists()


def test_one_that_is_cancelled_while_the_provider_is_asked_costs_the_others_nothing(provider, monkeypatch):
    jobs = accepted(a_run(a_project(), documents=3))
    plain = provider.poll

    def poll(pending):
        states.cancel(Job.objects.get(pk=jobs[1].pk), by=None)
        return plain(pending)

    monkeypatch.setattr(provider, "poll", poll)
    poll_home(provider, *((job, REPLY) for job in jobs))
    statuses = Job.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == [Status.COMPLETED, Status.CANCELLED, Status.COMPLETED]
    assert Result.objects.count() == 2


def test_an_answer_outside_the_rules_fails_alone(provider):
    jobs = accepted(a_run(a_project(), documents=3))
    strange = Reply(answer=Answer(type="Recipe", confidence=0.9, reasoning=""))
    poll_home(provider, (jobs[0], REPLY), (jobs[1], strange), (jobs[2], REPLY))
    reasons = Job.objects.order_by("pk").values_list("status", "reason")
    assert list(reasons) == [
        (Status.COMPLETED, ""),
        (Status.FAILED, Reason.CONTRACT_BROKEN),
        (Status.COMPLETED, ""),
    ]


def test_the_same_document_twice_in_one_poll_has_one_item_with_the_newer_answer(provider):
    project = a_project()
    version, document, by = a_version(project), a_document(project), a_member(project)
    first = accepted(a_run(project, version=version, documents=[document], by=by))[0]
    second = accepted(a_run(project, version=version, documents=[document], by=by))[0]
    poll_home(provider, (first, REPLY), (second, REPLY))
    assert ReviewItem.objects.get().job_id == second.pk
    assert Result.objects.count() == 2


def test_a_document_that_people_have_seen_before_goes_by_itself():
    project = a_project()
    version, document, by = a_version(project), a_document(project), a_member(project)
    pipeline.store_reply(accepted(a_run(project, version=version, documents=[document], by=by))[0], REPLY)
    again = accepted(a_run(project, version=version, documents=[document], by=by))[0]
    assert storing.part([(again, REPLY)]) == ([], [(again, REPLY)])


def test_an_answer_with_a_bill_goes_by_itself():
    job = accepted(a_run(a_project()))[0]
    billed = Reply(answer=ANSWER, credits=3.0)
    assert storing.part([(job, billed)]) == ([], [(job, billed)])


def test_a_try_leaves_nothing_to_review(provider):
    jobs = accepted(a_run(a_project(), documents=2, source=Run.Source.TRY))
    poll_home(provider, *((job, REPLY) for job in jobs))
    assert Result.objects.count() == 2
    assert not ReviewItem.objects.exists()
