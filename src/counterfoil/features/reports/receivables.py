"""What customers owe: how they pay, who takes longer, and which money is to be expected when."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from counterfoil.domain.datekit import add_months, find_zone, today_in
from counterfoil.domain.paying import (
    WEEKS,
    Habit,
    Owing,
    Paid,
    Trial,
    describe_everybody,
    describe_habits,
    sum_weeks,
    try_on_the_past,
)
from counterfoil.features.clients.models import Link
from counterfoil.features.invoices.listed import SALES
from counterfoil.features.reports.models import Outlook
from counterfoil.mirror.models import Change, Contact, Invoice, Organisation, OrganisationProfile

# How far back a habit is looked for, and from how many past days the method is tried.
MONTHS_BACK = 18
TRIALS = 3
# The most customers a page lists.
MOST = 100
# Paid invoices of which everything is worked out while a person waits.
_FEW = 2000


@dataclass(frozen=True)
class Payer:
    """A customer, a client where the contact is linked to one, with their habit."""

    contact_id: str
    name: str
    client_id: int | None
    habit: Habit


@dataclass(frozen=True)
class Week:
    """
    A week, from its first day to its last, and what is expected in it.

    What comes later has no last day, and what is past its day, of which nobody can say, no first one.
    """

    first: date | None
    last: date | None
    amount: Decimal


@dataclass(frozen=True)
class Forecast:
    """What is expected in one currency by week, and how wrong the same method was on earlier days."""

    currency: str
    weeks: Sequence[Week]
    trials: Sequence[Trial]

    @property
    def total(self) -> Decimal:
        """All that is owed in it."""
        return sum((one.amount for one in self.weeks), Decimal(0))

    @property
    def wrong_percent(self) -> int | None:
        """How wrong the weeks were at worst; None where it could not be tried."""
        known = [one.wrong_percent for one in self.trials if one.wrong_percent is not None]
        return max(known, default=None)


@dataclass(frozen=True)
class Findings:
    """What was worked out of all invoices, customers by their contacts' ids only; names are looked up."""

    usual: Habit | None
    late: Sequence[Habit]
    slower: Sequence[Habit]
    customers: int
    forecasts: Sequence[Forecast]
    since: date


@dataclass(frozen=True)
class Receivables:
    """How customers pay and what to expect of them, as it was worked out at a moment."""

    found: Findings
    late: Sequence[Payer]
    slower: Sequence[Payer]
    at: datetime
    day: date

    @property
    def count(self) -> int:
        """How many paid invoices all of it rests on."""
        return self.found.usual.count if self.found.usual else 0


def describe_receivables(
    organisation: Organisation, *, today: date, now: datetime
) -> tuple[Receivables | None, bool]:
    """
    Return what was worked out, and whether it is to be done again: of another day, or before a change.

    With few invoices it is done again here. A constant number of queries.
    """
    row = Outlook.objects.filter(organisation=organisation).first()
    is_old = row is None or row.day != today or _has_changed(organisation, row.worked_out_at)
    if is_old and _count_paid(organisation) <= _FEW:
        row, is_old = work_out(organisation, today=today, now=now), False
    return (_read(organisation, row) if row else None), is_old


def work_out(organisation: Organisation, *, today: date, now: datetime) -> Outlook:
    """Work everything out of the invoices, keep it, and return it; call it inside the workspace."""
    since = add_months(today, -MONTHS_BACK)
    paid, owed = _list_paid(organisation, since), _list_owed(organisation)
    habits, usual = describe_habits(paid), describe_everybody(paid)
    known = [one for one in habits.values() if one.is_known]
    slower = [one for one in known if one.is_slower]
    found = Findings(
        usual=usual,
        late=sorted(known, key=lambda one: (-one.days_late, one.customer))[:MOST],
        slower=sorted(slower, key=lambda one: (-(one.slower_by or 0), one.customer))[:MOST],
        customers=len(known),
        forecasts=_forecast(paid, owed, habits, usual, today),
        since=since,
    )
    row, _ = Outlook.objects.update_or_create(
        organisation=organisation,
        workspace_id=organisation.workspace_id,
        defaults={"day": today, "worked_out_at": now, "findings": msgspec.to_builtins(found)},
    )
    return row


