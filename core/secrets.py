"""Values that must not be readable in a stolen database: bank details and the like; and digests of link tokens."""

import hashlib
import re
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


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


def renew(cipher: str) -> str:
    """The same text under the newest key; `cipher` itself when it is already. Raises ValueError when no key fits."""
    if not cipher:
        return ""
    try:
        Fernet(settings.FIELD_KEYS[0]).decrypt(cipher.encode())
    except InvalidToken:
        return encrypt(decrypt(cipher))
    return cipher


def is_cipher(text: str) -> bool:
    """Whether it looks like what `encrypt` returns: Fernet's version byte and the high bytes of its clock."""
    return re.fullmatch(r"gAAAAA[\w-]{90,}={0,2}", text, re.ASCII) is not None


def fingerprint(*parts: str) -> str:
    """A digest (hex) by which equal values are known without being readable: HMAC-SHA256 under SECRET_KEY, since an
    account number alone is few enough to guess."""
    return salted_hmac("core.secrets.fingerprint", "\0".join(parts), algorithm="sha256").hexdigest()


def new_token() -> str:
    """192 random bits for a link."""
    return secrets.token_urlsafe(24)


def token_digest(token: str) -> str:
    """What is stored of a link's token: SHA-256, hex. The token itself is random, so no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
