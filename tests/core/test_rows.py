"""A row drawn from marks is the row that the template language draws."""

import pytest
from django import forms
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe

from core.rows import joined, link, options, row

VALUES = {
    "avatar": mark_safe("<i>A</i>"),
    "url": "/x/?a=1&b=2",
    "title": "<script>alert(1)</script> \\1 {braces} %(n)s",
    "contractor": "O’Brien & “Sons”",
    "state": "",
    "waits": "Tú",
    "next": mark_safe("<b>1</b>"),
    "price": 1200,
}


def test_a_row_is_what_the_template_draws_with_these_values_escaped_the_same() -> None:
    drawn = row("engagements/_row.html", **VALUES)

    assert drawn == render_to_string("engagements/_row.html", VALUES)
    assert "<script>" not in drawn


def test_the_next_row_has_its_own_values() -> None:
    row("engagements/_row.html", **VALUES)

    assert row("engagements/_row.html", **{**VALUES, "title": "Search"}) == render_to_string(
        "engagements/_row.html", {**VALUES, "title": "Search"}
    )


def test_a_link_is_the_address_that_django_finds() -> None:
    assert link("engagements:engagement", 7) == reverse("engagements:engagement", args=[7])
    assert link("engagements:message", 7) == reverse("engagements:message", args=[7])


def test_only_what_was_escaped_is_put_together() -> None:
    assert joined(row("engagements/_row.html", **VALUES) for _turn in range(2)).count("Sons") == 2
    with pytest.raises(TypeError):
        joined(["<b>"])  # type: ignore[list-item]


@pytest.mark.parametrize("chosen", [None, 7, 8])
def test_options_are_those_of_a_select_field(chosen: int | None) -> None:
    choices = [(7, "<b> & “so”"), (8, "It’s 'x'")]

    drawn = forms.Select(choices=choices).render("x", chosen).replace("\n", "").replace("  ", "")

    assert options(choices, chosen) in drawn
