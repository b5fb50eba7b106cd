"""What the local engine remembers of documents that people decided."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from classifyhub.accounts.models import Project
from jobs.models.documents import Document
from rules.models import Preset


class MemoryEntry(models.Model):
    """One decided document under a preset, as ``classifyhub.engine.memory.Entry``. Written anew, never changed: so the
    highest id and the number of rows tell whether anything was learned or forgotten since. Holds no word of the
    document, and goes with it all the same."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memory_entries")
    preset = models.ForeignKey(Preset, on_delete=models.CASCADE, related_name="memory_entries")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="memory_entries")
    type = models.CharField(max_length=200, null=True)  # noqa: DJ001  # null: no match
    sha256 = models.CharField(max_length=64)
    lesson = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["document", "preset"], name="memoryentry_once")]
        indexes: ClassVar = [models.Index(fields=["preset", "-id"], name="memoryentry_of_preset")]

    def __str__(self) -> str:
        return self.type or "no match"
