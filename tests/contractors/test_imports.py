"""Platform exports: read honestly, shown before they are stored, taken once."""

import csv
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from accounts.states import Role
from contractors import importing
from contractors.importing import number_in, price_in, read_table, skills_in
from contractors.models import Application, BadRow, Claim, Contractor, ImportBatch, Opening
from contractors.services import imports
from contractors.states import ImportStatus
from core.errors import DomainError
from core.models import Event
from tests.factories import NOW, TODAY, make_contractor, make_opening, make_user

pytestmark = pytest.mark.django_db

PLATFORM_A = (
    "Name,Country,Hourly_Paid,Reviews,Rating,Skill,On_Time,Accept_Rate,Joined\n"
    'person-aaaa1111,India,$15 USD per hour,118,5.0,python,99%,84%,"Joined on May 28, 2016"\n'
    'person-aaaa1111,India,$15 USD per hour,118,5.0,javascript,99%,84%,"Joined on May 28, 2016"\n'
    'person-aaaa1111,India,$15 USD per hour,118,5.0,python,99%,84%,"Joined on May 28, 2016"\n'
    'person-bbbb2222,Georgia,$40 USD per hour,0,0.0,python,0%,0%,"Joined on March 1, 2025"\n'
    'person-cccc3333,Peru,a lot,3,4.0,python,90%,50%,"Joined on March 1, 2020"\n'
)
PLATFORM_B = (
    ",earned,headline,hours,jobs,rate,skills\n"
    "0,,Animator,,,,\"['Animation', 'Whiteboard Animation']\"\n"
    '1,$60k+,Animator,"3,107",57,$80.00,"[\'Editing\']"\n'
    "2,,,,,,\n"
)


@pytest.fixture
def lead() -> User:
    return make_user(Role.LEAD)


@pytest.fixture
def opening(lead: User) -> Opening:
    return make_opening(lead)


def staged(opening: Opening, text: str = PLATFORM_A, source: str = "platform-a") -> ImportBatch:
    return imports.stage(
        opening,
        content=text.encode(),
        file_name="people.csv",
        source=source,
        captured_on=TODAY,
        by=opening.lead,
        at=NOW,
    )


def taken(opening: Opening, text: str = PLATFORM_A, source: str = "platform-a") -> ImportBatch:
    batch = imports.confirm(staged(opening, text, source), by=opening.lead, at=NOW)
    return imports.run(batch, at=NOW)


# --- reading -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "number"), [("99%", 99), ("3,107", 3107), ("$60k+", 60_000), ("4.9", "4.9"), ("$1.5m+", 1_500_000)]
)
def test_numbers_are_read_as_platforms_write_them(text: str, number: Any) -> None:
    assert number_in(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "many", "1,2,3", "--5", "٣", "1e9", "9" * 40])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        number_in(text)


@pytest.mark.parametrize(
    ("text", "price"),
    [("$15 USD per hour", (1500, "USD")), ("$80.00", (8000, "USD")), ("€30/hr", (3000, "EUR")), ("45", (4500, "GBP"))],
)
def test_prices_keep_their_currency(text: str, price: tuple[int, str]) -> None:
    assert price_in(text, "GBP") == price


def test_skills_come_from_lists_and_from_words() -> None:
    assert skills_in("['PHP', 'jQuery', 'PHP']") == ["php", "jquery"]
    assert skills_in("a; b|c, a") == ["a", "b", "c"]
    assert skills_in("[__import__('os')]") == ["os"]


@given(st.binary(max_size=400))
def test_any_file_is_read_or_refused_with_a_sentence(content: bytes) -> None:
    try:
        table = read_table(content)
    except importing.UnreadableFile:
        return
    assert len(list(importing.verdicts(table, importing.guess(table), "EUR", {}))) == len(table.rows)


def test_a_quote_left_open_is_refused_with_its_line_and_no_other_room_reads_longer_cells_for_it() -> None:
    limit = csv.field_size_limit()
    text = PLATFORM_A + '"person-dddd4444,' + "Peru,a lot\n" * 15_000

    with pytest.raises(importing.UnreadableFile, match=r"up to line 1\d,?\d\d\d\. Is a quote left open"):
        read_table(text.encode())

    assert csv.field_size_limit() == limit


