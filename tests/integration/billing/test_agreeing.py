"""Agreements are written, changed from a day on, and never rewrite what was billed (X36; issue 8)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from counterfoil.features.billing import agreeing
from counterfoil.features.billing.agreed import Show, find_row, list_agreements
from counterfoil.features.billing.deciding import mark_ready
from counterfoil.features.billing.forecasting import forecast
from counterfoil.features.billing.generating import generate
from counterfoil.features.billing.models import Agreement, AgreementChange, RunInvoice, Service
from counterfoil.features.billing.sending import push_ready
from tests.integration.billing.conftest import Office
from tests.integration.web.firms import NOW

JUNE_15 = date(2026, 6, 15)
JULY = date(2026, 7, 1)


def bill_june(office: Office) -> RunInvoice:
    [invoice] = generate(office.run(), now=NOW).invoices
    return invoice


def refused(act: Callable[[], object]) -> agreeing.NotPossible:
    with pytest.raises(agreeing.NotPossible) as caught:
        act()
    return caught.value


def test_a_new_price_holds_from_its_day_and_what_was_billed_keeps_its_own(office: Office) -> None:
    agreement = office.agree()
    bill_june(office)
    line = agreement.lines.get()

    agreeing.change_price(line, since=JULY, amount=Decimal(360), by=office.firm.user, now=NOW)
    [july] = generate(office.run(JULY, date(2026, 7, 31)), now=NOW).invoices

    assert july.draft is not None
    assert [one.unit_amount for one in july.draft.lines.all()] == [Decimal(360)]
    assert [one.price for one in Service.objects.order_by("start")] == [Decimal(300), Decimal(360)]


@pytest.mark.parametrize(
    "change",
    [
        lambda one, by: agreeing.change_price(
            one.lines.get(), since=JUNE_15, amount=Decimal(1), by=by, now=NOW
        ),
        lambda one, by: agreeing.pause(one, first_day=JUNE_15, last_day=JULY, why="", by=by, now=NOW),
        lambda one, by: agreeing.end(one, last_day=JUNE_15, by=by, now=NOW),
    ],
)
def test_days_whose_invoice_has_not_left_are_discarded_before_they_change(
    office: Office, change: Callable[[Agreement, object], object]
) -> None:
    agreement = office.agree()
    bill_june(office)

    assert str(refused(lambda: change(agreement, office.firm.user))) == (
        "1–30 Jun 2026 is billed already. Its invoice has not left: discard it in the run, and change this"
        " then."
    )


def test_what_has_left_is_credited_and_the_first_free_day_is_said(office: Office) -> None:
    agreement = office.agree(discount_rate=Decimal(10))
    invoice = bill_june(office)
    mark_ready([invoice.pk], by="mara@firm.example", now=NOW)
    assert push_ready(invoice.run, by=office.firm.user, now=NOW).sent == 1

    problem = refused(lambda: agreeing.end(agreement, last_day=JUNE_15, by=office.firm.user, now=NOW))

    assert str(problem) == (
        "1–30 Jun 2026 is billed already. It can end from 1 July 2026 on. What was billed too much,"
        " 135.00 GBP before tax for 16–30 Jun 2026, is credited in Xero with a credit note."
    )
    assert isinstance(problem, agreeing.BilledAlready)
    assert problem.first_free == JULY


def test_a_pause_after_what_was_billed_bills_the_rest_by_its_days(office: Office) -> None:
    agreement = office.agree()
    bill_june(office)

    paused = agreeing.pause(
        agreement, first_day=JULY, last_day=None, why="Refit", by=office.firm.user, now=NOW
    )
    agreeing.resume(paused, on=date(2026, 7, 17), by=office.firm.user, now=NOW)
    [july] = generate(office.run(JULY, date(2026, 7, 31)), now=NOW).invoices

    service = july.services.get()
    assert (service.start, service.end, service.amount) == (
        date(2026, 7, 17),
        date(2026, 8, 1),
        Decimal("145.16"),  # 300 × 15 / 31
    )


def test_what_a_billed_line_says_of_its_past_is_not_rewritten(office: Office) -> None:
    agreement = office.agree()
    bill_june(office)
    line = agreement.lines.get()
    same = {"kind": "fixed", "description": "Care", "quantity": Decimal(1), "is_split": True}

    def save(**changed: object) -> Callable[[], object]:
        values = agreeing.LineValues(same | changed, line.pk)
        return lambda: agreeing.save_agreement(
            agreement, fields={}, lines=[values], by=office.firm.user, now=NOW
        )

    save(description="Better care")()

    assert "was billed, so how many stays" in str(refused(save(quantity=Decimal(2))))
    assert "was billed, so what it bills stays" in str(refused(save(kind="units")))
    assert "is billed already" in str(refused(save(last_day=JUNE_15)))
    assert "was billed before 2 June 2026" in str(refused(save(starts_on=date(2026, 6, 2))))
    dropped = refused(
        lambda: agreeing.save_agreement(agreement, fields={}, lines=[], by=office.firm.user, now=NOW)
    )
    assert str(dropped) == "“Better care” was billed. Give it a last day instead."
    other = refused(
        lambda: agreeing.save_agreement(
            agreement, fields={"every": "year"}, lines=[], by=office.firm.user, now=NOW
        )
    )
    assert str(other) == (
        "Days of it were billed up to 30 June 2026, so how long a period is stays. End it, copy it, and"
        " change the copy."
    )


def test_each_change_is_kept_with_who_made_it(office: Office) -> None:
    agreement = office.agree()

    agreeing.save_agreement(
        agreement,
        fields={"name": "Full care", "last_day": date(2027, 1, 31)},
        lines=[
            agreeing.LineValues(
                {"kind": "fixed", "description": "Care", "quantity": Decimal(2)},
                agreement.lines.get().pk,
                Decimal(310),
            )
        ],
        by=office.firm.user,
        now=NOW,
    )

    change = AgreementChange.objects.get()
    assert change.by == office.firm.user.email
    assert change.what == [
        "Name: Care → Full care.",
        "Last day: none → 31 January 2027.",
        "“Care in {month}”, description: Care in {month} → Care.",
        "“Care in {month}”, quantity: 1 → 2.",
        "“Care” costs 310 GBP.",
    ]


def test_a_copy_goes_on_from_its_day_with_the_prices_of_that_day(office: Office) -> None:
    agreement = office.agree()
    line = agreement.lines.get()
    office.price(line, "360", date(2026, 9, 1))
    office.price(line, "400", date(2027, 1, 1))

    copied = agreeing.copy_agreement(agreement, starts_on=date(2026, 10, 1), by=office.firm.user, now=NOW)

    assert (copied.state, copied.starts_on, copied.reference) == ("draft", date(2026, 10, 1), "Care {month}")
    prices = copied.lines.get().prices.values_list("since", "amount")
    assert list(prices) == [
        (agreeing.FROM_THE_START, Decimal(360)),
        (date(2027, 1, 1), Decimal(400)),
    ]


def test_the_next_three_invoices_are_said_with_tax_and_what_is_due_already(office: Office) -> None:
    agreement = office.agree(starts_on=date(2026, 10, 1))

    said = forecast(agreement, today=date(2026, 11, 22), now=NOW)

    assert [one.date for one in said.overdue] == [date(2026, 10, 31)]
    assert [
        (one.planned.date, one.prepared.document.reference, one.prepared.totals.total) for one in said.coming
    ] == [
        (date(2026, 11, 30), "Care November 2026", Decimal("360.00")),
        (date(2026, 12, 31), "Care December 2026", Decimal("360.00")),
        (date(2027, 1, 31), "Care January 2027", Decimal("360.00")),
    ]
    assert said.problems == []


def test_what_is_in_the_way_is_named_once(office: Office) -> None:
    agreement = office.agree(price=None, reference="Order {order}", contact_id="gone")
    line = office.line(agreement, kind="fixed", description="Care", tax_type="NO-SUCH", account_code="999")

    assert forecast(agreement, today=date(2026, 11, 22), now=NOW).problems == [
        "The reference: There is no field {order}. There are {month}, {period}, {quarter}, {year}, {po},"
        " {client}, {agreement}.",
        "Care: There is no price for 2026-06-01 to 2026-06-30.",
    ]
    office.price(line, "10")
    agreement.reference = ""
    problems = forecast(agreement, today=date(2026, 11, 22), now=NOW).problems
    assert any("999" in one for one in problems)
    assert any("contact" in one for one in problems)


def test_the_list_says_what_agreements_are_worth_a_month_and_when_they_are_billed_next(
    office: Office,
) -> None:
    office.agree("Monthly")
    yearly = office.agree("Yearly", "1200", every="year", discount_rate=Decimal(10))
    office.price(yearly.lines.get(), "2400", date(2099, 1, 1))
    office.agree("Little", "5", minimum=Decimal(20))
    ended = office.agree("Ended", last_day=date(2026, 10, 31))
    paused = office.agree("Paused")
    agreeing.pause(paused, first_day=date(2026, 11, 1), last_day=None, why="", by=office.firm.user, now=NOW)
    office.agree("Ending", last_day=date(2026, 12, 31))

    page = list_agreements(show=Show.ACTIVE, now=NOW)

    assert [(one.agreement.name, one.standing, str(one.worth.amount)) for one in page.rows] == [
        ("Ending", "ending", "300.00"),
        ("Little", "active", "20.00"),
        ("Monthly", "active", "300.00"),
        ("Yearly", "active", "90.00"),
    ]
    assert [(str(one.amount), one.currency) for one in page.worth] == [("710.00", "GBP")]
    assert [one.next_bill for one in page.rows][2] == date(2026, 6, 30)
    shown = {
        show.value: [one.agreement.name for one in list_agreements(show=show, now=NOW).rows]
        for show in (Show.PAUSED, Show.ENDING, Show.ENDED)
    }
    assert shown == {"paused": ["Paused"], "ending": ["Ending"], "ended": ["Ended"]}
    assert [one.agreement.name for one in list_agreements(show=Show.ACTIVE, search="harb", now=NOW).rows] == [
        one.agreement.name for one in page.rows
    ]
    assert find_row(ended, now=NOW).standing == "ended"
