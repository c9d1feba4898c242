"""Templates as files: read back as the same, refused with the line, applied once."""

from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from accounts.states import Role
from core.models import Event
from core.money import Money
from core.text import clean_text
from engagements.clarity import check
from engagements.files import applying
from engagements.files.reading import FileError, read
from engagements.files.templates import document_of, parse, write
from engagements.models import ContractTemplate, TemplateVersion
from engagements.queries.clauses import unknown_variables
from engagements.queries.differences import differences
from engagements.queries.gate import lacks_of_goal
from engagements.queries.templates import missing
from engagements.services import templates
from engagements.states import VersionStatus
from tests import factories as make

pytestmark = pytest.mark.django_db
LIBRARY = sorted((Path(settings.BASE_DIR) / "engagements" / "library").glob("*.yaml"))
FILE = """\
duckrow: contract-template/1
name: REST integration
role: Backend developer
brief: Orders reach the warehouse by themselves.
price: {amount: 4800.50, currency: EUR}
needs:
  - kind: access
    what: the staging database
milestones:
  - title: It answers
    deliverable: Merged code.
    share: 33.33
    due_after_days: 10
  - title: It stays up
    deliverable: A week of traffic.
    share: 66.67
    due_after_days: 20
goals:
  - metric: Error rate
    milestone: 2
    unit: "%"
    baseline: 3
    target: 0.5
    method: Logs of seven days
"""


@pytest.fixture
def lead():
    return make.make_user(Role.LEAD)


def applied(text: str, lead: Any, **more: Any) -> applying.Applied:
    return applying.apply(text, by=lead, at=make.NOW, **more)


def test_a_file_makes_a_template_and_the_same_file_changes_nothing(lead):
    first = applied(FILE, lead, publish=True)
    events = Event.objects.count()
    second = applied(FILE, lead, publish=True)

    assert (first.is_new, second.is_new, second.differences) == (True, False, [])
    version = TemplateVersion.objects.get()
    assert second.version == version
    assert (version.status, version.price) == (VersionStatus.PUBLISHED, Money(480_050, "EUR"))
    assert [m.share_bp for m in version.milestones.all()] == [3333, 6667]
    assert version.goals.get().target == "0.5"
    assert Event.objects.count() == events


def test_a_changed_file_writes_the_next_draft_and_says_what_changed(lead):
    applied(FILE, lead, publish=True)

    changed = applied(FILE.replace("target: 0.5", "target: 0.25").replace("33.33", "30").replace("66.67", "70"), lead)

    assert (changed.version.number, changed.version.status) == (2, VersionStatus.DRAFT)
    assert [(d.where, d.before, d.after) for d in changed.differences] == [
        ("milestone “It answers”, share", "33.33", "30"),
        ("milestone “It stays up”, share", "66.67", "70"),
        ("goal “Error rate”, target", "0.5", "0.25"),
    ]


def test_a_look_ahead_changes_nothing(lead):
    seen = applying.plan(FILE, by=lead, at=make.NOW)

    assert seen.differences
    assert not ContractTemplate.objects.exists()
    assert not Event.objects.exists()


