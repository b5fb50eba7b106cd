"""What becomes of a batch once its files are in: launched as a run, by a person or by itself, or cleared.

Below the tasks, so that a worker can launch; ``intake`` is the same for requests and sends the messages.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from classifyhub.accounts.models import Membership, Role, User
from jobs import erasure, habits, runs
from jobs.models import Document, IntakeBatch, Run
from rules.models import PresetVersion

Check, Choice = Document.Check, Document.Choice
FOUND = "found"  # in ``IntakeBatch.drops``: what archives held, beyond what was announced


class AlreadyLaunchedError(Exception):
    """The batch was launched before, perhaps in another tab; ``run`` is what came of it, none if that is gone."""

    def __init__(self, run: Run | None) -> None:
        super().__init__(str(run.uid) if run else "")
        self.run = run


class NothingToClassifyError(Exception):
    """Every staged document is left out."""


def launch(batch: IntakeBatch, version: PresetVersion, *, by: User, name: str = "") -> Run:
    """Start a run with the staged documents that are to be taken; the caller dispatches it after commit. A second
    launch raises ``AlreadyLaunchedError``; a batch with nothing to take raises ``NothingToClassifyError``."""
    with transaction.atomic():
        locked = IntakeBatch.objects.select_for_update().get(pk=batch.pk)
        if not locked.is_open:
            raise AlreadyLaunchedError(locked.run)
        documents = list(to_launch(locked))
        if not documents:
            raise NothingToClassifyError
        run = runs.create(locked.project, version, documents, by=by, name=name or run_name(locked))
        IntakeBatch.objects.filter(pk=batch.pk).update(run=run, launched_at=Now())
    if version.preset is not None:
        habits.remember_preset(batch.project, version.preset, by=by)
    return run


def launch_when_checked(batch_id: int) -> Run | None:
    """Launch by itself what its person wants launched at once. None when it is too early, too late or not wanted. Safe
    to call twice."""
    batch = IntakeBatch.objects.open().select_related("by", "project").filter(pk=batch_id).first()
    version = version_to_launch(batch) if batch else None
    if batch is None or version is None:
        return None
    try:
        return launch(batch, version, by=batch.by)
    except (AlreadyLaunchedError, NothingToClassifyError):
        return None


def version_to_launch(batch: IntakeBatch) -> PresetVersion | None:
    """The version with which the batch launches by itself now: none before every expected file is in and checked, none
    for a person who did not ask for it, may not launch here any more, or has no preset to launch with."""
    if not batch.is_open or not habits.launches_at_once(batch.by) or not is_checked(batch) or not _may_launch(batch):
        return None
    preset = habits.preset_for(batch.project, by=batch.by)
    return preset.published if preset else None


def is_checked(batch: IntakeBatch) -> bool:
    """Whether every file that was announced is in, and none is waiting for its look."""
    return count_arrived(batch) >= batch.expected and not unchecked(batch).exists()


def count_arrived(batch: IntakeBatch) -> int:
    """How many files are there, or were and have been removed. Of an archive what was found in it counts instead."""
    return batch.documents.exclude(check_state=Check.UNPACKED).count()


def expect_found(batch: IntakeBatch, count: int) -> None:
    """Expect ``count`` more (or fewer) than were announced, for a batch that is locked: an archive was opened."""
    drops = batch.drops | {FOUND: batch.drops.get(FOUND, 0) + count}
    IntakeBatch.objects.filter(pk=batch.pk).update(drops=drops, expected=max(sum(drops.values()), 0))


def unchecked(batch: IntakeBatch) -> QuerySet[Document]:
    """The staged documents that nobody has looked into yet."""
    return batch.documents.present().filter(check_state=Check.PENDING)


def to_launch(batch: IntakeBatch) -> QuerySet[Document]:
    """The staged documents that a launch takes, in the order they came."""
    return staged(batch).filter(choice=Choice.TAKE, blob__isnull=False)


def close(batch: IntakeBatch) -> int:
    """Take an open batch off the desk, for its documents to be erased. Returns how many are staged in it; none if it
    was launched meanwhile."""
    if not IntakeBatch.objects.open().filter(pk=batch.pk).update(cleared_at=Now()):
        return 0
    return staged(batch).count()


def erase_cleared(batch_id: int) -> bool:
    """Erase the next documents of a cleared batch. Returns whether some are left."""
    batch = IntakeBatch.objects.select_related("by").filter(pk=batch_id, cleared_at__isnull=False).first()
    if batch is None:
        return False
    found = list(staged(batch).select_related("blob", "project")[: erasure.ERASED_AT_ONCE + 1])
    erased = [erasure.erase_document(document, by=batch.by) for document in found[: erasure.ERASED_AT_ONCE]]
    return len(found) > erasure.ERASED_AT_ONCE and any(erased)  # else the same would be tried over and over


def staged(batch: IntakeBatch) -> QuerySet[Document]:
    """What is on the list of a batch: neither removed nor launched."""
    return batch.documents.present().filter(jobs__isnull=True).exclude(check_state=Check.UNPACKED).order_by("pk")


def run_name(batch: IntakeBatch) -> str:
    """The batch's own name, or the time of day. Never a document's name: that must be gone once it is erased."""
    return batch.name or _("Upload, %(day)s") % {"day": timezone.localtime().strftime("%d %b %H:%M")}


def _may_launch(batch: IntakeBatch) -> bool:
    members = Membership.objects.filter(project=batch.project, user=batch.by, role__gte=Role.REVIEWER)
    return batch.by.is_active and members.exists()
