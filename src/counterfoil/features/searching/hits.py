"""What a search finds, whatever kind of record it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from counterfoil.domain.money import Money
from counterfoil.mirror.models import Organisation


class Kind(StrEnum):
    """The kinds of record, in the order in which they are shown."""

    CLIENTS = "clients"
    PEOPLE = "people"
    DEALS = "deals"
    CONTACTS = "contacts"
    INVOICES = "invoices"
    BILLS = "bills"
    CREDIT_NOTES = "credit_notes"


@dataclass(frozen=True)
class Status:
    """Where a document stands, in words and for style sheets."""

    word: str
    slug: str


@dataclass(frozen=True)
class Hit:
    """One record: its number here or in Xero, what it is called, and what tells it from its namesakes."""

    kind: Kind
    key: str
    title: str
    detail: str = ""
    organisation: Organisation | None = None
    amount: Money | None = None
    status: Status | None = None


@dataclass(frozen=True)
class Group:
    """The hits of one kind, the likeliest first, and whether there are more."""

    kind: Kind
    hits: Sequence[Hit]
    has_more: bool
