"""Members and their roles, the first start, and who is left to run a project."""

import threading

import pytest
from django.db import connection

from classifyhub.accounts import keys, links, people, projects
from classifyhub.accounts.models import ApiKey, AuditEvent, Membership, OneTimeLink, Project, Role, User
from tests.support import factories

pytestmark = pytest.mark.django_db

GIVEN = "amber-kettle-lantern"


@pytest.fixture
def project():
    return factories.a_project()


@pytest.fixture
def admin(project):
    return factories.a_member(project, Role.ADMIN)


def membership(project, user):
    return Membership.objects.get(project=project, user=user)


class TestTheFirstStart:
    def test_makes_an_admin_a_project_and_a_key_and_tells_their_secrets_once(self):
        made = people.bootstrap(email="Ada@Example.org", password=None, api_key=None)
        assert made.created
        assert made.user.check_password(made.password)
        assert made.user.is_superuser
        assert membership(made.project, made.user).role == Role.ADMIN
        assert keys.authenticate(made.api_key).project == made.project

    def test_prints_nothing_that_was_given(self):
        made = people.bootstrap(email="ada@example.org", password=GIVEN, api_key="chub_" + "k" * 30)
        assert (made.password, made.api_key) == (None, None)
        assert made.user.check_password(GIVEN)
        assert keys.authenticate("chub_" + "k" * 30) is not None

    def test_happens_once(self):
        first = people.bootstrap(email="ada@example.org", password=None, api_key=None)
        again = people.bootstrap(email="other@example.org", password="weak", api_key="weak")
        assert not again.created
        assert (again.user, again.project) == (first.user, first.project)
        assert (again.password, again.api_key) == (None, None)
        assert (User.objects.count(), Project.objects.count(), ApiKey.objects.count()) == (1, 1, 1)

    @pytest.mark.parametrize(
        ("password", "api_key", "words"),
        [("short", None, "CLASSIFYHUB_ADMIN_PASSWORD"), (GIVEN, "chub_short", "CLASSIFYHUB_BOOTSTRAP_API_KEY")],
    )
    def test_refuses_what_is_too_weak_and_makes_nothing(self, password, api_key, words):
        with pytest.raises(ValueError, match=words):
            people.bootstrap(email="ada@example.org", password=password, api_key=api_key)
        assert not User.objects.exists()

    def test_of_a_desk_whose_admin_came_by_createsuperuser_adds_the_project(self):
        ada = User.objects.create_superuser("ada@example.org", GIVEN)
        made = people.bootstrap(email="other@example.org", password=None, api_key=None)
        assert (made.user, made.created) == (ada, False)
        assert membership(made.project, ada).role == Role.ADMIN

    @pytest.mark.both_databases
    @pytest.mark.django_db(transaction=True)
    def test_of_two_processes_at_once_makes_one_desk(self):
        made = []

        def start():
            made.append(people.bootstrap(email="ada@example.org", password=None, api_key=None))
            connection.close()

        threads = [threading.Thread(target=start) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(one.created for one in made) == [False, True]
        assert User.objects.count() == 1


class TestInviting:
    def test_a_stranger_makes_them_a_member_who_needs_the_link_to_log_in(self, project, admin):
        invitation = people.invite(project, "dana@example.org", Role.REVIEWER, by=admin)
        assert invitation.membership.role == Role.REVIEWER
        assert not invitation.membership.user.has_usable_password()
        assert links.find(invitation.token).purpose == OneTimeLink.Purpose.INVITE

    def test_a_person_who_logs_in_already_gives_no_link(self, project, admin):
        dana = factories.a_user("dana@example.org")
        invitation = people.invite(project, " DANA@Example.ORG ", Role.VIEWER, by=admin)
        assert invitation.membership.user == dana
        assert invitation.token is None

    def test_a_person_whom_another_project_invited_first_gives_no_link_and_ends_the_one_there_is(self, project, admin):
        elsewhere = factories.a_project()
        other_admin = factories.a_member(elsewhere, Role.ADMIN)
        first = people.invite(elsewhere, "dana@example.org", Role.ADMIN, by=other_admin)
        second = people.invite(project, "dana@example.org", Role.VIEWER, by=admin)
        assert second.token is None
        with pytest.raises(links.LinkGoneError):  # its maker could enter this project with it
            links.find(first.token)
        assert AuditEvent.objects.filter(verb="link.withdrawn", project=elsewhere).count() == 1

    def test_a_person_of_two_projects_with_the_same_admin_leaves_the_link_as_it_is(self, project, admin):
        both = factories.a_project()
        people.add_member(both, admin, Role.ADMIN, by=None)
        first = people.invite(project, "dana@example.org", Role.VIEWER, by=admin)
        people.add_member(both, first.membership.user, Role.VIEWER, by=admin)
        assert links.find(first.token)

    def test_a_link_made_by_who_runs_the_installation_works_wherever_the_person_is_added(self, project, admin):
        operator = User.objects.create_superuser("root@example.org", GIVEN)
        dana = factories.a_user("dana@example.org")
        for by in (operator, None):
            token = links.make(dana, OneTimeLink.Purpose.RESET, project=None, by=by)
            people.add_member(factories.a_project(), dana, Role.VIEWER, by=None)
            assert links.find(token)

    def test_a_member_is_refused_and_changes_nothing(self, project, admin):
        viewer = factories.a_member(project, Role.VIEWER)
        with pytest.raises(people.AlreadyMemberError):
            people.invite(project, viewer.email, Role.ADMIN, by=admin)
        assert membership(project, viewer).role == Role.VIEWER

    def test_is_logged_without_the_token(self, project, admin):
        invitation = people.invite(project, "dana@example.org", Role.AUTHOR, by=admin)
        events = AuditEvent.objects.filter(project=project).order_by("pk")
        assert [(event.verb, event.object_name) for event in events] == [
            ("member.added", "dana@example.org"),
            ("link.made", "dana@example.org"),
        ]
        assert all(invitation.token not in f"{event.before}{event.after}" for event in events)


class TestRoles:
    def test_change_and_the_log_tells_from_what_to_what(self, project, admin):
        viewer = factories.a_member(project, Role.VIEWER)
        people.change_role(membership(project, viewer), Role.AUTHOR, by=admin)
        assert membership(project, viewer).role == Role.AUTHOR
        event = AuditEvent.objects.latest("pk")
        assert (event.verb, event.before, event.after) == (
            "member.role_changed",
            {"role": "viewer"},
            {"role": "author"},
        )

    def test_that_stay_the_same_are_not_logged(self, project, admin):
        people.change_role(membership(project, admin), Role.ADMIN, by=admin)
        assert not AuditEvent.objects.exists()

    def test_a_member_who_is_removed_loses_the_project_and_nothing_else(self, project, admin):
        viewer = factories.a_member(project, Role.VIEWER)
        User.objects.filter(pk=viewer.pk).update(last_project=project)
        people.remove_member(membership(project, viewer), by=admin)
        viewer.refresh_from_db()
        assert not viewer.memberships.exists()
        assert viewer.last_project is None
        assert AuditEvent.objects.latest("pk").verb == "member.removed"


class TestTheLastAdmin:
    def test_cannot_be_removed(self, project, admin):
        with pytest.raises(people.LastAdminError):
            people.remove_member(membership(project, admin), by=admin)
        assert membership(project, admin)

    def test_cannot_be_demoted(self, project, admin):
        with pytest.raises(people.LastAdminError):
            people.change_role(membership(project, admin), Role.AUTHOR, by=admin)
        assert membership(project, admin).role == Role.ADMIN

    def test_may_go_once_there_is_another(self, project, admin):
        factories.a_member(project, Role.ADMIN)
        people.remove_member(membership(project, admin), by=admin)
        assert not admin.memberships.exists()

    def test_is_not_replaced_by_one_who_never_set_a_password(self, project, admin):
        people.invite(project, "dana@example.org", Role.ADMIN, by=admin)
        with pytest.raises(people.LastAdminError):
            people.remove_member(membership(project, admin), by=admin)

    def test_is_not_replaced_by_one_whose_account_is_shut(self, project, admin):
        factories.a_member(project, Role.ADMIN, is_active=False)
        assert people.is_last_admin(membership(project, admin))

    def test_who_never_set_a_password_may_go_before_the_one_who_did(self, project, admin):
        invitation = people.invite(project, "dana@example.org", Role.ADMIN, by=admin)
        people.remove_member(invitation.membership, by=admin)
        assert list(people.able_admins(project)) == [membership(project, admin)]

    @pytest.mark.both_databases
    @pytest.mark.django_db(transaction=True)
    def test_stays_when_two_admins_remove_each_other_at_once(self, project, admin):
        other = factories.a_member(project, Role.ADMIN)
        outcomes = []
        ready = threading.Barrier(2)

        def remove(who, by):
            row = membership(project, who)
            ready.wait()
            try:
                people.remove_member(row, by=by)
                outcomes.append("removed")
            except people.LastAdminError:
                outcomes.append("refused")
            connection.close()

        pairs = [(admin, other), (other, admin)]
        threads = [threading.Thread(target=remove, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["refused", "removed"]


class TestProjects:
    def test_are_made_with_their_maker_as_admin_and_a_slug_from_the_name(self):
        ada = factories.a_user()
        project = projects.create_project("  Post   room, Vienna ", by=ada)
        assert (project.name, project.slug) == ("Post room, Vienna", "post-room-vienna")
        assert membership(project, ada).role == Role.ADMIN

    @pytest.mark.parametrize(
        ("name", "slug"), [("Ärzte", "arzte"), ("郵便", "project"), ("- -", "project"), ("x" * 100, "x" * 50)]
    )
    def test_get_an_address_from_any_name(self, name, slug):
        assert projects.create_project(name, by=factories.a_user()).slug == slug

    def test_of_one_name_get_numbers_in_their_addresses(self):
        ada = factories.a_user()
        assert [projects.create_project("Post", by=ada).slug for _ in range(3)] == ["post", "post-2", "post-3"]

    def test_keep_their_address_when_renamed(self, project, admin):
        slug = project.slug
        projects.rename(project, "Another name", by=admin)
        project.refresh_from_db()
        assert (project.name, project.slug) == ("Another name", slug)

    def test_log_what_changed_and_nothing_when_nothing_did(self, project, admin):
        projects.set_retention(project, 30, by=admin)
        projects.set_retention(project, 30, by=admin)
        projects.rename(project, project.name, by=admin)
        event = AuditEvent.objects.get()
        assert (event.verb, event.before, event.after) == (
            "project.retention_changed",
            {"days": None},
            {"days": 30},
        )

    def test_may_be_started_by_admins_and_by_who_runs_the_installation(self, project, admin):
        author = factories.a_member(project, Role.AUTHOR)
        operator = User.objects.create_superuser("root@example.org", GIVEN)
        assert [projects.may_create(person) for person in (admin, author, operator)] == [True, False, True]
