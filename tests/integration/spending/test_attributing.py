"""Whose costs are: by hand, rule, link and tracking; nothing is lost or counted twice (issue 8, 5)."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from counterfoil.domain.margins import Found
from counterfoil.features.clients.linking import unlink_contact
from counterfoil.features.clients.models import Deal
from counterfoil.features.clients.operations import gather_documents
from counterfoil.features.spending import attributing
from counterfoil.features.spending.attributing import Grounds, read_grounds
from counterfoil.features.spending.deciding import (
    attribute_cost,
    call_overhead,
    confirm_cost,
    skip_cost,
    undo_last,
)
from counterfoil.features.spending.gathering import mark_documents
from counterfoil.features.spending.models import Line, Part
from counterfoil.features.spending.queue import View, count_costs, list_costs
from counterfoil.features.spending.ruling import end_rule, put_first, save_rule
from counterfoil.mirror.models import Account, ExpenseClaim, LinkedTransaction
from tests.integration.spending.conftest import Shop, line, share
from tests.integration.web.firms import NOW, make_contact


def test_costs_of_a_linked_contact_are_the_clients_and_all_others_wait(shop: Shop) -> None:
    kiosk = make_contact(shop.firm, shop.organisation, name="Kiosk")
    shop.customer("Harbour Kiosk", kiosk)
    shop.bill(line("40"), line("60", "310"))
    shop.bill(line("25"), contact=kiosk)

    shop.gather()

    assert sorted(shop.parts()) == [
        ("Harbour Kiosk", "contact", Decimal(25)),
        ("open", "", Decimal(40)),
        ("open", "", Decimal(60)),
    ]
    assert count_costs(shop.organisation).found == Found(Decimal(25), Decimal(0), Decimal(100))


def test_only_lines_on_expense_accounts_of_approved_documents_are_costs(shop: Shop) -> None:
    shop.bill(line("10"), line("900", "710"))
    shop.bill(line("20"), status="DRAFT")
    shop.bill(line("30"), status="VOIDED")

    shop.gather()

    assert shop.parts() == [("open", "", Decimal(10))]
    assert [one.net for one in Line.objects.filter(side="other")] == [Decimal(900)]


def test_a_line_is_split_over_clients_to_the_cent(shop: Shop) -> None:
    three = [shop.customer(name) for name in ("One", "Two", "Three")]
    shop.bill(line("100"))
    shop.gather()

    attribute_cost(
        shop.organisation,
        line_id=shop.costs()[0].pk,
        shares=[share(client) for client in three],
        by=shop.firm.user,
        now=NOW,
    )

    assert shop.parts() == [
        ("One", "by_hand", Decimal("33.33")),
        ("Two", "by_hand", Decimal("33.34")),
        ("Three", "by_hand", Decimal("33.33")),
    ]


def test_what_is_taken_back_gives_way_to_what_was_said_before(shop: Shop) -> None:
    client = shop.customer("One")
    shop.bill(line("100"))
    shop.gather()
    [cost] = shop.costs()
    told: dict[str, Any] = {"by": shop.firm.user, "now": NOW}
    call_overhead(shop.organisation, line_id=cost.pk, **told)
    attribute_cost(shop.organisation, line_id=cost.pk, shares=[share(client)], **told)

    undo_last(shop.organisation, **told)
    after_one = shop.parts()
    undo_last(shop.organisation, **told)

    assert after_one == [("overhead", "by_hand", Decimal(100))]
    assert shop.parts() == [("open", "", Decimal(100))]


def test_a_cost_left_for_later_is_out_of_the_way_and_still_unattributed(shop: Shop) -> None:
    shop.bill(line("100"))
    shop.gather()

    skip_cost(shop.organisation, line_id=shop.costs()[0].pk, by=shop.firm.user, now=NOW)

    tally = count_costs(shop.organisation)
    assert (tally.counts[View.OPEN], tally.counts[View.SKIPPED]) == (0, 1)
    assert tally.found == Found(open=Decimal(100))


def test_what_was_said_by_hand_is_kept_and_marked_when_the_line_changes_in_xero(shop: Shop) -> None:
    client, written = shop.customer("One"), line("100")
    bill = shop.bill(written)
    shop.gather()
    told: dict[str, Any] = {"by": shop.firm.user, "now": NOW}
    attribute_cost(shop.organisation, line_id=shop.costs()[0].pk, shares=[share(client)], **told)

    shop.rewrite(bill, written | {"LineAmount": 130.0})
    shop.gather()

    [changed] = list_costs(shop.organisation, view=View.CHANGED).rows
    assert shop.parts() == [("One", "by_hand", Decimal(130))]
    assert changed.line.has_changed
    confirm_cost(shop.organisation, line_id=changed.line.pk, **told)
    assert not list_costs(shop.organisation, view=View.CHANGED).rows
    assert shop.parts() == [("One", "by_hand", Decimal(130))]


def test_a_voided_document_takes_its_costs_away_and_a_restored_one_finds_what_was_said(shop: Shop) -> None:
    client, written = shop.customer("One"), line("100")
    bill = shop.bill(written)
    shop.gather()
    cost = shop.costs()[0]
    attribute_cost(shop.organisation, line_id=cost.pk, shares=[share(client)], by=shop.firm.user, now=NOW)

    shop.rewrite(bill, written, status="VOIDED")
    shop.gather()
    voided = shop.parts()
    shop.rewrite(bill, written, status="AUTHORISED")
    shop.gather()

    assert voided == []
    assert shop.parts() == [("One", "by_hand", Decimal(100))]


def test_the_first_rule_that_fits_decides_and_ending_it_lets_the_next(shop: Shop) -> None:
    one, two = shop.customer("One"), shop.customer("Two")
    shop.bill(line("100", Description="Licence of December"))
    shop.bill(line("7"))
    shop.gather()
    told: dict[str, Any] = {"by": "ann@firm.example", "now": NOW}
    of_supplier = {"name": "All", "contact_id": shop.supplier.xero_id, "act": "attribute"}
    of_words = {"name": "Licences", "description": "LICENCE", "least": Decimal(50), "act": "attribute"}
    save_rule(shop.organisation, None, fields=of_supplier, shares=[share(one)], **told)
    words = save_rule(shop.organisation, None, fields=of_words, shares=[share(two)], **told)
    shop.gather()
    in_order = sorted(shop.parts())
    put_first(shop.organisation, words)
    shop.gather()
    turned = sorted(shop.parts())
    end_rule(shop.organisation, words, now=NOW)
    shop.gather()

    assert in_order == [("One", "rule", Decimal(7)), ("One", "rule", Decimal(100))]
    assert turned == [("One", "rule", Decimal(7)), ("Two", "rule", Decimal(100))]
    assert sorted(shop.parts()) == in_order


def test_a_rule_holds_for_its_days_only_and_can_say_overhead(shop: Shop) -> None:
    shop.bill(line("1"), date=date(2026, 6, 30))
    shop.bill(line("2"), date=date(2026, 7, 1))
    rule = {"name": "Rent", "account_code": "429", "act": "overhead", "since": date(2026, 7, 1)}
    save_rule(shop.organisation, None, fields=rule, shares=[], by="ann@firm.example", now=NOW)

    shop.gather()

    assert sorted(shop.parts()) == [("open", "", Decimal(1)), ("overhead", "rule", Decimal(2))]


def test_a_tracking_option_with_a_clients_name_attributes_and_an_ambiguous_one_does_not(shop: Shop) -> None:
    shop.customer("Harbour Kiosk")
    for _ in range(2):
        shop.customer("Twins")
    shop.bill(
        line("10", Tracking=[{"Name": "Client", "Option": "HARBOUR KIOSK"}]),
        line("20", Tracking=[{"Name": "Client", "Option": "Twins"}]),
    )

    shop.gather()

    assert sorted(shop.parts()) == [("Harbour Kiosk", "tracking", Decimal(10)), ("open", "", Decimal(20))]


def test_a_billable_expense_in_xero_is_its_customers(shop: Shop) -> None:
    kiosk = make_contact(shop.firm, shop.organisation, name="Kiosk")
    shop.customer("Harbour Kiosk", kiosk)
    written = line("10")
    bill = shop.bill(written)
    LinkedTransaction.objects.create(
        organisation=shop.organisation,
        workspace=shop.firm.workspace,
        xero_id="linked",
        raw="{}",
        digest=b"",
        first_seen_at=NOW,
        changed_here_at=NOW,
        status="APPROVED",
        source_transaction_id=bill.xero_id,
        source_line_item_id=written["LineItemID"],
        contact_id=kiosk.xero_id,
    )

    shop.gather()

    assert shop.parts() == [("Harbour Kiosk", "billable", Decimal(10))]


def test_a_bill_of_a_deal_is_its_clients_and_its_own(shop: Shop) -> None:
    client = shop.customer("One")
    deal = Deal.objects.create(workspace=shop.firm.workspace, client=client, name="Site", created_at=NOW)
    bill = shop.bill(line("10"))
    shop.gather()

    gather_documents(deal, shop.organisation, document_ids=[bill.xero_id], by=shop.firm.user, now=NOW)
    shop.gather()

    assert [(part.client, part.deal) for part in Part.objects.all()] == [(client, deal)]


def test_the_receipts_of_an_expense_claim_are_costs_on_their_own_days(shop: Shop) -> None:
    train = {"Date": "/Date(1780272000000+0000)/", "LineAmountTypes": "Inclusive"}
    lines = [line("24", Description="Train", TaxAmount=4.0), line("6", "310", Description="Tea")]
    receipts = [train | {"LineItems": lines}, {"LineAmountTypes": "NoTax", "LineItems": [line("9", "710")]}]
    for number, status in enumerate(("AUTHORISED", "SUBMITTED")):
        ExpenseClaim.objects.create(
            organisation=shop.organisation,
            workspace=shop.firm.workspace,
            xero_id=f"claim-{number}",
            raw=json.dumps({"Receipts": receipts}),
            digest=b"",
            first_seen_at=NOW,
            changed_here_at=NOW,
            status=status,
            total=Decimal(39),
            amount_due=Decimal(0),
            amount_paid=Decimal(39),
            reporting_date=date(2026, 6, 30),
        )

    shop.gather()

    found = Line.objects.order_by("pk").values_list("document_id", "day", "description", "net", "side")
    assert list(found) == [
        ("claim-0", date(2026, 6, 1), "Train", Decimal(20), "cost"),
        ("claim-0", date(2026, 6, 1), "Tea", Decimal(6), "cost"),
        ("claim-0", date(2026, 6, 30), "Software", Decimal(9), "other"),
    ]


def test_unlinking_a_contact_lets_its_costs_go(shop: Shop) -> None:
    kiosk = make_contact(shop.firm, shop.organisation, name="Kiosk")
    client = shop.customer("Harbour Kiosk", kiosk)
    shop.bill(line("10"), contact=kiosk)
    shop.gather()

    unlink_contact(client.links.get(), by=shop.firm.user, now=NOW)
    shop.gather()

    assert shop.parts() == [("open", "", Decimal(10))]


def test_deleting_a_client_lets_its_costs_go(shop: Shop) -> None:
    client = shop.customer("One")
    shop.bill(line("10"))
    shop.gather()
    cost = shop.costs()[0]
    attribute_cost(shop.organisation, line_id=cost.pk, shares=[share(client)], by=shop.firm.user, now=NOW)

    client.delete()
    shop.gather()

    assert shop.parts() == [("open", "", Decimal(10))]


def test_what_was_chosen_most_often_for_a_supplier_is_suggested_with_its_count(shop: Shop) -> None:
    one, two = shop.customer("One"), shop.customer("Two")
    for _ in range(4):
        shop.bill(line("10"))
    shop.gather()
    for cost, client in zip(shop.costs(), (one, one, two), strict=False):
        attribute_cost(shop.organisation, line_id=cost.pk, shares=[share(client)], by=shop.firm.user, now=NOW)

    [row] = list_costs(shop.organisation).rows

    assert row.suggestion is not None
    assert (row.suggestion.client_id, row.suggestion.times, row.suggestion.of) == (one.pk, 2, 3)


def test_a_foreign_document_counts_at_its_rate_and_one_without_a_rate_is_not_added(shop: Shop) -> None:
    shop.bill(line("100"), currency="USD", currency_rate=Decimal("1.25"))
    shop.bill(line("100"), currency="USD", currency_rate=None)

    shop.gather()

    assert shop.parts() == [("open", "", Decimal(80))]
    assert count_costs(shop.organisation).unconverted == 1


def test_gathering_again_writes_nothing(shop: Shop) -> None:
    shop.bill(line("10"), line("20"))
    shop.gather()
    before = list(Part.objects.values_list("pk", "amount"))

    shop.gather()

    assert list(Part.objects.values_list("pk", "amount")) == before


def test_an_account_that_is_copied_after_its_documents_moves_their_lines(shop: Shop) -> None:
    Account.objects.filter(code="310").delete()
    shop.bill(line("10", "310"), changed_here_at=NOW - timedelta(days=2))
    shop.gather()
    before = shop.parts()

    shop.account("310", "EXPENSE")
    shop.gather()

    assert before == []
    assert shop.parts() == [("open", "", Decimal(10))]


def test_a_line_that_is_marked_while_it_is_attributed_stays_marked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked, other = shop.bill(line("10")), shop.bill(line("20"))
    shop.gather()
    Line.objects.update(is_stale=True)

    def mark_meanwhile(*given: Any) -> Grounds:
        with transaction.atomic():
            mark_documents(shop.organisation, [marked.xero_id])
        return read_grounds(*given)

    monkeypatch.setattr(attributing, "read_grounds", mark_meanwhile)
    attributing.attribute_lines(shop.organisation, Line.objects.all())

    assert dict(Line.objects.values_list("document_id", "is_stale")) == {
        marked.xero_id: True,
        other.xero_id: False,
    }


@pytest.mark.parametrize(
    ("typed", "found"), [("ZURICH", ["20"]), ("nimbus hosting", ["20"]), ("310", ["10"]), ("hostel", [])]
)
def test_costs_are_found_by_words_in_any_order_and_by_account(
    shop: Shop, typed: str, found: list[str]
) -> None:
    shop.bill(line("10", "310"), line("20", Description="Hosting, Zürich"))
    shop.gather()

    page = list_costs(shop.organisation, search=typed)

    assert [row.line.net for row in page.rows] == [Decimal(amount) for amount in found]
