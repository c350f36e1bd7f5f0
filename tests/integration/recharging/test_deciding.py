"""What people say about recharges, and that nothing is forgotten (R9, R13)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.domain.recharging import NotAllowed, RechargeState
from counterfoil.features.recharging import deciding
from counterfoil.features.recharging.billing import plan_bills
from counterfoil.features.recharging.deciding import Answer, Split
from counterfoil.features.recharging.models import Recharge, RechargeEvent, Source
from counterfoil.features.recharging.moves import move_recharges, release_recharges, select_billable
from counterfoil.features.recharging.noticing import sum_charged
from counterfoil.features.recharging.queue import Found, View, balance, count_views, list_rows
from counterfoil.features.recharging.scanning import find_watch
from counterfoil.features.spending.deciding import call_overhead
from tests.integration.recharging.conftest import LATER, Desk
from tests.integration.spending.conftest import line
from tests.integration.web.firms import NOW, make_contact

SINCE = date(2026, 1, 1)


def told(desk: Desk, **more: Any) -> dict[str, Any]:
    return {"by": desk.firm.user, "now": NOW, **more}


def split(desk: Desk, *charged: Any, **fields: Any) -> Source:
    line_id = next(
        one.pk for one in desk.lines() if not Source.objects.filter(line_key=one.line_key).exists()
    )
    return deciding.recharge_line(
        desk.organisation, line_id=line_id, split=Split(list(charged), **fields), **told(desk)
    )


def bill_it(desk: Desk) -> None:
    """Let an invoice say what is to be billed."""
    ready = list(select_billable(desk.organisation))
    for state in (RechargeState.DRAFTED, RechargeState.BILLED):
        move_recharges(ready, state, what=state.label, by="", now=NOW)


def test_found_kept_and_recharged_are_all_that_was_scanned(desk: Desk) -> None:
    desk.bill(line("10"), line("20"), line("30"), line("40"), line("50", "710"))
    desk.bill(line("60"), currency="USD", currency_rate=None)
    desk.gather()
    ids = [one.pk for one in desk.lines()]
    call_overhead(desk.organisation, line_id=ids[0], **told(desk))
    deciding.keep_cost(desk.organisation, line_id=ids[1], **told(desk))
    one = desk.customer("One")
    deciding.recharge_line(desk.organisation, line_id=ids[2], split=Split([desk.charged(one)]), **told(desk))

    made = balance(desk.organisation, since=SINCE)

    assert made.recharged == Found(1, Decimal(30))
    assert made.kept == Found(2, Decimal(30))
    assert made.found == Found(3, Decimal(90))
    assert made.scanned == Found(6, Decimal(150))
    assert made.unconverted == 1
    assert made.is_whole
    assert balance(desk.organisation, since=SINCE, until=date(2026, 10, 31)).scanned == Found()


def test_a_proposal_waits_until_it_is_accepted(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    desk.bill(line("10"))
    desk.look()
    assert balance(desk.organisation, since=SINCE).found == Found(1, Decimal(10))

    deciding.accept(desk.organisation, source_ids=[desk.source().pk], **told(desk))

    assert balance(desk.organisation, since=SINCE).recharged == Found(1, Decimal(10))
    assert [one.charge for one in select_billable(desk.organisation)] == [10]
    watch = find_watch(desk.organisation)
    assert watch is not None
    assert count_views(desk.organisation, watch)[View.READY] == 1


def test_a_person_divides_a_cost_and_the_firm_bears_its_share(desk: Desk) -> None:
    one, two = desk.customer("One"), desk.customer("Two")
    desk.bill(line("100"))
    desk.gather()

    split(
        desk,
        desk.charged(one, "3", markup_rate=Decimal(50)),
        desk.charged(two, "1"),
        kept_weight=Decimal(2),
        split_by=Source.SplitBy.SEATS,
    )

    #  100.00 over 6 seats: 50.00 and 50 % on top, 16.67 at cost, 33.33 ours
    assert desk.statement() == [
        ("One", Decimal("50.00"), Decimal("75.00"), "GBP", "ready"),
        ("Two", Decimal("16.67"), Decimal("16.67"), "GBP", "ready"),
    ]
    assert RechargeEvent.objects.filter(what="Split by hand.", by=desk.firm.user.email).count() == 2


def test_a_cost_is_decided_about_once_and_a_client_named_once(desk: Desk) -> None:
    one = desk.customer("One")
    desk.bill(line("100"))
    desk.gather()
    [cost] = desk.lines()
    twice = Split([desk.charged(one), desk.charged(one, "2")])
    with pytest.raises(deciding.SamePayer):
        deciding.recharge_line(desk.organisation, line_id=cost.pk, split=twice, **told(desk))
    with pytest.raises(deciding.NobodyPays):
        deciding.recharge_line(desk.organisation, line_id=cost.pk, split=Split([]), **told(desk))
    split(desk, desk.charged(one))

    with pytest.raises(deciding.NotHere):
        deciding.recharge_line(
            desk.organisation, line_id=cost.pk, split=Split([desk.charged(one)]), **told(desk)
        )


def test_what_is_billed_cannot_be_split_again_or_declined(desk: Desk) -> None:
    desk.bill(line("100"))
    desk.gather()
    source = split(desk, desk.charged(desk.customer("One")))
    again = Split([desk.charged(desk.customer("Two"))])
    source = deciding.split_again(desk.organisation, source_id=source.pk, split=again, **told(desk))
    assert desk.statement() == [("Two", Decimal(100), Decimal(100), "GBP", "ready")]
    bill_it(desk)

    with pytest.raises(deciding.IsBilled):
        deciding.split_again(desk.organisation, source_id=source.pk, split=again, **told(desk))
    with pytest.raises(deciding.IsBilled):
        deciding.decline(desk.organisation, source_id=source.pk, **told(desk))
    with pytest.raises(deciding.NothingToUndo):
        deciding.undo_last(desk.organisation, **told(desk))


def test_a_declined_proposal_is_kept_and_not_proposed_again_until_it_is_taken_back(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    desk.bill(line("10"))
    desk.look()
    deciding.decline(desk.organisation, source_id=desk.source().pk, **told(desk))
    desk.look()
    assert (desk.statement(), desk.source().act) == ([], "kept")

    deciding.undo_last(desk.organisation, **told(desk))
    desk.look()

    assert desk.statement() == [("One", Decimal(10), Decimal(10), "GBP", "proposed")]


def test_accepting_is_taken_back_when_it_was_the_last_word(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    desk.bill(line("10"), line("20"))
    desk.look()
    ids = list(Source.objects.values_list("pk", flat=True))
    deciding.accept(desk.organisation, source_ids=ids[:1], **told(desk))
    deciding.accept(desk.organisation, source_ids=ids[1:], by=desk.firm.user, now=LATER)

    assert deciding.undo_last(desk.organisation, **told(desk)) == "accepted"

    assert [state for *_, state in desk.statement()] == ["ready", "proposed"]


def test_four_of_the_last_five_are_the_reason_of_a_suggestion(desk: Desk) -> None:
    one, two = desk.customer("Kōwhai"), desk.customer("Harbour")
    for day in range(1, 7):
        desk.bill(line("10"), date=date(2026, 11, day))
    desk.gather()
    for place, cost in enumerate(desk.lines()[:5]):
        payer = one if place != 2 else two
        deciding.recharge_line(
            desk.organisation, line_id=cost.pk, split=Split([desk.charged(payer)]), **told(desk)
        )
    watch = find_watch(desk.organisation)
    assert watch is not None

    [row] = list_rows(desk.organisation, watch, view=View.FOUND).lines

    assert row.choice is not None
    assert row.choice.reason == "4 of the last 5 from Nimbus Software were recharged to Kōwhai."
    deciding.follow_choice(desk.organisation, line_id=row.line.pk, **told(desk))
    assert desk.statement()[-1] == ("Kōwhai", Decimal(10), Decimal(10), "GBP", "ready")


def test_only_what_was_attributed_is_suggested_where_nothing_was_chosen(desk: Desk) -> None:
    desk.customer("Harbour")
    desk.bill(line("10", Tracking=[{"Name": "Client", "Option": "Harbour"}]))
    desk.bill(line("20"))
    desk.gather()
    watch = find_watch(desk.organisation)
    assert watch is not None

    rows = list_rows(desk.organisation, watch, view=View.FOUND).lines

    choices = {row.line.net: row.choice for row in rows}
    assert choices[Decimal(20)] is None
    attributed = choices[Decimal(10)]
    assert attributed is not None
    assert (attributed.names, attributed.reason) == (["Harbour"], "The cost is attributed so.")


@pytest.mark.parametrize(
    ("now_is", "said", "difference"), [("80", Answer.CREDIT, "-20"), ("130", Answer.BILL, "30")]
)
def test_a_difference_after_billing_is_another_recharge_and_the_billed_one_stays(
    desk: Desk, now_is: str, said: Answer, difference: str
) -> None:
    bill = desk.bill(line("100", LineItemID="a"))
    desk.gather()
    split(desk, desk.charged(desk.customer("One")))
    bill_it(desk)
    desk.rewrite(bill, line(now_is, LineItemID="a"))
    desk.look()

    other = Answer.BILL if said is Answer.CREDIT else Answer.CREDIT
    with pytest.raises(deciding.NoDifference):
        deciding.answer(desk.organisation, recharge_id=desk.recharge().pk, answer=other, **told(desk))
    deciding.answer(desk.organisation, recharge_id=desk.recharge().pk, answer=said, **told(desk))

    assert desk.statement() == [
        ("One", Decimal(100), Decimal(100), "GBP", "billed"),
        ("One", Decimal(difference), Decimal(difference), "GBP", "ready"),
    ]
    assert Recharge.objects.get(edition=2).adjusts == desk.recharge()
    assert desk.look().changed == 0


def test_what_a_person_credited_in_xero_goes_with_no_invoice_and_counts_as_given_back(desk: Desk) -> None:
    bill = desk.bill(line("100", LineItemID="a"))
    desk.gather()
    split(desk, desk.charged(desk.customer("One", make_contact(desk.firm, desk.organisation, name="One"))))
    bill_it(desk)
    desk.rewrite(bill, line("80", LineItemID="a"))
    desk.look()
    made = deciding.answer(
        desk.organisation, recharge_id=desk.recharge().pk, answer=Answer.CREDIT, **told(desk)
    )
    assert made is not None
    [owed] = plan_bills(desk.organisation, list(select_billable(desk.organisation)), now=NOW)
    with pytest.raises(deciding.NothingToCredit):
        deciding.credit_by_hand(desk.organisation, recharge_id=desk.recharge().pk, **told(desk))

    deciding.credit_by_hand(desk.organisation, recharge_id=made.pk, **told(desk))

    assert (owed.amount, owed.problem[:34]) == (Decimal(-20), "More is given back than billed, an")
    assert list(select_billable(desk.organisation)) == []
    assert desk.statement()[-1] == ("One", Decimal(-20), Decimal(-20), "GBP", "settled")
    assert sum_charged(desk.recharge()) == 80
    assert desk.look().changed == 0


def test_what_is_left_as_it_was_billed_does_not_ask_again(desk: Desk) -> None:
    bill = desk.bill(line("100", LineItemID="a"))
    desk.gather()
    split(desk, desk.charged(desk.customer("One")))
    bill_it(desk)
    desk.rewrite(bill, status="VOIDED")
    desk.look()
    assert (desk.recharge().asks, desk.recharge().asked_charge) == ("gone", 0)

    deciding.answer(desk.organisation, recharge_id=desk.recharge().pk, answer=Answer.LEAVE, **told(desk))

    assert desk.look().changed == 0
    assert desk.statement() == [("One", Decimal(100), Decimal(100), "GBP", "billed")]


def test_when_its_draft_is_discarded_a_recharge_that_asked_comes_to_what_its_bill_says(desk: Desk) -> None:
    bill = desk.bill(line("100", LineItemID="a"))
    desk.gather()
    split(desk, desk.charged(desk.customer("One")))
    [ready] = select_billable(desk.organisation)
    move_recharges([ready], RechargeState.DRAFTED, what="Drafted.", by="", now=NOW)
    desk.rewrite(bill, line("80", LineItemID="a"))
    desk.look()

    release_recharges([ready], what="The draft was discarded.", by="", now=NOW)

    assert desk.statement() == [("One", Decimal(80), Decimal(80), "GBP", "ready")]


def test_one_recharge_is_charged_at_other_terms_and_the_others_stay(desk: Desk) -> None:
    desk.rule(desk.customer("One"), desk.customer("Two"))
    desk.bill(line("100"))
    desk.look()
    first = Recharge.objects.order_by("pk")[0]

    deciding.change_terms(
        desk.organisation, recharge_id=first.pk, fields={"fee": Decimal("7.50")}, **told(desk)
    )

    assert desk.statement() == [
        ("One", Decimal(50), Decimal("57.50"), "GBP", "proposed"),
        ("Two", Decimal(50), Decimal(50), "GBP", "proposed"),
    ]


def test_a_new_price_can_be_billed_once_it_was_seen(desk: Desk) -> None:
    desk.rule(desk.customer("One"))
    desk.bill(line("50"), date=date(2026, 9, 1))
    desk.bill(line("60"), date=date(2026, 10, 1))
    desk.look()
    ids = list(Source.objects.order_by("day").values_list("pk", flat=True))
    deciding.accept(desk.organisation, source_ids=ids, **told(desk))
    assert [one.cost for one in select_billable(desk.organisation)] == [50]

    deciding.see_price(desk.organisation, source_id=ids[1], **told(desk))

    assert sorted(one.cost for one in select_billable(desk.organisation)) == [50, 60]


def test_a_recharge_cannot_be_settled_before_it_was_billed(desk: Desk) -> None:
    desk.bill(line("100"))
    desk.gather()
    split(desk, desk.charged(desk.customer("One")))

    with pytest.raises(NotAllowed, match="“To bill” by now, so it cannot become “Settled”"):
        move_recharges([desk.recharge()], RechargeState.SETTLED, what="Paid.", by="", now=NOW)
    assert desk.recharge().state == "ready"
