"""The own delivery record, appeals, and what staff sees of it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.states import Role
from milestones.models import AppealAnswer, DeliveryRow, RecordAppeal
from milestones.services.delivery import answer_appeal
from tests.factories import NOW, make_appeal, make_contractor, make_delivery_row, make_engagement, make_user

pytestmark = pytest.mark.django_db
REASON = {"reason": "The test system was down."}
ANSWER = {"outcome": "does_not_count", "moved_to": "", "note": "It was down for a week."}


@pytest.fixture
def row(db: None) -> DeliveryRow:
    return make_delivery_row(make_engagement(milestones=("accepted",)).milestones.get(), late=True)


@pytest.fixture
def contractor(row: DeliveryRow) -> User:
    return row.contractor.user


@pytest.fixture
def admin(db: None) -> User:
    return make_user(Role.ADMIN)


def more_rows(row: DeliveryRow, n: int) -> None:
    for _turn in range(n):
        version = row.milestone.engagement.version
        engagement = make_engagement(milestones=("accepted",), contractor=row.contractor, version=version)
        make_delivery_row(engagement.milestones.get())


# --- the page -----------------------------------------------------------------------
def test_under_three_the_record_is_unknown(client: Client, row: DeliveryRow, contractor: User) -> None:
    client.force_login(contractor)

    page = client.get("/record/").content.decode()

    assert "1 finished milestone says nothing yet" in page
    assert "dr-interval" not in page


def test_the_contractor_sees_every_row_with_what_it_rests_on(
    client: Client, row: DeliveryRow, contractor: User
) -> None:
    more_rows(row, 3)
    client.force_login(contractor)

    page = client.get("/record/").content.decode()

    assert "3 of 4 milestones on time" in page
    assert "plausibly 36 % to 94 %" in page
    assert page.count("24 h estimated, 36 h of working time taken") == 4
    assert page.count('class="dr-interval"') == 2  # all, and the one kind of work


def test_nobody_else_has_such_a_page(client: Client) -> None:
    client.force_login(make_user(Role.LEAD))

    assert client.get("/record/").status_code == 404


def test_a_newcomers_record_says_what_will_be_there(client: Client) -> None:
    client.force_login(make_contractor(True).user)

    assert "Each milestone that you estimated stands here" in client.get("/record/").content.decode()


@pytest.mark.parametrize("who", ["contractor", "staff"])
def test_three_rows_cost_as_much_as_one(client: Client, row: DeliveryRow, contractor: User, who: str) -> None:
    client.force_login(contractor if who == "contractor" else row.milestone.engagement.lead)
    path = "/record/" if who == "contractor" else f"/contractors/{row.contractor_id}/"

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    make_appeal(row)
    cost()
    one = cost()
    more_rows(row, 2)

    assert cost() == one


def test_a_long_record_is_turned_row_by_row(client: Client, row: DeliveryRow, contractor: User) -> None:
    more_rows(row, 29)
    newest_first = list(DeliveryRow.objects.of([row.contractor]).values_list("pk", flat=True))
    client.force_login(contractor)

    pages, address = [], "/record/"
    while address:
        page = client.get(address).content.decode()
        pages.append([int(pk) for pk in re.findall(r'id="row-(\d+)"', page)])
        older = re.search(r'href="\?(before=\d+)"', page)
        address = older and f"/record/?{older[1]}"

    assert [pk for shown in pages for pk in shown] == newest_first
    assert [len(shown) for shown in pages] == [12, 12, 6]
    assert "30 in all" in page
    assert "29 of 30 milestones on time" in page


def test_a_form_that_comes_back_is_on_the_page_that_is_shown(
    client: Client, row: DeliveryRow, contractor: User
) -> None:
    more_rows(row, 14)
    client.force_login(contractor)

    page = client.post(f"/record/{row.pk}/appeal", {"reason": ""}).content.decode()

    assert f'id="row-{row.pk}"' in page
    assert 'class="dr-more dr-mt" open' in page


@pytest.mark.parametrize(("number", "most"), [(0, 5), (1, 6), (40, 6)])
def test_a_record_takes_five_statements_however_long(
    client: Client, row: DeliveryRow, contractor: User, number: int, most: int
) -> None:
    make_appeal(row)
    more_rows(row, number - 1)
    if number == 0:
        contractor = make_contractor(True).user
    client.force_login(contractor)
    client.get("/record/")

    with CaptureQueriesContext(connection) as seen:
        client.get("/record/")

    assert len(seen) <= most  # in tests the organisation is read too


def test_each_row_says_what_became_of_its_appeal(client: Client, row: DeliveryRow, contractor: User) -> None:
    more_rows(row, 4)
    others = list(DeliveryRow.objects.exclude(pk=row.pk).order_by("pk"))
    said = "<b>Down</b>,\nfor a week."
    make_appeal(row, reason=said)
    outcomes: list[dict[str, Any]] = [
        {"outcome": "counts"},
        {"outcome": "does_not_count"},
        {"outcome": "corrected", "moved_to": others[2].moved_to + timedelta(days=400)},
    ]
    for other, outcome in zip(others, outcomes, strict=False):
        answer_appeal(make_appeal(other), **outcome, note="I looked.", by=make_user(Role.ADMIN), at=NOW)
    client.force_login(contractor)

    page = client.get("/record/").content.decode()
    drawn = dict(re.findall(r'<section class="dr-panel" id="row-(\d+)"(.*?)</section>', page, re.S))

    assert "&lt;b&gt;Down&lt;/b&gt;,<br>for a week." in drawn[str(row.pk)]
    shown = [
        (re.findall(r"dr-tag dr-tag--\w+\">([^<]+)", drawn[str(pk)]), "corrected from" in drawn[str(pk)])
        for pk in (row.pk, *(other.pk for other in others))
    ]
    assert shown == [
        (["late", "appealed"], False),
        (["on time"], False),
        (["left out"], False),
        (["on time"], True),
        (["on time"], False),
    ]
    may_be_appealed = re.findall(r'<textarea[^>]* id="appeal(\d+)_reason"', page)
    assert sorted(map(int, may_be_appealed)) == [others[0].pk, others[2].pk, others[3].pk]


def test_staff_sees_the_record_on_the_contractors_page(client: Client, row: DeliveryRow) -> None:
    more_rows(row, 3)
    appeal = make_appeal(row)
    client.force_login(make_user(Role.LEAD))

    page = client.get(f"/contractors/{row.contractor_id}/").content.decode()

    assert "3 of 4 on time" in page
    assert f"/appeals/{appeal.pk}/" in page


# --- appealing ----------------------------------------------------------------------
def test_the_contractor_appeals_a_row(client: Client, row: DeliveryRow, contractor: User) -> None:
    client.force_login(contractor)

    answer = client.post(f"/record/{row.pk}/appeal", REASON)

    assert answer["Location"] == f"/record/#row-{row.pk}"
    assert RecordAppeal.objects.get().reason == REASON["reason"]


def test_appealing_twice_is_refused_and_nothing_typed_is_lost(
    client: Client, row: DeliveryRow, contractor: User
) -> None:
    make_appeal(row)
    client.force_login(contractor)

    answer = client.post(f"/record/{row.pk}/appeal", {"reason": "Look again, it was down."})

    assert answer.status_code == 409
    assert "appealed this row already" in answer.content.decode()
    assert "Look again, it was down." in answer.content.decode()


def test_an_appeal_without_a_reason_comes_back(client: Client, row: DeliveryRow, contractor: User) -> None:
    client.force_login(contractor)

    assert client.post(f"/record/{row.pk}/appeal", {"reason": ""}).status_code == 422


def test_our_side_appeals_nobodys_record(client: Client, row: DeliveryRow) -> None:
    client.force_login(row.milestone.engagement.lead)

    assert client.post(f"/record/{row.pk}/appeal", REASON).status_code == 403


def test_a_row_of_somebody_else_is_hidden(client: Client, row: DeliveryRow) -> None:
    client.force_login(make_contractor(True).user)

    assert client.post(f"/record/{row.pk}/appeal", REASON).status_code == 404


def test_an_appeal_is_posted(client: Client, row: DeliveryRow, contractor: User) -> None:
    client.force_login(contractor)

    assert client.get(f"/record/{row.pk}/appeal").status_code == 405


# --- answering ----------------------------------------------------------------------
def test_an_admin_answers(client: Client, row: DeliveryRow, admin: User) -> None:
    appeal = make_appeal(row)
    client.force_login(admin)

    page = client.get(f"/appeals/{appeal.pk}/").content.decode()
    answer = client.post(f"/appeals/{appeal.pk}/", ANSWER, follow=True)

    assert "The test system was down." in page
    assert AppealAnswer.objects.get().outcome == "does_not_count"
    assert "left out" in answer.content.decode()


def test_answering_twice_is_refused(client: Client, row: DeliveryRow, admin: User) -> None:
    appeal = make_appeal(row)
    answer_appeal(appeal, outcome="counts", note="Looked.", by=admin, at=NOW)
    client.force_login(admin)

    answer = client.post(f"/appeals/{appeal.pk}/", ANSWER)

    assert answer.status_code == 409
    assert AppealAnswer.objects.get().outcome == "counts"


def test_an_answer_that_lacks_something_comes_back(client: Client, row: DeliveryRow, admin: User) -> None:
    appeal = make_appeal(row)
    client.force_login(admin)

    answer = client.post(f"/appeals/{appeal.pk}/", {"outcome": "", "note": "I looked.", "moved_to": "soon"})

    assert answer.status_code == 422
    assert "I looked." in answer.content.decode()


def test_the_lead_of_the_work_reads_but_does_not_answer(client: Client, row: DeliveryRow) -> None:
    appeal = make_appeal(row)
    client.force_login(row.milestone.engagement.lead)

    assert "Answer the appeal" not in client.get(f"/appeals/{appeal.pk}/").content.decode()
    assert client.post(f"/appeals/{appeal.pk}/", ANSWER).status_code == 403


@pytest.mark.parametrize("role", [Role.MEMBER, Role.FINANCE])
def test_appeals_are_hidden_from_who_has_no_part_in_them(client: Client, row: DeliveryRow, role: str) -> None:
    appeal = make_appeal(row)
    client.force_login(make_user(role))

    assert client.get(f"/appeals/{appeal.pk}/").status_code == 404
    assert client.post(f"/appeals/{appeal.pk}/", ANSWER).status_code == 404


def test_the_contractor_reads_the_answer(client: Client, row: DeliveryRow, contractor: User, admin: User) -> None:
    answer_appeal(make_appeal(row), outcome="counts", note="The system was up.", by=admin, at=NOW)
    client.force_login(contractor)

    assert "The system was up." in client.get("/record/").content.decode()
