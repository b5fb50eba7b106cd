"""People, projects, who may do what where, API keys, and the log of what was done.

Every row that a URL or the API shows carries ``uid``; everything a tenant owns carries ``project``.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from classifyhub.text import clean_line, fold


class Role(models.IntegerChoices):
    """What a member may do; each role may do all that the ones before it may."""

    VIEWER = 10, _("Viewer")
    REVIEWER = 20, _("Reviewer")
    AUTHOR = 30, _("Author")
    ADMIN = 40, _("Admin")


class UserManager(BaseUserManager["User"]):
    """Looks people up by the folded e-mail, so that nobody exists twice under two spellings."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email_folded=fold(username or ""))

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        """A person who logs in with ``email``. Without a password nobody can log in until a one-time link sets one."""
        user = self.model(email=clean_line(email), email_folded=fold(email), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        return self.create_user(email, password, is_superuser=True, **extra)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. ``preferences`` holds what the interface remembers: theme, single keys, launch at once, dim pages."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    email_folded = models.CharField(max_length=254, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    preferences = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(default=True)
    last_project = models.ForeignKey("Project", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The name, or the part of the e-mail before the @ while nobody has given one."""
        return self.name or self.email.partition("@")[0]

    @property
    def audit_label(self) -> str:
        """How the audit log names a person: two may share a name, nobody shares an e-mail."""
        return self.email


class Installation(models.Model):
    """The one organization this installation is; the wire contracts ask for its id."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    organization = models.UUIDField(default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="installation_is_one")]

    def __str__(self) -> str:
        return str(self.organization)


class ProjectQuerySet(models.QuerySet["Project"]):
    """Which projects somebody sees."""

    def visible_to(self, user: User) -> ProjectQuerySet:
        return self.filter(memberships__user=user)


class Project(models.Model):
    """Who shares presets, documents and queues."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=100)
    is_sample = models.BooleanField(default=False)
    retention_days = models.PositiveIntegerField(_("keep documents for, days"), null=True, blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    members = models.ManyToManyField(User, through="Membership", related_name="projects")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(retention_days__isnull=True) | Q(retention_days__gte=1), name="project_retention_positive"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person in a project, with a role."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.PositiveSmallIntegerField(_("role"), choices=Role.choices)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "user"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class ApiKey(models.Model):
    """A secret that lets a program act in one project. Only its hash is kept; the prefix tells keys apart."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(max_length=12)
    secret_sha256 = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["project", "-created_at"], name="apikey_list")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def state(self) -> str:
        """``live``, ``expired`` or ``revoked``, for people; whether a key opens anything is decided by the database's
        clock."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= timezone.now() else "live"


class OneTimeLinkQuerySet(models.QuerySet["OneTimeLink"]):
    """Links by what they still do."""

    def working(self) -> OneTimeLinkQuerySet:
        return self.filter(used_at__isnull=True, expires_at__gt=Now())


class OneTimeLink(models.Model):
    """An invitation or a password reset that an admin copies and hands over; no mail is sent. Only the hash is kept.
    ``project`` is where it was made, and where its use is logged; none when made on the command line."""

    class Purpose(models.TextChoices):
        INVITE = "invite"
        RESET = "reset"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="one_time_links")
    project = models.ForeignKey(Project, null=True, on_delete=models.SET_NULL, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = OneTimeLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.purpose} {self.user_id}"


class LoginAttempt(models.Model):
    """A failed log-in, counted per name and per address to slow guessing down. Pruned after a day."""

    email_folded = models.CharField(max_length=254)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["email_folded", "at"], name="loginattempt_name"),
            models.Index(fields=["address", "at"], name="loginattempt_address"),
        ]

    def __str__(self) -> str:
        return f"{self.email_folded} {self.at}"


class AuditEvent(models.Model):
    """What somebody did: verb, object, and the values before and after. Rows are only ever added (triggers in the
    database refuse the rest), and never hold document text or secrets."""

    project = models.ForeignKey(Project, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    actor = models.ForeignKey(User, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    actor_name = models.CharField(max_length=254)
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_uid = models.CharField(max_length=40)
    object_name = models.CharField(max_length=200)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["project", "-id"], name="audit_list"),
            models.Index(fields=["project", "actor", "-id"], name="audit_of_person"),
            models.Index(fields=["project", "verb", "-id"], name="audit_of_verb"),
            models.Index(fields=["project", "object_uid", "-id"], name="audit_of_object"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb} {self.object_name}"
