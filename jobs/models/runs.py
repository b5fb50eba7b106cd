"""Runs, their jobs, what happened to each, and the calls made for them.

Only ``jobs.states`` writes a job's status; the constraints here make a forgotten field a loud error instead of a lie.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from classifyhub.accounts.models import Project, User
from jobs.models.documents import Document
from rules.models import Connection, PresetVersion


class Status(models.TextChoices):
    """The five words of a job, coarse on purpose: they drive the code. Why is told by ``Reason``."""

    PENDING = "PENDING", _("Queued")
    RUNNING = "RUNNING", _("Running")
    COMPLETED = "COMPLETED", _("Completed")
    FAILED = "FAILED", _("Failed")
    CANCELLED = "CANCELLED", _("Cancelled")


FINAL = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)


class Reason(models.TextChoices):
    """Why a job is where it is, for people."""

    NONE = "", ""
    QUEUED = "queued", _("Queued")
    READING = "reading", _("Classifying")
    SUBMITTING = "submitting", _("Sending to the provider")
    WAITING = "waiting", _("Waiting for the provider")
    RATE_LIMITED = "rate_limited", _("Rate limited")
    UNAVAILABLE = "unavailable", _("Provider unavailable")
    WORKER_LOST = "worker_lost", _("Its worker was lost")
    UNREADABLE = "unreadable", _("Unreadable")
    ENCRYPTED = "encrypted", _("Encrypted")
    EMPTY = "empty", _("Empty")
    TOO_LARGE = "too_large", _("Too large")
    NO_LOCAL_READER = "no_local_reader", _("No local reader")
    NO_TEXT = "no_text", _("No text")
    REJECTED = "rejected", _("Rejected by the provider")
    BAD_CREDENTIALS = "bad_credentials", _("Key refused")
    OUT_OF_CREDIT = "out_of_credit", _("Out of credit")
    CONTRACT_BROKEN = "contract_broken", _("Answer not understood")
    TIMED_OUT = "timed_out", _("Timed out")
    OUTCOME_UNKNOWN = "outcome_unknown", _("Outcome unknown")
    CANCELLED = "cancelled", _("Cancelled")
    INTERNAL = "internal", _("Internal error")


class RunQuerySet(models.QuerySet["Run"]):
    """The runs of a project."""

    def for_people(self) -> RunQuerySet:
        """Without the tries of a draft, which belong to the editor."""
        return self.exclude(source=Run.Source.TRY)

    def live(self) -> RunQuerySet:
        return self.filter(finished_at__isnull=True)


class Run(models.Model):
    """One launch of documents against one version. Done means sealed (nothing will be added) and every job final.
    ``client_uid`` is what the form that asked for it was marked with: the same form sent twice makes one run."""

    class Source(models.TextChoices):
        UPLOAD = "upload", _("Upload")
        AGAIN = "again", _("Classified again")
        API = "api", _("API")
        SAMPLE = "sample", _("Sample desk")
        TRY = "try", _("Try of a draft")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="runs")
    version = models.ForeignKey(PresetVersion, on_delete=models.RESTRICT, related_name="runs")
    name = models.CharField(max_length=120)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.UPLOAD)
    client_uid = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    sealed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(sealed_at__isnull=False), name="run_finished_is_sealed"
            ),
            models.UniqueConstraint(
                fields=["project", "version", "client_uid"],
                condition=Q(client_uid__isnull=False),
                name="run_asked_for_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "-created_at", "-id"], name="run_list"),
            models.Index(fields=["project"], condition=Q(finished_at__isnull=True), name="run_live"),
        ]

    def __str__(self) -> str:
        return self.name


class Submission(models.Model):
    """One call to a provider that carries one or more jobs. Written before the call is made (the intent), so that a
    crash in the middle leaves a trace instead of a second bill. ``is_uncertain``: the provider may have it, for no
    answer said that it has not."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="submissions")
    provider = models.CharField(max_length=30)
    connection = models.ForeignKey(Connection, null=True, on_delete=models.RESTRICT, related_name="submissions")
    number = models.PositiveIntegerField(default=1)
    idempotency_key = models.CharField(max_length=120)
    is_uncertain = models.BooleanField(default=True)
    remote_id = models.CharField(max_length=200, null=True)  # noqa: DJ001  # null: not accepted yet
    intent_at = models.DateTimeField(db_default=Now())
    accepted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    vendor_request_id = models.CharField(max_length=200, blank=True, default="")
    credits = models.DecimalField(max_digits=12, decimal_places=3, null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["connection", "remote_id"],
                condition=Q(remote_id__isnull=False, connection__isnull=False),
                name="submission_remote_once",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(remote_id__isnull=False),
                name="submission_accepted_has_remote_id",
            ),
        ]

    def __str__(self) -> str:
        return self.idempotency_key


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs, as the pages and the workers ask for them."""

    def final(self) -> JobQuerySet:
        return self.filter(status__in=FINAL)

    def open(self) -> JobQuerySet:
        return self.filter(status__in=(Status.PENDING, Status.RUNNING))


class Job(models.Model):
    """One document in one run.

    ``attempt`` rises with every automatic or asked-for retry and fences off the answers of earlier ones;
    ``attempt_limit`` is the last attempt that starts by itself. ``next_action_at`` is when somebody must look again:
    every job that is not final has one.
    """

    class Queue(models.TextChoices):
        LOCAL = "local"
        CALL = "call"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="jobs")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="jobs")
    document = models.ForeignKey(Document, on_delete=models.RESTRICT, related_name="jobs")
    version = models.ForeignKey(PresetVersion, on_delete=models.RESTRICT, related_name="jobs")
    queue = models.CharField(max_length=10, choices=Queue.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    client_status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    reason = models.CharField(max_length=20, choices=Reason.choices, default=Reason.QUEUED, blank=True)
    attempt = models.PositiveIntegerField(default=1)
    attempt_limit = models.PositiveIntegerField(default=5)
    worker = models.CharField(max_length=100, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    next_action_at = models.DateTimeField(null=True, db_default=Now())
    enqueued_at = models.DateTimeField(null=True)
    submission = models.ForeignKey(Submission, null=True, on_delete=models.SET_NULL, related_name="jobs")
    submission_number = models.PositiveIntegerField(default=1)
    transaction_id = models.CharField(max_length=200, null=True)  # noqa: DJ001  # null: the client gave none
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    error_message = models.CharField(max_length=500, blank=True, default="")
    pages_read = models.PositiveIntegerField(null=True)
    credits = models.DecimalField(max_digits=12, decimal_places=3, null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "transaction_id"],
                condition=Q(transaction_id__isnull=False),
                name="job_transaction_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=FINAL, finished_at__isnull=False)
                | (~Q(status__in=FINAL) & Q(finished_at__isnull=True)),
                name="job_finished_when_final",
            ),
            models.CheckConstraint(
                condition=Q(status__in=FINAL, next_action_at__isnull=True)
                | (~Q(status__in=FINAL) & Q(next_action_at__isnull=False)),
                name="job_open_has_due_time",
            ),
            models.CheckConstraint(
                condition=Q(lease_until__isnull=True) | Q(status=Status.RUNNING), name="job_lease_only_running"
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.RUNNING) | Q(started_at__isnull=False), name="job_running_has_started"
            ),
            models.CheckConstraint(condition=Q(attempt__gte=1), name="job_attempt_positive"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="job_status_known"),
            models.CheckConstraint(
                condition=Q(client_status=models.F("status"))
                | Q(status=Status.COMPLETED, client_status=Status.RUNNING, released_at__isnull=True),
                name="job_client_status_lags_only_when_held",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["run", "-id"], name="job_list"),
            models.Index(fields=["run", "status"], name="job_counts"),
            models.Index(fields=["document", "-id"], name="job_of_document"),
            models.Index(fields=["next_action_at"], condition=Q(next_action_at__isnull=False), name="job_due"),
            # Of the few open jobs only. Without it SQLite, which keeps no statistics, takes the index over the project
            # and so reads every job that ever ran, for a number that stands on every page.
            models.Index(
                fields=["project", "next_action_at"],
                condition=Q(next_action_at__isnull=False),
                name="job_due_in_project",
            ),
            models.Index(fields=["project", "reason"], condition=Q(status=Status.FAILED), name="job_failed"),
        ]

    def __str__(self) -> str:
        return str(self.uid)

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    def key_of(self, number: int) -> str:
        """What its submission of that number is known by at a provider."""
        return f"{self.uid}-{number}"


class JobEvent(models.Model):
    """One move of one job, written in the same transaction as the move itself."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(db_default=Now())
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10)
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True)
    attempt = models.PositiveIntegerField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["job", "id"], name="jobevent_list")]

    def __str__(self) -> str:
        return f"{self.from_status}→{self.to_status}"
