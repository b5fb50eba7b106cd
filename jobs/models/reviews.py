"""What waits for a person, who holds it, who put it off, and what was decided.

The item belongs to a document under a preset, not to one run: a later run brings a new result to the same item and
changes nothing that a person decided.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Case, F, OuterRef, Q, When
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from classifyhub.accounts.models import Project, User
from jobs.models.documents import Document
from jobs.models.results import Result
from jobs.models.runs import Job
from rules.models import Preset, PresetVersion


class ReviewItemQuerySet(models.QuerySet["ReviewItem"]):
    """The queue."""

    def awaiting_review(self) -> ReviewItemQuerySet:
        """The open ones, the worst first."""
        return self.filter(rank__isnull=False).order_by("rank", "pk")

    def of_outer_job(self) -> ReviewItemQuerySet:
        """In a subquery over jobs: the item of the job's document under the job's preset, which for rules sent with a
        call is none."""
        under = self.alias(under=Coalesce("preset_id", 0))
        return under.filter(document=OuterRef("document_id"), under=Coalesce(OuterRef("version__preset_id"), 0))


class ReviewItem(models.Model):
    """This document under this preset wants, or wanted, a human. Lower ``priority`` comes first.

    ``rank`` is the priority while the item is open and null otherwise, written by the database itself: an index over it
    gives the worst twenty of a hundred thousand without sorting them, which one over ``status IN (...)`` does not."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        AUTO_APPROVED = "auto_approved", _("Auto-approved")
        APPROVED = "approved", _("Approved")
        OVERRIDDEN = "overridden", _("Overridden")
        ESCALATED = "escalated", _("Escalated")
        SET_ASIDE = "set_aside", _("Set aside")

    class Why(models.TextChoices):
        """Why the machine's answer was not simply taken."""

        EVERY = "every", _("This preset asks for every document to be reviewed")
        BELOW = "below", _("Below the confidence this preset asks for")
        NO_MATCH = "no_match", _("No rule matched")
        NOT_SCORED = "not_scored", _("The answer was not scored")
        NO_TEXT = "no_text", _("No text: decide from the image")
        SEVERAL = "several", _("It holds several documents")
        UNREADABLE = "unreadable", _("It could not be classified")
        DIFFERS = "differs", _("A later run answers differently")
        REOPENED = "reopened", _("Reopened")

    OPEN = (State.WAITING, State.ESCALATED)
    DECIDED = (State.APPROVED, State.OVERRIDDEN)

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="review_items")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="review_items")
    preset = models.ForeignKey(Preset, null=True, on_delete=models.CASCADE, related_name="review_items")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="review_items")
    current_result = models.ForeignKey(Result, null=True, on_delete=models.SET_NULL, related_name="+")
    status = models.CharField(max_length=20, choices=State.choices, default=State.WAITING)
    why = models.CharField(max_length=20, choices=Why.choices, blank=True)
    note = models.CharField(max_length=500, blank=True, default="")
    priority = models.IntegerField(default=500)
    rank = models.GeneratedField(
        expression=Case(When(status__in=OPEN, then=F("priority"))),
        output_field=models.IntegerField(null=True),
        db_persist=True,
    )
    final_type = models.CharField(max_length=200, null=True)  # noqa: DJ001  # null: no match, or not decided
    due_at = models.DateTimeField(null=True)
    effective_review = models.ForeignKey("Review", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    objects = ReviewItemQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["document", "preset"], condition=Q(preset__isnull=False), name="reviewitem_once"
            ),
            models.UniqueConstraint(
                fields=["document"], condition=Q(preset__isnull=True), name="reviewitem_once_without_preset"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("approved", "overridden")) | Q(effective_review__isnull=False),
                name="reviewitem_decided_has_review",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "rank", "id"], condition=Q(rank__isnull=False), name="reviewitem_queue"),
            models.Index(
                fields=["preset", "rank", "id"], condition=Q(rank__isnull=False), name="reviewitem_preset_queue"
            ),
        ]

    def __str__(self) -> str:
        return str(self.uid)

    @property
    def is_decided(self) -> bool:
        """Whether a person has decided it, as against the machine alone."""
        return self.status in self.DECIDED


class Review(models.Model):
    """One person's decision, with what they saw when they made it. Undone decisions stay, marked."""

    class Decision(models.TextChoices):
        APPROVE = "approve", _("Approved")
        OVERRIDE = "override", _("Overridden")
        ESCALATE = "escalate", _("Escalated")
        SET_ASIDE = "set_aside", _("Set aside")
        REOPEN = "reopen", _("Reopened")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="reviews")
    item = models.ForeignKey(ReviewItem, on_delete=models.CASCADE, related_name="reviews")
    slot = models.PositiveSmallIntegerField(default=1)
    token = models.UUIDField(null=True)
    result_seen = models.ForeignKey(Result, null=True, on_delete=models.SET_NULL, related_name="+")
    version_seen = models.ForeignKey(PresetVersion, null=True, on_delete=models.RESTRICT, related_name="+")
    decision = models.CharField(max_length=10, choices=Decision.choices)
    final_type = models.CharField(max_length=200, null=True)  # noqa: DJ001  # null: no match
    page_types = models.JSONField(null=True)
    comment = models.CharField(max_length=1000, blank=True, default="")
    status_before = models.CharField(max_length=20)
    why_before = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reviews")
    at = models.DateTimeField(db_default=Now())
    seconds = models.FloatField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token"], condition=Q(token__isnull=False), name="review_token_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["item", "-id"], name="review_of_item"),
            models.Index(fields=["project", "by", "-at"], name="review_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.final_type or 'no match'}"


class ReviewClaim(models.Model):
    """Who holds an item right now. The unique key makes two holders impossible; an expired row may be taken over."""

    item = models.ForeignKey(ReviewItem, on_delete=models.CASCADE, related_name="claims")
    slot = models.PositiveSmallIntegerField(default=1)
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    token = models.UUIDField(default=uuid.uuid4)
    claimed_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "slot"], name="reviewclaim_one_holder")]
        indexes: ClassVar = [models.Index(fields=["by", "expires_at"], name="reviewclaim_of_person")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.by_id}"


class ReviewSkip(models.Model):
    """A person put an item off: for them it goes to the back of the queue. Not a decision."""

    item = models.ForeignKey(ReviewItem, on_delete=models.CASCADE, related_name="skips")
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "by"], name="reviewskip_once")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.by_id}"
