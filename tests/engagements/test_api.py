"""The interface for programs: what it shows, changes and refuses, in JSON with a sentence."""

import json
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.services import tokens
from accounts.states import Role
from engagements.models import ContractTemplate, Engagement, TemplateVersion
from engagements.states import EngagementStatus
from tests import factories as make
from tests.engagements.test_files import FILE

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead():
    return make.make_user(Role.LEAD)


class Program:
    def __init__(self, by: User, scope: str = "write") -> None:
        text = tokens.make_token("Script", scope=scope, days=30, by=by, at=timezone.now())[1]
        self.header = {"HTTP_AUTHORIZATION": f"Bearer {text}"}

    def get(self, path: str) -> Any:
        return Client().get(f"/api/v1{path}", **self.header)

    def post(self, path: str, body: str | bytes, kind: str = "application/yaml") -> Any:
        return Client().post(f"/api/v1{path}", data=body, content_type=kind, **self.header)


@pytest.fixture
def program(lead):
    return Program(lead)


# --- reading ----------------------------------------------------------------------------


def test_a_lead_reads_templates_with_their_document(program, lead):
    version = make.make_version(lead)
    newer = make.make_version(lead, template=version.template, published=False)

    page = program.get("/templates").json()
    one = program.get(f"/templates/{version.template_id}").json()
    draft = program.get(f"/templates/{version.template_id}?version={newer.number}").json()

    assert page["items"] == [
        {"id": version.template_id, "name": version.template.name, "lead": lead.name, "live_version": 1,
         "draft_version": 2, "engagements": 0}
    ]  # fmt: skip
    assert (page["page"], page["pages"], page["count"]) == (1, 1, 1)
    assert (one["version"], draft["version"]["status"]) == ({"number": 1, "status": "published"}, "draft")
    assert one["document"]["goals"][0]["target"] == "1200"
    assert program.get(f"/templates/{version.template_id}?version=9").status_code == 404


def test_an_engagement_is_read_with_goals_milestones_and_whose_turn_it_is(program, lead):
    engagement = make.make_engagement(lead=lead)

    row = program.get("/engagements").json()["items"][0]
    one = program.get(f"/engagements/{engagement.pk}").json()

    assert row["price"] == {"amount": "4000.00", "currency": "EUR"}
    assert row["waits"].startswith("Waiting for")
    assert {name: one[name] for name in row} == row
    assert [(m["status"], m["amount"]["amount"]) for m in one["milestones"]] == [
        ("funded", "2000.00"), ("agreed", "2000.00"),
    ]  # fmt: skip
    assert one["goals"][0]["objective"] == "Fewer people leave while they pay"


@pytest.mark.parametrize("role", [Role.LEAD, Role.MEMBER, Role.CONTRACTOR, Role.FINANCE])
def test_what_is_not_theirs_is_absent(lead, role):
    engagement, other = make.make_engagement(lead=lead), Program(make.make_user(role))

    assert other.get("/engagements").json()["items"] == []
    assert other.get(f"/engagements/{engagement.pk}").json() == {
        "sentence": "There is no such thing, or it is not yours to see.", "lines": [], "lacks": [],
    }  # fmt: skip


def test_a_contractor_reads_an_offer_but_no_draft(lead):
    contractor = make.make_contractor(True)
    draft = make.make_engagement(EngagementStatus.DRAFT, lead=lead, contractor=contractor)
    offer = make.make_engagement(EngagementStatus.OFFERED, lead=lead, contractor=contractor)
    them = Program(contractor.user)

    assert [row["id"] for row in them.get("/engagements").json()["items"]] == [offer.pk]
    assert them.get(f"/engagements/{draft.pk}").status_code == 404


@pytest.mark.parametrize("path", ["/engagements", "/templates"])
def test_a_list_costs_the_same_for_one_and_three_rows(program, lead, path):
    counts = []
    program.get(path)  # notes the token's first use
    for number in (1, 2):
        for _turn in range(number):
            make.make_engagement(lead=lead)
        with CaptureQueriesContext(connection) as seen:
            program.get(path)
        counts.append(len(seen))

    assert counts[0] == counts[1]


def test_long_lists_come_in_pages(program, lead):
    version, contractor = make.make_version(lead), make.make_contractor()
    for _turn in range(51):
        make.make_engagement(
            EngagementStatus.DRAFT, lead=lead, version=version, contractor=contractor, milestones=("planned",)
        )

    first, second = (program.get(f"/engagements?page={n}").json() for n in (1, 2))

    assert (first["pages"], len(first["items"]), len(second["items"]), second["page"]) == (2, 50, 1, 2)
    assert first["items"][-1]["id"] > second["items"][0]["id"]


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999"])
def test_a_page_that_is_none_is_said_so(program, page):
    answer = program.get(f"/engagements?page={page}")

    assert answer.status_code == 422
    assert answer.json()["lines"][0].startswith("page: ")


