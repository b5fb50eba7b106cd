"""The audit log as people read it: sentences, filters, pages, CSV."""

import ast
import csv
import io
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from classifyhub.accounts import audit, audit_search, keys, people
from classifyhub.accounts.audit_search import Filters
from classifyhub.accounts.audit_words import NOUNS, PHRASES, phrase, tell
from classifyhub.accounts.models import AuditEvent, Role, User
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return factories.a_project("Post room")


@pytest.fixture
def admin(project, client):
    admin = factories.a_member(project, Role.ADMIN, name="Ines V.", email="ines@example.org")
    client.force_login(admin)
    return admin


@pytest.fixture
def show(client, project):
    return lambda **query: client.get(reverse("audit_log", args=[project.slug]), query)


def events(project, number, *, by=None, verb="run.started"):
    return [audit.record(verb, project, by=by, project=project) for _ in range(number)]


class TestASentence:
    def test_says_who_did_what_to_what_and_what_changed(self, project, admin):
        viewer = factories.a_member(project, Role.VIEWER, email="dana@example.org")
        people.change_role(viewer.memberships.get(), Role.AUTHOR, by=admin)
        sentence = tell(AuditEvent.objects.get())
        assert str(sentence) == "Ines V. changed the role of dana@example.org"
        assert sentence.details == "role: viewer → author"

    def test_of_what_nobody_did_says_the_desk(self, project):
        assert str(tell(*events(project, 1, verb="document.erased"))) == "The desk erased document Post room"

    def test_falls_back_to_the_e_mail_of_who_is_gone(self, project):
        gone = factories.a_user("gone@example.org")
        events(project, 1, by=gone)
        gone.delete()
        event = AuditEvent.objects.select_related("actor").get()
        assert tell(event).who == "gone@example.org"

    def test_of_a_verb_without_a_phrase_is_plain_but_there(self, project):
        assert (
            str(tell(*events(project, 1, verb="mail_box.switched_off"))) == "The desk switched off mail box Post room"
        )

    @pytest.mark.parametrize(
        ("before", "after", "words"),
        [
            (None, None, ""),
            ({"days": None}, {"days": 30}, "days: none → 30"),
            (None, {"version": "AP v7", "source": "upload"}, "version: AP v7, source: upload"),
            (None, {"expires": None, "note": ""}, ""),
            ({"name": "Old"}, None, "name: Old"),
            (None, {"policy": {"hold": True}}, 'policy: {"hold": true}'),
        ],
    )
    def test_adds_what_changed_in_few_words(self, project, before, after, words):
        event = audit.record("x.y", project, by=None, project=project, before=before, after=after)
        assert tell(event).details == words

    def test_cuts_a_value_that_is_long(self, project):
        event = audit.record("x.y", project, by=None, project=project, after={"note": "n" * 500})
        assert len(tell(event).details) < 150


