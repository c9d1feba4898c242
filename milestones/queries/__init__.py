"""Reads about milestones and money."""

from milestones.queries.banks import BANK_HOLD, bank_of, payment_setup, replaced_banks, seal_of
from milestones.queries.batches import BatchRow, batch_row, batch_rows, batches_to_confirm, open_batch_of
from milestones.queries.checks import CHECKS, Problem, names_fit, problems_of
from milestones.queries.deliveries import files_for, files_to_hand_in, latest_submission
from milestones.queries.ledger import BudgetLine, Totals, budget_lines, budget_rest, postings, totals
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
from milestones.queries.payouts import (
    TABS,
    OwnMoney,
    PayoutRow,
    money_rows,
    other_finance_people,
    own_money,
    payout_counts,
    payout_rows,
    payout_sums,
)
from milestones.queries.promise import batch_day, next_batch_on, pay_by, payment_rhythm

__all__ = [
    "BANK_HOLD",
    "CHECKS",
    "PATH",
    "STANDS_IN_FOR",
    "TABS",
    "BatchRow",
    "BudgetLine",
    "GoalRow",
    "HistoryLine",
    "MilestonePage",
    "OwnMoney",
    "PayeePage",
    "PayoutRow",
    "Problem",
    "Step",
    "Totals",
    "bank_of",
    "batch_day",
    "batch_row",
    "batch_rows",
    "batches_to_confirm",
    "budget_lines",
    "budget_rest",
    "files_for",
    "files_to_hand_in",
    "history_of",
    "latest_submission",
    "milestone_page",
    "money_rows",
    "names_fit",
    "next_batch_on",
    "open_batch_of",
    "other_finance_people",
    "own_money",
    "pay_by",
    "payee_page",
    "payees",
    "payment_rhythm",
    "payment_setup",
    "payout_counts",
    "payout_rows",
    "payout_sums",
    "postings",
    "problems_of",
    "replaced_banks",
    "seal_of",
    "steps_of",
    "totals",
]
