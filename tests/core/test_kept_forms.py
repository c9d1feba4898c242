"""A form that is drawn once is the form that is drawn each time."""

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field, as_crispy_form
from django.utils.translation import override

from core.templatetags.kept_forms import kept
from engagements.forms import CheckInForm, MessageForm


def test_an_empty_form_and_its_fields_are_what_is_drawn_otherwise() -> None:
    for auto_id in ("say_%s", "id_%s", "say_%s"):
        form = MessageForm(auto_id=auto_id)

        assert kept(form) == as_crispy_form(MessageForm(auto_id=auto_id))
        assert kept(form["body"]) == as_crispy_field(MessageForm(auto_id=auto_id)["body"])


def test_what_was_typed_and_refused_is_never_kept() -> None:
    kept(MessageForm()["body"])
    typed, empty = MessageForm({"body": "x" * 10_001}), MessageForm({"body": ""})

    assert "x" * 10_001 in kept(typed["body"])
    assert "invalid-feedback" in kept(empty["body"])
    assert "Write something first." in kept(empty["body"])
    assert "Fine." in kept(CheckInForm(initial={"progress": "Fine."})["progress"])
    assert "Fine." not in kept(CheckInForm()["progress"])


def test_each_language_has_its_own() -> None:
    kept(CheckInForm()["progress"])

    with override("de"):
        assert kept(CheckInForm()["progress"]) == as_crispy_field(CheckInForm()["progress"])
