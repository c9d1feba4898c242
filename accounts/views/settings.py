"""One page for everything that a person chooses."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import LeaveFormSet, SettingsForm
from accounts.services import people
from accounts.services.leave import today_of

FACTS = ("name", "pronoun", "language", "theme", "zone", "country", "region", "spans", "preferences", "seen")


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    user = request.user
    leave: Any
    today, days = today_of(user, timezone.now()), list(user.leaves.values_list("starts_on", "ends_on"))
    known: Any = {"today": today, "known": days}
    if request.method != "POST":
        ahead = [{"starts_on": first, "ends_on": last} for first, last in days if last >= today]
        leave = LeaveFormSet(initial=ahead, prefix="leave", form_kwargs=known)
        form = SettingsForm(initial=SettingsForm.initial_of(user), user=user)
        return render(request, "accounts/settings.html", {"form": form, "leave": leave})
    form, leave = SettingsForm(request.POST, user=user), LeaveFormSet(request.POST, prefix="leave", form_kwargs=known)
    if not all((form.is_valid(), leave.is_valid())):
        return render(request, "accounts/settings.html", {"form": form, "leave": leave}, status=422)
    facts = {name: form.cleaned_data[name] for name in FACTS}
    people.change_settings(user, **facts, leave=leave.days, by=user, at=timezone.now())
    messages.success(request, _("Saved. Reminders follow your hours from now on."))
    return redirect("accounts:settings")


@require_safe
def regions(request: HttpRequest) -> HttpResponse:
    """The region field for another country, while the form is being filled in."""
    form = SettingsForm(initial={"country": request.GET.get("country", "")[:2]}, user=request.user)
    return render(request, "accounts/_region.html", {"form": form})
