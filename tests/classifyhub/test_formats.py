"""How numbers, sizes, spans and names are written on the desk."""

import datetime

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from classifyhub import formats

PARIS = datetime.timezone(datetime.timedelta(hours=1), "CET")


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0%"), (0.004, "< 1%"), (0.736, "74%"), (0.994, "99%"), (0.995, "> 99%"), (1.0, "> 99%")],
)
def test_a_probability_is_whole_percent_and_never_certain(share, words):
    assert formats.format_percent(share) == words


@pytest.mark.parametrize(
    ("share", "mark", "words"), [(0.976, 0.98, "97%"), (0.98, 0.98, "98%"), (0.58, 0.9, "58%"), (0.976, None, "98%")]
)
def test_a_share_below_a_mark_is_not_rounded_up_to_it(share, mark, words):
    assert formats.format_percent(share, mark=mark) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (None, "–"),
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1 kB"),
        (340_000, "340 kB"),
        (999_600, "1.0 MB"),
        (1_100_000, "1.1 MB"),
        (50_000_000, "50 MB"),
        (212_000_000_000, "212 GB"),
    ],
)
def test_sizes_are_decimal_and_short(size, words):
    assert formats.format_size(size) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0.94, "0.9 s"),
        (45, "45 s"),
        (59.7, "1 min"),
        (200, "3 min"),
        (17_700, "4 h 55"),
        (86_400, "1 day"),
        (1_000_000, "11 days"),
    ],
)
def test_a_span_is_said_as_people_say_it(seconds, words):
    assert formats.format_duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (1, "about 10 s left"), (43, "about 45 s left"), (59, "about 1 min left"), (200, "about 3 min left")],
)
def test_time_left_is_an_estimate_in_steps(seconds, words):
    assert formats.format_time_left(seconds) == words


def test_how_long_ago_has_no_tenths():
    now = timezone.now()
    assert formats.format_age(now - datetime.timedelta(seconds=6)) == "6 s"
    assert formats.format_age(now - datetime.timedelta(hours=4, minutes=55)) == "4 h 55"
    assert formats.format_age(now + datetime.timedelta(hours=1)) == "0 s"
    assert formats.format_age(None) == "never"


def test_todays_times_are_times_and_older_ones_dates(monkeypatch):
    now = datetime.datetime(2026, 11, 19, 13, 0, tzinfo=datetime.UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    with timezone.override(PARIS):
        assert formats.format_moment(now - datetime.timedelta(minutes=2)) == "13:58"
        assert formats.format_moment(now - datetime.timedelta(days=7)) == "12 Nov"
        assert formats.format_moment(now - datetime.timedelta(days=365)) == "19 Nov 2025"
        assert formats.format_exact(now) == "19 Nov 2026, 14:00:00 CET"


def test_today_is_the_readers_day(monkeypatch):
    now = datetime.datetime(2026, 11, 19, 23, 30, tzinfo=datetime.UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    earlier = now - datetime.timedelta(hours=1)
    with timezone.override(datetime.UTC):
        assert formats.format_moment(earlier) == "22:30"
    with timezone.override(PARIS):
        assert formats.format_moment(earlier) == "19 Nov"
        assert formats.format_moment(now - datetime.timedelta(minutes=15)) == "00:15"


@pytest.mark.parametrize(
    ("amount", "words"),
    [(None, "–"), (0, "No credits"), (1, "1 credit"), (116, "116 credits"), (2000, "2,000 credits")],
)
def test_credits_are_counted_in_words(amount, words):
    assert formats.format_credits(amount) == words


def test_a_long_name_is_cut_in_the_middle_and_keeps_its_ending():
    assert formats.cut_middle("invoice.pdf", 32) == "invoice.pdf"
    assert (
        formats.cut_middle("a_very_long_name_of_a_scan_from_thursday_0093.pdf", 32)
        == "a_very_long_name_of_a…y_0093.pdf"
    )


@given(st.text(max_size=300), st.integers(min_value=8, max_value=60))
def test_a_cut_name_fits_and_ends_as_it_did(name, width):
    cut = formats.cut_middle(name, width)
    assert len(cut) <= width
    assert cut == name or cut[-2:] == name[-2:]
