"""People deciding: who holds which item, what was decided, and taking it back.

An item is held by a claim, taken in one atomic statement, so that two reviewers never meet. A decision carries the
claim's token: the same token twice is one decision, and a token that somebody else's claim replaced is refused.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from classifyhub.accounts import audit
from classifyhub.accounts.models import Project, User
from classifyhub.clock import in_seconds
from classifyhub.text import clean_text
from jobs import failpoints, learning, outcomes, states
from jobs.models import Document, Job, Review, ReviewClaim, ReviewItem, ReviewSkip
from rules.models import Preset

State, Why, Decision = ReviewItem.State, ReviewItem.Why, Review.Decision

CLAIM_SECONDS = 600
UNDO_LIMIT = 20
# How many of the worst waiting items are tried in turn when others are taking them at the same moment, and how often.
CANDIDATES, LOOKS = 20, 3
UNDECIDED = (State.WAITING, State.ESCALATED, State.SET_ASIDE)


class StaleClaimError(Exception):
    """The item is no longer held under this token: it was decided elsewhere, somebody took it over, the machine has
    answered anew, or the document was erased."""


class TypeNeededError(Exception):
    """Approving needs an answer to approve; this one was never scored."""


class NothingToUndoError(Exception):
    """No decision of this person can be taken back: there is none, or somebody decided after it."""


@dataclass(frozen=True, slots=True)
class Held:
    """An item in somebody's hands."""

    item: ReviewItem
    claim: ReviewClaim


def waiting(project: Project, preset: Preset | None = None) -> QuerySet[ReviewItem]:
    """The open items, worst first. Escalated ones come with the rest."""
    items = ReviewItem.objects.awaiting_review()
    return items.filter(project=project) if preset is None else items.filter(project=project, preset=preset)


def claim_next(project: Project, preset: Preset | None, *, by: User) -> Held | None:
    """The item this person should see now: the one they hold already, else the worst that nobody holds and they have
    not skipped, else the one they skipped longest ago. None when nothing is left for them."""
    own = _held_by(project, preset, by=by)
    if own is not None:
        return own
    free = _free(waiting(project, preset), by=by)
    fresh = free.filter(~Exists(ReviewSkip.objects.filter(item=OuterRef("pk"), by=by)))
    for _look in range(LOOKS):
        held = _claim_first(fresh[:CANDIDATES], by=by)
        if held is not None:
            return held
    return _claim_first(_skipped(free, by=by), by=by)


def claim(item: ReviewItem, *, by: User) -> Held | None:
    """Take hold of ``item`` for ten minutes, or none when somebody else holds it. One's own claim is renewed and
    keeps its token, so a reload loses nothing."""
    mine = ReviewClaim.objects.filter(item=item, slot=1, by=by)
    if not mine.update(expires_at=in_seconds(CLAIM_SECONDS)):
        token = uuid.uuid4()
        fresh = ReviewClaim(item=item, slot=1, by=by, token=token, expires_at=in_seconds(CLAIM_SECONDS))
        ReviewClaim.objects.bulk_create([fresh], ignore_conflicts=True)
        expired = ReviewClaim.objects.filter(item=item, slot=1, expires_at__lt=Now()).exclude(token=token)
        expired.update(by=by, token=token, claimed_at=Now(), expires_at=in_seconds(CLAIM_SECONDS))
    held = ReviewClaim.objects.filter(item=item, slot=1, by=by, expires_at__gte=Now()).first()
    return Held(load(item.pk), held) if held else None


def hold(item: ReviewItem, *, by: User) -> bool:
    """Keep hold of an item for another ten minutes; false when it is lost. Unlike ``claim`` this takes nothing, so a
    tab that was left open does not take a document back that was decided or passed on since."""
    return bool(ReviewClaim.objects.filter(item=item, slot=1, by=by).update(expires_at=in_seconds(CLAIM_SECONDS)))


def load(item_id: int) -> ReviewItem:
    """An item with everything the review page shows."""
    related = ("document__blob", "document__project", "preset__published", "job__version", "job__run", "current_result")
    return ReviewItem.objects.select_related(*related).get(pk=item_id)


def release(item: ReviewItem, *, by: User) -> None:
    """Let go of an item without deciding."""
    ReviewClaim.objects.filter(item=item, by=by).delete()


def skip(item: ReviewItem, *, by: User) -> None:
    """To the back of this person's queue. Not a decision, and nobody else's business."""
    ReviewSkip.objects.update_or_create(item=item, by=by, defaults={"at": Now()})
    release(item, by=by)


