"""What a worker has to do before a staged document can be looked into."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from classifyhub.secrets import EncryptedTextField
from jobs.models.documents import Document


class Errand(models.Model):
    """Fetch a document from its address, or unpack an archive. The row is there exactly as long as there is something
    left to do. Whoever claims it moves ``due_at`` ahead; a worker that was lost is followed by another from then on.

    The address is encrypted and goes with the row: what follows its question mark is often a key."""

    class Kind(models.TextChoices):
        FETCH = "fetch", _("Fetch")
        UNPACK = "unpack", _("Unpack")

    document = models.OneToOneField(Document, on_delete=models.CASCADE, related_name="errand")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    address = EncryptedTextField(blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(done__lte=models.F("total")), name="errand_done_of_total")
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="errand_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.document_id}"
