"""Reads about milestones and money."""

from milestones.queries.answers import Answer, AnswerRow, answers_read, decode, read_answer
from milestones.queries.banks import BANK_HOLD, bank_of, payment_setup, replaced_banks, seal_of
from milestones.queries.batches import BatchRow, batch_row, batch_rows, open_batch_of
from milestones.queries.check_facts import facts_of
from milestones.queries.checks import CHECKS, Problem, names_fit, problems_of
from milestones.queries.deliveries import files_for, files_to_hand_in, latest_submission
from milestones.queries.ledger import (
    BudgetLine,
    Totals,
    balances_at,
    budget_lines,
    budget_rest,
    standing_at,
    totals,
    totals_of,
)
from milestones.queries.ledger_page import ledger_facts, title_of_engagement
from milestones.queries.own_money import MoneyPage, contractor_of, money_page
from milestones.queries.page import (
    PATH,
    STANDS_IN_FOR,
    GoalRow,
    HistoryLine,
    MilestonePage,
    Step,
    history_of,
    milestone_page,
    steps_of,
)
from milestones.queries.payees import PayeePage, payee_page, payees
from milestones.queries.payout_page import TABS, PayoutPage, payout_page
from milestones.queries.payouts import (
    PayoutRow,
    other_finance_people,
    payout_rows,
    payouts_of,
    with_approvers,
)
from milestones.queries.postings import Chosen, PostingRow, postings
from milestones.queries.promise import batch_day, next_batch_on, pay_by, pay_by_with, rhythm_of
from milestones.queries.rates import About, about

__all__ = [
    "BANK_HOLD",
    "CHECKS",
    "PATH",
    "STANDS_IN_FOR",
    "TABS",
    "About",
    "Answer",
    "AnswerRow",
    "BatchRow",
    "BudgetLine",
    "Chosen",
    "GoalRow",
    "HistoryLine",
    "MilestonePage",
    "MoneyPage",
    "PayeePage",
    "PayoutPage",
    "PayoutRow",
    "PostingRow",
    "Problem",
    "Step",
    "Totals",
    "about",
    "answers_read",
    "balances_at",
    "bank_of",
    "batch_day",
    "batch_row",
    "batch_rows",
    "budget_lines",
    "budget_rest",
    "contractor_of",
    "decode",
    "facts_of",
    "files_for",
    "files_to_hand_in",
    "history_of",
    "latest_submission",
    "ledger_facts",
    "milestone_page",
    "money_page",
    "names_fit",
    "next_batch_on",
    "open_batch_of",
    "other_finance_people",
    "pay_by",
    "pay_by_with",
    "payee_page",
    "payees",
    "payment_setup",
    "payout_page",
    "payout_rows",
    "payouts_of",
    "postings",
    "problems_of",
    "read_answer",
    "replaced_banks",
    "rhythm_of",
    "seal_of",
    "standing_at",
    "steps_of",
    "title_of_engagement",
    "totals",
    "totals_of",
    "with_approvers",
]
