"""The contract templates of the demo, with the objectives they serve and the areas they touch."""

from datetime import datetime

from core.money import Money
from engagements.models import Capability, Objective, TemplateVersion
from engagements.services import capabilities, objectives, templates
from engagements.states import Direction, Measurer
from reminders.demo.house import House


def publish_plans(house: House) -> tuple[TemplateVersion, TemplateVersion]:
    at = house.ago(80)
    paying = objectives.add_objective(
        title="Fewer people leave while they pay",
        measure="Abandoned payments under 18 % in the quarter",
        owner=house.lead,
        by=house.lead,
        at=at,
    )
    releasing = objectives.add_objective(
        title="Any of us can release on any day",
        measure="Two releases a week, by three different people",
        owner=house.lead,
        by=house.lead,
        at=at,
    )
    area = capabilities.add_capability(
        "Build and release",
        is_core=True,
        inside_owner=house.lead,
        inside_authors=[house.lead, house.comms],
        by=house.lead,
        at=at,
    )
    capabilities.add_capability(
        "Payments", is_core=True, inside_owner=None, inside_authors=[house.comms], by=house.lead, at=at
    )
    capabilities.add_capability(
        "Web performance", is_core=False, inside_owner=None, inside_authors=[], by=house.lead, at=at
    )
    fast = publish_plan(
        house,
        "Make a page fast",
        role="Web performance engineer",
        price=Money(420_000, "EUR"),
        brief="A page of ours is slow. Find out why, make it fast, and leave us able to keep it so.",
        steps=[
            ("Measured and explained", "A report with profiles of each slow step and what causes it.", 3000, 14),
            ("Fast for everybody", "Merged pull requests, and a dashboard that would show a relapse.", 7000, 35),
        ],
        goals=[
            ("Share of load time explained", "%", "0", "90", Direction.AT_LEAST, "Trace of 200 loads", 1),
            ("p95 load time of the page", "ms", "2400", "1200", Direction.AT_MOST, "Field data of 7 days", 2),
            ("Errors per 10,000 loads", "errors", "14", "5", Direction.AT_MOST, "Error tracker, same 7 days", 2),
        ],
        objective=paying,
        at=at,
    )
    build = publish_plan(
        house,
        "Build and release task",
        role="Build engineer",
        price=Money(240_000, "USD"),
        brief="A build that one person understands becomes one that everybody can run.",
        steps=[
            ("Build on a clean runner", "The pipeline as code, and a page that explains it.", 4000, 12),
            ("Signed release", "A release made by the pipeline alone, signed and installable.", 6000, 30),
        ],
        goals=[
            ("Time of a clean build", "min", "55", "15", Direction.AT_MOST, "Median of 10 runs", 1),
            ("Manual steps of a release", "steps", "", "0", Direction.AT_MOST, "Counted by somebody new", 2),
        ],
        objective=releasing,
        area=area,
        at=at,
    )
    return fast, build


PARTS = {
    "Measured and explained": [
        {"kind": "docs", "what": "A report with the profile of each slow step"},
        {"kind": "code", "what": "Scripts that measure it again"},
    ],
}


def publish_plan(
    house: House,
    name: str,
    *,
    role: str,
    price: Money,
    brief: str,
    steps: list[tuple[str, str, int, int]],
    goals: list[tuple[str, str, str, str, str, str, int]],
    objective: Objective,
    area: Capability | None = None,
    at: datetime,
) -> TemplateVersion:
    """Of one that touches an area of ours the last goal hands the knowledge over."""
    version = templates.create_template(name, role=role, price=price, by=house.lead, at=at)
    version = templates.save_draft(
        version,
        fields={
            "role": role,
            "brief": brief,
            "clauses": "Work belongs to Mill Pond once it is paid.\n\nWhat you learn of our customers stays with us.",
            "currency": price.currency,
            "price_minor": price.minor,
            "checkin_days": 3,
            "review_days": 3,
            "skills": ["Profiling", "PostgreSQL"],
            "guides": [
                {"title": "How we measure a page", "url": "https://docs.millpond.example/measuring", "body": ""},
                {"title": "Who decides what", "url": "", "body": "Tess decides, Priya answers."},
            ],
            "needs": [
                {"kind": "access", "what": "The repository, with the right to open pull requests"},
                {"kind": "environment", "what": "A staging copy with made-up customers"},
            ],
            "branch_rule": "One branch a milestone, from main",
            "version_rule": "The pipeline tags each merge",
            "merged_by": "The comms owner, after one review",
            "why_outside": "Both of us who know it are on the launch until March." if area else "",
        },
        milestones=[
            {"title": t, "deliverable": d, "share_bp": share, "due_after_days": due, "parts": PARTS.get(t, [])}
            for t, d, share, due in steps
        ],
        goals=[
            {
                "metric": metric,
                "unit": unit,
                "baseline": baseline,
                "baseline_by": "" if baseline else Measurer.TEAM,
                "baseline_after_days": None if baseline else 32,
                "target": target,
                "direction": direction,
                "method": method,
                "measured_by": Measurer.CONTRACTOR,
                "objective_id": objective.pk,
                "milestone": number,
                "is_transfer": area is not None and metric == goals[-1][0],
            }
            for metric, unit, baseline, target, direction, method, number in goals
        ],
        areas=[area.pk] if area else [],
        by=house.lead,
        at=at,
    )
    return templates.publish(version, by=house.lead, at=at)
