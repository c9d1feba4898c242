"""The proof that the ledger holds (promises L1–L5), in a handful of statements over whole tables: a million postings
take seconds, and nothing is read into memory but what is wrong."""

from typing import Any

from django.db import connection
from django.db.models import Q

from core.snapshot import one_moment
from milestones.models import Milestone, Split
from milestones.states import ROUTE, AccountKind, MilestoneStatus

MOST = 100  # findings of one kind

# Where the money of a milestone stands, by its state; in every other state none of it has moved.
STANDS_AT: dict[str, str] = {
    MilestoneStatus.FUNDED: AccountKind.HELD,
    MilestoneStatus.SUBMITTED: AccountKind.HELD,
    MilestoneStatus.CHANGES_REQUESTED: AccountKind.HELD,
    MilestoneStatus.DISPUTED: AccountKind.HELD,
    MilestoneStatus.ACCEPTED: AccountKind.OWED,
    MilestoneStatus.PAID: AccountKind.PAID,
}

MOVES = """
    SELECT id, from_account_id AS account_id, -amount_minor AS change FROM milestones_posting
    UNION ALL SELECT id, to_account_id, amount_minor FROM milestones_posting
"""

MOVES_OF_BUDGETS = """
    SELECT p.id, a.id AS account_id, -p.amount_minor AS change FROM milestones_posting p
    JOIN milestones_account a ON a.id = p.from_account_id WHERE a.kind = 'budget'
    UNION ALL SELECT p.id, a.id, p.amount_minor FROM milestones_posting p
    JOIN milestones_account a ON a.id = p.to_account_id WHERE a.kind = 'budget'
"""

# What is wrong with a posting by itself: its currency, its way, or whose money it is.
WRONG_POSTINGS = """
    SELECT p.id, p.kind, p.amount_minor, f.kind, t.kind,
        CASE WHEN p.currency <> f.currency OR p.currency <> t.currency THEN 'mixed'
            WHEN p.amount_minor <= 0 OR NOT ({routes}) THEN 'way' ELSE 'whose' END
    FROM milestones_posting p
    JOIN milestones_account f ON f.id = p.from_account_id JOIN milestones_account t ON t.id = p.to_account_id
    LEFT JOIN milestones_milestone m ON m.id = p.milestone_id
    WHERE p.currency <> f.currency OR p.currency <> t.currency OR p.amount_minor <= 0 OR NOT ({routes})
    OR f.engagement_id <> m.engagement_id OR t.engagement_id <> m.engagement_id
    OR (m.id IS NULL AND (f.engagement_id IS NOT NULL OR t.engagement_id IS NOT NULL)) ORDER BY p.id LIMIT {most}
"""

OVERDRAWN = """
    SELECT m.id, m.account_id, a.kind FROM (
        SELECT id, account_id, SUM(change) OVER (PARTITION BY account_id ORDER BY id) AS after FROM ({moves}) x
    ) m JOIN milestones_account a ON a.id = m.account_id
    WHERE m.after < 0 AND a.kind <> 'outside' ORDER BY m.id LIMIT {most}
"""
OVERDRAWN_BUDGETS = OVERDRAWN.replace("{moves}", "{moves_of_budgets}")

OVERPROMISED = """
    SELECT b.name, a.balance_minor, p.minor, b.currency FROM (
        SELECT l.budget_id, SUM(m.amount_minor) AS minor FROM milestones_milestone m
        JOIN engagements_engagement e ON e.id = m.engagement_id
        JOIN milestones_engagementbudget l ON l.engagement_id = m.engagement_id
        WHERE m.status IN ('planned', 'estimated', 'agreed') AND e.status IN ('offered', 'agreed', 'active', 'paused')
        GROUP BY l.budget_id
    ) p JOIN milestones_budget b ON b.id = p.budget_id JOIN milestones_account a ON a.budget_id = b.id
    WHERE p.minor > a.balance_minor ORDER BY b.id LIMIT {most}
"""

