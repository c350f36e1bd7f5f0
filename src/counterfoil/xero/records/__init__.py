"""The records of Xero that we keep: one struct per kind, with what is filtered, summed or shown."""

from counterfoil.xero.records.base import Record, Unreadable, read_record
from counterfoil.xero.records.cash import BankTransaction, BatchPayment, ManualJournal, Payment
from counterfoil.xero.records.chart import (
    Account,
    Attachment,
    BrandingTheme,
    Currency,
    Item,
    OrganisationProfile,
    Report,
    TaxRate,
    TrackingCategory,
)
from counterfoil.xero.records.documents import (
    CreditNote,
    ExpenseClaim,
    Invoice,
    LinkedTransaction,
    Overpayment,
    Prepayment,
    RepeatingInvoice,
)
from counterfoil.xero.records.people import Contact, ContactGroup, User

__all__ = [
    "Account",
    "Attachment",
    "BankTransaction",
    "BatchPayment",
    "BrandingTheme",
    "Contact",
    "ContactGroup",
    "CreditNote",
    "Currency",
    "ExpenseClaim",
    "Invoice",
    "Item",
    "LinkedTransaction",
    "ManualJournal",
    "OrganisationProfile",
    "Overpayment",
    "Payment",
    "Prepayment",
    "Record",
    "RepeatingInvoice",
    "Report",
    "TaxRate",
    "TrackingCategory",
    "Unreadable",
    "User",
    "read_record",
]
