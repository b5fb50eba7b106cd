"""The runs of a project, one run with its live table, and the buttons above it."""

from __future__ import annotations

import errno
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from classifyhub.accounts.models import Project, Role
from jobs import erasure, pipeline, review, storage
from jobs.models import Document, Job, Reason, Run, Status
from tests.support.factories import a_document, a_member, a_run, a_version, an_item
from tests.support.forms import form_to, forms_of

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def queries(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def finish(run: Run) -> Run:
    for job in run.jobs.all():
        pipeline.run(job.pk)
    run.refresh_from_db()
    return run


def test_a_run_that_mostly_fits_no_rule_asks_whether_another_preset_was_meant(client, url, project, admin):
    asked = []
    for answer in (None, "Invoice"):
        version = a_version(project, provider_options={"type": answer})
        found = finish(a_run(project, by=admin, version=version, documents=5))
        Run.objects.filter(pk=found.pk).update(finished_at=found.created_at)
        asked.append(b"5 of 5 documents fit no rule." in client.get(url("run", found.uid)).content)
    assert asked == [True, False]


class TestTheList:
    def test_runs_are_listed_the_newest_first_page_by_page(self, client, url, project, admin):
        version = a_version(project)
        Run.objects.bulk_create(
            Run(project=project, version=version, by=admin, name=f"Run no {n}.", sealed_at=None) for n in range(40)
        )
        first = client.get(url("runs"))
        assert b"Run no 39." in first.content
        assert b"Run no 9." not in first.content
        second = client.get(url("runs") + first.context["older"])
        assert b"Run no 9." in second.content
        assert second.context["older"] == ""

    def test_tries_of_a_draft_are_left_to_the_editor(self, client, url, project, admin):
        a_run(project, by=admin, source=Run.Source.TRY)
        assert client.get(url("runs")).context["rows"] == []

    def test_fifty_runs_cost_no_more_queries_than_two(self, client, url, project, admin):
        version = a_version(project)
        for _ in range(2):
            a_run(project, by=admin, version=version)
        few = queries(client, url("runs"))
        for _ in range(48):
            a_run(project, by=admin, version=version)
        assert queries(client, url("runs")) <= few
        assert few <= 15

    @pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "٣", ""])
    def test_any_address_opens_it(self, client, url, before):
        assert client.get(url("runs"), {"before": before}).status_code == 200