def approve(item: ReviewItem, *, token: uuid.UUID, by: User, comment: str = "") -> Review:
    """Confirm the machine's answer; on a null result that is *no match*. ``TypeNeededError`` when it was not scored."""
    result = item.current_result
    if result is None or result.confidence is None:
        raise TypeNeededError
    return _decide(item, Decision.APPROVE, result.type, token=token, by=by, comment=comment)


def decide(item: ReviewItem, type_name: str | None, *, token: uuid.UUID, by: User, comment: str = "") -> Review:
    """Set the type (null: no match). The machine's own answer again is an approval, any other an override."""
    if type_name is not None and item.job.version.rule_for(type_name) is None:
        raise ValueError(f"not a type of {item.job.version.label}")
    result = item.current_result
    decision = Decision.APPROVE if result is not None and result.type == type_name else Decision.OVERRIDE
    return _decide(item, decision, type_name, token=token, by=by, comment=comment)


def escalate(item: ReviewItem, *, token: uuid.UUID, by: User, comment: str) -> Review:
    """Hand it to somebody who knows more; it stays in the queue, marked, and comes last for who escalated it."""
    with transaction.atomic():
        review = _decide(item, Decision.ESCALATE, None, token=token, by=by, comment=comment)
        ReviewSkip.objects.update_or_create(item=item, by=by, defaults={"at": Now()})
    return review


def set_aside(item: ReviewItem, *, token: uuid.UUID, by: User, comment: str) -> Review:
    """Out of the queue without a type: unreadable, to be split, or a new type is wanted."""
    return _decide(item, Decision.SET_ASIDE, None, token=token, by=by, comment=comment)


def reopen(item: ReviewItem, *, by: User, comment: str) -> Review:
    """Put an item that is out of the queue back into it, with the reason. ``StaleClaimError`` when it is in the queue
    already, or its document was erased."""
    with transaction.atomic():
        review = _decide(item, Decision.REOPEN, None, token=None, by=by, comment=comment)
        audit.record("review.reopened", item, by=by, project=item.project)
    return review


def undo(project: Project, *, by: User) -> Held:
    """Take back this person's last decision and hold its item again; repeatable for the last twenty."""
    with transaction.atomic():
        review = _last_review(project, by=by)
        if review is None:
            raise NothingToUndoError
        item = ReviewItem.objects.select_for_update().get(pk=review.item_id)
        if item.effective_review_id != review.pk or not _is_present(item):
            raise NothingToUndoError
        Review.objects.filter(pk=review.pk).update(undone_at=Now())
        _restore(item, review)
        learning.follow(item)
        held = claim(item, by=by)  # before others see that it waits again
        if held is None:
            raise NothingToUndoError
    return held


def holder(item: ReviewItem) -> str:
    """Who holds ``item`` now; empty when nobody does."""
    live = ReviewClaim.objects.filter(item=item, expires_at__gte=Now()).select_related("by").first()
    return live.by.display_name if live else ""


def held_by_others(project: Project, preset: Preset | None, *, by: User) -> int:
    """How many open items other people hold. Asked from the claims, which are as few as the people: in one statement a
    database may choose to begin with the hundred thousand items instead."""
    claimed = ReviewClaim.objects.filter(expires_at__gte=Now()).exclude(by=by).values_list("item_id", flat=True)
    held = list(claimed)
    return waiting(project, preset).filter(pk__in=held).count() if held else 0


def open_item(job: Job) -> ReviewItem:
    """The item of a finished job, made now when the machine's failure left none, so that anything can be decided."""
    return outcomes.item_without_answer(job)


def _decide(
    item: ReviewItem, decision: str, type_name: str | None, *, token: uuid.UUID | None, by: User, comment: str
) -> Review:
    with transaction.atomic():
        locked = ReviewItem.objects.select_for_update().get(pk=item.pk)
        done = _decided_before(locked, token, by=by)
        if done is not None:
            return done
        if token is None:
            _check_reopening(locked)
        seconds = _let_go(locked, token, by=by) if token else None
        review = Review.objects.create(
            project_id=locked.project_id,
            item=locked,
            token=token,
            result_seen_id=locked.current_result_id,
            version_seen_id=item.job.version_id,
            decision=decision,
            final_type=type_name,
            comment=clean_text(comment, max_length=1000),
            status_before=locked.status,
            why_before=locked.why,
            by=by,
            seconds=seconds,
        )
        _apply(locked, review)
        learning.follow(locked)
        ReviewSkip.objects.filter(item=locked).delete()
        failpoints.hit("before_release")
        if locked.is_decided:
            states.release(_held_jobs(locked))
    failpoints.hit("after_release")
    return review


def _decided_before(item: ReviewItem, token: uuid.UUID | None, *, by: User) -> Review | None:
    """What the same Enter did a moment ago. One that was undone since does not count: its page is stale."""
    return Review.objects.filter(item=item, token=token, by=by, undone_at__isnull=True).first() if token else None