WRONG = [
    ("", "empty"),
    ("- a\n- b\n", "Line 1"),
    ("a: 1\na: 2\n", "Line 2: “a” stands here twice."),
    ("a: &x 1\nb: *x\n", "Line 1: anchors"),
    ("a: !!python/object:os.system 1\n", "Line 1: tags"),
    ("a: [1, 2\nb: 3\n", "Line 2"),
    ("a: 1\n--- \nb: 2\n", "one contract a file"),
    ("? [a]\n: 1\n", "Line 1: a key is a word."),
    ("[" * 30 + "]" * 30, "deeper or longer"),
    ("a: [" + "1," * 30_000 + "]", "deeper or longer"),
    ("x" * 5_000_000, "larger than 1 MB"),
    ("a: \x00", "no text has"),
    (FILE.replace("role:", "rolle:"), "Line 3: “rolle” is not known here. Known: duckrow, name, role"),
    (FILE.replace("    what: the staging database", "    what: 7"), "Line 8: needs.1.what: 7 is not of type"),
    (FILE.replace("    unit:", "    unti:"), "Line 21: “goals.1.unti” is not known here. Known: metric"),
    (FILE.replace("kind: access", "kind: wish"), "Line 7: needs.1.kind: 'wish' is not one of"),
    (FILE.replace("milestone: 2", "milestone: 3"), "Line 20: milestone: There is no milestone 3"),
    (FILE.replace("currency: EUR", "currency: XXX"), "Line 5: price: Choose a currency"),
    (FILE.replace("4800.50", "0"), "Line 5: price: Give a price above zero."),
    (FILE.replace("share: 33.33", "share: 33.333"), "Line 12: share: Give a share"),
    (FILE.replace("target: 0.5", "target: .inf"), "Line 23: target: Give a plain number"),
    (FILE + "    objective: World peace\n", "Line 25: there is no objective “World peace”"),
    (FILE + "areas:\n  - Billing\n", "Line 26: there is no area “Billing”"),
    (FILE + "    transfer: perhaps\n", "Line 25: goals.1.transfer: 'perhaps' is not of type 'boolean'"),
    (FILE + "guides: [{title: A, url: 'javascript:alert(1)'}]\n", "Line 25: url: Give a link"),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_refused_with_its_line_and_nothing_is_stored(lead, text, sentence):
    with pytest.raises(FileError) as refused:
        applied(text, lead)

    assert sentence in "\n".join(refused.value.sentences)
    assert not ContractTemplate.objects.exists()


def test_everything_wrong_is_said_at_once(lead):
    with pytest.raises(FileError) as refused:
        applied(FILE.replace("share: 33.33", "share: 0").replace("target: 0.5", "target: much"), lead)

    assert [one.split(":")[0] for one in refused.value.sentences] == ["Line 12", "Line 23"]


@pytest.mark.parametrize("text", ["12", "yes", "2026-11-24", "0o14", "1e3", "null", "~", "a: b", "# no", "'", "é"])
def test_a_text_that_looks_like_something_else_stays_what_it_was(lead, text):
    version = make.make_version(lead, published=False, role=text, brief=f"- {text}\n\n  x")

    assert parse(write(version)).facts["fields"]["role"] == version.role


letters = st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"], exclude_characters=",:")
words = st.text(letters, min_size=1, max_size=30).map(clean_text).map(str.strip).filter(bool)  # as pages store them
texts = st.lists(words, max_size=4).map("\n".join)
clauses = texts.filter(lambda text: not unknown_variables(text))  # the editor refuses others
numbers = st.decimals(-99_999, 99_999, places=2).map(lambda n: f"{n.normalize():f}" if n else "0")


@st.composite
def plans(draw: Any) -> dict[str, Any]:
    """What the editor can store."""
    shares = draw(st.lists(st.integers(1, 9_999), min_size=1, max_size=5))
    days = st.integers(1, 900)
    page = st.fixed_dictionaries({"title": words, "url": st.just(""), "body": words})
    kinds = st.fixed_dictionaries({"kind": st.sampled_from(["code", "docs", "handover"]), "what": words})
    needs = st.fixed_dictionaries({"kind": st.sampled_from(["access", "environment"]), "what": words})
    goal = st.one_of(
        st.fixed_dictionaries(
            {"metric": words, "unit": words, "baseline": numbers, "target": numbers, "method": texts,
             "direction": st.sampled_from(["at_least", "at_most", "exactly"]), "milestone": st.integers(1, len(shares)),
             "is_transfer": st.booleans()}
        ),
        st.fixed_dictionaries(
            {"metric": words, "kind": st.just("binary"), "criterion": texts, "milestone": st.integers(1, len(shares))}
        ),
    )  # fmt: skip
    return {
        "fields": {
            "role": draw(words), "brief": draw(texts), "clauses": draw(clauses), "currency": "JPY",
            "price_minor": draw(st.integers(1, 10**9)), "notice_days": draw(st.integers(0, 180)),
            "skills": draw(st.lists(words, max_size=4, unique=True)), "needs": draw(st.lists(needs, max_size=3)),
            "guides": draw(st.lists(page, max_size=2)),
            "repository": draw(words), "why_outside": draw(texts),
        },
        "milestones": [
            {"title": draw(words), "deliverable": draw(words), "share_bp": share, "due_after_days": draw(days),
             "parts": draw(st.lists(kinds, max_size=3))}
            for share in shares
        ],
        "goals": draw(st.lists(goal, min_size=1, max_size=5)),
    }  # fmt: skip


@how(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(plan=plans(), touched=st.integers(0, 2))
def test_what_is_exported_is_applied_as_the_same(lead, plan, touched):
    ContractTemplate.objects.filter(name="Any").update(name=f"Any {ContractTemplate.objects.count()}")
    version = templates.create_template("Any", role="x", price=Money(1, "JPY"), by=lead, at=make.NOW)
    areas = [make.make_capability(lead).pk for _turn in range(touched)]
    version = templates.save_draft(version, **plan, areas=areas, by=lead, at=make.NOW)
    before = document_of(version)
    text = write(version)

    same = applied(text, lead)
    ContractTemplate.objects.filter(name="Any").update(name=f"Old {version.pk}")
    fresh = applied(text, lead)

    assert same.differences == []
    assert document_of(fresh.version) == before
    assert write(fresh.version) == text


@how(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with suppress(FileError):
        assert read(text).lines[()] >= 1


@how(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=plans(), other=plans())
def test_differences_are_none_only_between_equals(plan, other):
    assert differences(plan["fields"], plan["fields"]) == []
    assert bool(differences(plan["fields"], other["fields"])) == (plan["fields"] != other["fields"])


class TestCommand:
    def run(self, *arguments: str) -> str:
        said = StringIO()
        call_command("template", *arguments, stdout=said)
        return said.getvalue()

    def test_it_applies_looks_ahead_and_exports(self, lead, tmp_path):
        path = tmp_path / "rest.yaml"
        path.write_text(FILE)

        ahead = self.run("apply", str(path), "--as", lead.email, "--plan")
        done = self.run("apply", str(path), "--as", lead.email, "--publish")
        again = self.run("apply", str(path), "--as", lead.email)
        path.write_text(self.run("export", "REST integration"))
        same = self.run("apply", str(path), "--as", lead.email)

        assert "look ahead" in ahead
        assert "REST integration v1 is published." in done
        assert "says this already" in again
        assert "says this already" in same

    @pytest.mark.parametrize("who", ["nobody@example.com", "finance"])
    def test_only_a_lead_writes_templates(self, tmp_path, who):
        email = make.make_user(Role.FINANCE).email if who == "finance" else who

        with pytest.raises(CommandError, match="no lead"):
            self.run("apply", "-", "--as", email)

    def test_a_refusal_names_file_and_line(self, lead, tmp_path):
        path = tmp_path / "rest.yaml"
        path.write_text("a: 1\na: 2\n")

        with pytest.raises(CommandError, match=r"rest.yaml: Line 2"):
            self.run("apply", str(path), "--as", lead.email)


def test_six_templates_ship():
    assert [path.stem for path in LIBRARY] == [
        "data-migration", "design-system", "mobile-screens", "platform-port", "rest-integration", "test-automation",
    ]  # fmt: skip


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_each_of_them_can_be_published_and_is_clear(lead, path):
    version = applied(path.read_text(), lead).version

    assert missing(version) == []
    assert [lacks_of_goal(goal) for goal in version.goals.all()] == [[]] * version.goals.count()
    said = [version.brief, version.clauses, *version.milestones.values_list("deliverable", flat=True)]
    said += [text for goal in version.goals.all() for text in (goal.metric, goal.criterion, goal.method)]
    assert {text[start:end]: text for text in said for start, end, _category in check(text)} == {}
    assert document_of(version)["skills"]
