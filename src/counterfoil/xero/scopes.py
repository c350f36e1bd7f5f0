"""
The permissions that Counterfoil asks Xero for, and what each means in plain words.

Source: Xero developer guide, "Scopes" and "Granular scopes FAQ"; apps made since 2 March 2026 have no others.
"""

from collections.abc import Iterable

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

PLAIN_WORDS: dict[str, str] = {
    "openid": "Know which Xero user you are",
    "profile": "See your name",
    "email": "See your e-mail address",
    "offline_access": "Keep up to date while you are away",
    "app.connections": "List and remove this app's connections",
    **{f"{name}.read": f"Read {what}" for name, what in _RECORDS.items()},
    **{name: f"Read and change {what}" for name, what in _RECORDS.items()},
    **{name: f"Read {what}" for name, what in _REPORTS.items()},
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


def _widen(granted: Iterable[str]) -> set[str]:
    covered = set(granted)
    for broad, narrow in _BROAD.items():
        if broad in covered:
            covered.update(narrow)
        if f"{broad}.read" in covered:
            covered.update(f"{name}.read" for name in narrow)
    covered.update(f"{scope}.read" for scope in tuple(covered) if is_write_scope(scope))
    return covered
