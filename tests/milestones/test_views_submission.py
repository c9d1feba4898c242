"""One screen to hand in, one to review: files, parts, what the button says, the bonus, and “happy to continue?”."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import OutboxMail, StoredFile
from engagements.models import Engagement
from milestones.models import Attachment, DeliveredPart, Evidence, Milestone, PartVerdict, Pulse, Submission
from milestones.services.pulses import answer_pulse
from milestones.states import Happiness, MilestoneStatus
from reminders.home import home_of
from tests.factories import NOW, TODAY, make_file, make_user
from tests.milestones.conftest import accept, hand_in

pytestmark = pytest.mark.django_db
PARTS = [{"kind": "code", "what": "The pull request"}, {"kind": "docs", "what": "A page that explains it"}]


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def with_parts(funded):
    Milestone.objects.filter(pk=funded.pk).update(parts=PARTS)
    funded.refresh_from_db()
    return funded


def url(name, milestone):
    return reverse(f"milestones:{name}", args=[milestone.pk])


def typed(milestone, **more):
    goal = milestone.goals.get()
    parts = {f"where_{place}": "https://example.org/pr/4" for place in range(len(milestone.parts))}
    return {"note": "It is fast.", "link": "", f"value_{goal.pk}": "1100", **parts, **more}


def judged(milestone, decision="accepted", view="met", parts="met", **more):
    goal = milestone.goals.get()
    views = {f"part_{place}": parts for place in range(len(milestone.parts))}
    return {
        "decision": decision,
        "note": "Cold too.",
        "submission_number": "1",
        f"view_{goal.pk}": view,
        **views,
        **more,
    }


def text_file(name="runs.csv", content=b"a;b\n1;2\n"):
    return SimpleUploadedFile(name, content, content_type="text/csv")


# --- handing in -----------------------------------------------------------------------
def test_files_go_with_the_goal_the_part_and_the_whole_that_they_were_chosen_for(client, with_parts, contractor):
    client.force_login(contractor)
    goal = with_parts.goals.get()

    response = client.post(
        url("submit", with_parts),
        typed(with_parts)
        | {
            f"files_goal_{goal.pk}": [text_file("goal.csv")],
            "files_part_1": [text_file("part.md")],
            "files_all": [text_file("one.txt"), text_file("two.txt")],
        },
    )

    assert response.status_code == 302
    found = {a.file.name: (a.goal, a.part) for a in Attachment.objects.select_related("file", "goal")}
    assert found == {"goal.csv": (goal, None), "part.md": (None, 1), "one.txt": (None, None), "two.txt": (None, None)}
    assert not StoredFile.objects.drafts().exists()


def test_each_part_says_where_it_is(client, with_parts, contractor):
    client.force_login(contractor)

    client.post(url("submit", with_parts), typed(with_parts, where_1="In the wiki, under “Speed”"))

    assert list(DeliveredPart.objects.values_list("kind", "what", "where")) == [
        ("code", "The pull request", "https://example.org/pr/4"),
        ("docs", "A page that explains it", "In the wiki, under “Speed”"),
    ]


def test_a_part_without_a_place_is_asked_for(client, with_parts, contractor):
    client.force_login(contractor)

    response = client.post(url("submit", with_parts), typed(with_parts, where_1=" "))

    assert response.status_code == 422
    assert "Say where it is: a link, a file or a line." in response.content.decode()


def test_what_could_not_be_measured_needs_a_reason_instead_of_a_number(client, funded, contractor):
    client.force_login(contractor)
    goal = funded.goals.get()
    bare = typed(funded, **{f"value_{goal.pk}": "", f"missing_{goal.pk}": "on"})

    refused = client.post(url("submit", funded), bare)
    taken = client.post(url("submit", funded), bare | {f"how_{goal.pk}": "The log lacks tile age."})

    assert (refused.status_code, taken.status_code) == (422, 302)
    assert list(Evidence.objects.values_list("value", "note")) == [("", "The log lacks tile age.")]
    assert "not measured" in client.get(url("milestone", funded)).content.decode()


def test_a_refused_form_keeps_the_good_files_and_names_the_one_to_choose_again(client, funded, contractor):
    client.force_login(contractor)
    files = {"files_all": [text_file("good.csv"), text_file("page.html", b"<html>"), text_file("fake.png", b"<html>")]}

    first = client.post(url("submit", funded), typed(funded, note="") | files)
    page = first.content.decode()
    kept = re.findall(r'name="kept_all" value="(\d+)"', page)
    second = client.post(url("submit", funded), typed(funded, kept_all=kept))

    assert (first.status_code, second.status_code) == (422, 302)
    assert "good.csv" in page
    assert "“page.html” is of a kind that is not taken" in page
    assert "“fake.png” is not what its name says" in page
    assert [a.file.name for a in Attachment.objects.all()] == ["good.csv"]


def test_a_kept_file_that_is_unticked_is_not_handed_in(client, funded, contractor):
    client.force_login(contractor)
    client.post(url("submit", funded), typed(funded, note="") | {"files_all": [text_file()]})

    client.post(url("submit", funded), typed(funded))

    assert Submission.objects.exists()
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("number", ["0", "x", "٣", "9" * 40, "-1", ""])
def test_numbers_of_files_that_are_none_are_passed_over(client, funded, contractor, number):
    client.force_login(contractor)

    assert client.post(url("submit", funded), typed(funded, kept_all=number)).status_code == 302


def test_somebody_elses_draft_can_not_be_handed_in(client, funded, contractor):
    other = make_user("contractor")
    foreign = StoredFile.objects.create(
        storage_name="ab" * 20, name="secret.pdf", content_type="application/pdf", size=1, sha256="0" * 64,
        uploaded_by=other, uploaded_at=NOW,
    )  # fmt: skip
    client.force_login(contractor)

    client.post(url("submit", funded), typed(funded, kept_all=str(foreign.pk)))

    assert not Attachment.objects.exists()


def test_handing_in_again_starts_with_the_files_of_last_time(client, funded, contractor, lead):
    client.force_login(contractor)
    client.post(url("submit", funded), typed(funded) | {"files_all": [text_file()]})
    client.force_login(lead)
    client.post(url("review", funded), judged(funded, "changes_requested", "not_met"))
    client.force_login(contractor)
    kept = re.findall(r'name="kept_all" value="(\d+)"', client.get(url("milestone", funded)).content.decode())

    client.post(url("submit", funded), typed(funded, kept_all=kept))

    assert [a.submission.number for a in Attachment.objects.order_by("pk")] == [1, 2]
    assert StoredFile.objects.count() == 1


def test_too_many_files_in_one_place_are_refused(client, funded, contractor):
    client.force_login(contractor)

    response = client.post(
        url("submit", funded), typed(funded) | {"files_all": [text_file(f"{n}.txt") for n in range(11)]}
    )

    assert response.status_code == 422
    assert not StoredFile.objects.exists()


def test_a_body_beyond_the_limit_is_not_read(client, funded, contractor, settings):
    settings.REQUEST_MAX_BYTES = 500
    client.force_login(contractor)

    assert client.post(url("submit", funded), typed(funded, note="x" * 600)).status_code == 413


def test_the_page_says_by_when_the_lead_decides_before_and_after(client, funded, lead, contractor):
    Engagement.objects.filter(pk=funded.engagement_id).update(review_days=3)
    hand_in(funded)  # Monday 09:00 in Lisbon, three working days: Thursday, end of work
    client.force_login(lead)
    ours = client.get(url("milestone", funded)).content.decode()
    client.force_login(contractor)  # in Bogotá, five hours behind
    theirs = client.get(url("milestone", funded)).content.decode()

    assert "Decide by Thu 26 Nov, 17:00." in ours
    assert "decides by Thu 26 Nov, 12:00 your time." in theirs


# --- a file ---------------------------------------------------------------------------
def test_a_file_is_sent_as_a_download_that_no_browser_runs(client, submitted, lead):
    file = make_file(submitted)
    client.force_login(lead)

    response = client.get(reverse("milestones:file", args=[file.pk]))

    assert b"".join(response.streaming_content) == b"a;b\n1;2\n"
    assert response["Content-Disposition"] == 'attachment; filename="runs.csv"'
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert response["Cache-Control"] == "private, no-store"


def test_a_name_in_any_script_survives_the_header(client, submitted, lead):
    file = make_file(submitted, name="измерения “наши”.csv")
    client.force_login(lead)

    header = client.get(reverse("milestones:file", args=[file.pk]))["Content-Disposition"]

    assert header.startswith("attachment; filename*=utf-8''%D0%B8")
    assert "\n" not in header


def test_the_web_server_sends_it_where_it_is_set_to(client, submitted, lead, settings):
    settings.X_ACCEL_PREFIX = "/private-files/"
    file = make_file(submitted)
    client.force_login(lead)

    response = client.get(reverse("milestones:file", args=[file.pk]))

    assert response.content == b""
    assert response["X-Accel-Redirect"] == f"/private-files/{file.storage_name[:2]}/{file.storage_name}"
    assert response["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("role", ["lead", "member", "contractor", "finance"])
def test_a_file_is_hidden_from_strangers(client, submitted, role):
    file = make_file(submitted)
    client.force_login(make_user(role))

    assert client.get(reverse("milestones:file", args=[file.pk])).status_code == 404


def test_a_draft_is_its_persons_alone(client, funded, contractor, lead):
    client.force_login(contractor)
    client.post(url("submit", funded), typed(funded, note="") | {"files_all": [text_file()]})
    address = reverse("milestones:file", args=[StoredFile.objects.get().pk])
    own = client.get(address).status_code
    client.force_login(lead)

    assert (own, client.get(address).status_code) == (200, 404)


def test_bytes_that_are_gone_are_not_found(client, submitted, lead):
    file = make_file(submitted)
    StoredFile.objects.filter(pk=file.pk).update(storage_name="cd" * 20)
    client.force_login(lead)

    assert client.get(reverse("milestones:file", args=[file.pk])).status_code == 404


def test_the_page_takes_as_many_queries_for_three_files_as_for_one(client, submitted, lead):
    client.force_login(lead)
    counts = []
    for more in (1, 2):
        for _turn in range(more):
            make_file(submitted)
        with CaptureQueriesContext(connection) as queries:
            client.get(url("milestone", submitted))
        counts.append(len(queries))

    assert counts[0] == counts[1]


# --- reviewing ------------------------------------------------------------------------
@pytest.fixture
def parted(with_parts):
    hand_in(with_parts)
    with_parts.refresh_from_db()
    return with_parts


def test_one_post_accepts_what_stands_and_keeps_the_rest(client, parted, lead):
    client.force_login(lead)
    data = judged(parted, "accepted_in_part", rest_due_on=str(TODAY + timedelta(days=20)), part_1="not_met")

    response = client.post(url("review", parted), data | {"partwhy_1": "No page yet."})

    assert response.status_code == 302
    rest = Milestone.objects.get(split_from=parted)
    assert (Milestone.objects.get(pk=parted.pk).amount_minor, rest.amount_minor) == (133_333, 66_667)
    assert PartVerdict.objects.get(is_accepted=False).note == "No page yet."
    page = client.get(url("milestone", parted)).content.decode()
    assert "€666.67 went on to" in page
    assert "What was left of" in client.get(url("milestone", rest)).content.decode()


def test_one_post_holds_some_back(client, parted, lead):
    client.force_login(lead)
    data = judged(parted, "hold_back", hold_amount="200", hold_until=str(TODAY + timedelta(days=60)))

    client.post(url("review", parted), data)

    assert Milestone.objects.get(split_from=parted).amount_minor == 20_000


@pytest.mark.parametrize(
    "wrong",
    [
        {"decision": "accepted_in_part", "rest_due_on": ""},
        {"decision": "accepted_in_part", "rest_due_on": "soon"},
        {"decision": "accepted_in_part", "amount": "a lot", "rest_due_on": "2027-01-01"},
        {"decision": "accepted_in_part", "note": "", "rest_due_on": "2027-01-01"},
        {"decision": "hold_back", "hold_until": "2027-01-01"},
        {"decision": "hold_back", "hold_amount": "10"},
        {"decision": "changes_requested", "note": " "},
        {"part_1": "perhaps"},
        {"saw": "fast"},
    ],
    ids=str,
)
def test_a_decision_that_says_too_little_comes_back_with_everything_typed(client, parted, lead, wrong):
    client.force_login(lead)
    goal = parted.goals.get()
    data = judged(parted, **{f"why_{goal.pk}": "Ran it twice."})
    data |= {f"saw_{goal.pk}" if name == "saw" else name: value for name, value in wrong.items()}

    response = client.post(url("review", parted), data)

    assert response.status_code == 422
    assert "Ran it twice." in response.content.decode()
    assert Milestone.objects.get(pk=parted.pk).status == MilestoneStatus.SUBMITTED


def test_what_the_reviewer_measured_stands_with_the_verdict(client, parted, lead):
    client.force_login(lead)
    goal = parted.goals.get()

    client.post(url("review", parted), judged(parted, **{f"saw_{goal.pk}": "1,05"}))

    assert "measured 1.05 ms" in client.get(url("milestone", parted)).content.decode()


@pytest.mark.parametrize(
    ("chosen", "act"),
    [
        ({"decision": ""}, "Send my decision"),
        ({"decision": "accepted"}, "Accept and release €2,000"),
        ({"decision": "changes_requested", "part_1": "not_met"}, "Ask for changes, keep €2,000 held"),
        ({"decision": "accepted_in_part", "part_1": "not_met"}, "Accept in part: release €1,333.33"),
        ({"decision": "accepted_in_part", "part_1": "not_met", "amount": "500"}, "Accept in part: release €500"),
        ({"decision": "accepted_in_part"}, "Everything is met: accept it whole."),
        ({"decision": "hold_back", "hold_amount": "200"}, "Accept: release €1,800, hold €200"),
        ({"decision": "hold_back", "hold_amount": "9000"}, "Say how much of €2,000 stays held."),
        ({"decision": "accepted", "part_0": "not_met"}, "Something is not met"),
        ({"decision": "accepted", "part_0": ""}, "Judge every goal and part first."),
        ({"decision": "changes_requested"}, "By your views nothing is missing."),
    ],
)
def test_the_button_says_what_the_decision_does(client, parted, lead, chosen, act):
    client.force_login(lead)

    response = client.get(url("weigh", parted), judged(parted, **chosen))

    assert response.status_code == 200
    assert act in response.content.decode()


def test_weighing_is_for_the_lead(client, parted, contractor):
    client.force_login(contractor)
    forbidden = client.get(url("weigh", parted)).status_code
    client.force_login(make_user("lead"))

    assert (forbidden, client.get(url("weigh", parted)).status_code) == (403, 404)


@pytest.mark.parametrize("typed", ["−5", "-5", "NaN", "0", "USD 5", "2000", "1.2.3"])
@pytest.mark.parametrize(
    ("decision", "field", "act"),
    [("accepted_in_part", "amount", "Accept in part"), ("hold_back", "hold_amount", "Accept, hold some back")],
)
def test_the_button_names_no_amount_where_the_typed_one_is_none(client, parted, lead, decision, field, act, typed):
    client.force_login(lead)
    part = "not_met" if decision == "accepted_in_part" else "met"

    page = client.get(url("weigh", parted), judged(parted, decision, part_1=part, **{field: typed})).content.decode()

    assert re.search(r"<button[^>]*>(.*?)</button>", page).group(1) == act


def test_the_button_says_that_it_would_end_a_hold_back_before_its_day(client, submitted, lead):
    plan = submitted.engagement.milestones.get(position=2)
    Milestone.objects.filter(pk=submitted.pk).update(origin="hold_back", split_from=plan, due_on="2099-06-01")
    client.force_login(lead)

    page = client.get(url("weigh", submitted), judged(submitted)).content.decode()

    assert "It is held back until 1 Jun 2099. Accepted now, it is owed today and paid by" in page


@pytest.mark.parametrize("parts", [True, False], ids=["goals and parts", "goals alone"])
def test_changes_are_asked_for_by_naming_what_is_missing(client, submitted, lead, parts):
    if parts:
        Milestone.objects.filter(pk=submitted.pk).update(parts=PARTS)
        submitted.refresh_from_db()
    client.force_login(lead)

    answer = client.post(url("review", submitted), judged(submitted, "changes_requested", note="Cold as well."))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "By your views nothing is missing. Mark the goal or part that isn’t met yet, or accept." in page
    assert "Cold as well." in page
    assert Milestone.objects.get(pk=submitted.pk).status == MilestoneStatus.SUBMITTED


@pytest.mark.parametrize("open_one", [{"view": "not_met"}, {"parts": "not_met"}, {"part_1": "not_met"}], ids=str)
def test_one_thing_that_is_missing_is_enough_for_changes(client, parted, lead, open_one):
    client.force_login(lead)

    assert client.post(url("review", parted), judged(parted, "changes_requested", **open_one)).status_code == 302


def test_what_has_neither_goals_nor_parts_is_sent_back_by_its_note(client, submitted, lead):
    submitted.goals.clear()
    client.force_login(lead)
    said = {"decision": "changes_requested", "note": "It is cold.", "submission_number": "1"}

    assert client.post(url("review", submitted), said).status_code == 302


@pytest.mark.parametrize(
    "said",
    [
        {"decision": "accepted_in_part", "rest_due_on": "2027-01-01"},
        {"decision": "changes_requested"},
        {"decision": "accepted"},
        {"decision": "hold_back", "hold_amount": "10", "hold_until": "2027-01-01"},
    ],
    ids=str,
)
def test_a_second_window_is_told_that_it_is_decided(client, parted, lead, said):
    client.force_login(lead)
    first = {"decision": "accepted_in_part", "rest_due_on": "2027-01-01"}
    client.post(url("review", parted), judged(parted, view="not_met", **first))
    parted.refresh_from_db()
    goal = Milestone.objects.get(split_from=parted).goals.get()  # the only one that there was
    view = {f"view_{goal.pk}": "met"}
    second = {"note": "So.", "submission_number": "1", "part_0": "met", "part_1": "met", **view, **said}

    answer, weighed = client.post(url("review", parted), second), client.get(url("weigh", parted), second)

    assert answer.status_code == 409
    for page in (answer.content.decode(), weighed.content.decode()):
        assert "is accepted, so this can’t be done any more. Reload to see where it stands." in page
        assert "accept it whole" not in page
        assert "nothing is missing" not in page


# --- bonus ----------------------------------------------------------------------------
BONUS = {"bonus-amount": "300", "bonus-reason": "Two weeks early."}


def test_the_lead_gives_a_bonus(client, accepted, lead):
    client.force_login(lead)

    response = client.post(url("give_bonus", accepted), BONUS)

    made = Milestone.objects.get(origin="bonus")
    assert (response.status_code, response.url) == (302, url("milestone", made))
    assert "Two weeks early." in client.get(response.url).content.decode()


def test_a_bonus_beyond_the_budget_is_refused_and_keeps_what_was_typed(client, accepted, lead):
    client.force_login(lead)

    response = client.post(url("give_bonus", accepted), BONUS | {"bonus-amount": "99999999"})

    assert response.status_code == 409
    assert "Two weeks early." in response.content.decode()


@pytest.mark.parametrize("wrong", [{"bonus-amount": "lots"}, {"bonus-reason": ""}])
def test_a_bonus_without_words_or_amount_comes_back(client, accepted, lead, wrong):
    client.force_login(lead)

    assert client.post(url("give_bonus", accepted), BONUS | wrong).status_code == 422


@pytest.mark.parametrize("typed", ["BHD 1", "0.001", "100 JPY", "$5"])
def test_a_bonus_in_something_else_than_the_engagements_money_is_refused(client, accepted, lead, typed):
    client.force_login(lead)

    answer = client.post(url("give_bonus", accepted), BONUS | {"bonus-amount": typed})

    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.content.decode()
    assert not Milestone.objects.filter(origin="bonus").exists()


def test_a_bonus_is_the_leads_to_give(client, accepted, contractor):
    client.force_login(contractor)
    forbidden = client.post(url("give_bonus", accepted), BONUS).status_code
    client.force_login(make_user("lead"))
    hidden = client.post(url("give_bonus", accepted), BONUS).status_code

    assert (forbidden, hidden, client.get(url("give_bonus", accepted)).status_code) == (403, 404, 405)


def limited(milestone, minor):
    budget = milestone.engagement.funding.budget
    budget.limit_minor = minor
    budget.save()


@pytest.mark.parametrize(("amount", "status"), [("300", 302), ("500", 302), ("500.01", 409)])
def test_the_limit_of_a_bonus_is_asked_of_the_bonus(client, accepted, lead, amount, status):
    limited(accepted, 50_000)  # the milestone was €2,000
    client.force_login(lead)
    assert url("give_bonus", accepted) in client.get(url("milestone", accepted)).content.decode()

    answer = client.post(url("give_bonus", accepted), BONUS | {"bonus-amount": amount})

    assert answer.status_code == status
    assert Milestone.objects.filter(origin="bonus").exists() == (status == 302)


def test_finance_gives_no_bonus_and_answers_for_nobody_over_a_limit(client, accepted, finance):
    limited(accepted, 50_000)
    client.force_login(finance)
    page = client.get(url("milestone", accepted))
    given = client.post(url("give_bonus", accepted), BONUS)
    said = client.post(url("pulse", accepted), {"happy": "no"})

    assert (page.status_code, given.status_code, said.status_code) == (200, 403, 403)
    assert url("give_bonus", accepted) not in page.content.decode()
    assert not Pulse.objects.exists()


# --- happy to continue? ---------------------------------------------------------------
@pytest.mark.parametrize("who", ["lead", "delegate"])
def test_the_lead_and_who_stands_in_answer_for_our_side_whatever_the_limit(client, accepted, lead, who):
    limited(accepted, 50_000)
    person = lead
    if who == "delegate":
        person = make_user("member")
        Engagement.objects.filter(pk=accepted.engagement_id).update(delegate=person)
    client.force_login(person)
    assert url("pulse", accepted) in client.get(url("milestone", accepted)).content.decode()

    answer = client.post(url("pulse", accepted), {"happy": "yes"})

    assert answer.status_code == 302
    pulse = Pulse.objects.get()
    assert (pulse.side, pulse.by, pulse.answer) == ("ours", person, Happiness.YES)


@pytest.fixture
def comms(engagement):
    person = make_user("member", name="Priya Raman")
    Engagement.objects.filter(pk=engagement.pk).update(comms_owner=person)
    return person


def say(milestone, side, answer, by):
    return answer_pulse(milestone, side=side, answer=answer, by=by, at=NOW)


def seen_by(client, person, milestone):
    client.force_login(person)
    page = client.get(url("milestone", milestone)).content.decode()
    panel = re.search(r'id="happy">.*?</section>', page, re.S)
    return set(re.findall(r": <b>(.*?)</b>", panel.group())) if panel else set()


def test_each_sees_the_others_answer_once_both_are_in_and_the_comms_owner_always(
    client, submitted, comms, lead, contractor
):
    say(submitted, "theirs", Happiness.WITH_CHANGES, contractor)
    accept(submitted)
    before = [seen_by(client, who, submitted) for who in (contractor, lead, comms)]
    say(submitted, "ours", Happiness.YES, lead)
    after = [seen_by(client, who, submitted) for who in (contractor, lead, comms)]

    assert before == [{"With changes"}, set(), {"With changes"}]
    assert after == [{"With changes", "Yes"}] * 3


def test_an_admin_who_is_not_named_sees_no_answer(client, submitted, comms, lead, contractor, admin):
    say(submitted, "theirs", Happiness.YES, contractor)
    accept(submitted, happy=Happiness.YES)

    assert seen_by(client, admin, submitted) == set()


def test_the_answers_come_with_handing_in_and_with_the_review(client, funded, lead, contractor):
    client.force_login(contractor)
    client.post(url("submit", funded), typed(funded, happy="yes"))
    client.force_login(lead)
    client.post(url("review", funded), judged(funded, happy="with_changes"))

    assert set(Pulse.objects.values_list("side", "answer")) == {("theirs", "yes"), ("ours", "with_changes")}


def test_an_answer_may_be_given_after_acceptance(client, accepted, lead):
    client.force_login(lead)

    response = client.post(url("pulse", accepted), {"happy": "yes"})

    assert (response.status_code, Pulse.objects.get().answer) == (302, "yes")


def test_once_both_are_in_nobody_changes_an_answer(client, accepted, lead, contractor):
    say(accepted, "theirs", Happiness.YES, contractor)
    say(accepted, "ours", Happiness.YES, lead)
    client.force_login(lead)

    response = client.post(url("pulse", accepted), {"happy": "no"})

    assert response.status_code == 409
    assert "Both answers are in" in response.content.decode()


def test_an_answer_is_asked_of_the_two_alone(client, accepted, comms, admin):
    client.force_login(comms)
    forbidden = client.post(url("pulse", accepted), {"happy": "yes"}).status_code
    client.force_login(make_user("lead"))
    hidden = client.post(url("pulse", accepted), {"happy": "yes"}).status_code

    assert (forbidden, hidden, client.get(url("pulse", accepted)).status_code) == (403, 404, 405)


def test_a_no_opens_a_talk_that_only_the_comms_owner_is_asked_for(client, submitted, comms, lead, contractor):
    say(submitted, "theirs", Happiness.NO, contractor)
    mails = OutboxMail.objects.filter(subject__contains="not happy")

    assert [m.recipient for m in mails] == [comms]
    assert [a.kind for a in home_of(comms, NOW).asks if a.kind == "talk"] == ["talk"]
    assert not [a for who in (lead, contractor) for a in home_of(who, NOW).asks if a.kind == "talk"]


def test_the_comms_owner_says_that_the_talk_was_had(client, submitted, comms, contractor):
    say(submitted, "theirs", Happiness.NO, contractor)
    client.force_login(comms)

    done = client.post(url("talked", submitted)).status_code
    again = client.post(url("talked", submitted)).status_code

    assert (done, again) == (302, 409)
    assert Pulse.objects.get().talked_by == comms
    assert not [a for a in home_of(comms, NOW).asks if a.kind == "talk"]


def test_the_talk_is_the_comms_owners(client, submitted, comms, lead):
    client.force_login(lead)
    forbidden = client.post(url("talked", submitted)).status_code
    client.force_login(make_user("lead"))
    hidden = client.post(url("talked", submitted)).status_code

    assert (forbidden, hidden, client.get(url("talked", submitted)).status_code) == (403, 404, 405)
