"""Totals come out as Xero's do, to the cent: by worked examples, and beside the stand-in's own reckoning."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from tests.factories.sandbox import WRITE_SCOPES
from tests.unit.xero_sandbox.conftest import SMALL, Xero

from counterfoil.domain.totals import (
    AmountsAre,
    Line,
    LineTotal,
    Totals,
    compute_line,
    compute_totals,
    has_unpayable_fraction,
)
from xero_sandbox.books.documents import set_totals
from xero_sandbox.books.money import LineAmountTypes
from xero_sandbox.writing.lines import Chart, LineRules, build_lines

RATES = ("0", "20", "5", "10", "15", "12.5", "17.5", "8.875", "14.975", "9.4375", "33.3333", "100")
BY_TYPE = {f"RATE{number}": Decimal(rate) for number, rate in enumerate(RATES)}


def one(amount: str, rate: str = "0", quantity: str = "1", **more: Any) -> Line:
    return Line(Decimal(quantity), Decimal(amount), Decimal(rate), **more)


def totals_of(made: Totals) -> tuple[str, str, str]:
    return str(made.sub_total), str(made.tax), str(made.total)


def test_tax_is_rounded_line_by_line_as_in_the_rounding_guide_of_xero() -> None:
    """PAIN 11. 3.76 + 3.84 + 3.84 = 11.44 on 76.30: 87.74, where 15 % of the sum would make 87.75."""
    lines = [one("25.06", "15"), one("25.61", "15"), one("25.63", "15")]

    made = compute_totals(lines, amounts_are=AmountsAre.EXCLUSIVE)

    assert [str(line.tax) for line in made.lines] == ["3.76", "3.84", "3.84"]
    assert totals_of(made) == ("76.30", "11.44", "87.74")


@pytest.mark.parametrize(
    ("amounts_are", "totals"),
    [
        (AmountsAre.EXCLUSIVE, ("100.00", "20.00", "120.00")),
        (AmountsAre.INCLUSIVE, ("83.33", "16.67", "100.00")),
        (AmountsAre.NO_TAX, ("100.00", "0.00", "100.00")),
    ],
)
def test_amounts_hold_their_tax_or_not(amounts_are: AmountsAre, totals: tuple[str, str, str]) -> None:
    assert totals_of(compute_totals([one("100", "20")], amounts_are=amounts_are)) == totals


def test_a_price_is_cut_to_two_decimals_before_it_is_multiplied_unless_four_are_asked_for() -> None:
    """1,000 × 0.0149: as 0.01 each 10.00, as 0.0149 each 14.90."""
    line = one("0.0149", quantity="1000")

    by_decimals = [
        compute_line(line, amounts_are=AmountsAre.NO_TAX, decimals=decimals).amount for decimals in (2, 4)
    ]

    assert by_decimals == [Decimal("10.00"), Decimal("14.90")]


@pytest.mark.parametrize(
    ("line", "made"),
    [
        (one("100", "20", discount_rate=Decimal("12.5")), ("87.50", "17.50")),
        (one("100", "20", discount_amount=Decimal("0.99")), ("99.01", "19.80")),
        (one("100", "20", discount_rate=Decimal(100)), ("0.00", "0.00")),
        (one("-0.05", "10"), ("-0.05", "-0.01")),
        (one("0.05", "10"), ("0.05", "0.01")),
        (one("33.335", "0", quantity="-3"), ("-100.02", "0.00")),
        (one("10", "20", tax_amount=Decimal("1.995")), ("10.00", "2.00")),
        (one("1.01", "0", quantity="0.995"), ("1.00", "0.00")),
        (Line(), ("0.00", "0.00")),
    ],
    ids=["rate", "amount", "all off", "negative", "half up", "price first", "own tax", "once", "words"],
)
def test_a_line_is_discounted_rounded_and_taxed(line: Line, made: tuple[str, str]) -> None:
    """
    1.01 × 0.995 = 1.00495 is 1.00: the product is rounded once, not by way of 1.0050.
    -0.05 at 10 % is -0.005: halves go away from zero on either side.
    """
    assert compute_line(line, amounts_are=AmountsAre.EXCLUSIVE) == LineTotal(
        Decimal(made[0]), Decimal(made[1])
    )


def test_the_discount_of_a_document_is_what_all_lines_lost() -> None:
    lines = [one("100", discount_rate=Decimal(10)), one("50", discount_amount=Decimal(5)), one("1")]

    made = compute_totals(lines, amounts_are=AmountsAre.NO_TAX)

    assert (made.discount, made.total) == (Decimal("15.00"), Decimal("136.00"))


def test_a_document_is_rounded_by_ten_cents_at_most() -> None:
    made = compute_totals([one("99.98")], amounts_are=AmountsAre.NO_TAX, rounding=Decimal("0.02"))

    assert (made.total, made.rounding) == (Decimal("100.00"), Decimal("0.02"))
    for refused in ("0.11", "0.015"):
        with pytest.raises(ValueError, match="ten at most"):
            compute_totals([], amounts_are=AmountsAre.NO_TAX, rounding=Decimal(refused))


@pytest.mark.parametrize(
    ("amount", "currency", "is_unpayable"),
    [("100.50", "JPY", True), ("100.00", "JPY", False), ("1.25", "KWD", False), ("1.25", "GBP", False)],
)
def test_half_a_yen_cannot_be_paid(amount: str, currency: str, is_unpayable: bool) -> None:
    """Xero keeps two decimals in every currency, so a total can hold what nobody can pay."""
    assert has_unpayable_fraction(Decimal(amount), currency) is is_unpayable


@dataclass(frozen=True)
class Document:
    """A random document, in our words and as it is sent."""

    amounts_are: AmountsAre
    decimals: int
    lines: Sequence[Line]
    sent: Sequence[dict[str, Any]]


def random_documents(seed: int) -> Iterator[Document]:
    random = Random(seed)
    while True:
        pairs = [random_line(random) for _ in range(random.randint(1, 5))]
        yield Document(
            random.choice(list(AmountsAre)),
            random.choice([2, 4]),
            [line for line, _ in pairs],
            [sent for _, sent in pairs],
        )


def random_line(random: Random) -> tuple[Line, dict[str, Any]]:
    sent: dict[str, Any] = {"Description": "Work"}
    if random.random() < 0.05:
        return Line(), sent
    tax_type = random.choice(list(BY_TYPE))
    sent["TaxType"] = tax_type
    sent["Quantity"] = quantity = random_number(random, 4)
    sent["UnitAmount"] = unit = random_number(random, 4)
    rate = amount = tax = None
    match random.randint(0, 5):
        case 0:
            sent["DiscountRate"] = rate = Decimal(random.randint(0, 1_000_000)).scaleb(-4)
        case 1:
            sent["DiscountAmount"] = amount = Decimal(random.randint(0, 100_000)).scaleb(-2)
        case 2:
            sent["TaxAmount"] = tax = random_number(random, 3)
    return Line(quantity, unit, BY_TYPE[tax_type], rate, amount, tax), sent


def random_number(random: Random, places: int) -> Decimal:
    """Return a number of any size with up to so many places; one in five is negative, many end in five."""
    digits = random.randint(1, 4)
    number = random.randint(0, 10**digits) * (5 if random.random() < 0.3 else 1)
    sign = -1 if random.random() < 0.2 else 1
    return Decimal(sign * number).scaleb(-random.randint(0, places))


def check_beside_the_stand_in(count: int, *, seed: int) -> None:
    """Compare so many documents with the stand-in's own computation; it shares no code with ours."""
    books = Xero(SMALL).books
    rates = {
        name: {"TaxType": name, "Status": "ACTIVE", "EffectiveRate": float(rate)}
        for name, rate in BY_TYPE.items()
    }
    chart = Chart(accounts={}, rates=rates, items={}, tracking=[])
    with patch.object(Chart, "of", lambda _books: chart):
        for document in islice(random_documents(seed), count):
            amounts: LineAmountTypes = document.amounts_are.value
            rules = LineRules(
                books,
                sales=True,
                amounts=amounts,
                approved=False,
                fine=document.decimals == 4,
                discounts=True,
            )
            kept = build_lines(document.sent, rules)
            record = {"LineAmountTypes": amounts, "LineItems": kept}
            set_totals(record)

            ours = compute_totals(
                document.lines, amounts_are=document.amounts_are, decimals=document.decimals
            )

            theirs = [Decimal(str(record[name])) for name in ("SubTotal", "TotalTax", "Total")]
            assert [ours.sub_total, ours.tax, ours.total] == theirs, document
            assert [(line.amount, line.tax) for line in ours.lines] == [
                (Decimal(str(made["LineAmount"])), Decimal(str(made["TaxAmount"]))) for made in kept
            ], document


