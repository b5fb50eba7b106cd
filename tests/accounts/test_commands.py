"""What the people at a terminal can do: keys, a way back in, the nightly cleaning now."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.utils import timezone

from classifyhub.accounts import keys, links
from classifyhub.accounts.models import ApiKey, AuditEvent, OneTimeLink, Project
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return factories.a_project("Post room")


class TestApikeyCreate:
    def test_prints_a_secret_that_works_and_nothing_else(self, project, capsys):
        call_command("apikey", "create", "Scanner")
        told = capsys.readouterr()
        key = keys.authenticate(told.out.removesuffix("\n"))
        assert (key.name, key.project, key.expires_at) == ("Scanner", project, None)
        assert "Scanner of Post room" in told.err

    def test_is_logged_as_done_by_the_desk(self, project, capsys):
        call_command("apikey", "create", "Scanner")
        event = AuditEvent.objects.get()
        assert (event.verb, event.actor_name) == ("key.created", "system")

    def test_takes_an_expiry(self, project, capsys):
        call_command("apikey", "create", "Scanner", "--days", "30")
        assert ApiKey.objects.get().expires_at - timezone.now() > timedelta(days=29)

    def test_asks_which_project_when_there_are_several(self, project, capsys):
        other = factories.a_project()
        with pytest.raises(CommandError, match=f"--project. There are: {project.slug}, {other.slug}"):
            call_command("apikey", "create", "Scanner")
        call_command("apikey", "create", "Scanner", "--project", other.slug)
        assert ApiKey.objects.get().project == other

    @pytest.mark.parametrize("arguments", [("--project", "nowhere"), ("--days", "0")])
    def test_refuses_what_makes_no_sense(self, project, arguments):
        with pytest.raises(CommandError):
            call_command("apikey", "create", "Scanner", *arguments)
        assert not ApiKey.objects.exists()


class TestResetpassword:
    def test_prints_a_link_that_works(self, capsys):
        dana = factories.a_user("dana@example.org")
        call_command("resetpassword", "Dana@Example.org")
        token = capsys.readouterr().out.strip().removesuffix("/").rpartition("/")[2]
        assert links.find(token).user == dana

    def test_says_so_when_there_is_nobody(self):
        with pytest.raises(CommandError, match=r"nobody@example\.org"):
            call_command("resetpassword", "nobody@example.org")


class TestPrune:
    def test_erases_what_is_past_the_retention_and_says_how_much(self, project, capsys):
        Project.objects.update(retention_days=30)
        old, _young = factories.a_document(project), factories.a_document(project)
        type(old).objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
        call_command("prune")
        assert capsys.readouterr().out == "1 document erased\n"

    def test_forgets_ended_sessions_and_links_a_month_after_they_stopped_working(self):
        dana = factories.a_user()
        for days in (29, 31):
            made = links.make(dana, OneTimeLink.Purpose.RESET, project=None, by=None)
            past = timezone.now() - timedelta(days=days)
            OneTimeLink.objects.filter(pk=links.find(made).pk).update(used_at=past)
        Session.objects.create(session_key="ended", expire_date=timezone.now() - timedelta(seconds=1))
        Session.objects.create(session_key="alive", expire_date=timezone.now() + timedelta(days=1))
        call_command("prune", verbosity=0)
        assert OneTimeLink.objects.count() == 1
        assert list(Session.objects.values_list("session_key", flat=True)) == ["alive"]
