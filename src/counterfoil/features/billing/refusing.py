"""Finds what was billed of the days that somebody wants to change, and says what to do instead."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Q

from counterfoil.domain.charging import share_of_days
from counterfoil.domain.datekit import Period
from counterfoil.domain.money import Money
from counterfoil.domain.wording import say_amount
from counterfoil.features.billing.models import Agreement, AgreementLine, RunInvoice, Service
from counterfoil.features.billing.standing import Stand, list_standing
from counterfoil.features.billing.wording import say_day, say_days


class NotPossible(Exception):
    """What was asked cannot be done to an agreement as it stands; the sentence says what can."""


class BilledAlready(NotPossible):
    """
    Days that somebody wants to change were billed.

    `first_free` is the first day from which the change is possible, `credit` what the billed days came to,
    before tax, where an invoice with them has left.
    """

    def __init__(self, sentence: str, *, first_free: date, credit: Money) -> None:
        super().__init__(sentence)
        self.first_free = first_free
        self.credit = credit


def find_billed(
    agreement: Agreement, start: date, end: date | None, *, line: AgreementLine | None = None
) -> Sequence[Service]:
    """Return what bills any of the days from `start` up to, not including, `end`; one query."""
    found = agreement.services.filter(end__gt=start)
    found = found.filter(line=line) if line is not None else found.filter(is_of_days=True)
    if end is not None:
        found = found.filter(start__lt=end)
    return list(found.filter(~Q(invoice__state=RunInvoice.State.DISCARDED)).select_related("invoice"))


def refuse_billed(
    agreement: Agreement, start: date, end: date | None, *, wish: str, line: AgreementLine | None = None
) -> None:
    """
    Raise BilledAlready if any of these days was billed; `wish` begins the sentence on what is possible.

    An invoice that has not left can be discarded; one that has is credited in Xero, for as much as is said.
    """
    billed = find_billed(agreement, start, end, line=line)
    if not billed:
        return
    days = Period(start, end or max(one.end for one in billed))
    first_free = max(one.end for one in billed)
    invoices = RunInvoice.objects.filter(pk__in={one.invoice_id for one in billed})
    has_left = list_standing(invoices, Stand.PUSHED).exists()
    credit = compute_credit(agreement, billed, days)
    known = Period(min(one.start for one in billed), first_free)
    sentence = f"{say_days(known)} is billed already. "
    if not has_left:
        sentence += "Its invoice has not left: discard it in the run, and change this then."
    else:
        amount = say_amount(credit.amount, credit.currency)
        sentence += (
            f"{wish} from {say_day(first_free)} on. What was billed too much, "
            f"{amount} {credit.currency} before tax for {say_days(_cut(days, known))}, "
            "is credited in Xero with a credit note."
        )
    raise BilledAlready(sentence, first_free=first_free, credit=credit)


def compute_credit(agreement: Agreement, billed: Sequence[Service], days: Period) -> Money:
    """
    Return what was billed of these days, less the agreement's discount, before tax.

    A service's days cost alike; parts of a service add up to it, whatever they are.
    """
    total = Money.zero(agreement.currency)
    for one in billed:
        discount = agreement.discount_rate if one.line_id is not None else None
        service = Period(one.start, one.end)
        total += share_of_days(
            Money(one.amount, agreement.currency), service, _cut(days, service), discount_rate=discount
        )
    return total


def _cut(days: Period, to: Period) -> Period:
    start = max(days.start, to.start)
    return Period(start, max(start, min(days.end, to.end)))
