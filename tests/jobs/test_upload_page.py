"""The upload page and its actions, with and without scripts."""

from __future__ import annotations

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from classifyhub.accounts.models import Role
from classifyhub.clock import database_now
from jobs import batches, habits, intake
from jobs.models import ConnectionDay, Document, IntakeBatch, Run
from jobs.providers.base import Call
from jobs.remote import circuits
from rules.models import Connection
from tests.support.factories import a_connection, a_document, a_member, a_project, a_version

pytestmark = pytest.mark.django_db

Check, Choice = Document.Check, Document.Choice


class Page:
    """The upload page of one person."""

    def __init__(self, role: Role = Role.REVIEWER) -> None:
        self.project = a_project()
        self.version = a_version(self.project, provider="local")
        self.user = a_member(self.project, role)
        self.client = Client()
        self.client.force_login(self.user)

    def url(self, name: str = "upload") -> str:
        return reverse(name, args=[self.project.slug])

    def get(self, *, fragment: bool = False, **query):
        return self.client.get(self.url(), query, headers={"HX-Request": "true"} if fragment else {})

    def post(self, name: str, data: dict | None = None, *, fragment: bool = False):
        return self.client.post(self.url(name), data or {}, headers={"HX-Request": "true"} if fragment else {})

    def batch(self, expected: int = 0) -> IntakeBatch:
        return intake.open_batch(self.project, by=self.user, expected=expected)

    def staged(self, name: str = "letter.txt", **fields) -> Document:
        fields = {"page_count": 1, "has_text": True, "batch": self.batch()} | fields
        return a_document(self.project, name=name, **fields)


@pytest.fixture
def page() -> Page:
    return Page()


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


class TestShown:
    def test_without_files_there_is_the_place_to_drop_them_and_nothing_to_launch(self, page):
        shown = text_of(page.get())
        assert "Drop files or folders anywhere" in shown
        assert "launch-bar" not in shown

    def test_trouble_stands_above_what_is_ready(self, page):
        page.staged("good.txt")
        page.staged("locked.pdf", check_state=Check.ENCRYPTED, choice=Choice.LEAVE)
        shown = text_of(page.get())
        assert shown.index("1 needs a look") < shown.index("Encrypted. Ask the sender") < shown.index("1 ready")
        assert "Classify 1 document " in shown
        assert "1 of 2 files" in shown
        assert "No credits, nothing leaves this machine" in shown

    def test_what_is_being_checked_is_asked_for_again_until_it_is_done(self, page):
        document = page.staged(check_state=Check.PENDING)
        shown = text_of(page.get())
        assert "every 2s" in shown
        assert 'data-key="Enter" disabled' in shown
        Document.objects.filter(pk=document.pk).update(check_state=Check.READY)
        shown = text_of(page.get())
        assert "every 2s" not in shown
        assert 'data-key="Enter" disabled' not in shown

    def test_a_poll_that_has_seen_it_all_gets_nothing_to_swap(self, page):
        page.staged()
        seen = page.get().context["staged"].seen
        assert page.get(fragment=True, seen=seen).status_code == 204
        assert page.get(fragment=True, seen="other").status_code == 200

    def test_the_fragment_brings_bar_and_rail_with_it(self, page):
        page.staged()
        shown = text_of(page.get(fragment=True))
        assert "<html" not in shown
        assert shown.count('hx-swap-oob="true"') == 3
        assert "hx-swap-oob" not in text_of(page.get())

    def test_another_preset_shows_its_own_estimate(self, page):
        page.staged(page_count=48)
        other = a_version(page.project, provider="llamacloud_v2", max_pages=5)
        shown = text_of(page.get(fragment=True, version=str(other.uid)))
        assert "What LlamaCloud v2 will do" in shown
        assert "about 5 credits" in shown
        assert "5 of 48 pages" in shown

    def test_a_preset_of_another_project_is_not_shown(self, page):
        page.staged()
        stranger = a_version(a_project(), provider="llamacloud_v2")
        assert "What Local engine will do" in text_of(page.get(version=str(stranger.uid)))

    def test_without_a_published_preset_the_way_leads_there(self, page):
        page.version.preset.delete()
        page.staged()
        shown = text_of(page.get())
        assert "None is published yet" in shown
        assert "Go to Presets" in shown

    def test_files_that_did_not_arrive_are_told(self, page):
        page.staged(batch=page.batch(expected=40))
        assert "1 of 40 files have arrived." in text_of(page.get())

    def test_a_long_list_is_cut_and_can_be_shown_whole(self, page, monkeypatch):
        monkeypatch.setattr("jobs.staging.ROWS", 2)
        for number in range(5):
            page.staged(f"letter-{number}.txt")
        assert "and 3 more" in text_of(page.get())
        assert "and 3 more" not in text_of(page.get(rows="all"))

    def test_names_of_strangers_are_escaped(self, page):
        page.staged("<script>alert(1)</script>.txt")
        assert "<script>alert" not in text_of(page.get())

    def test_everybody_sees_their_own_files_only(self, page):
        page.staged("mine.txt")
        page.client.force_login(a_member(page.project, Role.ADMIN))
        assert "mine.txt" not in text_of(page.get())