def refresh_outlook(organisation: Organisation, *, now: datetime) -> None:
    """Work everything out again where something changed, or a day began; nothing before the first copy."""
    profile = OrganisationProfile.objects.filter(organisation=organisation).defer("raw").first()
    if profile is None:
        return
    today = today_in(find_zone(profile.timezone), now)
    row = Outlook.objects.filter(organisation=organisation).first()
    if row is None or row.day != today or _has_changed(organisation, row.worked_out_at):
        work_out(organisation, today=today, now=now)


def _has_changed(organisation: Organisation, since: datetime) -> bool:
    changes = Change.objects.filter(organisation=organisation, stream="Invoices", at__gt=since)
    return changes.exists()


def _count_paid(organisation: Organisation) -> int:
    """Return how many sales invoices are paid, counting no further than needed."""
    rows = Invoice.objects.filter(organisation=organisation, kind=SALES, status="PAID", gone_at=None)
    return len(rows.values("xero_id")[: _FEW + 1])


def _read(organisation: Organisation, row: Outlook) -> Receivables:
    found = msgspec.convert(row.findings, Findings, strict=False)
    ids = {one.customer for one in (*found.late, *found.slower)}
    contacts = Contact.objects.filter(organisation=organisation, xero_id__in=ids)
    names = dict(contacts.values_list("xero_id", "name"))
    clients = _find_clients(organisation, ids)
    return Receivables(
        found=found,
        late=[_payer(one, names, clients) for one in found.late],
        slower=[_payer(one, names, clients) for one in found.slower],
        at=row.worked_out_at,
        day=row.day,
    )


def _list_paid(organisation: Organisation, since: date) -> list[Paid]:
    """Return the sales invoices paid since then; one query."""
    rows = Invoice.objects.filter(
        organisation=organisation,
        kind=SALES,
        status="PAID",
        gone_at=None,
        fully_paid_on__gte=since,
        date__isnull=False,
        amount_paid__gt=0,
    ).values_list("contact_id", "date", "due_date", "fully_paid_on", "total", "currency")
    return [
        Paid(contact_id, issued, due or issued, day, total, currency)
        for contact_id, issued, due, day, total, currency in rows.iterator(chunk_size=5000)
        if issued is not None and day is not None
    ]


def _list_owed(organisation: Organisation) -> list[tuple[date, Owing]]:
    """Return what is owed, each with the date of its invoice; one query."""
    rows: Any = Invoice.objects.filter(
        date__isnull=False, organisation=organisation, kind=SALES, status="AUTHORISED", gone_at=None
    ).exclude(amount_due=0)
    return [
        (issued, Owing(contact_id, due or issued, amount, currency))
        for contact_id, issued, due, amount, currency in rows.values_list(
            "contact_id", "date", "due_date", "amount_due", "currency"
        )
    ]


def _find_clients(organisation: Organisation, ids: Collection[str]) -> dict[str, tuple[int, str]]:
    """Return the client of each of these contacts that is linked to one; one query."""
    links = Link.objects.filter(organisation=organisation, contact_id__in=ids)
    return {
        contact_id: (client_id, name)
        for contact_id, client_id, name in links.values_list("contact_id", "client_id", "client__name")
    }


def _payer(habit: Habit, names: Mapping[str, str], clients: Mapping[str, tuple[int, str]]) -> Payer:
    client = clients.get(habit.customer)
    client_id, name = client if client else (None, names.get(habit.customer, ""))
    return Payer(habit.customer, name, client_id, habit)


def _forecast(
    paid: Sequence[Paid],
    owed: Sequence[tuple[date, Owing]],
    habits: Mapping[str, Habit],
    usual: Habit | None,
    today: date,
) -> list[Forecast]:
    weeks = sum_weeks([one for _, one in owed], habits, usual, today)
    starts = [today - timedelta(weeks=WEEKS * number) for number in range(1, TRIALS + 1)]
    trials = [trial for since in starts for trial in try_on_the_past(paid, owed, since)]
    return [
        Forecast(
            currency,
            [_week(today, place, amount) for place, amount in enumerate(amounts)],
            [one for one in trials if one.currency == currency],
        )
        for currency, amounts in sorted(weeks.items(), key=lambda pair: -sum(pair[1]))
    ]


def _week(today: date, place: int, amount: Decimal) -> Week:
    if place > WEEKS:
        return Week(None, None, amount)
    first = today + timedelta(weeks=place)
    return Week(first, first + timedelta(days=6) if place < WEEKS else None, amount)
