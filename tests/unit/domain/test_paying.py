"""When customers pay, and how wrong the same method was before (issue 8, item 6)."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.paying import (
    WEEKS,
    Owing,
    Paid,
    describe_everybody,
    describe_habits,
    expect,
    sum_weeks,
    try_on_the_past,
)

TODAY = date(2026, 11, 20)


def paid(customer: str, late: int, *, ago: int, amount: int = 100, term: int = 30) -> Paid:
    when = TODAY - timedelta(days=ago)
    due = when - timedelta(days=late)
    return Paid(customer, due - timedelta(days=term), due, when, Decimal(amount), "GBP")


def test_each_invoice_counts_once_however_large() -> None:
    own = [paid("kowhai", late, ago=20 * place, amount=10**place) for place, late in enumerate([0, 2, 40])]

    habit = describe_habits(own)["kowhai"]

    assert (habit.count, habit.days_late, habit.days_to_pay) == (3, 2, 32)


def test_nothing_is_claimed_of_a_customer_with_few_invoices() -> None:
    own = [paid("kowhai", late, ago=10 * place) for place, late in enumerate([60, 60, 60, 60, 0, 0, 0, 0, 0])]

    habit = describe_habits(own)["kowhai"]

    assert (habit.count, habit.slower_by, habit.is_slower) == (9, None, False)


def test_a_customer_is_slower_when_the_latest_took_noticeably_longer() -> None:
    slow = [paid("kowhai", late, ago=10 * n) for n, late in enumerate([12, 11, 9, 14, 12, 2, 3, 1, 4, 2])]
    same = [paid("rata", late, ago=10 * n) for n, late in enumerate([6, 6, 6, 6, 6, 2, 2, 2, 2, 2])]

    habits = describe_habits(slow + same)

    assert (habits["kowhai"].recent, habits["kowhai"].before, habits["kowhai"].is_slower) == (12, 2, True)
    assert (habits["rata"].slower_by, habits["rata"].is_slower) == (4, False)


def test_money_is_expected_when_the_customer_usually_pays_and_nobody_says_when_that_is_past() -> None:
    own = [paid("kowhai", 10, ago=10 * place) for place in range(5)]
    others = [paid("rata", 3, ago=place) for place in range(20)]
    habits, usual = describe_habits(own + others), describe_everybody(own + others)
    due = TODAY + timedelta(days=7)

    days = [
        expect(Owing(customer, day, Decimal(1), "GBP"), habits, usual, TODAY)
        for customer, day in [("kowhai", due), ("nobody", due), ("kowhai", TODAY - timedelta(days=90))]
    ]

    assert days == [due + timedelta(days=10), due + timedelta(days=3), None]


def test_the_method_is_tried_with_nothing_but_what_was_known_then() -> None:
    #                         due     paid   known on 1 Sep as
    # five habitual invoices          10 days late
    # one that broke the habit 5 Sep  5 Sep  expected 15 Sep, in the third week; came in the first
    since = date(2026, 9, 1)
    usual = [
        Paid("kowhai", date(2026, 5, 1), date(2026, 6, day), date(2026, 6, day + 10), Decimal(50), "GBP")
        for day in range(1, 6)
    ]
    broke = Paid("kowhai", date(2026, 8, 5), date(2026, 9, 5), date(2026, 9, 5), Decimal(80), "GBP")
    unknown_yet = Paid("kowhai", date(2026, 9, 2), date(2026, 9, 9), date(2026, 9, 9), Decimal(999), "GBP")

    (trial,) = try_on_the_past([*usual, broke, unknown_yet], [], since)

    assert (list(trial.expected).index(Decimal(80)), list(trial.came).index(Decimal(80))) == (2, 0)
    assert (trial.expected_total, trial.came_total, trial.wrong_percent) == (Decimal(80), Decimal(80), 200)


owings = st.lists(
    st.builds(
        Owing,
        customer=st.sampled_from(["kowhai", "rata", "nobody"]),
        due=st.dates(date(2025, 1, 1), date(2028, 1, 1)),
        amount=st.decimals(0, 99_999, places=2),
        currency=st.sampled_from(["GBP", "EUR"]),
    ),
    max_size=20,
)


@given(owing=owings, late=st.integers(-30, 200))
def test_the_weeks_add_up_to_all_that_is_owed(owing: list[Owing], late: int) -> None:
    known = [paid("kowhai", late, ago=place) for place in range(6)]

    weeks = sum_weeks(owing, describe_habits(known), describe_everybody(known), TODAY)

    for currency in {one.currency for one in owing}:
        assert sum(weeks[currency]) == sum(one.amount for one in owing if one.currency == currency)
        assert len(weeks[currency]) == WEEKS + 2
