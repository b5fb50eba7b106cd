"""Which known types a rule means: by its own name first, then by what its description names, then by what it says.

The certainty of a link (0..1) is the weight that the known type's names and cues get in the rule."""

from __future__ import annotations

import functools
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from classifyhub.engine.likening import BY_MEANING, BY_WORDS, are_kin, find_alike, liken, list_kin
from classifyhub.engine.model import Rule
from classifyhub.engine.naming import fold_name, load_names, take_content
from classifyhub.engine.pack import KnownType, load_known_types
from classifyhub.engine.phrases import Phrase
from classifyhub.engine.rule_text import list_examples, list_items, list_synonyms, split_negation, trim
from classifyhub.engine.words import STOP, stem, stems, worth

if TYPE_CHECKING:
    from classifyhub.engine.embedding import Encoder

EXACT = 1.0  # the rule's name is a name of the type
INFLECTED = 0.95  # the same but for its ending, or written as one word: "Rechnungen", "datasheet"
HEAD = 0.85  # it ends with one: "supplier invoice"; or the description says that it is also called so
KIND = 0.7  # the type is a kind of one that the rule names, or all but the same, and nobody else's
PART = 0.6  # the name holds one elsewhere: "invoice copies"
STATED = 0.75  # a name that says nothing, and a description that begins with the type: "finance: invoices, receipts"
ALIKE = 0.6  # nothing names it, but the description says clearly what it is in other words
SIMILAR = 0.5  # its telling words are all in one: "insurance papers"
AKIN = 0.45  # kin of a type that the description is clearly like
MENTION = 0.5  # the description names it at its beginning or as an example, or says something alike

_OPENING = 9  # words in which a description says what the document is
_RUNNER_UP = 0.9
_COMPOUND = 7  # letters of a name that may be the end of a longer word: "Eingangsrechnung"
_SENTENCE_END = re.compile(r"[.;:!?](?:\s|$)")
_ITEM_END = re.compile(r"[,/&+]|\b(?:or|and|und|oder|ou|et|y|o|e|en|i)\b", re.IGNORECASE)
_PACKAGING = re.compile(
    r"^\d{1,2}[\s._)-]+(?=\D)|\b(?:folders?|box(?:es)?|misc(?:ellaneous)?|stuff|ordner|ablage)\b", re.IGNORECASE
)  # what things are kept in, and in what order, says nothing of them: "my CV folder", "01 Rechnungen"
_WORD = re.compile(r"[^\W_]+")
_REMARK = re.compile(
    r"\([^)]*\)|\[[^]]*\]|\b(?:incoming|outgoing|received|sent|open|paid|unpaid|ours|suppliers?|vendors?|customers?|clients?"
    r"|bank|eingang|ausgang|lieferanten|kunden|fournisseurs?|clientes|proveedores)\s*$",
    re.IGNORECASE,
)  # behind the noun: "Rechnungen Eingang", "CVs (candidates)"
_COPIES = re.compile(
    r"^(?:copies|copy|scans?|photos?|pictures?|kopien?|copies?|copias?)\s+(?:of|von|de)\s+", re.IGNORECASE
)
_LABEL = re.compile(r"\W*(?:\d{1,2}|[A-Za-z])?\W*")  # what may be left then: "box A"
_BROAD = frozenset(
    {"article", "decision", "claim", "report", "statement", "application", "certificate", "notice", "policy"}
    | {"form", "record", "order", "paper", "request", "card", "plan", "file", "document"}
)  # names of so many things that a description which begins with others decides
_KEPT = 1024  # names and descriptions whose links are kept: of a set that is being written, one rule changes at a time

Links = Mapping[str, float]


