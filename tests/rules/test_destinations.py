"""Where a preset's documents can go: what is offered, what goes without saying, what is said of a fallback."""

from __future__ import annotations

import pytest
from django.db.models.functions import Now

from rules.destinations import Choice, Reach, examine, value_of
from rules.models import Connection
from rules.shape import Destination
from tests.rules.examples import INVOICE, REMINDER, a_draft, reworded
from tests.support.factories import a_connection, a_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return a_project()


def to(connection: Connection) -> Destination:
    return Destination(connection.provider, str(connection.uid))


def offered(project, chosen: Destination) -> dict[str, list[str]]:
    return {group.label: [choice.label for choice in group.choices] for group in Reach.of(project).offer(chosen)}


def said(project, draft, field: str = "fallback") -> list[tuple[str, str]]:
    found = examine(draft, Reach.of(project))
    return [(finding.severity, finding.sentence) for finding in found if finding.field == field]


LOCAL = Destination("local")


class TestOffered:
    def test_without_connections_the_local_engine_stands_alone_above_those_that_need_one(self, project):
        assert offered(project, LOCAL) == {
            "": ["Local engine"],
            "Needs a connection first": [
                "LlamaCloud v2",
                "LlamaCloud v1",
                "LandingAI ADE",
                "Unsiloed",
                "OpenAI-compatible model",
            ],
        }

    def test_connections_are_offered_by_name_under_their_provider(self, project):
        a_connection(project, "landingai", name="Lending")
        a_connection(project, "llamacloud_v2", name="US")
        a_connection(project, "llamacloud_v2", name="EU")
        a_connection(a_project(), "unsiloed", name="somebody else's")
        shown = offered(project, LOCAL)
        assert list(shown)[:3] == ["", "LlamaCloud v2", "LandingAI ADE"]
        assert shown["LlamaCloud v2"] == ["EU", "US"]
        assert "Unsiloed" in shown["Needs a connection first"]

    def test_what_a_draft_names_is_offered_though_it_is_gone(self, project):
        gone = a_connection(project, "landingai", name="Lending", archived_at=Now())
        groups = Reach.of(project).offer(to(gone))
        assert Choice(value_of(to(gone)), "LandingAI ADE, Lending") in groups[1].choices

    def test_a_fallback_is_offered_only_where_somebody_can_answer(self, project):
        a_connection(project, "landingai", name="Lending")
        groups = Reach.of(project).offer_fallback(None)
        assert [(group.label, group.choices[0].label) for group in groups] == [
            ("", "Local engine"),
            ("LandingAI ADE", "Lending"),
        ]


class TestUsual:
    def test_a_provider_named_alone_takes_its_only_connection(self, project):
        only = a_connection(project, "landingai")
        draft = a_draft(provider="landingai", fallback=Destination("landingai"))
        completed = Reach.of(project).complete(draft)
        assert (completed.destination, completed.fallback) == (to(only), to(only))

    def test_of_several_it_takes_the_default_and_without_one_none(self, project):
        a_connection(project, "landingai")
        second = a_connection(project, "landingai")
        assert Reach.of(project).usual("landingai") == Destination("landingai")
        Connection.objects.filter(pk=second.pk).update(is_default=True)
        assert Reach.of(project).usual("landingai") == to(second)

    def test_a_connection_that_was_chosen_stays(self, project):
        a_connection(project, "landingai", is_default=True)
        chosen = a_connection(project, "landingai")
        draft = a_draft(provider="landingai", connection=str(chosen.uid))
        assert Reach.of(project).complete(draft) == draft


class TestExamined:
    def test_a_connection_that_is_gone_blocks(self, project):
        gone = a_connection(project, "landingai", archived_at=Now())
        draft = a_draft(provider="landingai", connection=str(gone.uid))
        assert ("blocks", "The connection of this draft is gone. Choose another.") in said(project, draft, "provider")

    def test_a_connection_of_another_project_is_as_good_as_gone(self, project):
        theirs = a_connection(a_project(), "landingai")
        draft = a_draft(provider="landingai", connection=str(theirs.uid))
        assert said(project, draft, "provider")[0][0] == "blocks"

    def test_a_fallback_that_gives_less_is_told_and_never_blocks(self, project):
        spare = a_connection(project, "unsiloed")
        draft = a_draft(fallback=to(spare), lang="de", target_pages="2-3", mode="MULTIMODAL")
        assert said(project, draft) == [
            ("advises", "The fallback (Unsiloed) ignores descriptions."),
            ("advises", "The fallback (Unsiloed) gives no reasoning."),
            ("advises", "The fallback (Unsiloed) has no Multimodal and reads as in Fast."),
            ("advises", "The fallback (Unsiloed) takes no language."),
            ("advises", "The fallback (Unsiloed) reads the first 4 pages."),
            (
                "advises",
                "The fallback (Unsiloed) takes no choice of pages: a PDF is cut before it is sent.",
            ),
        ]

    def test_rules_that_the_fallback_would_refuse_are_named(self, project):
        spare = a_connection(project, "llamacloud_v2")
        odd = reworded(REMINDER, type="Reminder / dunning", description="Dunning.")
        draft = a_draft(INVOICE, odd, fallback=to(spare))
        assert said(project, draft) == [
            ("advises", "The fallback (LlamaCloud v2) does not take rule 2 as it is."),
        ]

    def test_a_fallback_that_gives_as_much_is_not_talked_about(self, project):
        main = a_connection(project, "llamacloud_v2")
        draft = a_draft(provider="llamacloud_v2", connection=str(main.uid), fallback=LOCAL)
        assert said(project, draft) == []

    def test_the_same_again_is_no_fallback(self, project):
        assert said(project, a_draft(fallback=LOCAL)) == [
            ("advises", "Documents go there anyway: as a fallback it changes nothing."),
        ]

    def test_a_fallback_that_is_gone_blocks(self, project):
        gone = a_connection(project, "landingai", archived_at=Now())
        assert said(project, a_draft(fallback=to(gone)))[0][0] == "blocks"
