"""How the rows of a delivery record are drawn: what each rests on, for its contractor and for us."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_form
from django.template.defaultfilters import linebreaksbr
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import Role
from core.rows import joined, link, row
from core.templatetags.charts import worked
from core.templatetags.duckrow import NOTHING, day, form_key, hours_filter, tag, when_text
from core.templatetags.kept_forms import kept
from milestones.forms.record import AppealForm
from milestones.models import DeliveryRow
from milestones.queries.record import RecordRow

EMPTY = AppealForm(auto_id="appeal{pk}_%s")  # drawn once: each form of the page has ids of its own


class Shape(NamedTuple):
    """What the facts of a row depend on besides their values."""

    is_moved: bool
    is_corrected: bool


def own_rows(rows: Iterable[RecordRow], returned: Mapping[int, AppealForm], *, csrf: str) -> SafeString:
    """For the contractor whose they are. `returned` are forms that were sent and come back, by the row's key."""
    return joined(_own(each, returned.get(each.row.pk), csrf) for each in rows)


def _own(found: RecordRow, returned: AppealForm | None, csrf: str) -> SafeString:
    pk, milestone = found.row.pk, found.row.milestone
    return row(
        "milestones/_own_record_row.html",
        pk=pk,
        url=link("milestones:milestone", milestone.pk),
        milestone=milestone.title,
        verdict=verdict(found),
        engagement=milestone.engagement.title,
        kind=found.row.template.name,
        rests_on=rests_on(found),
        form=_form(pk, returned, csrf) if returned or found.may_be_appealed else NOTHING,
    )


def _form(pk: int, returned: AppealForm | None, csrf: str) -> SafeString:
    return row(
        "milestones/_appeal_form.html",
        bool(returned and returned.errors),
        url=link("milestones:appeal", pk),
        csrf=csrf,
        key=form_key(),
        form=as_crispy_form(returned) if returned else format_html(kept(EMPTY), pk=pk),
    )


def staff_rows(rows: Iterable[RecordRow], viewer: User) -> SafeString:
    """For the contractor's page; who answers appeals finds the way to one that waits."""
    may_look = viewer.role in (Role.LEAD, Role.ADMIN)
    return joined(
        row(
            "contractors/_record_row.html",
            may_look and each.is_appealed,
            milestone=each.row.milestone.title,
            day=day(each.row.at),
            verdict=verdict(each),
            rests_on=rests_on(each),
            appeal=link("milestones:appeal_answer", each.appeal.pk) if each.appeal else "",
        )
        for each in rows
    )


def verdict(found: RecordRow) -> SafeString:
    if not found.counts:
        word = tag(_("left out"), "line")
    else:
        word = tag(_("on time"), "ok") if found.is_on_time else tag(_("late"), "bad")
    return format_html("{} {}", word, tag(_("appealed"), "info")) if found.is_appealed else word


def rests_on(found: RecordRow) -> SafeString:
    kept_row, judged = found.row, found.moved_to
    return row(
        "milestones/_record_row.html",
        Shape(bool(kept_row.delay), judged != kept_row.moved_to),
        promised=day(kept_row.promised_on),
        moved_by=_moved_by(kept_row),
        judged=day(judged),
        moved_to=day(kept_row.moved_to),
        delivered=day(kept_row.delivered_on),
        estimate=hours_filter(kept_row.estimated_minutes),
        actual=worked(kept_row.theirs),
        said=_said(found),
    )


def _moved_by(found: DeliveryRow) -> SafeString:
    parts = []
    if found.funding_wait:
        parts.append(format_html("{}<br>", _("%(h)s until it was funded") % {"h": worked(found.funding_wait)}))
    if found.our_share:
        parts.append(format_html("{}<br>", _("%(h)s with us before it was delivered") % {"h": worked(found.our_share)}))
    if found.paused:
        parts.append(format_html("{}", _("%(h)s in pauses") % {"h": worked(found.paused)}))
    return joined(parts)


def _said(found: RecordRow) -> SafeString:
    appeal, answer = found.appeal, found.answer
    if appeal is None:
        return NOTHING
    return row(
        "milestones/_record_appeal.html",
        answer is not None,
        reason=linebreaksbr(appeal.reason),
        by=appeal.by.name,
        at=when_text(appeal.at),
        outcome=answer.get_outcome_display() if answer else "",
        note=linebreaksbr(answer.note) if answer else "",
        answered_by=answer.by.name if answer else "",
        answered=when_text(answer.at) if answer else "",
    )
