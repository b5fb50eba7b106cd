"""How connections fare, and what vendors keep of ours."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from classifyhub.accounts.models import Project
from jobs.models.runs import Job
from rules.models import Connection, PresetVersion


class ConnectionState(models.Model):
    """How one connection fares right now. Written only while something is wrong with it, or mended.

    While ``open_until`` lies ahead nothing is sent; once it is past, one call is let through (``probe_until`` keeps the
    others back meanwhile) and decides. ``cooldown`` is how long it was closed off last, in seconds."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="state")
    failures = models.PositiveIntegerField(default=0)
    open_until = models.DateTimeField(null=True)
    probe_until = models.DateTimeField(null=True)
    cooldown = models.FloatField(default=0)
    last_ok_at = models.DateTimeField(null=True)
    last_error_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True, default="")
    last_reason = models.CharField(max_length=20, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.connection_id}: {self.failures} failures"


class ConnectionDay(models.Model):
    """What one connection did on one day (UTC). ``latencies`` counts requests by how long they took, in the steps of
    ``jobs.remote.usage.STEPS``; ``seconds`` is their sum. ``quota_left`` is what the vendor said last that the account
    has left, in units of its own; null where it said nothing."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    requests = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveBigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    latencies = models.JSONField(default=list)
    jobs = models.PositiveBigIntegerField(default=0)
    credits = models.DecimalField(max_digits=14, decimal_places=3, default=0)
    quota_left = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "day"], name="connectionday_once")]

    def __str__(self) -> str:
        return f"{self.connection_id} on {self.day}"


class RateLimit(models.Model):
    """The embedded desk's count of calls: ``free_at`` is when the connection may be called next if calls were spread
    evenly. Team mode keeps the same in Redis."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="+")
    free_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.connection_id} free at {self.free_at}"


class CallSlot(models.Model):
    """One of the calls that a connection may have open at the same time, on an embedded desk; ``until`` frees it when
    its holder died."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "number"], name="callslot_once")]

    def __str__(self) -> str:
        return f"{self.connection_id} #{self.number}"


class RemoteCopy(models.Model):
    """What a vendor keeps of a document, from the moment it is known there until it was removed. ``wanted_gone`` says
    that it is to be removed once its job is final."""

    class Kind(models.TextChoices):
        FILE = "file"
        JOB = "job"
        KEY = "key"  # nothing yet, but whatever turns out to lie there under this key of ours

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.RESTRICT, related_name="copies")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="copies")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.FILE)
    remote_id = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    wanted_gone = models.BooleanField(default=False)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "kind", "remote_id"], name="remotecopy_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["connection"],
                condition=models.Q(wanted_gone=True, removed_at__isnull=True),
                name="remotecopy_to_remove",
            )
        ]

    def __str__(self) -> str:
        return self.remote_id


class RemotePreset(models.Model):
    """A version that a vendor keeps under a name, so that calls need not send the rules."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="presets")
    version = models.ForeignKey(PresetVersion, on_delete=models.CASCADE, related_name="+")
    remote_id = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "version"], name="remotepreset_once")]

    def __str__(self) -> str:
        return self.remote_id


class HookEvent(models.Model):
    """A report of a vendor that was taken, so that the same one sent twice, or again by somebody else, does nothing."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    event_id = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "event_id"], name="hookevent_once")]
        indexes: ClassVar = [models.Index(fields=["at"], name="hookevent_age")]

    def __str__(self) -> str:
        return self.event_id
