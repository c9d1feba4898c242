"""Values that must not be readable in a stolen database: bank details and the like; and digests of link tokens."""

import hashlib
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


def encrypt(text: str) -> str:
    """Ciphertext under the newest key; '' stays ''."""
    return _box().encrypt(text.encode()).decode() if text else ""


def decrypt(cipher: str) -> str:
    """The text under whichever key fits; raises ValueError when none does (a key was lost)."""
    if not cipher:
        return ""
    try:
        return _box().decrypt(cipher.encode()).decode()
    except InvalidToken as error:
        raise ValueError("No key in FIELD_KEYS opens this value.") from error


def new_token() -> str:
    """192 random bits for a link."""
    return secrets.token_urlsafe(24)


def token_digest(token: str) -> str:
    """What is stored of a link's token: SHA-256, hex. The token itself is random, so no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
