"""The row of ducks: what must stand before an offer goes out, and what is missing of it.

The room of milestones adds the budget (milestones.queries.readiness).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from engagements.models import Engagement, Goal, Need, TemplateGoal, TemplateVersion
from engagements.queries.gate import lacks_of_goals
from engagements.states import Duck, NeedKind

POLICY = ("branch_rule", "version_rule", "merged_by")  # which repository it is depends on the team, not on the work


@dataclass(frozen=True)
class Standing:
    """One duck. `said` is what stands there, or what to do until it does; a short phrase."""

    duck: Duck
    stands: bool
    said: str
    needs: Sequence[Need] = field(default=())  # of an engagement: those of this kind

    @property
    def label(self) -> str:
        return str(self.duck.label)


@dataclass(frozen=True)
class Subject:
    """What a row of ducks looks at: an engagement, or the page on which one is made. `needs` are Need rows, or for the
    page unsaved ones."""

    version: TemplateVersion | None
    goals: Sequence[Goal | TemplateGoal]
    needs: Sequence[Need]
    comms_owner: User | None
    cover: User | None


def of_engagement(engagement: Engagement, *, goals: Sequence[Goal | TemplateGoal], needs: Sequence[Need]) -> Subject:
    """`engagement` comes with its version and people; no query."""
    return Subject(engagement.version, goals, needs, engagement.comms_owner, engagement.cover)


def ducks(subject: Subject) -> list[Standing]:
    """All but the budget, in order; no query."""
    return [
        _role(subject.version),
        _goals(subject),
        _docs(subject.version),
        _need(subject, Duck.ENVIRONMENT, NeedKind.ENVIRONMENT),
        _need(subject, Duck.ACCESS, NeedKind.ACCESS),
        _policy(subject.version),
        _comms_owner(subject),
    ]


def _role(version: TemplateVersion | None) -> Standing:
    if version is None:
        return Standing(Duck.ROLE, False, _("choose a template"))
    if not version.role.strip() or not version.brief.strip():
        return Standing(Duck.ROLE, False, _("say the role and what it is about"))
    return Standing(Duck.ROLE, True, version.role)


def _goals(subject: Subject) -> Standing:
    if subject.version is None:
        return Standing(Duck.GOALS, False, _("they come with the template"))
    if not subject.goals:
        return Standing(Duck.GOALS, False, _("add a goal that can be measured"))
    unready = sum(bool(lacks_of_goals([goal])) for goal in subject.goals)
    n = len(subject.goals)
    if unready:
        text = ngettext("%(unready)d of %(n)d is not ready", "%(unready)d of %(n)d are not ready", unready)
        return Standing(Duck.GOALS, False, text % {"unready": unready, "n": n})
    return Standing(Duck.GOALS, True, ngettext("one, it can fail", "%(n)d, all can fail", n) % {"n": n})


def _docs(version: TemplateVersion | None) -> Standing:
    if version is None:
        return Standing(Duck.DOCS, False, _("they come with the template"))
    n = len(version.guides)
    if not n:
        return Standing(Duck.DOCS, False, _("nothing to read yet"))
    return Standing(Duck.DOCS, True, ngettext("one guide to read", "%(n)d guides to read", n) % {"n": n})


def _need(subject: Subject, duck: Duck, kind: NeedKind) -> Standing:
    needs = [need for need in subject.needs if need.kind == kind]
    if subject.version is None:
        return Standing(duck, False, _("it comes with the template"))
    if not needs:
        return Standing(duck, True, _("none needed"))
    open_ones = [need for need in needs if need.stands_at is None]
    if not open_ones:
        n = len(needs)
        return Standing(duck, True, ngettext("it stands", "all %(n)d stand", n) % {"n": n}, needs)
    if len(needs) == 1:
        return Standing(duck, False, needs[0].what, needs)
    text = ngettext("%(open)d of %(n)d is missing", "%(open)d of %(n)d are missing", len(open_ones))
    return Standing(duck, False, text % {"open": len(open_ones), "n": len(needs)}, needs)


def _policy(version: TemplateVersion | None) -> Standing:
    if version is None:
        return Standing(Duck.POLICY, False, _("it comes with the template"))
    words = {
        "branch_rule": _("the branch rule"),
        "version_rule": _("the version rule"),
        "merged_by": _("who merges"),
    }
    missing = [words[name] for name in POLICY if not getattr(version, name).strip()]
    if missing:
        return Standing(Duck.POLICY, False, _("say %(what)s") % {"what": ", ".join(missing)})
    return Standing(Duck.POLICY, True, version.branch_rule)


def _comms_owner(subject: Subject) -> Standing:
    owner, cover = subject.comms_owner, subject.cover
    if owner is None:
        return Standing(Duck.COMMS_OWNER, False, _("nobody is named"))
    if not owner.is_active:
        return Standing(Duck.COMMS_OWNER, False, _("%(who)s is not here any more") % {"who": owner.name})
    if cover is None:
        return Standing(Duck.COMMS_OWNER, True, _("%(who)s, no cover yet") % {"who": owner.first_name})
    return Standing(
        Duck.COMMS_OWNER, True, _("%(who)s, cover %(cover)s") % {"who": owner.first_name, "cover": cover.first_name}
    )


def summary(row: Sequence[Standing]) -> str:
    """`7 of 8 ready. Access is missing.`"""
    missing = [standing.label.lower() for standing in row if not standing.stands]
    if not missing:
        return _("All in a row.")
    ready = _("%(n)d of %(of)d stand.") % {"n": len(row) - len(missing), "of": len(row)}
    return f"{ready} {capfirst(_('Missing: %(what)s.') % {'what': ', '.join(missing)})}"
