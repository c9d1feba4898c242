from milestones.models.batch import BankAnswer, BatchFile, BatchLine, PaymentSetup, PayoutBatch
from milestones.models.completion import BaselineRow, Completion
from milestones.models.delivery import AppealAnswer, DeliveryRow, RecordAppeal
from milestones.models.dispute import Dispute, DisputeDecision, DisputeStatement, StatementFile
from milestones.models.engagement_file import EngagementFile
from milestones.models.handed_in import Attachment, DeliveredPart
from milestones.models.invoice import Invoice, InvoiceCounter, InvoicePaper, InvoiceSetup, TaxDetail
from milestones.models.ledger import Account, Budget, EngagementBudget, LedgerMark, LedgerSum, Posting, Rate
from milestones.models.milestone import Estimate, Evidence, GoalVerdict, Milestone, PartVerdict, Review, Submission
from milestones.models.offer_draft import OfferDraft
from milestones.models.payout import BankDetail, Payout
from milestones.models.pulse import Pulse
from milestones.models.split import Split

__all__ = [
    "Account",
    "AppealAnswer",
    "Attachment",
    "BankAnswer",
    "BankDetail",
    "BaselineRow",
    "BatchFile",
    "BatchLine",
    "Budget",
    "Completion",
    "DeliveredPart",
    "DeliveryRow",
    "Dispute",
    "DisputeDecision",
    "DisputeStatement",
    "EngagementBudget",
    "EngagementFile",
    "Estimate",
    "Evidence",
    "GoalVerdict",
    "Invoice",
    "InvoiceCounter",
    "InvoicePaper",
    "InvoiceSetup",
    "LedgerMark",
    "LedgerSum",
    "Milestone",
    "OfferDraft",
    "PartVerdict",
    "PaymentSetup",
    "Payout",
    "PayoutBatch",
    "Posting",
    "Pulse",
    "Rate",
    "RecordAppeal",
    "Review",
    "Split",
    "StatementFile",
    "Submission",
    "TaxDetail",
]