def link_rules(
    rules: Sequence[Rule], *, without: frozenset[str] = frozenset(), encoder: Encoder | None = None
) -> list[Links]:
    """For each rule the keys of its known types with their certainty. A type that one rule is named after is not lent
    to another that merely mentions it ("statement: lists several invoices"). Types in ``without`` are as unknown. What
    a rule is taken for can be put right in its description: "not a purchase order", "also called a till slip". A
    rule that names none is likened to them, with an ``encoder`` by what it means, else by its words alone."""
    known = [kind for kind in load_known_types() if kind.key not in without]
    named, owned = _link_by_name(rules, without)
    linked = [
        _add_alike(rule, links, owned, encoder) if _is_doubtful(links) else links
        for rule, links in zip(rules, named, strict=True)
    ]
    return [_drop_unwanted(rule, links) for rule, links in zip(rules, _lend_kinds(linked, known), strict=True)]


def leaves_doubt(rules: Sequence[Rule], *, without: frozenset[str] = frozenset()) -> bool:
    """Whether any rule names no known type, or hardly one, so that an encoder would tell more of it."""
    named, _ = _link_by_name(rules, without)
    return any(map(_is_doubtful, named))


def _link_by_name(rules: Sequence[Rule], without: frozenset[str]) -> tuple[list[dict[str, float]], frozenset[str]]:
    """The links of each rule by what it names and mentions, and the types that are out of reach of whatever else a rule
    says: those that one is named after, and those in ``without``."""
    by_name = [_drop_unwanted(rule, _link_told(rule, without)) for rule in rules]
    owned = {key for links in by_name for key, certainty in links.items() if certainty >= HEAD} | without
    linked = [
        _surest(links, _lend_mentions(rule.description, links, owned))
        for rule, links in zip(rules, by_name, strict=True)
    ]
    return linked, frozenset(owned)


def _is_doubtful(links: Links) -> bool:
    return max(links.values(), default=0.0) < HEAD


def _add_alike(rule: Rule, links: dict[str, float], owned: frozenset[str], encoder: Encoder | None) -> dict[str, float]:
    """With the types that are like what the rule says. They take the place of a part of its name that means something
    else, but only where meanings are compared: "new clients" are no news, whatever words say."""
    is_named = max(links.values(), default=0.0) >= PART
    if is_named and encoder is None:
        return links
    likeness, bounds = liken(rule, encoder, without=owned), BY_MEANING if encoder else BY_WORDS
    alike = find_alike(likeness, bounds)
    is_sure = max(likeness.values(), default=0.0) >= bounds.sure
    if is_named and (not is_sure or any(are_kin(key, other) for key in alike for other in links)):
        return links
    kept = {key: min(certainty, MENTION) for key, certainty in links.items()} if alike else links
    kin = list_kin(alike) - set(owned) if is_sure else set()
    return _surest(kept, dict.fromkeys(kin, AKIN), dict.fromkeys(alike, ALIKE if is_sure else MENTION))


def _link_told(rule: Rule, without: frozenset[str]) -> Links:
    """By the name; by what the description begins with where the name is one broad word: "Claims: Complaints to a
    court"."""
    links = _link_named(rule.type, without)
    name = take_content(stems(rule.type))
    if len(name) > 1 or _BROAD.isdisjoint(name):
        return links
    told = dict.fromkeys(_find_stated(split_negation(rule.description)[0]), HEAD)
    return told if told and told.keys().isdisjoint(links) and told.keys().isdisjoint(without) else links


def _drop_unwanted(rule: Rule, links: Links) -> dict[str, float]:
    """A credit note is a kind of invoice, but not for the rule that says "not a credit note". What a rule is named
    after goes only where that very type is excluded, not one of its other names: "bill" is many things."""
    _, unwanted = split_negation(rule.description)
    items = set(list_items(unwanted)) if unwanted else set()
    named = {key for item in items for key in load_names().owners.get(item, ())}
    itself = {key for key in named if not items.isdisjoint(load_names().shown[key])}
    return {
        key: certainty
        for key, certainty in links.items()
        if key not in named or (certainty >= HEAD and key not in itself)
    }


