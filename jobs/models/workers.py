"""Signs of life."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class WorkerBeat(models.Model):
    """What a worker said last: how many tasks it runs of how many it could, and the marker file it sees in the shared
    data folder. The clock's own row is named ``clock``."""

    name = models.CharField(max_length=150, unique=True)
    queue = models.CharField(max_length=30)
    pid = models.PositiveIntegerField(null=True)
    capacity = models.PositiveIntegerField(default=0)
    busy = models.PositiveIntegerField(default=0)
    marker = models.CharField(max_length=64, blank=True, default="")
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["queue", "-seen_at"], name="workerbeat_queue")]

    def __str__(self) -> str:
        return self.name


class Poller(models.Model):
    """Which connection is being polled right now, so that thousands of accepted jobs keep one thread busy, not all."""

    key = models.CharField(max_length=80, unique=True)
    lease_until = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
