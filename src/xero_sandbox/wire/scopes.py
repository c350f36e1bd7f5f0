"""Granular scopes, the broad ones they replaced, and what each means in plain words (FACTS 2)."""

from datetime import date

IDENTITY_SCOPES = ("openid", "profile", "email", "offline_access")
APP_SCOPES = ("app.connections", "marketplace.billing")

_WRITABLE = {
    "accounting.invoices": "invoices, bills, credit notes, quotes, purchase orders and items",
    "accounting.payments": "payments, batch payments, prepayments and overpayments",
    "accounting.banktransactions": "bank transactions and transfers",
    "accounting.manualjournals": "manual journals",
    "accounting.settings": "organisation settings: accounts, tax rates, tracking, currencies, users",
    "accounting.contacts": "contacts and contact groups",
    "accounting.attachments": "files attached to documents",
    "files": "the file library",
    "assets": "fixed assets",
    "projects": "projects",
}
_READ_ONLY = {
    "accounting.budgets.read": "budgets",
    "accounting.journals.read": "the general ledger",
    "accounting.reports.aged.read": "aged receivables and payables reports",
    "accounting.reports.balancesheet.read": "balance sheet reports",
    "accounting.reports.banksummary.read": "bank summary reports",
    "accounting.reports.budgetsummary.read": "budget summary reports",
    "accounting.reports.executivesummary.read": "executive summary reports",
    "accounting.reports.profitandloss.read": "profit and loss reports",
    "accounting.reports.trialbalance.read": "trial balance reports",
    "accounting.reports.taxreports.read": "published tax reports",
    "accounting.reports.tenninetynine.read": "1099 reports",
}
_IDENTITY_WORDS = {
    "openid": "Know who you are",
    "profile": "See your name",
    "email": "See your e-mail address",
    "offline_access": "Stay connected while you are away",
}

_BROAD_WORDS = {
    "accounting.transactions": "View and change all documents, payments and bank transactions",
    "accounting.transactions.read": "View all documents, payments and bank transactions",
    "accounting.reports.read": "View all reports",
}

_DOCUMENTS = (
    "accounting.invoices",
    "accounting.payments",
    "accounting.banktransactions",
    "accounting.manualjournals",
)
REPORT_SCOPES = {
    "profitandloss": "accounting.reports.profitandloss.read",
    "balancesheet": "accounting.reports.balancesheet.read",
    "trialbalance": "accounting.reports.trialbalance.read",
    "agedreceivablesbycontact": "accounting.reports.aged.read",
    "agedpayablesbycontact": "accounting.reports.aged.read",
}

# What an app made before 2 March 2026 may still ask for, with what each covers (FACTS 2).
BROAD_SCOPES = {
    "accounting.transactions": _DOCUMENTS,
    "accounting.transactions.read": tuple(f"{scope}.read" for scope in _DOCUMENTS),
    "accounting.reports.read": tuple(scope for scope in _READ_ONLY if ".reports." in scope),
}
BROAD_UNTIL = date(2027, 9, 13)

DEFAULT_CUSTOM_SCOPES = tuple(scope for scope in _WRITABLE if scope.startswith("accounting.")) + tuple(
    dict.fromkeys(REPORT_SCOPES.values())
)


def is_granular(scope: str) -> bool:
    """Return whether an app made today may ask for this scope."""
    return (
        scope in IDENTITY_SCOPES
        or scope in _WRITABLE
        or scope in _READ_ONLY
        or (scope.endswith(".read") and scope.removesuffix(".read") in _WRITABLE)
    )


def describe_scope(scope: str) -> str:
    """Return the scope as the consent page words it."""
    if scope in _IDENTITY_WORDS:
        return _IDENTITY_WORDS[scope]
    if scope in _BROAD_WORDS:
        return _BROAD_WORDS[scope]
    if scope in _READ_ONLY:
        return f"View {_READ_ONLY[scope]}"
    if scope.endswith(".read"):
        return f"View {_WRITABLE[scope.removesuffix('.read')]}"
    return f"View and change {_WRITABLE[scope]}"


def is_granted(granted: frozenset[str], wanted: tuple[str, ...], *, reading: bool) -> bool:
    """Return whether one of the wanted scopes was granted; to read, its `.read` twin is enough."""
    covered = granted.union(*(BROAD_SCOPES[scope] for scope in granted if scope in BROAD_SCOPES))
    return any(scope in covered or (reading and f"{scope}.read" in covered) for scope in wanted)