class TestActions:
    def test_one_document_is_left_out_and_taken(self, page):
        document = page.staged("fax.pdf", media_type="image/tiff")
        for choice in (Choice.LEAVE, Choice.TAKE):
            answer = page.post("upload_choose", {choice: document.uid}, fragment=True)
            document.refresh_from_db()
            assert (answer.status_code, document.choice) == (200, choice)

    def test_everything_that_needs_a_look_is_left_out_and_taken_and_the_rest_stays(self, page):
        ready = page.staged("good.txt")
        trouble = [page.staged("fax.pdf", media_type="image/tiff"), page.staged("b.txt", check_state=Check.EMPTY)]
        for choice in (Choice.LEAVE, Choice.TAKE):
            page.post("upload_choose", {choice: "all"})
            assert {document.choice for document in Document.objects.filter(pk__in=[d.pk for d in trouble])} == {choice}
        ready.refresh_from_db()
        assert ready.choice == Choice.TAKE

    def test_a_document_is_removed(self, page):
        document = page.staged()
        page.post("upload_remove", {"remove": document.uid}, fragment=True)
        document.refresh_from_db()
        assert document.deleted_at is not None

    @pytest.mark.parametrize("uid", ["", "nonsense", str(uuid.uuid4())])
    def test_a_document_that_is_not_there_is_said(self, page, uid):
        page.staged()
        assert page.post("upload_remove", {"remove": uid}).status_code == 404

    def test_clearing_erases_everything_that_is_staged(self, page):
        page.staged("one.txt"), page.staged("two.txt")
        batch = page.batch()
        page.post("upload_clear")
        shown = text_of(page.get())
        assert "Cleared 2 files" in shown
        assert "one.txt" not in shown
        batches.erase_cleared(batch.pk)
        assert not Document.objects.present().filter(project=page.project).exists()

    def test_going_on_without_the_rest(self, page):
        page.staged(batch=page.batch(expected=40))
        page.post("upload_settle")
        assert "have arrived" not in text_of(page.get())

    def test_the_switch_is_remembered(self, page):
        for on in (True, False):
            page.post("upload_switch", {"on": "1"} if on else {}, fragment=True)
            page.user.refresh_from_db()
            assert habits.launches_at_once(page.user) is on

    def test_actions_without_anything_staged_do_no_harm(self, page):
        for name in ("upload_choose", "upload_remove", "upload_settle", "upload_clear"):
            assert page.post(name).status_code == 303


class TestLaunch:
    def launch(self, page: Page, **changes):
        data = {"batch": page.batch().uid, "version": page.version.uid} | changes
        return page.post("upload_launch", data)

    def test_it_leads_to_the_run(self, page):
        page.staged()
        answer = self.launch(page)
        run = Run.objects.get()
        assert (answer.status_code, answer["Location"]) == (303, reverse("run", args=[page.project.slug, run.uid]))
        assert run.version == page.version

    def test_the_same_launch_from_a_second_tab_leads_to_the_same_run(self, page):
        page.staged()
        data = {"batch": page.batch().uid, "version": page.version.uid}
        first, second = page.post("upload_launch", data), page.post("upload_launch", data)
        assert (first["Location"], Run.objects.count()) == (second["Location"], 1)

    def test_nothing_taken_is_said(self, page):
        page.staged(choice=Choice.LEAVE)
        assert self.launch(page)["Location"] == page.url()
        assert "Every file is left out. Take at least one." in text_of(page.get())

    @pytest.mark.parametrize("changes", [{"version": "x"}, {"version": ""}, {"batch": str(uuid.uuid4())}])
    def test_what_is_gone_is_said(self, page, changes):
        page.staged()
        self.launch(page, **changes)
        assert not Run.objects.exists()
        assert "That preset or upload is gone." in text_of(page.get())

    def test_an_older_version_is_not_launched(self, page):
        page.staged()
        a_version(page.project, preset=page.version.preset)
        self.launch(page)
        assert not Run.objects.exists()


