"""
The permissions that Counterfoil asks Xero for, and what each means in plain words.

Source: Xero developer guide, "Scopes" and "Granular scopes FAQ"; apps made since 2 March 2026 have no others.
"""

from collections.abc import Collection, Iterable
from datetime import date
from enum import StrEnum

IDENTITY_SCOPES = ("openid", "profile", "email", "offline_access")

_RECORDS = {
    "accounting.invoices": "invoices, bills, credit notes, quotes and purchase orders",
    "accounting.payments": "payments, prepayments and overpayments",
    "accounting.banktransactions": "money spent and received through bank accounts",
    "accounting.manualjournals": "manual journals",
    "accounting.contacts": "contacts and contact groups",
    "accounting.settings": "the organisation, its accounts, tax rates, tracking, currencies, items and users",
    "accounting.attachments": "files attached to documents",
}

_REPORTS = {
    "accounting.reports.profitandloss.read": "the profit and loss report",
    "accounting.reports.trialbalance.read": "the trial balance",
    "accounting.reports.balancesheet.read": "the balance sheet",
}

READ_SCOPES: tuple[str, ...] = (*IDENTITY_SCOPES, *(f"{name}.read" for name in _RECORDS), *_REPORTS)
"""What a read-only connection asks for: nothing in it can change anything in Xero."""

WRITE_SCOPES: tuple[str, ...] = tuple(_RECORDS)
"""Each of these lets Counterfoil change records as well as read them."""

BROAD_SCOPES_END = date(2027, 9, 13)
"""When Xero stops granting and accepting the broad permissions. Source: developer changelog, 2026."""


class Write(StrEnum):
    """Something that a two-way connection may do in Xero, each switched on by itself (K24)."""

    INVOICES = "invoices"
    CONTACTS = "contacts"
    PAYMENTS = "payments"
    ATTACHMENTS = "attachments"
    TAX_RATES = "tax_rates"

    @property
    def label(self) -> str:
        """What it is called on a page."""
        return _WRITE_WORDS[self]


_WRITE_WORDS = {
    Write.INVOICES: "Raise invoices and credit notes",
    Write.CONTACTS: "Create and update contacts",
    Write.PAYMENTS: "Record payments",
    Write.ATTACHMENTS: "Attach files",
    Write.TAX_RATES: "Add tax rates",
}

WRITES: dict[Write, str] = {
    Write.INVOICES: "accounting.invoices",
    Write.CONTACTS: "accounting.contacts",
    Write.PAYMENTS: "accounting.payments",
    Write.ATTACHMENTS: "accounting.attachments",
    Write.TAX_RATES: "accounting.settings",
}
"""The one permission that each needs."""

PLAIN_WORDS: dict[str, str] = {
    "openid": "Know which Xero user you are",
    "profile": "See your name",
    "email": "See your e-mail address",
    "offline_access": "Keep up to date while you are away",
    "app.connections": "List and remove this app's connections",
    **{f"{name}.read": f"Read {what}" for name, what in _RECORDS.items()},
    **{name: f"Read and change {what}" for name, what in _RECORDS.items()},
    **{name: f"Read {what}" for name, what in _REPORTS.items()},
    "accounting.transactions": "Read and change all documents and payments",
    "accounting.transactions.read": "Read all documents and payments",
    "accounting.reports.read": "Read all reports",
}

# Apps made before 2 March 2026 may hold these until 13 September 2027.
_BROAD = {
    "accounting.transactions": (
        "accounting.invoices",
        "accounting.payments",
        "accounting.banktransactions",
        "accounting.manualjournals",
    ),
    "accounting.reports.read": tuple(_REPORTS),
}


def list_wanted_scopes(writes: Collection[Write] = (), *, broad: bool = False) -> tuple[str, ...]:
    """
    Return what to ask for: reading everything, and writing only what was switched on.

    A permission to write includes the one to read. `broad` is for an app made before 2 March 2026.
    """
    writing = {WRITES[write] for write in writes}
    wanted = [_reading_of(scope) if _reading_of(scope) in writing else scope for scope in READ_SCOPES]
    if broad:
        wanted = [find_broad_scope(scope) for scope in wanted]
    # Of two twins the one to write is enough.
    twins = {f"{scope}.read" for scope in wanted}
    return tuple(dict.fromkeys(scope for scope in wanted if scope not in twins))


def find_broad_scope(scope: str) -> str:
    """Return the broad permission that covers this one, or the same when there is none."""
    for broad, narrow in _BROAD.items():
        if scope in narrow:
            return broad
        if _reading_of(scope) in narrow:
            return f"{broad}.read"
    return scope


def list_broad_scopes(granted: Iterable[str]) -> tuple[str, ...]:
    """Return those of the permissions that Xero ends on 13 September 2027."""
    return tuple(scope for scope in granted if scope in _BROAD or scope.removesuffix(".read") in _BROAD)


def can_write(granted: Iterable[str], write: Write) -> bool:
    """Say whether the granted permissions include this one to write."""
    return not list_missing_scopes(granted, [WRITES[write]])


def describe_scope(scope: str) -> str:
    """Return what the permission allows, in plain words; an unknown one is returned as Xero writes it."""
    return PLAIN_WORDS.get(scope, scope)


def is_write_scope(scope: str) -> bool:
    """Say whether the permission can change an organisation's books; unknown ones count as if they could."""
    if scope in IDENTITY_SCOPES or scope == "app.connections":
        return False
    return not scope.endswith(".read")


def list_missing_scopes(granted: Iterable[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the wanted permissions that the granted ones do not cover; writing includes reading."""
    covered = _widen(granted)
    return tuple(scope for scope in wanted if scope not in covered)


def _reading_of(scope: str) -> str:
    return scope.removesuffix(".read")


def _widen(granted: Iterable[str]) -> set[str]:
    covered = set(granted)
    for broad, narrow in _BROAD.items():
        if broad in covered:
            covered.update(narrow)
        if f"{broad}.read" in covered:
            covered.update(f"{name}.read" for name in narrow)
    covered.update(f"{scope}.read" for scope in tuple(covered) if is_write_scope(scope))
    return covered
