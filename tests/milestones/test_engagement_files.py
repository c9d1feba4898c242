"""An engagement by one call with one file: the page, the command and the interface for programs make the same."""

import threading
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from core.models import Event, OutboxMail
from engagements.files.reading import FileError
from engagements.models import Engagement, Need
from engagements.services import templates
from engagements.states import EngagementStatus
from milestones.files import engagements as files
from milestones.models import EngagementFile
from tests import factories as make
from tests.engagements.test_api import Program

pytestmark = pytest.mark.django_db
MARCH = "2099-03-02"


class House:
    """What a file may name."""

    def __init__(self) -> None:
        make.make_organisation()
        self.lead = make.make_user(Role.LEAD, email="tess@example.org")
        self.comms = make.make_user(Role.MEMBER, email="priya@example.org")
        self.version = make.make_version(self.lead)
        self.contractor = make.make_contractor(True, email="lan@example.net")
        self.budget = make.make_budget(self.lead)

    def file(self, *without: str, **more: Any) -> str:
        facts = {
            "duckrow": "engagement/1",
            "key": "payment-page",
            "template": f'"{self.version.template.name}"',
            "contractor": "Lan@example.net",
            "title": "Payment page, faster",
            "starts_on": MARCH,
            "price": "{amount: 3900.50, currency: EUR}",
            "budget": self.budget.name,
            "comms_owner": self.comms.email,
            "cover": self.lead.email,
            "offer_stands_days": 5,
            **more,
        }
        return "".join(f"{name}: {value}\n" for name, value in facts.items() if name not in without)

    def make(self, text: str, **how: Any) -> files.Made:
        return files.create(text, **{"by": self.lead, "at": timezone.now(), **how})

    def form(self) -> dict[str, Any]:
        """What the page sends for the same."""
        return {
            "version": self.version.pk, "contractor": self.contractor.pk, "title": "Payment page, faster",
            "starts_on": MARCH, "price": "3900.50", "budget": self.budget.pk, "comms_owner": self.comms.pk,
            "cover": self.lead.pk, "days": "5", "override_reason": "", "send": "1",
        }  # fmt: skip


@pytest.fixture
def house() -> House:
    return House()


SAME = (
    "title", "contractor_id", "version_id", "status", "lead_id", "comms_owner_id", "cover_id", "currency",
    "price_minor", "starts_on", "checkin_days", "review_days", "notice_days", "why_outside",
)  # fmt: skip


def told(engagement: Engagement) -> dict[str, Any]:
    """Everything about it but its number and the moment."""
    goals = ("metric", "kind", "target", "unit", "baseline", "direction", "method", "due_on", "objective_id")
    steps = ("position", "title", "deliverable", "amount_minor", "currency", "due_on", "status")
    return {
        **{name: getattr(engagement, name) for name in SAME},
        "goals": list(engagement.goals.values(*goals)),
        "milestones": list(engagement.milestones.order_by("position").values(*steps)),
        "needs": list(Need.objects.filter(engagement=engagement).values("kind", "what")),
        "budget": engagement.funding.budget_id,
        "areas": list(engagement.areas.all()),
        "stands": (engagement.offer_expires_at - engagement.offered_at).days,
        "links": engagement.links.count(),
        "mails": OutboxMail.objects.filter(key__startswith=f"offer:{engagement.pk}:").count(),
        "events": sorted(Event.objects.of(engagement).values_list("verb", "became")),
    }


def test_page_command_and_program_make_the_same_engagement(client, house, tmp_path):
    client.force_login(house.lead)
    assert client.post(reverse("milestones:engagement_new"), house.form()).status_code == 302
    path = tmp_path / "engagement.yaml"
    path.write_text(house.file())
    call_command("engagement", "create", str(path), "--as", house.lead.email, "--send", stdout=StringIO())
    answer = Program(house.lead).post("/engagements?send=1", house.file(key="another"))

    page, command, program = Engagement.objects.order_by("pk")
    assert answer.status_code == 201
    assert told(page) == told(command) == told(program)
    assert told(page)["status"] == EngagementStatus.OFFERED
    assert EngagementFile.objects.count() == 2


def test_what_the_template_knows_needs_not_be_said(house):
    text = house.file("title", "price", "cover", "offer_stands_days")

    engagement = house.make(text).engagement

    assert (engagement.title, engagement.price, engagement.cover) == ("Performance engineer", house.version.price, None)
    assert engagement.status == EngagementStatus.DRAFT