class TestOneRun:
    def test_it_refreshes_itself_until_every_document_is_final(self, client, url, project, admin):
        run = a_run(project, by=admin)
        assert b'hx-trigger="every' in client.get(url("run", run.uid)).content
        assert b'hx-trigger="every' in client.get(url("run", run.uid), headers=HTMX).content
        finish(run)
        assert b'hx-trigger="every' not in client.get(url("run", run.uid)).content
        assert b'hx-trigger="every' not in client.get(url("run", run.uid), headers=HTMX).content

    def test_while_it_is_live_what_was_begun_stands_on_top_and_after_that_the_newest(self, client, url, project, admin):
        run = a_run(project, by=admin, documents=3)
        keys = list(run.jobs.order_by("pk").values_list("pk", flat=True))
        pipeline.run(keys[0])

        def shown(**address: str) -> list[int]:
            return [row.job.pk for row in client.get(url("run", run.uid), address).context["rows"]]

        assert shown() == keys
        assert shown(status=Status.PENDING) == [keys[2], keys[1]]
        assert shown(before=str(keys[2])) == [keys[1], keys[0]]
        finish(run)
        assert shown() == keys[::-1]

    def test_htmx_gets_the_fragment_and_both_answers_vary_on_it(self, client, url, project, admin):
        address = url("run", a_run(project, by=admin).uid)
        page, fragment = client.get(address), client.get(address, headers=HTMX)
        boosted = client.get(address, headers=HTMX | {"HX-Boosted": "true"})
        assert [b"<html" in answer.content for answer in (page, fragment, boosted)] == [True, False, True]
        assert all("HX-Request" in answer["Vary"] for answer in (page, fragment, boosted))

    def test_fifty_rows_cost_no_more_queries_than_two(self, client, url, project, admin):
        small = finish(a_run(project, by=admin, documents=2))
        large = finish(a_run(project, by=admin, version=small.version, documents=50))
        few = queries(client, url("run", small.uid))
        assert queries(client, url("run", large.uid)) <= few
        assert few <= 20

    def test_decided_rows_with_their_deciders_cost_no_more_either(self, client, url, project, admin):
        version = a_version(project)
        for count in (2, 20):
            run = finish(a_run(project, by=admin, version=version, documents=count))
            for _ in range(count):
                held = review.claim_next(project, None, by=admin)
                review.approve(held.item, token=held.claim.token, by=admin)
            if count == 2:
                few = queries(client, url("run", run.uid))
        assert queries(client, url("run", run.uid)) <= few

    def test_a_filter_narrows_the_table_and_keeps_the_others(self, client, url, project, admin):
        run = finish(
            a_run(project, by=admin, documents=[a_document(project, name=f"{n}.txt") for n in ("bill", "card")])
        )
        page = client.get(url("run", run.uid), {"q": "bill", "status": "COMPLETED"})
        assert [row.job.document.name for row in page.context["rows"]] == ["bill.txt"]
        assert "q=bill" in page.context["type_choices"][0].address

    def test_a_name_is_shown_as_text_whatever_it_is(self, client, url, project, admin):
        name = "<script>alert(1)<x>'&.txt"
        run = finish(a_run(project, by=admin, documents=[a_document(project, name=name)]))
        Run.objects.filter(pk=run.pk).update(name=name)
        for address in (url("run", run.uid), url("runs"), url("job", run.jobs.get().uid), url("review"), url("home")):
            page = client.get(address)
            assert b"<script>alert" not in page.content
            assert b"&lt;script&gt;alert" in page.content


