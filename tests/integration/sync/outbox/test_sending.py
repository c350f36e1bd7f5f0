"""Sending to Xero: once, its answer stored, and the truth about what had no answer (PAIN 6)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum

from counterfoil.domain.outbox import OutboxState
from counterfoil.features.connections.removal import purge_organisation
from counterfoil.features.outbox.progress import Progress, measure_progress
from counterfoil.mirror.models import Change, Connection, Invoice, Organisation, Payment, Usage
from counterfoil.sync.engine import NotConnected
from counterfoil.sync.lease import AlreadyPushing
from counterfoil.sync.outbox.proposing import approve
from counterfoil.xero.wishes import AccountRef, EditInvoice, InvoiceRef, Line, NewPayment
from tests.integration.sync.outbox.conftest import Books, Killed, killing_at
from tests.integration.sync.outbox.wishing import new_invoice


def test_a_queued_invoice_is_in_xero_and_here_and_its_way_back_is_no_change(books: Books) -> None:
    operation = books.wish(new_invoice(books.contact_id()))

    report = books.push()
    run = books.sync("full")

    done = books.again(operation)
    [invoice] = books.records("Invoices")
    with books.inside():
        mirrored = Invoice.objects.get()
        changes = list(Change.objects.filter(stream="Invoices").values_list("kind", "why"))
    assert report.calls == 1
    assert done.status is OutboxState.DONE
    assert done.xero_id == invoice["InvoiceID"] == mirrored.xero_id
    assert invoice["Reference"] == operation.reference
    assert invoice["Status"] == "DRAFT"
    assert run.state == "succeeded"
    assert changes == [("created", "sent from Counterfoil")]


def lose(books: Books, kind: str, count: int = 3, match: str = "Invoices") -> None:
    """Have the next calls go wrong; three are as many as a write tries."""
    books.sandbox.fault(kind, match=match, count=count, seconds=0)


def test_a_lost_answer_is_asked_for_with_the_same_key_and_nothing_is_there_twice(books: Books) -> None:
    operation = books.wish(new_invoice(books.contact_id()))
    lose(books, "commit_then_timeout", count=1)

    report = books.push()

    assert report.calls == 2
    assert books.again(operation).status is OutboxState.DONE
    assert len(books.records("Invoices")) == 1


@pytest.mark.parametrize("fault", ["commit_then_timeout", "truncated", "malformed_json"])
def test_what_xero_took_and_never_answered_is_unknown_until_it_is_found(books: Books, fault: str) -> None:
    operation = books.wish(new_invoice(books.contact_id()))
    lose(books, fault)

    books.push()
    unknown = books.again(operation)
    books.sandbox.clear_faults()
    books.wait(seconds=31)
    report = books.push()

    assert unknown.status is OutboxState.UNKNOWN
    assert "may have this or not" in unknown.sentence
    assert "fail" not in f"{unknown.sentence} {unknown.next_step}".lower()
    assert (report.looks, report.calls) == (1, 0)
    assert books.again(operation).status is OutboxState.DONE
    assert len(books.records("Invoices")) == 1


def test_a_fault_of_xeros_and_then_an_answer_is_one_invoice(books: Books) -> None:
    operation = books.wish(new_invoice(books.contact_id()))
    lose(books, "500", count=1)

    books.push()

    assert books.again(operation).status is OutboxState.DONE
    assert len(books.records("Invoices")) == 1


def test_what_xero_does_not_show_yet_is_repeated_with_its_own_key_while_that_is_known(books: Books) -> None:
    operation = books.wish(new_invoice(books.contact_id()))
    lose(books, "500")

    books.push()
    first = books.again(operation)
    books.wait(seconds=31)
    books.push()

    done = books.again(operation)
    assert done.status is OutboxState.DONE
    assert done.attempt_id == first.attempt_id
    assert len(books.records("Invoices")) == 1


def test_what_xero_surely_does_not_have_is_sent_again_with_a_new_key(books: Books) -> None:
    operation = books.wish(new_invoice(books.contact_id()))
    lose(books, "500")

    books.push()
    first = books.again(operation)
    books.wait(minutes=8)
    books.push()

    done = books.again(operation)
    assert done.status is OutboxState.DONE
    assert done.attempt_id != first.attempt_id
    assert len(books.records("Invoices")) == 1
    with books.inside():
        way = list(done.events.order_by("pk").values_list("after", flat=True))
    assert way == ["draft", "queued", "sending", "unknown", "queued", "sending", "done"]


def test_no_look_is_believed_while_the_first_call_may_still_be_under_way(books: Books) -> None:
    operation = books.wish(new_invoice(books.contact_id()))
    lose(books, "500")
    books.push()
    books.wait(minutes=5, seconds=30)  # too late to repeat the key, too early to know

    report = books.push()

    assert (report.looks, report.calls) == (1, 0)
    assert books.again(operation).status is OutboxState.UNKNOWN


def test_one_wrong_of_many_is_refused_with_xeros_words_and_the_others_are_done(books: Books) -> None:
    contact = books.contact_id()
    wishes = [new_invoice(contact, currency="KWD" if number == 7 else "GBP") for number in range(50)]
    operations = [books.wish(wish, f"test:{number}") for number, wish in enumerate(wishes)]

    report = books.push()

    found = [books.again(operation) for operation in operations]
    assert report.calls == 1
    assert report.states == {"done": 49, "refused": 1}
    assert found[7].status is OutboxState.REFUSED
    assert found[7].xero_words == ["Organisation is not subscribed to currency KWD"]
    assert (found[7].sentence, found[7].error_key) == (
        "The organisation does not use the currency KWD.",
        "currency:KWD",
    )
    assert len(books.records("Invoices")) == 49
    assert len({one["Reference"] for one in books.records("Invoices")}) == 49


def test_a_call_that_is_refused_as_a_whole_for_one_of_its_documents_costs_the_others_nothing(
    books: Books,
) -> None:
    contact = books.contact_id()
    good = books.wish(new_invoice(contact), "test:good")
    too_many = [Line(description="Grains of rice", quantity=Decimal(10) ** 16, unit_amount=Decimal(1))]
    bad = books.wish(new_invoice(contact, lines=too_many), "test:bad")

    books.push()

    assert books.again(good).status is OutboxState.DONE
    refused = books.again(bad)
    assert refused.status is OutboxState.REFUSED
    assert "The value of Quantity is not a valid number" in refused.xero_words[0]
    assert len(books.records("Invoices")) == 1


def test_a_spent_day_leaves_it_queued_with_the_reason_and_a_time(books: Books) -> None:
    operation = books.wish(new_invoice(books.contact_id()))
    books.sandbox.fault("day", count=1, retry_after_s=3600)

    books.push()

    queued = books.again(operation)
    assert queued.status is OutboxState.QUEUED
    assert "calls for today are used up" in queued.sentence
    assert queued.next_try_at is not None
    assert queued.next_try_at > books.now() + timedelta(minutes=50)


def test_an_approval_during_a_disconnect_stays_queued_and_says_why(make_books: Callable[..., Books]) -> None:
    books = make_books(asks_approval=True)
    operation = books.wish(new_invoice(books.contact_id()))
    books.sandbox.disconnect(books.tenant)
    with books.inside():
        approve([operation.pk], by="Robin Fielding", now=books.now())

    books.push()

    queued = books.again(operation)
    with books.inside():
        state = Connection.objects.get(organisation=books.organisation).state
    assert queued.status is OutboxState.QUEUED
    assert "Xero no longer gives access to this organisation" in queued.sentence
    assert state == Connection.State.LOST
    assert books.records("Invoices") == []


def test_an_invoice_that_is_paid_while_its_edit_waits_is_not_tried_and_the_way_round_is_told(
    books: Books,
) -> None:
    contact = books.contact_id()
    invoice = books.sandbox.act(books.tenant, "invoices", ContactID=contact, Status="AUTHORISED")
    books.sync("full")
    edit = books.wish(EditInvoice(invoice_id=invoice["InvoiceID"], lines=new_invoice().lines))
    books.sandbox.act(books.tenant, f"invoices/{invoice['InvoiceID']}/pay")
    books.sync()

    report = books.push()

    refused = books.again(edit)
    assert report.calls == 0
    assert refused.status is OutboxState.REFUSED
    assert refused.sentence.startswith("It has a payment or a credit")
    assert refused.next_step.startswith("Give a credit note for the difference")


def test_the_same_is_true_when_the_payment_is_not_known_here_yet(books: Books) -> None:
    contact = books.contact_id()
    invoice = books.sandbox.act(books.tenant, "invoices", ContactID=contact, Status="AUTHORISED")
    edit = books.wish(EditInvoice(invoice_id=invoice["InvoiceID"], lines=new_invoice().lines))
    books.sandbox.act(books.tenant, f"invoices/{invoice['InvoiceID']}/pay")

    books.push()

    refused = books.again(edit)
    assert refused.status is OutboxState.REFUSED
    assert refused.error_key == "settled"
    assert "on a paid invoice" in refused.xero_words[0]


def test_a_payment_goes_after_the_invoice_that_it_is_for_and_the_invoice_is_paid_here(books: Books) -> None:
    contact = books.contact_id()
    account = next(one["AccountID"] for one in books.records("Accounts") if one["Type"] == "BANK")
    invoice = books.wish(new_invoice(contact, status="AUTHORISED"), "test:invoice")
    payment = books.wish(
        NewPayment(
            invoice=InvoiceRef(invoice_id=""),
            account=AccountRef(account_id=account),
            date=date(2026, 11, 21),
            amount=Decimal("100.00"),
        ),
        "test:payment",
        waits_for=invoice,
    )

    books.push()

    assert books.again(payment).status is OutboxState.DONE
    with books.inside():
        mirrored = Invoice.objects.get()
        assert (mirrored.xero_id, mirrored.amount_paid) == (books.again(invoice).xero_id, Decimal(100))
        assert Payment.objects.get().xero_id == books.again(payment).xero_id


def test_approving_in_xero_shows_here(books: Books) -> None:
    operation = books.wish(new_invoice(books.contact_id()))
    books.push()
    xero_id = books.again(operation).xero_id

    books.sandbox.act(books.tenant, f"invoices/{xero_id}/approve")
    books.sync("full")

    with books.inside():
        assert Invoice.objects.get().status == "AUTHORISED"
        change = Change.objects.filter(stream="Invoices").latest("pk")
    assert (change.before["Status"], change.after["Status"]) == ("DRAFT", "AUTHORISED")


def test_a_read_only_organisation_makes_no_write_over_its_whole_life(
    make_books: Callable[..., Books],
) -> None:
    books = make_books()
    operation = books.wish(new_invoice(books.contact_id()))
    with books.inside():
        Connection.objects.update(mode=Connection.Mode.READ_ONLY)

    books.sync("full")
    books.push()
    books.sync("sweep")

    with books.inside():
        writes = Usage.objects.aggregate(sum=Sum("writes"))["sum"]
        calls = Usage.objects.aggregate(sum=Sum("calls"))["sum"]
    waiting = books.again(operation)
    assert calls > 20
    assert writes == 0
    assert waiting.status is OutboxState.QUEUED
    assert "connected read-only" in waiting.sentence
    assert books.records("Invoices") == []


@pytest.mark.parametrize("step", ["owned up", "written down", "answered", "stored"])
def test_a_process_killed_at_any_step_leaves_one_invoice_and_the_truth(books: Books, step: str) -> None:
    operations = [books.wish(new_invoice(books.contact_id()), f"test:{number}") for number in range(3)]

    with pytest.raises(Killed):
        books.push(killing_at(step))
    books.push()

    assert {books.again(one).status for one in operations} == {OutboxState.DONE}
    references = sorted(one["Reference"] for one in books.records("Invoices"))
    assert references == sorted(one.reference for one in operations)


@pytest.mark.parametrize("step", ["looked", "settled"])
def test_a_process_killed_while_it_looks_looks_again(books: Books, step: str) -> None:
    operation = books.wish(new_invoice(books.contact_id()))
    lose(books, "commit_then_timeout")
    books.push()
    books.wait(seconds=31)

    with pytest.raises(Killed):
        books.push(killing_at(step))
    books.push()

    assert books.again(operation).status is OutboxState.DONE
    assert len(books.records("Invoices")) == 1


def aside(work: Callable[[], object]) -> None:
    """Do something in the midst of a push, as another process would: on a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


