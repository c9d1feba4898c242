"""From owed to paid and back, and the budget behind it."""

from datetime import timedelta
from typing import Any

from accounts.models import User
from core.errors import DomainError
from core.money import Money
from engagements.models import Engagement
from milestones import queries
from milestones.models import BatchFile, BatchLine, Invoice, Payout, PayoutBatch
from milestones.services import answers, batches, budgets, invoices, payouts
from milestones.services.write_offs import write_off
from milestones.states import AnswerEffect, PayoutStatus
from tests.factories import NOW
from tests.milestones.conftest import give_bank
from tests.milestones.test_queries_answers import entry, report
from tests.resilience.ledger_walker.base import Base

KEYS = 40  # of money put in and given back, shared by all clients: each key has one effect, whoever comes first


class Pay(Base):
    def pay(self, payout: Payout) -> str:
        rng, by = self.rng, self.rng.choice(self.finance)
        state = payout.status if rng.random() < 0.85 else rng.choice(list(PayoutStatus))
        if rng.random() < 0.15:
            return self.pay_several(state, by)
        if state == PayoutStatus.DUE and rng.random() < 0.05:
            write_off(payout, reason="x", by=by, at=NOW)
            return "write_offs.write_off"
        if state == PayoutStatus.DUE:
            batches.approve(payout, by=by, at=NOW, knowing=True)
            return "batches.approve"
        if state == PayoutStatus.APPROVED:
            return self.act_on_batch(payout, by)
        if state == PayoutStatus.PAID and rng.random() < 0.2:
            return self.credit(payout, by)
        if rng.random() < 0.25:
            payouts.mark_failed(payout, problem="x", by=by, at=NOW)
            return "payouts.mark_failed"
        if state == PayoutStatus.PAID and rng.random() < 0.3:
            payouts.mark_returned(payout, problem="x", by=by, at=NOW)
            self.returned.append(payout.pk)
            return "payouts.mark_returned"
        payouts.confirm_paid(payout, by=by, at=NOW)
        self.paid.append(payout.pk)
        return "payouts.confirm_paid"

    def pay_several(self, state: str, by: User) -> str:
        """The same act on up to four payouts at once, whether they are all in that state or not."""
        rng = self.rng
        keys = list(Payout.objects.filter(status=state).order_by("?").values_list("pk", flat=True)[:3])
        keys = list({*keys, *Payout.objects.order_by("?").values_list("pk", flat=True)[:1]})
        refusals = dict.fromkeys(keys, rng.choice(["x", "The account is closed (AC04).", "No money (AM04)."]))
        if state == PayoutStatus.DUE:
            said, outcome = "batches.approve_each", batches.approve_each(keys, by=by, at=NOW, knowing=keys)
        elif state == PayoutStatus.APPROVED:
            line = BatchLine.objects.filter(payout__in=keys).order_by("-pk").first()
            if line is None:
                raise DomainError("In no batch.")
            lines = list(BatchLine.objects.filter(batch=line.batch_id).values_list("pk", flat=True)[:2])
            said = "batches.take_out_each"
            outcome = batches.take_out_each(line.batch_id, lines=lines, reason="x", by=by, at=NOW)
        elif state == PayoutStatus.PAID:
            said, outcome = "payouts.return_each", payouts.return_each(refusals, by=by, at=NOW)
            self.returned += outcome.done
        elif rng.random() < 0.3:
            said, outcome = "payouts.fail_each", payouts.fail_each(refusals, by=by, at=NOW)
        else:
            said, outcome = "payouts.confirm_each", payouts.confirm_each(keys, by=by, at=NOW)
            self.paid += outcome.done
        if not outcome.done:
            raise DomainError(outcome.aside[0][1] if outcome.aside else "None.")
        return said

    def credit(self, payout: Payout, by: User) -> str:
        invoice = Invoice.objects.originals().filter(payout=payout).order_by("-turn").first()
        if invoice is None:
            raise DomainError("Never paid.")
        part = Money(self.rng.randint(1, invoice.amount_minor), invoice.currency)
        invoices.issue_credit_note(invoice, amount=part, reason="x", by=by, at=NOW)
        return "invoices.issue_credit_note"

    def act_on_batch(self, payout: Payout, by: User) -> str:
        lines = BatchLine.objects.filter(payout=payout)
        line = lines.order_by("pk").last()
        if line is None:
            raise DomainError("In no batch.")
        batch = PayoutBatch.objects.get(pk=line.batch_id)
        roll = self.rng.random()
        if roll < 0.1:
            batches.void(batch, reason="x", by=by, at=NOW)
            return "batches.void"
        if roll < 0.2:
            batches.take_out(line, reason="x", by=by, at=NOW)
            return "batches.take_out"
        if batch.status == "open":
            batches.confirm(batch, by=by, at=NOW)
            return "batches.confirm"
        batches.export(batch, by=by, at=NOW)
        return "batches.export"

    def read_an_answer(self) -> str:
        """The bank's, about up to three payments of one file: arrived, refused, or sent back."""
        rng = self.rng
        file = BatchFile.objects.filter(kind="pain.001").order_by("?").first()
        if file is None:
            raise DomainError("Nothing was sent.")
        lines = list(BatchLine.objects.filter(batch=file.batch_id).select_related("payout")[:3])
        said = [entry(line.payout.end_to_end, *rng.choice([("ACSC",), ("RJCT", "AC04")])) for line in lines]
        text = report(file.message_id, *said).replace("BANK-1", f"B{self.number}-{rng.randrange(10**9)}")
        seen = queries.read_answer("answer.xml", text)
        by = rng.choice(self.finance)
        answers.take_answer(name="answer.xml", text=text, seen=seen.key, by=by, at=NOW)
        for row in seen.acts:
            if row.effect == AnswerEffect.PAID:
                self.paid.append(row.line.payout_id)
            elif row.effect == AnswerEffect.RETURNED:
                self.returned.append(row.line.payout_id)
        return "answers.take_answer"

    def move_money_of_the_budget(self) -> str:
        """The amount follows from the key, so that whoever asks with one key asks for the same."""
        roll = self.rng.random()
        if roll < 0.1:
            limit = self.rng.choice([None, Money(199_999, self.budget.currency)])
            facts: Any = {"team": "", "objective": None, "limit": limit, "approvers": self.finance}
            budgets.change_budget(self.budget, **facts, by=self.finance[0], at=NOW)
            return "budgets.change_budget"
        number = self.rng.randrange(KEYS)
        amount = Money(1000 + number, self.budget.currency)
        facts = {"amount": amount, "cause": "x", "by": self.finance[0], "at": NOW}
        if roll < 0.55:
            budgets.top_up(self.budget, key=f"walk:in:{number}", **facts)
            return "budgets.top_up"
        budgets.return_money(self.budget, key=f"walk:out:{number}", **facts)
        return "budgets.return_money"

    def change_bank(self, engagement: Engagement) -> str:
        """Long enough ago to be paid again: what was approved for the old one has to be approved anew."""
        town = self.rng.choice(["Porto", "Faro", "Beja"])
        give_bank(engagement, town=town, at=NOW - timedelta(days=10))
        return "bank.save_bank_detail"
