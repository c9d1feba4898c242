"""The same act, or two rival acts, at the same moment from two connections: real threads on a real database."""

import threading
import time
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from core import history
from core.errors import DomainError
from engagements.models import Engagement
from milestones.models import Account, BatchLine, Milestone, PaymentSetup, Payout, Posting
from milestones.querysets.ledger import AccountQuerySet
from milestones.services import batches, commitments, funding, ledger, payouts, reviews
from milestones.services.offers import send_offer
from milestones.states import MilestoneStatus, Origin, PayoutStatus
from tests.factories import NOW, make_budget, make_engagement, make_user
from tests.milestones.conftest import accept, bring, give_bank, hand_in, set_up_payment, verdicts_for

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """Run every act in a thread of its own, started together: "done", or the sentence with which each was refused."""
    gate = threading.Barrier(len(acts))
    answers: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait(10)
            act()
            answers[place] = "done"
        except DomainError as refusal:
            answers[place] = refusal.sentence
        except Exception as error:  # seen by the assertion
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    broken = [answer for answer in answers if not isinstance(answer, str)]
    assert not broken, broken
    return answers


def fund(milestone):
    return lambda: funding.fund_milestone(milestone, by=milestone.engagement.lead, at=NOW)


def test_two_people_fund_one_milestone_at_once_and_one_of_them_does():
    milestone = make_engagement(milestones=(MilestoneStatus.AGREED,)).milestones.get()

    answers = at_once(fund(milestone), fund(milestone))

    assert answers.count("done") == 1
    assert Posting.objects.filter(milestone=milestone).count() == 1
    assert ledger.check() == []


def test_two_people_accept_one_milestone_at_once_and_one_of_them_does():
    milestone = make_engagement(milestones=(MilestoneStatus.FUNDED,)).milestones.get()
    hand_in(milestone)

    answers = at_once(lambda: accept(milestone), lambda: accept(milestone))

    assert answers.count("done") == 1
    assert Payout.objects.filter(milestone=milestone).count() == 1
    assert ledger.check() == []


def test_two_people_confirm_one_payout_at_once_and_it_is_paid_once():
    payout, finance = make_payout(), make_user("finance")
    bring(payout, PayoutStatus.EXPORTED, make_user("finance"), make_user("finance"))

    def confirm():
        return payouts.confirm_paid(payout, by=finance, at=NOW)

    answers = at_once(confirm, confirm, confirm)

    assert answers.count("done") == 1
    assert Posting.objects.filter(kind="pay").count() == 1
    assert ledger.check() == []


def test_a_budget_that_is_enough_for_one_funds_one():
    budget = make_budget(minor=300_000)
    rivals = [make_engagement(budget=budget, milestones=(MilestoneStatus.AGREED,)).milestones.get() for _ in range(3)]

    answers = at_once(*map(fund, rivals))

    assert answers.count("done") == 1
    assert all("has €1,000 left" in a for a in answers if a != "done")
    assert Account.objects.get(budget=budget).balance_minor == 100_000
    # The two that are left were promised more than there is, as no offer could.
    assert [line for line in ledger.check() if not line.startswith("L2: budget")] == []


def test_acts_in_opposite_order_never_lock_each_other_out():
    budget = make_budget()
    engagements = [make_engagement(budget=budget, milestones=[MilestoneStatus.AGREED] * 6) for _ in range(2)]
    plans = [list(e.milestones.order_by("position")) for e in engagements]
    forth = [m for pair in zip(*plans, strict=True) for m in pair]

    def walk(milestones):
        def run():
            for milestone in milestones:
                try:
                    fund(milestone)()
                except DomainError:
                    continue  # the other was faster

        return run

    assert at_once(walk(forth), walk(forth[::-1])) == ["done", "done"]
    assert not Milestone.objects.exclude(status=MilestoneStatus.FUNDED).exists()
    assert ledger.check() == []


def test_one_form_sent_twenty_times_at_once_is_carried_out_once():
    milestone = make_engagement(milestones=(MilestoneStatus.AGREED,)).milestones.get()
    clients = [Client() for _ in range(20)]
    for client in clients:
        client.force_login(milestone.engagement.lead)
    answers: list[int] = []

    def post(client):
        return lambda: answers.append(
            client.post(f"/milestones/{milestone.pk}/fund", {"form_key": "d" * 32}).status_code
        )

    at_once(*map(post, clients))

    assert answers == [302] * 20
    assert Posting.objects.filter(milestone=milestone).count() == 1


