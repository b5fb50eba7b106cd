"""What a draft still lacks, and what its provider refuses or ignores: said while it is written, not once it is paid.

Pure: a draft and a provider's capabilities in, findings out. A finding that blocks keeps the draft from being
published or tried; one that advises does not.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from classifyhub.engine import parse_pages
from classifyhub.engine.ocr import tell_engine
from classifyhub.engine.pack import name_kind
from classifyhub.text import fold
from rules.capabilities import Capabilities
from rules.editing import change_rule
from rules.meaning import find_meanings
from rules.models import Mode
from rules.monograms import propose_monogram
from rules.shape import DESCRIPTION_MAX, TARGET_PAGES_MAX, TYPE_MAX, Draft, Rule

BLOCKS: Literal["blocks"] = "blocks"
ADVISES: Literal["advises"] = "advises"
SHORT_DESCRIPTION = 40
NEARLY_EQUAL = 0.5
# Words shorter than this say little about a document in any of the languages that rules are written in.
TELLING_LENGTH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A repair that one click can do: what the link says, and the value the field will have."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence about one field: of the rule with this id, or of the options when ``rule`` is null."""

    rule: str | None
    field: str
    severity: Literal["blocks", "advises"]
    sentence: str
    fix: Fix | None = None

    @property
    def blocks(self) -> bool:
        return self.severity == BLOCKS


def lint(draft: Draft, capabilities: Capabilities) -> tuple[Finding, ...]:
    """Everything there is to say, options first, then rule by rule; of one field what blocks comes first."""
    of_options = [finding for check in _OPTION_CHECKS for finding in check(draft, capabilities)]
    of_rules = [finding for check in _RULE_CHECKS for rule in draft.rules for finding in check(rule, capabilities)]
    of_sets = [finding for check in _SET_CHECKS for finding in check(draft, capabilities)]
    places: dict[str | None, int] = {rule.id: place for place, rule in enumerate(draft.rules, start=1)}
    return tuple(
        sorted([*of_options, *of_rules, *of_sets], key=lambda found: (places.get(found.rule, 0), not found.blocks))
    )


def blocking(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.blocks)


def apply_fix(draft: Draft, rule_id: str, *, field: str, capabilities: Capabilities) -> Draft:
    """The draft after the one-click repair of this field; unchanged when there is nothing to repair any more."""
    for finding in lint(draft, capabilities):
        if finding.rule == rule_id and finding.field == field and finding.fix:
            return change_rule(draft, rule_id, **{field: finding.fix.value})
    return draft


# --- Options ---------------------------------------------------------------------------------------------------------


def _check_provider(draft: Draft, capabilities: Capabilities) -> Iterator[Finding]:
    if capabilities.needs_connection and draft.connection is None:
        words = _("%(provider)s needs a connection: choose one, or have an admin add it under Settings.")
        yield _option("provider", BLOCKS, words, capabilities)


def _check_mode(draft: Draft, capabilities: Capabilities) -> Iterator[Finding]:
    if draft.mode not in capabilities.modes:
        yield _option("mode", BLOCKS, _("%(provider)s does not offer this mode."), capabilities)
    elif draft.mode == Mode.MULTIMODAL and capabilities.in_process and not tell_engine(draft.lang):
        words = _("No OCR on this machine: Multimodal reads no more than Fast. Install tesseract-ocr.")
        yield _option("mode", ADVISES, words, capabilities)


def _check_language(draft: Draft, capabilities: Capabilities) -> Iterator[Finding]:
    if not capabilities.has_language and draft.lang != "en":
        yield _option("lang", ADVISES, _("%(provider)s takes no language and ignores this."), capabilities)
    elif capabilities.languages is not None and draft.lang not in capabilities.languages:
        words = _("%(provider)s does not know this language and reads scans as if they were English.")
        yield _option("lang", ADVISES, words, capabilities)


def _check_max_pages(draft: Draft, capabilities: Capabilities) -> Iterator[Finding]:
    if draft.max_pages is None:
        return
    if draft.max_pages < 1:
        yield _option("max_pages", BLOCKS, _("Read at least one page."), capabilities)
    elif capabilities.pages_read is not None and draft.max_pages > capabilities.pages_read:
        words = _("%(provider)s reads %(pages)s pages at most.")
        yield _option("max_pages", ADVISES, words, capabilities, pages=capabilities.pages_read)