def verbs_in_the_code():
    """The verb of every ``audit.record`` call of the project that says it in place."""
    for folder in ("classifyhub", "rules", "jobs"):
        for path in Path(settings.BASE_DIR, folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                is_record = isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record"
                if is_record and isinstance(node.args[0], ast.Constant):
                    yield node.args[0].value


@pytest.mark.parametrize("verb", sorted(set(verbs_in_the_code())))
def test_every_verb_that_the_code_records_has_a_phrase_and_a_noun(verb):
    assert verb in PHRASES
    assert verb.partition(".")[0] in NOUNS


@pytest.mark.parametrize("verb", PHRASES)
def test_every_phrase_names_its_object(verb):
    assert "%(object)s" in phrase(verb)


class TestThePage:
    def test_shows_the_newest_first(self, show, project, admin):
        events(project, 1, verb="run.started")
        events(project, 1, verb="run.cancelled")
        text = show().text
        assert text.index("cancelled run") < text.index("started run")

    def test_of_an_empty_log_says_so(self, show, admin):
        assert "Nothing was done here yet." in show().text

    def test_shows_nothing_of_other_projects(self, show, admin):
        events(factories.a_project("Elsewhere"), 3)
        assert "Elsewhere" not in show().text

    def test_escapes_what_people_named_things(self, show, project, admin):
        project.name = "<script>alert(1)</script>"
        events(project, 1)
        assert "<script>alert(1)" not in show().text

    def test_filters_by_person(self, show, project, admin):
        dana = factories.a_member(project, email="dana@example.org")
        events(project, 1, by=admin, verb="run.started")
        events(project, 1, by=dana, verb="run.cancelled")
        events(project, 1, verb="document.erased")
        found = {who: show(person=who).context["page"].sentences for who in (admin.uid, dana.uid, "system", "nobody")}
        assert [[one.event.verb for one in found[who]] for who in found] == [
            ["run.started"],
            ["run.cancelled"],
            ["document.erased"],
            [],
        ]

    def test_still_offers_a_person_who_left_when_they_are_chosen(self, show, project, admin):
        gone = factories.a_user("gone@example.org")
        events(project, 1, by=gone)
        assert f'<option value="{gone.uid}" selected>' in show(person=gone.uid).text

    @pytest.mark.parametrize(("verb", "number"), [("run.started", 1), ("run.", 2), ("preset.", 0), ("%", 0)])
    def test_filters_by_what_was_done(self, show, project, admin, verb, number):
        events(project, 1, verb="run.started")
        events(project, 1, verb="run.cancelled")
        events(project, 1, verb="document.erased")
        assert len(show(verb=verb).context["page"].sentences) == number

    def test_filters_by_object_and_names_it(self, show, project, admin):
        key, _secret = keys.create_key(project, "Scanner", by=admin)
        events(project, 2)
        response = show(object=str(key.uid))
        assert len(response.context["page"].sentences) == 1
        assert "Only Scanner" in response.text

    @pytest.mark.both_databases
    @pytest.mark.parametrize(
        "query",
        [
            {"before": "x"},
            {"after": "9" * 40},
            {"person": "\x00"},
            {"verb": "\x00"},
            {"object": "\x00"},
            {"object": "é" * 99},
        ],
    )
    def test_takes_no_harm_from_nonsense(self, show, project, admin, query):
        events(project, 1)
        assert show(**query).status_code == 200

    def test_answers_htmx_with_the_table_alone(self, client, project, admin):
        response = client.get(reverse("audit_log", args=[project.slug]), headers={"HX-Request": "true"})
        assert response.text.startswith('<div class="audit" id="audit">')
        assert "HX-Request" in response["Vary"]

    def test_asks_as_many_queries_for_fifty_events_as_for_one(
        self, show, project, admin, django_assert_max_num_queries
    ):
        events(project, 50, by=admin)
        show()
        with django_assert_max_num_queries(12):
            show()


class TestPages:
    def test_go_to_the_end_and_back_without_losing_or_doubling_any(self, project):
        made = [event.pk for event in events(project, 120)][::-1]
        found = audit_search.find(project, Filters())
        first = audit_search.page(found)
        second = audit_search.page(found, before=first.older)
        third = audit_search.page(found, before=second.older)
        shown = [[sentence.event.pk for sentence in page.sentences] for page in (first, second, third)]
        assert shown == [made[:50], made[50:100], made[100:]]
        assert (first.newer, third.older) == (None, None)
        back = audit_search.page(found, after=third.newer)
        assert [sentence.event.pk for sentence in back.sentences] == shown[1]
        assert audit_search.page(found, after=back.newer).newer is None

    def test_of_exactly_one_page_have_no_other(self, project):
        events(project, 50)
        page = audit_search.page(audit_search.find(project, Filters()))
        assert (page.newer, page.older) == (None, None)

    def test_keep_the_filters(self, show, project, admin):
        events(project, 51, by=admin)
        response = show(verb="run.", person=str(admin.uid))
        assert f"person={admin.uid}&amp;verb=run.&amp;before=" in response.text

    @pytest.mark.both_databases
    def test_are_read_off_an_index_without_sorting(self, project, admin):
        if connection.vendor == "postgresql":
            fill_the_log(project, admin)
        for filters, index in (
            (Filters(), "audit_list"),
            (Filters(verb="run.started"), "audit_of_verb"),
            (Filters(object="x"), "audit_of_object"),
        ):
            plan = audit_search.find(project, filters)[:50].explain()
            assert index in plan, plan
            assert "Sort" not in plan
            assert "TEMP B-TREE" not in plan


def fill_the_log(project, actor):
    """PostgreSQL goes by what it knows of a table: of a few rows it rightly reads all."""
    AuditEvent.objects.bulk_create(
        AuditEvent(
            project_id=project.pk + number % 100,
            actor=actor,
            verb=f"run.kind{number % 51}",
            object_uid=f"{number % 201}",
        )
        for number in range(20_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_auditevent")


class TestTheCsv:
    @pytest.fixture
    def download(self, client, project):
        def fetch(**query):
            response = client.get(reverse("audit_export", args=[project.slug]), query)
            assert response.streaming
            text = b"".join(response.streaming_content).decode("utf-8-sig")
            return response, list(csv.DictReader(io.StringIO(text)))

        return fetch

    def test_has_all_events_oldest_first(self, download, project, admin):
        events(project, 60, by=admin)
        people.add_member(project, factories.a_user("dana@example.org"), Role.VIEWER, by=admin)
        response, rows = download()
        assert len(rows) == 61
        assert response["Content-Disposition"].startswith('attachment; filename="audit-')
        assert rows[-1]["sentence"] == "Ines V. added member dana@example.org"
        assert rows[-1]["after"] == '{"role": "viewer"}'
        assert rows[-1]["e-mail"] == "ines@example.org"

    def test_agrees_with_the_filters(self, download, project, admin):
        events(project, 2)
        events(project, 1, verb="document.erased")
        _response, rows = download(verb="document.")
        assert [row["verb"] for row in rows] == ["document.erased"]

    @pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\tx"])
    def test_holds_no_formulas(self, download, project, admin, name):
        project.name = name
        events(project, 1)
        _response, rows = download()
        assert rows[0]["name"] == f"'{name}"


class TestWhatBelongsToNoProject:
    @pytest.fixture
    def outside(self):
        return audit.record("project.removed", factories.a_project("Old desk"), by=None, project=None)

    def test_is_shown_to_who_runs_the_installation(self, client, show, project, outside):
        operator = User.objects.create_superuser("root@example.org", "correct horse battery")
        people.add_member(project, operator, Role.ADMIN, by=None)
        client.force_login(operator)
        assert "Old desk" in show(scope="installation").text
        assert "Old desk" not in show().text

    def test_and_to_no_other_admin(self, show, admin, outside):
        response = show(scope="installation")
        assert "Old desk" not in response.text
        assert "Outside all projects" not in response.text
