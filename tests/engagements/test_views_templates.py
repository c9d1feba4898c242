"""The template pages: five tests a write view, two tabs, bad input, and counts of queries."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.states import Role
from contractors.models import Opening
from core.money import Money
from engagements.forms.fields import canonical_number, share_text
from engagements.models import ContractTemplate, OpeningOrigin, TemplateVersion
from engagements.services import templates
from engagements.states import VersionStatus
from tests.factories import NOW, make_engagement, make_user, make_version

pytestmark = pytest.mark.django_db
SEES, WRITES = (Role.LEAD, Role.ADMIN), (Role.LEAD,)
BLIND = (Role.MEMBER, Role.FINANCE, Role.CONTRACTOR)


@pytest.fixture
def lead():
    return make_user()


@pytest.fixture
def signed_in(client, lead):
    client.force_login(lead)
    return client


@pytest.fixture
def draft(lead):
    return templates.create_template("Speed", role="Engineer", price=Money(400_000, "EUR"), by=lead, at=NOW)


def typed(version: TemplateVersion, **facts: Any) -> dict[str, Any]:
    """What the editor sends: two milestones, one goal at the second."""
    from engagements.queries import draft_version

    return {
        "seen": draft_version(version),
        "act": "save",
        "role": "Performance engineer",
        "brief": "Make it fast.",
        "clauses": "",
        "currency": "EUR",
        "price": "4,000",
        "checkin_days": "5",
        "review_days": "3",
        "notice_days": "10",
        "guides-TOTAL_FORMS": "0",
        "guides-INITIAL_FORMS": "0",
        "milestones-TOTAL_FORMS": "2",
        "milestones-INITIAL_FORMS": "0",
        "milestones-0-title": "Walk-through",
        "milestones-0-deliverable": "A list of what is slow.",
        "milestones-0-share_bp": "33.33",
        "milestones-0-due_after_days": "7",
        "milestones-1-title": "Fast page",
        "milestones-1-deliverable": "A pull request.",
        "milestones-1-share_bp": "66.67 %",
        "milestones-1-due_after_days": "21",
        "goals-TOTAL_FORMS": "1",
        "goals-INITIAL_FORMS": "0",
        "goals-0-metric": "p95",
        "goals-0-unit": "ms",
        "goals-0-baseline": "2400.50",
        "goals-0-target": "1200",
        "goals-0-kind": "measured",
        "goals-0-direction": "at_most",
        "goals-0-method": "200 loads",
        "goals-0-measured_by": "team",
        "goals-0-milestone": "2",
        **facts,
    }


def edit_url(version):
    return reverse("engagements:version_edit", args=[version.pk])


def act_url(name, version):
    return reverse(f"engagements:{name}", args=[version.pk])


# --- reading ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", SEES)
def test_leads_and_admins_read_templates(client, lead, role):
    version = make_version(lead)
    client.force_login(make_user(role))

    assert version.template.name in client.get(reverse("engagements:templates")).text
    page = client.get(reverse("engagements:template", args=[version.template_id]))
    assert "€1,600" in page.text
    assert ("Post an opening" in page.text) == (role in WRITES)


@pytest.mark.parametrize("role", BLIND)
def test_templates_are_hidden_from_everybody_else(client, lead, role):
    version = make_version(lead)
    client.force_login(make_user(role))

    urls = [
        reverse("engagements:templates"),
        reverse("engagements:template_new"),
        reverse("engagements:template", args=[version.template_id]),
        edit_url(version),
        act_url("opening_new", version),
    ]
    assert [client.get(url).status_code for url in urls] == [404] * 5


def test_the_list_costs_the_same_for_one_and_three_templates(signed_in, lead):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            assert signed_in.get(reverse("engagements:templates")).status_code == 200
        return len(asked)

    make_engagement(lead=lead)
    one = cost()
    make_engagement(lead=lead)
    make_engagement(lead=lead)

    assert cost() == one


def test_the_template_page_costs_the_same_for_one_and_five_milestones(signed_in, lead):
    def cost(version):
        with CaptureQueriesContext(connection) as asked:
            assert signed_in.get(reverse("engagements:template", args=[version.template_id])).status_code == 200
        return len(asked)

    assert cost(make_version(lead, shares=(10_000,))) == cost(make_version(lead, shares=(2000,) * 5))


def test_another_version_can_be_looked_at(signed_in, lead):
    old = make_version(lead, shares=(10_000,))
    new = templates.new_draft(old.template, by=lead, at=NOW)
    url = reverse("engagements:template", args=[old.template_id])

    assert signed_in.get(url).context["shown"].pk == old.pk
    assert signed_in.get(url, {"version": 2}).context["shown"].pk == new.pk
    assert signed_in.get(url, {"version": "9" * 40}).context["shown"].pk == old.pk


# --- a new template -------------------------------------------------------------------------------------------------


def new(client, **facts):
    given = {"name": "Speed", "role": "Engineer", "currency": "EUR", "price": "4.000,00", **facts}
    return client.post(reverse("engagements:template_new"), given)


def test_a_new_template_leads_to_its_editor(signed_in):
    answer = new(signed_in)

    version = TemplateVersion.objects.get()
    assert (answer.status_code, answer.url) == (302, edit_url(version))
    assert version.price == Money(400_000, "EUR")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 121},
        {"price": "-5"},
        {"price": "0"},
        {"price": "9" * 20},
        {"price": "many"},
        {"currency": "QQQ"},
        {"currency": ""},
        {"role": ""},
    ],
)
def test_a_new_template_with_a_wrong_answer_comes_back_with_everything_typed(signed_in, wrong):
    answer = new(signed_in, **wrong)

    assert answer.status_code == 422
    assert ContractTemplate.objects.count() == 0
    if "role" not in wrong:
        assert 'value="Engineer"' in answer.text


def test_a_name_that_is_taken_is_said_beside_the_field(signed_in, draft):
    answer = new(signed_in)

    assert answer.status_code == 409
    assert "of this name already" in answer.text
    assert 'value="Engineer"' in answer.text


def test_an_admin_writes_no_template(client):
    client.force_login(make_user(Role.ADMIN))

    assert new(client).status_code == 403


def test_a_form_sent_twice_makes_one_template(signed_in):
    key = "ab" * 16

    first, second = new(signed_in, form_key=key), new(signed_in, form_key=key)

    assert (second.url, ContractTemplate.objects.count()) == (first.url, 1)


# --- the editor -----------------------------------------------------------------------------------------------------


def test_the_editor_opens_with_blank_rows(signed_in, draft):
    page = signed_in.get(edit_url(draft))

    assert page.status_code == 200
    assert 'name="milestones-0-title"' in page.text
    assert 'name="goals-0-metric"' in page.text


def test_saving_stores_everything_in_canonical_form(signed_in, draft):
    answer = signed_in.post(edit_url(draft), typed(draft))

    assert (answer.status_code, answer.url) == (302, edit_url(draft))
    draft.refresh_from_db()
    assert (draft.role, draft.price) == ("Performance engineer", Money(400_000, "EUR"))
    assert list(draft.milestones.values_list("share_bp", "due_after_days")) == [(3333, 7), (6667, 21)]
    assert list(draft.goals.values_list("baseline", "target", "milestone__title")) == [("2400.5", "1200", "Fast page")]


def test_what_was_saved_is_read_back_as_the_same(signed_in, draft):
    signed_in.post(edit_url(draft), typed(draft))

    page = signed_in.get(edit_url(draft)).text

    assert 'value="33.33"' in page
    assert 'value="4000.00"' in page
    assert "€1,333.20" in page  # what a third of the price is


def test_a_row_taken_out_moves_the_goals_that_hang_on_later_ones(signed_in, draft):
    given = typed(draft, **{"milestones-0-DELETE": "on", "milestones-1-share_bp": "100"})

    signed_in.post(edit_url(draft), given)

    assert draft.milestones.get().title == "Fast page"
    assert draft.goals.get().milestone.position == 1


def test_a_goal_whose_milestone_was_taken_out_is_said_beside_it(signed_in, draft):
    answer = signed_in.post(edit_url(draft), typed(draft, **{"milestones-1-DELETE": "on"}))

    assert answer.status_code == 422
    assert "There is no milestone 2 in the plan" in answer.text
    assert 'value="Walk-through"' in answer.text


def test_a_blank_row_is_left_out(signed_in, draft):
    blank = {f"milestones-1-{name}": "" for name in ("title", "deliverable", "share_bp", "due_after_days")}

    answer = signed_in.post(edit_url(draft), typed(draft, **blank, **{"goals-0-milestone": "1"}))

    assert (answer.status_code, draft.milestones.count()) == (302, 1)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"price": "free"}, "Give an amount"),
        ({"checkin_days": "0"}, "greater than or equal to 1"),
        ({"review_days": "9" * 30}, "less than or equal to 60"),
        ({"milestones-0-share_bp": "0"}, "Give a share of the price"),
        ({"milestones-0-share_bp": "101"}, "Give a share of the price"),
        ({"milestones-0-share_bp": "³"}, "Give a share of the price"),
        ({"milestones-0-due_after_days": "99999"}, "less than or equal to 1825"),
        ({"milestones-0-due_after_days": "soon"}, "Enter a whole number"),
        ({"milestones-0-title": "x" * 161}, "at most 160 characters"),
        ({"goals-0-target": "fast"}, "Give a plain number"),
        ({"goals-0-target": "1e400"}, "Give a plain number"),
        ({"goals-0-target": "NaN"}, "Give a plain number"),
        ({"goals-0-target": "1,200"}, "Give a plain number"),
        ({"goals-0-baseline": "1" * 16}, "Give a plain number"),
        ({"goals-0-direction": "sideways"}, "Select a valid choice"),
        ({"goals-0-milestone": "0"}, "greater than or equal to 1"),
        ({"goals-0-milestone": "7"}, "There is no milestone 7"),
        ({"brief": "x" * 20_001}, "at most 20000 characters"),
        ({"milestones-TOTAL_FORMS": ""}, "came in without its rows"),
        ({"milestones-TOTAL_FORMS": "21"}, "more than 20 rows"),
        ({"goals-TOTAL_FORMS": "999999999999"}, "more than 40 rows"),
    ],
)
def test_a_wrong_answer_comes_back_with_a_sentence_and_everything_typed(signed_in, draft, wrong, said):
    answer = signed_in.post(edit_url(draft), typed(draft, **wrong))

    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Performance engineer"' in answer.text
    draft.refresh_from_db()
    assert (draft.role, draft.milestones.count()) == ("Engineer", 0)


def test_ten_megabytes_are_refused_before_anything_is_read(signed_in, draft):
    assert signed_in.post(edit_url(draft), typed(draft, brief="x" * 10_000_000)).status_code == 413


def test_control_and_direction_characters_are_taken_out(signed_in, draft):
    signed_in.post(edit_url(draft), typed(draft, role="Eng\x00ineer \u202egpj"))

    draft.refresh_from_db()
    assert draft.role == "Engineer gpj"


@pytest.mark.parametrize(("act", "prefix", "count"), [("add_milestone", "milestones", 3), ("add_goal", "goals", 2)])
def test_without_script_a_button_asks_for_one_more_row(signed_in, draft, act, prefix, count):
    answer = signed_in.post(edit_url(draft), typed(draft, act=act))

    assert answer.status_code == 200
    assert f'name="{prefix}-{count - 1}-DELETE"' in answer.text
    assert 'value="Walk-through"' in answer.text
    assert draft.milestones.count() == 0


def test_a_stale_tab_gets_409_with_everything_it_typed_and_may_save_once_more(signed_in, draft):
    mine = typed(draft, role="Mine")
    signed_in.post(edit_url(draft), typed(draft, role="Theirs"))

    answer = signed_in.post(edit_url(draft), mine)

    assert answer.status_code == 409
    assert "Somebody saved this draft" in answer.text
    assert 'value="Mine"' in answer.text
    draft.refresh_from_db()
    assert draft.role == "Theirs"

    signed_in.post(edit_url(draft), {**mine, "seen": answer.context["seen"]})
    draft.refresh_from_db()
    assert draft.role == "Mine"


def test_a_published_version_is_not_edited(signed_in, lead):
    version = make_version(lead)

    assert signed_in.get(edit_url(version)).status_code == 302
    answer = signed_in.post(edit_url(version), typed(version))
    assert answer.status_code == 409
    assert "never changes" in answer.text


def test_an_admin_reads_but_does_not_edit(client, draft):
    client.force_login(make_user(Role.ADMIN))

    assert client.get(edit_url(draft)).status_code == 403
    assert client.post(edit_url(draft), typed(draft)).status_code == 403


def test_save_and_publish_does_both(signed_in, draft):
    answer = signed_in.post(edit_url(draft), typed(draft, act="publish"))

    draft.refresh_from_db()
    assert (answer.status_code, draft.status) == (302, VersionStatus.PUBLISHED)


def test_save_and_publish_of_a_draft_with_gaps_saves_it_and_says_what_is_missing(signed_in, draft):
    answer = signed_in.post(edit_url(draft), typed(draft, act="publish", **{"goals-0-target": ""}))

    assert answer.status_code == 409
    assert "Not published yet: goal 1: give it a target." in answer.text
    draft.refresh_from_db()
    assert (draft.status, draft.role) == (VersionStatus.DRAFT, "Performance engineer")


# --- publish, retire, new draft, opening: five each -------------------------------------------------------------------


def complete(draft, lead):
    from tests.engagements.test_services_templates import write

    return write(draft, lead)


def test_publishing(signed_in, draft, lead):
    complete(draft, lead)

    assert signed_in.post(act_url("publish", draft)).status_code == 302

    draft.refresh_from_db()
    assert (draft.status, draft.published_by) == (VersionStatus.PUBLISHED, lead)


def test_publishing_what_has_gaps_is_refused_with_the_sentence(signed_in, draft):
    answer = signed_in.post(act_url("publish", draft))

    assert answer.status_code == 409
    assert "add a measurable goal" in answer.text


def test_retiring(signed_in, lead):
    version = make_version(lead)

    assert signed_in.post(act_url("retire", version)).status_code == 302

    version.refresh_from_db()
    assert version.status == VersionStatus.RETIRED


def test_retiring_a_draft_is_refused(signed_in, draft):
    assert signed_in.post(act_url("retire", draft)).status_code == 409


def test_starting_a_new_version(signed_in, lead):
    version = make_version(lead)

    answer = signed_in.post(reverse("engagements:new_draft", args=[version.template_id]))

    assert answer.url == edit_url(TemplateVersion.objects.get(number=2))


def test_starting_a_second_draft_is_refused(signed_in, draft):
    assert signed_in.post(reverse("engagements:new_draft", args=[draft.template_id])).status_code == 409


def opening(lead, **facts):
    return {
        "title": "Payment page, faster",
        "brief": "Make it fast.",
        "currency": "EUR",
        "reviewers": [lead.pk],
        "criteria-TOTAL_FORMS": "1",
        "criteria-INITIAL_FORMS": "0",
        "criteria-0-name": "Has done it",
        "criteria-0-weight": "2",
        "questions-TOTAL_FORMS": "1",
        "questions-INITIAL_FORMS": "0",
        "questions-0-text": "What did you speed up last?",
        "questions-0-is_required": "on",
        **facts,
    }


def test_the_opening_page_is_filled_from_the_version(signed_in, lead):
    version = make_version(lead)

    page = signed_in.get(act_url("opening_new", version)).text

    assert "Make it fast." in page
    assert "p95 of the payment page: at most 1200 ms (today 2400)" in page


def test_posting_an_opening(signed_in, lead):
    version = make_version(lead)

    answer = signed_in.post(act_url("opening_new", version), opening(lead))

    made = Opening.objects.get()
    assert answer.url == reverse("contractors:opening", args=[made.pk])
    assert (made.lead, OpeningOrigin.objects.get(opening=made).version) == (lead, version)


def test_an_opening_with_a_wrong_answer_comes_back_with_everything_typed(signed_in, lead):
    answer = signed_in.post(act_url("opening_new", make_version(lead)), opening(lead, title=""))

    assert answer.status_code == 422
    assert "What did you speed up last?" in answer.text


def test_an_opening_of_a_draft_is_refused_and_nothing_typed_is_lost(signed_in, draft, lead):
    answer = signed_in.post(act_url("opening_new", draft), opening(lead))

    assert answer.status_code == 409
    assert "What did you speed up last?" in answer.text
    assert signed_in.get(act_url("opening_new", draft)).status_code == 302


@pytest.mark.parametrize("name", ["publish", "retire", "opening_new", "version_edit"])
def test_admins_may_not_and_others_do_not_see(client, lead, name):
    version = make_version(lead)
    codes = {}
    for role in (Role.ADMIN, *BLIND):
        client.force_login(make_user(role))
        codes[role] = client.post(act_url(name, version), {}).status_code

    assert codes == {Role.ADMIN: 403, **dict.fromkeys(BLIND, 404)}


def test_a_new_version_is_the_leads_to_start(client, lead):
    version = make_version(lead)
    url = reverse("engagements:new_draft", args=[version.template_id])
    codes = []
    for role in (Role.ADMIN, *BLIND):
        client.force_login(make_user(role))
        codes.append(client.post(url).status_code)

    assert codes == [403, 404, 404, 404]


@pytest.mark.parametrize("name", ["publish", "retire"])
def test_acts_are_posts(signed_in, draft, name):
    assert signed_in.get(act_url(name, draft)).status_code == 405
    assert signed_in.get(reverse("engagements:new_draft", args=[draft.template_id])).status_code == 405


@pytest.mark.parametrize("pk", [0, 10**9, 10**30])
def test_what_is_not_there_is_404(signed_in, pk):
    for name in ("publish", "retire"):
        assert signed_in.post(f"/template-versions/{pk}/{name}").status_code == 404
    assert signed_in.get(f"/templates/{pk}/").status_code == 404
    assert signed_in.get(f"/template-versions/{pk}/edit").status_code == 404


# --- the two fields -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed_text", "kept"),
    [("+01.50", "1.5"), ("-0", "0"), ("−3", "-3"), ("1200", "1200"), ("0.00001", "0.00001"), ("100", "100")],
)
def test_numbers_of_goals_are_kept_in_one_way(typed_text, kept):
    assert canonical_number(typed_text) == kept


@pytest.mark.parametrize(("share", "text"), [(3333, "33.33"), (10_000, "100"), (50, "0.5"), (2500, "25"), (1, "0.01")])
def test_shares_read_back_as_the_same(share, text):
    from engagements.forms.fields import ShareField

    assert share_text(share) == text
    assert ShareField().clean(text) == share
