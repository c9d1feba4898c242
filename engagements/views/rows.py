"""How the rows of the lists of engagements and of templates are drawn."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core.rows import link, row
from core.templatetags.duckrow import DASH, avatar, day, money, state, status_tag, tag, waits
from engagements.models import Engagement
from milestones.states import DONE, MilestoneStatus
from reminders.queries import Waiting, sentence, waiting


def rows(engagements: Iterable[Engagement], viewer: User) -> list[SafeString]:
    """They come `for_rows`."""
    found, now = waiting(engagements, is_list=True), timezone.now()
    return [_row(each, sentence(each, viewer, now)) for each in found.values()]


def _row(found: Waiting, said: str) -> SafeString:
    engagement = found.engagement
    contractor = str(engagement.contractor)
    return row(
        "engagements/_row.html",
        avatar=avatar(contractor),
        url=link("engagements:engagement", engagement.pk),
        title=engagement.title,
        contractor=contractor,
        state=status_tag(engagement),
        waits=waits(said),
        next=_next(found),
        price=money(engagement.price),
    )


def _next(found: Waiting) -> SafeString:
    """The first milestone that is still worked on, else the first that is still to be paid."""
    milestones = found.milestones
    unpaid = [m for m in milestones if m.status not in DONE]
    current = next((m for m in unpaid if m.status != MilestoneStatus.ACCEPTED), unpaid[0] if unpaid else None)
    if current:
        return row(
            "engagements/_row_next.html",
            number=milestones.index(current) + 1,
            of=len(milestones),
            title=current.title,
            state=state(current),
            due=day(current.due_on),
        )
    settled = ngettext("the one is settled", "all %(n)s are settled", len(milestones)) % {"n": len(milestones)}
    return _muted(settled if milestones else DASH)


def _muted(text: str) -> SafeString:
    return format_html('<span class="dr-muted">{}</span>', text)


def template_row(template: Any) -> SafeString:
    """Of a contract template; it comes `for_list`."""
    live, draft = template.live_number, template.draft_number
    return row(
        "engagements/_template_row.html",
        url=link("engagements:template", template.pk),
        name=template.name,
        lead=template.lead.name,
        made=day(template.created_at),
        live=tag(_("v%(n)s") % {"n": live}, "ok") if live else _muted(_("not published")),
        draft=tag(_("Draft v%(n)s") % {"n": draft}, "line") if draft else _muted(DASH),
        uses=template.uses,
    )
