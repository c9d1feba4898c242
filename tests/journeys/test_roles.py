"""The thin path as people walk it, once on a desk and once on a phone, through the pages alone."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from contractors.models import Application, Contractor, Opening
from contractors.states import ApplicationStatus, Decision
from core.models import OutboxMail
from engagements.models import Engagement, TemplateVersion
from engagements.states import EngagementStatus, VersionStatus
from milestones.models import Milestone, Payout
from milestones.services import ledger
from milestones.states import MilestoneStatus, PayoutStatus
from reminders import demo
from reminders.models import QuietFlag
from reminders.services import sweep
from tests.journeys.conftest import counted
from tests.pond import fill

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def enter(live_server: Any, screen: Page, sign_in: Callable[..., None]) -> Callable[[str], Page]:
    """The demo's house, and its door: `enter("tess")` signs her in."""
    fill()
    sweep(at=timezone.now())

    def by_name(name: str) -> Page:
        sign_in(screen, User.objects.get(email__startswith=f"{name}@"), demo.PASSWORD)
        return screen

    return by_name


def choose(page: Page, label: str, answer: str) -> None:
    """The option of a list whose text holds `answer`."""
    box = page.get_by_label(label)
    box.select_option(value=box.locator("option", has_text=answer).first.get_attribute("value"))


def tick(page: Page, field: str, value: str) -> None:
    """One tap on an answer; the label is what people see and hit."""
    box = page.locator(f"input[name={field}][value='{value}']")
    page.locator(f"label[for='{box.get_attribute('id')}']").first.click()
    expect(box).to_be_checked()


def press(page: Page, name: str | re.Pattern[str]) -> None:
    """The button, and the page that follows."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).first.click()


def go(page: Page, live_server: Any, path: str) -> None:
    page.goto(f"{live_server.url}{path}")


def test_a_lead_writes_a_template_and_publishes_it(enter: Any, live_server: Any) -> None:
    page = enter("tess")
    go(page, live_server, "/templates/new")
    page.get_by_label("Name").fill("Map screen, fixed scope")
    page.get_by_label("Role").fill("Android developer")
    page.locator("[name=currency]").select_option("EUR")
    page.locator("[name=price]").fill("3,000.00")
    press(page, "Make the draft")
    page.wait_for_url(re.compile("/edit$"))

    page.locator("[name=brief]").fill("Our riders find the next stop within a second.")
    for name, value in (
        ("milestones-0-title", "Map opens fast"),
        ("milestones-0-deliverable", "Merged pull request and a trace."),
        ("milestones-0-share_bp", "100"),
        ("milestones-0-due_after_days", "20"),
        ("goals-0-metric", "Cold start of the map"),
        ("goals-0-unit", "ms"),
        ("goals-0-baseline", "2400"),
        ("goals-0-target", "900"),
        ("goals-0-method", "Median of 20 starts on a Pixel 6a"),
    ):
        page.locator(f"[name={name}]").fill(value)
    press(page, "Save and publish")
    page.wait_for_url(re.compile(r"/templates/\d+/"))

    version = TemplateVersion.objects.get(template__name="Map screen, fixed scope")
    assert version.status == VersionStatus.PUBLISHED


def take(page: Page, label: str, words: str) -> None:
    """Type ahead, and take the option that holds the words, with the keyboard."""
    box = page.get_by_role("combobox", name=label)
    expect(box).to_have_js_property("tagName", "INPUT")  # a select until the page's script has come
    box.fill(words)
    page.get_by_role("option", name=words).first.wait_for()
    page.keyboard.press("Enter")


def spent(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Clicks and fields of this journey so far; printed after all of them."""
    tally = counted[request.node.name]
    return tally["click"], tally["field"]