NOT_THE_SUM = """
    SELECT a.id, a.kind, a.balance_minor, COALESCE(i.total, 0) - COALESCE(o.total, 0) FROM milestones_account a
    LEFT JOIN (
        SELECT to_account_id AS id, SUM(amount_minor) AS total FROM milestones_posting GROUP BY to_account_id
    ) i ON i.id = a.id
    LEFT JOIN (
        SELECT from_account_id AS id, SUM(amount_minor) AS total FROM milestones_posting GROUP BY from_account_id
    ) o ON o.id = a.id
    WHERE a.balance_minor <> COALESCE(i.total, 0) - COALESCE(o.total, 0) ORDER BY a.id LIMIT {most}
"""

# The sums that are written down, with what moved after their mark, against the accounts. Budget 0 is the whole house.
SUMS_DIFFER = """
    WITH later AS (
        SELECT COALESCE(t.budget_id, f.budget_id, l.budget_id) AS budget_id, p.currency, p.amount_minor AS minor,
            f.kind AS source, t.kind AS target
        FROM milestones_posting p
        JOIN milestones_account f ON f.id = p.from_account_id JOIN milestones_account t ON t.id = p.to_account_id
        LEFT JOIN milestones_engagementbudget l ON l.engagement_id = t.engagement_id
        WHERE p.id > (SELECT posting_id FROM milestones_ledgermark)
    ), stands AS (
        SELECT COALESCE(a.budget_id, l.budget_id) AS budget_id, a.currency, a.kind, SUM(a.balance_minor) AS minor
        FROM milestones_account a LEFT JOIN milestones_engagementbudget l ON l.engagement_id = a.engagement_id
        GROUP BY COALESCE(a.budget_id, l.budget_id), a.currency, a.kind
    )
    SELECT x.budget_id, b.name, x.currency, x.kind, SUM(x.minor) FROM (
        SELECT COALESCE(budget_id, 0) AS budget_id, currency, kind, minor FROM milestones_ledgersum
        UNION ALL SELECT budget_id, currency, source, -minor FROM later WHERE source <> 'outside'
        UNION ALL SELECT budget_id, currency, target, minor FROM later WHERE target <> 'outside'
        UNION ALL SELECT 0, currency, source, -minor FROM later
        UNION ALL SELECT 0, currency, target, minor FROM later
        UNION ALL SELECT budget_id, currency, kind, -minor FROM stands WHERE kind <> 'outside'
        UNION ALL SELECT 0, currency, kind, -minor FROM stands
    ) x LEFT JOIN milestones_budget b ON b.id = x.budget_id WHERE EXISTS (SELECT 1 FROM milestones_ledgermark)
    GROUP BY x.budget_id, b.name, x.currency, x.kind HAVING SUM(x.minor) <> 0
    ORDER BY x.budget_id, x.currency, x.kind LIMIT {most}
"""

NOT_ZERO = """
    SELECT currency, SUM(balance_minor) FROM milestones_account GROUP BY currency HAVING SUM(balance_minor) <> 0
"""

# One row a milestone and round. `shape` counts its steps, each in a decimal place of its own; with `n` it can't be
# taken for another. `opened` and `settled` are the ids of the first and the last step that there may be.
ROUNDS = """
    SELECT milestone_id, round, COUNT(*) AS n,
        SUM(CASE kind WHEN 'fund' THEN 1 WHEN 'refund' THEN 10 WHEN 'release' THEN 100 WHEN 'pay' THEN 1000
            WHEN 'write_off' THEN 10000 WHEN 'bounce' THEN 100000 ELSE 1000000 END) AS shape,
        MIN(amount_minor) AS least, MAX(amount_minor) AS most, MIN(currency) AS currency, MIN(id) AS first,
        MAX(id) AS last, MIN(CASE WHEN kind IN ('fund', 'bounce') THEN id END) AS opened,
        MAX(CASE WHEN kind IN ('pay', 'write_off') THEN id END) AS settled
    FROM milestones_posting WHERE milestone_id IS NOT NULL GROUP BY milestone_id, round
"""
STANDS = """
    CASE WHEN r.shape IN (101, 100000) THEN 'owed' WHEN r.shape IN (1101, 101000) THEN 'paid'
    WHEN r.shape = 1 THEN 'held' ELSE '' END
"""

