"""Comparing two versions, a version as a file, and a copy of one."""

import pytest
from django.urls import reverse

from engagements.files.reading import read
from engagements.files.templates import document_of
from engagements.models import ContractTemplate, TemplateVersion
from engagements.services import templates
from engagements.states import VersionStatus
from tests import factories as make
from tests.engagements.test_services_templates import fields, goal, step

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead():
    return make.make_user()


@pytest.fixture
def signed_in(client, lead):
    client.force_login(lead)
    return client


@pytest.fixture
def version(lead):
    return make.make_version(lead)


@pytest.fixture
def second(version, lead):
    draft = templates.new_draft(version.template, by=lead, at=make.NOW)
    given = {"fields": fields(clauses="Ten days."), "milestones": [step()], "goals": [goal(metric="p99")]}
    return templates.save_draft(draft, **given, by=lead, at=make.NOW)


def test_two_versions_side_by_side(signed_in, version, second):
    url = reverse("engagements:template_compare", args=[version.template_id])

    page, same = signed_in.get(url).text, signed_in.get(url, {"old": "1", "new": "1"}).text

    assert "From v1 to v2" in page
    assert "<ins>Ten days.</ins>" in page
    assert "Goal “p99”, metric" in page
    assert "They say the same." in same


@pytest.mark.parametrize("query", [{"old": "99"}, {"new": "x"}, {"old": "\x00", "new": "-1"}])
def test_versions_that_are_not_there_fall_back_to_the_latest(signed_in, version, query):
    assert signed_in.get(reverse("engagements:template_compare", args=[version.template_id]), query).status_code == 200


def test_a_version_as_a_file(signed_in, version):
    answer = signed_in.get(reverse("engagements:version_file", args=[version.pk]))

    assert answer["Content-Type"].startswith("application/yaml")
    assert answer["Content-Disposition"].startswith('attachment; filename="speed-up-')
    assert read(answer.text).data["name"] == version.template.name


def test_a_copy_says_the_same_under_another_name_each_time(signed_in, version):
    url = reverse("engagements:duplicate", args=[version.pk])

    answers = [signed_in.post(url, {"form_key": f"{n:032x}"}) for n in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    names = list(ContractTemplate.objects.exclude(pk=version.template_id).values_list("name", flat=True))
    assert sorted(names) == [f"{version.template.name} (copy 2)", f"{version.template.name} (copy)"]
    copy = TemplateVersion.objects.get(template__name=f"{version.template.name} (copy)")
    assert (copy.status, copy.number) == (VersionStatus.DRAFT, 1)
    assert document_of(copy) | {"name": ""} == document_of(version) | {"name": ""}


def test_a_double_click_makes_one_copy(signed_in, version):
    url, key = reverse("engagements:duplicate", args=[version.pk]), {"form_key": "ab" * 16}

    first, again = signed_in.post(url, key), signed_in.post(url, key)

    assert first.url == again.url
    assert ContractTemplate.objects.count() == 2