def test_rows_may_be_named_by_number(house):
    text = house.file(
        template=house.version.template_id, version=1, contractor=house.contractor.pk, budget=house.budget.pk,
        comms_owner=house.comms.pk, cover=house.lead.pk,
    )  # fmt: skip

    engagement = house.make(text).engagement

    assert (engagement.version, engagement.contractor) == (house.version, house.contractor)


def test_the_latest_published_version_is_taken_unless_one_is_named(house):
    draft = templates.new_draft(house.version.template, by=house.lead, at=make.NOW)
    newer = templates.publish(draft, by=house.lead, at=make.NOW)

    assert house.make(house.file()).engagement.version == newer
    assert house.make(house.file(key="old", version=1)).engagement.version == house.version


def test_the_same_key_makes_it_once_and_says_what_there_is(house):
    first = house.make(house.file())
    events = Event.objects.count()

    again = house.make(house.file())
    other = house.make(house.file(title="Something else"), send=True)

    assert (first.is_new, again.is_new, other.is_new) == (True, False, False)
    assert (again.is_same_text, other.is_same_text) == (True, False)
    assert {made.engagement.pk for made in (first, again, other)} == {Engagement.objects.get().pk}
    assert (Event.objects.count(), Engagement.objects.get().status) == (events, EngagementStatus.DRAFT)


def test_a_key_is_its_persons_own(house):
    other = make.make_user(Role.LEAD)
    house.make(house.file())

    assert house.make(house.file(), by=other).is_new
    assert Engagement.objects.count() == 2


def test_a_look_ahead_makes_nothing_and_says_what_holds_it_back(house):
    house.version.template.versions.get()
    version = make.make_version(house.lead, published=False)
    version.goals.update(objective=None)
    version = templates.publish(version, by=house.lead, at=make.NOW)
    text = house.file(template=f'"{version.template.name}"')

    seen = files.plan(text, by=house.lead, at=timezone.now())

    assert seen.is_new
    assert "choose the objective it serves" in seen.lacks[0]
    assert not Engagement.objects.exists()
    assert not EngagementFile.objects.exists()
    assert not OutboxMail.objects.exists()


def test_the_gate_holds_and_a_reason_opens_it(house):
    version = make.make_version(house.lead, published=False)
    version.goals.update(objective=None)
    version = templates.publish(version, by=house.lead, at=make.NOW)
    name, program = f'"{version.template.name}"', Program(house.lead)

    held = program.post("/engagements?send=1", house.file(template=name))
    sent = program.post("/engagements?send=1", house.file(template=name, override_reason="The bank closes on Friday."))

    assert held.status_code == 409
    assert held.json()["sentence"].startswith("Not sent yet.")
    assert "choose the objective it serves" in held.json()["lacks"][0]
    assert (sent.status_code, sent.json()["status"]) == (201, "offered")
    assert Engagement.objects.get().overrides.get().reason == "The bank closes on Friday."


WRONG = [
    ({"template": "Nothing"}, 3, "template: there is no published version “Nothing”"),
    ({"version": 7}, 12, "v7"),
    ({"contractor": "nobody@example.net"}, 4, "contractor: “nobody@example.net” is nobody who can get an offer"),
    ({"budget": "Piggy bank"}, 8, "budget: “Piggy bank” is no budget"),
    ({"comms_owner": "lan@example.net"}, 9, "comms_owner: “lan@example.net” is nobody whom you may name"),
    ({"cover": "priya@example.org"}, 10, "cover: The cover stands in for the comms owner"),
    ({"starts_on": "2001-01-01"}, 6, "starts_on: Choose today or a later day."),
    ({"starts_on": "2099-02-30"}, 6, "starts_on: Enter a valid date."),
    ({"price": "{amount: 0, currency: EUR}"}, 7, "price: Give a price above zero."),
    ({"price": "{amount: 10, currency: USD}"}, 7, "price: No budget is kept in this currency. Choose one of EUR."),
    ({"offer_stands_days": 99}, 11, "offer_stands_days: 99 is greater than"),
    ({"key": "two words"}, 2, "key: 'two words' does not match"),
    ({"pirce": 1}, 12, "“pirce” is not known here. Known: duckrow, key, template"),
    ({"title": "[a]"}, 5, "title: ['a'] is not of type 'string'"),
]


