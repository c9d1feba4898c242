from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress

from accounts import queries
from accounts.models import Invitation, User
from accounts.services import invitations
from accounts.states import Role
from core.errors import DomainError
from core.models import OutboxMail
from tests.factories import NOW, PASSWORD, make_organisation, make_user

pytestmark = pytest.mark.django_db
JOIN = {"name": "Noor", "password": PASSWORD, "zone": "Asia/Amman", "at": NOW}


@pytest.fixture
def admin():
    make_organisation()
    return make_user(Role.ADMIN)


def test_an_invitation_mails_a_link_and_stores_only_the_digest_of_its_token(admin):
    invitation, token = invitations.invite("Noor@Example.org", name="Noor", role=Role.LEAD, by=admin, at=NOW)

    mail = OutboxMail.objects.get()
    assert f"/invitations/{token}/" in mail.text
    assert (mail.address, invitation.email) == ("noor@example.org", "noor@example.org")
    assert token not in invitation.token_digest
    assert queries.invitation_by_token(token) == invitation


def test_an_invitation_may_leave_the_mail_to_somebody_else(admin):
    invitations.invite("c@example.net", name="C", role=Role.CONTRACTOR, by=admin, at=NOW, mail=False)
    assert not OutboxMail.objects.exists()


def test_somebody_with_an_account_is_not_invited(admin):
    with pytest.raises(DomainError, match="has an account"):
        invitations.invite(admin.email.upper(), name="N", role=Role.LEAD, by=admin, at=NOW)


def test_inviting_again_ends_the_earlier_link(admin):
    first, _token = invitations.invite("n@example.org", name="N", role=Role.LEAD, by=admin, at=NOW)
    second, _token = invitations.invite("n@example.org", name="N", role=Role.LEAD, by=admin, at=NOW)

    assert list(Invitation.objects.open(NOW)) == [second]
    with pytest.raises(DomainError, match="ended"):
        invitations.accept(first, **JOIN)


def test_accepting_makes_a_person_with_hours_and_a_confirmed_address(admin):
    invitation, _token = invitations.invite("n@example.org", name="N", role=Role.FINANCE, by=admin, at=NOW)

    user = invitations.accept(invitation, **JOIN)

    assert (user.email, user.role, user.name, user.zone) == ("n@example.org", Role.FINANCE, "Noor", "Asia/Amman")
    assert user.check_password(PASSWORD)
    assert user.spans.count() == 5
    assert EmailAddress.objects.get(user=user).verified
    invitation.refresh_from_db()
    assert (invitation.accepted_by, invitation.accepted_at) == (user, NOW)


def test_a_second_tab_with_the_same_invitation_is_told_to_sign_in(admin):
    invitation, _token = invitations.invite("n@example.org", name="N", role=Role.LEAD, by=admin, at=NOW)
    invitations.accept(invitation, **JOIN)

    with pytest.raises(DomainError, match="used already"):
        invitations.accept(invitation, **JOIN)
    assert User.objects.filter(email="n@example.org").count() == 1


def test_two_invitations_of_one_address_make_one_account(admin):
    pair = [
        invitations.invite("c@example.net", name="C", role=Role.CONTRACTOR, by=admin, at=NOW, mail=False)[0]
        for _n in range(2)
    ]
    invitations.accept(pair[0], **JOIN)

    with pytest.raises(DomainError, match="account for this e-mail"):
        invitations.accept(pair[1], **JOIN)


def test_an_invitation_ends_after_fourteen_days(admin):
    invitation, _token = invitations.invite("n@example.org", name="N", role=Role.LEAD, by=admin, at=NOW)

    with pytest.raises(DomainError, match="ended"):
        invitations.accept(invitation, **{**JOIN, "at": NOW + timedelta(days=14)})
    invitations.accept(invitation, **{**JOIN, "at": NOW + timedelta(days=14, seconds=-1)})


def test_a_revoked_invitation_opens_nothing_and_is_not_revoked_twice(admin):
    invitation, _token = invitations.invite("n@example.org", name="N", role=Role.LEAD, by=admin, at=NOW)
    invitations.revoke(invitation, by=admin, at=NOW)

    with pytest.raises(DomainError, match="ended"):
        invitations.accept(invitation, **JOIN)
    with pytest.raises(DomainError, match="ended"):
        invitations.revoke(invitation, by=admin, at=NOW)
