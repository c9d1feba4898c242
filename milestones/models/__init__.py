from milestones.models.ledger import Account, Budget, EngagementBudget, Posting, Rate
from milestones.models.milestone import Estimate, Evidence, GoalVerdict, Milestone, PartVerdict, Review, Submission
from milestones.models.payout import BankDetail, Payout
from milestones.models.split import Split

__all__ = [
    "Account",
    "BankDetail",
    "Budget",
    "EngagementBudget",
    "Estimate",
    "Evidence",
    "GoalVerdict",
    "Milestone",
    "PartVerdict",
    "Payout",
    "Posting",
    "Rate",
    "Review",
    "Split",
    "Submission",
]
