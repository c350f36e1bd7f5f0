"""Reads agreements with all that belongs to them, in the same few queries for one as for thousands."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from django.db.models import QuerySet

from counterfoil.domain.charging import Price
from counterfoil.domain.datekit import Period
from counterfoil.features.billing.models import (
    Agreement,
    AgreementLine,
    Expense,
    LinePrice,
    Pause,
    Rate,
    Service,
    TimeEntry,
    UnitCount,
)
from counterfoil.features.billing.planning import Terms


def list_billable(*, organisation_id: int | None, is_automatic: bool = False) -> "QuerySet[Agreement]":
    """
    Return the agreements that a run of an organisation bills: active ones of clients that we still work for.

    `is_automatic` leaves those that are billed without anybody asking.
    """
    found = Agreement.objects.filter(
        state=Agreement.State.ACTIVE, organisation=organisation_id, client__archived_at=None
    )
    if is_automatic:
        found = found.filter(is_automatic=True)
    return found.select_related("client", "organisation").order_by("client__name", "client_id", "name", "id")


def load_terms(
    agreements: Iterable[Agreement],
    *,
    until: date,
    instead: Mapping[int, Sequence[AgreementLine]] | None = None,
) -> list[Terms]:
    """
    Return each agreement with its terms, and what is still to be billed of hours, units and expenses.

    `instead` are the lines of agreements that somebody is writing, in place of those that are kept.
    """
    wanted = list(agreements)
    ids = [one.pk for one in wanted]
    lines: dict[int, list[AgreementLine]] = defaultdict(list)
    for line in AgreementLine.objects.filter(agreement__in=ids).order_by("agreement", "place"):
        lines[line.agreement_id].append(line)
    for key, typed in (instead or {}).items():
        lines[key] = list(typed)
    prices: dict[int, list[Price]] = defaultdict(list)
    for price in LinePrice.objects.filter(line__agreement__in=ids):
        prices[price.line_id].append(Price(price.since, price.amount))
    pauses: dict[int, list[Period]] = defaultdict(list)
    for pause in Pause.objects.filter(agreement__in=ids):
        end = date.max if pause.last_day is None else pause.last_day + timedelta(days=1)
        pauses[pause.agreement_id].append(Period(pause.first_day, end))
    rates: dict[int, list[Rate]] = defaultdict(list)
    for rate in Rate.objects.filter(card__in={one.rate_card_id for own in lines.values() for one in own}):
        rates[rate.card_id].append(rate)
    billed: dict[int, dict[int | None, list[Period]]] = defaultdict(lambda: defaultdict(list))
    for service in Service.objects.filter(agreement__in=ids, is_of_days=True):
        billed[service.agreement_id][service.line_id].append(Period(service.start, service.end))
    counts: dict[int, list[UnitCount]] = defaultdict(list)
    for count in UnitCount.objects.filter(line__agreement__in=ids, billed_by=None, day__lt=until):
        counts[count.line_id].append(count)
    worked = _Unbilled(wanted, lines, until=until)
    return [
        Terms(
            agreement=one,
            lines=lines[one.pk],
            prices={line.pk: prices[line.pk] for line in lines[one.pk]},
            pauses=pauses[one.pk],
            rates=rates,
            billed=billed[one.pk],
            hours=worked.list_hours(one),
            counts={line.pk: counts[line.pk] for line in lines[one.pk]},
            expenses=worked.list_expenses(one),
        )
        for one in wanted
    ]


class _Unbilled:
    """
    Hours and expenses that nothing has billed, each given to one agreement only.

    One of the same deal comes first; else what has no deal goes to the client's agreement without one. Of
    several that would do, the oldest gets it.
    """

    def __init__(
        self, agreements: Sequence[Agreement], lines: dict[int, list[AgreementLine]], *, until: date
    ) -> None:
        clients = {one.client_id for one in agreements}
        self._hours: dict[int, list[TimeEntry]] = defaultdict(list)
        self._expenses: dict[int, list[Expense]] = defaultdict(list)
        takers = {
            kind: _Takers([one for one in agreements if any(line.kind == kind for line in lines[one.pk])])
            for kind in (AgreementLine.Kind.TIME, AgreementLine.Kind.EXPENSES)
        }
        hours = TimeEntry.objects.filter(client__in=clients, billed_by=None, is_billable=True, day__lt=until)
        for entry in hours.order_by("day", "pk"):
            if (taker := takers[AgreementLine.Kind.TIME].find(entry)) is not None:
                self._hours[taker].append(entry)
        expenses = Expense.objects.filter(client__in=clients, billed_by=None, day__lt=until)
        for expense in expenses.order_by("day", "pk"):
            if (taker := takers[AgreementLine.Kind.EXPENSES].find(expense)) is not None:
                self._expenses[taker].append(expense)

    def list_hours(self, agreement: Agreement) -> list[TimeEntry]:
        return self._hours[agreement.pk]

    def list_expenses(self, agreement: Agreement) -> list[Expense]:
        return self._expenses[agreement.pk]


class _Takers:
    """The agreements that bill one kind of thing, by client and deal."""

    def __init__(self, agreements: Iterable[Agreement]) -> None:
        self._by_deal: dict[tuple[int, int | None], int] = {}
        for one in sorted(agreements, key=lambda one: one.pk):
            self._by_deal.setdefault((one.client_id, one.deal_id), one.pk)

    def find(self, worked: TimeEntry | Expense) -> int | None:
        exact = self._by_deal.get((worked.client_id, worked.deal_id))
        return exact if exact is not None else self._by_deal.get((worked.client_id, None))
