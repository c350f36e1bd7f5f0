"""
The streams: one row for each kind of record, with the one way to fetch it.

Source of what each list supports: Xero's OpenAPI and developer guide, "Requests and Responses",
"Paging", and the pages of the endpoints.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from counterfoil.mirror import models
from counterfoil.mirror.models import Mirrored
from counterfoil.xero import records
from counterfoil.xero.records import Record


class Walk(Enum):
    """In which order a list is read so that what changes meanwhile is not lost."""

    BY_ID = "pages ordered by the id, which never changes, several at a time"
    BACKWARDS = "pages ordered by change, from the last to the first"
    WHOLE = "one answer holds the whole list"
    SHORT_PAGES = "pages of 100 without a count, until a short one"


@dataclass(frozen=True)
class Stream:
    """
    One kind of record.

    `name` is Xero's path and our stable name for the stream; `key` is the list's member in the
    answer. `in_delta`: asked for changes at every interval; the others are read whole by the daily
    sweep. `is_complete`: the list shows every record there is, so one that it lacks is gone.
    `sweep` narrows what the daily check re-reads. `takes_ids`: can be asked for by the parameter `IDs`.
    `is_optional`: not every organisation has it.
    """

    name: str
    key: str
    title: str
    record: type[Record]
    model: type[Mirrored]
    walk: Walk
    scope: str
    id_member: str
    params: Mapping[str, str] = field(default_factory=dict)
    in_delta: bool = False
    is_complete: bool = False
    sweep: Mapping[str, str] | None = None
    takes_ids: bool = False
    is_optional: bool = False
    comes_first: bool = False

    @property
    def order(self) -> Mapping[str, str]:
        """The order to ask for; only a walk by id asks."""
        return {"order": self.id_member} if self.walk is Walk.BY_ID else {}


def _whole(name: str, title: str, record: type[Record], model: type[Mirrored], **more: object) -> Stream:
    """A list of settings: one answer, complete, read by the daily sweep."""
    settings = {
        "key": name,
        "walk": Walk.WHOLE,
        "scope": "accounting.settings.read",
        "is_complete": True,
        "comes_first": True,
    }
    return Stream(name=name, title=title, record=record, model=model, **(settings | more))  # type: ignore[arg-type]  # spelled once for eleven rows


def _paged(name: str, title: str, record: type[Record], model: type[Mirrored], **more: object) -> Stream:
    """A list of documents: paged, and asked for changes."""
    settings = {"key": name, "walk": Walk.BY_ID, "in_delta": True}
    return Stream(name=name, title=title, record=record, model=model, **(settings | more))  # type: ignore[arg-type]  # spelled once for eight rows


OPEN_DOCUMENTS = {"Statuses": "DRAFT,SUBMITTED,AUTHORISED"}

STREAMS: tuple[Stream, ...] = (
    _whole("Organisation", "Organisation", records.OrganisationProfile, models.OrganisationProfile,
           key="Organisations", id_member="OrganisationID"),
    _whole("Users", "Users", records.User, models.XeroUser, id_member="UserID"),
    _whole("Currencies", "Currencies", records.Currency, models.Currency, id_member="Code"),
    _whole("Accounts", "Accounts", records.Account, models.Account, id_member="AccountID"),
    _whole("TaxRates", "Tax rates", records.TaxRate, models.TaxRate, id_member="TaxType"),
    _whole("TrackingCategories", "Tracking", records.TrackingCategory, models.TrackingCategory,
           id_member="TrackingCategoryID", params={"includeArchived": "true"}),
    _whole("BrandingThemes", "Branding themes", records.BrandingTheme, models.BrandingTheme,
           id_member="BrandingThemeID"),
    _whole("ContactGroups", "Contact groups", records.ContactGroup, models.ContactGroup,
           id_member="ContactGroupID", scope="accounting.contacts.read"),
    _whole("Items", "Items", records.Item, models.Item, id_member="ItemID"),
    _paged("Contacts", "Contacts", records.Contact, models.Contact, id_member="ContactID",
           scope="accounting.contacts.read", params={"includeArchived": "true"}, sweep={},
           is_complete=True, takes_ids=True, comes_first=True),
    _paged("Invoices", "Invoices and bills", records.Invoice, models.Invoice, id_member="InvoiceID",
           scope="accounting.invoices.read", params={"unitdp": "4"}, sweep=OPEN_DOCUMENTS,
           is_complete=True, takes_ids=True, comes_first=True),
    _paged("CreditNotes", "Credit notes", records.CreditNote, models.CreditNote, id_member="CreditNoteID",
           scope="accounting.invoices.read", params={"unitdp": "4"}, is_complete=True),
    _paged("Payments", "Payments", records.Payment, models.Payment, id_member="PaymentID",
           scope="accounting.payments.read", is_complete=True),
    _paged("Prepayments", "Prepayments", records.Prepayment, models.Prepayment, id_member="PrepaymentID",
           scope="accounting.payments.read", params={"unitdp": "4"}, is_complete=True),
    _paged("Overpayments", "Overpayments", records.Overpayment, models.Overpayment, id_member="OverpaymentID",
           scope="accounting.payments.read", params={"unitdp": "4"}, is_complete=True),
    _paged("BankTransactions", "Bank transactions", records.BankTransaction, models.BankTransaction,
           id_member="BankTransactionID", scope="accounting.banktransactions.read", params={"unitdp": "4"},
           is_complete=True),
    # With an order, Xero answers all manual journals at once and forgets the pages.
    _paged("ManualJournals", "Manual journals", records.ManualJournal, models.ManualJournal,
           id_member="ManualJournalID", walk=Walk.BACKWARDS, scope="accounting.manualjournals.read",
           is_complete=True),
    _whole("BatchPayments", "Batch payments", records.BatchPayment, models.BatchPayment,
           id_member="BatchPaymentID", scope="accounting.payments.read", comes_first=False),
    _whole("RepeatingInvoices", "Repeating invoices", records.RepeatingInvoice, models.RepeatingInvoice,
           id_member="RepeatingInvoiceID", scope="accounting.invoices.read", comes_first=False),
    Stream("LinkedTransactions", "LinkedTransactions", "Billable expenses", records.LinkedTransaction,
           models.LinkedTransaction, Walk.SHORT_PAGES, "accounting.invoices.read", "LinkedTransactionID",
           is_complete=True),
    _whole("ExpenseClaims", "Expense claims", records.ExpenseClaim, models.ExpenseClaim,
           id_member="ExpenseClaimID", is_optional=True, comes_first=False),
    _whole("Reports/ProfitAndLoss", "Profit and loss report", records.Report, models.Report, key="Reports",
           id_member="ReportID", scope="accounting.reports.profitandloss.read", is_complete=False,
           comes_first=False),
    _whole("Reports/TrialBalance", "Trial balance", records.Report, models.Report, key="Reports",
           id_member="ReportID", scope="accounting.reports.trialbalance.read", is_complete=False,
           comes_first=False),
    _whole("Reports/BalanceSheet", "Balance sheet", records.Report, models.Report, key="Reports",
           id_member="ReportID", scope="accounting.reports.balancesheet.read", is_complete=False,
           comes_first=False),
)  # fmt: skip

STREAM_BY_NAME: Mapping[str, Stream] = {stream.name: stream for stream in STREAMS}
