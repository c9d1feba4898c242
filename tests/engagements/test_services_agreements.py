"""One text, one hash, two names under it."""

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.states import Role
from core.errors import DomainError, NotAllowed
from core.models import Event
from core.money import Money
from engagements.models import Agreement, Contact, Signature
from engagements.queries import court_of_offer, current_agreement, latest_agreement
from engagements.services import offers, states
from engagements.services.agreements import canonical, freeze, sha256_of, sign, verify, void
from engagements.states import Court, EngagementStatus, Side
from tests.factories import NOW, make_engagement, make_user


@pytest.fixture
def engagement(db):
    return make_engagement(EngagementStatus.OFFERED, milestones=())


@pytest.fixture
def ana(engagement):
    return engagement.contractor.user


@pytest.fixture
def agreement(engagement):
    document = {"title": engagement.title, "price": engagement.price, "starts_on": engagement.starts_on}
    return freeze(engagement, document=document, html="<h1>Agreement</h1>", by=engagement.lead, at=NOW)


def put(agreement, side, by, name=None, at=NOW):
    return sign(agreement, side=side, typed_name=by.name if name is None else name, ip="192.0.2.1", by=by, at=at)


def both(agreement, engagement):
    put(agreement, Side.THEIRS, engagement.contractor.user)
    put(agreement, Side.OURS, engagement.lead)


# --- canonical text ----------------------------------------------------------------------------------------------


def test_canonical_text_is_sorted_tight_and_says_money_in_minor_units():
    document = {"b": Money(140_000, "EUR"), "a": date(2026, 11, 26), "ü": ["é", True, None, 3]}

    assert canonical(document) == ('{"a":"2026-11-26","b":{"currency":"EUR","minor":140000},"ü":["é",true,null,3]}')


def test_one_instant_in_two_zones_is_one_text():
    there = timezone(timedelta(hours=-5))

    assert canonical({"at": NOW}) == canonical({"at": NOW.astimezone(there)})


