"""Versions that a vendor keeps under a name: saved once, then called by the vendor's id."""

from __future__ import annotations

from jobs.models import RemotePreset
from jobs.providers.base import Request, SavingProvider
from rules.models import Connection, PresetVersion


def remote_id(version: PresetVersion, connection: Connection, provider: SavingProvider, request: Request) -> str:
    """The vendor's id of this version, which is saved there first if it is not yet. Two workers that save at once save
    the same: the vendor keeps one of a name. Raises ``ProviderError``."""
    kept = RemotePreset.objects.filter(version=version, connection=connection).first()
    if kept is not None:
        return kept.remote_id
    found = provider.save_preset(_name(version), request)
    RemotePreset.objects.bulk_create(
        [RemotePreset(version=version, connection=connection, remote_id=found)], ignore_conflicts=True
    )
    return found


def _name(version: PresetVersion) -> str:
    """The version as people know it, with what keeps two installations apart."""
    return f"{version.label} ({str(version.uid)[:8]})"[:255]
