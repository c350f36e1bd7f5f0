"""Finds at which rate a cost in another currency is charged: of its day, as paid, or as agreed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from counterfoil.domain.pricing import Paid, find_paid_rate
from counterfoil.features.recharging.models import Recharge, Source, Terms
from counterfoil.mirror.models import Invoice, Organisation, OrganisationProfile, Payment
from counterfoil.sync.streams import STREAM_BY_NAME

_WAITS = Recharge.WaitsFor
# Bills are paid later than they are written; all other documents are paid as they are.
_PAID_LATER = ("Invoices", "ACCPAY")


@dataclass(frozen=True, slots=True)
class Rated:
    """In which currency a cost is charged, at which rate, or what it waits for."""

    currency: str
    rate: Decimal | None = None
    waits_for: str = _WAITS.NOTHING


@dataclass(frozen=True)
class Rates:
    """The rates of some documents, and of their payments."""

    base_currency: str
    _of_day: Mapping[str, Decimal | None] = field(default_factory=dict)
    _paid: Mapping[str, Decimal | None] = field(default_factory=dict)
    _unpaid: frozenset[str] = frozenset()

    def find(self, source: Source, terms: Terms) -> Rated:
        """Return at which rate a source is charged at these terms, as Xero writes rates."""
        currency = terms.currency or self.base_currency or source.currency
        if currency == source.currency:
            return Rated(currency)
        if terms.rate_from == Terms.RateFrom.GIVEN:
            is_for_it = terms.rate_for == source.currency
            return Rated(currency, terms.rate) if is_for_it else Rated(currency, None, _WAITS.RATE)
        rate = self._of_day.get(source.document_id)
        if terms.rate_from == Terms.RateFrom.PAID and (source.stream, source.kind) == _PAID_LATER:
            if source.document_id in self._unpaid:
                return Rated(currency, None, _WAITS.PAYMENT)
            # What was settled by credits alone has no payment, and so the rate of its day.
            rate = self._paid.get(source.document_id) or rate
        # Xero knows rates to the organisation's own currency only.
        if not rate or currency != self.base_currency:
            return Rated(currency, None, _WAITS.RATE)
        return Rated(currency, rate)


def read_rates(organisation: Organisation, sources: Iterable[Source]) -> Rates:
    """Return the rates of the documents of these sources; a query for each kind of document."""
    profile = OrganisationProfile.objects.filter(organisation=organisation).values_list("base_currency")
    base_currency = next(iter(profile), ("",))[0]
    by_stream: dict[str, set[str]] = defaultdict(set)
    for source in sources:
        if source.currency != base_currency:
            by_stream[source.stream].add(source.document_id)
    of_day: dict[str, Decimal | None] = {}
    for stream, ids in by_stream.items():
        model: Any = STREAM_BY_NAME[stream].model
        if any(one.name == "currency_rate" for one in model._meta.fields):
            found = model._default_manager.filter(organisation=organisation, xero_id__in=ids)
            of_day |= dict(found.values_list("xero_id", "currency_rate"))
    bills = by_stream["Invoices"]
    unpaid = Invoice.objects.filter(organisation=organisation, xero_id__in=bills, amount_due__gt=0)
    return Rates(
        base_currency,
        of_day,
        _read_paid(organisation, bills),
        frozenset(unpaid.values_list("xero_id", flat=True)),
    )


def _read_paid(organisation: Organisation, bills: set[str]) -> dict[str, Decimal | None]:
    payments = Payment.objects.filter(
        organisation=organisation, invoice_id__in=bills, gone_at=None, status="AUTHORISED"
    )
    made: dict[str, list[Paid]] = defaultdict(list)
    for bill, amount, rate in payments.values_list("invoice_id", "amount", "currency_rate"):
        if rate is not None:
            made[bill].append(Paid(amount, rate))
    return {bill: find_paid_rate(paid) for bill, paid in made.items()}
