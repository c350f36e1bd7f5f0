"""
Asks the database what was earned, by whom and in which months: one pass over sums of months and over hours.

Whole months come from the sums that the database keeps, the days at either end from the parts of lines.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from counterfoil.domain.datekit import Period, add_months
from counterfoil.domain.margins import Earnings
from counterfoil.features.profitability.asking import By

# Hours belong to the organisation in which their client was linked first; without any link to the firm's
# first. A rate for the person comes before one for the role, and that before everybody else's.
HOMES_AND_RATES = """
home as (
    select distinct on (client_id) client_id, organisation_id from clients_link order by client_id, id
),
rate as (
    select role, amount, since,
           coalesce(lead(since) over (partition by role order by since), 'infinity') as until
    from billing_rate where card_id = %(card)s
)
"""
HOURS_RATED = """
billing_timeentry entry
left join home on home.client_id = entry.client_id
left join rate of_person
    on of_person.role = entry.who and entry.day >= of_person.since and entry.day < of_person.until
left join rate of_role
    on of_role.role = entry.role and entry.day >= of_role.since and entry.day < of_role.until
left join rate of_all on of_all.role = '' and entry.day >= of_all.since and entry.day < of_all.until
"""
RATE = "coalesce(of_person.amount, of_role.amount, of_all.amount)"

_HOURS = f"""
select entry.client_id, entry.deal_id, 'attributed' as standing, 'time' as side,
       date_trunc('month', entry.day)::date as month, entry.day < %(start)s as is_before,
       coalesce(round(entry.hours * {RATE}, 2), 0) as amount, 0 as settled,
       case when {RATE} is null then entry.hours else 0 end as unrated
from {HOURS_RATED}
where entry.day >= %(start_{{number}})s and entry.day < %(end_{{number}})s
  and coalesce(home.organisation_id, %(first)s) = %(organisation)s
"""  # noqa: S608  # our own texts
_MONTHS = """
select nullif(client_id, 0), nullif(deal_id, 0), standing, side, month, month < %(start)s, amount, settled, 0
from spending_monthsum
where organisation_id = %(organisation)s and month >= %(start_{number})s and month < %(end_{number})s
"""
_DAYS = """
select client_id, deal_id, standing, side, date_trunc('month', day)::date, day < %(start)s, amount, settled, 0
from spending_part
where organisation_id = %(organisation)s and day >= %(start_{number})s and day < %(end_{number})s
"""
_BY_MONTH = """
with {homes_and_rates}, found as ({found})
select month, standing, client_id is not null, side, sum(amount), sum(settled), sum(unrated)
from found group by 1, 2, 3, 4
"""
# The margins of a row stand in one text, month by month: they are read for the few rows that are shown.
_BY_KEY = """
with {homes_and_rates}, found as ({found}),
of_month as (
    select {key} as key, is_before, month,
           coalesce(sum(amount) filter (where side = 'revenue'), 0) as invoiced,
           coalesce(sum(settled) filter (where side = 'revenue'), 0) as paid,
           coalesce(sum(amount) filter (where side = 'cost'), 0) as costs,
           coalesce(sum(amount) filter (where side = 'time'), 0) as time
    from found {join} where found.client_id is not null group by 1, 2, 3
)
select key, {name}, {now}, {before},
       string_agg(month || ' ' || invoiced - costs - time, ' ') filter (where not is_before)
from of_month group by key
"""
_COLUMNS = ("invoiced", "paid", "costs", "time")
_NOW, _BEFORE = (
    ", ".join(f"coalesce(sum({name}) filter (where {when}), 0)" for name in _COLUMNS)
    for when in ("not is_before", "is_before")
)
# What each row is gathered by, where that stands, and what it is called.
_KEYS = {
    By.CLIENT: ("found.client_id", "", "(select name from clients_client where id = key)"),
    By.DEAL: (
        "found.deal_id",
        "",
        "(select deal.name || ' (' || client.name || ')' from clients_deal deal"
        " join clients_client client on client.id = deal.client_id where deal.id = key)",
    ),
    By.OWNER: (
        "client.owner_id",
        "join clients_client client on client.id = found.client_id",
        "(select email from workspaces_user where id = key)",
    ),
}


class OfMonth(NamedTuple):
    """What stands in a month, of clients or of nobody, on one side of the books or as time."""

    month: date
    standing: str
    is_of_client: bool
    side: str
    amount: Decimal
    settled: Decimal
    unrated: Decimal


class OfKey(NamedTuple):
    """What a client, deal or colleague earned on the days asked for, and on as many before."""

    key: int | None
    name: str | None
    now: Earnings
    before: Earnings
    margins: str  # months and margins by turns


@dataclass(frozen=True)
class Asked:
    """Of which organisation, on which days, and at which rates an hour costs the firm."""

    organisation_id: int
    days: Period
    card_id: int | None
    home_id: int

    @property
    def before(self) -> Period:
        """As many days before."""
        return Period(self.days.start - (self.days.end - self.days.start), self.days.start)


def sum_months(asked: Asked) -> list[OfMonth]:
    """Return what the days asked for hold, month by month."""
    return [OfMonth(*row) for row in _ask(_BY_MONTH, asked, [asked.days])]


def sum_keys(asked: Asked, by: By) -> Iterator[OfKey]:
    """Yield what each client, deal or colleague earned, then and before."""
    key, join, name = _KEYS[by]
    texts = {"key": key, "join": join, "name": name, "now": _NOW, "before": _BEFORE}
    for of_key, called, *sums, margins in _ask(_BY_KEY, asked, [asked.before, asked.days], **texts):
        yield OfKey(of_key, called, Earnings(*sums[:4]), Earnings(*sums[4:]), margins or "")


def read_margins(margins: str) -> dict[date, Decimal]:
    """Return the margins of a row by month."""
    words = iter(margins.split())
    return {date.fromisoformat(month): Decimal(margin) for month, margin in zip(words, words, strict=True)}


def _ask(query: str, asked: Asked, spans: Iterable[Period], **texts: str) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {
        "organisation": asked.organisation_id,
        "start": asked.days.start,
        "card": asked.card_id,
        "first": asked.home_id,
    }
    found = []
    for number, (text, part) in enumerate(_cut(spans)):
        found.append(text.format(number=number))
        values |= {f"start_{number}": part.start, f"end_{number}": part.end}
    statement = query.format(homes_and_rates=HOMES_AND_RATES, found="union all".join(found), **texts)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _cut(spans: Iterable[Period]) -> Iterator[tuple[str, Period]]:
    """Yield what to ask for the parts of each span: its whole months, the days at either end, its hours."""
    for span in spans:
        yield _HOURS, span
        first = span.start if span.start.day == 1 else add_months(span.start.replace(day=1), 1)
        last = span.end.replace(day=1)
        if first >= last:
            yield _DAYS, span
            continue
        yield _MONTHS, Period(first, last)
        if span.start < first:
            yield _DAYS, Period(span.start, first)
        if last < span.end:
            yield _DAYS, Period(last, span.end)
