"""A text column that is encrypted at rest and never shown: tokens and client secrets."""

from functools import cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@cache
def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.COUNTERFOIL_ENCRYPTION_KEYS])


def forget_keys() -> None:
    """Read the keys of the settings anew."""
    _cipher.cache_clear()


def encrypt(text: str) -> str:
    """Return the text encrypted with the first key; empty stays empty."""
    return _cipher().encrypt(text.encode()).decode() if text else ""


def decrypt(text: str) -> str:
    """Return the text, whichever of the keys it was encrypted with. Raises InvalidToken for a lost key."""
    return _cipher().decrypt(text.encode()).decode() if text else ""


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # generic only in the stubs
    """Text that lies encrypted in the database and in its backups."""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way in."""
        return encrypt(value) if isinstance(value, str) else value

    def from_db_value(self, value: Any, _expression: object, _connection: object) -> Any:
        """Decrypt on the way out."""
        return decrypt(value) if isinstance(value, str) else value
