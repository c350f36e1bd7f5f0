"""What Counterfoil reads from Xero, endpoint by endpoint, as it is shown before consent (R3, R4)."""

from dataclasses import dataclass

_DOCS = "https://developer.xero.com/documentation/api/accounting"


@dataclass(frozen=True)
class Reading:
    """One endpoint: what it holds, why it is read, which permission it needs, and Xero's page about it."""

    name: str
    why: str
    scope: str
    page: str

    @property
    def address(self) -> str:
        """Xero's own documentation of the endpoint."""
        return f"{_DOCS}/{self.page}"


def _read(name: str, why: str, permission: str, page: str) -> Reading:
    return Reading(name, why, f"accounting.{permission}.read", page)


READINGS = (
    _read("Organisation", "name, time zone, currency and lock dates", "settings", "organisation"),
    _read(
        "Contacts, contact groups",
        "whom an invoice is for: name, e-mail, customer or supplier",
        "contacts",
        "contacts",
    ),
    _read("Invoices and bills", "number, lines, dates, amounts and status", "invoices", "invoices"),
    _read("Credit notes", "credits given and received", "invoices", "creditnotes"),
    _read("Repeating invoices", "what Xero will raise by itself", "invoices", "repeatinginvoices"),
    _read("Linked transactions", "costs marked as billable to a customer", "invoices", "linkedtransactions"),
    _read("Payments, batch payments", "what has been paid, in parts or whole", "payments", "payments"),
    _read(
        "Prepayments, overpayments", "money received before or beyond an invoice", "payments", "prepayments"
    ),
    _read(
        "Bank transactions",
        "money spent and received without an invoice",
        "banktransactions",
        "banktransactions",
    ),
    _read(
        "Manual journals", "entries made by hand, so that totals agree", "manualjournals", "manualjournals"
    ),
    _read("Accounts, tax rates, items", "what the lines of a document refer to", "settings", "accounts"),
    _read(
        "Tracking, currencies, branding themes",
        "what a document is marked and shown with",
        "settings",
        "trackingcategories",
    ),
    _read("Users", "whether the connecting person’s role covers all of this", "settings", "users"),
    _read("Attachments", "the list of files on a document", "attachments", "attachments"),
    _read(
        "Profit and loss",
        "to prove that the copy agrees with Xero’s figures",
        "reports.profitandloss",
        "reports",
    ),
    _read("Trial balance", "the same, account by account", "reports.trialbalance", "reports"),
    _read("Balance sheet", "the same, at the end of a month", "reports.balancesheet", "reports"),
)
