"""An invoice falls due as its payment terms say."""

from datetime import date

import pytest

from counterfoil.domain.terms import TermKind, Terms, due_on


@pytest.mark.parametrize(
    ("kind", "day", "dated", "due"),
    [
        (TermKind.AFTER_DATE, 14, date(2026, 11, 20), date(2026, 12, 4)),
        (TermKind.AFTER_DATE, 0, date(2026, 11, 20), date(2026, 11, 20)),
        (TermKind.AFTER_MONTH, 7, date(2026, 11, 20), date(2026, 12, 7)),
        (TermKind.OF_THIS_MONTH, 25, date(2026, 11, 20), date(2026, 11, 25)),
        (TermKind.OF_THIS_MONTH, 15, date(2026, 11, 20), date(2026, 11, 20)),
        (TermKind.OF_NEXT_MONTH, 20, date(2026, 12, 31), date(2027, 1, 20)),
        (TermKind.OF_NEXT_MONTH, 31, date(2027, 1, 31), date(2027, 2, 28)),
    ],
)
def test_an_invoice_is_due_by_its_terms(kind: TermKind, day: int, dated: date, due: date) -> None:
    assert due_on(dated, Terms(kind, day)) == due
