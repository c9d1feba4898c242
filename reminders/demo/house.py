"""The house of the demo: its people, its money, and the order in which its stories are told."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from heapq import heappop, heappush, heapreplace

from django.contrib.auth.hashers import make_password

from accounts.models import User
from accounts.services import people
from accounts.states import Pronoun, Role
from core.money import Money
from milestones.models import Budget
from milestones.services import budgets, payment_setup, tax

# Goes on from so many days ago each time that it yields.
Story = Iterator[float]

PASSWORD = "six ducks in a row"  # noqa: S105 (of a demo, printed when it starts)


@dataclass
class House:
    now: datetime
    lead: User
    comms: User
    admin: User
    approver: User
    payer: User
    budgets: dict[str, Budget]
    stories: list[tuple[float, int, Story]] = field(default_factory=list)
    begun: int = 0

    def ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    def begin(self, story: Story) -> None:
        self.begun += 1
        heappush(self.stories, (-next(story), self.begun, story))

    def tell(self) -> None:
        """Every story to its end, side by side: what is written stands in the order of its dates, as in real books."""
        while self.stories:
            _days, number, story = self.stories[0]
            days = next(story, None)
            if days is None:
                heappop(self.stories)
            else:
                heapreplace(self.stories, (-days, number, story))


@cache
def _one_hash() -> str:
    """Hashing is slow on purpose; everybody's password is the same here."""
    return make_password(PASSWORD)


def add_person(email: str, name: str, role: str, zone: str, country: str, pronoun: str, at: datetime) -> User:
    user = people.add_person(email, name=name, role=role, password=None, zone=zone, country=country, at=at)
    User.objects.filter(pk=user.pk).update(pronoun=pronoun, password=_one_hash())
    user.refresh_from_db()
    return user


def open_house(now: datetime) -> House:
    at = now - timedelta(days=90)
    admin = people.start_organisation(
        name="Mill Pond",
        legal_name="Mill Pond Software, Lda.",
        address="Rua do Lago 12\n1200-109 Lisboa",
        country="PT",
        home_currency="EUR",
        zone="Europe/Lisbon",
        admin_name="Ada Lindqvist",
        admin_email="ada@millpond.example",
        password=PASSWORD,
        at=at,
    )
    lisbon = ("Europe/Lisbon", "PT")
    lead = add_person("tess@millpond.example", "Tess Okafor", Role.LEAD, *lisbon, Pronoun.HERS, at)
    comms = add_person("priya@millpond.example", "Priya Raman", Role.MEMBER, *lisbon, Pronoun.HERS, at)
    approver = add_person("joana@millpond.example", "Joana Reis", Role.FINANCE, *lisbon, Pronoun.HERS, at)
    payer = add_person("marek@millpond.example", "Marek Zielak", Role.FINANCE, "Europe/Warsaw", "PL", Pronoun.HIS, at)
    made = {}
    for name, amount in (
        ("Product 2026", Money(6_000_000, "EUR")),
        ("Platform 2026", Money(4_000_000, "USD")),
        ("Tokyo launch", Money(3_000_000, "JPY")),
    ):
        budget = budgets.create_budget(name, currency=amount.currency, by=approver, at=at)
        budgets.top_up(budget, amount=amount, cause="Board decision 14", by=approver, at=at)
        made[amount.currency] = budget
    payment_setup.save_payment_setup(
        name="Mill Pond Software, Lda.",
        iban="PT50002700000001234567833",
        bic="BPIPPTPL",
        street="Rua do Lago 12",
        postcode="1200-109",
        town="Lisboa",
        country="PT",
        weekdays=[4],
        bank_days=2,
        by=approver,
        at=at,
    )
    tax.save_invoice_setup(
        legal_name="Mill Pond Software, Lda.",
        street="Rua do Lago 12",
        postcode="1200-109",
        town="Lisboa",
        country="PT",
        vat_id="PT501964843",
        registration="501964843",
        self_bills=True,
        reverse_charge_note="Reverse charge: the customer accounts for the tax.",
        small_business_note="No tax is charged: small business, exempt.",
        no_tax_note="Not subject to VAT.",
        by=approver,
        at=at,
    )
    return House(now, lead, comms, admin, approver, payer, made)