def test_a_lead_sends_an_offer_from_one_page(
    enter: Any, live_server: Any, screen: Page, request: pytest.FixtureRequest
) -> None:
    page = enter("tess")
    go(page, live_server, "/engagements/")
    page.get_by_role("link", name="New engagement").click()
    take(page, "Template", "Make a page fast v1")
    page.locator("[name=title]").fill("Product page answers within a second")
    take(page, "Who gets the offer?", "Lan")
    choose(page, "Paid from", "Product 2026")
    choose(page, "Comms owner", "Priya")
    expect(page.locator("#preview")).to_contain_text("Between Mill Pond and Lan Nguyễn")
    expect(page.locator("#preview")).to_contain_text("Price €4,200")
    expect(page.locator("#ducks")).to_contain_text("Missing: environment, access.")
    page.locator(".dr-stands label").first.click()
    expect(page.locator("#ducks")).to_contain_text("Missing: environment.")
    expect(page.locator("#saved")).to_contain_text("Kept at")
    page.wait_for_timeout(1000)  # the last change is kept 0.9 s after it was made
    page.wait_for_load_state("networkidle")
    page.reload()  # nothing is lost
    expect(page.locator("[name=title]")).to_have_value("Product page answers within a second")
    press(page, "Send the offer")
    page.wait_for_url(re.compile(r"/engagements/\d+/"))

    engagement = Engagement.objects.get(title="Product page answers within a second")
    assert engagement.status == EngagementStatus.OFFERED
    assert OutboxMail.objects.filter(kind="offer", key__startswith=f"offer:{engagement.pk}:").count() == 1
    expect(page.locator("main")).to_contain_text("Waiting for")
    clicks, fields = spent(request)
    assert clicks <= 8
    assert fields <= 6


def test_a_lead_rehires_with_nothing_to_type(
    enter: Any, live_server: Any, screen: Page, request: pytest.FixtureRequest
) -> None:
    page = enter("tess")
    lan = Contractor.objects.get(name="Lan Nguyễn")
    go(page, live_server, f"/contractors/{lan.pk}/")
    page.get_by_role("link", name="Rehire").click()
    press(page, "Send the offer")
    page.wait_for_url(re.compile(r"/engagements/\d+/"))

    again = Engagement.objects.filter(contractor=lan).latest("pk")
    assert (again.status, again.lead.first_name) == (EngagementStatus.OFFERED, "Tess")
    clicks, fields = spent(request)
    assert clicks <= 3
    assert fields == 0


def test_a_contractor_reads_joins_and_signs_by_the_link_of_the_mail(enter: Any, live_server: Any, screen: Page) -> None:
    enter("tess")
    screen.context.clear_cookies()
    offer = Engagement.objects.get(title="Search page answers within a second")
    mail = OutboxMail.objects.get(kind="offer", key__contains=f":{offer.pk}:")
    path = re.search(r"/offers/[\w-]+/", mail.text)
    assert path
    go(screen, live_server, path.group())
    expect(screen.locator("main")).to_contain_text("Fast for everybody")
    screen.locator("[name=name]").fill("Tunde Adeyemi")
    for box in screen.locator("input[type=password]").all():
        box.fill("a row of seven geese")
    press(screen, "Make my account")
    screen.wait_for_url(re.compile("/sign$"))

    for place, box in enumerate(screen.locator("[name^=hours-]").all(), start=1):
        box.fill(str(16 * place))
    for milestone in offer.milestones.all():
        screen.locator(f"[name=due-{milestone.pk}]").fill((milestone.due_on + timedelta(days=2)).isoformat())
    screen.locator("[name=read_back]").fill(
        "Whoever searches sees an answer within a second, and your dashboard says so."
    )
    screen.get_by_label("I accept the delivery policy and the clauses").check()
    screen.locator("[name=typed_name]").fill("Tunde Adeyemi")
    press(screen, "Sign with these estimates")
    screen.wait_for_url(re.compile(r"/engagements/\d+/$"))

    agreement = offer.agreements.get(voided_at=None)
    assert [s.typed_name for s in agreement.signatures.all()] == ["Tunde Adeyemi"]


