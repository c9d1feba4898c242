"""Reads about milestones and money."""

from milestones.queries.banks import BANK_HOLD, bank_of, bank_problem, replaced_banks
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

__all__ = [
    "BANK_HOLD",
    "PATH",
    "STANDS_IN_FOR",
    "TABS",
    "BudgetLine",
    "GoalRow",
    "HistoryLine",
    "MilestonePage",
    "OwnMoney",
    "PayoutRow",
    "Step",
    "Totals",
    "bank_of",
    "bank_problem",
    "budget_lines",
    "budget_rest",
    "files_for",
    "files_to_hand_in",
    "history_of",
    "latest_submission",
    "milestone_page",
    "money_rows",
    "other_finance_people",
    "own_money",
    "payout_counts",
    "payout_rows",
    "payout_sums",
    "postings",
    "replaced_banks",
    "steps_of",
    "totals",
]