def test_columns_are_guessed_and_hidden_names_seen_as_ids() -> None:
    table = read_table(PLATFORM_A.encode())

    guess = importing.guess(table)

    assert guess["Name"] == "profile_id"
    assert (guess["Hourly_Paid"], guess["On_Time"], guess["Skill"]) == ("price", "on_time", "skills")


# --- preview and import ------------------------------------------------------------------
def test_the_preview_gives_every_row_a_verdict_and_stores_nothing(opening: Opening) -> None:
    rows, counts = imports.preview(staged(opening))

    assert [row.verdict for row in rows] == ["new", "merged", "repeat", "new", "bad"]
    assert "“a lot” is no price" in rows[-1].text
    assert dict(counts) == {"new": 2, "merged": 1, "repeat": 1, "bad": 1}
    assert not Contractor.objects.exists()


def test_rows_of_one_person_are_joined(opening: Opening) -> None:
    batch = taken(opening)

    person = Contractor.objects.get(profile_id="person-aaaa1111")
    assert set(person.skills.values_list("name", flat=True)) == {"python", "javascript"}
    assert person.claims.filter(kind="on_time").count() == 1
    assert batch.outcome == {"new": 2, "merged": 1, "repeat": 1, "bad": 1}
    assert Application.objects.filter(opening=opening).count() == 2
    assert Event.objects.filter(root_type="contractors.application").count() == 2


def test_a_share_of_nothing_or_without_a_count_is_unknown(opening: Opening) -> None:
    taken(opening)

    def value(person: str, kind: str) -> Any:
        return Claim.objects.get(contractor__profile_id=person, kind=kind).value_milli

    assert value("person-aaaa1111", "on_time") == 99_000
    assert value("person-aaaa1111", "accept_rate") is None
    assert value("person-bbbb2222", "on_time") is None
    assert value("person-bbbb2222", "rating") is None


def test_rows_that_name_nobody_are_never_joined(opening: Opening) -> None:
    batch = taken(opening, PLATFORM_B, "platform-b")

    assert (batch.outcome["new"], batch.outcome["bad"]) == (2, 1)
    assert Contractor.objects.filter(headline="Animator").count() == 2
    assert BadRow.objects.get().number == 3


def test_a_known_person_is_added_to_and_not_overwritten(opening: Opening) -> None:
    known = make_contractor(name="Ana", email="ana@example.net")

    taken(opening, "name,email,skills\nSomebody,ANA@example.net,python\n", "list")

    known.refresh_from_db()
    assert known.name == "Ana"
    assert known.skills.get().name == "python"


def test_the_same_file_is_taken_once(opening: Opening) -> None:
    taken(opening)

    with pytest.raises(DomainError, match="already"):
        staged(opening)


def test_a_crash_goes_on_where_the_last_chunk_ended(opening: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "CHUNK", 2)
    batch = imports.confirm(staged(opening), by=opening.lead, at=NOW)
    rows = list(importing.verdicts(imports.table_of(batch), batch.mapping, "EUR", {}))
    imports._take_chunk(batch, rows, at=NOW)
    assert ImportBatch.objects.get().rows_done == 2

    done = imports.run(ImportBatch.objects.get(), at=NOW)

    assert done.outcome == {"new": 2, "merged": 1, "repeat": 1, "bad": 1}
    assert Contractor.objects.count() == 2


def test_the_command_shows_first_and_stores_with_yes(opening: Opening, tmp_path: Any, capsys: Any) -> None:
    file = tmp_path / "people.csv"
    file.write_text(PLATFORM_A)

    call_command("import_applications", opening.pk, file)
    assert "Nothing was stored" in capsys.readouterr().out
    assert not Contractor.objects.exists()

    call_command("import_applications", opening.pk, file, yes=True)
    assert Contractor.objects.count() == 2
    with pytest.raises(CommandError):
        call_command("import_applications", 99999, file)


# --- pages -----------------------------------------------------------------------------------
def upload(text: str = PLATFORM_A) -> dict[str, Any]:
    file = SimpleUploadedFile("people.csv", text.encode(), "text/csv")
    return {"file": file, "source": "platform-a", "captured_on": "2026-11-20"}