# --- all pairs ------------------------------------------------------------------------
def make_payout():
    if not PaymentSetup.objects.exists():
        set_up_payment()
    engagement = make_engagement(milestones=(MilestoneStatus.FUNDED,))
    give_bank(engagement)
    milestone = engagement.milestones.get()
    hand_in(milestone)
    accept(milestone)
    return Payout.objects.get(milestone=milestone)


def milestone_for(name):
    """A milestone on which the act `name` is legal."""
    first = MilestoneStatus.AGREED if name == "fund" else MilestoneStatus.FUNDED
    if name in ("fund", "hand_in", "accept", "send_back"):
        engagement = make_engagement(milestones=(first,))
        give_bank(engagement)
        milestone = engagement.milestones.get()
        if name in ("accept", "send_back"):
            hand_in(milestone)
        return milestone
    payout = make_payout()
    starts = {
        "approve": PayoutStatus.DUE,
        "take_out": PayoutStatus.APPROVED,
        "void": PayoutStatus.APPROVED,
        "confirm_batch": PayoutStatus.APPROVED,
        "export": PayoutStatus.APPROVED,
        "confirm": PayoutStatus.EXPORTED,
        "fail": PayoutStatus.EXPORTED,
        "change_bank": PayoutStatus.APPROVED,
    }
    maker, second = make_user("finance"), make_user("finance")
    bring(payout, starts[name], maker, second)
    if name == "export":
        batches.confirm(payout.lines.get().batch, by=second, at=NOW)
    return payout.milestone


def with_payout(act):
    def run(milestone, by):
        payout = Payout.objects.filter(milestone=milestone).first()
        if payout is None:
            raise DomainError("Nothing to pay yet.")
        act(payout, by)

    return run


def with_line(act):
    def run(milestone, by):
        line = BatchLine.objects.filter(payout__milestone=milestone).last()
        if line is None:
            raise DomainError("In no batch yet.")
        act(line, by)

    return run


ACTS: dict[str, Callable[[Any, Any], Any]] = {
    "fund": lambda m, by: funding.fund_milestone(m, by=by, at=NOW),
    "hand_in": lambda m, by: hand_in(m),
    "send_back": lambda m, by: reviews.request_changes(
        m, verdicts=verdicts_for(m, is_met=False), note="x", submission_number=1, by=by, at=NOW
    ),
    "accept": lambda m, by: accept(m, submission_number=1),
    "approve": with_payout(lambda p, by: batches.approve(p, by=by, at=NOW, knowing=True)),
    "take_out": with_line(lambda line, by: batches.take_out(line, reason="x", by=by, at=NOW)),
    "void": with_line(lambda line, by: batches.void(line.batch, reason="x", by=by, at=NOW)),
    "confirm_batch": with_line(lambda line, by: batches.confirm(line.batch, by=by, at=NOW)),
    "export": with_line(lambda line, by: batches.export(line.batch, by=by, at=NOW)),
    "confirm": with_payout(lambda p, by: payouts.confirm_paid(p, by=by, at=NOW)),
    "fail": with_payout(lambda p, by: payouts.mark_failed(p, problem="x", by=by, at=NOW)),
    "change_bank": lambda m, by: give_bank(m.engagement, iban="DE89370400440532013000"),
}


@pytest.mark.parametrize("first", ACTS)
def test_every_ordered_pair_of_acts_leaves_books_and_history_whole(first):
    """`first` is legal where they start; `second` runs at the same moment from another connection."""
    people = make_user("finance"), make_user("finance")
    for second in ACTS:
        milestone = milestone_for(first)

        answers = at_once(
            lambda m=milestone: ACTS[first](m, people[0]),
            lambda m=milestone, s=second: ACTS[s](m, people[1]),
        )

        assert "done" in answers, (first, second, answers)
        if first == second != "change_bank":  # the same details again change nothing
            assert answers.count("done") == 1, (first, answers)
        assert ledger.check() == [], (first, second)
        assert history.verify(milestone.engagement) == "", (first, second)


def test_every_pair_is_covered():
    assert len(set(product(ACTS, ACTS))) == 144


