"""The PDF of an agreement and its proof: made once, never changed, and anybody can redo every hash."""

import hashlib
import io
import json
from typing import Any

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from contractors.models import Contractor
from core import history, triggers
from engagements.models import Agreement, AgreementPaper, Engagement
from engagements.services.agreements import keep_paper
from engagements.states import Side
from milestones.services import estimates, offers, papers, signing
from reminders.services import sweep
from tests.factories import make_contractor, make_user, make_version
from tests.milestones.test_offer_path import draft, numbers

pytestmark = pytest.mark.django_db
CLAUSES = '# Keys\n\nKeys stay with **us**.\n\n- #let no = "copies"\n- [read](https://docs.example/keys)'


@pytest.fixture
def lead(db: None) -> User:
    return make_user(Role.LEAD, name="Tess Okafor")


@pytest.fixture
def contractor(lead: User) -> Contractor:
    user = make_user(Role.CONTRACTOR, name="Nguyễn Thị Ánh")
    return make_contractor(user)


@pytest.fixture
def agreement(lead: User, contractor: Contractor) -> Agreement:
    """Signed by both."""
    from engagements.queries.consent import policy_digest, policy_text

    version = make_version(
        lead,
        clauses=CLAUSES,
        repository="git.example/pay",
        guides=[{"title": "Style", "url": "", "body": "Be *brief*."}],
    )
    engagement = offers.send_offer(draft(lead, contractor, version=version), by=lead, at=timezone.now())
    user = contractor.user
    assert user is not None
    agreement = estimates.estimate_and_sign(
        engagement,
        estimates=numbers(engagement),
        typed_name=user.name,
        ip="192.0.2.7",
        policy_sha256=policy_digest(policy_text(engagement)),
        by=user,
        at=timezone.now(),
    )
    signing.agree_and_sign(
        engagement, sha256=agreement.sha256, typed_name=lead.name, ip=None, by=lead, at=timezone.now()
    )
    return agreement


@pytest.fixture
def paper(agreement: Agreement) -> AgreementPaper:
    assert papers.make_due_papers(at=timezone.now()) == 1
    return AgreementPaper.objects.get()


def read(pdf: bytes) -> tuple[pypdf.PdfReader, str]:
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return reader, " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_the_paper_says_all_of_the_agreement(agreement: Agreement, paper: AgreementPaper) -> None:
    document = json.loads(agreement.canonical)

    reader, text = read(bytes(paper.pdf or b""))

    wanted = [
        document["engagement"]["title"],
        "Nguyễn Thị Ánh",
        "Mill Pond Software Lda",
        "€4,000",
        *(milestone["title"] for milestone in document["milestones"]),
        "p95 of the payment page: at most 1200 ms",
        "8 h, by",
        "git.example/pay",
        "Keys stay with us.",
        '#let no = "copies"',
        "Be brief.",
        agreement.sha256,
        *(signature.consent for signature in agreement.signatures.all()),
        "192.0.2.7",
        "The agreement was signed",
    ]
    assert [each for each in wanted if " ".join(each.split()) not in text] == []
    assert reader.metadata is not None
    assert reader.metadata.title == document["engagement"]["title"]


