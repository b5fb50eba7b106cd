"""What the machine answered. Written once, never changed; people's decisions stand beside it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from classifyhub.accounts.models import Project
from jobs.models.runs import Job, Submission
from rules.models import ProviderName


class Result(models.Model):
    """The answer for one job. ``type`` null is no match, ``confidence`` null is not scored. The lists have the shapes
    of ``classifyhub.engine.model``: Candidate, Evidence, Contribution. ``lesson`` is what the local engine will
    remember of the document, or of each in the file, when a person decides it (``jobs.learning``)."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="results")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="result")
    submission = models.ForeignKey(Submission, null=True, on_delete=models.SET_NULL, related_name="results")
    provider = models.CharField(max_length=30)
    engine = models.CharField(max_length=100, blank=True)
    type = models.CharField(max_length=200, null=True)  # noqa: DJ001  # null is an answer: no match
    confidence = models.FloatField(null=True)
    reasoning = models.TextField(null=True)  # noqa: DJ001  # null: the provider gives none
    candidates = models.JSONField(default=list)
    evidence = models.JSONField(default=list)
    contributions = models.JSONField(default=list)
    pages_not_read = models.JSONField(default=list)
    has_text = models.BooleanField(default=True)
    is_derived = models.BooleanField(default=False)
    seconds = models.FloatField(null=True)
    raw = models.JSONField(null=True)
    lesson = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(confidence__gte=0, confidence__lte=1),
                name="result_confidence_is_probability",
            )
        ]

    def __str__(self) -> str:
        return self.type or "no match"

    @property
    def provider_label(self) -> str:
        """Who answered, as people read it: where the fallback did, that is not the provider of the version."""
        return str(ProviderName(self.provider).label)

    @property
    def has_answer(self) -> bool:
        """Whether anything was said about the type. No match is an answer; silence over a document without text is
        none."""
        return self.has_text or self.type is not None or self.confidence is not None


class PageResult(models.Model):
    """The answer for one page, where the provider gives one. ``page`` is the document's own number, from 1. Where the
    file holds several papers one behind the other, ``document`` is the number of the page's own, from 1, else null;
    ``border`` is the probability that a new one starts on this page, null where that was not asked."""

    result = models.ForeignKey(Result, on_delete=models.CASCADE, related_name="pages")
    page = models.PositiveIntegerField()
    type = models.CharField(max_length=200, null=True)  # noqa: DJ001  # null: no match
    confidence = models.FloatField(null=True)
    document = models.PositiveIntegerField(null=True)
    border = models.FloatField(null=True)
    reasoning = models.TextField(null=True)  # noqa: DJ001  # null: none given
    suggested_type = models.CharField(max_length=200, blank=True, default="")
    error = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["result", "page"], name="pageresult_once"),
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(confidence__gte=0, confidence__lte=1),
                name="pageresult_confidence_is_probability",
            ),
            models.CheckConstraint(condition=Q(page__gte=1), name="pageresult_page_from_one"),
            models.CheckConstraint(
                condition=Q(document__isnull=True) | Q(document__gte=1), name="pageresult_document_from_one"
            ),
            models.CheckConstraint(
                condition=Q(border__isnull=True) | Q(border__gte=0, border__lte=1),
                name="pageresult_border_is_probability",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.page}: {self.type}"
