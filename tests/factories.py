"""Records in business states, made as rows. Each takes what a test wants to say and fills in the rest."""

import hashlib
import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Invitation, Organisation, User, WorkingSpan
from accounts.states import Role
from contractors.models import Application, Contractor, Criterion, Opening, Question
from contractors.states import ApplicationStatus
from core import files, secrets
from core.models import StoredFile
from engagements.models import (
    Agreement,
    AgreementPaper,
    Amendment,
    Capability,
    ContractTemplate,
    Engagement,
    Goal,
    Measurement,
    Need,
    Objective,
    OfferLink,
    OfferQuestion,
    ReadBack,
    ReadBackReply,
    Signature,
    TemplateGoal,
    TemplateMilestone,
    TemplateVersion,
)
from engagements.services.agreements import canonical
from engagements.states import Direction, EngagementStatus, Measurer, NeedKind, VersionStatus
from milestones.models import (
    Account,
    Attachment,
    Budget,
    DeliveryRow,
    Dispute,
    EngagementBudget,
    Invoice,
    InvoiceSetup,
    Milestone,
    Payout,
    Posting,
    RecordAppeal,
    Submission,
    TaxDetail,
)
from milestones.services.document import document_of
from milestones.states import AccountKind, MilestoneStatus, PostingKind

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
TODAY = NOW.date()
PASSWORD = "ducks in a row 1"
_count = itertools.count(1)


def save(model: type[Model], **facts: Any) -> Any:
    row = model(**facts)
    row.save(force_insert=True)
    return row


def make_organisation(**facts: Any) -> Organisation:
    facts = {
        "name": "Mill Pond",
        "legal_name": "Mill Pond Software Lda",
        "address": "Rua do Lago 1\nLisbon",
        "country": "PT",
        "home_currency": "EUR",
        "zone": "Europe/Lisbon",
        "created_at": NOW,
        **facts,
    }
    return Organisation.objects.get_or_create(id=1, defaults=facts)[0]


def make_user(role: str = Role.LEAD, **facts: Any) -> User:
    """A person with a password and Monday to Friday 09:00–17:00 in his or her zone. `hours=False` leaves them out."""
    make_organisation()  # nobody is here before first run
    hours = facts.pop("hours", True)
    n = next(_count)
    facts = {"name": f"{role.capitalize()} {n}", "zone": "Europe/Lisbon", "joined_at": NOW, **facts}
    user = User.objects.create_user(facts.pop("email", f"{role}{n}@example.org"), PASSWORD, role=role, **facts)
    if hours:
        WorkingSpan.objects.bulk_create(
            WorkingSpan(user=user, weekday=day, start_minute=9 * 60, end_minute=17 * 60) for day in range(5)
        )
    return user


def show_who_it_is(client: Any, user: User) -> None:
    """Signed in, and the password given once more just now, as changes of an account ask."""
    client.force_login(user)
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, user, method="password", reauthenticated=True)
    request.session.save()


def make_contractor(user: User | bool | None = None, **facts: Any) -> Contractor:
    """`user=True` gives the contractor an account of its own."""
    n = next(_count)
    if user is True:
        user = make_user(Role.CONTRACTOR, zone="America/Bogota")
    if user:
        facts = {"name": user.name, "email": user.email, "user": user, **facts}
    return save(Contractor, **{"name": f"Contractor {n}", "email": f"c{n}@example.net", "created_at": NOW, **facts})


def make_opening(lead: User | None = None, *, published: bool = True, reviewers: Any = (), **facts: Any) -> Opening:
    """With two criteria (weights 2 and 1) and one required question."""
    lead = lead or make_user()
    opening = save(
        Opening,
        **{
            "title": "Payment page, faster",
            "brief": "Make the payment page answer within a second.",
            "currency": "EUR",
            "lead": lead,
            "token": secrets.new_token(),
            "created_at": NOW,
            "published_at": NOW if published else None,
            **facts,
        },
    )
    opening.reviewers.set(reviewers)
    save(Criterion, opening=opening, name="Has done it before", weight=2, position=1)
    save(Criterion, opening=opening, name="Writes clearly", weight=1, position=2)
    save(Question, opening=opening, text="What did you speed up last?", position=1)
    return opening


