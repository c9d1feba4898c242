"""What must hold after any acts in any order, besides the books (`ledger.check`, L1–L5): papers, disputes, the course
of an engagement, payouts. Each finding is a sentence that begins with the law it breaks."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, F, QuerySet

from core import history
from engagements.models import Amendment, Delegation, Engagement, Pause, Termination
from engagements.queries.in_force import agreement_in_force
from engagements.services.agreements import sha256_of
from engagements.states import ENDED, AmendmentStatus
from milestones.models import BatchLine, Dispute, DisputeDecision, Invoice, Milestone, Payout, Posting
from milestones.services import ledger
from milestones.states import CLOSED, SETTLED, AccountKind, LineOutcome, MilestoneStatus, Origin


def wrongs() -> list[str]:
    """[] when everything holds."""
    return [
        *ledger.check(),
        *(f"History: {e.pk}: {found}" for e in Engagement.objects.all() if (found := history.verify(e))),
        *_once(),
        *_disputes(),
        *_papers(),
        *_course(),
        *_payouts(),
    ]


def _twice(rows: QuerySet[Any], by: str, law: str) -> Iterable[str]:
    found = rows.order_by().values_list(by).annotate(n=Count("pk")).filter(n__gt=1)
    return (f"{law}: {by} {pk} has {n} at once." for pk, n in found)


def _once() -> list[str]:
    """At most one of each that is open."""
    on_the_way = BatchLine.objects.filter(outcome__in=(LineOutcome.LIVE, LineOutcome.PAID))
    return [
        *_twice(Amendment.objects.open(), "engagement", "One amendment"),
        *_twice(Dispute.objects.open(), "milestone", "One dispute"),
        *_twice(Termination.objects.open(), "engagement", "One notice"),
        *_twice(Pause.objects.filter(ended_at=None), "engagement", "One pause"),
        *_twice(Delegation.objects.filter(ended_at=None), "engagement", "One delegate"),
        *_twice(Payout.objects.exclude(status__in=SETTLED), "milestone", "One payout"),
        *_twice(on_the_way, "payout", "One payout"),
    ]


def _disputes() -> list[str]:
    """A milestone is disputed exactly while a dispute about it is open."""
    disputed = set(Milestone.objects.filter(status=MilestoneStatus.DISPUTED).values_list("pk", flat=True))
    open_ones = set(Dispute.objects.open().values_list("milestone", flat=True))
    undecided = DisputeDecision.objects.filter(dispute__closed_at=None).values_list("dispute", flat=True)
    return [
        *(f"Dispute: milestone {pk} is disputed by nobody, or not disputed." for pk in sorted(disputed ^ open_ones)),
        *(f"Dispute: {pk} is decided and open." for pk in undecided),
    ]


def _papers() -> list[str]:
    """The agreement in force is the sum of its milestones, is the price, and each of its milestones with all that was
    split off it is what it says; what stands in no agreement was cut."""
    wrong = []
    for engagement in Engagement.objects.all():
        plan = list(engagement.milestones.all())
        standing = agreement_in_force(engagement)
        if standing is None:
            wrong += _offer(engagement, plan)
            continue
        total = sum(m["amount"]["minor"] for m in standing.document["milestones"])
        price = standing.document["price"]["minor"]
        if not total == price == engagement.price_minor:
            wrong.append(f"Agreement: {engagement.pk} costs {engagement.price_minor}, is signed for {price}, {total}.")
        agreed = {m["position"]: m["amount"]["minor"] for m in standing.document["milestones"]}
        wrong += _families(plan, agreed)
        wrong += _chain(engagement)
    return wrong


def _offer(engagement: Engagement, plan: list[Milestone]) -> list[str]:
    left = sum(m.amount_minor for m in plan if m.status != MilestoneStatus.CANCELLED)
    is_offer = engagement.status in ("draft", "offered", "withdrawn", "declined", "expired")
    if is_offer and plan and left != engagement.price_minor:
        return [f"Offer: {engagement.pk} costs {engagement.price_minor}, its milestones {left}."]
    return []


def _families(plan: list[Milestone], agreed: dict[int, int]) -> list[str]:
    """Each milestone of the agreement with its halves: their amounts, and where the money of each is."""
    places = {m.pk: m for m in plan}
    families: dict[int, list[Milestone]] = defaultdict(list)
    for milestone in plan:
        root = milestone
        while root.split_from_id is not None:
            root = places[root.split_from_id]
        if root.origin == Origin.PLAN:
            families[root.position].append(milestone)
    wrong = []
    for position, family in families.items():
        whole, first = sum(m.amount_minor for m in family), family[0]
        if position not in agreed:
            if first.status != MilestoneStatus.CANCELLED:
                wrong.append(f"Agreement: milestone {first.pk} stands and is in no agreement.")
        elif whole != agreed[position]:
            wrong.append(f"Agreement: milestone {first.pk} is agreed for {agreed[position]}, there is {whole}.")
        elif (moved := sum(_where(m).total() for m in family)) not in (0, whole):
            wrong.append(f"Agreement: {moved} of {whole} of milestone {first.pk} is held, owed, paid or came back.")
    wrong += [f"Agreement: milestone at {gone} is agreed and is not there." for gone in set(agreed) - set(families)]
    return wrong


def _where(milestone: Milestone) -> Counter[str]:
    """In its last round: account kind → what of its money is there; `budget` is what was set aside and came back."""
    found: Counter[str] = Counter()
    rows = Posting.objects.filter(milestone=milestone, round=milestone.round).select_related("from_account")
    for posting in rows.select_related("to_account").order_by("pk"):
        source = posting.from_account.kind
        if source in (AccountKind.HELD, AccountKind.OWED):
            found[source] -= posting.amount_minor
        found[posting.to_account.kind] += posting.amount_minor
    return found


def _chain(engagement: Engagement) -> list[str]:
    """Each amendment that counts was signed twice and is a difference to what was in force before it."""
    last = engagement.agreements.get(voided_at=None).sha256
    wrong = []
    for amendment in engagement.amendments.filter(status=AmendmentStatus.AGREED).order_by("number"):
        text = amendment.text
        document = json.loads(text.canonical)
        sound = text.previous_sha256 == document["previous_sha256"] == last and sha256_of(text.canonical) == text.sha256
        if not sound or text.signatures.count() != 2:
            wrong.append(f"Agreement: amendment {amendment.pk} is no signed difference to the one before.")
        last = text.sha256
    return wrong


def _course() -> list[str]:
    """States of engagements and the rows that say why."""
    ended = Milestone.objects.filter(engagement__status__in=ENDED).exclude(status__in=CLOSED)
    paused = set(Engagement.objects.filter(status="paused").values_list("pk", flat=True))
    standing_still = set(Pause.objects.filter(ended_at=None).values_list("engagement", flat=True))
    named = set(Delegation.objects.filter(ended_at=None).values_list("engagement", "person"))
    reviewing = set(Engagement.objects.exclude(delegate=None).values_list("pk", "delegate"))
    own = Engagement.objects.exclude(delegate=None).filter(delegate=F("lead"))
    return [
        *(f"Course: milestone {m.pk} is {m.status} in work that is over." for m in ended),
        *(f"Course: engagement {pk} is paused without a pause, or not paused." for pk in paused ^ standing_still),
        *(f"Course: engagement {pk} is reviewed by {person}, or not." for pk, person in named ^ reviewing),
        *(f"Course: engagement {e.pk} is reviewed by its own lead in place of the lead." for e in own),
    ]


def _payouts() -> list[str]:
    """One for each acceptance; no more is taken back by invoices than was invoiced."""
    released = Counter(Posting.objects.filter(kind="release").values_list("milestone", flat=True))
    owed = Counter(Payout.objects.values_list("milestone", flat=True))
    wrong = [
        f"Payout: milestone {pk} was accepted {released[pk]} times." for pk in released if released[pk] != owed[pk]
    ]
    for invoice in Invoice.objects.originals():
        credited = sum(Invoice.objects.filter(corrects=invoice).values_list("amount_minor", flat=True))
        if credited > invoice.amount_minor:
            wrong.append(f"Invoice: {credited} of {invoice.amount_minor} of {invoice} was taken back.")
    return wrong
