"""The lock that a use case begins with."""

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from engagements.models import Engagement
from milestones.models import Account, Milestone
from tests.factories import make_engagement


@pytest.mark.django_db
def test_it_gives_the_row_as_it_is_now_with_what_it_names(django_assert_num_queries):
    engagement = make_engagement(title="Before")
    Engagement.objects.lock(engagement)
    Engagement.objects.filter(pk=engagement.pk).update(title="After")

    with django_assert_num_queries(1):
        assert Engagement.objects.lock(engagement).title == "After"
    milestone = Milestone.objects.lock(engagement.milestones.first())
    with django_assert_num_queries(0):
        assert milestone.engagement.funding.budget.name
        assert milestone.engagement.contractor.user.name


@pytest.mark.django_db
@pytest.mark.parametrize("pk", [0, 999_999_999, 2**70])
def test_a_row_that_is_not_there_is_missed(pk):
    with pytest.raises(Engagement.DoesNotExist):
        Engagement.objects.lock(pk)


@pytest.mark.django_db(transaction=True)
def test_it_needs_a_transaction_and_holds_the_row():
    if connection.vendor == "sqlite":
        pytest.skip("There the transaction is the lock.")
    engagement = make_engagement()
    account = Account.objects.filter(engagement=engagement).first()
    with transaction.atomic():
        Engagement.objects.lock(engagement)
        Account.objects.lock(account.pk)
    for lock in (lambda: Engagement.objects.lock(engagement), lambda: Account.objects.lock(account.pk)):
        with pytest.raises(TransactionManagementError):
            lock()
