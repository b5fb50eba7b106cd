"""How numbers, sizes, spans and names are written on the desk. Plain text in, plain text out; no markup."""

import datetime
import math
from pathlib import PurePosixPath

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUTE, HOUR, DAY = 60, 3600, 86400
KILO = 1000
ALMOST_CERTAIN, ALMOST_RULED_OUT = 0.995, 0.005


def format_number(value: float) -> str:
    """With thousands set apart: ``2000`` → "2,000"."""
    return number_format(value, use_l10n=True, force_grouping=True)


def format_capped(value: int, most: int = 10_000) -> str:
    """A count that was not taken to its end: up to ``most`` as it is, then "10,000+"."""
    return f"{format_number(most)}+" if value > most else format_number(value)


def format_percent(share: float, *, mark: float | None = None) -> str:
    """Whole percent of a probability in 0..1: ``0.736`` → "74%". Never "100%", which no machine can promise: 0.995
    and above reads "> 99%"; likewise a chance that is small but not zero reads "< 1%". What is below ``mark`` is never
    rounded up to it."""
    if mark is not None and share < mark <= round(share, 2):
        share = math.floor(100 * share) / 100
    if share >= ALMOST_CERTAIN:
        return "> 99%"
    if 0 < share < ALMOST_RULED_OUT:
        return "< 1%"
    return f"{share:.0%}"


def format_size(size: int | None) -> str:
    """Bytes in decimal units, as file managers show them: ``340_000`` → "340 kB", ``2_140_000`` → "2.1 MB", a limit of
    ``50_000_000`` → "50 MB"; unknown is a dash."""
    if size is None:
        return "–"
    if size < KILO:
        return f"{size} B"
    value, unit = float(size), "B"
    for unit in ("kB", "MB", "GB", "TB"):  # noqa: B007 - the unit the loop stops at is the answer
        value /= KILO
        if round(value) < KILO:
            break
    whole = unit == "kB" or value >= 100 or value.is_integer()  # three digits say enough
    return f"{value:.0f} {unit}" if whole else f"{value:.1f} {unit}"


def format_duration(seconds: float | None) -> str:
    """A span as people say it: ``0.9`` → "0.9 s", ``45`` → "45 s", ``200`` → "3 min", ``17_700`` → "4 h 55"."""
    if seconds is None:
        return "–"
    if seconds < 10:  # tenths tell something only below ten seconds
        return _("%(seconds).1f s") % {"seconds": max(seconds, 0)}
    if round(seconds) < MINUTE:
        return _("%(seconds)d s") % {"seconds": round(seconds)}
    seconds = round(seconds)
    if seconds < HOUR:
        return _("%(minutes)d min") % {"minutes": seconds // MINUTE}
    if seconds < DAY:
        return _("%(hours)d h %(minutes)02d") % {"hours": seconds // HOUR, "minutes": seconds % HOUR // MINUTE}
    days = int(seconds // DAY)
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def format_time_left(seconds: float | None) -> str:
    """An estimate, said as one: ``43`` → "about 45 s left". In steps of 5 s, so that it holds still; unknown is ""."""
    if seconds is None:
        return ""
    rounded = 5 * round(seconds / 5) if seconds < MINUTE else seconds
    span = format_duration(max(rounded, 10))  # below ten seconds the estimate is noise
    return _("about %(span)s left") % {"span": span}


def format_age(at: datetime.datetime | None) -> str:
    """How long ago, without tenths: "6 s", "3 min", "4 h 55", "12 days"; "never" when it did not happen."""
    if at is None:
        return _("never")
    seconds = max(0, round((timezone.now() - at).total_seconds()))
    return _("%(seconds)d s") % {"seconds": seconds} if seconds < MINUTE else format_duration(seconds)


def format_moment(at: datetime.datetime) -> str:
    """In the reader's zone: "13:58" today, "12 Nov" before, "12 Nov 2025" in another year."""
    local, today = timezone.localtime(at), timezone.localdate()
    if local.date() == today:
        return date_format(local, "H:i")
    return date_format(local, "j M" if local.year == today.year else "j M Y")


def format_exact(at: datetime.datetime) -> str:
    """To the second with the zone, for titles: "12 Nov 2026, 13:58:21 CET"."""
    return date_format(timezone.localtime(at), "j M Y, H:i:s T")


def format_credits(amount: float | None) -> str:
    """``116`` → "116 credits"; ``0`` and unknown are "No credits" and "–"."""
    if amount is None:
        return "–"
    if not amount:
        return _("No credits")
    count = 1 if amount == 1 else 2
    return ngettext("%(amount)s credit", "%(amount)s credits", count) % {"amount": format_number(amount)}


def cut_middle(text: str, width: int = 40) -> str:
    """At most ``width`` characters, cut in the middle so that a name keeps its ending: "quarterly_repo…_2026.pdf"."""
    if len(text) <= width:
        return text
    tail = max(width // 3, min(len(PurePosixPath(text).suffix) + 4, width - 2))
    return f"{text[: width - 1 - tail]}…{text[-tail:]}"
