"""What both sides sign: an offer until it is agreed, and what becomes another afterwards."""

from datetime import timedelta
from typing import Any

from core.errors import DomainError
from core.money import Money
from engagements.models import Amendment, Engagement
from engagements.queries.in_force import agreement_in_force, open_amendment, text_of
from engagements.queries.offer import current_agreement
from milestones.queries.amendments import Wish, places_of
from milestones.services import amendments, cutting, drafting, estimates, offers, signing
from tests.factories import NOW, TODAY
from tests.milestones.amending import agree, another, facts_of, propose, sign, wish
from tests.resilience.ledger_walker.base import Base


class Paper(Base):
    def draft(self, like: Engagement) -> str:
        """Another contract for the same contractor, of the same budget."""
        facts: Any = {"application": None, "cover": None, "starts_on": TODAY, "price": Money(90_000, like.currency)}
        lead = like.lead
        made = drafting.draft_engagement(
            like.version, contractor=like.contractor, title="Again", lead=lead, comms_owner=lead, budget=self.budget,
            by=lead, at=NOW, **facts,
        )  # fmt: skip
        self.ids += made.milestones.values_list("pk", flat=True)
        return "drafting.draft_engagement"

    def go_on_with_offer(self, engagement: Engagement) -> str:
        rng, lead, contractor = self.rng, engagement.lead, engagement.contractor.user
        if engagement.status == "draft":
            offers.send_offer(engagement, by=lead, at=NOW)
            return "offers.send_offer"
        roll = rng.random()
        if roll < 0.2:
            plan = list(engagement.milestones.standing())
            facts: Any = {"milestones": [rng.choice(plan).pk], "goals": []} if plan else {"milestones": [], "goals": []}
            cutting.cut_scope(engagement, reason="x", by=lead, at=NOW, **facts)
            return "cutting.cut_scope"
        if roll < 0.24:
            offers.withdraw_offer(engagement, reason="x", by=lead, at=NOW)
            return "offers.withdraw_offer"
        if roll < 0.28:
            offers.decline_offer(engagement, reason="x", by=contractor, at=NOW)
            return "offers.decline_offer"
        if roll < 0.31:
            return "offers._expire" if offers.expire_offers(at=NOW + timedelta(days=9)) else "nothing_due"
        standing = current_agreement(engagement)
        if standing is None or roll < 0.4:
            given = {m.pk: (rng.randint(1, 40) * 60, TODAY + timedelta(days=20)) for m in engagement.milestones.all()}
            signed: Any = {"typed_name": contractor.name, "ip": None, "by": contractor, "at": NOW}
            estimates.estimate_and_sign(engagement, estimates=given, **signed)
            return "estimates.estimate_and_sign"
        if roll < 0.5:
            signing.send_back(engagement, reason="x", by=lead, at=NOW)
            return "signing.send_back"
        ours: Any = {"typed_name": lead.name, "ip": None, "by": lead, "at": NOW}
        signing.agree_and_sign(engagement, sha256=standing.sha256, **ours)
        return "signing.agree_and_sign"

    # --- amendments
    def amend(self, engagement: Engagement) -> str:
        rng = self.rng
        amendment = open_amendment(engagement)
        if amendment is None:
            propose(engagement, *self.wishes(engagement), at=NOW)
            return "amendments.propose_amendment"
        if text_of(amendment) is None:
            return self.answer_proposal(amendment)
        if rng.random() < 0.2:
            amendments.withdraw_amendment(amendment, reason="x", by=engagement.lead, at=NOW)
            return "amendments.withdraw_amendment"
        agree(amendment, at=NOW)
        self.amended.append(amendment.pk)
        return "amendments.agree_amendment"

    def answer_proposal(self, amendment: Amendment) -> str:
        engagement, roll = amendment.engagement, self.rng.random()
        if roll < 0.12:
            amendments.decline_amendment(amendment, reason="", by=engagement.contractor.user, at=NOW)
            return "amendments.decline_amendment"
        if roll < 0.22:
            amendments.withdraw_amendment(amendment, reason="x", by=engagement.lead, at=NOW)
            return "amendments.withdraw_amendment"
        if roll < 0.25:
            done = amendments.expire_amendments(at=NOW + timedelta(days=9))
            return "amendments._expire" if done else "nothing_due"
        sign(amendment, at=NOW)
        return "amendments.sign_amendment"

    def wishes(self, engagement: Engagement) -> list[Wish]:
        """One or two milestones become another; mostly those that may, sometimes any."""
        rng = self.rng
        standing = agreement_in_force(engagement)
        if standing is None:
            raise DomainError("Not signed.")
        plan = [p.milestone for p in places_of(engagement, standing) if not p.why_not or rng.random() < 0.1]
        found = [self.other(milestone) for milestone in rng.sample(plan, min(len(plan), rng.randint(0, 2)))]
        if not found or rng.random() < 0.2:
            found.append(another(engagement, minor=rng.randint(1, 900)))
        return found

    def other(self, milestone: Any) -> Wish:
        rng = self.rng
        roll = rng.random()
        if roll < 0.5:
            minor = max(1, milestone.amount_minor + rng.randint(-20_000, 5_000))
            return wish(milestone, amount=Money(minor, milestone.currency))
        if roll < 0.7:
            return wish(milestone, planned_for=TODAY + timedelta(days=rng.randint(20, 90)))
        goals = list(milestone.goals.all())
        if roll < 0.8 and len(goals) > 1:
            return wish(milestone, goals=[facts_of(goal) for goal in goals[:1]])
        if roll < 0.9:
            return wish(milestone, goals=[facts_of(goal, target=str(rng.randint(900, 1300))) for goal in goals])
        return Wish(milestone, title=milestone.title, is_dropped=True)
