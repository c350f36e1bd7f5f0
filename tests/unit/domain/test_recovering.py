"""Of a part payment each line has its share, and all of it once the invoice is paid."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.recovering import recover

CENT = Decimal("0.01")
cents = st.integers(0, 10**9).map(lambda number: Decimal(number) / 100)


def test_a_third_of_an_invoice_is_a_third_of_each_line() -> None:
    # 55.00 on an invoice of 66.00 with tax, of which 22.00 was received.
    part = recover(Decimal("55.00"), received=Decimal("22.00"), total=Decimal("66.00"), unit=CENT)

    assert part == Decimal("18.33")


@given(charge=cents, received=cents, total=cents)
def test_never_more_came_back_than_was_charged_and_all_of_it_when_it_was_paid(
    charge: Decimal, received: Decimal, total: Decimal
) -> None:
    part = recover(charge, received=received, total=total, unit=CENT)

    assert 0 <= part <= charge
    if received >= total and received > 0:
        assert part == charge
