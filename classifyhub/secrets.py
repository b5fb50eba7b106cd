"""Secrets at rest: encrypted with the installation's keys, the first of which encrypts; all of them decrypt."""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])


class UnreadableSecretError(Exception):
    """A stored secret was encrypted with a key this installation no longer has."""


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # generic only in the stubs
    """Text that the database only ever sees encrypted. Not for look-ups: equal texts encrypt differently."""

    def get_prep_value(self, value: Any) -> Any:
        return _cipher().encrypt(str(value).encode()).decode() if value else ""

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str:
        if not value:
            return ""
        try:
            return _cipher().decrypt(value.encode()).decode()
        except InvalidToken:
            raise UnreadableSecretError from None