def test_from_file_to_bad_rows_on_the_pages(opening: Opening, lead: User, client: Client) -> None:
    client.force_login(lead)
    answer = client.post(reverse("contractors:import_new", args=[opening.pk]), upload())
    assert answer.status_code == 302
    preview = client.get(answer["Location"])
    assert preview.status_code == 200
    assert "a lot" in preview.content.decode()
    batch = ImportBatch.objects.get()
    columns = {
        f"column-{n}": batch.mapping[c] for n, c in enumerate(importing.read_table(bytes(batch.content)).columns)
    }
    assert client.post(reverse("contractors:import_columns", args=[batch.pk]), columns).status_code == 302
    assert client.post(reverse("contractors:import_confirm", args=[batch.pk])).status_code == 302
    assert client.get(reverse("contractors:import_progress", args=[batch.pk])).status_code == 200
    imports.run(ImportBatch.objects.get(), at=NOW)
    assert client.get(reverse("contractors:import", args=[batch.pk])).status_code == 200
    bad = client.get(reverse("contractors:import_bad_rows", args=[batch.pk])).content.decode()
    assert "a lot" in bad
    assert client.post(reverse("contractors:import_confirm", args=[batch.pk])).status_code == 409


def test_two_columns_cannot_be_one_field(opening: Opening, lead: User, client: Client) -> None:
    batch = staged(opening)
    client.force_login(lead)

    answer = client.post(
        reverse("contractors:import_columns", args=[batch.pk]), {"column-0": "name", "column-1": "name"}
    )

    assert answer.status_code == 422


def test_a_file_that_is_none_is_refused_beside_the_field(opening: Opening, lead: User, client: Client) -> None:
    client.force_login(lead)
    url = reverse("contractors:import_new", args=[opening.pk])

    for text in ("", "only,a,header\n", "\x00\x01"):
        assert client.post(url, upload(text)).status_code == 422
    assert client.post(url, {**upload(), "captured_on": "9999-12-31"}).status_code == 422


def test_a_discarded_file_is_forgotten(opening: Opening, lead: User, client: Client) -> None:
    batch = staged(opening)
    client.force_login(lead)

    assert client.post(reverse("contractors:import_discard", args=[batch.pk])).status_code == 302

    batch.refresh_from_db()
    assert batch.status == ImportStatus.DISCARDED
    assert bytes(batch.content) == b""


ACTS = ["import_columns", "import_confirm", "import_discard"]


@pytest.mark.parametrize("name", ACTS)
def test_acts_are_posted(opening: Opening, lead: User, client: Client, name: str) -> None:
    client.force_login(lead)

    assert client.get(reverse(f"contractors:{name}", args=[staged(opening).pk])).status_code == 405


@pytest.mark.parametrize("name", [*ACTS, "import", "import_progress", "import_bad_rows"])
def test_strangers_find_no_import(opening: Opening, client: Client, name: str) -> None:
    batch = staged(opening)
    url = reverse(f"contractors:{name}", args=[batch.pk])

    for stranger in (make_user(Role.LEAD), make_user(Role.FINANCE), make_contractor(True).user):
        client.force_login(stranger)
        answer = client.post(url) if name in ACTS else client.get(url)
        assert answer.status_code == 404


def test_a_reviewer_may_not_import(opening: Opening, client: Client) -> None:
    reviewer = make_user(Role.MEMBER)
    opening.reviewers.add(reviewer)
    client.force_login(reviewer)

    assert client.post(reverse("contractors:import_new", args=[opening.pk]), upload()).status_code == 403


def test_a_formula_in_a_bad_row_does_not_run_in_a_spreadsheet(opening: Opening, lead: User, client: Client) -> None:
    batch = taken(opening, "name,rate\n=HYPERLINK(1),a lot\n", "list")
    client.force_login(lead)

    text = client.get(reverse("contractors:import_bad_rows", args=[batch.pk])).content.decode()

    assert "'=HYPERLINK(1)" in text


def test_old_batches_do_not_hide_new_ones(opening: Opening) -> None:
    taken(opening)
    again = imports.stage(
        opening,
        content=PLATFORM_A.replace("118", "119").encode(),
        file_name="later.csv",
        source="platform-a",
        captured_on=TODAY,
        by=opening.lead,
        at=NOW,
    )

    rows, _counts = imports.preview(again)

    assert rows[0].text.startswith("Known already")