def test_what_is_no_address_answers_in_json(program):
    answer = program.get("/nothing")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
    assert Client().get("/api/v1/").json() == {"openapi": "/api/v1/openapi.json"}
    assert Client().get("/api/v1/%00").json()["sentence"] == "The request can’t be read."


def test_the_openapi_document_is_for_the_team_and_for_tokens(client, program, lead):
    assert client.get("/api/v1/openapi.json").status_code == 401
    assert program.get("/openapi.json").json()["openapi"].startswith("3.1")
    client.force_login(lead)
    assert client.get("/api/v1/openapi.json").status_code == 200
    client.force_login(make.make_user(Role.CONTRACTOR))
    assert client.get("/api/v1/openapi.json").status_code == 403


# --- templates as files -----------------------------------------------------------------


def test_a_template_is_exported_and_applied_as_the_same(program, lead):
    version = make.make_version(lead)
    text = program.get(f"/templates/{version.template_id}/file")

    answer = program.post("/templates", text.content)

    assert text["Content-Type"] == "application/yaml; charset=utf-8"
    assert (answer.status_code, answer.json()["differences"]) == (200, [])
    assert TemplateVersion.objects.count() == 1


def test_apply_shows_the_difference_first_and_stores_nothing(program):
    ahead = program.post("/templates?plan=1", FILE).json()

    assert (ahead["is_plan"], ahead["is_new"], ahead["id"]) == (True, True, None)
    assert {"sign": "+", "where": "role", "before": "", "after": "Backend developer"} in ahead["differences"]
    assert not ContractTemplate.objects.exists()


def test_apply_makes_and_publishes_a_template(program):
    done = program.post("/templates?publish=1", FILE).json()

    version = TemplateVersion.objects.get()
    assert (done["id"], done["version"]) == (version.template_id, {"number": 1, "status": "published"})


def test_json_is_as_good_as_yaml(program):
    answer = program.post("/templates", json.dumps(yaml.safe_load(FILE)), "application/json")

    assert answer.status_code == 200
    assert TemplateVersion.objects.get().goals.get().target == "0.5"


WRONG = [
    ("a: 1\na: 2\n", "Line 2: “a” stands here twice."),
    (FILE.replace("role:", "rolle:"), "Line 3: “rolle” is not known here. Known: duckrow, name, role"),
    ("a: &x 1\nb: *x\n", "Line 1: anchors"),
    ("x: " + "y" * 2_000_000, "The file is larger than 1 MB"),
    (FILE.replace("target: 0.5", "target: much"), "Line 23: target: Give a plain number"),
    (b"\xff\xfe\xff", "no UTF-8"),
    ("  ", "The file is empty."),
]


@pytest.mark.parametrize(("body", "line"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_with_a_file_is_said_with_its_line(program, body, line):
    answer = program.post("/templates", body)

    assert answer.status_code == 422
    assert line in "\n".join(answer.json()["lines"])
    assert not ContractTemplate.objects.exists()


def test_five_megabytes_and_other_kinds_of_body_are_turned_away(program):
    form = "application/x-www-form-urlencoded"
    multipart = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'

    assert program.post("/templates", b"x" * 6_000_000).status_code == 413
    assert program.post("/templates", "a=1", form).status_code == 415
    assert program.post("/templates", multipart, "multipart/form-data; boundary=x").status_code == 415
    assert program.post("/templates", b"a" * 6_000_000, form).json()["sentence"] == "The body is too large."


def test_a_rule_that_stands_against_it_is_a_409_with_its_sentence(program):
    answer = program.post("/templates?publish=1", FILE.replace("    method: Logs of seven days\n", ""))

    assert answer.status_code == 409
    assert "say how it is measured" in answer.json()["sentence"]
    assert not ContractTemplate.objects.exists()


@pytest.mark.parametrize(("role", "scope"), [(Role.LEAD, "read"), (Role.MEMBER, "write"), (Role.ADMIN, "write")])
def test_only_a_leads_writing_token_changes_templates(role, scope):
    answer = Program(make.make_user(role), scope).post("/templates", FILE)

    assert answer.status_code == 403
    assert answer.json()["sentence"] in (
        "Only leads write templates.", "This token only reads. Make one that also writes, in your settings.",
    )  # fmt: skip
    assert not ContractTemplate.objects.exists()


def test_other_methods_are_refused(program, lead):
    engagement = make.make_engagement(lead=lead)

    for method in ("put", "patch", "delete"):
        answer = getattr(Client(), method)(f"/api/v1/engagements/{engagement.pk}", **program.header)
        assert answer.status_code == 405
    assert Engagement.objects.count() == 1