# A round is: fund, or fund and refund, or fund and release, or fund, release and pay (or write-off), in this order.
# After a round that was paid it is also: bounce, or bounce and pay (or write-off).
BROKEN_ROUNDS = """
    SELECT * FROM (
        SELECT m.id, m.status, r.round, r.least, r.most, r.currency, COALESCE(s.whole_minor, m.amount_minor) AS whole,
            m.currency AS agreed, {stands} AS stands,
            CASE
                WHEN r.round IS NOT NULL AND (NOT (r.n = 1 AND r.shape IN (1, 100000)
                    OR r.n = 2 AND r.shape IN (11, 101, 101000, 110000) OR r.n = 3 AND r.shape IN (1101, 10101))
                    OR r.opened <> r.first OR r.settled <> r.last) THEN 'order'
                WHEN r.shape >= 100000 AND NOT EXISTS (SELECT 1 FROM milestones_posting b WHERE b.kind = 'pay'
                    AND b.milestone_id = m.id AND b.round = r.round - 1 AND b.id < r.first) THEN 'order'
                WHEN r.round < m.round AND r.shape <> 11 AND NOT (r.shape IN (1101, 101000) AND EXISTS (SELECT 1
                    FROM milestones_posting b WHERE b.kind = 'bounce' AND b.milestone_id = m.id
                    AND b.round = r.round + 1)) THEN 'unended'
                WHEN r.round > m.round THEN 'early'
                WHEN r.least <> r.most OR r.currency <> m.currency OR r.least <> COALESCE(s.whole_minor, m.amount_minor)
                    THEN 'amount'
                WHEN (r.round IS NULL OR r.round = m.round)
                    AND {stands} <> CASE WHEN m.written_off_at IS NOT NULL THEN '' {states} ELSE '' END THEN 'state'
            END AS problem
        FROM milestones_milestone m LEFT JOIN ({rounds}) r ON r.milestone_id = m.id
        LEFT JOIN milestones_split s ON s.milestone_id = r.milestone_id AND s.round = r.round
    ) x WHERE problem IS NOT NULL ORDER BY id, round LIMIT {most}
"""

# A round that was split off and never funded again: its milestone has older rounds only.
UNFUNDED_ROUNDS = """
    SELECT m.id, m.status FROM milestones_milestone m WHERE m.round > 1 AND m.written_off_at IS NULL
    AND CASE WHEN m.id IS NULL THEN '' {states} ELSE '' END <> ''
    AND NOT EXISTS (SELECT 1 FROM milestones_posting p WHERE p.milestone_id = m.id AND p.round = m.round)
    ORDER BY m.id LIMIT {most}
"""

BROKEN_PAYOUTS = """
    SELECT p.id, p.amount_minor, p.currency, p.status, m.amount_minor, m.currency, m.status
    FROM milestones_payout p JOIN milestones_milestone m ON m.id = p.milestone_id
    WHERE p.amount_minor <> m.amount_minor OR p.currency <> m.currency OR (p.status = 'paid') <> (m.status = 'paid')
    OR (p.status = 'written_off') <> (m.written_off_at IS NOT NULL) ORDER BY p.id LIMIT {most}
"""

OWED_TWICE = """
    SELECT milestone_id, round, COUNT(*) FROM milestones_payout GROUP BY milestone_id, round HAVING COUNT(*) > 1
    ORDER BY milestone_id LIMIT {most}
"""

SENT_TWICE = """
    SELECT payout_id, COUNT(*) FROM milestones_batchline WHERE outcome IN ('live', 'paid') GROUP BY payout_id
    HAVING COUNT(*) > 1 ORDER BY payout_id LIMIT {most}
"""


def check() -> list[str]:
    """What does not hold, a sentence each, in the order of the laws; [] when the books are right.

    L1 each currency sums to zero and no posting mixes two; L2 nothing but outside was ever below zero, nor is the
    uncommitted rest of a budget now; L3 a milestone's money stands where its state says, and is its amount; L4 funded
    once, ended once, paid once a round; L5 the balances shown, and the sums kept of many, are those of the postings.
    """
    with one_moment():
        alone, rounds = _rows(WRONG_POSTINGS), _rounds()
        # When every posting on an engagement's accounts is of a milestone of its own, and every milestone's steps come
        # in order and over one amount, then no prefix of them is below zero: only budgets are left to be added up.
        overdrawn = _rows(OVERDRAWN if alone or rounds else OVERDRAWN_BUDGETS)
        return [
            *(_alone(*row) for row in alone),
            *(f"L1: {currency} sums to {minor}, not to zero." for currency, minor in _rows(NOT_ZERO)),
            *(f"L2: posting {pk} overdrew account {account} ({kind})." for pk, account, kind in overdrawn),
            *(
                f"L2: budget “{name}” holds {held} {currency} and has promised {promised}."
                for name, held, promised, currency in _rows(OVERPROMISED)
            ),
            *rounds,
            *_payouts(),
            *_splits(),
            *(
                f"L5: account {pk} ({kind}) shows {shown}, its postings sum to {total}."
                for pk, kind, shown, total in _rows(NOT_THE_SUM)
            ),
            *(
                f"L5: the sum kept of {kind} in {f'budget “{name}”' if pk else 'the house'} is {off} {currency} off."
                for pk, name, currency, kind, off in _rows(SUMS_DIFFER)
            ),
        ]


