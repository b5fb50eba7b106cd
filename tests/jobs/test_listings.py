"""The table of a run: what each filter leaves, that counts and rows agree, and pages that meet at both ends."""

from __future__ import annotations

import pytest
from django.db.models.functions import Now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifyhub.text import fold
from jobs import listings, outcomes, pipeline, review, states
from jobs.listings import Filters
from jobs.models import Job, Reason, ReviewItem, Run, Status
from tests.support.factories import a_document, a_member, a_project, a_run, a_version, an_item

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

WAITS = {"next_action_at": Now(), "finished_at": None}


@pytest.fixture
def project():
    return a_project()


def a_run_of_all_kinds(project) -> tuple[Run, dict[str, Job]]:
    """Six documents: passed, waiting, without a match, failed, decided although it failed, and queued."""
    preset = a_version(project).preset
    by = a_member(project)
    run = a_run(project, by=by, version=a_version(project, preset=preset, policy={"auto_approve_at": 0.8}), documents=6)
    jobs = dict(
        zip(["passed", "waiting", "no match", "failed", "by hand", "queued"], run.jobs.order_by("pk"), strict=True)
    )
    answers = {
        "passed": {"type": "Invoice", "confidence": 0.9},
        "waiting": {"type": "Invoice", "confidence": 0.4},
        "no match": {"type": None, "confidence": 0.6},
    }
    for kind, options in answers.items():
        type(run.version).objects.filter(pk=run.version_id).update(provider_options=options)
        pipeline.run(jobs[kind].pk)
    for kind in ("failed", "by hand"):
        claimed = states.claim(jobs[kind].pk, worker="w", lease_seconds=60)
        outcomes.store_failure(claimed, reason=Reason.UNREADABLE, message="damaged")
    held = review.claim(review.open_item(jobs["by hand"]), by=by)
    review.decide(held.item, "Letter", token=held.claim.token, by=by)
    return Run.objects.select_related("version__preset").get(pk=run.pk), jobs


def kinds(run: Run, jobs: dict[str, Job], **filters) -> list[str]:
    names = {job.pk: name for name, job in jobs.items()}
    found = listings.narrow(listings.jobs_of(run), Filters(**filters), run)
    return [names[job.pk] for job in found.order_by("pk")]


class TestFilters:
    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ({}, ["passed", "waiting", "no match", "failed", "by hand", "queued"]),
            ({"status": "FAILED"}, ["failed", "by hand"]),
            ({"status": "PENDING"}, ["queued"]),
            ({"review": "waiting"}, ["waiting", "no match"]),
            ({"review": "auto_approved"}, ["passed"]),
            ({"review": "overridden"}, ["by hand"]),
            ({"review": "set_aside"}, ["failed"]),
            ({"type": "Invoice"}, ["passed", "waiting"]),
            ({"type": "Letter"}, ["by hand"]),
            ({"type": listings.NO_MATCH}, ["no match"]),
            ({"low": 60, "high": 90}, ["passed", "no match"]),
            ({"low": 91}, []),
            ({"status": "COMPLETED", "type": "Invoice", "high": 50}, ["waiting"]),
        ],
    )
    def test_each_leaves_its_own(self, project, filters, expected):
        run, jobs = a_run_of_all_kinds(project)
        assert kinds(run, jobs, **filters) == expected

    def test_names_are_found_whatever_their_case(self, project):
        documents = [
            a_document(project, name=name) for name in ("Straße 7.txt", "STRASSE 8.txt", "weg.txt", "100%.txt")
        ]
        run = a_run(project, documents=documents)

        def found(name: str) -> list[str]:
            narrowed = listings.narrow(listings.jobs_of(run), Filters(name=name), run)
            return [job.document.name for job in narrowed.order_by("pk")]

        assert found("strasse") == ["Straße 7.txt", "STRASSE 8.txt"]
        assert found("0%") == ["100%.txt"]
        assert found("_") == []

    def test_the_same_documents_item_under_another_preset_is_not_shown(self, project):
        item = an_item(project, policy={"auto_approve_at": 0.1})
        an_item(project, document=item.document)
        [job] = listings.jobs_of(item.job.run)
        assert job.item_status == "auto_approved"

    def test_documents_under_rules_sent_with_a_call_show_their_item(self, project):
        item = an_item(project)
        type(item.job.version).objects.filter(pk=item.job.version_id).update(preset=None, number=None)
        ReviewItem.objects.update(preset=None)
        run = Run.objects.select_related("version__preset").get()
        [job] = listings.jobs_of(run)
        assert job.item_status == "waiting"
        assert listings.stale_count(run) == 0

    def test_an_address_is_read_and_written_back(self):
        address = {"status": "FAILED", "review": "waiting", "type": "Invoice", "from": "20", "to": "80", "q": "a b"}
        filters = Filters.read(address | {"stale": "1"})
        assert (filters.low, filters.high, filters.stale, filters.is_empty) == (20, 80, True, False)
        assert filters.address() == "?status=FAILED&review=waiting&type=Invoice&from=20&to=80&q=a+b&stale=1"
        assert filters.address(status="", type="") == "?review=waiting&from=20&to=80&q=a+b&stale=1"

    @pytest.mark.parametrize(
        "address", [{"status": "DONE"}, {"from": "-5"}, {"to": "10000"}, {"from": "x"}, {"review": "x"}, {"stale": "2"}]
    )
    def test_what_an_old_link_says_wrongly_is_left_out(self, address):
        assert Filters.read(address).is_empty

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
    @given(st.dictionaries(st.sampled_from(["status", "review", "type", "from", "to", "q", "stale"]), st.text()))
    def test_any_address_opens_the_run(self, address):
        run = a_run(a_project(), documents=1)
        filters = Filters.read(address)
        list(listings.narrow(listings.jobs_of(run), filters, run))
        assert filters.address().isascii()
        assert fold(filters.name) == fold(fold(filters.name))


