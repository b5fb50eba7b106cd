"""Versions that a vendor keeps under a name: saved once, then called by the vendor's id. One that was deleted there is
saved again with the next document; where that does not hold either, the rules go with each document for a while."""

from __future__ import annotations

from django.db.models import Q
from django.db.models.functions import Now

from classifyhub.clock import in_seconds
from jobs.models import RemotePreset
from jobs.providers.base import Request, SavingProvider
from rules.models import Connection, PresetVersion

SAVED_SECONDS = 600  # what is lost again within that time is not saved again before it is over


def remote_id(version: PresetVersion, connection: Connection, provider: SavingProvider, request: Request) -> str:
    """The vendor's id of this version, which is saved there first if it is not yet. Two workers that save at once save
    the same: the vendor keeps one of a name. Empty while it is not kept there for long. Raises ``ProviderError``."""
    kept = RemotePreset.objects.filter(version=version, connection=connection).exclude(_is_worth_another_try()).first()
    if kept is not None:
        return kept.remote_id
    found = provider.save_preset(_name(version), request)
    RemotePreset.objects.update_or_create(
        version=version, connection=connection, defaults={"remote_id": found, "created_at": Now()}
    )
    return found


def note_lost(version: PresetVersion, connection: Connection, lost_id: str) -> None:
    """The vendor no longer knows it. Of several documents that find out at once, the first counts."""
    kept = RemotePreset.objects.filter(version=version, connection=connection, remote_id=lost_id)
    kept.filter(created_at__gt=in_seconds(-SAVED_SECONDS)).update(remote_id="")
    kept.delete()


def _is_worth_another_try() -> Q:
    return Q(remote_id="", created_at__lte=in_seconds(-SAVED_SECONDS))


def _name(version: PresetVersion) -> str:
    """The version as people know it, with what keeps two installations apart."""
    return f"{version.label} ({str(version.uid)[:8]})"[:255]