def _let_go(item: ReviewItem, token: uuid.UUID, *, by: User) -> float:
    """End the claim the decision is made under; how long it was held, in seconds."""
    claim_row = ReviewClaim.objects.filter(item=item, token=token, by=by).first()
    if claim_row is None or item.status not in UNDECIDED:
        raise StaleClaimError
    claim_row.delete()
    return max((timezone.now() - claim_row.claimed_at).total_seconds(), 0.0)


def _check_reopening(item: ReviewItem) -> None:
    """Reopening needs no claim, but something to reopen."""
    if item.status in ReviewItem.OPEN or not _is_present(item):
        raise StaleClaimError


def _is_present(item: ReviewItem) -> bool:
    return Document.objects.present().filter(pk=item.document_id).exists()


def _held_jobs(item: ReviewItem) -> Iterable[int]:
    """The document's answers under this preset that clients wait for: of this run and of earlier ones."""
    under: Any = item.preset_id
    jobs = Job.objects.filter(document_id=item.document_id, version__preset_id=under)
    return jobs.filter(released_at__isnull=True).values_list("pk", flat=True)


def _apply(item: ReviewItem, review: Review) -> None:
    status = {
        Decision.APPROVE: State.APPROVED,
        Decision.OVERRIDE: State.OVERRIDDEN,
        Decision.ESCALATE: State.ESCALATED,
        Decision.SET_ASIDE: State.SET_ASIDE,
        Decision.REOPEN: State.WAITING,
    }[Decision(review.decision)]
    item.status = status
    item.why = (
        Why.REOPENED if review.decision == Decision.REOPEN else ("" if status in ReviewItem.DECIDED else item.why)
    )
    item.note = "" if status in ReviewItem.DECIDED else review.comment[:500]
    item.final_type = review.final_type
    item.effective_review = review
    item.updated_at = Now()
    item.save(update_fields=["status", "why", "note", "final_type", "effective_review", "updated_at"])


def _restore(item: ReviewItem, undone: Review) -> None:
    previous = _previous_review(undone)
    item.status, item.why = undone.status_before, undone.why_before
    item.effective_review = previous
    item.final_type = previous.final_type if previous else None
    item.note = previous.comment[:500] if previous and not item.is_decided else ""
    item.updated_at = Now()
    item.save(update_fields=["status", "why", "note", "final_type", "effective_review", "updated_at"])


def _skipped(free: QuerySet[ReviewItem], *, by: User) -> list[ReviewItem]:
    """What this person put off, in that order. Their skips are asked for first: they are few, the queue may be long."""
    order = list(ReviewSkip.objects.filter(by=by).order_by("at").values_list("item_id", flat=True))
    found = free.in_bulk(order)
    return [found[key] for key in order if key in found]


def _claim_first(items: Iterable[ReviewItem], *, by: User) -> Held | None:
    return next((held for item in items if (held := _claim_open(item, by=by))), None)


def _claim_open(item: ReviewItem, *, by: User) -> Held | None:
    """The claim, unless the item was decided in the moment before it was made."""
    held = claim(item, by=by)
    if held is not None and held.item.status not in ReviewItem.OPEN:
        release(item, by=by)
        return None
    return held


def _held_by(project: Project, preset: Preset | None, *, by: User) -> Held | None:
    claims = ReviewClaim.objects.filter(
        by=by, expires_at__gte=Now(), item__project=project, item__status__in=ReviewItem.OPEN
    )
    if preset is not None:
        claims = claims.filter(item__preset=preset)
    held = claims.select_related("item").order_by("-claimed_at").first()
    return claim(held.item, by=by) if held else None


def _free(items: QuerySet[ReviewItem], *, by: User) -> QuerySet[ReviewItem]:
    live = ReviewClaim.objects.filter(item=OuterRef("pk"), slot=1, expires_at__gte=Now()).exclude(by=by)
    return items.filter(~Exists(live))


def _last_review(project: Project, *, by: User) -> Review | None:
    """The newest decision of this person that still stands and that nobody decided after. Only their last twenty can
    be taken back: what was undone counts among them."""
    mine = Review.objects.filter(project=project, by=by).exclude(decision=Decision.REOPEN)
    for review in mine.select_related("item").order_by("-pk")[:UNDO_LIMIT]:
        if review.undone_at is None:
            return review if review.item.effective_review_id == review.pk else None
    return None


def _previous_review(review: Review) -> Review | None:
    """What held before ``review`` on the same item."""
    return (
        Review.objects.filter(item_id=review.item_id, undone_at__isnull=True, pk__lt=review.pk).order_by("-pk").first()
    )
