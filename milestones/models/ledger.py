"""The ledger: append-only postings of one row each, so that it balances by construction (promises D2)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import validate_currency
from core.money import Money
from core.transitions import actor_field
from engagements.models import Engagement, Objective
from milestones.models.milestone import Milestone
from milestones.querysets import BudgetQuerySet, RateQuerySet
from milestones.querysets.ledger import AccountQuerySet, PostingQuerySet
from milestones.states import AccountKind, PostingKind


class Budget(models.Model):
    """Money of one team or one objective, in one currency."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    team = models.CharField(_("team"), max_length=120, blank=True)
    objective = models.ForeignKey(Objective, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # A milestone over more than this is funded by finance; null: the lead funds whatever the budget holds.
    limit_minor = models.BigIntegerField(null=True, blank=True)
    # Who approves payouts from it, named in advance; nobody named: any person of finance.
    approvers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    created_by = actor_field()
    created_at = models.DateTimeField()

    objects = BudgetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="budget_limit_is_no_debt", condition=Q(limit_minor=None) | Q(limit_minor__gte=0)
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def limit(self) -> Money | None:
        return None if self.limit_minor is None else Money(self.limit_minor, self.currency)


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

    # Found by the indexes below, so that they need none of their own.
    from_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="out_postings", db_index=False)
    to_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="in_postings", db_index=False)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=10, choices=PostingKind.choices)
    milestone = models.ForeignKey(Milestone, null=True, on_delete=models.PROTECT, related_name="postings")
    round = models.PositiveSmallIntegerField(null=True)
    cause = models.CharField(max_length=200)
    by = actor_field(null=True)  # None: the clock
    # Whoever asks twice with one key moves the money once.
    key = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField()

    objects = PostingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["at", "id"], name="posting_by_instant"),
            models.Index(fields=["kind", "at", "id"], name="posting_by_kind"),
            models.Index(fields=["from_account", "at", "id"], name="posting_out_of"),
            models.Index(fields=["to_account", "at", "id"], name="posting_into"),
        ]
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
            models.UniqueConstraint(
                fields=["milestone", "round"],
                condition=Q(kind__in=("pay", "write_off")),
                name="owed_money_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class LedgerMark(models.Model):
    """How far the sums of the ledger are written down: one row. Every posting up to this number is in them, and none
    after it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    posting_id = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(name="ledger_mark_is_one", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"up to {self.posting_id}"


class LedgerSum(models.Model):
    """What the postings up to the mark left in all accounts of one kind, of one budget and the engagements that it pays
    or (no budget) of the whole house. A copy of what the postings say: the proof compares the two (law L5)."""

    mark = models.ForeignKey(LedgerMark, on_delete=models.PROTECT, related_name="sums", db_index=False)
    budget = models.ForeignKey(Budget, null=True, on_delete=models.PROTECT, related_name="sums")
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=8, choices=AccountKind.choices)
    minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["budget", "kind"], condition=Q(budget__isnull=False), name="ledger_sum_is_one_a_budget_and_kind"
            ),
            models.UniqueConstraint(
                fields=["currency", "kind"], condition=Q(budget=None), name="ledger_sum_is_one_a_currency_and_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {Money(self.minor, self.currency)}"


class Rate(models.Model):
    """What one unit of a currency is worth in another, as somebody typed it for a day. For showing only: nothing in the
    ledger is ever converted. Append-only."""

    source = models.CharField(_("from"), max_length=3, validators=[validate_currency])
    target = models.CharField(_("to"), max_length=3, validators=[validate_currency])
    rate = models.CharField(_("rate"), max_length=30)  # canonical decimal text, above zero
    on = models.DateField(_("of"))
    by = actor_field()
    at = models.DateTimeField()

    objects = RateQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-id"]
        constraints = [
            models.CheckConstraint(name="rate_is_between_two_currencies", condition=~Q(source=F("target"))),
        ]
        indexes = [models.Index(fields=["target", "source", "-on"], name="rate_latest")]

    def __str__(self) -> str:
        return f"1 {self.source} = {self.rate} {self.target}"
