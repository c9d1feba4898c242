"""Files that were handed in, and who may have them."""

from django.db.models import Q, QuerySet

from accounts.models import User
from core.models import StoredFile
from milestones.models import Attachment, Milestone, StatementFile, Submission


def files_for(user: User) -> QuerySet[StoredFile]:
    """Those of milestones that the person sees, of disputes about them, and own drafts."""
    attached = Attachment.objects.visible_to(user).values("file")
    shown = StatementFile.objects.visible_to(user).values("file")
    return StoredFile.objects.filter(Q(pk__in=attached) | Q(pk__in=shown) | Q(uploaded_by=user, attached_at=None))


def files_to_hand_in(user: User, submission: Submission | None) -> list[StoredFile]:
    """What a form may refer to: own drafts and the files of the submission before."""
    earlier = Q(pk__in=[a.file_id for a in submission.attachments.all()]) if submission else Q(pk__in=[])
    return list(StoredFile.objects.filter(Q(uploaded_by=user, attached_at=None) | earlier).order_by("pk"))


def latest_submission(milestone: Milestone) -> Submission | None:
    """With its attachments."""
    return milestone.submissions.prefetch_related("attachments").order_by("-number").first()
