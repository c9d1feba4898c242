"""Every address × method × identity has a verdict in authz_matrix.toml; a new address without one fails the build.

Verdicts: `may` (the view answers: 200, a redirect, or a form that needs correcting), `no` (403), `hidden` (404),
`door` (sent to sign in: a redirect to it, or 401), `405`. Identities, in the order of each line:

    anonymous · lead of it · another lead · its comms owner · another member · its contractor · another contractor ·
    admin · finance · finance who approved

Programs come with a token instead: authz_tokens.toml has their verdicts, in the order of BEARERS.

The records are one engagement with everything around it. A number that does not exist is 404 for everybody signed in.
"""

import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.services import invitations, tokens
from accounts.states import Role
from contractors.models import Claim
from contractors.services import imports
from contractors.states import ApplicationStatus, ClaimKind
from core import outbox
from core.models import OutboxMail, OutboxStatus
from engagements.services import offers as links
from milestones.models import Payout
from milestones.services import ledger
from milestones.services.invoice_papers import keep_invoice_paper
from milestones.services.offer_drafts import begin_offer_draft
from milestones.states import MilestoneStatus
from reminders.services.feeds import make_feed
from tests import factories as make
from tests.milestones.conftest import bring, give_bank, set_up_payment

MATRIX = Path(__file__).with_name("authz_matrix.toml")
TOKENS = Path(__file__).with_name("authz_tokens.toml")
# The library's own pages guard themselves; what we promise of them is tested in tests/accounts.
LIBRARY = ("accounts/",)
IDENTITIES = (
    "anonymous", "lead", "other_lead", "comms", "other_member", "contractor", "other_contractor", "admin", "finance",
    "approver",
)  # fmt: skip
ABSENT = 987_654_321


