"""Generated organisations."""

import pytest

from tests.unit.xero_sandbox.conftest import NOW, Xero
from tests.unit.xero_sandbox.test_acts import check_arithmetic, small_books
from xero_sandbox.books.ledger import sum_entries
from xero_sandbox.clock import Clock
from xero_sandbox.generate.foundation import OrganisationPlan
from xero_sandbox.generate.organisations import generate_organisation
from xero_sandbox.wire.datekit import to_ms


@pytest.mark.parametrize(
    ("invoices", "contacts", "payments"), [(1, 1, 1), (5, 3, 0), (60, 12, 46), (300, 40, 700), (500, 80, 385)]
)
@pytest.mark.parametrize("country", ["GB", "AU", "US"])
def test_sizes_are_exact(country: str, invoices: int, contacts: int, payments: int) -> None:
    plan = OrganisationPlan("Any Ltd", country, 3, invoices=invoices, contacts=contacts, payments=payments)

    tables = generate_organisation(plan, clock=Clock()).tables

    assert (len(tables["Invoices"]), len(tables["Contacts"]), len(tables["Payments"])) == (
        invoices,
        contacts,
        payments,
    )


def test_the_same_seed_gives_the_same_books() -> None:
    first, second = small_books(5), small_books(5)

    # Work hours of the last day end at the real second, so only ids and amounts are compared.
    for name in ("Invoices", "Contacts", "Payments", "CreditNotes"):
        assert set(first.tables[name].rows) == set(second.tables[name].rows)


def test_customers_have_mobiles_that_nobody_has_and_some_have_none() -> None:
    plan = OrganisationPlan("Any Ltd", "GB", 3, invoices=20, contacts=20, payments=5)

    contacts = generate_organisation(plan, clock=Clock()).tables["Contacts"].rows.values()

    mobiles = [
        phone["PhoneNumber"]
        for contact in contacts
        for phone in contact.read()["Phones"]
        if phone["PhoneType"] == "MOBILE"
    ]
    assert {mobile[:9] for mobile in mobiles} == {"07700 900", ""}
    assert len(set(mobiles) - {""}) == 18


def test_generated_books_add_up(xero: Xero) -> None:
    for books in xero.world.organisations.values():
        check_arithmetic(books)
        (balances,) = sum_entries(books, [(None, to_ms(NOW.date()))])
        assert sum(balances.values()) == 0


def test_receivables_are_what_customers_owe(xero: Xero) -> None:
    """The control account equals open invoices less credits that are not used yet, in base currency."""
    books = xero.books
    (balances,) = sum_entries(books, [(None, to_ms(NOW.date()) + 10**11)])

    owed = sum(
        row.amount_due / row.currency_rate
        for row in books.tables["Invoices"]
        if row.kind == "ACCREC" and row.status == "AUTHORISED"
    )
    unused = 0.0
    for endpoint in ("CreditNotes", "Prepayments", "Overpayments"):
        for row in books.tables[endpoint]:
            credit = row.read()
            if credit["Type"] in {"ACCRECCREDIT", "RECEIVE-PREPAYMENT", "RECEIVE-OVERPAYMENT"}:
                unused += credit["RemainingCredit"] * 100 / credit["CurrencyRate"]

    # Each foreign document may round by a cent.
    assert balances["610"] == pytest.approx(owed - unused, abs=60)


def test_an_empty_organisation_has_only_its_settings(xero: Xero) -> None:
    blank = list(xero.world.organisations.values())[2]

    sizes = {name: len(table) for name, table in blank.tables.items() if len(table)}

    assert sizes == {
        "Organisation": 1,
        "Users": 3,
        "Currencies": 1,
        "Accounts": 34,
        "TaxRates": 9,
        "BrandingThemes": 1,
    }


def test_nothing_is_stamped_in_the_future(xero: Xero) -> None:
    now = xero.world.clock.now_ms()
    tables = [table for books in xero.world.organisations.values() for table in books.tables.values()]

    assert [row.id for table in tables for row in table if row.stamp > now] == []
