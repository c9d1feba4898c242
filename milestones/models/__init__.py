from milestones.models.ledger import Account, Budget, EngagementBudget, Posting
from milestones.models.milestone import Estimate, Evidence, GoalVerdict, Milestone, Review, Submission
from milestones.models.payout import BankDetail, Payout

__all__ = [
    "Account",
    "BankDetail",
    "Budget",
    "EngagementBudget",
    "Estimate",
    "Evidence",
    "GoalVerdict",
    "Milestone",
    "Payout",
    "Posting",
    "Review",
    "Submission",
]
