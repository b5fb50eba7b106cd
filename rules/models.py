"""Presets, their published versions, and the connections that versions name.

A preset has one draft that people edit and any number of versions that never change. Jobs point at versions.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from classifyhub.accounts.models import Project, User
from classifyhub.secrets import EncryptedTextField


class Mode(models.TextChoices):
    """How much of a document is looked at."""

    FAST = "FAST", _("Fast")
    MULTIMODAL = "MULTIMODAL", _("Multimodal")


class ProviderName(models.TextChoices):
    """The classify APIs this desk speaks. ``echo`` answers at once from what it is told, for tests and benchmarks."""

    LOCAL = "local", _("Local engine")
    LLAMACLOUD_V2 = "llamacloud_v2", "LlamaCloud v2"
    LLAMACLOUD_V1 = "llamacloud_v1", "LlamaCloud v1"
    LANDINGAI = "landingai", "LandingAI ADE"
    UNSILOED = "unsiloed", "Unsiloed"
    OPENAI_COMPATIBLE = "openai_compatible", _("OpenAI-compatible model")
    ECHO = "echo", _("Echo")


class Connection(models.Model):
    """Credentials and limits for one provider.

    ``limits``: ``calls_per_minute``, ``calls_at_once`` and ``deadline`` (seconds for one answer), each may be missing.
    ``options`` are the vendor's own, as ``jobs.providers`` names them: region, project, model, and ``deletes_copies``,
    to remove the vendor's copy once an answer is in. ``hook_secret`` signs what the vendor reports to this desk.
    ``daily_cap`` is in credits, by the day in UTC."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="connections")
    provider = models.CharField(max_length=30, choices=ProviderName.choices)
    name = models.CharField(_("name"), max_length=100)
    base_url = models.URLField(_("base URL"), max_length=300, blank=True)
    secret = EncryptedTextField(blank=True)
    limits = models.JSONField(default=dict, blank=True)
    daily_cap = models.PositiveIntegerField(_("daily cap, credits"), null=True, blank=True)
    options = models.JSONField(default=dict, blank=True)
    hook_secret = EncryptedTextField(blank=True, default="")
    is_default = models.BooleanField(default=False)
    secret_changed_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "name"], condition=Q(archived_at__isnull=True), name="connection_name_once"
            ),
            models.UniqueConstraint(
                fields=["project", "provider"],
                condition=Q(is_default=True, archived_at__isnull=True),
                name="connection_one_default",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PresetQuerySet(models.QuerySet["Preset"]):
    """The presets of a project."""

    def unarchived(self) -> PresetQuerySet:
        return self.filter(archived_at__isnull=True)

    def usable(self) -> PresetQuerySet:
        """Those that a run can be launched with."""
        return self.unarchived().filter(published__isnull=False)


class Preset(models.Model):
    """A named set of rules and options.

    ``draft`` has the shape that ``rules.drafts`` describes; ``draft_revision`` rises with each save, so that a second
    person's save onto an older revision is noticed.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="presets")
    name = models.CharField(_("name"), max_length=100)
    name_folded = models.CharField(max_length=100, editable=False)
    is_default = models.BooleanField(default=False)
    draft = models.JSONField(default=dict)
    draft_revision = models.PositiveIntegerField(default=1)
    draft_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    draft_saved_at = models.DateTimeField(db_default=Now())
    published = models.ForeignKey("PresetVersion", null=True, on_delete=models.RESTRICT, related_name="+")
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True)

    objects = PresetQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "name_folded"], condition=Q(archived_at__isnull=True), name="preset_name_once"
            ),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(is_default=True, archived_at__isnull=True),
                name="preset_one_default",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PresetVersion(models.Model):
    """What a job was classified under: rules and provider, options and review policy, never changed once written.

    ``number`` is null for a draft that was only tried, and ``preset`` is null for rules sent along with an API call.
    ``digest`` is the sha256 of preset, number and content: the same inline rules make one row, not one per call.
    ``fallback_provider`` is asked while the provider is down or out of budget; empty: nobody is.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="preset_versions")
    preset = models.ForeignKey(Preset, null=True, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(null=True)
    digest = models.CharField(max_length=64)
    content_digest = models.CharField(max_length=64)
    rules = models.JSONField()
    provider = models.CharField(max_length=30, choices=ProviderName.choices)
    connection = models.ForeignKey(Connection, null=True, on_delete=models.RESTRICT, related_name="versions")
    provider_options = models.JSONField(default=dict)
    fallback_provider = models.CharField(max_length=30, choices=ProviderName.choices, blank=True, default="")
    fallback_connection = models.ForeignKey(Connection, null=True, on_delete=models.RESTRICT, related_name="+")
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.FAST)
    lang = models.CharField(max_length=20, default="en")
    max_pages = models.PositiveIntegerField(null=True)
    target_pages = models.CharField(max_length=200, blank=True, default="")
    policy = models.JSONField(default=dict)
    note = models.CharField(max_length=500, blank=True, default="")
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    published_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "digest"], name="presetversion_digest_once"),
            models.UniqueConstraint(
                fields=["preset", "number"], condition=Q(number__isnull=False), name="presetversion_number_once"
            ),
            models.CheckConstraint(
                condition=Q(number__isnull=True) | Q(preset__isnull=False), name="presetversion_number_has_preset"
            ),
            models.CheckConstraint(
                condition=Q(max_pages__isnull=True) | Q(max_pages__gte=1), name="presetversion_max_pages_positive"
            ),
        ]
        indexes: ClassVar = [models.Index(F("preset"), F("number").desc(), name="presetversion_list")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name with the number as people say it: "Accounts payable v7", or "Accounts payable draft"."""
        if self.preset is None:
            return str(_("Rules sent with the call"))
        suffix = f"v{self.number}" if self.number else str(_("draft"))
        return f"{self.preset.name} {suffix}"

    def rule_for(self, type_name: str | None) -> dict[str, Any] | None:
        """The rule that answers to ``type_name``, with its 1-based ``position``; none for no match."""
        for position, rule in enumerate(self.rules, start=1):
            if rule["type"] == type_name:
                return {**rule, "position": position}
        return None
