"""One contractor as finance pays them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from contractors.models import Contractor
from core.models import Event
from milestones.models import BankDetail, Payout
from milestones.queries.banks import bank_of
from milestones.queries.checks import Problem, problems_of

SHOWN = 20


def payees() -> QuerySet[Contractor]:
    """Everybody to whom something was ever to be paid."""
    owed = Payout.objects.values("milestone__engagement__contractor")
    return Contractor.objects.filter(pk__in=owed).select_related("user", "bank_detail__holder_checked_by")


@dataclass(frozen=True)
class PayeePage:
    bank: BankDetail | None
    holder: str  # as finance may read it, to compare with a name
    problems: Sequence[Problem]  # of the account; those of single payouts stand in their rows
    payouts: Sequence[Payout]
    changes: Sequence[Event]  # newest first: who entered, changed or checked it

    @property
    def needs_a_look(self) -> bool:
        """Whether somebody of finance can settle it by asking whose account it is."""
        return any(problem.is_about_holder for problem in self.problems)


def payee_page(contractor: Contractor, *, at: datetime) -> PayeePage:
    bank = bank_of(contractor)
    payouts = list(
        Payout.objects.filter(milestone__engagement__contractor=contractor).for_list().order_by("-pk")[:SHOWN]
    )
    problems: dict[str, Problem] = {}
    for found in problems_of([p for p in payouts if p.status == "due"] or payouts[:1], at=at).values():
        problems.update({problem.text: problem for problem in found if problem.fix == "payee"})
    try:
        holder = bank.holder if bank else ""
    except ValueError:
        holder = ""
    changes = list(Event.objects.of(bank).for_list()[:SHOWN]) if bank else []
    return PayeePage(bank, holder, list(problems.values()), payouts, changes)
