"""An invoice or a bill as a row of a list, with the word that people see for it."""

from dataclasses import dataclass
from datetime import date

from counterfoil.domain.statuses import DisplayStatus, InvoiceStatus, display_status, is_part_paid
from counterfoil.mirror.models import Invoice

SALES, BILLS = "ACCREC", "ACCPAY"


@dataclass(frozen=True)
class Listed:
    """An invoice as a row of the list."""

    invoice: Invoice
    status: DisplayStatus | None
    is_part_paid: bool

    @property
    def word(self) -> str:
        """The status in words; one that Xero has invented since is shown as Xero writes it."""
        return self.status.value if self.status else self.invoice.status.capitalize()

    @property
    def slug(self) -> str:
        """The status for style sheets."""
        return self.status.slug if self.status else "unknown"


def describe(invoice: Invoice, today: date) -> Listed:
    """Return the invoice with the word that people see for it on this day."""
    try:
        status = InvoiceStatus(invoice.status)
    except ValueError:
        return Listed(invoice=invoice, status=None, is_part_paid=False)
    return Listed(
        invoice=invoice,
        status=display_status(
            status=status,
            amount_due=invoice.amount_due,
            amount_paid=invoice.amount_paid,
            amount_credited=invoice.amount_credited,
            due_date=invoice.due_date,
            today=today,
        ),
        is_part_paid=is_part_paid(
            status=status,
            amount_due=invoice.amount_due,
            amount_paid=invoice.amount_paid,
            amount_credited=invoice.amount_credited,
        ),
    )
