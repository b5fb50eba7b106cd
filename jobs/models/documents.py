"""What people hand in: bytes, documents, and the batch they came in with."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from classifyhub.accounts.models import Project, User


class Blob(models.Model):
    """Bytes, known by their sha256 within a project. Where they lie on disk is told by ``jobs.storage``."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="blobs")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["project", "sha256"], name="blob_once")]

    def __str__(self) -> str:
        return self.sha256[:12]


class IntakeBatchQuerySet(models.QuerySet["IntakeBatch"]):
    """What people have handed in."""

    def open(self) -> IntakeBatchQuerySet:
        """Those that files still go into: neither launched nor cleared."""
        return self.filter(launched_at__isnull=True, cleared_at__isnull=True)


class IntakeBatch(models.Model):
    """Files on their way to one launch. ``expected`` is how many the browser said it would send, so that totals can be
    true even when some never arrive; ``drops`` is how many each drop added to that, by the id the browser gave the
    drop, so that one that is announced twice counts once. A person has one open batch in a project."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="batches")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100, blank=True)
    expected = models.PositiveIntegerField(default=0)
    drops = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    launched_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    run = models.ForeignKey("jobs.Run", null=True, on_delete=models.SET_NULL, related_name="batches")

    objects = IntakeBatchQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "by"],
                condition=Q(launched_at__isnull=True, cleared_at__isnull=True),
                name="batch_one_open",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["project", "by", "-created_at"], name="batch_list")]

    def __str__(self) -> str:
        return self.name or str(self.uid)

    @property
    def is_open(self) -> bool:
        """Whether files still go into it."""
        return self.launched_at is None and self.cleared_at is None


class DocumentQuerySet(models.QuerySet["Document"]):
    """The documents of a project."""

    def present(self) -> DocumentQuerySet:
        """Those whose bytes are still here."""
        return self.filter(deleted_at__isnull=True)


class Document(models.Model):
    """One upload of a blob under a name. After erasure the row stays as a tombstone without name, path or blob."""

    class Check(models.TextChoices):
        """What the look before the launch found; everything but ``pending`` and ``ready`` needs a person's look."""

        PENDING = "pending", _("Checking")
        READY = "ready", _("Ready")
        EMPTY = "empty", _("Empty")
        ENCRYPTED = "encrypted", _("Encrypted")
        UNREADABLE = "unreadable", _("Unreadable")
        TOO_LARGE = "too_large", _("Too large")
        NO_LOCAL_READER = "no_local_reader", _("No local reader")
        NOT_TAKEN = "not_taken", _("Not taken")  # ``check_detail`` is a code of ``jobs.refusals``
        UNPACKED = "unpacked", _("Unpacked")  # an archive whose documents stand in its place

    class Source(models.TextChoices):
        UPLOAD = "upload", _("Upload")
        API = "api", _("API")
        URL = "url", _("URL")
        WATCH = "watch", _("Watched folder")
        SAMPLE = "sample", _("Sample desk")

    class Choice(models.TextChoices):
        """What happens to a staged document at the launch."""

        TAKE = "take", _("Take")
        LEAVE = "leave", _("Leave out")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="documents")
    blob = models.ForeignKey(Blob, null=True, on_delete=models.RESTRICT, related_name="documents")
    name = models.CharField(_("name"), max_length=300, blank=True)
    name_folded = models.CharField(max_length=300, blank=True, editable=False)
    path = models.CharField(_("path"), max_length=1000, blank=True)
    media_type = models.CharField(max_length=150, blank=True)
    claimed_type = models.CharField(max_length=150, blank=True)
    page_count = models.PositiveIntegerField(null=True)
    has_text = models.BooleanField(null=True)
    check_state = models.CharField(max_length=20, choices=Check.choices, default=Check.PENDING)
    check_detail = models.CharField(max_length=300, blank=True)
    choice = models.CharField(max_length=10, choices=Choice.choices, default=Choice.TAKE)
    twin = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    batch = models.ForeignKey(IntakeBatch, null=True, on_delete=models.SET_NULL, related_name="documents")
    client_uid = models.UUIDField(null=True)
    external_file_id = models.CharField(max_length=300, null=True, blank=True)  # noqa: DJ001  # null: none was given
    purpose = models.CharField(max_length=30, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.UPLOAD)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    checked_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    tombstone = models.JSONField(null=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["batch", "client_uid"],
                condition=Q(batch__isnull=False, client_uid__isnull=False),
                name="document_sent_once",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(blob__isnull=True, name="", path=""),
                name="document_erased_is_empty",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "-created_at", "-id"], name="document_list"),
            models.Index(fields=["batch", "id"], name="document_batch"),
            models.Index(fields=["expires_at"], condition=Q(expires_at__isnull=False), name="document_expiry"),
            models.Index(fields=["created_at"], condition=Q(check_state="pending"), name="document_unchecked"),
            models.Index(fields=["project", "external_file_id"], name="document_external"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.uid)

    @property
    def audit_label(self) -> str:
        """How the audit log names it: the log cannot be erased, so not by its name."""
        return str(self.uid)

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")

    @property
    def extension(self) -> str:
        """The ending as the sender wrote it, lower case, with its dot."""
        return Path(self.name).suffix.lower()
