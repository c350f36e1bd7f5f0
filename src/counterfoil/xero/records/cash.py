"""Money that moved: payments, bank transactions, and the journals made by hand."""

from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import field

from counterfoil.xero.records.base import AccountStub, CalendarDate, ContactStub, Instant, Record

ZERO = Decimal(0)


class _InvoiceStub(msgspec.Struct, frozen=True):
    invoice_id: str = field(name="InvoiceID", default="")


class _CreditNoteStub(msgspec.Struct, frozen=True):
    credit_note_id: str = field(name="CreditNoteID", default="")


class _PrepaymentStub(msgspec.Struct, frozen=True):
    prepayment_id: str = field(name="PrepaymentID", default="")


class _OverpaymentStub(msgspec.Struct, frozen=True):
    overpayment_id: str = field(name="OverpaymentID", default="")


class Payment(Record, frozen=True, kw_only=True):
    """A payment of an invoice, or a refund of a credit; exactly one of the four documents is named."""

    derived = ("invoice_id", "credit_note_id", "prepayment_id", "overpayment_id", "account_id")

    xero_id: str = field(name="PaymentID")
    kind: Literal[
        "ACCRECPAYMENT",
        "ACCPAYPAYMENT",
        "ARCREDITPAYMENT",
        "APCREDITPAYMENT",
        "AROVERPAYMENTPAYMENT",
        "ARPREPAYMENTPAYMENT",
        "APPREPAYMENTPAYMENT",
        "APOVERPAYMENTPAYMENT",
    ] = field(name="PaymentType")
    status: Literal["AUTHORISED", "DELETED"] = field(name="Status")
    date: CalendarDate = field(name="Date")
    amount: Decimal = field(name="Amount")
    bank_amount: Decimal | None = field(name="BankAmount", default=None)
    currency_rate: Decimal | None = field(name="CurrencyRate", default=None)
    reference: str = field(name="Reference", default="")
    is_reconciled: bool = field(name="IsReconciled", default=False)
    batch_payment_id: str = field(name="BatchPaymentID", default="")
    invoice_stub: _InvoiceStub = field(name="Invoice", default_factory=_InvoiceStub)
    credit_note_stub: _CreditNoteStub = field(name="CreditNote", default_factory=_CreditNoteStub)
    prepayment_stub: _PrepaymentStub = field(name="Prepayment", default_factory=_PrepaymentStub)
    overpayment_stub: _OverpaymentStub = field(name="Overpayment", default_factory=_OverpaymentStub)
    account_stub: AccountStub = field(name="Account", default_factory=AccountStub)
    updated_at: Instant = field(name="UpdatedDateUTC")

    @property
    def invoice_id(self) -> str:
        """The invoice that was paid, or empty."""
        return self.invoice_stub.invoice_id

    @property
    def credit_note_id(self) -> str:
        """The credit note that was refunded, or empty."""
        return self.credit_note_stub.credit_note_id

    @property
    def prepayment_id(self) -> str:
        """The prepayment that was refunded, or empty."""
        return self.prepayment_stub.prepayment_id

    @property
    def overpayment_id(self) -> str:
        """The overpayment that was refunded, or empty."""
        return self.overpayment_stub.overpayment_id

    @property
    def account_id(self) -> str:
        """The account that the money went to or came from."""
        return self.account_stub.account_id


class BatchPayment(Record, frozen=True, kw_only=True):
    """Several payments that crossed the bank as one."""

    derived = ("account_id",)

    xero_id: str = field(name="BatchPaymentID")
    kind: Literal["PAYBATCH", "RECBATCH"] = field(name="Type")
    status: Literal["AUTHORISED", "DELETED"] = field(name="Status")
    date: CalendarDate = field(name="Date")
    total: Decimal = field(name="TotalAmount", default=ZERO)
    reference: str = field(name="Reference", default="")
    is_reconciled: bool = field(name="IsReconciled", default=False)
    account_stub: AccountStub = field(name="Account", default_factory=AccountStub)
    updated_at: Instant = field(name="UpdatedDateUTC")

    @property
    def account_id(self) -> str:
        """The bank account."""
        return self.account_stub.account_id


class BankTransaction(Record, frozen=True, kw_only=True):
    """Money spent or received without an invoice."""

    derived = ("contact_id", "contact_name", "account_id")

    xero_id: str = field(name="BankTransactionID")
    kind: Literal[
        "RECEIVE",
        "RECEIVE-OVERPAYMENT",
        "RECEIVE-PREPAYMENT",
        "RECEIVE-TRANSFER",
        "SPEND",
        "SPEND-OVERPAYMENT",
        "SPEND-PREPAYMENT",
        "SPEND-TRANSFER",
    ] = field(name="Type")
    status: Literal["AUTHORISED", "DELETED", "VOIDED"] = field(name="Status")
    date: CalendarDate = field(name="Date")
    reference: str = field(name="Reference", default="")
    currency: str = field(name="CurrencyCode", default="")
    currency_rate: Decimal | None = field(name="CurrencyRate", default=None)
    sub_total: Decimal = field(name="SubTotal", default=ZERO)
    total_tax: Decimal = field(name="TotalTax", default=ZERO)
    total: Decimal = field(name="Total")
    is_reconciled: bool = field(name="IsReconciled", default=False)
    has_attachments: bool = field(name="HasAttachments", default=False)
    contact_stub: ContactStub | None = field(name="Contact", default=None)
    account_stub: AccountStub = field(name="BankAccount")
    updated_at: Instant = field(name="UpdatedDateUTC")

    @property
    def contact_id(self) -> str:
        """The contact, or empty: a transfer has none."""
        return self.contact_stub.contact_id if self.contact_stub else ""

    @property
    def contact_name(self) -> str:
        """The contact's name as the transaction carried it when it was read."""
        return self.contact_stub.name if self.contact_stub else ""

    @property
    def account_id(self) -> str:
        """The bank account."""
        return self.account_stub.account_id


class ManualJournal(Record, frozen=True, kw_only=True):
    """An entry made by hand in the ledger."""

    xero_id: str = field(name="ManualJournalID")
    status: Literal["DRAFT", "POSTED", "DELETED", "VOIDED", "ARCHIVED"] = field(name="Status")
    date: CalendarDate = field(name="Date")
    narration: str = field(name="Narration")
    updated_at: Instant = field(name="UpdatedDateUTC")
