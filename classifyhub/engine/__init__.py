"""The local engine: reads a document, compiles rules, answers which rule fits and why. Knows no Django.

``sandbox.Sandbox`` does the reading in a child process that can be killed; everything here runs in the caller's."""

from classifyhub.engine.classifying import classify, judge_gist, lay_out, list_lessons, make_gist
from classifyhub.engine.gist import Gist, Question
from classifyhub.engine.model import (
    Answer,
    Candidate,
    Contribution,
    Evidence,
    Facts,
    Page,
    PageAnswer,
    ReadError,
    Reading,
    Rule,
)
from classifyhub.engine.pageranges import parse_pages
from classifyhub.engine.places import Word
from classifyhub.engine.reading import inspect, read
from classifyhub.engine.rules import RuleSet, compile_rules
from classifyhub.engine.sniffing import READABLE, RENDERABLE, sniff
from classifyhub.engine.version import VERSION

__all__ = [
    "READABLE",
    "RENDERABLE",
    "VERSION",
    "Answer",
    "Candidate",
    "Contribution",
    "Evidence",
    "Facts",
    "Gist",
    "Page",
    "PageAnswer",
    "Question",
    "ReadError",
    "Reading",
    "Rule",
    "RuleSet",
    "Word",
    "classify",
    "compile_rules",
    "inspect",
    "judge_gist",
    "lay_out",
    "list_lessons",
    "make_gist",
    "parse_pages",
    "read",
    "sniff",
]
