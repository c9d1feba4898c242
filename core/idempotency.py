"""A form carried out twice (double click, replay after a lost answer) leads where the first one led (promises D8)."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.inserting import insert_once
from core.models import SubmittedForm
from core.use_case import use_case

KEY = re.compile(r"[0-9a-f]{32}")


def request_digest(request: HttpRequest) -> str:
    """SHA-256 over path and fields, so that a key can't be taken over to another form."""
    seen = hashlib.sha256(request.path.encode())
    for name in sorted(request.POST):
        if name != "csrfmiddlewaretoken":
            seen.update(f"\0{name}={request.POST.getlist(name)}".encode("utf-8", "replace"))
    return seen.hexdigest()


def key_of(request: HttpRequest) -> str:
    """The form's key as one of the person who sent it, for rows that keep it; '' for a form without one."""
    key = request.POST.get("form_key", "")
    return f"form:{request.user.pk}:{key}" if KEY.fullmatch(key) else ""


@use_case
def once(request: HttpRequest, act: Callable[[], str], *, at: datetime, to: str = "") -> str:
    """Run `act`, which returns the address to go to, and remember it under the form's hidden `form_key`; or return
    what was remembered. Form without a key: `act` simply runs. Effect and memory are one transaction. `to` is the
    address where it is known before: then remembering it is one statement."""
    key = request.POST.get("form_key", "")
    user: Any = request.user
    if not KEY.fullmatch(key) or not user.is_authenticated:
        return act()
    digest = request_digest(request)
    # The unique row is taken before the act, so of two rivals the second waits here and then finds it.
    if not insert_once(SubmittedForm(actor=user, key=key, digest=digest, outcome=to, at=at)):
        row = SubmittedForm.objects.get(actor=user, key=key)
        if row.digest != digest:
            raise DomainError(_("This form was already sent with other values. Reload the page to start afresh."))
        return row.outcome
    outcome = act()
    if outcome != to:
        SubmittedForm.objects.filter(actor=user, key=key).update(outcome=outcome)
    return outcome


def is_spent(user: Any, key: str) -> bool:
    """Whether a form with this key was carried out already: what its page still sends comes too late."""
    return bool(KEY.fullmatch(key)) and SubmittedForm.objects.filter(actor=user, key=key).exists()
