"""
What Counterfoil reads from Xero, and may write when that is switched on, endpoint by endpoint (R3, R4).

One table for the page before consent, the picture of the data's way, the scope doctor and the help. A
test holds it against the streams, so that nothing is read which is not listed.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from counterfoil.xero.scopes import WRITES, Write, find_broad_scope, list_wanted_scopes

_DOCS = "https://developer.xero.com/documentation/api/accounting"


@dataclass(frozen=True)
class Reading:
    """One endpoint: its group in the picture, why it is read, its permission, and Xero's page about it."""

    endpoint: str
    name: str
    group: str
    why: str
    scope: str
    page: str

    @property
    def address(self) -> str:
        """Xero's own documentation of the endpoint."""
        return f"{_DOCS}/{self.page}"


@dataclass(frozen=True)
class Writing:
    """One thing that may be written: what it is for, and what it can never do."""

    write: Write
    why: str
    page: str

    @property
    def name(self) -> str:
        """What it is called."""
        return self.write.label

    @property
    def scope(self) -> str:
        """The permission that it needs."""
        return WRITES[self.write]

    @property
    def address(self) -> str:
        """Xero's own documentation of the endpoint."""
        return f"{_DOCS}/{self.page}"


PEOPLE, DOCUMENTS, MONEY, SETTINGS, REPORTS = (
    "Contacts",
    "Invoices and bills",
    "Payments and bank",
    "Settings",
    "Reports",
)

# What each group becomes here, for the picture.
BECOMES = {
    PEOPLE: "who owes, who is owed",
    DOCUMENTS: "what was billed",
    MONEY: "what was paid",
    SETTINGS: "how Xero counts",
    REPORTS: "proof that both agree",
}


def _read(endpoint: str, name: str, group: str, why: str, permission: str, page: str) -> Reading:
    return Reading(endpoint, name, group, why, f"accounting.{permission}.read", page)


READINGS = (
    _read("Organisation", "Organisation", SETTINGS, "name, country, time zone, currency and lock dates",
          "settings", "organisation"),
    _read("Contacts", "Contacts", PEOPLE, "whom a document is for: name, e-mail, customer or supplier",
          "contacts", "contacts"),
    _read("ContactGroups", "Contact groups", PEOPLE, "the groups that you sort contacts into",
          "contacts", "contactgroups"),
    _read("Invoices", "Invoices and bills", DOCUMENTS, "number, lines, dates, amounts and status",
          "invoices", "invoices"),
    _read("CreditNotes", "Credit notes", DOCUMENTS, "credits given and received", "invoices", "creditnotes"),
    _read("RepeatingInvoices", "Repeating invoices", DOCUMENTS, "what Xero will raise by itself",
          "invoices", "repeatinginvoices"),
    _read("LinkedTransactions", "Linked transactions", DOCUMENTS, "costs marked as billable to a customer",
          "invoices", "linkedtransactions"),
    _read("Payments", "Payments", MONEY, "what has been paid, in parts or whole", "payments", "payments"),
    _read("BatchPayments", "Batch payments", MONEY, "which payments were made together",
          "payments", "batchpayments"),
    _read("Prepayments", "Prepayments", MONEY, "money received before an invoice", "payments", "prepayments"),
    _read("Overpayments", "Overpayments", MONEY, "money received beyond an invoice",
          "payments", "overpayments"),
    _read("BankTransactions", "Bank transactions", MONEY, "money spent and received without an invoice",
          "banktransactions", "banktransactions"),
    _read("ManualJournals", "Manual journals", MONEY, "entries made by hand, so that totals agree",
          "manualjournals", "manualjournals"),
    _read("Accounts", "Accounts", SETTINGS, "revenue, expense and asset accounts that lines refer to",
          "settings", "accounts"),
    _read("TaxRates", "Tax rates", SETTINGS, "so that tax is computed as Xero does", "settings", "taxrates"),
    _read("Items", "Items", SETTINGS, "products and services that lines refer to", "settings", "items"),
    _read("TrackingCategories", "Tracking", SETTINGS, "how lines are marked by department or region",
          "settings", "trackingcategories"),
    _read("Currencies", "Currencies", SETTINGS, "which currencies the organisation uses",
          "settings", "currencies"),
    _read("BrandingThemes", "Branding themes", SETTINGS, "how a document will look",
          "settings", "brandingthemes"),
    _read("Users", "Users", SETTINGS, "whether the connecting person’s role covers all of this",
          "settings", "users"),
    _read("ExpenseClaims", "Expense claims", DOCUMENTS, "classic expense claims, where they are still used",
          "settings", "expenseclaims"),
    _read("Attachments", "Attachments", DOCUMENTS, "the list of files on a document",
          "attachments", "attachments"),
    _read("Reports/ProfitAndLoss", "Profit and loss", REPORTS, "to prove that the copy agrees with Xero",
          "reports.profitandloss", "reports"),
    _read("Reports/TrialBalance", "Trial balance", REPORTS, "the same, account by account",
          "reports.trialbalance", "reports"),
    _read("Reports/BalanceSheet", "Balance sheet", REPORTS, "the same, at the end of a month",
          "reports.balancesheet", "reports"),
)  # fmt: skip

WRITINGS = (
    Writing(
        Write.INVOICES,
        "as drafts, which somebody approves in Xero; nothing is sent to a customer",
        "invoices",
    ),
    Writing(
        Write.CONTACTS,
        "names, e-mail addresses, phones and addresses that you change here",
        "contacts",
    ),
    Writing(Write.PAYMENTS, "against invoices, to the account that you choose", "payments"),
    Writing(
        Write.ATTACHMENTS,
        "to the documents that are raised from here",
        "attachments",
    ),
    Writing(
        Write.TAX_RATES,
        "only when you push tax rates; this permission also covers accounts and items",
        "taxrates",
    ),
)


def list_readings(writes: Collection[Write] = (), *, broad: bool = False) -> list[Reading]:
    """Return the table with the permissions of this choice: reading alone, or with what is to be written."""
    asked = list_wanted_scopes(writes, broad=broad)
    return [replace(reading, scope=_find_asked(reading.scope, asked)) for reading in READINGS]


def _find_asked(scope: str, asked: Collection[str]) -> str:
    """Return the asked permission that covers this one."""
    writing = scope.removesuffix(".read")
    broad = find_broad_scope(scope)
    return next((one for one in (scope, writing, broad, broad.removesuffix(".read")) if one in asked), scope)
