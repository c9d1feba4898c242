"""A person's dates for the calendar program of their choice: a secret address, made and ended on one page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import DomainError
from core.idempotency import once
from reminders.models import CalendarFeed
from reminders.services import feeds


def _page(request: HttpRequest, *, made: str = "", refused: str = "", status: int = 200) -> HttpResponse:
    """`made` is a new address, which is on no later page."""
    context = {"feed": CalendarFeed.objects.of(request.user).first(), "made": made, "refused": refused}
    return render(request, "reminders/calendar.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    now = timezone.now()
    made: list[str] = []

    def act() -> str:
        made.append(feeds.make_feed(by=request.user, at=now))
        return reverse("calendar")

    try:
        address = once(request, act, at=now)
    except DomainError as error:
        return _page(request, refused=error.sentence, status=409)
    # Sent again, by a reload: that address was shown then.
    if not made:
        return redirect(address)
    return _page(request, made=request.build_absolute_uri(reverse("calendar_feed", args=made)))


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    if feeds.end_feed(by=request.user, at=timezone.now()):
        messages.success(request, _("The address opens nothing any more."))
    return redirect("calendar")


@never_cache
@require_safe
@login_not_required
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """For a program that can't sign in: whoever has the address reads dates, and nothing else opens with it."""
    found = get_object_or_404(CalendarFeed.objects.opened_by(token))
    from reminders.files import calendar_file  # 5 MB of icalendar, for this address alone

    response = HttpResponse(calendar_file(found.user, at=timezone.now()), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="duckrow.ics"'
    response["X-Robots-Tag"] = "noindex"
    return response