class TestForm:
    """A browser without scripts."""

    def send(self, page: Page, *files: SimpleUploadedFile):
        return page.client.post(page.url("upload_form"), {"files": list(files)})

    def test_all_files_of_a_form_are_staged(self, page):
        answer = self.send(page, *(SimpleUploadedFile(f"{n}.txt", f"Dear {n}".encode()) for n in range(3)))
        batch = IntakeBatch.objects.get()
        assert (answer.status_code, answer["Location"], batch.documents.count()) == (303, page.url(), 3)
        assert batch.expected == 3

    def test_a_file_over_the_cap_is_listed_beside_the_others(self, page, settings):
        settings.MAX_UPLOAD = 100
        self.send(page, SimpleUploadedFile("a.txt", b"x" * 101), SimpleUploadedFile("b.txt", b"y"))
        states = dict(IntakeBatch.objects.get().documents.values_list("name", "check_state"))
        assert states == {"a.txt": Check.TOO_LARGE, "b.txt": Check.PENDING}

    def test_a_form_larger_than_any_honest_choice_is_refused_unread(self, page, settings):
        settings.MAX_UPLOAD = 100
        answer = self.send(page, SimpleUploadedFile("a.txt", b"x" * 2000))
        assert (answer.status_code, IntakeBatch.objects.count()) == (413, 0)

    def test_no_file_at_all_is_said(self, page):
        page.client.post(page.url("upload_form"))
        assert "No file was chosen." in text_of(page.get())

    def test_without_the_token_nothing_is_taken(self, page):
        client = Client(enforce_csrf_checks=True)
        client.force_login(page.user)
        answer = client.post(page.url("upload_form"), {"files": SimpleUploadedFile("a.txt", b"x")})
        assert (answer.status_code, Document.objects.count()) == (403, 0)

    def test_a_viewer_is_refused_before_anything_is_read(self):
        page = Page(Role.VIEWER)
        assert self.send(page, SimpleUploadedFile("a.txt", b"x")).status_code == 403


class TestAddresses:
    def send(self, page: Page, *lines: str, drop: str = ""):
        return page.post("upload_addresses", {"addresses": "\n".join(lines), "drop": drop or str(uuid.uuid4())})

    def test_each_address_is_staged_for_a_worker(self, page):
        answer = self.send(page, "https://example.org/a.pdf", "https://example.org/b.pdf?key=s3cret")
        assert (answer.status_code, answer["Location"]) == (303, page.url())
        shown = text_of(page.get())
        assert shown.count("Fetching from example.org") == 2
        assert "b.pdf" in shown
        assert "s3cret" not in shown
        assert "every 2s" in shown
        assert f'data-batch="{reverse("intake_status", args=[page.project.slug, page.batch().uid])}"' in shown

    def test_what_is_no_address_stays_in_the_form_with_its_reason_and_the_others_are_staged(self, page):
        answer = self.send(page, "https://example.org/a.pdf", "<b>bill</b>", "http://example.org:22/")
        shown = text_of(answer)
        assert answer.status_code == 422
        assert "&lt;b&gt;bill&lt;/b&gt;</b> Not a web address. It starts with http:// or https://." in shown
        assert "Port 22 is not allowed. Ask your operator to allow it." in shown
        assert "&lt;b&gt;bill&lt;/b&gt; http://example.org:22/</textarea>" in shown
        assert [document.name for document in Document.objects.all()] == ["a.pdf"]

    def test_the_same_form_sent_twice_stages_once_and_with_other_addresses_again(self, page):
        drop = str(uuid.uuid4())
        for lines in (["https://example.org/a"], ["https://example.org/a"], ["https://example.org/b"]):
            self.send(page, *lines, drop=drop)
        assert [document.name for document in Document.objects.order_by("pk")] == ["a", "b"]
        assert IntakeBatch.objects.get().expected == 2

    def test_more_than_a_hundred_stay_in_the_form(self, page):
        answer = self.send(page, *(f"https://example.org/{number}" for number in range(102)))
        assert Document.objects.count() == 100
        assert text_of(answer).count("Beyond the first 100. Send the form again for these.") == 2

    @pytest.mark.parametrize("lines", [[], [" "]])
    def test_an_empty_form_is_said(self, page, lines):
        self.send(page, *lines)
        assert "No address was given." in text_of(page.get())

    def test_the_answer_with_a_refusal_can_be_loaded_anew(self, page):
        assert self.send(page, "nonsense")["HX-Push-Url"] == page.url()
        answer = page.client.get(page.url("upload_addresses"), HTTP_ACCEPT="text/html")
        assert (answer.status_code, answer["Location"]) == (302, page.url())

    def test_a_viewer_is_refused(self):
        assert self.send(Page(Role.VIEWER), "https://example.org/a").status_code == 403


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.REVIEWER, 200), (Role.ADMIN, 200)])
def test_reviewers_and_up_may_upload(role, status):
    assert Page(role).get().status_code == status


