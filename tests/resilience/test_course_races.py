"""Pausing, ending, handing in and deciding at the same moment, from two connections."""

import threading
import time
from datetime import timedelta
from itertools import product

import pytest
from django.db import connection, transaction

from core import history
from engagements.models import Engagement, Pause, Termination
from engagements.services.conversation import send_message
from engagements.services.delegations import name_delegate
from engagements.services.handover import hand_over
from engagements.states import EngagementStatus
from milestones.services import ledger
from milestones.services.ending import agree_to_end, end_due, give_notice, take_back_notice
from milestones.services.pausing import pause, resume
from milestones.states import MilestoneStatus
from tests.factories import NOW, make_application, make_contractor, make_engagement, make_opening, make_user
from tests.milestones.conftest import accept, give_bank, hand_in
from tests.resilience.test_ledger_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def notice(engagement, last_on=None):
    return give_notice(engagement, reason="Priorities", last_on=last_on, by=engagement.lead, at=NOW)


def test_pausing_twice_at_once_makes_one_pause_and_going_on_twice_ends_it_once():
    engagement = make_engagement()

    def stop():
        return pause(engagement, reason="Board", by=engagement.lead, at=NOW)

    def go_on():
        return resume(engagement, by=engagement.lead, at=NOW + timedelta(days=7))

    assert at_once(stop, stop).count("done") == 1
    assert at_once(go_on, go_on).count("done") == 1
    assert Pause.objects.filter(engagement=engagement).count() == 1
    assert history.verify(engagement) == ""


RIVALS = {
    "agree": lambda e, n: agree_to_end(n, by=e.contractor.user, at=NOW),
    "take_back": lambda e, n: take_back_notice(n, by=e.lead, at=NOW),
    "hand_in": lambda e, n: hand_in(e.milestones.get(position=1)),
    "accept": lambda e, n: accept(e.milestones.get(position=1), submission_number=1),
    "pause": lambda e, n: pause(e, reason="Board", by=e.lead, at=NOW),
}


@pytest.mark.parametrize(("first", "second"), product(("agree", "take_back"), RIVALS))
def test_ending_at_once_and_anything_else_leave_one_story(first, second):
    engagement = make_engagement(milestones=(MilestoneStatus.FUNDED, MilestoneStatus.AGREED))
    if second == "accept":
        proposal = notice(engagement)
        hand_in(engagement.milestones.get(position=1))
    else:
        proposal = notice(engagement)

    answers = at_once(*(lambda act=RIVALS[name]: act(engagement, proposal) for name in (first, second)))

    assert "done" in answers
    assert not [a for a in answers if a != "done" and not a.endswith((".", "?"))], answers
    engagement = Engagement.objects.get(pk=engagement.pk)
    proposal = Termination.objects.get(pk=proposal.pk)
    has_ended = engagement.status == EngagementStatus.TERMINATED
    assert has_ended == (proposal.carried_out_at is not None)
    if has_ended:
        assert set(engagement.milestones.values_list("status", flat=True)) <= {"cancelled", "accepted"}
    if first == second:
        assert answers.count("done") == 1
    assert ledger.check() == []
    assert history.verify(engagement) == ""


def test_two_sweeps_and_somebody_handing_in_end_a_contract_at_most_once():
    engagement = make_engagement(milestones=(MilestoneStatus.FUNDED,))
    last_on = NOW.date() + timedelta(days=20)
    over = notice(engagement, last_on).ends_at
    milestone = engagement.milestones.get()

    at_once(lambda: end_due(at=over), lambda: end_due(at=over), lambda: hand_in(milestone))

    milestone.refresh_from_db()
    engagement.refresh_from_db()
    assert (engagement.status, milestone.status) in {("terminated", "cancelled"), ("active", "submitted")}
    assert ledger.check() == []
    assert history.verify(engagement) == ""


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
@pytest.mark.parametrize("act", ["hand_over", "bank"])
def test_whoever_names_a_person_need_not_wait_for_what_changes_about_the_person(act):
    """A row with a foreign key takes a lock on the key at its commit. Were it held by somebody who waits for that very
    transaction's engagement, both would fail."""
    engagement, admin, opening = make_engagement(), make_user("admin"), make_opening()
    acts = {
        "hand_over": lambda: hand_over(engagement.lead, to=opening.lead, by=admin, at=NOW),
        "bank": lambda: give_bank(engagement),
    }
    names = {
        "hand_over": lambda: engagement.lead.leaves.create(starts_on=NOW.date(), ends_on=NOW.date()),
        "bank": lambda: make_application(opening, engagement.contractor),
    }
    done = []

    def write():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
        done.append(names[act]())
        connection.close()

    with transaction.atomic():
        acts[act]()
        other = threading.Thread(target=write)
        other.start()
        other.join()

    assert len(done) == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
@pytest.mark.parametrize("act", ["hand_over", "message"])
def test_who_waited_for_an_engagement_knows_whom_it_names_by_now(act):
    """PostgreSQL gives a row that was waited for as it is now, but joined to what it named before: the delegate would
    be nobody, and an engagement with another lead not there at all."""
    person = make_user("contractor")
    engagement = make_engagement(contractor=make_contractor(person))
    lead, other, admin = engagement.lead, make_user("lead"), make_user("admin")

    def meanwhile():
        if act == "hand_over":
            until = NOW.date() + timedelta(days=3)
            name_delegate(engagement, person=other, until_on=until, by=lead, at=NOW)
        else:
            hand_over(lead, to=other, by=admin, at=NOW)

    def wait_and_act():
        if act == "hand_over":
            hand_over(lead, to=other, by=admin, at=NOW)
        else:
            send_message(engagement, body="Done.", needs_answer=False, by=person, at=NOW)

    answers = []

    def tell():
        try:
            wait_and_act()
            answers.append("done")
        except Exception as error:
            answers.append(repr(error))
        finally:
            connection.close()

    waiting = threading.Thread(target=tell)
    with transaction.atomic():
        meanwhile()
        waiting.start()
        with connection.cursor() as cursor:
            for _turn in range(500):
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    break
                time.sleep(0.01)
            else:
                pytest.fail("It did not wait.")
    waiting.join()

    assert answers == ["done"]
    engagement.refresh_from_db()
    assert (engagement.lead, engagement.delegate) == (other, None)