# --- the same without the guard must fail, or the tests above prove nothing -------------
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer: there is no lock to leave out")
def test_without_the_locks_the_proof_finds_the_damage(monkeypatch):
    budget = make_budget()
    rivals = [make_engagement(budget=budget, milestones=(MilestoneStatus.AGREED,)).milestones.get() for _ in range(2)]
    both_have_read = threading.Barrier(2)

    def unlocked(self, *pks):
        found = {a.pk: a for a in self.filter(pk__in=pks)}
        both_have_read.wait(10)
        time.sleep(0.01)
        return found

    monkeypatch.setattr(AccountQuerySet, "lock", unlocked)
    assert at_once(*map(fund, rivals)) == ["done", "done"]

    assert [line for line in ledger.check() if line.startswith("L5")]


# --- forms that move money, sent again and again --------------------------------------------
def budget_form(path, prefix):
    def form():
        budget, finance = make_budget(minor=1_000_000), make_user("finance")
        fields = {f"{prefix}-amount": "3.00", f"{prefix}-cause": "Decision 15"}
        return finance, f"/budgets/{budget.pk}/{path}", fields, lambda: Posting.objects.filter(cause="Decision 15")

    return form


def bonus_form():
    milestone = make_engagement(milestones=(MilestoneStatus.ACCEPTED,)).milestones.get()
    fields = {"bonus-amount": "1.00", "bonus-reason": "Well done."}
    return (
        milestone.engagement.lead,
        f"/milestones/{milestone.pk}/bonus",
        fields,
        lambda: Milestone.objects.filter(origin=Origin.BONUS),
    )


def review_form(decision, **more):
    def form():
        milestone = milestone_for("accept")
        fields = {"decision": decision, "note": "x", "submission_number": "1", **more}
        fields |= {f"view_{goal.pk}": "met" for goal in milestone.goals.all()}
        return milestone.engagement.lead, f"/milestones/{milestone.pk}/review", fields, Payout.objects.all

    return form


def payout_form(path):
    def form():
        payout = make_payout()
        fields = {"pick": payout.pk, "reason": "Waived."}
        made = BatchLine.objects.all if path == "approve" else Posting.objects.filter(kind="write_off").all
        address = "/payouts/approve" if path == "approve" else f"/milestones/{payout.milestone_id}/write-off"
        return make_user("finance"), address, fields, made

    return form


FORMS = {
    "top-up": budget_form("top-up", "in"),
    "return": budget_form("return", "out"),
    "bonus": bonus_form,
    "accept": review_form("accepted"),
    "hold back": review_form("hold_back", hold_amount="5.00", hold_until="2099-01-01"),
    "approve": payout_form("approve"),
    "write off": payout_form("write-off"),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_moves_money_has_one_effect_however_often_it_is_sent(name):
    by, path, fields, made = FORMS[name]()
    fields["form_key"] = "e" * 32
    clients = [Client() for _ in range(5)]
    for client in clients:
        client.force_login(by)
    answers: list[int] = []

    at_once(*(lambda c=client: answers.append(c.post(path, fields).status_code) for client in clients))
    answers.append(clients[0].post(path, fields).status_code)

    assert answers.count(302) == (1 if name == "approve" else 6), answers
    assert made().count() == 1
    assert ledger.check() == []


def test_of_two_offers_that_race_for_the_rest_of_a_budget_one_wins():
    budget = make_budget(minor=300_000)
    drafts = [make_engagement("draft", budget=budget, milestones=("planned",)) for _ in range(2)]

    answers = at_once(*(lambda e=draft: send_offer(e, by=e.lead, at=NOW) for draft in drafts))

    assert answers.count("done") == 1
    assert [answer for answer in answers if "has €1,000 left to promise; this needs €2,000" in answer]
    assert sorted(e.status for e in Engagement.objects.all()) == ["draft", "offered"]
    assert ledger.check() == []


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer: there is no lock to leave out")
def test_without_the_lock_of_the_budget_both_offers_leave(monkeypatch):
    budget = make_budget(minor=300_000)
    drafts = [make_engagement("draft", budget=budget, milestones=("planned",)) for _ in range(2)]
    both_have_read = threading.Barrier(2)
    monkeypatch.setattr(AccountQuerySet, "lock", lambda self, *pks: {a.pk: a for a in self.filter(pk__in=pks)})
    counted = commitments.committed_minor

    def slowly(budget):
        minor = counted(budget)
        both_have_read.wait(10)
        return minor

    monkeypatch.setattr(commitments, "committed_minor", slowly)

    assert at_once(*(lambda e=draft: send_offer(e, by=e.lead, at=NOW) for draft in drafts)) == ["done", "done"]

    assert [line for line in ledger.check() if line.startswith("L2: budget")]
