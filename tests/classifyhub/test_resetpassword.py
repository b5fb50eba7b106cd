"""The way back in from the terminal."""

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from classifyhub.accounts import links
from classifyhub.accounts.models import User

pytestmark = pytest.mark.django_db


def test_a_link_is_printed_that_sets_a_new_password_once(capsys):
    User.objects.create_user("chief@example.org", "correct horse battery")

    call_command("resetpassword", "Chief@Example.org")

    address = capsys.readouterr().out.strip()
    token = address.rstrip("/").rpartition("/")[2]
    assert address.startswith(settings.PUBLIC_URL)
    links.accept(token, password="staple staple staple")
    assert User.objects.get().check_password("staple staple staple")
    with pytest.raises(links.LinkGoneError):
        links.accept(token, password="once more")


def test_the_password_stays_until_the_link_is_used(capsys):
    User.objects.create_user("chief@example.org", "correct horse battery")

    call_command("resetpassword", "chief@example.org")

    assert User.objects.get().check_password("correct horse battery")


def test_nobody_by_that_name():
    with pytest.raises(CommandError, match=r"Nobody here logs in as nobody@example\.org\."):
        call_command("resetpassword", "nobody@example.org")


def test_somebody_who_is_switched_off():
    User.objects.create_user("gone@example.org", is_active=False)

    with pytest.raises(CommandError, match="is switched off"):
        call_command("resetpassword", "gone@example.org")
