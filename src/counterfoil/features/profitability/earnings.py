"""
Adds up what was earned, in the organisation's currency, each document at its own rate.

Sums are made by the database from the parts of lines, so that they are the same as those of the documents.
Hours are no entry in the books, which hold wages: they cost here what the firm's own rates say.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from counterfoil.domain.datekit import Period
from counterfoil.domain.margins import Earnings, Found
from counterfoil.features.billing.models import RateCard
from counterfoil.features.clients.models import Client, Deal
from counterfoil.features.profitability.asking import By
from counterfoil.mirror.models import Organisation, OrganisationProfile

_NOTHING = Earnings()

# Sums of parts: `before` are those of as many days before the ones asked for. One scan of one index.
_PARTS = """
select {key}, client_id is not null, standing, side, date_trunc('month', day)::date, day < %(start)s,
       sum(amount), sum(settled)
from spending_part
where organisation_id = %(organisation)s and day >= %(before)s and day < %(end)s
group by 1, 2, 3, 4, 5, 6
"""

# Hours belong to the organisation in which their client was linked first; without any link to the firm's
# first. A rate for the person comes before one for the role, and that before everybody else's.
_HOURS = """
with home as (
    select distinct on (client_id) client_id, organisation_id from clients_link order by client_id, id
)
select {key}, date_trunc('month', entry.day)::date, entry.day < %(start)s,
       coalesce(sum(round(entry.hours * rate.amount, 2)), 0),
       coalesce(sum(entry.hours) filter (where rate.amount is null), 0)
from billing_timeentry entry
left join home on home.client_id = entry.client_id
left join lateral (
    select amount from billing_rate
    where card_id = %(card)s and since <= entry.day and role in (entry.who, entry.role, '')
    order by role = entry.who desc, role <> '' desc, since desc
    limit 1
) rate on true
where entry.day >= %(before)s and entry.day < %(end)s
  and coalesce(home.organisation_id, %(first)s) = %(organisation)s
group by 1, 2, 3
"""


@dataclass
class Row:
    """What one client, deal or colleague earned, then and in as many days before; and month by month."""

    key: Any
    name: str
    now: Earnings = _NOTHING
    before: Earnings = _NOTHING
    months: dict[date, Earnings] = field(default_factory=dict)

    def add(self, earned: Earnings, month: date, *, is_before: bool) -> None:
        """Count something in."""
        if is_before:
            self.before += earned
        else:
            self.now += earned
            self.months[month] = self.months.get(month, _NOTHING) + earned

    @property
    def link_key(self) -> int | str:
        """The key as it stands in an address: the number of a month is that of its first day."""
        return self.key.toordinal() if isinstance(self.key, date) else self.key or ""

    @property
    def change(self) -> Decimal:
        """How much more was left than before."""
        return self.now.margin - self.before.margin


@dataclass(frozen=True)
class Report:
    """
    Everybody's earnings, and what is nobody's, which together are the books.

    `unrated` are hours for which the firm's rates say nothing: they cost nothing here.
    """

    days: Period
    by: By
    currency: str
    rows: Sequence[Row]
    unclaimed: Row
    costs: Found
    months: Sequence[date]
    unrated: Decimal
    has_rates: bool

    @property
    def total(self) -> Earnings:
        """What all clients earned together."""
        return Earnings.total(row.now for row in self.rows)

    @property
    def before(self) -> Earnings:
        """The same in as many days before."""
        return Earnings.total(row.before for row in self.rows)

    @property
    def books(self) -> Earnings:
        """All revenue and all costs of the documents, whoever's they are; hours are not in the books."""
        total = self.total
        return Earnings(
            total.invoiced + self.unclaimed.now.invoiced, total.paid + self.unclaimed.now.paid, self.costs.all
        )

    def sum_month(self, month: date) -> Earnings:
        """Return what all clients earned in a month."""
        return Earnings.total(row.months.get(month, _NOTHING) for row in self.rows)


def report_earnings(organisation: Organisation, days: Period, *, by: By = By.CLIENT) -> Report:
    """Return the report, the largest margin first; six queries, however much there is."""
    currency = find_currency(organisation)
    card = find_cost_card(currency)
    book = _Book(by, days)
    book.add_parts(_ask(_PARTS, by, "", organisation, days))
    book.add_hours(_ask(_HOURS, by, "entry.", organisation, days, card=card.pk if card else None))
    return Report(
        days=days,
        by=by,
        currency=currency,
        rows=sorted(book.list_rows(), key=lambda row: (-row.now.margin, row.name)),
        unclaimed=book.unclaimed,
        costs=Found(**book.costs),
        months=list(_list_months(days)),
        unrated=book.unrated,
        has_rates=card is not None,
    )


