from engagements.forms.conversation import CheckInForm, MessageForm
from engagements.forms.templates import DraftPage, NewTemplateForm

__all__ = ["CheckInForm", "DraftPage", "MessageForm", "NewTemplateForm"]