def _rows(sql: str) -> list[tuple[Any, ...]]:
    states = " ".join(f"WHEN m.status = '{status}' THEN '{stands}'" for status, stands in STANDS_AT.items())
    routes = " OR ".join(
        f"p.kind = '{kind}' AND f.kind = '{source}' AND t.kind = '{target}'" for kind, (source, target) in ROUTE.items()
    )
    parts = {"moves": MOVES, "moves_of_budgets": MOVES_OF_BUDGETS, "rounds": ROUNDS, "stands": STANDS}
    with connection.cursor() as cursor:
        cursor.execute(sql.format(**parts, states=states, routes=routes, most=MOST))
        return cursor.fetchall()


def _alone(pk: int, kind: str, minor: int, source: str, target: str, problem: str) -> str:
    if problem == "mixed":
        return f"L1: posting {pk} mixes currencies."
    if problem == "way":
        return f"Route: posting {pk} ({kind}) takes {minor} from {source} to {target}."
    return f"Route: posting {pk} ({kind}) moves the money of another engagement than its milestone’s."


def _rounds() -> list[str]:
    """L3, L4: what moved for a milestone in a round, and where that left it. A split divides the amount of the round
    that it ended and nothing else."""
    wrong = []
    for pk, status, number, least, most, currency, whole, agreed, stands, problem in _rows(BROKEN_ROUNDS):
        moved = least if least != whole else most
        wrong.append(
            {
                "order": f"L4: milestone {pk}, round {number} was not posted as fund, then one end, then one payment.",
                "unended": f"L4: milestone {pk}, round {number} is over, but its money was not refunded.",
                "early": f"L4: milestone {pk} was posted in round {number}, which has not begun.",
                "amount": f"L3: {moved} {currency} moved for milestone {pk}, which is over {whole} {agreed}.",
                "state": f"L3: milestone {pk} is {status}, but its money is {stands or 'not set aside'}.",
            }[problem]
        )
    return wrong + [
        f"L3: milestone {pk} is {status}, but its money is not set aside." for pk, status in _rows(UNFUNDED_ROUNDS)
    ]


def _payouts() -> list[str]:
    wrong = []
    for pk, minor, currency, status, whole, agreed, stage in _rows(BROKEN_PAYOUTS):
        if (minor, currency) != (whole, agreed):
            wrong.append(f"L4: payout {pk} is over {minor} {currency}, its milestone over {whole} {agreed}.")
        else:
            wrong.append(f"L4: payout {pk} is {status}, its milestone {stage}.")
    return [
        *wrong,
        *(f"L4: milestone {pk}, round {number} has {n} payouts." for pk, number, n in _rows(OWED_TWICE)),
        *(f"L4: payout {pk} is in {n} batches at once." for pk, n in _rows(SENT_TWICE)),
    ]


def _splits() -> list[str]:
    """L3: after a split both halves are over what it says, until they are split again."""
    wrong = []
    splits = {(s.milestone_id, s.round): s for s in Split.objects.all()}
    of_splits = Q(splits__isnull=False) | Q(split__isnull=False)
    halves = dict(Milestone.objects.filter(of_splits).values_list("pk", "amount_minor"))
    for split in splits.values():
        for pk, number, half in (
            (split.milestone_id, split.round + 1, split.kept_minor),
            (split.rest_id, 1, split.rest_minor),
        ):
            again = splits.get((pk, number))
            found = again.whole_minor if again else halves[pk]
            if found != half:
                wrong.append(f"L3: split {split.pk} left {half} to milestone {pk}, which is over {found}.")
    return wrong
