"""A person's tokens: made, shown once, revoked."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms.tokens import TokenForm
from accounts.models import ApiToken
from accounts.services import tokens as services
from core.errors import DomainError
from core.idempotency import once

MOST_SHOWN = 50


def _page(request: HttpRequest, form: TokenForm, *, status: int = 200, made: str = "") -> HttpResponse:
    """`made` is the text of a new token, which is on no later page."""
    rows = ApiToken.objects.visible_to(request.user).for_list()[:MOST_SHOWN]
    context = {"form": form, "tokens": rows, "made": made, "now": timezone.now()}
    return render(request, "accounts/tokens.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, TokenForm())
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    now = timezone.now()
    made: list[str] = []

    def act() -> str:
        _token, text = services.make_token(**form.cleaned_data, by=request.user, at=now)
        made.append(text)
        return reverse("accounts:tokens")

    try:
        address = once(request, act, at=now)
    except DomainError as error:
        form.add_error(None, error.sentence)
        return _page(request, form, status=409)
    # A form that is sent again, by a reload, made its token the first time: that one was shown then.
    return _page(request, TokenForm(), made=made[0]) if made else redirect(address)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.visible_to(request.user), pk=pk)
    services.revoke_token(token, by=request.user, at=timezone.now())
    messages.success(request, _("“%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("accounts:tokens")
