"""Reads about template versions: what a draft still lacks, and which text two tabs saw."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.money import Money, split
from engagements.models import TemplateGoal, TemplateMilestone, TemplateVersion
from engagements.queries.clauses import NAMES, unknown_variables
from engagements.queries.gate import lacks_of_areas, lacks_of_goal

WHOLE = 10_000  # basis points
VERSION_FIELDS = (
    "role", "brief", "clauses", "currency", "price_minor", "checkin_days", "review_days", "review_end", "notice_days",
    "skills", "guides", "needs", "repository", "branch_rule", "version_rule", "merged_by", "why_outside",
)  # fmt: skip
MILESTONE_FIELDS = ("title", "deliverable", "parts", "share_bp", "due_after_days")
# What a goal of a template and a goal of an engagement have in common; when its baseline is due differs.
SHARED_GOAL_FIELDS = (
    "kind", "objective_id", "metric", "criterion", "unit", "baseline", "baseline_by", "target", "target_high",
    "direction", "method", "measured_by", "is_transfer",
)  # fmt: skip
GOAL_FIELDS = (*SHARED_GOAL_FIELDS, "baseline_after_days")


def draft_version(version: TemplateVersion) -> str:
    """A digest of everything the editor writes: two tabs that started from different drafts differ here."""
    facts = [
        [str(getattr(version, name)) for name in VERSION_FIELDS],
        list(version.milestones.values_list("position", *MILESTONE_FIELDS)),
        list(version.goals.values_list("position", "milestone__position", *GOAL_FIELDS)),
        list(version.areas.values_list("pk", flat=True)),
        str(version.status),
    ]
    return hashlib.sha256(repr(facts).encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True)
class Tick:
    """One thing that a version needs before it can be published."""

    text: str
    is_ok: bool
    lack: str = ""  # what to do about it, as part of a sentence
    holds_back: bool = True  # publishing; otherwise it is only pointed out


def _numbers(places: Sequence[int]) -> str:
    return ", ".join(map(str, places))


def ticks(version: TemplateVersion) -> list[Tick]:
    """Every condition of publishing, with what is missing; three queries."""
    milestones: list[TemplateMilestone] = list(version.milestones.all())
    goals: list[TemplateGoal] = list(version.goals.all())
    share = sum(m.share_bp for m in milestones)
    bare = [m.position for m in milestones if not m.title.strip() or not m.deliverable.strip()]
    unready = [(g.position, lacks) for g in goals if (lacks := lacks_of_goal(g))]
    orphans = [g.position for g in goals if g.objective_id is None]
    found = [
        Tick(
            _("Role and what it is about"),
            bool(version.role.strip() and version.brief.strip()),
            _("say the role and what it is about"),
        ),
        Tick(
            _("Milestones with title and deliverable"),
            bool(milestones) and not bare,
            _("add a milestone")
            if not milestones
            else ngettext(
                "give milestone %(n)s a title and a deliverable",
                "give milestones %(n)s a title and a deliverable",
                len(bare),
            )
            % {"n": _numbers(bare)},
        ),
        Tick(
            _("Shares make the whole price"),
            share == WHOLE,
            _("make the shares sum to 100 %% (now %(now)s %%)") % {"now": f"{share / 100:g}"},
        ),
        Tick(_("At least one goal"), bool(goals), _("add a measurable goal")),
        Tick(
            _("Every goal can be checked"),
            bool(goals) and not unready,
            "; ".join(_("goal %(n)d: %(lacks)s") % {"n": n, "lacks": ", ".join(lacks)} for n, lacks in unready),
        ),
        Tick(
            _("Every goal serves an objective"),
            bool(goals) and not orphans,
            ngettext(
                "choose the objective of goal %(n)s before an offer is sent",
                "choose the objective of goals %(n)s before an offer is sent",
                len(orphans),
            )
            % {"n": _numbers(orphans)}
            if orphans
            else "",
            holds_back=False,
        ),
    ]
    areas = list(version.areas.select_related("inside_owner"))
    if any(area.is_core for area in areas):
        core = lacks_of_areas(areas, goals, version.why_outside)
        found.append(Tick(_("What is core stays ours"), not core, "; ".join(core), holds_back=False))
    if unknown := unknown_variables(version.clauses):
        found.append(
            Tick(
                _("Clauses with known variables"),
                False,
                _("write the clauses without %(what)s: known are %(known)s")
                % {"what": ", ".join(unknown), "known": ", ".join(NAMES)},
            )
        )
    if share == WHOLE and any(not part for part in split(version.price, [m.share_bp for m in milestones])):
        found.append(
            Tick(_("The price can be divided"), False, _("raise the price, so that each milestone is paid something"))
        )
    return found


def missing(version: TemplateVersion) -> list[str]:
    """What stands between this draft and being published; empty when nothing does. Without any goal, saying so once is
    enough."""
    return [tick.lack for tick in ticks(version) if tick.holds_back and not tick.is_ok and tick.lack]


@dataclass(frozen=True)
class Step:
    """One milestone of the plan with what it pays and the goals measured at it."""

    milestone: TemplateMilestone
    amount: Money
    goals: list[TemplateGoal]


def plan(version: TemplateVersion) -> list[Step]:
    """The steps in order; two queries. In a draft whose shares make no whole yet, each has its share of the price."""
    milestones = list(version.milestones.all())
    goals = list(version.goals.select_related("objective"))
    shares = [m.share_bp for m in milestones]
    rest = WHOLE - sum(shares)
    amounts = split(version.price, [*shares, rest] if rest > 0 else shares) if shares else []
    return [
        Step(milestone, amount, [goal for goal in goals if goal.milestone_id == milestone.pk])
        for milestone, amount in zip(milestones, amounts, strict=False)
    ]
