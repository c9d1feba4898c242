from accounts.forms.organisation import FirstRunForm
from accounts.forms.people import HandOverForm, InviteForm, JoinForm, RoleForm
from accounts.forms.settings import LeaveFormSet, SettingsForm

__all__ = ["FirstRunForm", "HandOverForm", "InviteForm", "JoinForm", "LeaveFormSet", "RoleForm", "SettingsForm"]
