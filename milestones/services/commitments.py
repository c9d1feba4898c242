"""What a budget has promised to offers and agreements, and that it never promises more than it holds.

Every promise and every way out of a budget takes the lock of its account first, so that of two that would both pass
only one does.
"""

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import Role
from core.errors import DomainError
from core.money import Money
from engagements.models import Engagement
from milestones.models import Account, Budget
from milestones.queries.ledger import committed_minor
from milestones.services import ledger
from milestones.states import AccountKind


def uncommitted(budget: Budget) -> Money:
    """What the budget holds beyond its promises, its account locked until the use case ends: neither side of the sum
    can change meanwhile."""
    account = ledger.account_of(AccountKind.BUDGET, budget.currency, budget=budget)
    account = Account.objects.lock(account.pk)[account.pk]
    return Money(account.balance_minor - committed_minor(budget), budget.currency)


def require_uncommitted(budget: Budget, amount: Money) -> None:
    """Raises DomainError with what is left, what is needed and who can top it up, when `amount` is more than the
    uncommitted rest. Call it before the promise is written, inside the use case that writes it."""
    rest = uncommitted(budget)
    if amount <= rest:
        return
    raise DomainError(
        _("The budget “%(budget)s” has %(left)s left to promise; this needs %(needed)s. %(who)s can top it up.")
        % {"budget": budget, "left": rest, "needed": amount, "who": _who_can_top_up()}
    )


def promise(engagement: Engagement) -> None:
    """Take the engagement's price out of its budget's uncommitted rest, as its offer leaves; the engagement is locked
    by the caller and not offered yet. Raises DomainError without a budget, and when the rest is too small."""
    require_uncommitted(ledger.budget_of(engagement), engagement.price)


def _who_can_top_up() -> str:
    people = User.objects.active().with_role(Role.FINANCE).order_by("name").values_list("name", flat=True)[:3]
    return _(" or ").join(people) or str(_("Finance"))