def test_an_offer_is_answered_with_a_question_and_made_smaller(
    enter: Any, live_server: Any, screen: Page, request: pytest.FixtureRequest
) -> None:
    page = enter("tess")
    offer = Engagement.objects.get(title="Search page answers within a second")
    mail = OutboxMail.objects.get(kind="offer", key__contains=f":{offer.pk}:")
    path = re.search(r"/offers/[\w-]+/", mail.text)
    assert path
    page.context.clear_cookies()
    go(page, live_server, path.group())
    page.locator("#milestone-1").get_by_text("Ask about this").first.click()
    page.locator("#ask-milestone-1").fill("May the index be rebuilt at night?")
    page.locator("#milestone-1 button").first.click()
    expect(page.locator("#paper")).to_contain_text("May the index be rebuilt at night?")

    enter_again(page, live_server, "tess")
    go(page, live_server, f"/engagements/{offer.pk}/")
    asked = page.locator(".dr-asked", has_text="May the index be rebuilt at night?")
    asked.get_by_label("Your answer").fill("Yes, after 22:00 in Lisbon.")
    with page.expect_navigation():
        asked.get_by_role("button").click()
    expect(asked).to_contain_text("Yes, after 22:00 in Lisbon.")
    before = offer.price_minor
    with page.expect_navigation():
        page.get_by_role("link", name="Make the offer smaller").click()
    page.get_by_label("Drop this milestone").last.check()
    page.get_by_label("Why?").fill("We do the last step ourselves.")
    press(page, "Drop what is ticked")
    page.wait_for_url(re.compile(r"/engagements/\d+/$"))

    offer.refresh_from_db()
    assert offer.price_minor == sum(m.amount_minor for m in offer.milestones.standing()) < before
    clicks, fields = spent(request)
    assert clicks <= 7
    assert fields <= 3
    page.context.clear_cookies()
    go(page, live_server, path.group())
    expect(page.locator("#paper")).to_contain_text("Yes, after 22:00 in Lisbon.")


def test_a_lead_agrees_and_funds(enter: Any, live_server: Any) -> None:
    page = enter("tess")
    engagement = Engagement.objects.get(title="Release notes write themselves")
    go(page, live_server, f"/engagements/{engagement.pk}/agree")
    page.locator("[name=typed_name]").fill("Tess Okafor")
    press(page, "Agree and sign")
    page.wait_for_url(re.compile(r"/engagements/\d+/$"))
    with page.expect_navigation():
        page.get_by_role("link", name="Read the read-back").click()
    press(page, "Yes, that is it")
    page.wait_for_url(re.compile(r"/engagements/\d+/$"))
    milestone = engagement.milestones.get(position=1)
    go(page, live_server, f"/milestones/{milestone.pk}/")
    press(page, re.compile("^Fund "))
    expect(page.locator("main")).to_contain_text("Funded")

    milestone.refresh_from_db()
    assert milestone.status == MilestoneStatus.FUNDED
    assert ledger.check() == []


def test_a_contractor_checks_in_writes_and_hands_in(
    enter: Any, live_server: Any, request: pytest.FixtureRequest
) -> None:
    page = enter("lucia")
    engagement = Engagement.objects.get(title="Android builds on a clean runner")
    go(page, live_server, "/")
    with page.expect_navigation():
        page.locator(f"a[href^='/engagements/{engagement.pk}/']").first.click()
    tick(page, "confidence", "70")
    page.locator("[name=progress]").fill("The runner builds both flavours.")
    press(page, "Send check-in")
    expect(page.locator("main")).to_contain_text("The runner builds both flavours.")
    taps = spent(request)[0]
    assert taps <= 3, "from the portal home: open it, say how sure, send"
    page.locator("[name=body]").fill("The signing key is still missing.")
    with page.expect_navigation():
        page.locator("form:has([name=body]) button").last.click()
    expect(page.locator("main")).to_contain_text("The signing key is still missing.")

    milestone = engagement.milestones.get(position=1)
    go(page, live_server, "/")
    taps = spent(request)[0]
    with page.expect_navigation():
        page.locator(f"a[href='/milestones/{milestone.pk}/']").first.click()
    page.locator("[name^=value_]").first.fill("14")
    page.locator("[name=note]").fill("Builds in 14 minutes, median of 10.")
    page.locator("[name=link]").fill("https://example.org/builds")
    press(page, "Hand in for review")
    expect(page.locator("main")).to_contain_text("Submitted")
    assert spent(request)[0] - taps <= 2, "open it and hand in: one screen"
    assert not page.locator("main [name*=invoice]").count(), "no field of an invoice"

    milestone.refresh_from_db()
    assert milestone.status == MilestoneStatus.SUBMITTED