@pytest.mark.parametrize("value", [1.5, float("nan"), object(), {1: "a"}, datetime(2026, 1, 1), b"x", {"x"}])
def test_what_has_no_one_way_to_be_written_is_refused(value):
    with pytest.raises(TypeError):
        canonical({"a": value})


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | texts
    | st.dates()
    | st.datetimes(timezones=st.just(UTC))
    | st.builds(Money, st.integers(0, 10**12), st.sampled_from(["EUR", "JPY", "BHD"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def shuffled(value):
    """The same document with every dictionary's keys the other way round."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(list(value))}
    if isinstance(value, list):
        return [shuffled(part) for part in value]
    return value


@given(st.dictionaries(st.text("abcdefgh", max_size=8), values, max_size=6))
def test_the_order_of_keys_never_changes_the_text_and_reading_it_back_gives_it_again(document):
    text = canonical(document)

    assert canonical(shuffled(document)) == text
    assert canonical(json.loads(text)) == text
    assert sha256_of(text) == sha256_of(canonical(json.loads(text)))


# --- freezing ----------------------------------------------------------------------------------------------------


def test_freezing_keeps_text_html_and_hash(agreement, engagement):
    assert agreement.number == 1
    assert agreement.sha256 == sha256_of(agreement.canonical)
    assert verify(agreement)
    assert Event.objects.of(engagement).get().verb == "froze"


def test_a_second_agreement_waits_until_the_first_is_voided(agreement, engagement):
    with pytest.raises(DomainError, match="already"):
        freeze(engagement, document={"a": 1}, html="", by=engagement.lead, at=NOW)

    void(agreement, reason="The estimate changed", by=engagement.lead, at=NOW)
    second = freeze(engagement, document={"a": 1}, html="", by=engagement.lead, at=NOW)

    assert (second.number, current_agreement(engagement), latest_agreement(engagement)) == (2, second, second)


# --- signing -----------------------------------------------------------------------------------------------------


def test_a_signature_carries_name_hash_address_and_moment(agreement, ana):
    signature = put(agreement, Side.THEIRS, ana)

    assert (signature.typed_name, signature.sha256, signature.ip, signature.at) == (
        ana.name,
        agreement.sha256,
        "192.0.2.1",
        NOW,
    )
    assert (Contact.objects.get().side, Contact.objects.get().kind) == (Side.THEIRS, "signature")


@pytest.mark.parametrize("change", [str.upper, str.lower, lambda name: f"  {name.replace(' ', '   ')} "])
def test_case_and_spaces_of_the_typed_name_do_not_matter(agreement, ana, change):
    assert put(agreement, Side.THEIRS, ana, name=change(ana.name)).side == Side.THEIRS


@pytest.mark.parametrize("name", ["", " ", "Somebody Else", "Contractor"])
def test_another_name_is_refused(agreement, ana, name):
    with pytest.raises(DomainError, match="Type your name"):
        put(agreement, Side.THEIRS, ana, name=name)


def test_a_side_signs_once(agreement, ana):
    put(agreement, Side.THEIRS, ana)

    with pytest.raises(DomainError, match="signed this already"):
        put(agreement, Side.THEIRS, ana)


def test_nobody_signs_for_the_other_side(agreement, engagement, ana):
    with pytest.raises(NotAllowed):
        put(agreement, Side.OURS, ana)
    with pytest.raises(NotAllowed):
        put(agreement, Side.THEIRS, engagement.lead)
    with pytest.raises(NotAllowed):
        put(agreement, Side.OURS, make_user(Role.ADMIN))


def test_a_voided_agreement_is_not_signed(agreement, engagement, ana):
    void(agreement, reason="", by=engagement.lead, at=NOW)

    with pytest.raises(DomainError, match="voided"):
        put(agreement, Side.THEIRS, ana)


def test_what_both_signed_is_not_voided(agreement, engagement):
    both(agreement, engagement)

    with pytest.raises(DomainError, match="stands"):
        void(agreement, reason="", by=engagement.lead, at=NOW)


def test_voiding_says_who_when_and_why_and_happens_once(agreement, engagement):
    row = void(agreement, reason="The estimate changed", by=engagement.lead, at=NOW)

    assert (row.voided_at, row.voided_by, row.void_reason) == (NOW, engagement.lead, "The estimate changed")
    with pytest.raises(DomainError, match="voided already"):
        void(agreement, reason="", by=engagement.lead, at=NOW)


def test_an_altered_text_no_longer_verifies(agreement):
    agreement.canonical = agreement.canonical.replace("400000", "100000")

    assert not verify(agreement)


def test_the_database_keeps_agreements_and_signatures(agreement, ana):
    put(agreement, Side.THEIRS, ana)
    acts = [
        lambda: Agreement.objects.update(canonical="{}"),
        lambda: Agreement.objects.update(sha256="0" * 64),
        lambda: Signature.objects.update(typed_name="x"),
        lambda: Signature.objects.all()._raw_delete("default"),
    ]
    for act in acts:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()


# --- the offer's court and states -----------------------------------------------------------------------------------


def test_an_offer_is_theirs_until_they_sign_and_then_ours(agreement, engagement, ana):
    assert court_of_offer(engagement) == Court.THEIRS

    put(agreement, Side.THEIRS, ana)

    assert court_of_offer(engagement) == Court.OURS


def test_voiding_gives_the_court_back(agreement, engagement, ana):
    put(agreement, Side.THEIRS, ana)
    void(agreement, reason="", by=engagement.lead, at=NOW)

    assert court_of_offer(engagement) == Court.THEIRS


def test_a_draft_becomes_an_offer_with_its_end(db):
    engagement = make_engagement(EngagementStatus.DRAFT, milestones=())

    engagement = states.offer(engagement, expires_at=NOW + timedelta(days=7), by=engagement.lead, at=NOW)

    assert (engagement.status, engagement.offered_at, engagement.offer_expires_at) == (
        EngagementStatus.OFFERED,
        NOW,
        NOW + timedelta(days=7),
    )


def test_an_offer_that_ends_before_it_begins_is_refused(db):
    engagement = make_engagement(EngagementStatus.DRAFT, milestones=())

    with pytest.raises(DomainError):
        states.offer(engagement, expires_at=NOW, by=engagement.lead, at=NOW)


def test_nothing_is_agreed_before_both_have_signed(agreement, engagement, ana):
    put(agreement, Side.THEIRS, ana)

    with pytest.raises(DomainError, match="once both sides have signed"):
        states.agree(engagement, by=engagement.lead, at=NOW)


def test_with_both_signatures_it_is_agreed_and_then_runs(agreement, engagement):
    both(agreement, engagement)

    engagement = states.agree(engagement, by=engagement.lead, at=NOW)
    assert (engagement.status, engagement.agreed_at) == (EngagementStatus.AGREED, NOW)

    assert states.activate(engagement, by=engagement.lead, at=NOW).status == EngagementStatus.ACTIVE


@pytest.mark.parametrize(
    ("act", "status"), [(states.decline, EngagementStatus.DECLINED), (states.withdraw, EngagementStatus.WITHDRAWN)]
)
def test_an_offer_ends_with_who_when_and_why(engagement, ana, act, status):
    engagement = act(engagement, reason="Too little time", by=ana, at=NOW)

    event = Event.objects.of(engagement).get()
    assert (engagement.status, engagement.ended_at, event.by, event.note) == (status, NOW, ana, "Too little time")


def test_an_offer_expires_by_the_clock_and_not_before_its_end(engagement):
    with pytest.raises(DomainError):
        states.expire(engagement, at=engagement.offer_expires_at - timedelta(seconds=1))

    assert states.expire(engagement, at=engagement.offer_expires_at).status == EngagementStatus.EXPIRED


# --- links --------------------------------------------------------------------------------------------------------


def test_a_link_opens_its_offer_until_it_ends(engagement):
    token = offers.make_link(engagement, invitation=None, expires_at=NOW + timedelta(days=7), at=NOW)

    assert offers.find_link(token, at=NOW).engagement == engagement
    assert offers.find_link(token, at=NOW + timedelta(days=7)) is None
    assert offers.find_link("x" * 32, at=NOW) is None


def test_a_new_link_ends_the_earlier_one(engagement):
    first = offers.make_link(engagement, invitation=None, expires_at=NOW + timedelta(days=7), at=NOW)
    offers.make_link(engagement, invitation=None, expires_at=NOW + timedelta(days=7), at=NOW)

    assert offers.find_link(first, at=NOW) is None


def test_the_first_reading_is_remembered_and_is_no_contact(engagement):
    token = offers.make_link(engagement, invitation=None, expires_at=NOW + timedelta(days=7), at=NOW)
    link = offers.find_link(token, at=NOW)

    offers.mark_read(link, at=NOW)
    link = offers.mark_read(link, at=NOW + timedelta(days=1))

    assert (link.first_read_at, Contact.objects.count()) == (NOW, 0)
