"""The settings of a project as its admins see them."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from classifyhub.accounts import keys, links, people
from classifyhub.accounts.models import ApiKey, AuditEvent, Membership, OneTimeLink, Role, User
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return factories.a_project("Post room")


@pytest.fixture
def admin(project, client):
    admin = factories.a_member(project, Role.ADMIN, email="ada@example.org")
    client.force_login(admin)
    return admin


@pytest.fixture
def dana(project):
    return factories.a_member(project, Role.REVIEWER, email="dana@example.org")


def address(name, project, *parts):
    return reverse(name, args=[project.slug, *parts])


def secret_on(page):
    return re.search(r'id="secret" value="([^"]+)"', page.text)[1]


class TestTheProject:
    def test_is_renamed(self, client, admin, project):
        response = client.post(address("settings_project", project), {"name": "Mail room"}, follow=True)
        project.refresh_from_db()
        assert project.name == "Mail room"
        assert "Project renamed" in response.text

    def test_needs_a_name(self, client, admin, project):
        assert client.post(address("settings_project", project), {"name": " "}).status_code == 422


class TestMembers:
    def test_are_listed_admins_first_with_who_still_has_to_come(self, client, admin, dana, project):
        people.invite(project, "new@example.org", Role.VIEWER, by=admin)
        page = client.get(address("settings_members", project)).text
        assert page.index("ada@example.org") < page.index("dana@example.org") < page.index("new@example.org")
        assert "Link until" in page

    def test_whose_link_ran_out_are_said_to_need_a_new_one(self, client, admin, project):
        people.invite(project, "new@example.org", Role.VIEWER, by=admin)
        OneTimeLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert "Needs a new link" in client.get(address("settings_members", project)).text

    def test_whom_another_project_invited_first_are_said_to_need_a_link_that_only_the_operator_makes(
        self, client, admin, project
    ):
        elsewhere = factories.a_project()
        people.invite(
            elsewhere,
            "new@example.org",
            Role.VIEWER,
            by=factories.a_member(elsewhere, Role.ADMIN, email="x@example.org"),
        )
        sent = {"email": "new@example.org", "role": Role.VIEWER}
        page = client.post(address("settings_members", project), sent, follow=True).text
        assert "only who runs the installation can make" in page

    def test_are_invited_by_a_link_that_is_shown_once(self, client, admin, project, settings):
        settings.PUBLIC_URL = "https://desk.example.org"
        form = {"email": "new@example.org", "role": Role.REVIEWER}
        page = client.post(address("settings_members", project), form)
        link = secret_on(page)
        assert link.startswith("https://desk.example.org/link/")
        assert "no-store" in page["Cache-Control"]
        token = link.removesuffix("/").rpartition("/")[2]
        assert links.find(token).user.email == "new@example.org"
        assert token not in client.get(address("settings_members", project)).text

    def test_who_log_in_here_already_are_added_without_a_link(self, client, admin, project):
        factories.a_user("known@example.org")
        form = {"email": "Known@example.org", "role": Role.AUTHOR}
        page = client.post(address("settings_members", project), form, follow=True)
        assert "known added as Author" in page.text
        assert 'id="secret"' not in page.text

    @pytest.mark.parametrize(
        ("form", "words"),
        [
            ({"email": "dana@example.org", "role": "20"}, "Is a member already"),
            ({"email": "dana", "role": "20"}, "Write it like name@example.org"),
            ({"email": "x@example.org", "role": "99"}, "not one of the available choices"),
            ({"email": "x@example.org"}, "required"),
        ],
    )
    @pytest.mark.usefixtures("admin", "dana")
    def test_are_refused_where_the_form_says_why(self, client, project, form, words):
        response = client.post(address("settings_members", project), form)
        assert response.status_code == 422
        assert words in response.text
        assert Membership.objects.count() == 2

    def test_get_another_role(self, client, admin, dana, project):
        response = client.post(address("settings_member_role", project, dana.uid), {"role": Role.AUTHOR}, follow=True)
        assert "dana is Author now" in response.text
        assert dana.memberships.get().role == Role.AUTHOR

    def test_are_removed(self, client, admin, dana, project):
        response = client.post(address("settings_member_remove", project, dana.uid), follow=True)
        assert "dana removed" in response.text
        assert not dana.memberships.exists()

    def test_of_other_projects_are_not_found(self, client, admin, project):
        stranger = factories.a_member(factories.a_project())
        for name in ("settings_member_role", "settings_member_remove", "settings_member_link"):
            assert client.post(address(name, project, stranger.uid)).status_code == 404
        for uid in (stranger.uid, "nonsense"):
            assert client.get(address("settings_members", project), {"member": uid}).status_code == 404

    def test_get_a_new_link_when_they_forgot_the_password(self, client, admin, dana, project):
        page = client.post(address("settings_member_link", project, dana.uid))
        token = secret_on(page).removesuffix("/").rpartition("/")[2]
        assert links.find(token).purpose == OneTimeLink.Purpose.RESET

    def test_who_are_in_projects_the_admin_does_not_run_get_no_link_and_no_button(self, client, admin, dana, project):
        people.add_member(factories.a_project(), dana, Role.ADMIN, by=None)
        url = address("settings_member_link", project, dana.uid)
        assert url not in client.get(address("settings_members", project), {"member": dana.uid}).text
        assert client.post(url).status_code == 403
        assert not OneTimeLink.objects.exists()

    def test_may_leave_while_another_admin_stays(self, client, admin, project):
        factories.a_member(project, Role.ADMIN)
        assert client.post(address("settings_member_remove", project, admin.uid)).url == "/"
        assert not admin.memberships.exists()


class TestTheLastAdmin:
    def test_sees_why_role_and_membership_stay(self, client, admin, project):
        page = client.get(address("settings_members", project), {"member": admin.uid}).text
        assert "The last admin who can log in" in page
        assert address("settings_member_remove", project, admin.uid) not in page

    def test_who_tries_all_the_same_is_told(self, client, admin, project):
        demoted = client.post(address("settings_member_role", project, admin.uid), {"role": Role.VIEWER})
        assert demoted.status_code == 422
        assert "The last admin who can log in" in demoted.text
        removed = client.post(address("settings_member_remove", project, admin.uid), follow=True)
        assert "Make somebody else admin first" in removed.text
        assert admin.memberships.get().role == Role.ADMIN


class TestKeys:
    def test_are_created_and_shown_once(self, client, admin, project):
        page = client.post(address("settings_keys", project), {"name": "Scanner", "days": "30"})
        secret = secret_on(page)
        key = keys.authenticate(secret)
        assert (key.name, key.created_by) == ("Scanner", admin)
        assert timedelta(days=29) < key.expires_at - timezone.now() <= timedelta(days=30)
        assert "no-store" in page["Cache-Control"]
        again = client.get(address("settings_keys", project), {"key": key.uid})
        assert secret not in again.text
        assert key.prefix in again.text

    def test_live_for_ever_unless_told_otherwise(self, client, admin, project):
        client.post(address("settings_keys", project), {"name": "Scanner"})
        assert ApiKey.objects.get().expires_at is None

    @pytest.mark.parametrize("form", [{"name": ""}, {"name": "x" * 101}, {"name": "Scanner", "days": "31"}])
    def test_are_refused_when_the_form_is_wrong(self, client, admin, project, form):
        assert client.post(address("settings_keys", project), form).status_code == 422
        assert not ApiKey.objects.exists()

    def test_are_revoked(self, client, admin, project):
        key, secret = keys.create_key(project, "Scanner", by=admin)
        page = client.post(address("settings_key_revoke", project, key.uid), follow=True)
        assert "Scanner revoked" in page.text
        assert keys.authenticate(secret) is None

    def test_ask_by_name_before_they_are_revoked(self, client, admin, project):
        key, _secret = keys.create_key(project, "Scanner", by=admin)
        page = client.get(address("settings_keys", project), {"key": key.uid}).text
        assert 'data-confirm="Revoke Scanner?"' in page

    def test_of_other_projects_are_not_found(self, client, admin, project):
        key, secret = keys.create_key(factories.a_project(), "Theirs", by=None)
        assert client.post(address("settings_key_revoke", project, key.uid)).status_code == 404
        assert client.get(address("settings_keys", project), {"key": key.uid}).status_code == 404
        assert keys.authenticate(secret)

    def test_an_empty_list_says_so(self, client, admin, project):
        assert "No key yet." in client.get(address("settings_keys", project)).text


class TestRetention:
    def test_that_erases_more_says_what_and_asks_once_more(self, client, admin, project):
        url = address("settings_retention", project)
        asked = client.post(url, {"days": "30"})
        kept_from = timezone.now() - timedelta(days=30)
        assert f"Tonight every document that came before {kept_from:%-d %b %Y} will be erased." in asked.text
        project.refresh_from_db()
        assert project.retention_days is None
        client.post(url, {"days": "30", "confirmed": "yes"})
        project.refresh_from_db()
        assert project.retention_days == 30

    @pytest.mark.parametrize("days", ["", "90"])
    def test_that_erases_less_is_saved_at_once(self, client, admin, project, days):
        type(project).objects.update(retention_days=30)
        client.post(address("settings_retention", project), {"days": days})
        project.refresh_from_db()
        assert project.retention_days == (int(days) if days else None)

    @pytest.mark.parametrize("days", ["0", "-1", "1.5", "soon", "36501"])
    def test_takes_whole_days(self, client, admin, project, days):
        response = client.post(address("settings_retention", project), {"days": days, "confirmed": "yes"})
        assert response.status_code == 422
        assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.AUTHOR])
def test_who_is_not_admin_sees_no_way_to_the_settings(client, project, role):
    client.force_login(factories.a_member(project, role))
    page = client.get(reverse("me")).text
    assert address("settings_project", project) not in page
    assert address("audit_log", project) not in page


def test_a_project_without_members_but_one_never_queries_per_member(
    client, admin, project, django_assert_max_num_queries
):
    for _ in range(20):
        factories.a_member(project)
    with django_assert_max_num_queries(12):
        client.get(address("settings_members", project))
    assert User.objects.count() == 21
