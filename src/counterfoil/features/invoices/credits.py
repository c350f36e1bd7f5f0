"""What is left of a record's credits, which is never taken off its invoices (K12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q, Sum

from counterfoil.domain.instalments import SettledBy
from counterfoil.domain.money import Money
from counterfoil.domain.statuses import InvoiceStatus
from counterfoil.features.invoices.documents import Source
from counterfoil.features.invoices.listed import SALES
from counterfoil.mirror.models import CreditNote, Overpayment, Prepayment

_SHOWN = 20
# Which stream keeps each kind, and what Xero calls it when it is a customer's, or else a supplier's.
_KINDS: Sequence[tuple[Any, str, SettledBy, tuple[str, str]]] = (
    (CreditNote, "CreditNotes", SettledBy.CREDIT_NOTE, ("ACCRECCREDIT", "ACCPAYCREDIT")),
    (Prepayment, "Prepayments", SettledBy.PREPAYMENT, ("RECEIVE-PREPAYMENT", "SPEND-PREPAYMENT")),
    (Overpayment, "Overpayments", SettledBy.OVERPAYMENT, ("RECEIVE-OVERPAYMENT", "SPEND-OVERPAYMENT")),
)


@dataclass(frozen=True)
class Credit:
    """One document of which something is left to use."""

    document: Any
    stream: str
    by: SettledBy
    left: Money
    total: Money


@dataclass(frozen=True)
class CreditsLeft:
    """What is left of one kind of credit in one currency."""

    by: SettledBy
    left: Money
    count: int


@dataclass(frozen=True)
class Credits:
    """What may still be used: the newest of each kind, and the sums of all per kind and currency."""

    documents: Sequence[Credit]
    left: Sequence[CreditsLeft]


def list_credits(sources: Sequence[Source], *, kind: str = SALES) -> Credits:
    """Return the credits of a record's contacts of which something is left; two queries for each kind."""
    of_contacts = [source for source in sources if source.contact_ids is not None]
    if not of_contacts:
        return Credits([], [])
    belongs = reduce(
        or_,
        [
            Q(organisation=source.organisation, contact_id__in=list(source.contact_ids or ()))
            for source in of_contacts
        ],
    )
    documents: list[Credit] = []
    left: list[CreditsLeft] = []
    for model, stream, by, (of_customer, of_supplier) in _KINDS:
        open_ones = model.objects.filter(
            belongs,
            kind=of_customer if kind == SALES else of_supplier,
            status=InvoiceStatus.AUTHORISED,
            remaining_credit__gt=0,
            gone_at=None,
        )
        sums = open_ones.values("currency").annotate(sum=Sum("remaining_credit"), count=Count("xero_id"))
        left += [
            CreditsLeft(by, Money(row["sum"], row["currency"]), row["count"])
            for row in sums.order_by("currency")
        ]
        newest = open_ones.select_related("organisation").defer("raw", "digest").order_by("-date", "xero_id")
        documents += [
            Credit(
                each,
                stream,
                by,
                Money(each.remaining_credit, each.currency),
                Money(each.total, each.currency),
            )
            for each in newest[:_SHOWN]
        ]
    return Credits(documents, left)


def _describe(document: Any, stream: str, by: SettledBy) -> Credit:
    left = Money(document.remaining_credit, document.currency)
    return Credit(document, stream, by, left, Money(document.total, document.currency))