def _surest(*links: Links) -> dict[str, float]:
    """All of them, each with the highest certainty that any gives."""
    keys = dict.fromkeys(key for found in links for key in found)
    return {key: max(found.get(key, 0.0) for found in links) for key in keys}


def _lend_mentions(description: str, named: Links, owned: Container[str]) -> Links:
    """What the description mentions and no other rule is named after."""
    mentioned = _link_mentions(description, is_named=max(named.values(), default=0.0) >= PART)
    return {key: certainty for key, certainty in mentioned.items() if key not in owned}


@functools.lru_cache(maxsize=_KEPT)
def _link_named(name: str, without: frozenset[str]) -> Links:
    """By the whole name, or by each of what it lists: "invoices and receipts"."""
    bare = _PACKAGING.sub(" ", name)
    if bare != name and _LABEL.fullmatch(bare):
        return {}
    name = bare
    whole = _link_name(take_content(stems(name)), without)
    if not _is_sure(whole) and (noun := _cut_remarks(name)):
        whole = _link_noun(noun, without) or whole
    items = [take_content(stems(item)) for item in _ITEM_END.split(name)]
    if max(whole.values(), default=0.0) >= INFLECTED or len(items) == 1:
        return whole
    parts = [_link_name(item, without) for item in items]
    if not all(map(_is_sure, parts)):
        return whole
    return {key: certainty for part in parts for key, certainty in part.items()}


def _cut_remarks(name: str) -> Phrase:
    """The noun of ``name``, where more than the noun is there: what stands before a preposition and without remarks."""
    words = stems(name)
    bare = stems(_REMARK.sub(" ", name)) or words
    end = next((place for place, word in enumerate(bare) if place and word in STOP), len(bare))
    noun = bare[:end]
    return noun if noun != words and any(word not in STOP for word in noun) else ()


def _link_noun(noun: Phrase, without: frozenset[str]) -> Links:
    """What the noun of a longer name is a name of, and never more certain than that it ends with one."""
    links = _link_name(take_content(noun), without)
    return {key: min(HEAD, certainty) for key, certainty in links.items()} if _is_sure(links) else {}


def _is_sure(links: Links) -> bool:
    return max(links.values(), default=0.0) >= HEAD


def _link_name(name: Phrase, without: frozenset[str]) -> Links:
    links: dict[str, float] = {}
    for key, other in dict.fromkeys(found for word in name for found in load_names().by_word.get(word, ())):
        if key in without:
            continue
        links[key] = max(links.get(key, 0.0), _compare(name, other))
    best = max(links.values(), default=0.0)
    if best < HEAD and (inflected := _link_inflected(name, without)):
        return inflected
    return {key: certainty for key, certainty in links.items() if certainty and certainty >= best * _RUNNER_UP}


def _link_inflected(name: Phrase, without: frozenset[str]) -> Links:
    """Types whose name is the same but for endings and blanks, else those that a compound word ends with."""
    if all(word in STOP for word in name):
        return {}  # "to do" is no "todo"
    folded = fold_name(name)
    exact = {key: INFLECTED for key in load_names().folded.get(folded, ()) if key not in without}
    if exact or len(name) != 1:
        return exact
    tails = (folded[place:] for place in range(2, len(folded) - _COMPOUND + 1))
    keys = next((load_names().folded[tail] for tail in tails if tail in load_names().folded), ())
    return {key: HEAD for key in keys if key not in without}


def _compare(name: Phrase, other: Phrase) -> float:
    if not name or not other:
        return 0.0
    if name == other:
        return EXACT
    if all(word in STOP for word in other):
        return 0.0  # "ToS" is not named by every "to"
    if name[-len(other) :] == other:
        return HEAD if sum(map(worth, other)) >= 1 else PART
    if any(name[place : place + len(other)] == other for place in range(len(name))):
        return PART
    telling = {word for word in name if worth(word) == 1}
    return SIMILAR if telling and telling <= set(other) else 0.0