def make_application(opening: Opening | None = None, contractor: Contractor | None = None, **facts: Any) -> Application:
    status = facts.pop("status", ApplicationStatus.RECEIVED)
    return save(
        Application,
        **{
            "opening": opening or make_opening(),
            "contractor": contractor or make_contractor(),
            "status": status,
            "status_since": NOW,
            "received_at": NOW,
            "asked_minor": 400_000,
            "asked_currency": "EUR",
            **facts,
        },
    )


def make_objective(owner: User | None = None, title: str = "Fewer people leave while they pay") -> Objective:
    """The one of this title, made once."""
    facts = {"owner": owner or make_user(), "measure": "Abandoned payments under 18 %", "created_at": NOW}
    return Objective.objects.get_or_create(title=title, retired_at=None, defaults=facts)[0]


def make_capability(owner: User | None = None, *, is_core: bool = True, **facts: Any) -> Capability:
    """A core area with an inside owner."""
    facts = {"name": f"Area {next(_count)}", "inside_owner": owner or make_user(), "created_at": NOW, **facts}
    return save(Capability, is_core=is_core, **facts)


def make_version(
    lead: User | None = None, *, published: bool = True, shares: Any = (4000, 6000), **facts: Any
) -> TemplateVersion:
    """A template version of €4,000 with one milestone a share and one goal a milestone."""
    lead = lead or make_user()
    template = facts.pop("template", None) or save(
        ContractTemplate, name=f"Speed-up {next(_count)}", lead=lead, created_at=NOW
    )
    version = save(
        TemplateVersion,
        **{
            "template": template,
            "number": template.versions.count() + 1,
            "status": VersionStatus.DRAFT,
            "status_since": NOW,
            "role": "Performance engineer",
            "brief": "Make it fast.",
            "currency": "EUR",
            "price_minor": 400_000,
            "created_by": lead,
            "created_at": NOW,
            **facts,
        },
    )
    objective = make_objective(lead)
    for place, share in enumerate(shares, start=1):
        milestone = save(
            TemplateMilestone,
            version=version,
            position=place,
            title=f"Step {place}",
            deliverable="A pull request with measurements.",
            share_bp=share,
            due_after_days=14 * place,
        )
        save(
            TemplateGoal,
            version=version,
            milestone=milestone,
            metric="p95 of the payment page",
            unit="ms",
            baseline="2400",
            target=str(1200 // place),
            direction=Direction.AT_MOST,
            method="200 loads from the test account, cold cache",
            measured_by=Measurer.CONTRACTOR,
            position=place,
            objective=objective,
        )
    if published:
        TemplateVersion.objects.filter(pk=version.pk).update(
            status=VersionStatus.PUBLISHED, published_at=NOW, published_by=lead
        )
        version.refresh_from_db()
    return version


def make_engagement(
    status: str = EngagementStatus.ACTIVE,
    *,
    lead: User | None = None,
    contractor: Contractor | None = None,
    milestones: Any = (MilestoneStatus.FUNDED, MilestoneStatus.AGREED),
    budget: Budget | None = None,
    **facts: Any,
) -> Engagement:
    """An engagement of €4,000 whose milestones stand in the states given, with its goals, budget and postings.

    `version` may be given; lead also is the comms owner unless one is named. What is agreed has an accepted read-back
    unless `understood=False`. Signed papers are not made here."""
    understood = facts.pop("understood", True)
    lead = lead or facts.get("comms_owner") or make_user()
    version = facts.pop("version", None) or make_version(lead)
    contractor = contractor or make_contractor(True)
    is_draft = status == EngagementStatus.DRAFT
    has_agreed = status not in (EngagementStatus.DRAFT, EngagementStatus.OFFERED, EngagementStatus.DECLINED)
    engagement = save(
        Engagement,
        **{
            "title": "Payment page, faster",
            "contractor": contractor,
            "version": version,
            "status": status,
            "status_since": NOW,
            "lead": lead,
            "comms_owner": lead,
            "currency": "EUR",
            "price_minor": 200_000 * len(milestones) or 400_000,
            "starts_on": TODAY,
            "created_at": NOW,
            "offered_at": None if is_draft else NOW,
            "offer_expires_at": None if is_draft else NOW + timedelta(days=7),
            "agreed_at": NOW if has_agreed else None,
            **facts,
        },
    )
    if has_agreed and understood:
        make_read_back(engagement, is_accepted=True)
    budget = budget or make_budget(lead, currency=engagement.currency)
    save(EngagementBudget, engagement=engagement, budget=budget)
    for place, milestone_status in enumerate(milestones, start=1):
        make_milestone(engagement, milestone_status, position=place)
    return engagement


def make_measurement(goal: Goal, **facts: Any) -> Measurement:
    """1800 in the goal's unit, by the contractor today."""
    facts = {"value": "1800", "measured_on": TODAY, "evidence": "run 8812", "source": "noted", "at": NOW, **facts}
    by = facts.pop("by", None) or goal.engagement.contractor.user
    return save(Measurement, goal=goal, by=by, side=facts.pop("side", goal.engagement.side_of(by)), **facts)


def make_need(engagement: Engagement, kind: str = NeedKind.ACCESS, what: str = "The repository", **facts: Any) -> Need:
    """Nobody has said that it stands, unless `stands_at` and `stands_by` are given."""
    position = engagement.needs.count() + 1
    return save(Need, engagement=engagement, position=position, kind=kind, what=what, **facts)


def make_agreement(engagement: Engagement, **terms: Any) -> Agreement:
    """Signed by both sides, with a paper of a few bytes; its text holds all of the engagement, and `terms`."""
    text = canonical({**document_of(engagement), **terms})
    digest = hashlib.sha256(text.encode()).hexdigest()
    agreement: Agreement = save(
        Agreement, engagement=engagement, number=1, canonical=text, html="<p>x</p>", sha256=digest, created_at=NOW
    )
    for side, person in (("theirs", engagement.contractor.user), ("ours", engagement.lead)):
        save(Signature, agreement=agreement, side=side, by=person, typed_name=person.name, sha256=digest, at=NOW)
    pdf = b"%PDF-1.7"
    of_it = hashlib.sha256(pdf).hexdigest()
    save(AgreementPaper, agreement=agreement, ordered_at=NOW, made_at=NOW, pdf=pdf, sha256=of_it)
    return agreement


def make_amendment(engagement: Engagement, **facts: Any) -> Amendment:
    """Proposed and open: one more milestone of 500.00."""
    position = 1 + max((m.position for m in engagement.milestones.all()), default=0)
    goal = {
        "kind": "binary", "objective": "", "metric": "Translated", "criterion": "Ana reads it", "unit": "",
        "baseline": "", "baseline_by": "", "baseline_due_on": None, "direction": "at_most", "target": "",
        "target_high": "", "method": "", "measured_by": "team",
    }  # fmt: skip
    after = {
        "position": position, "title": "In Portuguese", "deliverable": "A page in Portuguese.", "parts": [],
        "amount": {"currency": engagement.currency, "minor": 50_000}, "planned_for": "2027-01-15", "estimate": None,
        "goals": [goal],
    }  # fmt: skip
    stored = {name: value for name, value in goal.items() if name != "objective"}
    objective = make_objective(engagement.lead)
    rows = {
        "milestone": None,
        "goals": [{"goal": None, "facts": {**stored, "objective_id": objective.pk, "is_transfer": False}}],
    }
    amendment: Amendment = save(
        Amendment,
        **{
            "engagement": engagement,
            "number": 1,
            "status_since": NOW,
            "reason": "The shop opens in Portugal.",
            "changes": [{"position": position, "before": None, "after": after, "rows": rows}],
            "proposed_by": engagement.lead,
            "proposed_at": NOW,
            "expires_at": timezone.now() + timedelta(days=7),
            **facts,
        },
    )
    return amendment


def make_offer_link(engagement: Engagement) -> str:
    """The token of a link with an invitation, as the offer's mail brings it to somebody without an account."""
    ends = timezone.now() + timedelta(days=7)
    invitation = save(
        Invitation,
        email=engagement.contractor.email,
        name=engagement.contractor.name,
        role=Role.CONTRACTOR,
        token_digest=secrets.token_digest(secrets.new_token()),
        invited_by=engagement.lead,
        created_at=NOW,
        expires_at=ends,
    )
    token = secrets.new_token()
    digest = secrets.token_digest(token)
    save(OfferLink, engagement=engagement, token_digest=digest, invitation=invitation, created_at=NOW, expires_at=ends)
    return token


def make_offer_question(engagement: Engagement, **facts: Any) -> OfferQuestion:
    """About the whole offer, unanswered, by its contractor."""
    facts = {"about": "whole", "label": engagement.title, "text": "On phones too?", "at": NOW, **facts}
    question: OfferQuestion = save(OfferQuestion, engagement=engagement, **facts)
    return question


def make_read_back(engagement: Engagement, *, is_accepted: bool | None = None, **facts: Any) -> ReadBack:
    """Said by the contractor (the lead, where there is no account); answered unless `is_accepted` is None."""
    facts = {
        "number": engagement.read_backs.count() + 1,
        "text": "People pay within a second; 200 loads from the test account show it.",
        "by": engagement.contractor.user or engagement.lead,
        "at": NOW,
        **facts,
    }
    read_back: ReadBack = save(ReadBack, engagement=engagement, **facts)
    if is_accepted is not None:
        note = "" if is_accepted else "Also on a phone."
        save(ReadBackReply, read_back=read_back, is_accepted=is_accepted, note=note, by=engagement.lead, at=NOW)
    return read_back


def make_milestone(engagement: Engagement, status: str = MilestoneStatus.FUNDED, **facts: Any) -> Milestone:
    """A milestone of 2,000.00 with one goal; money already moved as its state says."""
    position = facts.pop("position", None) or engagement.milestones.count() + 1
    due_on: date = facts.pop("due_on", TODAY + timedelta(days=14 * position))
    done = status in (MilestoneStatus.ACCEPTED, MilestoneStatus.PAID)
    funded = done or status in (
        MilestoneStatus.FUNDED,
        MilestoneStatus.SUBMITTED,
        MilestoneStatus.CHANGES_REQUESTED,
        MilestoneStatus.DISPUTED,
    )
    milestone = save(
        Milestone,
        **{
            "engagement": engagement,
            "position": position,
            "title": f"Step {position}",
            "deliverable": "A pull request with measurements.",
            "amount_minor": 200_000,
            "currency": engagement.currency,
            "due_on": due_on,
            "status": status,
            "status_since": NOW,
            "funded_at": NOW if funded else None,
            "funded_by": engagement.lead if funded else None,
            "accepted_at": NOW if done else None,
            "accepted_by": engagement.lead if done else None,
            "paid_at": NOW if status == MilestoneStatus.PAID else None,
            **facts,
        },
    )
    goal = save(
        Goal,
        engagement=engagement,
        metric="p95 of the payment page",
        unit="ms",
        baseline="2400",
        target="1200",
        direction=Direction.AT_MOST,
        method="200 loads from the test account, cold cache",
        measured_by=Measurer.CONTRACTOR,
        position=position,
        due_on=due_on,
        objective=make_objective(engagement.lead),
    )
    milestone.goals.add(goal)
    steps = (
        [PostingKind.FUND] * funded
        + [PostingKind.RELEASE] * done
        + [PostingKind.PAY] * (status == MilestoneStatus.PAID)
    )
    for kind in steps:
        _post(milestone, kind)
    return milestone


def make_delivery_row(milestone: Milestone, *, late: bool = False, **facts: Any) -> DeliveryRow:
    """A row of the delivery record: promised for the milestone's day, delivered on it or a day later."""
    none = timedelta()
    return save(
        DeliveryRow,
        **{
            "milestone": milestone,
            "round": milestone.round,
            "contractor": milestone.engagement.contractor,
            "template": milestone.engagement.version.template,
            "promised_on": milestone.due_on,
            "delivered_at": NOW,
            "delivered_on": milestone.due_on + timedelta(days=late),
            "moved_to": milestone.due_on,
            **dict.fromkeys(("funding_wait", "our_share", "paused", "ours", "no_overlap"), none),
            "theirs": timedelta(hours=36),
            "estimated_minutes": 24 * 60,
            "at": NOW,
            **facts,
        },
    )


def make_appeal(row: DeliveryRow, **facts: Any) -> RecordAppeal:
    """By the contractor, open."""
    said = {"reason": "The test system was down.", "by": row.contractor.user, "at": NOW}
    return save(RecordAppeal, row=row, **{**said, **facts})


def make_paid(engagement: Engagement | None = None, **facts: Any) -> Payout:
    """A payout that has arrived, of a milestone of its own; `amount_minor` is the milestone's too."""
    amount, currency = facts.get("amount_minor", 200_000), facts.get("currency", "EUR")
    if engagement is None:
        budget = make_budget(minor=amount, currency=currency)
        people = {"lead": make_user(), "comms_owner": make_user(Role.MEMBER)}
        engagement = make_engagement(milestones=(), currency=currency, budget=budget, **people)
    milestone = make_milestone(engagement, MilestoneStatus.PAID, amount_minor=amount)
    facts = {"round": 1, "due_on": TODAY, "status": "paid", "status_since": NOW, "paid_at": NOW, **facts}
    facts = {"amount_minor": amount, "currency": engagement.currency, **facts}
    payout: Payout = save(Payout, milestone=milestone, **facts)
    return payout


def make_invoice_setup(**facts: Any) -> InvoiceSetup:
    """We write invoices; our side is complete."""
    facts = {
        "legal_name": "Mill Pond Software Lda",
        "street": "Rua do Lago 12",
        "postcode": "1200-109",
        "town": "Lisboa",
        "country": "PT",
        "vat_id": "PT501964843",
        "registration": "501964843",
        "self_bills": True,
        "reverse_charge_note": "Reverse charge: the customer accounts for the tax.",
        "small_business_note": "No tax is charged: small business, exempt.",
        "no_tax_note": "Not subject to VAT.",
        "changed_at": NOW,
        **facts,
    }
    facts.setdefault("changed_by", User.objects.order_by("pk").first() or make_user(Role.FINANCE))
    setup: InvoiceSetup = InvoiceSetup.objects.update_or_create(pk=1, defaults=facts)[0]
    return setup


def make_tax_detail(contractor: Contractor, **facts: Any) -> TaxDetail:
    """Of a contractor in Germany under reverse charge, who agreed that we write the invoices."""
    by = contractor.user or make_user(Role.FINANCE)
    facts = {
        "legal_name": "Ana Silva e. K.",
        "street": "Lange Gasse 3",
        "postcode": "10115",
        "town": "Berlin",
        "country": "DE",
        "mode": "reverse_charge",
        "vat_id": "DE136695976",
        "consent": "I agree.",
        "agreed_by": by,
        "agreed_at": NOW,
        "changed_by": by,
        "changed_at": NOW,
        **facts,
    }
    detail: TaxDetail = save(TaxDetail, contractor=contractor, **facts)
    return detail


def make_invoice(payout: Payout | None = None, **facts: Any) -> Invoice:
    """As paying it would write it: a receipt, unless both sides' tax details are there."""
    from milestones.services.invoices import issue_invoice

    payout = payout or make_paid()
    return issue_invoice(payout, **{"by": payout.milestone.engagement.lead, "at": NOW, **facts})


def make_file(milestone: Milestone, content: bytes = b"a;b\n1;2\n", name: str = "runs.csv") -> StoredFile:
    """Handed in for the milestone, with its bytes in storage, in a submission of its own."""
    by = milestone.engagement.contractor.user
    row = save(
        StoredFile,
        storage_name=secrets.new_token()[:40],
        name=name,
        content_type="text/plain; charset=utf-8",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        uploaded_by=by,
        uploaded_at=NOW,
        attached_at=NOW,
    )
    path = files.path_of(row.storage_name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    number = milestone.submissions.count() + 1
    submission = save(Submission, milestone=milestone, number=number, note="Done.", by=by, at=NOW)
    save(Attachment, submission=submission, file=row)
    return row


def make_budget(by: User | None = None, *, minor: int = 100_000_000, currency: str = "EUR") -> Budget:
    """A budget with money in it."""
    by = by or make_user(Role.FINANCE)
    budget = save(Budget, name=f"Budget {next(_count)}", currency=currency, created_by=by, created_at=NOW)
    outside = Account.objects.get_or_create(kind=AccountKind.OUTSIDE, currency=currency)[0]
    rest = save(Account, kind=AccountKind.BUDGET, currency=currency, budget=budget)
    if minor:
        _move_money(outside, rest, minor, PostingKind.TOP_UP, by)
    return budget


def _post(milestone: Milestone, kind: str) -> None:
    from milestones.states import ROUTE

    ends = []
    for account_kind in ROUTE[kind]:
        if account_kind == AccountKind.BUDGET:
            ends.append(Account.objects.get(budget=milestone.engagement.funding.budget))
        else:
            ends.append(
                Account.objects.get_or_create(
                    kind=account_kind, engagement=milestone.engagement, currency=milestone.currency
                )[0]
            )
    _move_money(*ends, milestone.amount_minor, kind, milestone.engagement.lead, milestone)


def _move_money(source: Account, target: Account, minor: int, kind: str, by: User, milestone: Any = None) -> None:
    for account, change in ((source, -minor), (target, minor)):
        account.refresh_from_db()
        Account.objects.filter(pk=account.pk).update(balance_minor=account.balance_minor + change)
    save(
        Posting,
        from_account=source,
        to_account=target,
        amount_minor=minor,
        currency=source.currency,
        kind=kind,
        milestone=milestone,
        round=milestone.round if milestone else None,
        cause="test",
        key=f"test:{next(_count)}",
        by=by,
        at=NOW,
    )


def make_dispute(milestone: Milestone, decider: User, *, by: User | None = None, **facts: Any) -> Dispute:
    """Of a milestone that is disputed already: opened by its contractor, about its goals; `decider` decides."""
    by = by or milestone.engagement.contractor.user
    submission = milestone.submissions.order_by("-number").first() or save(
        Submission, milestone=milestone, number=1, note="Done.", by=milestone.engagement.contractor.user, at=NOW
    )
    dispute: Dispute = save(
        Dispute,
        **{
            "milestone": milestone,
            "submission": submission,
            "side": milestone.engagement.side_of(by),
            "reason": "It was measured with a cold cache, as the goal says.",
            "by": by,
            "at": NOW,
            "decider": decider,
            "asked_at": NOW,
            **facts,
        },
    )
    dispute.goals.set(milestone.goals.all())
    return dispute