class TestCounts:
    def test_each_count_is_the_number_of_rows_behind_it(self, project):
        run, jobs = a_run_of_all_kinds(project)
        empty = Filters()
        choices = {
            "status": listings.status_choices(run, empty),
            "review": listings.review_choices(run, empty),
            "type": listings.type_choices(run, empty),
        }
        for field, lines in choices.items():
            assert lines
            for line in lines:
                assert len(kinds(run, jobs, **{field: line.value})) == line.count, line

    def test_what_people_decided_counts_under_what_they_decided(self, project):
        run, _jobs = a_run_of_all_kinds(project)
        counts = {line.value: line.count for line in listings.type_choices(run, Filters())}
        assert counts == {"Invoice": 2, "Letter": 1, listings.NO_MATCH: 1}

    def test_types_come_the_most_frequent_first_and_no_match_last(self, project):
        run, _jobs = a_run_of_all_kinds(project)
        lines = listings.type_choices(run, Filters(type="Letter"))
        assert [(line.value, line.monogram) for line in lines] == [("Invoice", "IN"), ("Letter", "LE"), ("-", "")]
        assert [line.is_chosen for line in lines] == [False, True, False]

    def test_a_chosen_filter_is_shown_also_when_nothing_is_behind_it_and_takes_itself_away(self, project):
        run = a_run(project)
        [line] = [line for line in listings.status_choices(run, Filters(status="FAILED")) if line.is_chosen]
        assert (line.value, line.count, line.address) == ("FAILED", 0, "?")


class TestPages:
    @pytest.fixture
    def run(self, project):
        return a_run(project, documents=120)

    def keys(self, page: listings.Page) -> list[int]:
        return [job.pk for job in page.jobs]

    def test_walking_down_and_up_again_shows_every_row_once(self, run):
        jobs = listings.jobs_of(run)
        everything = list(run.jobs.order_by("-pk").values_list("pk", flat=True))
        first = listings.page(jobs)
        second = listings.page(jobs, before=first.older)
        third = listings.page(jobs, before=second.older)
        assert self.keys(first) + self.keys(second) + self.keys(third) == everything
        assert (first.newer, third.older) == (None, None)
        up = listings.page(jobs, after=third.newer)
        assert self.keys(up) == self.keys(second)
        assert self.keys(listings.page(jobs, after=up.newer)) == self.keys(first)

    def test_going_up_to_less_than_a_page_shows_the_whole_first_page(self, run):
        jobs = listings.jobs_of(run)
        tenth = self.keys(listings.page(jobs))[9]
        page = listings.page(jobs, after=tenth)
        assert (len(page.jobs), page.newer) == (50, None)

    @pytest.mark.parametrize("address", [{"before": 0}, {"after": 10**18}, {"before": 10**18}])
    def test_an_address_past_either_end_shows_the_newest(self, run, address):
        jobs = listings.jobs_of(run)
        assert self.keys(listings.page(jobs, **address)) == self.keys(listings.page(jobs))

    def test_exactly_one_page_has_no_neighbours(self, project):
        page = listings.page(listings.jobs_of(a_run(project, documents=50)))
        assert (len(page.jobs), page.newer, page.older) == (50, None, None)

    def test_a_document_knows_its_neighbours_and_its_place(self, run):
        newest, middle, oldest = (run.jobs.order_by("-pk")[place] for place in (0, 60, 119))
        assert listings.neighbours(newest)[0] is None
        assert listings.neighbours(newest)[2:] == (1, 120)
        newer, older, place, _total = listings.neighbours(middle)
        assert (newer.pk > middle.pk > older.pk, place) == (True, 61)
        assert listings.neighbours(oldest)[1] is None


