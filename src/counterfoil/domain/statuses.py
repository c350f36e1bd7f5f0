"""Keeps Xero's status of an invoice apart from the words that people see."""

from datetime import date
from decimal import Decimal
from enum import StrEnum


class InvoiceStatus(StrEnum):
    """
    The status of an invoice or a bill in Xero's own words, stored untouched.

    Source: Xero developer documentation, "Types & Codes", invoice status codes.
    """

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    AUTHORISED = "AUTHORISED"
    PAID = "PAID"
    VOIDED = "VOIDED"
    DELETED = "DELETED"


class DisplayStatus(StrEnum):
    """The status as people read it; derived each time, because Overdue depends on the day."""

    DRAFT = "Draft"
    AWAITING_APPROVAL = "Awaiting approval"
    OPEN = "Open"
    PARTIALLY_PAID = "Partially paid"
    OVERDUE = "Overdue"
    PAID = "Paid"
    VOIDED = "Voided"
    DELETED = "Deleted"

    @property
    def slug(self) -> str:
        """Return the word for addresses and style sheets, as in `awaiting-approval`."""
        return self.value.lower().replace(" ", "-")


_SETTLED_BY_XERO = {
    InvoiceStatus.DRAFT: DisplayStatus.DRAFT,
    InvoiceStatus.SUBMITTED: DisplayStatus.AWAITING_APPROVAL,
    InvoiceStatus.PAID: DisplayStatus.PAID,
    InvoiceStatus.VOIDED: DisplayStatus.VOIDED,
    InvoiceStatus.DELETED: DisplayStatus.DELETED,
}


def is_unpaid(*, status: InvoiceStatus, amount_due: Decimal) -> bool:
    """Say whether somebody still owes something: approved, and a balance above zero."""
    return status is InvoiceStatus.AUTHORISED and amount_due > 0


def is_overdue(*, status: InvoiceStatus, amount_due: Decimal, due_date: date | None, today: date) -> bool:
    """
    Say whether an unpaid invoice is past its day.

    `today` is the day in the organisation's time zone. Due today is not yet overdue, and an invoice
    without a due date never is.
    """
    return is_unpaid(status=status, amount_due=amount_due) and due_date is not None and due_date < today


def is_open(*, status: InvoiceStatus, amount_due: Decimal, due_date: date | None, today: date) -> bool:
    """Say whether an invoice is unpaid and not overdue, so that open and overdue make up all unpaid ones."""
    unpaid = is_unpaid(status=status, amount_due=amount_due)
    return unpaid and not is_overdue(status=status, amount_due=amount_due, due_date=due_date, today=today)


def is_part_paid(
    *, status: InvoiceStatus, amount_due: Decimal, amount_paid: Decimal, amount_credited: Decimal
) -> bool:
    """Say whether payments or credits have covered a part of it; also true when the rest is overdue."""
    covered = amount_paid + amount_credited
    return is_unpaid(status=status, amount_due=amount_due) and covered > 0


def display_status(
    *,
    status: InvoiceStatus,
    amount_due: Decimal,
    amount_paid: Decimal,
    amount_credited: Decimal,
    due_date: date | None,
    today: date,
) -> DisplayStatus:
    """
    Return the one word that people see for an invoice on a day in its organisation's time zone.

    What Xero has settled (draft, submitted, paid, voided, deleted) comes first, then Overdue, then
    Partially paid, then Open. An approved invoice with nothing left to pay is shown as Paid.
    """
    settled = _SETTLED_BY_XERO.get(status)
    if settled is not None:
        return settled
    if not is_unpaid(status=status, amount_due=amount_due):
        return DisplayStatus.PAID
    if is_overdue(status=status, amount_due=amount_due, due_date=due_date, today=today):
        return DisplayStatus.OVERDUE
    if amount_paid + amount_credited > 0:
        return DisplayStatus.PARTIALLY_PAID
    return DisplayStatus.OPEN