def test_totals_of_random_documents_are_those_of_the_stand_in() -> None:
    """PAIN 11."""
    check_beside_the_stand_in(1_500, seed=1)


@pytest.mark.slow
def test_totals_of_a_hundred_thousand_random_documents_are_those_of_the_stand_in() -> None:
    """PAIN 11."""
    check_beside_the_stand_in(100_000, seed=2)


def test_totals_are_those_that_the_endpoint_of_the_stand_in_answers() -> None:
    """Over HTTP, with two and four decimals, and a compound tax rate that the stand-in adds up itself."""
    xero = Xero(SMALL)
    xero.connect(scope=WRITE_SCOPES)
    parts = [
        {"Name": "GST", "Rate": 5},
        {"Name": "QST", "Rate": 9.5, "IsCompound": True},
    ]
    rate = {"Name": "Quebec", "ReportTaxType": "OUTPUT", "TaxComponents": parts}
    tax_type = xero.save("PUT", "TaxRates", rate)["TaxType"]
    effective = Decimal("14.975")  # 5 and, on that, 9.5 more: 5 + 9.5 × 1.05
    random = Random(3)
    for decimals, amounts_are in (
        (2, AmountsAre.EXCLUSIVE),
        (4, AmountsAre.INCLUSIVE),
        (4, AmountsAre.NO_TAX),
    ):
        lines = [
            Line(Decimal(random.randint(1, 99)), Decimal(random.randint(1, 99_999)).scaleb(-4), effective)
            for _ in range(30)
        ]
        sent = [
            {
                "Description": "Work",
                "Quantity": float(line.quantity or 0),
                "UnitAmount": float(line.unit_amount or 0),
                "AccountCode": "200",
                "TaxType": tax_type,
            }
            for line in lines
        ]
        body = {"Type": "ACCREC", "Contact": {"Name": "New Client Ltd"}, "LineItems": sent}
        body["LineAmountTypes"] = amounts_are.value

        made = xero.save("PUT", f"Invoices?unitdp={decimals}", body)

        ours = compute_totals(lines, amounts_are=amounts_are, decimals=decimals)
        theirs = [Decimal(str(made[name])) for name in ("SubTotal", "TotalTax", "Total")]
        assert [ours.sub_total, ours.tax, ours.total] == theirs
    xero.client.close()
