"""The trial balance is read by its header and its accounts' ids, in exact amounts."""

import json
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.sync.reports import parse_trial_balance
from counterfoil.xero.errors import AnswerNotUnderstood


def line(account: str, *values: str, kind: str = "Row") -> dict[str, Any]:
    attributes = [{"Id": "account", "Value": account}] if account else []
    return {
        "RowType": kind,
        "Cells": [{"Value": value, "Attributes": attributes} for value in ("Anything", *values)],
    }


def body(
    *lines: dict[str, Any], titles: tuple[str, ...] = ("Debit", "Credit", "YTD Debit", "YTD Credit")
) -> bytes:
    header = {"RowType": "Header", "Cells": [{"Value": title} for title in ("Account", *titles)]}
    section = {"RowType": "Section", "Title": "Assets", "Rows": list(lines)}
    return json.dumps({"Reports": [{"Rows": [header, section]}]}).encode()


def test_balances_to_date_are_read_with_debits_positive() -> None:
    report = body(
        line("debtors", "10.00", "", "1,234,567.89", ""),
        line("creditors", "", "5.00", "", "0.10"),
        line("", "15.00", "5.00", "1,234,567.89", "0.10", kind="SummaryRow"),
    )

    assert parse_trial_balance(report) == {
        "debtors": Decimal("1234567.89"),
        "creditors": Decimal("-0.10"),
    }


@pytest.mark.parametrize(
    "report",
    [
        b"{}",
        b'{"Reports": []}',
        body(titles=("Debit", "Credit")),
        body(line("debtors", "", "", "ten", "")),
        body(line("debtors", "")),
    ],
)
def test_a_report_of_another_shape_is_refused(report: bytes) -> None:
    with pytest.raises(AnswerNotUnderstood):
        parse_trial_balance(report)
