"""What the firm paid is found, proposed once, and followed when it changes (R9, R13, R20, X13)."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from counterfoil.domain.recharging import RechargeState
from counterfoil.features.recharging.deciding import Answer, Split, accept, answer, recharge_line, see_price
from counterfoil.features.recharging.models import Recharge, RechargeEvent, Source
from counterfoil.features.recharging.moves import move_recharges, select_billable
from counterfoil.features.recharging.queue import Found, balance
from counterfoil.features.recharging.scanning import Looked, begin_watch
from counterfoil.features.recharging.terming import set_client_terms
from counterfoil.features.spending.ruling import end_rule
from counterfoil.mirror.models import ExpenseClaim, Invoice, LinkedTransaction, Payment
from tests.integration.recharging.conftest import Desk
from tests.integration.spending.conftest import line
from tests.integration.web.firms import NOW


def approve(desk: Desk) -> None:
    accept(desk.organisation, source_ids=[desk.source().pk], by=desk.firm.user, now=NOW)


def test_a_bill_that_fits_a_rule_is_proposed_to_its_clients_to_the_cent(desk: Desk) -> None:
    one, two, three = (desk.customer(name) for name in ("One", "Two", "Three"))
    desk.rule(one, two, three, markup_rate=Decimal(10))
    desk.bill(line("100"))

    assert desk.look() == Looked(proposed=1)

    #  100.00 GBP, 10 % on top: 110.00
    assert desk.statement() == [
        ("One", Decimal("33.34"), Decimal("36.68"), "GBP", "proposed"),
        ("Two", Decimal("33.33"), Decimal("36.66"), "GBP", "proposed"),
        ("Three", Decimal("33.33"), Decimal("36.66"), "GBP", "proposed"),
    ]


def test_looking_again_proposes_nothing_twice(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    desk.bill(line("100"), line("20"))
    desk.look()

    assert desk.look() == Looked()
    assert Recharge.objects.count() == 2


def test_the_database_refuses_to_charge_a_part_of_a_line_twice(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    desk.bill(line("100"))
    desk.look()
    twin = desk.recharge()
    twin.pk = None
    twin._state.adding = True

    with pytest.raises(IntegrityError, match="recharging_part_once"), transaction.atomic():
        twin.save()

    source = desk.source()
    source.pk = None
    source._state.adding = True
    with pytest.raises(IntegrityError, match="recharging_source_once"), transaction.atomic():
        source.save()


def test_what_is_older_than_the_watch_is_not_looked_at(desk: Desk) -> None:
    begin_watch(desk.organisation, since=date(2026, 11, 2), by="someone", now=NOW)
    desk.rule(desk.customer("One"))
    desk.bill(line("100"), date=date(2026, 11, 1))

    assert desk.look() == Looked()


@pytest.mark.parametrize("is_rule_first", [True, False])
def test_spending_on_an_asset_is_found_whether_the_rule_or_the_bill_was_there_first(
    desk: Desk, is_rule_first: bool
) -> None:
    if is_rule_first:
        desk.rule(desk.customer("One"))
    desk.bill(line("900", "710"))
    desk.look()
    if not is_rule_first:
        desk.rule(desk.customer("One"))
        desk.look()

    assert desk.statement() == [("One", Decimal(900), Decimal(900), "GBP", "proposed")]


def test_what_somebody_billed_in_xero_already_is_not_proposed(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    bill = desk.bill(line("100", LineItemID="billed"))
    LinkedTransaction.objects.create(
        organisation=desk.organisation,
        workspace=desk.firm.workspace,
        xero_id="link",
        raw="{}",
        digest=b"",
        first_seen_at=NOW,
        changed_here_at=NOW,
        status="BILLED",
        source_transaction_id=bill.xero_id,
        source_line_item_id="billed",
        target_transaction_id="some-invoice",
        contact_id="someone",
    )

    assert desk.look() == Looked()
    assert bill.date is not None
    with desk.firm.inside():
        known = balance(desk.organisation, since=bill.date)
    assert (known.recharged.count, known.billed_in_xero, known.is_whole) == (1, 1, True)


def test_a_client_that_pays_all_of_its_costs_back_is_proposed_what_is_given_to_it(desk: Desk) -> None:
    client = desk.customer("Harbour")
    set_client_terms(
        desk.organisation, client, fields={"fee": Decimal(5)}, takes_all=True, by="someone", now=NOW
    )
    desk.bill(line("100", Tracking=[{"Name": "Client", "Option": "Harbour"}]))

    desk.look()

    assert desk.statement() == [("Harbour", Decimal(100), Decimal(105), "GBP", "proposed")]


def test_a_disbursement_is_charged_with_its_tax_and_at_cost(desk: Desk) -> None:
    desk.rule(
        desk.customer("One"),
        treatment="disbursement",
        treatment_reason="Paid to Companies House in the client’s name.",
    )
    desk.bill(line("100", TaxAmount=20.0))

    desk.look()

    assert desk.statement() == [("One", Decimal(120), Decimal(120), "GBP", "proposed")]
    assert desk.recharge().terms.tax_type == "NONE"


def test_a_bill_in_dollars_is_charged_at_the_rate_of_its_day(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    desk.bill(line("100"), currency="USD", currency_rate=Decimal("1.25"))

    desk.look()

    assert desk.statement() == [("One", Decimal(100), Decimal(80), "GBP", "proposed")]


def test_at_the_paid_rate_an_unpaid_bill_waits_says_why_and_is_priced_once_paid(desk: Desk) -> None:
    desk.rule(desk.customer("One"), rate_from="paid")
    bill = desk.bill(line("100"), currency="USD", currency_rate=Decimal("1.25"))
    desk.look()
    assert desk.statement() == [("One", Decimal(100), None, "GBP", "proposed")]
    assert desk.recharge().get_waits_for_display().startswith("The bill is not paid in full")
    approve(desk)
    assert list(select_billable(desk.organisation)) == []

    desk.pay(bill, "60", "1.20")
    desk.pay(bill, "40", "1.00")
    Invoice.objects.filter(xero_id=bill.xero_id).update(amount_due=0)

    #  60 USD at 1.20 = 50.00 GBP, 40 USD at 1.00 = 40.00 GBP
    assert desk.look() == Looked(rated=1)
    assert desk.statement() == [("One", Decimal(100), Decimal(90), "GBP", "ready")]
    assert len(select_billable(desk.organisation)) == 1


@pytest.mark.parametrize("rate_from", ["paid", "document"])
def test_another_rate_after_billing_asks_once_and_changes_nothing(desk: Desk, rate_from: str) -> None:
    desk.rule(desk.customer("One"), rate_from=rate_from)
    bill = desk.bill(line("100"), currency="USD", currency_rate=Decimal("1.25"), amount_due=Decimal(0))
    desk.pay(bill, "100", "1.25")
    desk.look()
    approve(desk)
    move_recharges([desk.recharge()], RechargeState.DRAFTED, what="Drafted.", by="", now=NOW)

    # Somebody in Xero corrects at which rate it was paid, or the rate of the bill.
    Payment.objects.update(currency_rate=Decimal("1.60"))
    Invoice.objects.filter(xero_id=bill.xero_id).update(currency_rate=Decimal("1.60"))

    assert desk.look() == Looked(rated=1)
    asking = desk.recharge()
    assert (asking.state, asking.charge, asking.asked_charge) == ("asks", Decimal("80.00"), Decimal("62.50"))
    answer(desk.organisation, recharge_id=asking.pk, answer=Answer.LEAVE, by=desk.firm.user, now=NOW)
    assert desk.look() == Looked()
    assert desk.statement() == [("One", Decimal(100), Decimal(80), "GBP", "drafted")]


def test_a_supplier_credit_is_proposed_below_zero_and_lessens_what_the_client_is_billed(desk: Desk) -> None:
    desk.rule(desk.customer("One"), markup_rate=Decimal(10))
    desk.bill(line("100"))
    desk.credit(line("20"))

    desk.look()

    assert desk.statement() == [
        ("One", Decimal(100), Decimal(110), "GBP", "proposed"),
        ("One", Decimal(-20), Decimal(-22), "GBP", "proposed"),
    ]
    known = balance(desk.organisation, since=date(2026, 1, 1))
    assert (known.scanned, known.is_whole) == (Found(2, Decimal(80)), True)


def test_the_receipts_of_an_expense_claim_are_recharged(desk: Desk) -> None:
    claim(desk, line("24", Description="Train to the client"), line("6", Description="Tea"))
    desk.gather()
    [train, _] = desk.lines()

    recharge_line(
        desk.organisation,
        line_id=train.pk,
        split=Split([desk.charged(desk.customer("One"), fee=Decimal(2))]),
        by=desk.firm.user,
        now=NOW,
    )

    assert desk.statement() == [("One", Decimal(24), Decimal(26), "GBP", "ready")]
    known = balance(desk.organisation, since=date(2026, 1, 1))
    assert (known.recharged, known.found, known.is_whole) == (
        Found(1, Decimal(24)),
        Found(1, Decimal(6)),
        True,
    )


def claim(desk: Desk, *lines: dict[str, Any]) -> None:
    """Have Xero hold an approved claim of the classic expenses product."""
    receipt = {"Date": "/Date(1793491200000+0000)/", "LineAmountTypes": "Exclusive", "LineItems": lines}
    ExpenseClaim.objects.create(
        organisation=desk.organisation,
        workspace=desk.firm.workspace,
        xero_id="claim",
        raw=json.dumps({"Receipts": [receipt]}),
        digest=b"",
        first_seen_at=NOW,
        changed_here_at=NOW,
        status="AUTHORISED",
        total=Decimal(30),
        amount_due=Decimal(0),
        amount_paid=Decimal(30),
        reporting_date=date(2026, 11, 2),
    )


def test_a_rate_that_was_agreed_holds_for_its_currency_only(desk: Desk) -> None:
    desk.rule(desk.customer("One"), currency="NZD", rate_from="given", rate=Decimal("0.5"), rate_for="GBP")
    desk.bill(line("100"))
    desk.bill(line("100"), currency="USD", currency_rate=Decimal("1.25"))

    desk.look()

    assert desk.statement() == [
        ("One", Decimal(100), Decimal(200), "NZD", "proposed"),
        ("One", Decimal(100), None, "NZD", "proposed"),
    ]


def test_a_price_that_changed_is_shown_with_both_and_not_billed_before_it_was_seen(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    desk.bill(line("50", Description="Plan, September 2026"), date=date(2026, 9, 1))
    desk.bill(line("50", Description="Plan, October 2026"), date=date(2026, 10, 1))
    desk.bill(line("60", Description="Plan, November 2026"), date=date(2026, 11, 1))

    desk.look()

    changed = Source.objects.exclude(price_before=None).get()
    assert (changed.price_before, changed.priced_before_on, changed.net) == (50, date(2026, 10, 1), 60)
    accept(
        desk.organisation,
        source_ids=list(Source.objects.values_list("pk", flat=True)),
        by=desk.firm.user,
        now=NOW,
    )
    assert [one.cost for one in select_billable(desk.organisation)] == [50, 50]


def test_the_price_of_a_bill_that_is_edited_is_compared_anew_and_to_be_seen_again(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    desk.bill(line("50"), date=date(2026, 10, 1))
    bill = desk.bill(line("60", LineItemID="a"), date=date(2026, 11, 1))
    desk.look()
    edited = Source.objects.exclude(price_before=None).get()
    see_price(desk.organisation, source_id=edited.pk, by=desk.firm.user, now=NOW)

    desk.rewrite(bill, line("70", LineItemID="a"))
    desk.look()
    edited.refresh_from_db()
    assert (edited.net, edited.price_before, edited.price_seen_at) == (70, 50, None)

    desk.rewrite(bill, line("50", LineItemID="a"))
    desk.look()
    edited.refresh_from_db()
    assert (edited.net, edited.price_before) == (50, None)


def test_a_credit_is_no_other_price(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    desk.bill(line("50"), date=date(2026, 9, 1))
    desk.bill(line("-50"), date=date(2026, 9, 15))
    desk.bill(line("50"), date=date(2026, 10, 1))

    desk.look()

    assert not Source.objects.exclude(price_before=None).exists()


def test_a_supplier_that_bills_by_use_is_not_asked_about(desk: Desk) -> None:
    desk.rule(desk.customer("One"), expects_changes=True)
    desk.bill(line("50"), date=date(2026, 9, 1))
    desk.bill(line("60"), date=date(2026, 10, 1))

    desk.look()

    assert not Source.objects.exclude(price_before=None).exists()


def test_a_changed_bill_renews_its_proposal_and_says_so(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    bill = desk.bill(line("100", LineItemID="a"))
    desk.look()

    desk.rewrite(bill, line("80", LineItemID="a"))

    assert desk.look() == Looked(changed=1)
    assert desk.statement() == [("One", Decimal(80), Decimal(80), "GBP", "proposed")]
    assert RechargeEvent.objects.get().what == "Its line was changed in Xero from 100.00 GBP to 80.00 GBP."
    assert desk.look() == Looked()


def test_an_accepted_proposal_of_a_changed_bill_is_proposed_anew(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    bill = desk.bill(line("100", LineItemID="a"))
    desk.look()
    approve(desk)

    desk.rewrite(bill, line("80", LineItemID="a"))
    desk.look()

    assert desk.statement() == [("One", Decimal(80), Decimal(80), "GBP", "proposed")]


def test_a_voided_bill_takes_its_proposal_along_and_a_line_written_anew_keeps_it(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    first, second = desk.bill(line("100", LineItemID="a")), desk.bill(line("50", LineItemID="b"))
    desk.look()

    desk.rewrite(first, status="VOIDED")
    desk.rewrite(second, line("50", LineItemID="c"))
    desk.look()

    assert desk.statement() == [("One", Decimal(50), Decimal(50), "GBP", "proposed")]
    assert desk.recharge().line_key == "c"
    assert desk.look() == Looked()


def test_a_document_that_is_not_copied_says_nothing_about_what_was_recharged(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    desk.bill(line("100"))
    desk.look()

    Invoice.objects.all().delete()
    for one in desk.lines():
        one.parts.all().delete()
        one.delete()

    desk.look()
    assert desk.statement() == [("One", Decimal(100), Decimal(100), "GBP", "proposed")]


def test_after_it_was_drafted_a_changed_bill_asks_and_changes_nothing(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    bill = desk.bill(line("100", LineItemID="a"))
    desk.look()
    approve(desk)
    move_recharges([desk.recharge()], RechargeState.DRAFTED, what="Drafted.", by="", now=NOW)

    desk.rewrite(bill, line("80", LineItemID="a"))
    desk.look()

    asking = desk.recharge()
    assert (asking.state, asking.asked_in, asking.asks) == ("asks", "drafted", "changed")
    assert (asking.charge, asking.asked_charge) == (Decimal(100), Decimal(80))
    desk.rewrite(bill, line("100", LineItemID="a"))
    desk.look()
    assert desk.statement() == [("One", Decimal(100), Decimal(100), "GBP", "drafted")]


def test_other_words_on_a_billed_line_ask_nothing(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    bill = desk.bill(line("100", LineItemID="a"))
    desk.look()
    approve(desk)
    move_recharges([desk.recharge()], RechargeState.DRAFTED, what="Drafted.", by="", now=NOW)

    desk.rewrite(bill, line("100", LineItemID="a", Description="Software for June"))
    desk.look()

    assert desk.statement() == [("One", Decimal(100), Decimal(100), "GBP", "drafted")]


def test_proposals_follow_the_rule_until_somebody_accepts_them(desk: Desk) -> None:
    one, two = desk.customer("One"), desk.customer("Two")
    rule = desk.rule(one)
    desk.bill(line("100"))
    desk.look()

    desk.rule(two, rule=rule, markup_rate=Decimal(20))
    desk.look()
    assert desk.statement() == [("Two", Decimal(100), Decimal(120), "GBP", "proposed")]

    approve(desk)
    end_rule(desk.organisation, rule, now=NOW)
    desk.look()
    assert desk.statement() == [("Two", Decimal(100), Decimal(120), "GBP", "ready")]
