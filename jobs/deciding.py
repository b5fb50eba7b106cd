"""The review page from the database's side: what it shows, and what its buttons mean."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifyhub.accounts.models import Project, User
from jobs import overview, reasons, review, showing
from jobs.models import Result, ReviewItem
from rules.models import Preset, PresetVersion

COUNT_LIMIT = 10_000
# A pause this long ends a sitting.
SITTING_SECONDS = 1800
DIGITS = "1234567890"
ACTIONS = ("approve", "none", "type", "skip", "escalate", "set_aside")


class FormError(Exception):
    """The pressed button lacks something; the text says what."""


@dataclass(frozen=True, slots=True)
class DecisionForm:
    """One press. ``action`` is one of ``ACTIONS``; ``type`` goes with "type"."""

    action: str
    type: str | None
    token: uuid.UUID
    comment: str

    @classmethod
    def read(cls, post: Mapping[str, str]) -> DecisionForm:
        """From the page's form. The type buttons send ``type``, the others ``action``."""
        action = "type" if post.get("type") else post.get("action", "")
        try:
            token = uuid.UUID(post.get("token", ""))
        except ValueError:
            raise review.StaleClaimError from None
        if action not in ACTIONS:
            raise FormError(_("Choose what to do with the document."))
        return cls(action, post.get("type"), token, post.get("comment", "").strip())

    @property
    def is_decision(self) -> bool:
        return self.action in ("approve", "none", "type")


def carry_out(item: ReviewItem, form: DecisionForm, *, by: User) -> dict[str, str]:
    """Do what the button says; what was done, for the toast. The document is named by its item: a name kept in a
    session would outlive the erased document."""
    match form.action:
        case "skip":
            review.skip(item, by=by)
            return {"verb": _("Skipped"), "item": str(item.uid), "as": "", "undo": ""}
        case "escalate" | "set_aside":
            return _move_out(item, form, by=by)
        case "approve":
            done = review.approve(item, token=form.token, by=by, comment=form.comment)
        case _:
            done = _decide(item, form, by=by)
    verb = _("Approved") if done.decision == done.Decision.APPROVE else _("Overridden")
    return {"verb": verb, "item": str(item.uid), "as": done.final_type or _("No match"), "undo": "1"}


def _decide(item: ReviewItem, form: DecisionForm, *, by: User) -> Any:
    try:
        return review.decide(item, form.type or None, token=form.token, by=by, comment=form.comment)
    except ValueError:
        raise FormError(_("That type is not in this version of the preset.")) from None


def _move_out(item: ReviewItem, form: DecisionForm, *, by: User) -> dict[str, str]:
    if form.action == "escalate" and not form.comment:
        raise FormError(_("Say why it is escalated. Whoever takes it reads that first."))
    verb, done = (_("Escalated"), review.escalate) if form.action == "escalate" else (_("Set aside"), review.set_aside)
    done(item, token=form.token, by=by, comment=form.comment)
    return {"verb": verb, "item": str(item.uid), "as": "", "undo": "1"}


def remember(
    session: MutableMapping[str, Any], words: Mapping[str, str], *, counts: bool, taken_back: bool = False
) -> None:
    """Keep what was done for the toast on the next page, and count the sitting."""
    sitting = current_sitting(session)
    change = 1 if counts else -1 if taken_back else 0
    session["sitting"] = {"count": max(sitting + change, 0), "at": time.time()}
    if words:
        session["review_done"] = dict(words)


def last_done(session: MutableMapping[str, Any]) -> dict[str, str] | None:
    """What was done on the page before, once, with the document's name as it is now; none when nothing was."""
    words = session.pop("review_done", None)
    if not words:
        return None
    named = ReviewItem.objects.filter(uid=words.get("item")).values_list("document__name", flat=True).first()
    return {**words, "name": named or ""}


def current_sitting(session: Mapping[str, Any]) -> int:
    """How many were decided in this sitting."""
    kept = session.get("sitting") or {}
    return int(kept.get("count", 0)) if time.time() - kept.get("at", 0) < SITTING_SECONDS else 0


def counts(project: Project, preset: Preset | None, *, by: User, session: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers in the header."""
    left = review.waiting(project, preset).order_by()[: COUNT_LIMIT + 1].count()
    sitting = current_sitting(session)
    return {
        "left": min(left, COUNT_LIMIT),
        "left_is_capped": left > COUNT_LIMIT,
        "sitting": sitting,
        "sitting_total": sitting + min(left, COUNT_LIMIT),
        "today": overview.my_day(project, by=by).decided,
        "held_by_others": review.held_by_others(project, preset, by=by),
    }


def page_context(held: review.Held, *, by: User, page: str | None) -> dict[str, Any]:
    """Everything about the held item that the page shows."""
    item, version = held.item, held.item.job.version
    result = item.current_result
    letters = showing.monograms(version)
    return {
        "item": item,
        "claim": held.claim,
        "document": item.document,
        "version": version,
        "result": result,
        "viewer": showing.viewer(item.document, result, version=version, page=showing.page_number(page)),
        "why": _as_sentence(reasons.why_waiting(item, version)),
        "reasoning": showing.reasoning(result, version),
        "by_decisions": by_decisions(result, version),
        "monogram": letters.get(result.type or "", "") if result else "",
        "rule": version.rule_for(result.type if result else None),
        "is_scored": result is not None and result.confidence is not None,
        "has_answer": result is not None and result.has_answer,
        "threshold": version.policy.get("auto_approve_at"),
        "options": options(version, result),
        "no_answer": reasons.why_no_answer(item),
        "upcoming": upcoming(item, by=by),
    }


def _as_sentence(words: str) -> str:
    """With its full stop, unless what a person wrote ends the sentence already."""
    return words if words.endswith((".", "?", "!")) else f"{words}."


def options(version: PresetVersion, result: Result | None) -> list[dict[str, Any]]:
    """All rules in rule order, each with its digit, so that fingers learn them; ranking is only shown."""
    scores = {candidate["type"]: candidate["score"] for candidate in (result.candidates if result else [])}
    return [
        {
            "key": DIGITS[index] if index < len(DIGITS) else "",
            "type": rule["type"],
            "monogram": rule.get("monogram", ""),
            "score": scores.get(rule["type"]),
            "is_proposed": result is not None and result.type == rule["type"],
        }
        for index, rule in enumerate(version.rules)
    ]


def by_decisions(result: Result | None, version: PresetVersion) -> str:
    """That the answer rests mostly on what people decided, in one sentence; empty where it would stand without."""
    leaning = showing.main_leaning(result, version) if result is not None else None
    if leaning is None:
        return ""
    words = ngettext("Rests mostly on %(n)d decision.", "Rests mostly on %(n)d decisions.", leaning.decisions)
    return words % {"n": leaning.decisions}


def upcoming(item: ReviewItem, *, by: User) -> list[ReviewItem]:
    """The next two documents, so that the browser can fetch their first pages ahead; nothing is claimed."""
    following = review.waiting(item.project, item.preset).exclude(pk=item.pk).select_related("document")
    return [other for other in following[:2] if showing.has_image(other.document)]
