"""Accepted work and its money: one payout is due, one can't leave, one is paid."""

from accounts.states import Pronoun
from core import history, secrets
from core.money import Money
from engagements.models import TemplateVersion
from engagements.services import templates
from milestones.models import BankDetail
from milestones.services import bank
from reminders.demo.acts import accept, account_of, add_contractor, agree, check_in, fund, measure, pay, submit
from reminders.demo.house import House, Story


def is_to_be_paid(house: House, version: TemplateVersion) -> Story:
    oksana = add_contractor(house, "Oksana Kovalenko", "oksana@werk.example", "Europe/Kyiv", "UA", Pronoun.HERS)
    bank.save_bank_detail(
        oksana,
        holder="Oksana Kovalenko",
        bank_country="GB",
        account="GB82WEST12345698765432",
        town="Kyiv",
        country="UA",
        by=account_of(oksana),
        at=house.ago(60),
    )
    yield 30
    engagement = agree(house, version, oksana, "Windows installer is signed", 30, late=12, price=Money(360_000, "EUR"))
    yield 26
    milestone = fund(house, engagement, 26)
    yield 8
    milestone = submit(house, milestone, 8)
    yield 5
    accept(house, milestone, 5)
    yield 4
    fund(house, engagement, 4)
    check_in(house, engagement, 1, progress="The certificate is ordered.", confidence=90)


def has_a_bad_bank(house: House, version: TemplateVersion) -> Story:
    pavel = add_contractor(house, "Pavel Horák", "pavel@dilna.example", "Europe/Prague", "CZ", Pronoun.HIS)
    # As it came from the books of before: nobody checked its digits then.
    detail = BankDetail.objects.create(
        contractor=pavel,
        holder_cipher=secrets.encrypt("Pavel Horak"),
        bank_country="CZ",
        account_cipher=secrets.encrypt("CZ6508000000192000145398"),
        last4="5398",
        town="Brno",
        country="CZ",
        changed_by=account_of(pavel),
        changed_at=house.ago(60),
    )
    history.record(detail, verb="created", by=account_of(pavel), at=house.ago(60))
    yield 28
    engagement = agree(house, version, pavel, "Nightly builds for the field app", 28)
    yield 24
    milestone = fund(house, engagement, 24)
    measure(house, engagement, 2, 22, "9", house.comms)
    yield 7
    milestone = submit(house, milestone, 7)
    yield 4
    accept(house, milestone, 4)


def is_paid(house: House, version: TemplateVersion) -> Story:
    """In yen, so that a currency without decimals is on the screens too."""
    haruto = add_contractor(house, "Haruto Mori", "haruto@koubou.example", "Asia/Tokyo", "JP", Pronoun.HIS)
    bank.save_bank_detail(
        haruto,
        holder="Haruto Mori",
        bank_country="JP",
        account="1234567",
        code="BOTKJPJT",
        town="Tokyo",
        country="JP",
        by=account_of(haruto),
        at=house.ago(60),
    )
    yield 50
    # The same plan at a price in yen: its template is a version of its own.
    draft = templates.new_draft(version.template, by=house.lead, at=house.ago(50))
    TemplateVersion.objects.filter(pk=draft.pk).update(currency="JPY", price_minor=480_000)
    draft.refresh_from_db()
    yen = templates.publish(draft, by=house.lead, at=house.ago(50))
    yield 45
    engagement = agree(house, yen, haruto, "Checkout in Tokyo answers within a second", 45, late=24)
    yield 42
    milestone = fund(house, engagement, 42)
    yield 25
    milestone = submit(house, milestone, 25)
    yield 22
    milestone = accept(house, milestone, 22)
    yield from pay(house, milestone, 12)
    yield 8
    fund(house, engagement, 8)
    check_in(house, engagement, 1.5, progress="Half of the requests are fast now.", confidence=70)
