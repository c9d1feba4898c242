"""Variables of clauses: known names are filled, unknown ones are said at once, and no code runs."""

import pytest
from django.urls import reverse

from core.text import clean_text
from engagements.queries.clauses import NAMES, filled, unknown_variables
from engagements.services import templates
from milestones.services.document import document_of
from tests import factories as make
from tests.engagements.test_services_templates import fields, goal, step

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return make.make_organisation()


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("Nothing to fill.", []),
        ("{{ contractor.name }} and {{lead.name}}", []),
        ("{{ contractor.salary }}, {{ contractor.salary }}", ["contractor.salary"]),
        ("{{ contractor.name.__class__ }}", ["contractor.name.__class__"]),
        ("{{ contractor.name|upper }}", ["contractor.name|upper"]),
        ("{{ 7*7 }}", ["7*7"]),
        ("{{ }}", ["{{ }}"]),
        ("{{ contractor.name", ["{{"]),
        ("{% debug %}", ["{%"]),
        ("{{ {{ lead.name }} }}", ["{{", "}}"]),
    ],
)
def test_what_is_no_variable_is_named(text, unknown):
    assert unknown_variables(text) == unknown


def test_every_known_name_is_filled(house):
    engagement = make.make_engagement("offered")
    text = " | ".join(f"{{{{ {name} }}}}" for name in NAMES)

    assert "{{" not in filled(text, engagement, house)
    assert engagement.lead.name in filled("{{ lead.name }}", engagement, house)


def test_a_name_brings_no_markdown_and_no_markup(client, house):
    engagement = make.make_engagement("offered")
    engagement.contractor.name = clean_text("**Lan** [x](http://evil.example) <script>")
    engagement.contractor.user = None

    said = filled("By {{ contractor.name }}.", engagement, house)

    assert "\\*\\*" in said
    assert "\\[x\\]\\(http" in said


def test_what_nobody_knows_stays_as_it_was_written(house):
    engagement = make.make_engagement("offered")

    assert filled("{{ contractor.salary }}", engagement, house) == "{{ contractor.salary }}"


def test_the_editor_says_it_at_once(client):
    lead = make.make_user()
    version = make.make_version(lead, published=False)
    client.force_login(lead)
    given = {"clauses": "{{ contractor.salary }}", "act": "save", "milestones-TOTAL_FORMS": "0"}

    answer = client.post(reverse("engagements:version_edit", args=[version.pk]), given)

    assert answer.status_code == 422
    assert "contractor.salary" in answer.text
    assert "Known are: contractor.name" in answer.text


def test_the_paper_that_is_signed_has_the_facts(house):
    lead = make.make_user()
    version = make.make_version(lead, published=False)
    text = fields(clauses="Keys of {{ contractor.name }} stay with {{ organisation.legal_name }}.")
    templates.save_draft(version, fields=text, milestones=[step()], goals=[goal()], by=lead, at=make.NOW)
    version.refresh_from_db()
    engagement = make.make_engagement("offered", lead=lead, version=version)

    said = document_of(engagement)["clauses"]

    assert "{{" not in said
    assert house.legal_name.split()[0] in said
