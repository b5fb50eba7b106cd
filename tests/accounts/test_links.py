"""One-time links: they work once, for a while, and only for whom an admin may vouch."""

from datetime import timedelta

import pytest
from django.utils import timezone

from classifyhub.accounts import links, people
from classifyhub.accounts.models import AuditEvent, LoginAttempt, OneTimeLink, Role, User
from tests.support import factories

pytestmark = pytest.mark.django_db

Purpose = OneTimeLink.Purpose
NEW = "amber-kettle-lantern"


@pytest.fixture
def project():
    return factories.a_project()


@pytest.fixture
def admin(project):
    return factories.a_member(project, Role.ADMIN)


@pytest.fixture
def dana(project):
    return factories.a_member(project, Role.REVIEWER, email="dana@example.org")


def test_a_link_sets_name_and_password(dana, project, admin):
    token = links.make(dana, Purpose.INVITE, project=project, by=admin)
    links.accept(token, password=NEW, name="  Dana   K. ")
    dana.refresh_from_db()
    assert dana.check_password(NEW)
    assert dana.name == "Dana K."


def test_a_link_works_once(dana, project, admin):
    token = links.make(dana, Purpose.RESET, project=project, by=admin)
    links.accept(token, password=NEW)
    with pytest.raises(links.LinkGoneError):
        links.accept(token, password="something-else-entirely")
    dana.refresh_from_db()
    assert dana.check_password(NEW)


def test_a_reset_ends_when_the_person_joins_a_project_its_maker_does_not_run(dana, project, admin):
    token = links.make(dana, Purpose.RESET, project=project, by=admin)
    people.add_member(factories.a_project(), dana, Role.VIEWER, by=None)
    with pytest.raises(links.LinkGoneError):
        links.find(token)


def test_a_link_runs_out(dana, project, admin):
    token = links.make(dana, Purpose.RESET, project=project, by=admin)
    OneTimeLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(links.LinkGoneError):
        links.accept(token, password=NEW)


def test_an_invitation_lasts_a_week_and_a_reset_two_days(dana, project, admin):
    for purpose, days in ((Purpose.INVITE, 7), (Purpose.RESET, 2)):
        link = links.find(links.make(dana, purpose, project=project, by=admin))
        assert abs(link.expires_at - timezone.now() - timedelta(days=days)) < timedelta(minutes=1)


def test_a_new_link_ends_the_one_before(dana, project, admin):
    first = links.make(dana, Purpose.RESET, project=project, by=admin)
    second = links.make(dana, Purpose.RESET, project=project, by=admin)
    with pytest.raises(links.LinkGoneError):
        links.find(first)
    assert links.find(second).user == dana


@pytest.mark.parametrize("token", ["", "nonsense", "\x00", "\udcff", "é" * 500])
def test_what_is_no_token_is_gone_too(token):
    with pytest.raises(links.LinkGoneError):
        links.find(token)


def test_a_link_of_a_shut_account_is_gone(dana, project, admin):
    token = links.make(dana, Purpose.RESET, project=project, by=admin)
    User.objects.filter(pk=dana.pk).update(is_active=False)
    with pytest.raises(links.LinkGoneError):
        links.accept(token, password=NEW)


def test_the_token_is_stored_nowhere(dana, project, admin):
    token = links.make(dana, Purpose.RESET, project=project, by=admin)
    rows = [*OneTimeLink.objects.values(), *AuditEvent.objects.values()]
    assert token not in str(rows)


def test_using_a_link_forgets_failed_log_ins(dana, project, admin):
    LoginAttempt.objects.create(email_folded="dana@example.org", address="127.0.0.1")
    links.accept(links.make(dana, Purpose.RESET, project=project, by=admin), password=NEW)
    assert not LoginAttempt.objects.exists()


def test_both_ends_of_a_link_are_logged(dana, project, admin):
    links.accept(links.make(dana, Purpose.RESET, project=project, by=admin), password=NEW)
    events = AuditEvent.objects.order_by("pk").values_list("verb", "actor", "project")
    assert list(events) == [("link.made", admin.pk, project.pk), ("link.used", dana.pk, project.pk)]


class TestAnAdminMayMakeALink:
    def test_for_a_member_of_their_own_project(self, dana, admin):
        assert links.may_make(dana, by=admin)

    def test_not_for_somebody_who_is_also_in_a_project_they_do_not_run(self, dana, admin):
        people.add_member(factories.a_project(), dana, Role.VIEWER, by=None)
        assert not links.may_make(dana, by=admin)

    def test_not_for_themselves(self, admin):
        assert not links.may_make(admin, by=admin)

    def test_not_for_who_runs_the_installation(self, project, admin):
        operator = User.objects.create_superuser("root@example.org", NEW)
        people.add_member(project, operator, Role.ADMIN, by=admin)
        assert not links.may_make(operator, by=admin)
        assert links.may_make(operator, by=None)

    def test_who_runs_the_installation_for_anybody_else(self, dana):
        operator = User.objects.create_superuser("root@example.org", NEW)
        assert links.may_make(dana, by=operator)


def test_a_new_link_invites_again_while_there_was_never_a_password(project, admin):
    invited = people.invite(project, "new@example.org", Role.VIEWER, by=admin).membership.user
    assert links.find(links.make_again(invited, project=project, by=admin)).purpose == Purpose.INVITE


def test_the_address_is_whole(settings):
    settings.PUBLIC_URL = "https://desk.example.org"
    assert links.url_of("abc") == "https://desk.example.org/link/abc/"