def test_pages_tell_scripts_where_dropped_files_go_only_to_those_who_may_upload():
    for role, is_told in ((Role.VIEWER, False), (Role.REVIEWER, True)):
        page = Page(role)
        home = page.client.get(reverse("home", args=[page.project.slug]))
        assert (f'data-intake="{reverse("intake_open", args=[page.project.slug])}"' in home.content.decode()) is is_told


class TestRemote:
    """A launch through a connection: what it costs, what it ignores, and who answers today."""

    def launch(self, page, **fields) -> str:
        page.staged("scan.pdf", page_count=48, media_type="application/pdf")
        connection = Connection.objects.get(project=page.project)
        a_version(page.project, preset=page.version.preset, **{"connection": connection} | fields)
        return text_of(page.get(version=str(page.version.preset.versions.last().uid)))

    def connect(self, page, provider: str, **fields) -> Connection:
        return a_connection(page.project, provider, name="Mail room", **fields)

    def test_the_estimate_stands_beside_what_is_used_of_the_cap(self, page):
        connection = self.connect(page, "llamacloud_v2", daily_cap=2000)
        ConnectionDay.objects.create(connection=connection, day=database_now().date(), credits=640)
        shown = self.launch(page, provider="llamacloud_v2")
        assert 'about 48 credits<span class="launch-budget">; 640 of 2,000 used today</span>' in shown
        assert "Not enough for all" not in shown

    def test_a_launch_beyond_the_cap_is_told_so(self, page):
        self.connect(page, "llamacloud_v2", daily_cap=40)
        shown = self.launch(page, provider="llamacloud_v2", fallback_provider="local")
        assert "Not enough for all: the rest goes to Local engine." in shown

    def test_a_connection_that_is_down_is_shown_with_who_answers_instead(self, page):
        connection = self.connect(page, "llamacloud_v2")
        for _ in range(circuits.FAILURES):
            circuits.note(connection, Call(verb="GET", seconds=0.1, reason="unavailable", said="503"))
        shown = self.launch(page, provider="llamacloud_v2", fallback_provider="local")
        assert "<strong>Does not answer: Mail room.</strong> Documents go to the fallback, Local engine." in shown
        assert "Local engine answers" in shown

    def test_what_the_provider_ignores_or_cuts_is_said(self, page):
        self.connect(page, "unsiloed")
        shown = self.launch(page, provider="unsiloed")
        assert "Ignores descriptions." in shown
        assert "Reads the first 4 pages." in shown
        assert "about 4 credits" in shown

    def test_what_the_provider_does_not_take_costs_nothing(self, page):
        self.connect(page, "unsiloed")
        page.staged("letter.txt", page_count=3)
        shown = self.launch(page, provider="unsiloed")
        assert "1 of 2 documents, 1 by hand" in shown
        assert "about 4 credits" in shown