def find_currency(organisation: Organisation) -> str:
    """Return the organisation's own currency."""
    profile = OrganisationProfile.objects.filter(organisation=organisation)
    return next(iter(profile.values_list("base_currency", flat=True)), "")


def find_cost_card(currency: str) -> RateCard | None:
    """Return the rates that say what an hour costs the firm in a currency; of several the first by name."""
    cards = RateCard.objects.filter(kind=RateCard.Kind.COST, currency=currency, archived_at=None)
    return cards.order_by("name").first()


def find_home(organisation: Organisation) -> int:
    """Return the organisation to which hours of clients without any link belong: the firm's first."""
    known = Organisation.objects.filter(workspace_id=organisation.workspace_id, connection__isnull=False)
    return known.order_by("pk").values_list("pk", flat=True).first() or organisation.pk


class _Book:
    """Gathers sums into rows."""

    def __init__(self, by: By, days: Period) -> None:
        self._by, self._days = by, days
        self._rows: dict[Any, Row] = {}
        self._owners: Mapping[int, Any] = {}
        if by is By.OWNER:
            self._owners = dict(Client.objects.values_list("pk", "owner_id"))
        self.unclaimed = Row(None, "")
        self.costs: dict[str, Decimal] = defaultdict(Decimal)
        self.unrated = Decimal(0)

    def add_parts(self, sums: Iterator[tuple[Any, ...]]) -> None:
        """Count documents in."""
        for key, has_client, standing, side, month, is_before, amount, settled in sums:
            is_revenue = side == "revenue"
            earned = Earnings(invoiced=amount, paid=settled) if is_revenue else Earnings(costs=amount)
            if not is_revenue and not is_before:
                # What was given to a client who has been deleted waits to be given to another.
                self.costs["open" if standing == "attributed" and not has_client else standing] += amount
            if has_client:
                self._add(key, earned, month, is_before)
            elif is_revenue:
                self.unclaimed.add(earned, month, is_before=is_before)

    def add_hours(self, sums: Iterator[tuple[Any, ...]]) -> None:
        """Count hours in."""
        for key, month, is_before, cost, unrated in sums:
            self._add(key, Earnings(time=cost), month, is_before)
            if not is_before:
                self.unrated += unrated

    def _add(self, key: Any, earned: Earnings, month: date, is_before: bool) -> None:
        if self._by is By.OWNER:
            key = self._owners.get(key)
        elif self._by is By.MONTH:
            key = None if is_before else month
            if is_before:
                return
        self._rows.setdefault(key, Row(key, "")).add(earned, month, is_before=is_before)

    def list_rows(self) -> list[Row]:
        """Return the rows with something in them, named; one query."""
        rows = [row for row in self._rows.values() if not (row.now.is_nothing and row.before.is_nothing)]
        keys = [row.key for row in rows if row.key is not None]
        match self._by:
            case By.CLIENT:
                names = dict(Client.objects.filter(pk__in=keys).values_list("pk", "name"))
            case By.DEAL:
                deals = Deal.objects.filter(pk__in=keys).values_list("pk", "client__name", "name")
                names = {pk: f"{name} ({client})" for pk, client, name in deals}
            case By.OWNER:
                owners = Client.objects.filter(owner__in=keys).values_list("owner_id", "owner__email")
                names = dict(owners.distinct())
            case By.MONTH:
                names = {}
        for row in rows:
            row.name = (
                _say_month(row.key) if self._by is By.MONTH else names.get(row.key or 0, _NAMELESS[self._by])
            )
        return rows


_NAMELESS = {
    By.CLIENT: "A client that was deleted",
    By.DEAL: "Work without a deal",
    By.OWNER: "Nobody in particular",
    By.MONTH: "",
}
_KEYS = {By.CLIENT: "client_id", By.DEAL: "deal_id", By.OWNER: "client_id", By.MONTH: "null::int"}


def _say_month(month: Any) -> str:
    return f"{month:%B %Y}"


def _ask(
    query: str, by: By, table: str, organisation: Organisation, days: Period, *, card: int | None = None
) -> Iterator[tuple[Any, ...]]:
    key = _KEYS[by] if by is By.MONTH else f"{table}{_KEYS[by]}"
    values: dict[str, Any] = {
        "organisation": organisation.pk,
        "before": days.start - (days.end - days.start),
        "start": days.start,
        "end": days.end,
        "card": card,
        "first": find_home(organisation) if table else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(query.format(key=key), values)
        yield from cursor.fetchall()


def _list_months(days: Period) -> Iterator[date]:
    month = days.start.replace(day=1)
    while month < days.end:
        yield month
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
