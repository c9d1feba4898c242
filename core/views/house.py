"""Pages that belong to no part of the domain: the look, and the admin's mail test."""

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.states import Role, Theme
from core import outbox
from core.models import Heartbeat, OutboxMail, OutboxStatus
from core.permissions import require


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the person's choice of look and go back to where the switch was used."""
    choice = request.POST.get("theme", "")
    if choice not in Theme.values:
        return render(request, "400.html", status=400)
    get_user_model().objects.filter(pk=request.user.pk).update(theme=choice)
    back = request.headers.get("Referer", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "home")


@require_safe
def session(request: HttpRequest) -> JsonResponse:
    """Whether the session still stands (401 otherwise), whose it is, and the token that a form needs now."""
    return JsonResponse({"csrf": get_token(request), "person": request.user.pk})


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    require(request.user.is_staff_member)
    context = {"mine": [(9 * 60, 17 * 60 + 30)], "theirs": [(11 * 60 + 30, 20 * 60 + 30)]}
    return render(request, "core/styleguide.html", context)


@require_safe
def mail(request: HttpRequest) -> HttpResponse:
    """How mail is doing: what waits, what was given up, and a button that sends one to oneself."""
    require(request.user.role == Role.ADMIN)
    context = {
        "waiting": OutboxMail.objects.filter(status__in=(OutboxStatus.NEW, OutboxStatus.SENDING)).count(),
        "dead": OutboxMail.objects.filter(status=OutboxStatus.DEAD).order_by("-id")[:50],
        "latest": OutboxMail.objects.order_by("-id")[:20],
        "beats": Heartbeat.objects.order_by("job"),
    }
    return render(request, "core/mail.html", context)


@require_POST
def mail_send_test(request: HttpRequest) -> HttpResponse:
    require(request.user.role == Role.ADMIN)
    now = timezone.now()
    outbox.enqueue(
        key=f"mail-test:{request.user.pk}:{now.isoformat()}",
        kind="test",
        to=request.user,
        subject=_("Duckrow can send mail"),
        template="mail_test",
        context={},
        at=now,
    )
    messages.success(request, _("A test mail to %(to)s is on its way.") % {"to": request.user.email})
    return redirect("mail")


@require_POST
def mail_revive(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a mail again that was given up."""
    require(request.user.role == Role.ADMIN)
    outbox.revive(get_object_or_404(OutboxMail, pk=pk, status=OutboxStatus.DEAD), at=timezone.now())
    messages.success(request, _("It will be tried again now."))
    return redirect("mail")
