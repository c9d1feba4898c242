"""How allauth behaves in this house."""

import smtplib
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.httpkit import clean_client_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from core import secrets
from core.errors import DomainError
from core.text import one_line

log = structlog.get_logger()


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Only an invitation opens an account."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """What rate limits count by. Of X-Forwarded-For only the entry that our outermost proxy wrote is believed;
        with fewer entries than proxies, or over a Unix socket, the peer itself (all such callers share one limit)."""
        header = request.headers.get("X-Forwarded-For", "")
        entries = header.split(",") if header else []
        if 0 < settings.TRUSTED_PROXIES <= len(entries):
            found = clean_client_ip(entries[-settings.TRUSTED_PROXIES])
        else:
            found = clean_client_ip(request.META.get("REMOTE_ADDR", ""))
        return found or "0.0.0.0"  # noqa: S104 (a name for “unknown”, nothing listens on it)

    def format_email_subject(self, subject: str) -> str:
        return one_line(subject, 200)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """From SITE_URL: a forged Host header must not choose where the link leads."""
        # allauth puts the key behind the last dash of its own placeholder address.
        path: str = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.SITE_URL + path.replace("UID-KEY", key)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """At once and not by the outbox: the person sits in front of the screen, and codes should not be stored."""
        try:
            super().send_mail(template_prefix, email, {"site": settings.SITE_URL, **context})
        except (smtplib.SMTPException, OSError) as error:
            log.warning("mail_failed", template=template_prefix, error=type(error).__name__)
            sentence = _("The mail could not be sent just now. Try again in some minutes, or sign in with a password.")
            raise DomainError(sentence) from error


class MFAAdapter(DefaultMFAAdapter):
    """Second-factor secrets are stored encrypted: a copy of the database alone opens no account."""

    def encrypt(self, text: str) -> str:
        return secrets.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.decrypt(encrypted_text)
