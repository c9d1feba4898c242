"""The first page after sign-in, by role."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.states import Role
from milestones.views.payout_rows import late_rows
from reminders.home import first_steps, home_of
from reminders.views.home_rows import agenda_rows, ask_rows, engagement_rows


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Today for leads and members, the portal home for contractors; admins land on vetting records (until
    there is an engagement, on what comes first), finance on payouts."""
    role = request.user.role
    if role == Role.ADMIN:
        steps = first_steps()
        return render(request, "reminders/start.html", {"steps": steps}) if steps else redirect("contractors:vetting")
    if role == Role.FINANCE:
        return redirect("milestones:payouts")
    now = timezone.now()
    found = home_of(request.user, now)
    context = {"home": found, "now": now, "ask_rows": ask_rows(found.asks)}
    if role == Role.CONTRACTOR:
        return render(request, "reminders/portal.html", context)
    context |= {"overdue": agenda_rows(found.overdue), "agenda": agenda_rows(found.agenda)}
    context |= {"late": late_rows(found.late)}
    return render(request, "reminders/today.html", {**context, "engagement_rows": engagement_rows(found.rows)})