@pytest.mark.parametrize(("wrong", "line", "sentence"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_refused_with_its_line_and_nothing_is_stored(house, wrong, line, sentence):
    with pytest.raises(FileError) as refused:
        house.make(house.file(**wrong), send=True)

    said = "\n".join(refused.value.sentences)
    assert f"Line {line}: " in said
    assert sentence in said
    assert not Engagement.objects.exists()


@pytest.mark.parametrize(
    "text", ["a: 1\na: 2\n", "a: &x 1\nb: *x\n", "x" * 5_000_000, "a: !!python/object:os.system 1", ""]
)
def test_bombs_and_odd_files_are_refused(house, text):
    with pytest.raises(FileError):
        house.make(text)


def test_everything_wrong_is_said_at_once(house):
    with pytest.raises(FileError) as refused:
        house.make(house.file(budget="Piggy bank", contractor="nobody@example.net"))

    assert [one.split(":")[0] for one in refused.value.sentences] == ["Line 4", "Line 8"]


def test_a_contractor_without_an_address_gets_no_offer_and_no_draft_is_left(house):
    nobody = make.make_contractor(True, email="")

    answer = Program(house.lead).post("/engagements?send=1", house.file(contractor=nobody.pk))

    assert (answer.status_code, Engagement.objects.count()) == (409, 0)
    assert "no e-mail address" in answer.json()["sentence"]


@pytest.mark.parametrize(("role", "scope"), [(Role.LEAD, "read"), (Role.MEMBER, "write"), (Role.CONTRACTOR, "write")])
def test_only_a_leads_writing_token_makes_engagements(house, role, scope):
    answer = Program(make.make_user(role), scope).post("/engagements", house.file())

    assert (answer.status_code, Engagement.objects.count()) == (403, 0)


def test_an_engagement_that_went_to_somebody_else_is_not_told_of(house):
    house.make(house.file("cover"))
    Engagement.objects.update(lead=make.make_user(Role.LEAD))

    answer = Program(house.lead).post("/engagements", house.file("cover"))

    assert answer.status_code == 409
    assert "not yours any more" in answer.json()["sentence"]


def test_which_file_made_it_never_changes(house):
    house.make(house.file())

    for act in (lambda: EngagementFile.objects.update(key="x"), lambda: EngagementFile.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()


class TestCommand:
    def run(self, *arguments: str) -> str:
        said = StringIO()
        call_command("engagement", "create", *arguments, stdout=said)
        return said.getvalue()

    def test_it_looks_ahead_makes_and_says_what_there_is(self, house, tmp_path):
        path = tmp_path / "e.yaml"
        path.write_text(house.file())
        lead = ("--as", house.lead.email)

        ahead = self.run(str(path), *lead, "--plan")
        made = self.run(str(path), *lead, "--send")
        again = self.run(str(path), *lead)
        path.write_text(house.file(title="Changed"))
        changed = self.run(str(path), *lead)

        assert "Nothing was made: this was a look ahead." in ahead
        assert f"Engagement {Engagement.objects.get().pk}: “Payment page, faster”" in made
        assert made.rstrip().endswith("offered.")
        assert "Nothing was changed." in again
        assert "The file says something else by now" in changed

    @pytest.mark.parametrize("who", ["nobody@example.com", "priya@example.org"])
    def test_only_a_lead_makes_engagements(self, house, who):
        with pytest.raises(CommandError, match="no lead"):
            self.run("-", "--as", who)

    def test_a_refusal_names_file_and_line(self, house, tmp_path):
        path = tmp_path / "e.yaml"
        path.write_text(house.file(budget="Piggy bank"))

        with pytest.raises(CommandError, match=r"e.yaml: Line 8: budget"):
            self.run(str(path), "--as", house.lead.email)
        with pytest.raises(CommandError, match="can’t be read"):
            self.run(str(tmp_path / "none.yaml"), "--as", house.lead.email)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="one writer at a time there")
def test_two_calls_with_one_key_make_one_engagement():
    house = House()
    found: list[Any] = []
    gate = threading.Barrier(2)

    def call() -> None:
        try:
            gate.wait()
            found.append(house.make(house.file(), by=User.objects.get(pk=house.lead.pk)))
        except Exception as error:
            found.append(error)
        finally:
            connections.close_all()

    callers = [threading.Thread(target=call) for _turn in range(2)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert sorted(made.is_new for made in found) == [False, True]
    assert Engagement.objects.count() == 1
    assert connection.vendor == "postgresql"