def test_of_two_senders_one_sends(books: Books) -> None:
    operation = books.wish(new_invoice(books.contact_id()))

    def second(step: str) -> None:
        if step == "written down":
            with pytest.raises(AlreadyPushing):
                aside(books.push)

    books.push(second)

    assert books.again(operation).status is OutboxState.DONE
    assert len(books.records("Invoices")) == 1


def test_a_removal_while_it_is_sent_leaves_it_unknown_and_reconnecting_finds_it(books: Books) -> None:
    operation = books.wish(new_invoice(books.contact_id()))

    def remove() -> None:
        with books.inside():
            purge_organisation(Organisation.objects.get(pk=books.organisation.pk), now=books.now())

    def passes(step: str) -> None:
        if step == "answered":
            aside(remove)

    with pytest.raises(NotConnected):
        books.push(passes)

    unknown = books.again(operation)
    assert unknown.status is OutboxState.UNKNOWN
    assert unknown.payload == "{}"
    assert "connection was removed" in unknown.sentence


def test_drafts_go_fifty_in_a_call_and_no_call_is_wasted(books: Books) -> None:
    contact = books.contact_id()
    for number in range(120):
        books.wish(new_invoice(contact), f"test:{number}")
    books.sandbox.reset_stats()
    seen: list[Progress | None] = []

    def measure() -> None:
        with books.inside():
            seen.append(measure_progress(books.organisation))
        connection.close()

    def look(_step: str) -> None:
        with ThreadPoolExecutor() as another:
            another.submit(measure).result()

    report = books.push(look)

    shown = sorted({one.settled for one in seen if one is not None})
    assert (shown, {one.total for one in seen if one is not None}) == ([0, 50, 100], {120})
    assert seen[-1] is None
    assert (report.calls, report.looks, report.states) == (3, 0, {"done": 120})
    assert books.sandbox.stats()["requests"]["Invoices"] == 3
    assert len(books.records("Invoices")) == 120
