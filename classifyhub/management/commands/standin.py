"""``manage.py standin``: a vendor's API on this machine, to try a connection without a key and without a bill."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser, ArgumentTypeError
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils.translation import gettext as _

from jobs.standins import VENDORS, Random, Standin, running_standin
from jobs.standins.faults import TABLE
from jobs.web.addresses import Rules

_FETCHING = frozenset({"landingai", "unsiloed"})


class Command(BaseCommand):
    help = "Stand in for a vendor: serve its API on this machine, answered by the local engine. For trying only."
    requires_system_checks: list[str] = []  # neither database nor desk is looked at

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("vendor", choices=VENDORS, help="whose API")
        parser.add_argument("--port", type=int, default=0, help="where to listen (default: any free port)")
        parser.add_argument("--host", default="127.0.0.1", help="on which address (default: this machine alone)")
        parser.add_argument("--key", default="", help="the key that is good (default: a well-known one)")
        parser.add_argument(
            "--answers",
            choices=("engine", "quick"),
            default="engine",
            help="who answers: the local engine, or a rule that counts words",
        )
        parser.add_argument("--thinks", type=_seconds, default=0, metavar="S", help="how long a document takes")
        parser.add_argument("--latency", type=_seconds, default=0, metavar="S", help="how long any answer takes")
        parser.add_argument(
            "--faults", type=_share, default=0, metavar="SHARE", help="the share of requests that go wrong, 0 to 1"
        )
        parser.add_argument("--seed", type=int, default=0, metavar="N", help="which faults: the same ones for one N")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until Ctrl-C or SIGTERM."""
        vendor = options["vendor"]
        extra: dict[str, Any] = {}
        if vendor in _FETCHING:
            extra["reach"] = Rules(tuple(settings.FETCH_NETWORKS), frozenset(settings.FETCH_PORTS))
        faults = Random(options["seed"], share=options["faults"]) if options["faults"] else None
        passed_on = {name: options[name] for name in ("key", "answers", "host", "port", "thinks", "latency")}
        try:
            with running_standin(vendor, faults=faults, **passed_on, **extra) as standin:
                self.stdout.write(describe(standin, host=options["host"], share=options["faults"]))
                self.stdout.flush()
                _wait_for_end()
                self.stdout.write(summarize(standin))
        except OSError as error:
            raise CommandError(_("It cannot listen there: %(error)s") % {"error": error}) from error


def _seconds(text: str) -> float:
    return _number(text, most=3_600)


def _share(text: str) -> float:
    return _number(text, most=1)


def _number(text: str, *, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number <= most:
        raise ArgumentTypeError(f"“{text}” is not a number from 0 to {most:g}.")
    return number


def describe(standin: Standin, *, host: str, share: float) -> str:
    """What to know and where to point a connection."""
    lines = [
        _("This stands in for %(vendor)s, for trying only: it is not the vendor and costs nothing.")
        % {"vendor": standin.vendor.label},
        _("The local engine answers. What is sent is forgotten when this ends."),
        "",
        _("  Base URL  %(url)s") % {"url": standin.base_url},
        _("  Key       %(key)s") % {"key": standin.key},
        "",
        _("In the desk: Settings, Connections, Add a connection; give it this base URL and this key."),
    ]
    if not _is_loopback(host):
        lines.append(_("Whoever reaches %(host)s can send documents here.") % {"host": host})
    if share:
        lines.append(_("%(share)d %% of the requests go wrong, as they do out there.") % {"share": round(share * 100)})
    return "\n".join([*lines, _("Ctrl-C ends it.")])


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def summarize(standin: Standin) -> str:
    """What happened, fault by fault."""
    lines = [
        _("Ended after %(requests)d requests; %(documents)d documents were accepted.")
        % {"requests": len(standin.requests), "documents": len(standin.accepted)}
    ]
    lines += [f"  {count:5}  {name}: {TABLE[name].does}" for name, count in standin.faults.counts.most_common()]
    return "\n".join(lines)


def _wait_for_end() -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_args: ended.set())
    ended.wait()
