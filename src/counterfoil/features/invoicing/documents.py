"""A sales invoice as it would be sent: every account, tax type and option decided, nothing sent yet."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from counterfoil.domain.totals import AmountsAre, Line, Totals, compute_totals


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """One line; `tracking` has pairs of a category's and an option's id."""

    description: str = ""
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None
    item_code: str = ""
    account_code: str = ""
    tax_type: str = ""
    tax_amount: Decimal | None = None
    tracking: tuple[tuple[str, str], ...] = ()
    line_item_id: str = ""
    service: str = ""

    @property
    def is_words(self) -> bool:
        """Say whether the line carries no amount."""
        return self.quantity is None and self.unit_amount is None

    def with_rate(self, rate: Decimal) -> Line:
        """Return what the totals need to know of it; `rate` is the effective tax rate in percent."""
        return Line(
            quantity=self.quantity,
            unit_amount=self.unit_amount,
            tax_rate=rate,
            discount_rate=self.discount_rate,
            discount_amount=self.discount_amount,
            tax_amount=self.tax_amount,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """
    A sales invoice on its way to one organisation.

    `xero_id` names the invoice that it edits, or is empty for a new one; `read_at_version` is when Xero
    had last changed that invoice as the edit began.
    """

    organisation_id: int
    contact_id: str
    date: dt.date
    due_date: dt.date | None
    currency: str
    lines: tuple[DocumentLine, ...]
    amounts_are: AmountsAre = AmountsAre.EXCLUSIVE
    decimals: int = 2
    number: str = ""
    reference: str = ""
    branding_theme_id: str = ""
    approves: bool = False
    xero_id: str = ""
    read_at_version: dt.datetime | None = None

    def compute_totals(self, rates: Mapping[str, Decimal]) -> Totals:
        """Return the totals as Xero will compute them; a tax type without a known rate counts as none."""
        return compute_totals(
            [line.with_rate(rates.get(line.tax_type, Decimal(0))) for line in self.lines],
            amounts_are=self.amounts_are,
            decimals=self.decimals,
        )


def list_organisations(documents: Iterable[Document]) -> list[int]:
    """Return the organisations that the documents go to, each once."""
    return sorted({document.organisation_id for document in documents})
