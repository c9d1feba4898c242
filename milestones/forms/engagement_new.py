"""One page from template to offer."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from contractors.models import Application, Contractor
from contractors.states import ApplicationStatus
from core.money import MoneyError, parse_money
from engagements.models import Engagement, TemplateVersion
from milestones.models import Budget
from milestones.services.drafting import LAST_START


def _those_to_offer(user: User) -> Any:
    """Whoever was just decided to be hired, then everybody else who may get an offer."""
    hires = Application.objects.in_status(ApplicationStatus.OFFERED).filter(contractor=OuterRef("pk"))
    found = Contractor.objects.visible_to(user).can_be_offered().for_list()
    return found.annotate(is_hired=Exists(hires)).order_by("-is_hired", "name", "pk")


class EngagementNewForm(forms.Form):
    """Six answers; everything else comes from the template. An application, if the offer follows one, comes with the
    address and not from the form's fields."""

    version = forms.ModelChoiceField(
        TemplateVersion.objects.none(), label=_("Template"), empty_label=_("Choose a template")
    )
    title = forms.CharField(label=_("What will be true when it is done?"), max_length=160)
    contractor = forms.ModelChoiceField(
        Contractor.objects.none(), label=_("Who gets the offer?"), empty_label=_("Choose somebody")
    )
    price = forms.CharField(label=_("Price"), max_length=30)
    budget = forms.ModelChoiceField(Budget.objects.none(), label=_("Paid from"), empty_label=_("Choose a budget"))
    starts_on = forms.DateField(label=_("Starts on"), widget=forms.DateInput(attrs={"type": "date"}))
    comms_owner = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Comms owner"),
        empty_label=_("Choose somebody of your team"),
        help_text=_("Answers within a working day, and hears first when somebody goes quiet."),
    )
    cover = forms.ModelChoiceField(User.objects.none(), label=_("Cover"), required=False, empty_label=_("Nobody yet"))
    days = forms.IntegerField(label=_("The offer stands for … days"), min_value=1, max_value=60, initial=7)

    override_reason = forms.CharField(
        label=_("Send it all the same, because …"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays on the engagement, with your name, for everybody of the team to read."),
    )

    def __init__(self, *args: Any, user: User, application: Application | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.application = user, application
        fields: dict[str, Any] = self.fields
        fields["version"].queryset = TemplateVersion.objects.visible_to(user).published().for_list()
        people = User.objects.can_own_communication().order_by("name")
        fields["comms_owner"].queryset = people
        fields["cover"].queryset = people
        fields["budget"].queryset = Budget.objects.visible_to(user).order_by("name")
        if application is not None:
            fields["contractor"].queryset = Contractor.objects.filter(pk=application.contractor_id)
        else:
            fields["contractor"].queryset = _those_to_offer(user)

    def clean_starts_on(self) -> date:
        day: date = self.cleaned_data["starts_on"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("Choose today or a later day."))
        if day > LAST_START:
            raise forms.ValidationError(_("Choose a day before 2100."))
        return day

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        version = data.get("version")
        if version is not None and data.get("price"):
            try:
                money = parse_money(data["price"], version.currency)
            except MoneyError as error:
                self.add_error("price", str(error))
            else:
                if money.minor <= 0:
                    self.add_error("price", _("Give a price above zero."))
                data["money"] = money
        budget = data.get("budget")
        if version is not None and budget is not None and budget.currency != version.currency:
            self.add_error(
                "budget",
                _("This budget is kept in %(has)s, the template’s price is in %(wants)s.")
                % {"has": budget.currency, "wants": version.currency},
            )
        if data.get("cover") and data.get("cover") == data.get("comms_owner"):
            self.add_error("cover", _("The cover stands in for the comms owner, so it is somebody else."))
        data["application"] = self.application or self._application_of(data.get("contractor"))
        return data

    def _application_of(self, contractor: Contractor | None) -> Application | None:
        """The one decided as a hire that waits for its contract, if the page was not opened from it."""
        waiting = Application.objects.visible_to(self.user).in_status(ApplicationStatus.OFFERED).by(contractor)
        rows = [a for a in waiting.order_by("-pk") if not Engagement.objects.of_application(a).exists()]
        return rows[0] if contractor and rows else None