class TestPageOfWork:
    @pytest.fixture
    def run(self, project):
        return a_run(project, documents=120)

    def begin(self, run: Run, number: int) -> list[int]:
        """Complete the first ``number`` documents; the keys of all, in the order of work."""
        keys = list(run.jobs.order_by("pk").values_list("pk", flat=True))
        finished = {"status": Status.COMPLETED, "client_status": Status.COMPLETED, "next_action_at": None}
        run.jobs.filter(pk__in=keys[:number]).update(**finished, finished_at=Now())
        return keys

    def first(self, run: Run) -> tuple[list[int], listings.Page]:
        page = listings.page_of_work(listings.jobs_of(run), run)
        return [job.pk for job in page.jobs], page

    @pytest.mark.parametrize("number", [0, 1, 49, 50, 51, 80, 119, 120])
    def test_it_begins_with_what_was_begun_last_and_has_every_other_row_on_either_side(self, run, number):
        keys = self.begin(run, number)
        shown, page = self.first(run)
        begun = keys[:number][::-1][:50]
        assert shown == begun + keys[number:][: 50 - len(begun)]
        above = run.jobs.filter(pk__gt=page.newer or keys[-1]).values_list("pk", flat=True)
        below = run.jobs.filter(pk__lt=page.older or keys[0]).values_list("pk", flat=True)
        assert sorted([*below, *shown, *above]) == keys

    def test_what_is_tried_again_keeps_its_place(self, run):
        keys = self.begin(run, 10)
        run.jobs.filter(pk=keys[3]).update(status=Status.PENDING, client_status=Status.PENDING, **WAITS)
        assert self.first(run)[0][:10] == keys[:10][::-1]

    def test_a_short_run_is_shown_whole(self, project):
        run = a_run(project, documents=5)
        keys = self.begin(run, 2)
        shown, page = self.first(run)
        assert shown == [keys[1], keys[0], *keys[2:]]
        assert (page.newer, page.older) == (None, None)


class TestStale:
    def test_only_decisions_on_another_version_than_the_published_one_are_stale(self, project):
        run, jobs = a_run_of_all_kinds(project)
        assert listings.stale_count(run) == 0
        newer = a_version(project, preset=run.version.preset)
        run = Run.objects.select_related("version__preset").get(pk=run.pk)
        assert run.version.preset.published == newer
        assert kinds(run, jobs, stale=True) == ["passed", "by hand"]
        assert listings.stale_count(run) == 2

    def test_classified_again_under_the_published_one_a_document_is_up_to_date(self, project):
        run, jobs = a_run_of_all_kinds(project)
        newer = a_version(project, preset=run.version.preset, policy={"auto_approve_at": 0.8})
        again = a_run(project, version=newer, documents=[jobs["passed"].document])
        pipeline.run(again.jobs.get().pk)
        run = Run.objects.select_related("version__preset").get(pk=run.pk)
        assert kinds(run, jobs, stale=True) == ["by hand"]


def test_the_rows_say_who_decided_and_what_the_machine_had_said(project):
    run, jobs = a_run_of_all_kinds(project)
    shown = {job.pk: job for job in listings.jobs_of(run)}
    by_hand = shown[jobs["by hand"].pk]
    assert (by_hand.shown_type, by_hand.has_type, by_hand.status) == ("Letter", True, Status.FAILED)
    assert by_hand.decider_email == run.by.email
    assert shown[jobs["queued"].pk].has_type is False
