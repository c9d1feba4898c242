import pytest

from contractors.models import Application, Contractor
from contractors.views.public import APPLICATIONS_AN_HOUR
from core.models import OutboxMail
from tests.factories import NOW, make_application, make_contractor, make_opening, make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def organisation():
    return make_organisation()


@pytest.fixture
def opening():
    return make_opening(brief="Make it **fast**. <script>alert(1)</script>")


def typed(opening, **changes):
    return {
        "name": "Kwame Boateng",
        "email": "kwame@example.net",
        "price": "3.600",
        "per": "whole",
        "website": "",
        f"answer_{opening.questions.get().pk}": "A payment page, from 4 s to 0.9 s.",
        **changes,
    }


def path(opening):
    return f"/apply/{opening.token}/"


def test_anybody_can_read_it_without_an_account(client, opening):
    response = client.get(path(opening))

    page = response.content.decode()
    assert response.status_code == 200
    assert "<strong>fast</strong>" in page
    assert "<script>alert" not in page
    assert "What did you speed up last?" in page


def test_an_application_is_taken_and_thanked_for(client, opening):
    response = client.post(path(opening), typed(opening))

    assert response.headers["Location"] == f"/apply/{opening.token}/thanks/"
    application = Application.objects.get()
    assert application.asked_minor == 360_000
    assert application.contractor.email == "kwame@example.net"
    assert "Thank you" in client.get(response.headers["Location"]).content.decode()


def test_a_second_application_looks_exactly_like_the_first(client, opening):
    first = client.post(path(opening), typed(opening))
    second = client.post(path(opening), typed(opening, name="Stranger", price="1"))

    assert (first.status_code, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    assert Application.objects.get().asked_minor == 360_000
    assert Contractor.objects.get().name == "Kwame Boateng"
    assert OutboxMail.objects.filter(address="kwame@example.net").count() == 2


def test_the_form_says_nothing_about_somebody_who_is_known_already(client, opening):
    make_application(opening, make_contractor(name="Secret Name", email="kwame@example.net"))
    response = client.post(path(opening), typed(opening), follow=True)
    assert "Secret Name" not in response.content.decode()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Please fill this in."),
        ({"name": "x" * 161}, "at most 160"),
        ({"email": "not-an-address"}, "valid email"),
        ({"email": "x" * 250 + "@example.org"}, "at most 254"),
        ({"price": "cheap"}, "Give an amount"),
        ({"price": "-5"}, "Give an amount"),
        ({"price": "0"}, "above zero"),
        ({"price": "1,400.505"}, "decimals"),
        ({"price": "9" * 18}, "more than one amount"),
        ({"per": "minute"}, "not one of the available choices"),
        ({"name": "\x00"}, "Please fill this in."),
    ],
)
def test_a_wrong_answer_is_said_and_nothing_typed_is_lost(client, opening, change, sentence):
    response = client.post(path(opening), typed(opening, **change))

    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in page
    assert "A payment page, from 4 s to 0.9 s." in page
    assert not Application.objects.exists()


def test_a_needed_question_left_empty_is_said(client, opening):
    blank = {f"answer_{opening.questions.get().pk}": " "}
    assert client.post(path(opening), typed(opening, **blank)).status_code == 422


def test_an_answer_of_ten_megabytes_is_refused(client, opening):
    huge = {f"answer_{opening.questions.get().pk}": "x" * 10_000_000}
    assert client.post(path(opening), typed(opening, **huge)).status_code == 413


def test_a_program_that_fills_in_everything_gets_the_same_page_and_leaves_nothing(client, opening):
    response = client.post(path(opening), typed(opening, website="https://spam.example"))
    assert response.headers["Location"] == f"/apply/{opening.token}/thanks/"
    assert not Application.objects.exists()


def test_the_same_network_sends_at_most_twenty_an_hour_and_keeps_what_it_typed(client, opening):
    for n in range(APPLICATIONS_AN_HOUR):
        assert client.post(path(opening), typed(opening, email=f"a{n}@example.net")).status_code == 302

    response = client.post(path(opening), typed(opening, email="one-too-many@example.net"))

    assert response.status_code == 429
    page = response.content.decode()
    assert "Wait an hour" in page
    assert "one-too-many@example.net" in page
    assert Application.objects.count() == APPLICATIONS_AN_HOUR


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_closed_opening_says_so(client, method):
    closed = make_opening(closed_at=NOW)
    response = getattr(client, method)(path(closed))
    assert response.status_code == 410
    assert "is closed" in response.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unpublished_opening_and_an_unknown_link_are_not_found(client, method):
    draft = make_opening(published=False)
    assert getattr(client, method)(path(draft)).status_code == 404
    assert client.get(f"/apply/{draft.token}/thanks/").status_code == 404
    assert getattr(client, method)("/apply/nothing-here/").status_code == 404
    assert getattr(client, method)("/apply/" + "x" * 500 + "/").status_code == 404


def test_other_methods_are_rejected(client, opening):
    assert client.delete(path(opening)).status_code == 405
    assert client.post(f"/apply/{opening.token}/thanks/").status_code == 405


def test_the_public_pages_are_not_kept_by_caches(client, opening):
    assert "no-store" in client.get(path(opening)).headers["Cache-Control"]
