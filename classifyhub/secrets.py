"""Secrets at rest: encrypted with the installation's keys, the first of which encrypts; all of them decrypt."""

from typing import Any, Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])


class UnreadableSecret(str):
    """A stored secret that was encrypted with a key this installation no longer has: empty to whoever uses it, yet
    saved again as it was, for the key may come back."""

    __slots__ = ("kept",)
    kept: str

    def __new__(cls, kept: str) -> Self:
        secret = super().__new__(cls, "")
        secret.kept = kept
        return secret


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # generic only in the stubs
    """Text that the database only ever sees encrypted. Not for look-ups: equal texts encrypt differently."""

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, UnreadableSecret):
            return value.kept
        return _cipher().encrypt(str(value).encode()).decode() if value else ""

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str:
        if not value:
            return ""
        try:
            return _cipher().decrypt(value.encode()).decode()
        except InvalidToken:
            return UnreadableSecret(value)