def routes(patterns: list[Any], prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """(name, route) of every address of ours."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if route.startswith(LIBRARY):
            continue
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from routes(pattern.url_patterns, route, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}", route


ROUTES = dict(routes(get_resolver().url_patterns))
LINES: dict[str, str] = tomllib.loads(MATRIX.read_text()) if MATRIX.exists() else {}
CELLS = [(name, method) for name in sorted(ROUTES) for method in ("GET", "POST")]


class World:
    """One engagement with everything around it, and the people who look at it."""

    def __init__(self) -> None:
        make.make_organisation()
        lead, comms = make.make_user(Role.LEAD), make.make_user(Role.MEMBER)
        contractor = make.make_contractor(True)
        self.people: dict[str, Any] = {
            "anonymous": None,
            "lead": lead,
            "other_lead": make.make_user(Role.LEAD),
            "comms": comms,
            "other_member": make.make_user(Role.MEMBER),
            "contractor": contractor.user,
            "other_contractor": make.make_contractor(True).user,
            "admin": make.make_user(Role.ADMIN),
            "finance": make.make_user(Role.FINANCE),
            "approver": make.make_user(Role.FINANCE),
        }
        now = timezone.now()
        engagement = make.make_engagement(
            lead=lead, comms_owner=comms, contractor=contractor, milestones=(MilestoneStatus.SUBMITTED,)
        )
        make.make_agreement(engagement)
        offered = make.make_engagement(
            "offered", lead=lead, comms_owner=comms, contractor=contractor, milestones=(MilestoneStatus.PLANNED,)
        )
        opening = make.make_opening(lead, reviewers=[comms])
        application = make.make_application(opening, contractor, status=ApplicationStatus.RECEIVED)
        claim = Claim.objects.create(
            contractor=contractor, kind=ClaimKind.JOBS, raw="3", source="x", captured_on=make.TODAY
        )
        batch = imports.stage(
            opening, content=b"name,rate\nA,1\n", file_name="a.csv", source="x", captured_on=make.TODAY, by=lead, at=now
        )
        draft = make.make_version(lead, published=False)
        invitation, token = invitations.invite(
            "new@example.org", name="New", role=Role.MEMBER, by=self.people["admin"], at=now, mail=False
        )
        outbox.enqueue(key="dead", kind="test", to=lead, subject="x", template="mail_test", context={}, at=now)
        OutboxMail.objects.filter(key="dead").update(status=OutboxStatus.DEAD)
        version = engagement.version
        milestone = engagement.milestones.get()
        handed_in = make.make_file(milestone)
        disputed = make.make_engagement(
            lead=lead, comms_owner=comms, contractor=contractor, milestones=(MilestoneStatus.DISPUTED,)
        ).milestones.get()
        make.make_dispute(disputed, comms)
        offer_token = links.make_link(offered, invitation=None, expires_at=now + timedelta(days=7), at=now)
        asked = make.make_offer_question(offered, by=contractor.user)
        of_offer = (
            "ask", "renew_link", "revoke_link", "estimate_and_sign", "agree", "send_back", "send_offer",
            "withdraw_offer", "decline_offer", "cut", "ask_them", "ask_faster",
        )  # fmt: skip
        budget = engagement.funding.budget
        row = make.make_delivery_row(milestone)
        set_up_payment(self.people["finance"])
        sent_batch, open_batch = (self._batch(status, lead, comms, contractor) for status in ("exported", "approved"))
        # By the first word of the route, or by the address's own name where that says more.
        self.keys: dict[str, int] = {
            "engagements": engagement.pk,
            "milestones": milestone.pk,
            "openings": opening.pk,
            "applications": application.pk,
            "claims": claim.pk,
            "imports": batch.pk,
            "contractors": contractor.pk,
            "templates": version.template_id,
            "template-versions": draft.pk,
            "amendments": make.make_amendment(engagement).pk,
            "offer-questions": asked.pk,
            "budgets": budget.pk,
            "payees": contractor.pk,
            "invoices": self._invoice(engagement).pk,
            "milestones:batch_file": sent_batch.files.get().pk,
            "milestones:batch_paid": sent_batch.pk,
            "milestones:batch_failed": sent_batch.pk,
            "payouts": open_batch.pk,
            "objectives": make.make_objective(lead).pk,
            "capabilities": make.make_capability(lead).pk,
            "people": comms.pk,
            "record": row.pk,
            "appeals": make.make_appeal(row).pk,
            "files": handed_in.pk,
            "goals": milestone.goals.get().pk,
            "measurements": make.make_measurement(milestone.goals.get()).pk,
            "needs": make.make_need(engagement).pk,
            "offer-drafts": begin_offer_draft({"title": "Search page"}, tab="d" * 32, by=lead, at=now).pk,
            "mail": OutboxMail.objects.get(key="dead").pk,
            "accounts:revoke": invitation.pk,
            "api:template": version.template_id,
            "api:template_file": version.template_id,
            "api:engagement": engagement.pk,
            "accounts:token_revoke": tokens.make_token("Script", scope="read", days=30, by=lead, at=now)[0].pk,
            **{f"milestones:{name}": offered.pk for name in of_offer},
            "milestones:dispute_state": disputed.pk,
            "milestones:dispute_take_back": disputed.pk,
            "milestones:dispute_decide": disputed.pk,
        }
        self.clients = {identity: Client() for identity in IDENTITIES}
        for identity, person in self.people.items():
            if person is not None:
                make.show_who_it_is(self.clients[identity], person)
        calendar = make_feed(by=contractor.user, at=now)
        self.tokens = {"offers": offer_token, "apply": opening.token, "invitations": token, "calendar": calendar}
        assert ledger.check() == []

    def _invoice(self, engagement: Any) -> Any:
        """Of a payment of it that has arrived, with a paper of a few bytes."""
        make.make_invoice_setup()
        make.make_tax_detail(engagement.contractor)
        invoice = make.make_invoice(make.make_paid(engagement))
        keep_invoice_paper(invoice.paper, pdf=b"%PDF-1.7", xml=None, at=make.NOW)
        return invoice

    def _batch(self, status: str, lead: Any, comms: Any, contractor: Any) -> Any:
        """One payout of its contractor, approved by the approver and brought to `status`."""
        engagement = make.make_engagement(
            lead=lead, comms_owner=comms, contractor=contractor, milestones=(MilestoneStatus.ACCEPTED,)
        )
        give_bank(engagement)
        milestone = engagement.milestones.get()
        payout = make.save(
            Payout, milestone=milestone, round=1, amount_minor=milestone.amount_minor, currency=milestone.currency,
            due_on=make.TODAY, status_since=make.NOW,
        )  # fmt: skip
        bring(payout, status, self.people["approver"], self.people["finance"])
        return payout.lines.get().batch

    def address(self, name: str, *, absent: bool = False) -> str:
        route = ROUTES[name]
        room = route.split("/")[0]
        arguments: dict[str, Any] = {}
        if "<str:token>" in route:
            arguments["token"] = "no-such-token" if absent else self.tokens[room]
        if "<path:rest>" in route:
            arguments["rest"] = "nothing/here"
        if "<int:pk>" in route:
            arguments["pk"] = ABSENT if absent else self.keys.get(name, self.keys.get(room))
        return reverse(name, kwargs=arguments)

    def verdict(
        self, name: str, method: str, identity: str, headers: dict[str, str] | None = None, *, absent: bool = False
    ) -> str:
        address = self.address(name, absent=absent)
        with transaction.atomic():
            answer = self.clients[identity].generic(method, address, **(headers or {}))
            transaction.set_rollback(True)
        code = answer.status_code
        assert code < 500
        to_sign_in = code == 302 and answer["Location"].startswith("/accounts/login/")
        if to_sign_in or code == 401:
            return "door"
        return {403: "no", 404: "hidden", 405: "405", 410: "hidden"}.get(code, "may")


@pytest.fixture
def world(db: None) -> World:
    return World()


def test_every_address_has_its_verdicts() -> None:
    wanted = {f"{name} {method}" for name, method in CELLS}

    assert set(LINES) == wanted, f"missing {sorted(wanted - set(LINES))}, stale {sorted(set(LINES) - wanted)}"


def test_each_identity_gets_the_verdict_written_down(world: World) -> None:
    seen = {
        f"{name} {method}": " ".join(world.verdict(name, method, identity) for identity in IDENTITIES)
        for name, method in CELLS
    }

    assert {k: v for k, v in seen.items() if v != LINES.get(k)} == {}


TOKEN_LINES: dict[str, str] = tomllib.loads(TOKENS.read_text())
TOKEN_CELLS = [(name, method) for name, method in CELLS if name.startswith("api:")]
BEARERS = (
    "lead read", "lead write", "other_lead write", "comms write", "other_member write", "contractor write",
    "other_contractor write", "admin write", "finance write", "lead revoked",
)  # fmt: skip


def bearers(world: World) -> dict[str, dict[str, str]]:
    """The header of a token for each of BEARERS."""
    now, found = timezone.now(), {}
    for bearer in BEARERS:
        identity, kind = bearer.split()
        person, scope = world.people[identity], "read" if kind == "read" else "write"
        token, text = tokens.make_token("Matrix", scope=scope, days=30, by=person, at=now)
        if kind == "revoked":
            tokens.revoke_token(token, by=person, at=now)
        found[bearer] = {"HTTP_AUTHORIZATION": f"Bearer {text}"}
    return found


def test_each_token_gets_the_verdict_written_down(world: World) -> None:
    headers = bearers(world)

    seen = {
        f"{name} {method}": " ".join(world.verdict(name, method, "anonymous", headers[bearer]) for bearer in BEARERS)
        for name, method in TOKEN_CELLS
    }

    assert seen == TOKEN_LINES


def test_a_token_opens_nothing_but_the_interface_for_programs(world: World) -> None:
    header = bearers(world)["lead write"]
    pages = [(name, method) for name, method in CELLS if not name.startswith("api:")]

    differ = [
        (name, method)
        for name, method in pages
        if world.verdict(name, method, "anonymous", header) != world.verdict(name, method, "anonymous")
    ]

    assert differ == []


def test_what_does_not_exist_is_hidden_from_everybody(world: World) -> None:
    seen = {
        (name, method, identity): world.verdict(name, method, identity, absent=True)
        for name, method in CELLS
        if "<" in ROUTES[name]
        for identity in IDENTITIES
    }

    assert {k: v for k, v in seen.items() if v not in {"hidden", "door", "405", "no"}} == {}