def test_anybody_can_redo_the_hash_from_the_pdf_alone(agreement: Agreement, paper: AgreementPaper) -> None:
    reader, _text = read(bytes(paper.pdf or b""))

    [canonical] = reader.attachments[f"agreement-{agreement.number}.json"]

    assert hashlib.sha256(canonical).hexdigest() == agreement.sha256
    assert (
        json.dumps(json.loads(canonical), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        == canonical
    )


def test_it_is_made_by_the_sweep_and_once(agreement: Agreement) -> None:
    first = sweep(at=timezone.now())
    made = AgreementPaper.objects.get()
    second = sweep(at=timezone.now())
    keep_paper(made, pdf=b"another", at=timezone.now())

    assert (first["papers"], second.get("papers", 0)) == (1, 0)
    assert hashlib.sha256(bytes(made.pdf or b"")).hexdigest() == made.sha256
    assert AgreementPaper.objects.get().sha256 == made.sha256


def test_a_maker_that_dies_leaves_it_to_the_next(agreement: Agreement, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_args: Any, **_more: Any) -> None:
        raise MemoryError

    with monkeypatch.context() as dying:
        dying.setattr(papers.agreements, "keep_paper", die)
        assert papers.make_due_papers(at=timezone.now()) == 0

    assert AgreementPaper.objects.due().count() == 1
    assert papers.make_due_papers(at=timezone.now()) == 1


def test_the_database_keeps_the_bytes(paper: AgreementPaper) -> None:
    for change in ({"pdf": b"x"}, {"sha256": "0" * 64}, {"made_at": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            AgreementPaper.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        AgreementPaper.objects.all()._raw_delete(AgreementPaper.objects.db)


def test_one_signature_orders_no_paper(lead: User, contractor: Contractor) -> None:
    from tests.milestones.test_offer_path import signed

    signed(lead, contractor)

    assert not AgreementPaper.objects.exists()


# --- pages ------------------------------------------------------------------------------------------
def address(engagement: Engagement, page: str = "agreement_verify") -> str:
    return reverse(f"engagements:{page}", args=[engagement.pk])


@pytest.mark.parametrize("who", ["lead", "contractor", "admin"])
def test_both_sides_and_an_admin_download_the_same_bytes(
    paper: AgreementPaper, lead: User, contractor: Contractor, client: Client, who: str
) -> None:
    person = {"lead": lead, "contractor": contractor.user, "admin": make_user(Role.ADMIN)}[who]
    client.force_login(person)

    answer = client.get(address(paper.agreement.engagement, "agreement_paper"))

    assert answer.content == bytes(paper.pdf or b"")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")


def test_before_it_is_made_one_is_told_when(agreement: Agreement, lead: User, client: Client) -> None:
    client.force_login(lead)

    answer = client.get(address(agreement.engagement, "agreement_paper"))

    assert answer.status_code == 409
    assert "within a minute" in answer.content.decode()
    assert "within a minute" in client.get(address(agreement.engagement)).content.decode()


def test_the_proof_recomputes_everything_and_compares_a_file(paper: AgreementPaper, lead: User, client: Client) -> None:
    engagement = paper.agreement.engagement
    client.force_login(lead)
    url, pdf = address(engagement), bytes(paper.pdf or b"")
    with CaptureQueriesContext(connection) as seen:
        ours = client.post(url, {"file": SimpleUploadedFile("a.pdf", pdf)}).content.decode()
        other = client.post(url, {"file": SimpleUploadedFile("a.pdf", pdf + b"\n")}).content.decode()

    assert "Nothing has changed since it was written" in ours
    assert paper.agreement.sha256 in ours
    assert paper.sha256 in ours
    assert "byte for byte." in ours
    assert "is no PDF of this agreement" in other
    assert hashlib.sha256(pdf + b"\n").hexdigest() in other
    assert client.post(url).status_code == 422
    assert not [q for q in seen.captured_queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


@pytest.mark.parametrize("what", ["text", "paper", "signature", "history"])
def test_what_was_altered_behind_the_guards_is_found(
    paper: AgreementPaper, lead: User, client: Client, what: str
) -> None:
    agreement = paper.agreement
    triggers.drop_all(connection)
    if what == "text":
        Agreement.objects.update(canonical=agreement.canonical.replace("400000", "900000"))
    elif what == "paper":
        AgreementPaper.objects.update(pdf=bytes(paper.pdf or b"") + b"\n")
    elif what == "signature":
        agreement.signatures.filter(side=Side.OURS).update(sha256="0" * 64)
    else:
        history.Event.objects.of(agreement.engagement).filter(verb="signed").update(verb="opened")
    triggers.create_all(connection)
    client.force_login(lead)

    page = client.get(address(agreement.engagement)).content.decode()

    assert "Something here is not what was signed" in page


def test_strangers_find_no_paper_and_no_proof(paper: AgreementPaper, client: Client) -> None:
    for stranger in (make_user(Role.LEAD), make_user(Role.FINANCE), make_contractor(True).user):
        client.force_login(stranger)
        for page in ("agreement_paper", "agreement_verify"):
            assert client.get(address(paper.agreement.engagement, page)).status_code == 404
    assert client.post(address(paper.agreement.engagement, "agreement_paper")).status_code in (404, 405)


def test_without_an_agreement_there_is_nothing_to_prove(lead: User, contractor: Contractor, client: Client) -> None:
    engagement = draft(lead, contractor)
    client.force_login(lead)

    for page in ("agreement_paper", "agreement_verify"):
        assert client.get(address(engagement, page)).status_code == 404


def test_nothing_depends_on_when_it_is_made(agreement: Agreement) -> None:
    from milestones.queries.paper import paper_of

    assert paper_of(agreement) == paper_of(Agreement.objects.get(pk=agreement.pk))
