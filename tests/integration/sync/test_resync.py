"""Reading again is previewed, then applied, and records keep who they are (issue 4, item 8; PAIN 19)."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from counterfoil.domain.resync import Fate, ResyncPlan, StreamPlan, UnsafePlan
from counterfoil.mirror.models import Change, Contact, Cursor, Invoice, Payment, Resync, ResyncRecord, Run
from counterfoil.mirror.upsert import digest_of
from counterfoil.sync import applying, resync
from counterfoil.sync.applying import PlanExpired
from counterfoil.sync.lease import AlreadySyncing, hold_lease
from tests.factories.sandbox import RunningSandbox, running_sandbox
from tests.integration.sync.conftest import Mirrored
from tests.integration.sync.test_proof import find_open, inside


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """A stand-in with more than one page of nothing but much of everything."""
    with running_sandbox(invoices=200, contacts=30, minute_calls=10_000, tier="advanced") as running:
        yield running


@pytest.fixture
def copied(mirrored: Mirrored) -> Mirrored:
    """An organisation with a whole copy."""
    mirrored.sync(Run.Kind.FULL)
    return mirrored


def preview(mirrored: Mirrored, *streams: str) -> tuple[Resync, ResyncPlan]:
    with inside(mirrored):
        wish = resync.ask(mirrored.organisation, streams=streams, asked_by="me", now=timezone.now())
    return wish, resync.preview(wish, now=timezone.now)


def apply(wish: Resync, *, agreed: bool = False) -> Run:
    return applying.apply(wish, agreed=agreed, applied_by="me", now=timezone.now)


def of(plan: ResyncPlan, stream: str) -> StreamPlan:
    return next(one for one in plan.streams if one.stream == stream)


def test_a_true_copy_has_nothing_to_change_in_any_stream(copied: Mirrored) -> None:
    _, plan = preview(copied, *(stream.name for stream in resync.READABLE))

    assert {one.stream: one.counts for one in plan.streams if one.counts} == {}
    assert len(plan.streams) == len(resync.READABLE)
    assert plan.sentence.endswith("all of them are here as they are in Xero.")


def test_the_cost_that_is_shown_before_is_the_cost(copied: Mirrored) -> None:
    names = [stream.name for stream in resync.READABLE]
    with inside(copied):
        said = sum(cost.calls for cost in resync.list_costs(copied.organisation))
    copied.sandbox.reset_stats()

    wish, _ = preview(copied, *names)

    made = copied.sandbox.stats()["calls_by_tenant"][copied.organisation.tenant_id]
    assert said == made == wish.calls


def test_a_preview_writes_nothing_and_says_what_would_change(copied: Mirrored) -> None:
    tenant = copied.organisation.tenant_id
    invoice = find_open(copied)
    copied.sandbox.act(tenant, f"invoices/{invoice.xero_id}/pay", amount=10)
    made = copied.sandbox.act(tenant, "invoices", Status="AUTHORISED")
    before = copied.copy_of("Invoices")

    _, plan = preview(copied, "Invoices")

    invoices = of(plan, "Invoices")
    due = {effect.what: effect for effect in invoices.money if effect.currency == "GBP"}["sales invoices due"]
    assert copied.copy_of("Invoices") == before
    assert invoices.counts == {Fate.NEW: 1, Fate.CHANGED: 1}
    assert {one.xero_id for one in invoices.examples} == {invoice.xero_id, made["InvoiceID"]}
    paid = next(one for one in invoices.examples if one.xero_id == invoice.xero_id)
    assert "AmountDue" in {change.name for change in paid.fields}
    assert due.difference == Decimal(str(made["Total"])) - 10


def test_applying_at_once_reads_nothing_again_and_is_in_the_change_log(copied: Mirrored) -> None:
    tenant = copied.organisation.tenant_id
    invoice = find_open(copied)
    copied.sandbox.act(tenant, f"invoices/{invoice.xero_id}/pay", amount=10)
    with inside(copied):
        cursor = Cursor.objects.get(stream="Invoices").since
    wish, _ = preview(copied, "Invoices")
    copied.sandbox.reset_stats()

    run = apply(wish)

    with inside(copied):
        change = Change.objects.filter(run=run, xero_id=invoice.xero_id).get()
        row = run.streams.get()
        assert Cursor.objects.get(stream="Invoices").since == cursor
        assert ResyncRecord.objects.count() == 0
    assert copied.sandbox.stats()["calls_by_tenant"] == {}
    assert run.state == Run.State.SUCCEEDED
    assert (row.rows_read, row.rows_changed) == (len(copied.copy_of("Invoices")), 1)
    assert (change.why, "AmountDue" in change.after) == ("read again", True)
    assert copied.copy_of("Invoices") == copied.original_of("Invoices")


def test_a_row_that_was_damaged_here_is_repaired_in_place(copied: Mirrored) -> None:
    invoice = find_open(copied)
    with inside(copied):
        Invoice.objects.filter(xero_id=invoice.xero_id).update(
            amount_due=invoice.amount_due + 7, updated_at=timezone.now() + timedelta(days=1)
        )

    wish, plan = preview(copied, "Invoices")
    run = apply(wish)

    with inside(copied):
        row = Invoice.objects.get(xero_id=invoice.xero_id)
        change = Change.objects.get(run=run)
    example = of(plan, "Invoices").examples[0]
    assert of(plan, "Invoices").counts == {Fate.REPAIRED: 1}
    due = next(one for one in example.fields if one.name == "AmountDue")
    assert (Decimal(due.before), Decimal(due.after)) == (invoice.amount_due + 7, invoice.amount_due)
    assert (row.amount_due, row.updated_at) == (invoice.amount_due, invoice.updated_at)
    assert row.first_seen_at == invoice.first_seen_at
    assert Decimal(str(change.after["AmountDue"])) == invoice.amount_due


def test_a_text_that_was_damaged_here_is_repaired(copied: Mirrored) -> None:
    invoice = find_open(copied)
    with inside(copied):
        Invoice.objects.filter(xero_id=invoice.xero_id).update(raw="{}")

    wish, plan = preview(copied, "Invoices")
    apply(wish)

    assert of(plan, "Invoices").counts == {Fate.REPAIRED: 1}
    assert copied.copy_of("Invoices") == copied.original_of("Invoices")


def test_what_is_gone_is_marked_and_what_is_back_returns(copied: Mirrored) -> None:
    with inside(copied):
        extra = Payment.objects.earliest("updated_at")
        extra.xero_id = "00000000-0000-0000-0000-000000000001"
        extra.save(force_insert=True)
        lost = Payment.objects.latest("updated_at").xero_id
        Payment.objects.filter(xero_id=lost).update(gone_at=timezone.now())

    wish, plan = preview(copied, "Payments")
    apply(wish)

    assert of(plan, "Payments").counts == {Fate.GONE: 1, Fate.BACK: 1}
    with inside(copied):
        assert Payment.objects.get(xero_id=extra.xero_id).gone_at is not None
        assert Payment.objects.get(xero_id=lost).gone_at is None


def test_a_surprising_loss_needs_a_second_yes(copied: Mirrored) -> None:
    with inside(copied):
        held = Contact.objects.count()
        for number in range(held):
            extra = Contact.objects.earliest("xero_id")
            extra.xero_id = f"ffffffff-0000-0000-0000-{number:012}"
            extra.save(force_insert=True)
    wish, plan = preview(copied, "Contacts")

    with pytest.raises(UnsafePlan, match=f"{held} of {2 * held} under Contacts as gone"):
        apply(wish)
    with inside(copied):
        assert Contact.objects.filter(gone_at=None).count() == 2 * held
    apply(wish, agreed=True)

    assert of(plan, "Contacts").is_surprising
    assert copied.copy_of("Contacts") == copied.original_of("Contacts")


def test_what_arrived_after_the_preview_is_not_taken_back(copied: Mirrored) -> None:
    tenant = copied.organisation.tenant_id
    invoice = find_open(copied)
    copied.sandbox.act(tenant, f"invoices/{invoice.xero_id}/pay", amount=10)
    wish, _ = preview(copied, "Invoices", "Payments")
    copied.sandbox.act(tenant, f"invoices/{invoice.xero_id}/pay", amount=5)
    copied.sync(Run.Kind.DELTA)

    apply(wish)

    assert copied.copy_of("Invoices") == copied.original_of("Invoices")
    assert copied.copy_of("Payments") == copied.original_of("Payments")


def test_an_old_preview_cannot_be_applied(copied: Mirrored) -> None:
    wish, _ = preview(copied, "Items")
    with inside(copied):
        Resync.objects.filter(pk=wish.pk).update(read_at=timezone.now() - timedelta(hours=2))

    with pytest.raises(PlanExpired):
        apply(wish)


def test_nothing_is_read_again_while_a_sync_runs(copied: Mirrored) -> None:
    with hold_lease(copied.organisation.pk), pytest.raises(AlreadySyncing):
        preview(copied, "Items")


def test_a_fingerprint_is_of_the_text_that_came(copied: Mirrored) -> None:
    with inside(copied):
        rows = list(Invoice.objects.all()[:5])

    assert [bytes(row.digest) for row in rows] == [digest_of(row.raw.encode()) for row in rows]
