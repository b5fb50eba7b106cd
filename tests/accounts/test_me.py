"""A person's own page, their zone and their choices."""

from datetime import UTC, datetime

import pytest
from django.http import HttpResponse
from django.utils import timezone

from classifyhub.accounts import links, preferences
from classifyhub.accounts.middleware import TimeZoneMiddleware
from classifyhub.accounts.models import AuditEvent, OneTimeLink, Role
from tests.support import factories

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
NEW = "amber-kettle-lantern"


@pytest.fixture
def dana(client):
    dana = factories.a_member(factories.a_project(), Role.VIEWER, email="dana@example.org")
    client.force_login(dana)
    return dana


def test_the_profile_is_saved(client, dana):
    response = client.post("/me/", {"name": " Dana   K. ", "time_zone": "Europe/Vienna"}, follow=True)
    dana.refresh_from_db()
    assert (dana.name, dana.time_zone) == ("Dana K.", "Europe/Vienna")
    assert "Profile saved" in response.text


def test_a_refused_profile_keeps_what_was_typed_and_the_sidebar_as_it_was(client, dana):
    response = client.post("/me/", {"name": "Somebody new", "time_zone": "Mars/Base"})
    assert response.status_code == 422
    assert 'value="Somebody new"' in response.text
    assert '<span class="nav-name">dana</span>' in response.text


@pytest.mark.parametrize(
    ("zone", "shown"), [("Europe/Vienna", "13:58"), ("Asia/Kolkata", "18:28"), ("Mars/Base", "12:58")]
)
def test_times_are_shown_in_the_zone_of_the_reader(rf, dana, zone, shown):
    moment = datetime(2026, 11, 12, 12, 58, tzinfo=UTC)
    request = rf.get("/")
    request.user = dana
    dana.time_zone = zone
    respond = TimeZoneMiddleware(lambda _request: HttpResponse(f"{timezone.localtime(moment):%H:%M}"))
    assert respond(request).text == shown
    assert timezone.get_current_timezone_name() == "UTC"


class TestAppearance:
    def test_is_saved_with_the_account_and_in_this_browser(self, client, dana):
        response = client.post("/me/appearance/", {"theme": "dark", "keys": "on"})
        dana.refresh_from_db()
        assert dana.preferences == {"theme": "dark", "keys": "", "dim": "off"}
        assert response.cookies["desk_theme"].value == "dark"
        assert response.cookies["desk_dim"].value == "off"
        page = client.get("/me/").text
        assert '<html lang="en" data-theme="dark" data-dim="off">' in page

    def test_of_a_switch_is_saved_by_itself(self, client, dana):
        assert client.post("/me/preferences/", {"dim": "off"}).status_code == 204
        dana.refresh_from_db()
        assert dana.preferences == {"dim": "off"}

    def test_goes_back_to_the_default(self, client, dana):
        client.post("/me/preferences/", {"theme": "dark"})
        response = client.post("/me/preferences/", {"theme": ""})
        dana.refresh_from_db()
        assert dana.preferences == {"theme": ""}
        assert response.cookies["desk_theme"]["max-age"] == 0

    def test_takes_nothing_that_cannot_be_chosen(self, client, dana):
        client.post("/me/preferences/", {"theme": "<script>", "launch_at_once": "yes", "is_superuser": "on"})
        dana.refresh_from_db()
        assert dana.preferences == {"theme": ""}

    def test_leaves_what_else_the_account_keeps(self, dana):
        dana.preferences = {"launch_at_once": True}
        dana.save()
        preferences.keep(dana, {"keys": "off"})
        dana.refresh_from_db()
        assert dana.preferences == {"launch_at_once": True, "keys": "off"}

    def test_in_another_browser_comes_from_the_account_until_something_is_chosen_there(self, rf, dana):
        dana.preferences = {"theme": "dark"}
        request = rf.get("/")
        request.user = dana
        assert preferences.chosen(request, "theme") == "dark"
        request.COOKIES["desk_theme"] = "light"
        assert preferences.chosen(request, "theme") == "light"


class TestThePassword:
    def test_is_changed_and_this_session_goes_on(self, client, dana):
        response = client.post("/me/password/", {"current": PASSWORD, "password": NEW})
        assert response.status_code == 302
        dana.refresh_from_db()
        assert dana.check_password(NEW)
        assert client.get("/me/").status_code == 200
        assert AuditEvent.objects.get().verb == "person.password_changed"

    def test_ends_a_one_time_link_that_is_still_unused(self, client, dana):
        token = links.make(dana, OneTimeLink.Purpose.RESET, project=None, by=None)
        client.post("/me/password/", {"current": PASSWORD, "password": NEW})
        with pytest.raises(links.LinkGoneError):
            links.find(token)

    def test_ends_the_other_sessions(self, client, dana):
        elsewhere = type(client)()
        elsewhere.force_login(dana)
        client.post("/me/password/", {"current": PASSWORD, "password": NEW})
        assert elsewhere.get("/me/").status_code == 302

    @pytest.mark.parametrize(
        ("current", "password", "words"),
        [
            ("wrong", NEW, "not your current password"),
            (PASSWORD, "short", "too short"),
            (PASSWORD, "dana@example.org", "similar"),
        ],
    )
    def test_stays_when_something_is_wrong(self, client, dana, current, password, words):
        response = client.post("/me/password/", {"current": current, "password": password})
        assert response.status_code == 422
        assert words in response.text
        dana.refresh_from_db()
        assert dana.check_password(PASSWORD)

    def test_is_never_sent_back(self, client, dana):
        response = client.post("/me/password/", {"current": "my-secret-typo", "password": "another-secret"})
        assert "my-secret-typo" not in response.text
        assert "another-secret" not in response.text


def test_somebody_without_a_project_has_the_page_too(client):
    client.force_login(factories.a_user())
    page = client.get("/me/")
    assert page.status_code == 200
    assert 'class="sidebar"' not in page.text