def _check_target_pages(draft: Draft, capabilities: Capabilities) -> Iterator[Finding]:
    if not draft.target_pages:
        return
    try:
        parse_pages(draft.target_pages)
    except ValueError as error:
        yield Finding(rule=None, field="target_pages", severity=BLOCKS, sentence=str(error))
    if len(draft.target_pages) > TARGET_PAGES_MAX:
        words = _("The list of pages is longer than %(most)s characters.")
        yield _option("target_pages", BLOCKS, words, capabilities, most=TARGET_PAGES_MAX)
    if not capabilities.has_page_choice:
        words = _("%(provider)s takes no choice of pages: a PDF is cut before it is sent, anything else goes whole.")
        yield _option("target_pages", ADVISES, words, capabilities)


def _check_policy(draft: Draft, capabilities: Capabilities) -> Iterator[Finding]:
    if draft.auto_approve_at is None:
        return
    if not 0 < draft.auto_approve_at <= 1:
        yield _option("auto_approve_at", BLOCKS, _("Choose a share between 1 and 100 %%."), capabilities)
    elif not capabilities.gives_confidence:
        words = _("%(provider)s gives no confidence, so every document will wait.")
        yield _option("auto_approve_at", ADVISES, words, capabilities)


# --- One rule --------------------------------------------------------------------------------------------------------


def _check_type(rule: Rule, capabilities: Capabilities) -> Iterator[Finding]:
    most = min(capabilities.type_max, TYPE_MAX)
    if not rule.type:
        # A rule just added is not scolded at its field; the line of the rule and the banner say that it is blank.
        yield _of(rule, "type" if rule.description else "rule", BLOCKS, _("This rule has no type yet."))
        return
    if len(rule.type) > most:
        words = _("%(provider)s takes types of %(most)s characters at most.")
        yield _of(rule, "type", BLOCKS, words % {"provider": capabilities.label, "most": most})
    if fold(rule.type) in capabilities.reserved_types:
        words = _("%(provider)s says “%(type)s” for what fits no type. Give this one another name.")
        yield _of(rule, "type", BLOCKS, words % {"provider": capabilities.label, "type": rule.type})
    if capabilities.type_charset and not re.fullmatch(capabilities.type_charset, rule.type):
        words = _("%(provider)s takes %(signs)s.")
        sentence = words % {"provider": capabilities.label, "signs": _(capabilities.type_charset_words)}
        yield _of(rule, "type", BLOCKS, sentence, fix=_fit_charset(rule.type, capabilities))


def _check_description(rule: Rule, capabilities: Capabilities) -> Iterator[Finding]:
    if not rule.type and not rule.description:
        return
    provider, length = capabilities.label, len(rule.description)
    most = min(capabilities.description_max, DESCRIPTION_MAX)
    if length > most:
        words = _("%(provider)s takes descriptions of %(most)s characters at most.")
        yield _of(rule, "description", BLOCKS, words % {"provider": provider, "most": f"{most:,}"})
    elif length < capabilities.description_min:
        words = _("%(provider)s wants at least %(least)s characters.")
        yield _of(rule, "description", BLOCKS, words % {"provider": provider, "least": capabilities.description_min})
    elif not rule.description and capabilities.uses_descriptions:
        yield _of(rule, "description", ADVISES, _("Say what stands on such a document, and what it is not."))
    elif 0 < length < SHORT_DESCRIPTION and capabilities.uses_descriptions:
        yield _of(rule, "description", ADVISES, _("Short. Name words that a reader could point to."))


# --- All rules together ----------------------------------------------------------------------------------------------


def _check_empty(draft: Draft, capabilities: Capabilities) -> Iterator[Finding]:
    if not draft.rules:
        yield Finding(rule=None, field="rules", severity=BLOCKS, sentence=_("There is no rule yet. Add one."))


def _check_twice(draft: Draft, capabilities: Capabilities) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for place, rule in enumerate(draft.rules, start=1):
        key = fold(rule.type)
        if key and key in first:
            words = _("Rule %(place)s has this type already. A type is listed once.") % {"place": first[key]}
            yield _of(rule, "type", BLOCKS, words)
        first.setdefault(key, place)


def _check_monograms(draft: Draft, capabilities: Capabilities) -> Iterator[Finding]:
    filled = draft.with_monograms()
    counts = Counter(rule.monogram for rule in filled.rules if rule.monogram)
    seen: set[str] = set()
    for rule in filled.rules:
        if rule.monogram in seen:
            free = propose_monogram(rule.type, counts)
            words = _("Another rule has the letters %(letters)s.") % {"letters": rule.monogram}
            fix = Fix(label=_("Use %(letters)s") % {"letters": free}, value=free) if free else None
            yield _of(rule, "monogram", BLOCKS, words, fix=fix)
        elif rule.monogram:
            seen.add(rule.monogram)


