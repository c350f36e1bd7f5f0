"""Every invoice has one word for people, by rows F23-F26 and the settled contradictions K6 and K9."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.statuses import (
    DisplayStatus,
    InvoiceStatus,
    display_status,
    is_open,
    is_overdue,
    is_part_paid,
    is_unpaid,
)

TODAY = date(2026, 3, 31)
ZERO = Decimal(0)
AUTHORISED = InvoiceStatus.AUTHORISED


def show(status: InvoiceStatus, due: str, paid: str, credited: str, due_date: date | None) -> DisplayStatus:
    return display_status(
        status=status,
        amount_due=Decimal(due),
        amount_paid=Decimal(paid),
        amount_credited=Decimal(credited),
        due_date=due_date,
        today=TODAY,
    )


@pytest.mark.parametrize(
    ("days", "shown"),
    [(-1, DisplayStatus.OVERDUE), (0, DisplayStatus.OPEN), (1, DisplayStatus.OPEN)],
)
def test_an_invoice_due_today_is_open_and_due_yesterday_overdue(days: int, shown: DisplayStatus) -> None:
    assert show(AUTHORISED, "100", "0", "0", TODAY + timedelta(days=days)) is shown


def test_an_invoice_without_due_date_is_open() -> None:
    assert show(AUTHORISED, "100", "0", "0", None) is DisplayStatus.OPEN


@pytest.mark.parametrize(("paid", "credited"), [("40", "0"), ("0", "40"), ("20", "20")])
def test_a_part_covered_invoice_is_partially_paid_until_it_is_overdue(paid: str, credited: str) -> None:
    assert show(AUTHORISED, "60", paid, credited, TODAY) is DisplayStatus.PARTIALLY_PAID
    assert show(AUTHORISED, "60", paid, credited, TODAY - timedelta(days=1)) is DisplayStatus.OVERDUE


def test_the_part_paid_badge_stays_when_overdue() -> None:
    due, paid = Decimal(60), Decimal(40)

    assert is_part_paid(status=AUTHORISED, amount_due=due, amount_paid=paid, amount_credited=ZERO)
    assert not is_part_paid(status=AUTHORISED, amount_due=due, amount_paid=ZERO, amount_credited=ZERO)
    assert not is_part_paid(
        status=InvoiceStatus.PAID, amount_due=ZERO, amount_paid=paid, amount_credited=ZERO
    )


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (InvoiceStatus.DRAFT, DisplayStatus.DRAFT),
        (InvoiceStatus.SUBMITTED, DisplayStatus.AWAITING_APPROVAL),
        (InvoiceStatus.PAID, DisplayStatus.PAID),
        (InvoiceStatus.VOIDED, DisplayStatus.VOIDED),
        (InvoiceStatus.DELETED, DisplayStatus.DELETED),
    ],
)
def test_what_xero_has_settled_comes_before_the_due_date(status: InvoiceStatus, shown: DisplayStatus) -> None:
    assert show(status, "100", "10", "0", TODAY - timedelta(days=90)) is shown


def test_an_approved_invoice_with_nothing_left_to_pay_is_shown_as_paid() -> None:
    assert show(AUTHORISED, "0", "0", "0", TODAY - timedelta(days=90)) is DisplayStatus.PAID


def test_slugs_are_fit_for_addresses() -> None:
    assert [status.slug for status in DisplayStatus] == [
        "draft",
        "awaiting-approval",
        "open",
        "partially-paid",
        "overdue",
        "paid",
        "voided",
        "deleted",
    ]


@given(
    status=st.sampled_from(InvoiceStatus),
    amount_due=st.decimals("-10", "1000", places=2),
    days=st.none() | st.integers(-400, 400),
)
def test_open_and_overdue_make_up_all_unpaid_and_never_overlap(
    status: InvoiceStatus, amount_due: Decimal, days: int | None
) -> None:
    due_date = None if days is None else TODAY + timedelta(days=days)

    opened = is_open(status=status, amount_due=amount_due, due_date=due_date, today=TODAY)
    overdue = is_overdue(status=status, amount_due=amount_due, due_date=due_date, today=TODAY)

    assert not (opened and overdue)
    assert (opened or overdue) == is_unpaid(status=status, amount_due=amount_due)


@given(
    status=st.sampled_from(InvoiceStatus),
    amount_due=st.decimals("-10", "1000", places=2),
    amount_paid=st.decimals("0", "1000", places=2),
    days=st.none() | st.integers(-400, 400),
)
def test_the_words_agree_with_the_filters(
    status: InvoiceStatus, amount_due: Decimal, amount_paid: Decimal, days: int | None
) -> None:
    due_date = None if days is None else TODAY + timedelta(days=days)

    shown = display_status(
        status=status,
        amount_due=amount_due,
        amount_paid=amount_paid,
        amount_credited=ZERO,
        due_date=due_date,
        today=TODAY,
    )

    unpaid = {DisplayStatus.OPEN, DisplayStatus.PARTIALLY_PAID, DisplayStatus.OVERDUE}
    overdue = is_overdue(status=status, amount_due=amount_due, due_date=due_date, today=TODAY)
    assert (shown in unpaid) == is_unpaid(status=status, amount_due=amount_due)
    assert (shown is DisplayStatus.OVERDUE) == overdue