def test_a_lead_reviews_goal_by_goal_and_two_of_finance_pay(
    enter: Any, live_server: Any, request: pytest.FixtureRequest
) -> None:
    page = enter("tess")
    milestone = Milestone.objects.get(status=MilestoneStatus.SUBMITTED)
    go(page, live_server, f"/milestones/{milestone.pk}/")
    for goal in milestone.goals.all():
        tick(page, f"view_{goal.pk}", "met")
    for place in range(len(milestone.parts)):
        tick(page, f"part_{place}", "met")
    tick(page, "decision", "accepted")
    page.wait_for_load_state("networkidle")  # what the button does is said anew after each answer
    expect(page.locator("#act")).to_contain_text("It is owed today")
    press(page, "Accept and release")
    page.wait_for_url(re.compile(r"/milestones/\d+/$"))
    expect(page.locator("main")).to_contain_text("Accepted")
    payout = Payout.objects.get(milestone=milestone)

    page = enter_again(page, live_server, "joana")
    clicks = counted[request.node.name]
    before = clicks["click"]
    go(page, live_server, "/payouts/")
    press(page, "Approve what is ticked")
    page = enter_again(page, live_server, "marek")
    go(page, live_server, "/payouts/")
    press(page, re.compile("^Confirm 2 payouts and make the files"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the bank file").click()
    assert b"pain.001.001.09" in Path(download.value.path()).read_bytes()
    press(page, re.compile("^Confirm (all|the only)"))
    expect(page.locator("main")).to_contain_text("answered for each of them")
    assert clicks["click"] - before <= 4, "approve, confirm and make, download, confirm as paid: however many rows"

    payout.refresh_from_db()
    assert payout.status == PayoutStatus.PAID
    assert ledger.check() == []
    # The one with the bad account was set aside and sank nobody.
    assert Payout.objects.exclude(status=PayoutStatus.PAID).count() == 1


def test_a_contractor_disputes_and_somebody_else_decides(enter: Any, live_server: Any) -> None:
    page = enter("lan")
    milestone = Milestone.objects.get(
        status=MilestoneStatus.SUBMITTED, engagement__contractor__email__startswith="lan@"
    )
    go(page, live_server, f"/milestones/{milestone.pk}/")
    page.get_by_text("Dispute it", exact=True).click()
    page.get_by_label(milestone.goals.get().metric).check()
    page.get_by_label("What do you not agree about?").fill("It was measured on three days, as the goal says.")
    press(page, "Let somebody else decide")
    expect(page.get_by_text("The money is frozen until Priya Raman decides.")).to_be_visible()
    page.get_by_label("What would you add?").fill("The runs are in the file.")
    press(page, "Add it for both sides")
    expect(page.locator("#dispute")).to_contain_text("The runs are in the file.")

    page = enter("priya")
    go(page, live_server, f"/milestones/{milestone.pk}/")
    tick(page, f"view_{milestone.goals.get().pk}", "met")
    for place in range(len(milestone.parts)):
        tick(page, f"part_{place}", "met")
    tick(page, "decision", "accepted")
    page.locator("#id_note").fill("Three days are measured, and the file shows it.")
    press(page, re.compile("Accept and release"))

    expect(page.get_by_text("Decided. Both sides are told.")).to_be_visible()
    milestone.refresh_from_db()
    assert milestone.status == MilestoneStatus.ACCEPTED
    assert ledger.check() == []


def test_a_lead_completes_an_engagement(
    enter: Any, live_server: Any, screen: Page, request: pytest.FixtureRequest
) -> None:
    page = enter("tess")
    with page.expect_navigation():
        page.get_by_role("link", name=re.compile("^Complete ?:")).click()
    expect(page.locator("main")).to_contain_text("Waiting for you to complete the work")
    page.get_by_label("What went well").fill("Every page has a note on what to watch.")
    page.get_by_label("What you would do otherwise").fill("Begin with the slowest page.")
    tick(page, "would_hire_again", "yes")
    press(page, "Complete the work")

    expect(page.get_by_role("region", name="What was learnt")).to_contain_text("Begin with the slowest page.")
    expect(page.locator("main")).to_contain_text("Completed on")
    assert Engagement.objects.get(title="Six pages kept fast").status == EngagementStatus.COMPLETED
    clicks, fields = spent(request)
    assert (clicks <= 3, fields <= 2) == (True, True), "from Today: a lesson of two fields and a word on hiring again"
    press(page, re.compile("^Taken back: The repository"))
    expect(page.locator("main")).to_contain_text("One thing to take back")
    press(page, re.compile("^Taken back: A staging copy"))
    expect(page.get_by_role("button", name=re.compile("^Taken back"))).to_have_count(0)
    assert spent(request)[0] - clicks <= 2, "one click an access"


def enter_again(page: Page, live_server: Any, name: str) -> Page:
    page.context.clear_cookies()
    go(page, live_server, "/accounts/login/")
    page.locator("input[name=login]").fill(User.objects.get(email__startswith=f"{name}@").email)
    page.locator("input[name=password]").fill(demo.PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    return page


def test_an_applicant_is_marked_decided_and_the_admin_reads_all_of_it(
    enter: Any, live_server: Any, screen: Page
) -> None:
    page = enter("tess")
    opening = Opening.objects.get()
    page.context.clear_cookies()
    go(page, live_server, f"/apply/{opening.token}/")
    page.locator("[name=name]").fill("Noor Haddad")
    page.locator("[name=email]").fill("noor@mail.example")
    page.locator("[name=price]").fill("3,900")
    page.locator("textarea").first.fill("A booking form: 4 s to 0.8 s, field data of a month.")
    press(page, "Send the application")
    page.wait_for_url(re.compile("/thanks/"))
    application = Application.objects.get(contractor__email="noor@mail.example")

    for name in ("tess", "priya"):
        enter_again(page, live_server, name)
        go(page, live_server, f"/applications/{application.pk}/scorecard")
        for criterion in opening.criteria.all():
            tick(page, f"criterion_{criterion.pk}", "4")
        page.locator("[name=evidence]").fill("From the linked work.")
        press(page, "Hand in, sealed")
        page.wait_for_url(re.compile(r"/applications/\d+/$"))
    enter_again(page, live_server, "tess")
    go(page, live_server, f"/applications/{application.pk}/")
    tick(page, "decision", Decision.HIRE)
    page.locator("[name=reason]").fill("Two measured results, and writes clearly.")
    press(page, "Decide, and write it down")
    page.wait_for_url(re.compile(r"/applications/\d+/"))
    application.refresh_from_db()
    assert application.status == ApplicationStatus.OFFERED
    assert Contractor.objects.filter(email="noor@mail.example").count() == 1

    enter_again(page, live_server, "ada")
    go(page, live_server, f"/applications/{application.pk}/")
    for words in ("Noor Haddad", "Tess Okafor", "Priya Raman", "Two measured results"):
        expect(page.locator("main")).to_contain_text(words)


def test_silence_shows_on_today_and_a_contact_clears_it(enter: Any, live_server: Any) -> None:
    page = enter("priya")
    engagement = Engagement.objects.get(title="Android builds on a clean runner")
    flags = QuietFlag.objects.filter(engagement=engagement, cleared_at=None)
    assert flags.count() == 1
    go(page, live_server, "/")
    expect(page.locator("main")).to_contain_text("Lucía")

    enter_again(page, live_server, "lucia")
    go(page, live_server, f"/engagements/{engagement.pk}/")
    press(page, "Nothing new")
    sweep(at=timezone.now())

    assert flags.count() == 0
