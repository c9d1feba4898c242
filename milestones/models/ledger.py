"""The ledger: append-only postings of one row each, so that it balances by construction (promises D2)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import validate_currency
from core.money import Money
from core.transitions import actor_field
from engagements.models import Engagement
from milestones.models.milestone import Milestone
from milestones.querysets import AccountQuerySet, BudgetQuerySet
from milestones.states import AccountKind, PostingKind


class Budget(models.Model):
    name = models.CharField(_("name"), max_length=120, unique=True)
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    created_by = actor_field()
    created_at = models.DateTimeField()

    objects = BudgetQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class EngagementBudget(models.Model):
    """Which budget pays for an engagement."""

    engagement = models.OneToOneField(Engagement, on_delete=models.PROTECT, related_name="funding", primary_key=True)
    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="engagements")

    def __str__(self) -> str:
        return f"{self.engagement} ← {self.budget}"


class Account(models.Model):
    """Where money stands. `balance_minor` repeats the sum of its postings (checked by `ledger.check`), so that the
    database itself can refuse to let held, owed or a budget's rest go below zero."""

    kind = models.CharField(max_length=8, choices=AccountKind.choices)
    currency = models.CharField(max_length=3)
    budget = models.ForeignKey(Budget, null=True, on_delete=models.PROTECT, related_name="accounts")
    engagement = models.ForeignKey(Engagement, null=True, on_delete=models.PROTECT, related_name="accounts")
    balance_minor = models.BigIntegerField(default=0)

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="account_is_never_overdrawn", condition=Q(kind="outside") | Q(balance_minor__gte=0)
            ),
            models.CheckConstraint(
                name="account_belongs_where_its_kind_says",
                condition=Q(kind="budget", budget__isnull=False, engagement=None)
                | Q(kind__in=("held", "owed", "paid"), budget=None, engagement__isnull=False)
                | Q(kind="outside", budget=None, engagement=None),
            ),
            models.UniqueConstraint(fields=["currency"], condition=Q(kind="outside"), name="outside_is_one_a_currency"),
            models.UniqueConstraint(fields=["budget"], condition=Q(kind="budget"), name="budget_has_one_account"),
            models.UniqueConstraint(
                fields=["engagement", "kind"],
                condition=Q(engagement__isnull=False),
                name="engagement_account_is_one_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.budget or self.engagement or ''} {self.currency}"

    @property
    def balance(self) -> Money:
        return Money(self.balance_minor, self.currency)


class Posting(models.Model):
    """One movement of money. Rows are never changed or deleted; the database refuses it."""

    from_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="out_postings")
    to_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="in_postings")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=8, choices=PostingKind.choices)
    milestone = models.ForeignKey(Milestone, null=True, on_delete=models.PROTECT, related_name="postings")
    round = models.PositiveSmallIntegerField(null=True)
    cause = models.CharField(max_length=200)
    by = actor_field(null=True)  # None: the clock
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="posting_amount_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(name="posting_moves_money", condition=~Q(from_account=F("to_account"))),
            models.UniqueConstraint(
                fields=["milestone", "round", "kind"],
                condition=Q(milestone__isnull=False),
                name="posting_happens_once_a_round",
            ),
            models.UniqueConstraint(
                fields=["milestone", "round"],
                condition=Q(kind__in=("release", "refund")),
                name="held_money_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
