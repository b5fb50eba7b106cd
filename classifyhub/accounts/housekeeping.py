"""What may be forgotten after a while."""

from django.contrib.sessions.models import Session
from django.db.models import Q
from django.db.models.functions import Now

from classifyhub.accounts.models import LoginAttempt, OneTimeLink
from classifyhub.clock import in_seconds

DAY = 86_400


def forget_expired() -> None:
    """Delete failed log-ins after a day, one-time links a month after they stopped working, and ended sessions. Runs
    every night; the audit log stays."""
    LoginAttempt.objects.filter(at__lt=in_seconds(-DAY)).delete()
    old = in_seconds(-30 * DAY)
    OneTimeLink.objects.filter(Q(used_at__lt=old) | Q(expires_at__lt=old)).delete()
    Session.objects.filter(expire_date__lt=Now()).delete()
