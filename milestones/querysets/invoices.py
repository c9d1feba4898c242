"""Who sees which invoice, and which papers are to be made."""

from typing import Any

from django.db import models

from accounts.states import Role


class InvoiceQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "InvoiceQuerySet":
        """Names, addresses and tax numbers: for finance, admins, whom it pays, and whoever leads the engagement."""
        if user.role in (Role.ADMIN, Role.FINANCE):
            return self
        if user.role == Role.CONTRACTOR:
            return self.filter(contractor__user=user)
        return self.filter(payout__milestone__engagement__lead=user)

    def of_milestone(self, milestone: Any) -> "InvoiceQuerySet":
        return self.filter(payout__milestone=milestone).order_by("pk")

    def of_year(self, year: int | None) -> "InvoiceQuerySet":
        """All of them for None."""
        return self if year is None else self.filter(year=year)

    def of_name(self, text: str) -> "InvoiceQuerySet":
        """Of contractors in whose name `text` occurs; all of them for ''."""
        return self.filter(contractor__name__icontains=text) if text else self

    def originals(self) -> "InvoiceQuerySet":
        """Without what takes back."""
        return self.filter(corrects=None)

    def for_list(self) -> "InvoiceQuerySet":
        """The newest number first."""
        return self.select_related("contractor", "corrects", "payout__milestone__engagement").order_by("-pk")

    def for_page(self) -> "InvoiceQuerySet":
        return self.select_related("contractor__user", "corrects", "by", "payout__milestone__engagement__lead")


class InvoicePaperQuerySet(models.QuerySet):
    def due(self) -> "InvoicePaperQuerySet":
        """Ordered and not made yet."""
        return self.filter(made_at=None)

    def made(self) -> "InvoicePaperQuerySet":
        return self.exclude(made_at=None)

    def lock(self, row: models.Model) -> Any:
        """The row, re-read and locked until the use case ends."""
        return self.select_for_update(of=("self",)).get(pk=row.pk)
