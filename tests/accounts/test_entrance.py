"""Getting in and out: log-in, one-time links, the start page."""

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import MD5PasswordHasher
from django.urls import reverse

from classifyhub.accounts import links, people, projects
from classifyhub.accounts.models import LoginAttempt, OneTimeLink, Role, User
from tests.support import factories

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"  # what the factories give
NEW = "amber-kettle-lantern"
LOGIN = "/login/"


@pytest.fixture
def project():
    return factories.a_project()


@pytest.fixture
def dana(project):
    return factories.a_member(project, Role.REVIEWER, email="dana@example.org")


def log_in(client, email="dana@example.org", password=PASSWORD, **more):
    return client.post(LOGIN, {"email": email, "password": password, **more})


def is_in(client):
    return SESSION_KEY in client.session


class TestLoggingIn:
    def test_leads_to_the_start(self, client, dana):
        response = log_in(client)
        assert (response.status_code, response.url) == (302, "/")
        assert is_in(client)

    @pytest.mark.parametrize("email", ["Dana@Example.org", " DANA@EXAMPLE.ORG "])
    def test_takes_any_spelling_of_the_e_mail(self, client, dana, email):
        log_in(client, email)
        assert is_in(client)

    @pytest.mark.parametrize("email", ["dana@example.org", "nobody@example.org"])
    def test_with_a_wrong_password_says_the_same_whether_or_not_the_person_exists(self, client, dana, email):
        response = log_in(client, email, "wrong")
        assert response.status_code == 422
        assert "do not belong together" in response.text
        assert f'value="{email}"' in response.text
        assert not is_in(client)

    def test_never_sends_a_password_back(self, client, dana):
        assert "wrong-but-mine" not in log_in(client, password="wrong-but-mine").text

    def test_is_refused_to_a_shut_account_in_the_same_words(self, client, dana):
        User.objects.filter(pk=dana.pk).update(is_active=False)
        assert "do not belong together" in log_in(client).text

    def test_is_refused_to_somebody_invited_who_has_no_password_yet(self, client, project):
        people.invite(project, "new@example.org", Role.VIEWER, by=None)
        assert log_in(client, "new@example.org", "").status_code == 422
        assert log_in(client, "new@example.org", "!").status_code == 422

    def test_waits_after_five_failures_even_with_the_right_password_and_says_how_long(self, client, dana):
        for _ in range(5):
            log_in(client, password="wrong")
        response = log_in(client)
        assert response.status_code == 429
        assert "Too many attempts. Try again in" in response.text
        assert not is_in(client)

    def test_forgets_failures_once_it_works(self, client, dana):
        log_in(client, password="wrong")
        log_in(client)
        assert not LoginAttempt.objects.exists()

    def test_counts_the_address_of_the_connection_whatever_a_header_claims(self, client, dana):
        client.post(LOGIN, {"email": dana.email, "password": "x"}, headers={"X-Forwarded-For": "203.0.113.9"})
        assert LoginAttempt.objects.get().address == "127.0.0.1"

    def test_behind_a_proxy_holds_up_the_guesser_alone(self, client, dana, settings):
        settings.TRUSTED_PROXIES = 1
        for number in range(100):
            guess = {"email": f"person{number}@example.org", "password": "x"}
            client.post(LOGIN, guess, headers={"X-Forwarded-For": f"192.0.2.{number}, 203.0.113.9"})
        mine = {"email": dana.email, "password": PASSWORD}
        assert client.post(LOGIN, mine, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 429
        assert client.post(LOGIN, mine, headers={"X-Forwarded-For": "198.51.100.7"}).status_code == 302

    @pytest.mark.parametrize("onward", ["/p/acme/", "/p/acme/runs/?status=FAILED"])
    def test_goes_on_to_where_one_was_headed(self, client, dana, onward):
        assert f'name="next" value="{onward}"' in client.get(LOGIN, {"next": onward}).text
        assert log_in(client, next=onward).url == onward

    @pytest.mark.parametrize(
        "onward", ["https://evil.example/", "//evil.example", "javascript:alert(1)", r"\\evil", "http:x"]
    )
    def test_never_goes_to_another_site(self, client, dana, onward):
        assert log_in(client, next=onward).url == "/"

    def test_when_logged_in_already_goes_on_at_once(self, client, dana):
        client.force_login(dana)
        assert client.get(LOGIN, {"next": "/me/"}).url == "/me/"

    def test_is_not_kept_by_any_cache(self, client):
        assert "no-store" in client.get(LOGIN)["Cache-Control"]

    def test_for_the_first_time_takes_over_the_zone_of_the_browser_and_later_not(self, client, dana):
        log_in(client, time_zone="Europe/Vienna")
        log_in(client, time_zone="Asia/Tokyo")
        dana.refresh_from_db()
        assert dana.time_zone == "Europe/Vienna"

    @pytest.mark.parametrize("zone", ["", "Mars/Base", "Europe", "../etc/passwd", "\x00"])
    def test_ignores_a_zone_that_does_not_exist(self, client, dana, zone):
        log_in(client, time_zone=zone)
        dana.refresh_from_db()
        assert dana.time_zone == "UTC"

    def test_brings_this_browser_in_step_with_the_person(self, client, dana):
        User.objects.filter(pk=dana.pk).update(preferences={"theme": "dark", "launch_at_once": True})
        client.cookies["desk_keys"] = "off"  # of whoever sat here before
        response = log_in(client)
        assert response.cookies["desk_theme"].value == "dark"
        assert response.cookies["desk_keys"]["max-age"] == 0
        assert "desk_launch_at_once" not in response.cookies

    @pytest.mark.parametrize("email", ["dana@example.org", "nobody@example.org", "invited@example.org"])
    def test_hashes_the_password_for_nobody_as_for_somebody_so_that_time_tells_nothing(
        self, client, dana, project, monkeypatch, email
    ):
        people.invite(project, "invited@example.org", Role.VIEWER, by=None)
        hashed = []
        hash_it = MD5PasswordHasher.encode
        monkeypatch.setattr(
            MD5PasswordHasher, "encode", lambda self, *given: hashed.append(given) or hash_it(self, *given)
        )
        log_in(client, email, "wrong")
        assert len(hashed) == 1


class TestLoggingOut:
    def test_ends_the_session(self, client, dana):
        client.force_login(dana)
        response = client.post("/logout/")
        assert (response.status_code, response.url) == (302, LOGIN)
        assert not is_in(client)

    def test_takes_a_press_and_not_a_link(self, client, dana):
        client.force_login(dana)
        assert client.get("/logout/").status_code == 405
        assert is_in(client)


class TestTheStart:
    def test_leads_to_the_project_one_was_in_last(self, client, dana, project):
        other = factories.a_project()
        people.add_member(other, dana, Role.VIEWER, by=None)
        client.force_login(dana)
        for place in (other, project, other):
            client.get(reverse("home", args=[place.slug]))
            assert client.get("/").url == reverse("home", args=[place.slug])

    def test_leads_elsewhere_once_that_project_is_left(self, client, dana, project):
        other = factories.a_project()
        User.objects.filter(pk=dana.pk).update(last_project=other)
        client.force_login(dana)
        assert client.get("/").url == reverse("home", args=[project.slug])

    def test_without_a_project_says_whom_to_ask(self, client):
        client.force_login(factories.a_user("alone@example.org"))
        page = client.get("/").text
        assert "Ask an admin to add alone@example.org" in page
        assert reverse("project_new") not in page

    def test_without_a_project_lets_who_runs_the_desk_add_one(self, client):
        client.force_login(User.objects.create_superuser("root@example.org", PASSWORD))
        assert reverse("project_new") in client.get("/").text


class TestAOneTimeLink:
    @pytest.fixture
    def invited(self, project):
        return people.invite(project, "new@example.org", Role.REVIEWER, by=None)

    def test_shows_who_one_will_be_and_where(self, client, project, invited):
        page = client.get(reverse("one_time_link", args=[invited.token]))
        assert "new@example.org" in page.text
        assert f"Join {project.name}" in page.text
        assert "no-store" in page["Cache-Control"]

    def test_asks_for_name_and_password_and_lets_one_in(self, client, project, invited):
        form = {"token": invited.token, "name": "Noa", "password": NEW, "time_zone": "Europe/Vienna"}
        response = client.post("/link/", form)
        assert (response.status_code, response.url) == (302, "/")
        assert client.get("/").url == reverse("home", args=[project.slug])
        noa = User.objects.get(email="new@example.org")
        assert (noa.name, noa.time_zone, noa.check_password(NEW)) == ("Noa", "Europe/Vienna", True)

    @pytest.mark.parametrize(
        ("password", "words"),
        [("short", "too short"), ("password123", "too common"), ("new@example.org", "too similar"), ("", "required")],
    )
    def test_refuses_a_weak_password_and_can_be_used_again(self, client, invited, password, words):
        response = client.post("/link/", {"token": invited.token, "name": "Noa", "password": password})
        assert response.status_code == 422
        assert words in response.text
        assert 'value="Noa"' in response.text
        assert links.find(invited.token)

    def test_is_sent_in_the_body_so_that_no_log_has_it(self, client, invited):
        page = client.get(reverse("one_time_link", args=[invited.token])).text
        assert f'action="{reverse("use_link")}"' in page

    def test_works_once(self, client, invited):
        client.post("/link/", {"token": invited.token, "password": NEW})
        response = client.post("/link/", {"token": invited.token, "password": NEW})
        assert response.status_code == 410
        assert "does not work any more" in response.text

    @pytest.mark.parametrize("address", ["/link/", "/link/nonsense/", "/link/%00/"])
    def test_that_never_was_one_says_the_same(self, client, address):
        response = client.get(address)
        assert response.status_code == 410
        assert "does not work any more" in response.text

    def test_ends_the_sessions_under_the_old_password(self, client, dana, project):
        client.force_login(dana)
        links.accept(links.make(dana, OneTimeLink.Purpose.RESET, project=project, by=None), password=NEW)
        assert client.get("/").url.startswith(LOGIN)

    def test_of_somebody_else_takes_the_place_of_who_sat_there(self, client, dana, invited):
        client.force_login(dana)
        client.post("/link/", {"token": invited.token, "password": NEW})
        assert client.session[SESSION_KEY] == str(invited.membership.user.pk)


class TestANewProject:
    def test_is_added_by_an_admin_who_lands_in_it(self, client, project):
        admin = factories.a_member(project, Role.ADMIN)
        client.force_login(admin)
        assert client.get("/projects/new/").status_code == 200
        response = client.post("/projects/new/", {"name": "Second desk"})
        assert response.url == reverse("home", args=["second-desk"])
        assert projects.may_create(admin)

    def test_needs_a_name(self, client, project):
        client.force_login(factories.a_member(project, Role.ADMIN))
        assert client.post("/projects/new/", {"name": "  \n "}).status_code == 422

    def test_is_refused_to_others(self, client, dana):
        client.force_login(dana)
        assert client.post("/projects/new/", {"name": "Second desk"}).status_code == 403
