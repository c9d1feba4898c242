"""`require(can_review(user, milestone))`: one way to turn a predicate into a refusal."""

from django.utils.translation import gettext as _

from core.errors import NotAllowed


def require(allowed: bool, sentence: str = "") -> None:
    """Raise NotAllowed (403) unless the predicate held."""
    if not allowed:
        raise NotAllowed(sentence or _("This is not yours to do. Ask the person it belongs to."))
