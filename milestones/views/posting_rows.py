"""How the rows of the ledger, of its sums and of its choices are drawn."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.rows import joined, options, row
from core.templatetags.duckrow import day, money
from milestones.forms.budget import LedgerForm
from milestones.queries import Chosen, PostingRow, Totals
from milestones.queries.ledger_page import LedgerFacts
from milestones.states import AccountKind, PostingKind

WRONG = "?"  # what no kind is called


class Shape(NamedTuple):
    """What a posting's row depends on besides its values."""

    posting: str
    source: str
    has_source: bool
    target: str
    has_target: bool
    is_linked: bool
    is_by_clock: bool

    @property
    def kind(self) -> Any:
        return PostingKind(self.posting).label

    @property
    def source_kind(self) -> Any:
        return AccountKind(self.source).label

    @property
    def target_kind(self) -> Any:
        return AccountKind(self.target).label


def posting_rows(postings: Iterable[PostingRow], *, has_links: bool) -> SafeString:
    """With links to all that moved for the same engagement, or without."""
    return joined(_posting(each, has_links and each.engagement is not None) for each in postings)


def _posting(posting: PostingRow, is_linked: bool) -> SafeString:
    shape = Shape(
        posting.kind,
        posting.source_kind,
        posting.source is not None,
        posting.target_kind,
        posting.target is not None,
        is_linked,
        posting.by is None,
    )
    return row(
        "milestones/_posting.html",
        shape,
        day=day(posting.at),
        source=posting.source,
        target=posting.target,
        engagement=posting.engagement,
        cause=posting.cause,
        by=posting.by,
        amount=money(posting.amount, "ledger"),
    )


def total_rows(totals: Iterable[Totals]) -> SafeString:
    kinds = ("outside", "budget", "held", "owed", "paid", "sum")
    return joined(
        row(
            "milestones/_total.html",
            currency=each.currency,
            **{kind: money(getattr(each, kind), "ledger") for kind in kinds},
        )
        for each in totals
    )


class Filter(NamedTuple):
    """What the filter of the ledger depends on besides its values."""

    kind: str
    has_engagement: bool
    is_filtered: bool

    @property
    def form(self) -> LedgerForm:
        return LedgerForm({"kind": self.kind})


def ledger_filter(form: LedgerForm, facts: LedgerFacts, chosen: Chosen, title: str | None) -> SafeString:
    """`title` is that of the engagement that is chosen."""
    kind = chosen.kind if "kind" not in form.errors else WRONG
    return row(
        "milestones/_ledger_filter.html",
        Filter(kind, chosen.engagement is not None, bool(chosen)),
        budgets=options(facts.budgets, chosen.budget),
        since=_typed(form, "since"),
        on=_typed(form, "on"),
        engagement=chosen.engagement,
        title=title,
    )


def _typed(form: LedgerForm, name: str) -> SafeString:
    """The attributes that a day's field has as Django draws it."""
    value, is_wrong = form.data.get(name), name in form.errors
    return format_html(
        '{} class="form-control"{}',
        format_html(' value="{}"', value) if value is not None else "",
        format_html(' aria-invalid="true" aria-describedby="id_{}_error"', name) if is_wrong else "",
    )
