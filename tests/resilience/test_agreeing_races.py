"""Two sides act on one offer at the same moment: one wins, the other gets a sentence."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.states import Role
from core import history
from engagements.models import Agreement, AgreementPaper, Amendment, Engagement
from engagements.states import AmendmentStatus, EngagementStatus
from milestones.services import amendments, estimates, funding, ledger, offers, papers, signing
from milestones.services.cutting import cut_scope
from tests.factories import make_contractor, make_read_back, make_user
from tests.milestones import amending
from tests.milestones.test_offer_path import numbers, signed
from tests.resilience.test_ledger_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def acts(engagement: Engagement, agreement: Agreement) -> dict[str, Any]:
    lead, ana = engagement.lead, engagement.contractor.user
    assert ana is not None
    given, now = numbers(engagement, 20), timezone.now()
    second = engagement.milestones.get(position=2)
    return {
        "agree": lambda: signing.agree_and_sign(
            engagement, sha256=agreement.sha256, typed_name=lead.name, ip=None, by=lead, at=now
        ),
        "withdraw": lambda: offers.withdraw_offer(engagement, reason="Plans changed", by=lead, at=now),
        "send back": lambda: signing.send_back(engagement, reason="Shorter?", by=lead, at=now),
        "cut": lambda: cut_scope(
            engagement, milestones=[second.pk], goals=[], reason="The budget is smaller", by=lead, at=now
        ),
        "sign anew": lambda: estimates.estimate_and_sign(
            engagement, estimates=given, typed_name=ana.name, ip=None, by=ana, at=now
        ),
    }


@pytest.mark.parametrize(
    "rivals",
    [("agree", "withdraw"), ("agree", "send back"), ("agree", "sign anew"), ("agree", "agree"), ("agree", "cut")],
)
def test_of_two_who_meet_at_one_offer_one_wins(rivals: tuple[str, str]) -> None:
    engagement, agreement = signed(make_user(Role.LEAD, name="Tess Okafor"), make_contractor(True))
    found = acts(engagement, agreement)

    answers = at_once(*(found[name] for name in rivals))

    assert answers.count("done") == 1
    assert all(len(answer) > 20 for answer in answers if answer != "done")
    engagement.refresh_from_db()
    names = [a.signatures.count() for a in Agreement.objects.filter(engagement=engagement, voided_at=None)]
    assert (engagement.status == EngagementStatus.AGREED) == (names == [2])
    assert history.verify(engagement) == ""


def test_two_makers_of_one_paper_leave_one_paper() -> None:
    engagement, agreement = signed(make_user(Role.LEAD, name="Tess Okafor"), make_contractor(True))
    acts(engagement, agreement)["agree"]()
    now = timezone.now()

    at_once(lambda: papers.make_due_papers(at=now), lambda: papers.make_due_papers(at=now))

    assert AgreementPaper.objects.get().made_at == now


def of_amendment(amendment: Amendment) -> dict[str, Any]:
    """What can happen to one that the contractor has signed."""
    engagement = amendment.engagement
    lead, now = engagement.lead, timezone.now()
    return {
        "agree": lambda: amending.agree(amendment),
        "withdraw": lambda: amendments.withdraw_amendment(amendment, reason="Plans changed", by=lead, at=now),
        "fund": lambda: funding.fund_milestone(engagement.milestones.get(position=1), by=lead, at=now),
    }


@pytest.mark.parametrize("rivals", [("agree", "withdraw"), ("agree", "agree"), ("agree", "fund")])
def test_of_two_who_meet_at_one_amendment_one_wins(rivals: tuple[str, str]) -> None:
    engagement = amending.agreed(make_user(Role.LEAD, name="Tess Okafor"), make_contractor(True))
    make_read_back(engagement, is_accepted=True)
    first = engagement.milestones.get(position=1)
    amendment = amending.propose(engagement, amending.wish(first, is_dropped=True))
    amending.sign(amendment)
    found = of_amendment(amendment)

    answers = at_once(*(found[name] for name in rivals))

    assert answers.count("done") == 1
    assert all(len(answer) > 20 for answer in answers if answer != "done")
    engagement.refresh_from_db()
    amendment.refresh_from_db()
    left = [m.position for m in engagement.milestones.standing()]
    assert (amendment.status == AmendmentStatus.AGREED) == (left == [2]) == (engagement.price_minor == 240_000)
    assert (history.verify(engagement), ledger.check()) == ("", [])


def test_of_two_who_propose_or_sign_at_once_one_does() -> None:
    engagement = amending.agreed(make_user(Role.LEAD, name="Tess Okafor"), make_contractor(True))

    proposed = at_once(*(lambda: amending.propose(engagement, amending.another(engagement)) for _turn in range(2)))
    amendment = Amendment.objects.get()
    signed_once = at_once(lambda: amending.sign(amendment), lambda: amending.sign(amendment))

    assert (proposed.count("done"), signed_once.count("done")) == (1, 1)