@functools.lru_cache(maxsize=_KEPT)
def _link_mentions(description: str, *, is_named: bool) -> Links:
    """Known types named where a description says what the document is, and those it says it is called as. A single
    word that is merely mentioned counts only as the type's own name: "policy" alone may be anything. Those it begins
    with count more where the rule ``is_named`` after none."""
    wanted, _ = split_negation(description)
    stated = {} if is_named else dict.fromkeys(_find_stated(wanted), STATED)
    called = {
        key: HEAD for phrase in list_synonyms(wanted) for key in load_names().owners.get(take_content(phrase), ())
    }
    return {**dict.fromkeys(_find_mentions(wanted), MENTION), **stated, **called}


def _find_stated(wanted: str) -> Iterator[str]:
    """Types that the first sentence begins with, alone or as a list: "Passports and driving licences of staff"."""
    sentence = _COPIES.sub("", _SENTENCE_END.split(wanted, maxsplit=1)[0])
    items = [_starting_types(item) for item in _ITEM_END.split(sentence) if trim(stems(item))]
    if items and items[0]:
        yield from chain.from_iterable(items)


def _starting_types(item: str) -> list[str]:
    """The types of the longest name that ``item`` is or, before a stop word, begins with; else of its first word in the
    plural: "CVs people send us" are no "post office"."""
    phrase = trim(tuple(word for word in stems(item) if word != "s"))  # of "somebody's"
    head = phrase[: next((place for place, word in enumerate(phrase) if word in STOP), len(phrase))]
    is_plural = any((stem(word),) == phrase[:1] != (word.casefold(),) for word in _WORD.findall(item))
    plural = phrase[:1] if is_plural else ()
    return next((keys for name in (phrase, head, plural) if (keys := _find_owners(name))), [])


def _find_owners(phrase: Phrase) -> list[str]:
    return list(load_names().owners.get(phrase, ())) if any(map(_is_telling, phrase)) else []


def _is_telling(word: str) -> bool:
    return worth(word) == 1


def _find_mentions(wanted: str) -> Iterator[str]:
    examples = set(list_examples(wanted))
    for phrase, start, _ in load_names().book.find(stems(wanted)):
        if start < _OPENING or phrase in examples:
            for key in load_names().owners[phrase]:
                if len(phrase) > 1 or phrase == stems(key):
                    yield key


def _lend_kinds(linked: list[dict[str, float]], known: Sequence[KnownType]) -> list[Links]:
    """A lease goes to the rule for contracts, unless a rule of its own takes it; what is a kind of a kind goes to the
    nearest wider type that a rule takes. Before that, articles of incorporation go to the rule for bylaws."""
    taken = {key for links in linked for key in links}
    named = {key for links in linked for key, certainty in links.items() if certainty >= HEAD}
    nearest = {kind.key: _nearest(kind.of, taken) for kind in known if kind.key not in taken}
    nearest |= {kind.key: near for kind in known if kind.key not in named for near in kind.near if near in named}
    for links in linked:
        main = max(links.values(), default=0.0)
        lent = {key: KIND for key, wider in nearest.items() if HEAD <= links.get(wider, 0.0) == main}
        links.update(lent)
    return list(linked)


def _nearest(key: str, taken: Container[str]) -> str:
    """The first of ``key`` and its wider types that is taken; empty when none is."""
    while key and key not in taken:
        key = _wider().get(key, "")
    return key


@functools.cache
def _wider() -> dict[str, str]:
    return {kind.key: kind.of for kind in load_known_types()}


def expand_name(phrase: Phrase) -> list[Phrase]:
    """All titles of the type that ``phrase`` names; else the phrase alone, and nothing for a single word that names no
    type: "not an order" is too little to go by."""
    own = {key for key in load_names().owners.get(phrase, ()) if stems(key) == phrase}
    names = [name for kind in load_known_types() if kind.key in own for name in kind.titles]
    return names or ([phrase] if len(phrase) > 1 or phrase in load_names().owners else [])
