"""How the rows of one engagement's page are drawn: its goals, its milestones and what was said."""

from collections.abc import Iterable, Mapping, Sequence

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from core.markdown import render
from core.rows import link, row
from core.templatetags.charts import stacked
from core.templatetags.duckrow import NOTHING, avatar, day, glyph, money, state, tag, when_tag
from engagements.models import Engagement
from engagements.queries.conversation import Line
from engagements.queries.history import Happening
from engagements.queries.measurements import Trend
from milestones.models import Milestone
from milestones.queries.progress import Progress
from milestones.states import IN_WORK


# --- goals -------------------------------------------------------------------------
def goal_rows(trends: Iterable[Trend], *, shows_values: bool = False, may_measure: bool = False) -> list[SafeString]:
    """With what was measured of them where it `shows_values`; none of them asks for anything then."""
    return [_goal(trend, shows_values, may_measure) for trend in trends]


def _goal(trend: Trend, shows_values: bool, may_measure: bool) -> SafeString:
    goal = trend.goal
    address = link("engagements:goal", goal.pk)
    is_plain = not (goal.is_transfer or goal.is_binary or goal.objective_id)
    return row(
        "engagements/_goal.html",
        name=format_html('<a href="{}">{}</a>', address, goal.metric) if shows_values else goal.metric,
        more=NOTHING if is_plain else render_to_string("engagements/_goal_more.html", {"goal": goal}),
        baseline=trend.baseline if trend.is_plain else render_to_string("engagements/_baseline.html", {"trend": trend}),
        target=goal.target_short
        if goal.is_binary
        else row("engagements/_goal_target.html", short=goal.target_short, words=goal.target_words),
        day=day(goal.due_on),
        values=_values(trend) if shows_values else NOTHING,
        method=goal.method,
        measured_by=goal.get_measured_by_display(),  # type: ignore[attr-defined]
        record=row("engagements/_goal_record.html", address=address, metric=goal.metric) if may_measure else NOTHING,
    )


def _values(trend: Trend) -> SafeString:
    if trend.latest is None:
        return row("engagements/_goal_unmeasured.html")
    return row(
        "engagements/_goal_values.html",
        tone="ok" if trend.is_met else "warn",
        value=trend.value,
        met=_("met") if trend.is_met else _("not met"),
        day=day(trend.latest.measured_on),
        drawing=render_to_string("engagements/_trend.html", {"trend": trend})
        if trend.drawing
        else row("engagements/_goal_no_trend.html"),
    )


# --- milestones ----------------------------------------------------------------------
def milestone_rows(milestones: Iterable[Milestone], progress: Mapping[int, Progress]) -> list[SafeString]:
    """In their order; `progress` has the time of each that has any, by id."""
    return [_milestone(milestone, progress.get(milestone.pk)) for milestone in milestones]


def _milestone(milestone: Milestone, seen: Progress | None) -> SafeString:
    return row(
        "milestones/_mile.html",
        now=" is-now" if milestone.status in IN_WORK else "",
        pk=milestone.pk,
        status=milestone.status,
        glyph=glyph(milestone.status),
        url=link("milestones:milestone", milestone.pk),
        title=f"{milestone.position} {milestone.title}",
        state=state(milestone),
        day=day(milestone.paid_at or milestone.due_on),
        amount=money(milestone.amount),
        time=_time(seen) if seen and (seen.estimated_minutes or seen.shares) else NOTHING,
    )


def _time(seen: Progress) -> SafeString:
    estimated = render_to_string("milestones/_mile_estimate.html", {"seen": seen}) if seen.estimated_minutes else ""
    return format_html('<div class="dr-mile__w">{}{}</div>', stacked(seen.parts) if seen.shares else NOTHING, estimated)


# --- what was said -------------------------------------------------------------------
def lines(said: Sequence[Line], engagement: Engagement, viewer: User) -> list[SafeString]:
    return [_line(line, engagement, viewer) for line in said]


def _line(line: Line, engagement: Engagement, viewer: User) -> SafeString:
    author, is_check_in = line.author, line.kind == "check_in"
    part = NOTHING
    if author.pk == engagement.comms_owner_id:
        part = format_html(", {}", _("comms owner"))
    elif author.pk == engagement.lead_id:
        part = format_html(", {}", _("lead"))
    asked = NOTHING
    if line.waits:
        asked = format_html(" {}", tag(_("waits for an answer"), "duck" if line.asks_viewer else "line"))
    return row(
        "engagements/_line.html",
        side=" dr-msg--us" if line.is_ours else "",
        kind=line.kind,
        pk=line.pk,
        avatar=avatar(author.name),
        author=author.first_name,
        part=part,
        act=format_html(" {}", _("checked in")) if is_check_in else NOTHING,
        at=when_tag(line.at, viewer, author),
        asked=asked,
        body=render_to_string("engagements/_check_in.html", {"line": line}) if is_check_in else render(line.body),
    )


def happenings(history: Iterable[Happening], viewer: User) -> list[SafeString]:
    return [
        row(
            "engagements/_happening.html",
            text=line.text,
            by=line.by.name if line.by else _("by the link") if line.is_by_link else _("by the clock"),
            note=format_html('<span class="dr-table__s">{}</span>', line.note) if line.note else NOTHING,
            at=when_tag(line.at, viewer),
        )
        for line in history
    ]
