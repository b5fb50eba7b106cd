"""Where the documents of a preset can be sent: the local engine, and the providers this project has a connection to.

A draft names a connection by its uid, as text, for a connection may go while the draft stays. What can be said of a
draft without the database is said by ``rules.lint``; ``examine`` adds what takes a look at the connections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifyhub.accounts.models import Project
from rules.capabilities import CAPABILITIES, Capabilities, capabilities_of
from rules.diffing import Names, say_destination
from rules.lint import ADVISES, BLOCKS, Finding, blocking, lint
from rules.models import Connection, Mode, ProviderName
from rules.shape import Destination, Draft


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a list to choose from; ``value`` is what the form sends and ``rules.forms`` reads."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """The choices of one provider, under its name; without one they stand by themselves."""

    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """The connections of one project: those that can be used, by name, and what all of them were ever called."""

    connections: tuple[Connection, ...]
    names: Names

    @classmethod
    def of(cls, project: Project) -> Reach:
        """As the project is now, in one query."""
        known = list(Connection.objects.filter(project=project).order_by("name", "pk"))
        usable = tuple(connection for connection in known if connection.archived_at is None)
        return cls(usable, {str(connection.uid): connection.name for connection in known})

    def find(self, destination: Destination) -> Connection | None:
        """The connection that a draft names, if it can be used for that provider."""
        named = (connection for connection in self._to(destination.provider) if _is(connection, destination))
        return next(named, None)

    def find_named(self, provider: str, name: str) -> Connection | None:
        """The connection to ``provider`` of this name."""
        return next((connection for connection in self._to(provider) if connection.name == name), None)

    def usual(self, provider: str) -> Destination:
        """The provider with the connection that goes without saying: the only one, else the default. Without
        connection where there is none, or none is needed."""
        found = self._to(provider)
        chosen = next((connection for connection in found if connection.is_default or len(found) == 1), None)
        return Destination(provider, str(chosen.uid) if chosen else None)

    def complete(self, draft: Draft) -> Draft:
        """The draft with the usual connection wherever it names a provider alone."""
        if draft.connection is None:
            draft = replace(draft, connection=self.usual(draft.provider).connection)
        if draft.fallback is not None and draft.fallback.connection is None:
            draft = replace(draft, fallback=self.usual(draft.fallback.provider))
        return draft

    def offer(self, chosen: Destination) -> list[Group]:
        """What the editor offers, the local engine first. A provider without a connection can be chosen too, so that a
        draft is written within its limits; it is published once there is one."""
        return [*self._offer_reachable(chosen), *self._offer_rest(chosen)]

    def offer_fallback(self, chosen: Destination | None) -> list[Group]:
        """What can be asked instead."""
        return self._offer_reachable(chosen)

    def _offer_reachable(self, chosen: Destination | None) -> list[Group]:
        local = Destination(ProviderName.LOCAL)
        groups = [Group("", (Choice(value_of(local), say_destination(local, {})),))]
        if chosen is not None and not self._is_offered(chosen):
            groups.append(Group("", (Choice(value_of(chosen), self._say_missing(chosen)),)))
        for provider in _remote():
            choices = [
                Choice(value_of(Destination(provider, str(found.uid))), found.name) for found in self._to(provider)
            ]
            groups += [Group(capabilities_of(provider).label, tuple(choices))] if choices else []
        return groups

    def _offer_rest(self, chosen: Destination) -> list[Group]:
        rest = [
            Choice(provider, capabilities_of(provider).label)
            for provider in _remote()
            if not self._to(provider) and Destination(provider) != chosen
        ]
        return [Group(_("Needs a connection first"), tuple(rest))] if rest else []

    def _is_offered(self, destination: Destination) -> bool:
        is_free = not capabilities_of(destination.provider).needs_connection
        return (is_free and destination.provider == ProviderName.LOCAL) or self.find(destination) is not None

    def _say_missing(self, destination: Destination) -> str:
        if destination.connection:
            return say_destination(destination, self.names)
        return _("%(provider)s, no connection") % {"provider": capabilities_of(destination.provider).label}

    def _to(self, provider: str) -> list[Connection]:
        return [connection for connection in self.connections if connection.provider == provider]


def value_of(destination: Destination | None) -> str:
    """A destination as one value of a form: ``local``, ``landingai:<uid>``; empty for none."""
    if destination is None:
        return ""
    return f"{destination.provider}:{destination.connection}" if destination.connection else str(destination.provider)


def examine(draft: Draft, reach: Reach) -> tuple[Finding, ...]:
    """All there is to say of a draft in its project: what lint says, whether its connections are still there, and what
    its fallback would do otherwise."""
    capabilities = capabilities_of(draft.provider)
    found = lint(draft, capabilities)
    return (*_check_gone(draft, reach), *_check_fallback(draft, reach, found), *found)


def _remote() -> list[str]:
    return [name for name, record in CAPABILITIES.items() if record.needs_connection]


def _is(connection: Connection, destination: Destination) -> bool:
    return str(connection.uid) == destination.connection


def _check_gone(draft: Draft, reach: Reach) -> Iterator[Finding]:
    if draft.connection is not None and reach.find(draft.destination) is None:
        yield _finding("provider", _("The connection of this draft is gone. Choose another."), severity=BLOCKS)


# --- The fallback ----------------------------------------------------------------------------------------------------


def _check_fallback(draft: Draft, reach: Reach, found: tuple[Finding, ...]) -> Iterator[Finding]:
    """What is different when the fallback answers. It advises: that is better than no answer, and people know."""
    if draft.fallback is None:
        return
    there = capabilities_of(draft.fallback.provider)
    if there.needs_connection and reach.find(draft.fallback) is None:
        words = _("The connection of the fallback is gone. Choose another, or none.")
        yield _finding("fallback", words, severity=BLOCKS)
    if draft.fallback == draft.destination:
        yield _finding("fallback", _("Documents go there anyway: as a fallback it changes nothing."))
        return
    for sentence in (*_say_lost(draft, there), *_say_less_read(draft, there), *_say_refused(draft, there, found)):
        yield _finding("fallback", sentence)


def _say_lost(draft: Draft, there: Capabilities) -> Iterator[str]:
    """What the chosen provider gives and heeds, and the fallback does not."""
    here = capabilities_of(draft.provider)
    if here.uses_descriptions and not there.uses_descriptions:
        yield _say(_("The fallback (%(provider)s) ignores descriptions."), there)
    if here.gives_confidence and not there.gives_confidence:
        yield _say(_("The fallback (%(provider)s) gives no confidence: what it answers waits for a person."), there)
    if here.gives_reasoning and not there.gives_reasoning:
        yield _say(_("The fallback (%(provider)s) gives no reasoning."), there)
    if draft.mode == Mode.MULTIMODAL and draft.mode in here.modes and draft.mode not in there.modes:
        yield _say(_("The fallback (%(provider)s) has no Multimodal and reads as in Fast."), there)


def _say_less_read(draft: Draft, there: Capabilities) -> Iterator[str]:
    here = capabilities_of(draft.provider)
    if here.has_language and not there.has_language and draft.lang != "en":
        yield _say(_("The fallback (%(provider)s) takes no language."), there)
    if there.pages_read is not None and (draft.max_pages is None or draft.max_pages > there.pages_read):
        yield _say(_("The fallback (%(provider)s) reads the first %(pages)s pages."), there, pages=there.pages_read)
    if draft.target_pages and here.has_page_choice and not there.has_page_choice:
        words = _("The fallback (%(provider)s) takes no choice of pages: a PDF is cut before it is sent.")
        yield _say(words, there)


def _say_refused(draft: Draft, there: Capabilities, found: tuple[Finding, ...]) -> Iterator[str]:
    """The rules that block there and not here."""
    known = {(finding.rule, finding.field) for finding in blocking(found)}
    refused = (finding for finding in blocking(lint(draft, there)) if (finding.rule, finding.field) not in known)
    places = sorted({draft.position(finding.rule) or 0 for finding in refused if finding.rule})
    if places:
        words = ngettext(
            "The fallback (%(provider)s) does not take rule %(places)s as it is.",
            "The fallback (%(provider)s) does not take rules %(places)s as they are.",
            len(places),
        )
        yield _say(words, there, places=get_text_list([str(place) for place in places], _("and")))


def _say(words: str, there: Capabilities, **facts: object) -> str:
    return words % {"provider": there.label, **facts}


def _finding(field: str, sentence: str, *, severity: Literal["blocks", "advises"] = ADVISES) -> Finding:
    return Finding(rule=None, field=field, severity=severity, sentence=sentence)
