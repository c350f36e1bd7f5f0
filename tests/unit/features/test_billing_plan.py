"""What an agreement is billed: each day, hour and expense once, however the runs fall (issue 8)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.billing_calendar import Billed, Every
from counterfoil.domain.charging import Price
from counterfoil.domain.datekit import Period
from counterfoil.features.billing.models import (
    Agreement,
    AgreementLine,
    Expense,
    Rate,
    TimeEntry,
    UnitCount,
)
from counterfoil.features.billing.planning import PlannedInvoice, PlannedService, Terms, plan_agreement
from counterfoil.features.clients.models import Client

NOW = datetime(2024, 1, 1, tzinfo=UTC)
CLIENT = Client(pk=1, name="Harbour Foods", created_at=NOW)
FIXED, HOURS, SEATS, PASSED_ON = range(1, 5)


def make_terms(
    *,
    lines: Sequence[AgreementLine] = (),
    price: str = "300",
    pauses: Sequence[Period] = (),
    hours: Sequence[TimeEntry] = (),
    counts: Sequence[UnitCount] = (),
    expenses: Sequence[Expense] = (),
    **more: object,
) -> Terms:
    fields = {
        "name": "Care",
        "every": Every.MONTH.value,
        "billed": Billed.IN_ARREARS.value,
        "anchor": date(2024, 1, 1),
        "starts_on": date(2024, 1, 1),
        "currency": "GBP",
        "client": CLIENT,
    }
    return Terms(
        Agreement(pk=1, **(fields | more)),
        lines or [fixed()],
        {FIXED: [Price(date(2000, 1, 1), Decimal(price))], SEATS: [Price(date(2000, 1, 1), Decimal(9))]},
        pauses,
        {
            1: [
                Rate(role="", since=date(2000, 1, 1), amount=80),
                Rate(role="Senior", since=date(2000, 1, 1), amount=120),
            ]
        },
        {},
        hours,
        {SEATS: counts},
        expenses,
    )


def fixed(**more: object) -> AgreementLine:
    fields = {"kind": "fixed", "description": "Care {month}", "quantity": Decimal(1)}
    return AgreementLine(pk=FIXED, place=0, **(fields | more))


def timed() -> AgreementLine:
    return AgreementLine(pk=HOURS, place=1, kind="time", description="Work", rate_card_id=1)


def counted(**more: object) -> AgreementLine:
    return AgreementLine(pk=SEATS, place=2, kind="units", description="Seats", **more)


def passed_on() -> AgreementLine:
    return AgreementLine(pk=PASSED_ON, place=3, kind="expenses", description="", markup_rate=Decimal(10))


def worked(number: int, day: str, hours: str, role: str = "") -> TimeEntry:
    return TimeEntry(
        pk=number, client=CLIENT, day=date.fromisoformat(day), hours=Decimal(hours), role=role, who="Ann"
    )


def after(terms: Terms, planned: Iterable[PlannedInvoice]) -> Terms:
    """Return the terms once these invoices were stored."""
    billed = defaultdict(list, {key: list(days) for key, days in terms.billed.items()})
    done: set[object] = set()
    for invoice in planned:
        for service in invoice.services:
            done.update(service.sources)
            if service.is_of_days:
                billed[service.line.pk if service.line else None].append(service.days)
    return replace(
        terms,
        billed=dict(billed),
        hours=[one for one in terms.hours if one not in done],
        counts={key: [one for one in counts if one not in done] for key, counts in terms.counts.items()},
        expenses=[one for one in terms.expenses if one not in done],
    )


def said(invoice: PlannedInvoice) -> list[tuple[str, str, str, str]]:
    return [
        (one.description, f"{one.quantity.normalize():f}", f"{one.price:.2f}", f"{one.amount:.2f}")
        for one in invoice.services
        if one.is_shown
    ]


def test_a_month_is_billed_with_its_hours_units_and_expenses() -> None:
    terms = make_terms(
        lines=[fixed(), timed(), counted(included=Decimal(5)), passed_on()],
        hours=[
            worked(1, "2024-01-10", "2.5"),
            worked(2, "2024-01-11", "1", "Senior"),
            worked(3, "2024-01-31", "0.25"),
        ],
        counts=[UnitCount(pk=1, day=date(2024, 1, 31), quantity=Decimal(8))],
        expenses=[
            Expense(pk=1, day=date(2024, 1, 5), description="Train", amount=Decimal("41.50"), currency="GBP")
        ],
    )

    [january] = plan_agreement(terms, until=date(2024, 2, 1))

    assert january.date == date(2024, 1, 31)
    assert said(january) == [
        ("Care January 2024", "1", "300.00", "300.00"),
        ("Work", "2.75", "80.00", "220.00"),
        ("Work: Senior", "1", "120.00", "120.00"),
        ("Seats (8 used, 5 included)", "3", "9.00", "27.00"),
        ("Train", "1", "45.65", "45.65"),
    ]
    assert january.problems == ()


def test_a_fee_in_advance_looks_back_on_the_hours_of_the_month_before() -> None:
    terms = make_terms(
        lines=[fixed(), timed()],
        billed=Billed.IN_ADVANCE.value,
        last_day=date(2024, 1, 31),
        hours=[worked(1, "2024-01-20", "1")],
    )

    january, february = plan_agreement(terms, until=date(2024, 3, 1))

    assert said(january) == [("Care January 2024", "1", "300.00", "300.00")]
    assert said(february) == [("Work", "1", "80.00", "80.00")]


def test_a_first_month_that_begins_late_costs_its_days() -> None:
    [january] = plan_agreement(make_terms(starts_on=date(2024, 1, 22)), until=date(2024, 2, 1))

    assert said(january) == [
        ("Care January 2024 (10 of 31 days, 22–31 Jan 2024)", "1", "96.77", "96.77"),
    ]


def test_a_minimum_is_reached_once_and_by_the_days_of_service() -> None:
    pause = Period(date(2024, 1, 1), date(2024, 1, 16))  # 15 of 31 days
    terms = make_terms(
        lines=[timed()], minimum=Decimal(310), hours=[worked(1, "2024-01-20", "1")], pauses=[pause]
    )

    [january] = plan_agreement(terms, until=date(2024, 2, 1))

    #  310.00 for 16 of 31 days is 160.00; 80.00 was worked
    assert said(january) == [
        ("Work", "1", "80.00", "80.00"),
        ("Up to the agreed minimum", "1", "80.00", "80.00"),
    ]
    assert list(plan_agreement(after(terms, [january]), until=date(2024, 2, 1))) == []


def test_a_minimum_that_was_reached_is_not_asked_for_by_a_later_run() -> None:
    terms = make_terms(minimum=Decimal(200))

    [january] = plan_agreement(terms, until=date(2024, 2, 1))

    assert said(january) == [("Care January 2024", "1", "300.00", "300.00")]
    assert list(plan_agreement(after(terms, [january]), until=date(2024, 2, 1))) == []


def test_what_cannot_be_priced_is_told_and_stays_to_be_billed() -> None:
    terms = make_terms(lines=[fixed(), timed()], hours=[worked(1, "2024-01-20", "1")])
    terms = replace(terms, rates={1: [Rate(role="Senior", since=date(2000, 1, 1), amount=120)]})

    [january] = plan_agreement(terms, until=date(2024, 2, 1))

    assert said(january) == [("Care January 2024", "1", "300.00", "300.00")]
    assert january.problems == ("Work: The rate card has no rate for everybody else on 2024-01-20.",)


STARTS = st.dates(date(2023, 1, 1), date(2025, 1, 1))


@st.composite
def random_terms(draw: st.DrawFn) -> Terms:
    starts = draw(STARTS)
    length = draw(st.none() | st.integers(0, 500))
    pauses = [
        Period(first, first + timedelta(days=draw(st.integers(1, 60))))
        for first in draw(st.lists(STARTS, max_size=2))
    ]
    days = st.integers(0, 600)
    hours = [
        TimeEntry(
            pk=n,
            client=CLIENT,
            day=starts + timedelta(days=draw(days)),
            hours=draw(st.integers(1, 8)),
            role=draw(st.sampled_from(["", "Senior"])),
            who="Ann",
        )
        for n in range(1, draw(st.integers(0, 6)) + 1)
    ]
    return make_terms(
        lines=[fixed(is_split=draw(st.booleans()) if not pauses else True), timed()],
        price=str(draw(st.decimals(1, 5000, places=2))),
        every=draw(st.sampled_from(Every)).value,
        billed=draw(st.sampled_from(Billed)).value,
        anchor=draw(STARTS),
        starts_on=starts,
        last_day=None if length is None else starts + timedelta(days=length),
        currency=draw(st.sampled_from(["GBP", "JPY"])),
        minimum=draw(st.none() | st.decimals(0, 900, places=2)),
        pauses=pauses,
        hours=hours,
    )


@given(random_terms(), st.lists(st.integers(1, 120), min_size=1, max_size=6))
def test_runs_of_any_length_bill_what_one_long_run_bills(terms: Terms, lengths: list[int]) -> None:
    ends = [terms.agreement.starts_on + timedelta(days=sum(lengths[: n + 1])) for n in range(len(lengths))]
    once = list(plan_agreement(terms, until=ends[-1]))

    in_parts: list[PlannedInvoice] = []
    left = terms
    for end in ends:
        planned = list(plan_agreement(left, until=end))
        left = after(left, planned)
        assert list(plan_agreement(left, until=end)) == []  # the same run again
        in_parts += planned

    assert services_of(in_parts) == services_of(once)
    assert [one.date for one in in_parts] == [one.date for one in once]


@given(random_terms())
def test_each_day_of_service_and_each_hour_is_billed_once(terms: Terms) -> None:
    until = terms.agreement.starts_on + timedelta(days=900)

    planned = list(plan_agreement(terms, until=until))

    services = [one for invoice in planned for one in invoice.services]
    fees = [one for one in services if one.line and one.line.pk == FIXED]
    days = [
        one.days.start + timedelta(days=n)
        for one in fees
        for n in range((one.days.end - one.days.start).days)
    ]
    assert len(days) == len(set(days))
    if terms.lines[0].is_split:
        last = max((invoice.period.end for invoice in planned), default=terms.agreement.starts_on)
        assert set(days) == {day for day in each_day(terms, last) if day < last and is_served(terms, day)}
    hours = [source for one in services for source in one.sources]
    assert len(hours) == len(set(hours))


def each_day(terms: Terms, last: date) -> Iterable[date]:
    start = terms.agreement.starts_on
    return (start + timedelta(days=n) for n in range((last - start).days))


def is_served(terms: Terms, day: date) -> bool:
    return day in terms.term and not any(day in pause for pause in terms.pauses)


def services_of(invoices: Iterable[PlannedInvoice]) -> list[PlannedService]:
    return [service for invoice in invoices for service in invoice.services]


def test_ten_years_of_weeks_are_looked_through_and_the_week_left_out_is_found() -> None:
    terms = make_terms(every=Every.WEEK.value, starts_on=date(2016, 1, 4), anchor=date(2016, 1, 4))
    until = date(2026, 1, 5)
    weeks = [one.period for one in plan_agreement(terms, until=until)]
    left_out = weeks[300]

    [found] = plan_agreement(
        replace(terms, billed={FIXED: [one for one in reversed(weeks) if one != left_out]}), until=until
    )

    assert len(weeks) == 522
    assert found.period == left_out
