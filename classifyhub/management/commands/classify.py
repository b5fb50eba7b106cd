"""``manage.py classify``: classify files with the local engine, by a rules file or by a published preset."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from classifyhub.engine import Rule
from classifyhub.engine.cli import UNUSABLE, add_arguments, run
from classifyhub.engine.embedding import Place, use_encoder
from classifyhub.engine.rulesfile import Configuration, RulesFileError, load_rules


class Command(BaseCommand):
    help = "Classify files with the local engine; prints one JSON object per line."
    requires_system_checks: list[str] = []  # with --rules, neither database nor server is looked at

    def add_arguments(self, parser: ArgumentParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("--rules", metavar="FILE", help="JSON: an array of rules, or a configuration")
        source.add_argument("--preset", metavar="NAME", help="the published version of a preset of this desk")
        add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            configuration = load_rules(options["rules"]) if options["rules"] else load_preset(options["preset"])
        except RulesFileError as error:
            raise CommandError(str(error), returncode=UNUSABLE) from error
        use_encoder(lambda: Place(settings.DATA_DIR / "models", settings.EMBEDDING_MODEL, waits=True))
        status = run(Namespace(**options), configuration, out=self.stdout, err=sys.stderr)
        if status:
            sys.exit(status)


def load_preset(name: str) -> Configuration:
    """What is published under ``name``, whatever the case. Raises ``CommandError`` when no preset or several answer."""
    from rules.models import Preset  # noqa: PLC0415 - only this branch needs the database

    folded = " ".join(name.split()).casefold()
    found = list(Preset.objects.usable().filter(name_folded=folded).select_related("published", "project")[:2])
    if not found:
        raise CommandError(f"There is no published preset “{name}”.", returncode=UNUSABLE)
    if len(found) > 1:
        projects = " and ".join(preset.project.name for preset in found)
        raise CommandError(f"{projects} both have a preset “{name}”: export one and use --rules.", returncode=UNUSABLE)
    version = found[0].published
    assert version is not None  # noqa: S101 - usable presets are published
    rules = tuple(Rule(rule["type"], rule.get("description") or "") for rule in version.rules)
    return Configuration(rules, version.mode, version.lang, version.max_pages, version.target_pages)
