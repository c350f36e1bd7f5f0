"""When the lines of a document count: on its day, or as it is paid (issue 8, item 4; X16)."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.recognising import (
    Line,
    Recognised,
    Settlement,
    convert,
    recognise_on_accrual,
    recognise_on_cash,
)

NOVEMBER = date(2026, 11, 5)

cents = st.decimals(-99_999, 99_999, places=2)
lines_of = st.lists(
    st.builds(
        Line,
        account=st.sampled_from(["200", "260", "310"]),
        amount=cents,
        options=st.sampled_from([(), ("north",), ("north", "retail"), ("retail", "north")]),
    ),
    max_size=6,
)


def sum_by_account(found: list[Recognised]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for one in found:
        sums[one.account] = sums.get(one.account, Decimal(0)) + one.amount
    return {account: amount for account, amount in sums.items() if amount}


def test_accrual_counts_each_account_once_on_the_day_of_the_document() -> None:
    lines = [Line("200", Decimal("-60.10")), Line("200", Decimal("-39.90")), Line("260", Decimal(-5))]

    found = recognise_on_accrual(lines, NOVEMBER)

    assert found == [
        Recognised(NOVEMBER, "200", (), Decimal("-100.00")),
        Recognised(NOVEMBER, "260", (), Decimal(-5)),
    ]


def test_cash_counts_the_share_that_was_paid_and_knows_the_rest() -> None:
    #             without tax    with tax
    # invoice          100.00      120.00
    # paid 1 Dec        33.33       40.00
    # paid 9 Jan        33.34       40.00
    # left              33.33       40.00
    lines = [Line("200", Decimal("-100.00"))]
    paid = [Settlement(date(2027, 1, 9), Decimal(40)), Settlement(date(2026, 12, 1), Decimal(40))]

    found = recognise_on_cash(lines, NOVEMBER, total=Decimal(120), settlements=paid)

    assert found == [
        Recognised(date(2026, 12, 1), "200", (), Decimal("-33.33")),
        Recognised(date(2027, 1, 9), "200", (), Decimal("-33.34")),
    ]


def test_a_document_over_nothing_counts_on_its_own_day_on_cash_too() -> None:
    lines = [Line("200", Decimal(-50)), Line("260", Decimal(50))]

    found = recognise_on_cash(lines, NOVEMBER, total=Decimal(0), settlements=[])

    assert found == recognise_on_accrual(lines, NOVEMBER)


def test_what_is_paid_beyond_the_total_brings_in_nothing_more() -> None:
    lines = [Line("200", Decimal(-50))]
    paid = [Settlement(NOVEMBER, Decimal(60)), Settlement(NOVEMBER, Decimal(10))]

    found = recognise_on_cash(lines, NOVEMBER, total=Decimal(60), settlements=paid)

    assert sum_by_account(found) == {"200": Decimal(-50)}


def test_a_foreign_line_is_converted_by_itself_to_the_cent() -> None:
    assert convert(Decimal("100.00"), Decimal("1.27")) == Decimal("78.74")
    assert convert(Decimal("100.00"), None) == Decimal("100.00")


@given(lines=lines_of, parts=st.lists(st.integers(1, 99_999), min_size=1, max_size=9), data=st.data())
def test_all_payments_together_bring_in_exactly_what_accrual_counts(
    lines: list[Line], parts: list[int], data: st.DataObject
) -> None:
    days = data.draw(st.lists(st.integers(-400, 400), min_size=len(parts), max_size=len(parts)))
    settlements = [
        Settlement(NOVEMBER + timedelta(days=day), Decimal(part) / 100)
        for day, part in zip(days, parts, strict=True)
    ]
    total = sum((one.amount for one in settlements), Decimal(0))

    on_cash = recognise_on_cash(lines, NOVEMBER, total=total, settlements=settlements)

    assert sum_by_account(on_cash) == sum_by_account(recognise_on_accrual(lines, NOVEMBER))


@given(lines=lines_of, paid=st.integers(1, 9_999), total=st.integers(1, 9_999))
def test_what_counts_is_the_share_that_was_paid_to_the_cent(lines: list[Line], paid: int, total: int) -> None:
    found = recognise_on_cash(
        lines, NOVEMBER, total=Decimal(total), settlements=[Settlement(NOVEMBER, Decimal(paid))]
    )

    whole = sum((line.amount for line in lines), Decimal(0))
    counted = sum((one.amount for one in found), Decimal(0))
    share = min(Decimal(1), Decimal(paid) / total)
    assert abs(counted - whole * share) <= len(lines) * Decimal("0.0051")  # each line is rounded by itself
    assert all(one.day == NOVEMBER for one in found)