class TestButtons:
    @pytest.fixture
    def failed(self, project, admin) -> Run:
        version = a_version(project, provider_options={"error": "rejected"})
        return finish(a_run(project, by=admin, version=version, documents=2))

    def test_the_forms_of_the_page_work_as_they_are(self, client, url, failed):
        page = client.get(url("run", failed.uid))
        answer = form_to(page, url("run_retry", failed.uid)).send(client)
        assert answer.places == [url("run", failed.uid)]
        assert set(failed.jobs.values_list("status", flat=True)) == {Status.PENDING}
        page = client.get(url("run", failed.uid))
        form_to(page, url("run_cancel", failed.uid)).send(client)
        assert set(failed.jobs.values_list("status", flat=True)) == {Status.CANCELLED}

    def test_every_form_of_the_page_carries_the_token_against_forgery(self, client, url, failed):
        for form in forms_of(client.get(url("run", failed.uid))):
            assert form.method != "post" or "csrfmiddlewaretoken" in form.fields, form

    def test_one_row_is_retried_from_the_table_and_back_to_it(self, client, url, failed):
        job = failed.jobs.first()
        page = client.get(url("run", failed.uid))
        answer = form_to(page, url("job_retry", job.uid)).send(client)
        assert answer.places == [url("run", failed.uid)]
        job.refresh_from_db()
        assert job.status == Status.PENDING

    def test_what_would_end_the_same_again_is_not_offered_a_retry(self, client, url, failed):
        first, second = failed.jobs.all()
        Job.objects.filter(pk=first.pk).update(reason=Reason.NO_LOCAL_READER)
        page = client.get(url("run", failed.uid)).content.decode()
        assert "Retry 1 failed" in page
        assert url("job_retry", first.uid) not in page
        assert url("job_retry", second.uid) in page
        Job.objects.update(reason=Reason.EMPTY)
        assert url("run_retry", failed.uid) not in client.get(url("run", failed.uid)).content.decode()

    def test_classify_again_pressed_twice_is_one_run(self, client, url, failed):
        form = form_to(client.get(url("run", failed.uid)), url("run_again", failed.uid))
        first, second = form.send(client), form.send(client)
        assert first.places == second.places
        assert Run.objects.filter(source=Run.Source.AGAIN).count() == 1
        other = form_to(client.get(url("run", failed.uid)), url("run_again", failed.uid))
        other.send(client)
        assert Run.objects.filter(source=Run.Source.AGAIN).count() == 2

    @pytest.mark.parametrize("preset", ["", "x", str(uuid.uuid4())])
    def test_an_unknown_preset_is_not_found(self, press, url, failed, preset):
        assert press(url("run_again", failed.uid), preset=preset).status_code == 404

    def test_cancelling_and_retrying_twice_does_no_harm(self, press, url, failed):
        for name in ("run_retry", "run_retry", "run_cancel", "run_cancel"):
            assert press(url(name, failed.uid)).status_code == 303
        assert set(failed.jobs.values_list("status", "attempt")) == {(Status.CANCELLED, 2)}

    def test_htmx_is_led_on_without_a_page_in_between(self, client, press, url, failed):
        client.handler.enforce_csrf_checks = False
        answer = client.post(url("run_retry", failed.uid), headers=HTMX)
        assert (answer.status_code, answer["HX-Location"]) == (204, url("run", failed.uid))

    def test_erasing_takes_every_document_and_leaves_the_counts(self, client, press, url, failed):
        press(url("run_erase", failed.uid))
        assert not Document.objects.present().exists()
        page = client.get(url("run", failed.uid))
        assert page.context["counts"].failed == 2
        assert page.content.count(b"Erased document") >= 2
        assert b"Erasing: 2 documents left." in page.content
        erasure.go_on_erasing(failed, by=None)
        assert b"Erasing" not in client.get(url("run", failed.uid)).content

    def test_a_document_that_could_not_be_erased_is_named_with_its_cause(self, client, press, url, failed, monkeypatch):
        press(url("run_erase", failed.uid))

        def deny(*_where):
            raise PermissionError(errno.EACCES, "denied")

        with monkeypatch.context() as patch:
            patch.setattr(storage, "remove_everything", deny)
            erasure.go_on_erasing(failed, by=None)
        page = client.get(url("run", failed.uid))
        assert "2 documents could not be erased yet" in page.content.decode()
        assert b"Permission denied" in page.content
        assert b'hx-trigger="every 2s" hx-select="#run-poll"' not in page.content
        job = client.get(url("job", failed.jobs.first().uid)).content.decode()
        assert "not all of it could be removed: Permission denied" in job
        erasure.go_on_erasing(failed, by=None)
        assert b"could not be erased" not in client.get(url("run", failed.uid)).content

    def test_what_may_be_billed_twice_is_not_retried_from_here(self, client, press, url, failed):
        Job.objects.update(reason=Reason.OUTCOME_UNKNOWN)
        job = failed.jobs.first()
        press(url("job_retry", job.uid))
        job.refresh_from_db()
        assert job.status == Status.FAILED

    @pytest.mark.parametrize("run", ["x", "../../", str(uuid.uuid4())])
    def test_a_way_back_that_leads_nowhere_is_no_error(self, press, url, failed, run):
        assert press(url("job_retry", failed.jobs.first().uid), run=run).status_code == 303


class TestExport:
    @pytest.mark.parametrize(
        ("name", "kind", "ending"), [("run_export", "text/csv", ".csv"), ("run_export_lines", "ndjson", ".jsonl")]
    )
    def test_it_is_a_download_that_is_streamed(self, client, url, name, kind, ending):
        item = an_item(Project.objects.get())
        Run.objects.update(name='Böse "Post"\r\nX: y')
        answer = client.get(url(name, item.job.run.uid))
        assert answer.streaming
        assert kind in answer["Content-Type"]
        assert answer["Content-Disposition"].startswith("attachment")
        assert ending in answer["Content-Disposition"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert item.document.name.encode() in b"".join(answer)

    def test_a_viewer_may_take_it_away(self, client, url, project, admin):
        run = a_run(project, by=admin)
        client.force_login(a_member(project, Role.VIEWER))
        assert b"".join(client.get(url("run_export", run.uid))).count(b"\r\n") == 2
