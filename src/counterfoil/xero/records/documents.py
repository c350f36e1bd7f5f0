"""Invoices and the documents that behave like them."""

from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import field

from counterfoil.xero.records.base import CalendarDate, ContactStub, Instant, Record

ZERO = Decimal(0)
LineAmountTypes = Literal["Exclusive", "Inclusive", "NoTax"]


class Document(Record, frozen=True, kw_only=True):
    """What invoices and every kind of credit share: a contact, a day, a currency and totals."""

    derived = ("contact_id", "contact_name")

    updated_at: Instant = field(name="UpdatedDateUTC")
    contact_stub: ContactStub = field(name="Contact")
    date: CalendarDate | None = field(name="Date", default=None)
    reference: str = field(name="Reference", default="")
    currency: str = field(name="CurrencyCode")
    currency_rate: Decimal | None = field(name="CurrencyRate", default=None)
    line_amount_types: LineAmountTypes = field(name="LineAmountTypes", default="Exclusive")
    sub_total: Decimal = field(name="SubTotal", default=ZERO)
    total_tax: Decimal = field(name="TotalTax", default=ZERO)
    total: Decimal = field(name="Total")
    has_attachments: bool = field(name="HasAttachments", default=False)

    @property
    def contact_id(self) -> str:
        """The id of the contact in the same organisation."""
        return self.contact_stub.contact_id

    @property
    def contact_name(self) -> str:
        """The contact's name as the document carried it when it was read."""
        return self.contact_stub.name


class Invoice(Document, frozen=True, kw_only=True):
    """A sales invoice (ACCREC) or a bill (ACCPAY)."""

    xero_id: str = field(name="InvoiceID")
    kind: Literal["ACCREC", "ACCPAY"] = field(name="Type")
    status: Literal["DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"] = field(name="Status")
    number: str = field(name="InvoiceNumber", default="")
    due_date: CalendarDate | None = field(name="DueDate", default=None)
    expected_payment_date: CalendarDate | None = field(name="ExpectedPaymentDate", default=None)
    planned_payment_date: CalendarDate | None = field(name="PlannedPaymentDate", default=None)
    fully_paid_on: CalendarDate | None = field(name="FullyPaidOnDate", default=None)
    amount_due: Decimal = field(name="AmountDue")
    amount_paid: Decimal = field(name="AmountPaid", default=ZERO)
    amount_credited: Decimal = field(name="AmountCredited", default=ZERO)
    sent_to_contact: bool = field(name="SentToContact", default=False)
    repeating_invoice_id: str = field(name="RepeatingInvoiceID", default="")


class CreditNote(Document, frozen=True, kw_only=True):
    """A credit given (ACCRECCREDIT) or received (ACCPAYCREDIT)."""

    xero_id: str = field(name="CreditNoteID")
    kind: Literal["ACCRECCREDIT", "ACCPAYCREDIT"] = field(name="Type")
    status: Literal["DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"] = field(name="Status")
    number: str = field(name="CreditNoteNumber", default="")
    fully_paid_on: CalendarDate | None = field(name="FullyPaidOnDate", default=None)
    remaining_credit: Decimal = field(name="RemainingCredit", default=ZERO)


class Prepayment(Document, frozen=True, kw_only=True):
    """Money received or paid before there was an invoice for it."""

    xero_id: str = field(name="PrepaymentID")
    kind: Literal["RECEIVE-PREPAYMENT", "SPEND-PREPAYMENT", "ARPREPAYMENT", "APPREPAYMENT"] = field(
        name="Type"
    )
    status: Literal["AUTHORISED", "PAID", "VOIDED"] = field(name="Status")
    remaining_credit: Decimal = field(name="RemainingCredit", default=ZERO)


class Overpayment(Document, frozen=True, kw_only=True):
    """Money received or paid beyond what an invoice asked."""

    xero_id: str = field(name="OverpaymentID")
    kind: Literal["RECEIVE-OVERPAYMENT", "SPEND-OVERPAYMENT", "AROVERPAYMENT", "APOVERPAYMENT"] = field(
        name="Type"
    )
    status: Literal["AUTHORISED", "PAID", "VOIDED"] = field(name="Status")
    remaining_credit: Decimal = field(name="RemainingCredit", default=ZERO)


class Schedule(msgspec.Struct, frozen=True):
    """When a repeating invoice raises its next one."""

    period: int = field(name="Period", default=1)
    unit: str = field(name="Unit", default="")
    next_scheduled_date: CalendarDate | None = field(name="NextScheduledDate", default=None)


class RepeatingInvoice(Record, frozen=True, kw_only=True):
    """A template from which Xero raises invoices by itself."""

    derived = ("contact_id", "contact_name", "period", "unit", "next_scheduled_date")

    xero_id: str = field(name="RepeatingInvoiceID")
    kind: Literal["ACCREC", "ACCPAY"] = field(name="Type")
    status: Literal["DRAFT", "AUTHORISED", "DELETED"] = field(name="Status")
    contact_stub: ContactStub = field(name="Contact")
    schedule_stub: Schedule = field(name="Schedule", default_factory=Schedule)
    reference: str = field(name="Reference", default="")
    currency: str = field(name="CurrencyCode", default="")
    total: Decimal = field(name="Total", default=ZERO)
    updated_at: Instant | None = None

    @property
    def contact_id(self) -> str:
        """The id of the contact in the same organisation."""
        return self.contact_stub.contact_id

    @property
    def contact_name(self) -> str:
        """The contact's name as the template carried it when it was read."""
        return self.contact_stub.name

    @property
    def period(self) -> int:
        """How many units lie between two invoices."""
        return self.schedule_stub.period

    @property
    def unit(self) -> str:
        """WEEKLY or MONTHLY, in Xero's words."""
        return self.schedule_stub.unit

    @property
    def next_scheduled_date(self) -> CalendarDate | None:
        """The day of the next invoice, as Xero last said it."""
        return self.schedule_stub.next_scheduled_date


class LinkedTransaction(Record, frozen=True, kw_only=True):
    """A billable expense: a line that was paid for a customer, and the line that recharges it."""

    xero_id: str = field(name="LinkedTransactionID")
    status: Literal["DRAFT", "APPROVED", "ONDRAFT", "BILLED", "VOIDED"] = field(name="Status")
    kind: str = field(name="Type", default="BILLABLEEXPENSE")
    source_kind: str = field(name="SourceTransactionTypeCode", default="")
    source_transaction_id: str = field(name="SourceTransactionID")
    source_line_item_id: str = field(name="SourceLineItemID", default="")
    target_transaction_id: str = field(name="TargetTransactionID", default="")
    target_line_item_id: str = field(name="TargetLineItemID", default="")
    contact_id: str = field(name="ContactID", default="")
    updated_at: Instant = field(name="UpdatedDateUTC")


class ExpenseClaim(Record, frozen=True, kw_only=True):
    """A claim of the classic expenses product, where an organisation still has it (until February 2027)."""

    xero_id: str = field(name="ExpenseClaimID")
    status: Literal["SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"] = field(name="Status")
    total: Decimal = field(name="Total", default=ZERO)
    amount_due: Decimal = field(name="AmountDue", default=ZERO)
    amount_paid: Decimal = field(name="AmountPaid", default=ZERO)
    payment_due_date: CalendarDate | None = field(name="PaymentDueDate", default=None)
    reporting_date: CalendarDate | None = field(name="ReportingDate", default=None)
    updated_at: Instant = field(name="UpdatedDateUTC")