def _check_alike(draft: Draft, capabilities: Capabilities) -> Iterator[Finding]:
    """Each rule is compared with those below it and told of the first that says nearly the same."""
    if not capabilities.uses_descriptions:
        return
    words_of = [_telling_words(rule.description) for rule in draft.rules]
    for place, one in enumerate(draft.rules):
        for other in range(place + 1, len(draft.rules)):
            if _are_alike(words_of[place], words_of[other]):
                two, shared = draft.rules[other], words_of[place] & words_of[other]
                yield _of(one, "description", ADVISES, _say_alike(one, two, shared))
                break


def _are_alike(one: set[str], two: set[str]) -> bool:
    shared = len(one & two)
    return shared > 1 and shared > NEARLY_EQUAL * (len(one) + len(two) - shared)


def _say_alike(one: Rule, two: Rule, shared: set[str]) -> str:
    if fold(one.description) == fold(two.description):
        return _("The same words as %(type)s. Say what sets it apart.") % {"type": two.type}
    telling = sorted(shared, key=lambda word: (-len(word), word))[:2]
    words = _("Close to %(type)s: both speak of %(one)s and %(two)s. Say what sets it apart.")
    return words % {"type": two.type, "one": telling[0], "two": telling[1]}


def _telling_words(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W\d_]+", text.casefold()) if len(word) >= TELLING_LENGTH}


def _check_meanings(draft: Draft, capabilities: Capabilities) -> Iterator[Finding]:
    """Each rule is told of the first below it that means the same known types just as surely. Two rules of one name
    are told so elsewhere."""
    if not capabilities.in_process:
        return
    below: dict[tuple[frozenset[str], float], Rule] = {}
    for rule, meaning in reversed(list(zip(draft.rules, find_meanings(draft.rules), strict=True))):
        other = below.get(meaning.surest)
        if other and rule.type and other.type and fold(rule.type) != fold(other.type):
            words = _("“%(one)s” and “%(two)s” both mean %(known)s: only their own words tell them apart.")
            known = get_text_list(sorted(name_kind(key, draft.lang) for key in meaning.surest[0]), _("and"))
            yield _of(rule, "type", ADVISES, words % {"one": rule.type, "two": other.type, "known": known})
        if meaning.types:
            below[meaning.surest] = rule


# --- Words and repairs -----------------------------------------------------------------------------------------------


def _option(
    field: str, severity: Literal["blocks", "advises"], words: str, capabilities: Capabilities, **facts: object
) -> Finding:
    sentence = words % {"provider": capabilities.label, **facts}
    return Finding(rule=None, field=field, severity=severity, sentence=sentence)


def _of(
    rule: Rule, field: str, severity: Literal["blocks", "advises"], sentence: str, *, fix: Fix | None = None
) -> Finding:
    return Finding(rule=rule.id, field=field, severity=severity, sentence=sentence, fix=fix)


def _fit_charset(type_name: str, capabilities: Capabilities) -> Fix | None:
    """The nearest type the provider takes: accents dropped, other signs turned into hyphens. None when nothing of the
    name would be left, as with other alphabets."""
    odd = sorted({sign for sign in type_name if not re.fullmatch(capabilities.type_charset, sign)})
    fitted = "".join(_fit_sign(sign, capabilities) for sign in type_name)
    if not re.search(r"[A-Za-z0-9]", fitted):
        return None
    if len(odd) == 1 and not odd[0].isalpha():
        return Fix(label=_("Replace “%(sign)s” with “-”") % {"sign": odd[0]}, value=fitted)
    return Fix(label=_("Write “%(type)s”") % {"type": fitted}, value=fitted)


def _fit_sign(sign: str, capabilities: Capabilities) -> str:
    plain = unicodedata.normalize("NFKD", sign)
    kept = "".join(part for part in plain if re.fullmatch(capabilities.type_charset, part))
    return kept or ("-" if not unicodedata.combining(sign) else "")


_Check = Callable[[Draft, Capabilities], Iterator[Finding]]
_OPTION_CHECKS: tuple[_Check, ...] = (
    _check_provider,
    _check_mode,
    _check_language,
    _check_max_pages,
    _check_target_pages,
    _check_policy,
)
_SET_CHECKS: tuple[_Check, ...] = (_check_empty, _check_twice, _check_monograms, _check_alike, _check_meanings)
_RULE_CHECKS: tuple[Callable[[Rule, Capabilities], Iterator[Finding]], ...] = (_check_type, _check_description)
