"""The copy is proved against Xero: clean when it is right, precise when it is not (issue 4, item 7)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from counterfoil.domain.proof import Cause, Evidence, Finding, Proof, Reason, Verdict
from counterfoil.mirror.models import Contact, Cursor, GateBudget, Invoice, Payment, Quarantined, Run
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.figures import NotCopiedYet
from counterfoil.sync.lease import AlreadySyncing, hold_lease
from counterfoil.sync.proof import prove_organisation
from tests.factories.sandbox import RunningSandbox, running_sandbox
from tests.integration.sync.conftest import Mirrored


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """A stand-in with enough of everything to differ in."""
    with running_sandbox(invoices=300, contacts=40, minute_calls=10_000, tier="advanced") as running:
        yield running


@pytest.fixture
def copied(mirrored: Mirrored) -> Mirrored:
    """An organisation with a whole copy."""
    mirrored.sync(Run.Kind.FULL)
    return mirrored


def prove(mirrored: Mirrored) -> Proof:
    with inside(mirrored):
        GateBudget.objects.all().delete()  # a minute passes, so that no test waits for one
    return prove_organisation(mirrored.organisation, reason="verify", now=timezone.now)


@contextmanager
def inside(mirrored: Mirrored) -> Iterator[None]:
    with in_workspace(mirrored.organisation.workspace_id):
        yield


def find_open(mirrored: Mirrored, *, currency: str = "GBP") -> Invoice:
    """Return an open sales invoice that nothing touched for long."""
    with inside(mirrored):
        return Invoice.objects.filter(
            kind="ACCREC", status="AUTHORISED", currency=currency, amount_due__gt=50
        ).earliest("updated_at")


def finding(proof: Proof, part: str, title: str) -> Finding:
    return next(one for one in proof.findings if (one.part, one.title.split(",")[0]) == (part, title))


def unexplained(proof: Proof) -> dict[str, tuple[Cause, ...]]:
    """Return what nobody can explain, by part and title."""
    return {
        f"{one.part}: {one.title.split(',')[0]}": tuple(
            cause for cause in one.causes if cause.reason is Reason.UNEXPLAINED
        )
        for one in proof.findings
        if not one.is_explained
    }


def test_a_fresh_copy_proves_clean(copied: Mirrored) -> None:
    proof = prove(copied)

    records = [one for one in proof.findings if one.part == "Records"]
    assert proof.verdict is not Verdict.UNEXPLAINED
    assert len(records) == 21
    assert [one for one in records if not one.is_equal] == []
    # The stand-in's contact balances leave credits out, and its ledger converts piece by piece.
    reasons = {cause.reason for one in proof.findings for cause in one.causes}
    assert reasons <= {Reason.CREDITS, Reason.ROUNDING}
    assert finding(proof, "Control accounts", "Accounts receivable").here > 1000
    assert proof.left_out == ()


def test_a_changed_amount_is_found_with_its_record_to_the_cent(copied: Mirrored) -> None:
    invoice = find_open(copied)
    with inside(copied):
        Invoice.objects.filter(xero_id=invoice.xero_id).update(
            amount_due=invoice.amount_due + Decimal("7.25")
        )
        name = Contact.objects.get(xero_id=invoice.contact_id).name

    proof = prove(copied)

    due = invoice.amount_due
    evidence = Evidence("Invoices", invoice.xero_id, invoice.number, due + Decimal("7.25"), due)
    cause = Cause(Reason.UNEXPLAINED, Decimal("7.25"), (evidence,))
    assert proof.verdict is Verdict.UNEXPLAINED
    assert unexplained(proof) == {
        "Contact balances: Receivable": (cause,),
        f"Receivable by contact: {name}": (cause,),
        "Control accounts: Accounts receivable": (cause,),
        "Balance sheet: Accounts receivable": (cause,),
    }


def test_a_version_that_is_held_already_explains_nothing(copied: Mirrored) -> None:
    """However the clocks of both sides compare: only what Xero changed after our version is late here."""
    invoice = find_open(copied)
    with inside(copied):
        Invoice.objects.filter(xero_id=invoice.xero_id).update(amount_due=invoice.amount_due + 1)
        Cursor.objects.update(since=timezone.now() - timedelta(days=3650))

    (cause,) = unexplained(prove(copied))["Contact balances: Receivable"]

    assert [record.title for record in cause.records] == [invoice.number]


def test_a_changed_foreign_amount_does_not_hide_behind_its_currency(copied: Mirrored) -> None:
    invoice = find_open(copied, currency="EUR")
    with inside(copied):
        Invoice.objects.filter(xero_id=invoice.xero_id).update(amount_due=invoice.amount_due + 1)

    (cause,) = unexplained(prove(copied))["Contact balances: Receivable"]

    assert invoice.currency_rate is not None
    assert [record.title for record in cause.records] == [invoice.number]
    assert abs(cause.amount - 1 / invoice.currency_rate) < Decimal("0.01")


def test_a_lost_row_is_missed_in_the_count_and_in_the_balance(copied: Mirrored) -> None:
    invoice = find_open(copied)
    with inside(copied):
        Invoice.objects.filter(xero_id=invoice.xero_id).delete()

    proof = prove(copied)

    lost = unexplained(proof)
    due = invoice.amount_due
    assert lost["Records: Invoices and bills"] == (
        Cause(
            Reason.UNEXPLAINED,
            Decimal(-1),
            (Evidence("Invoices", invoice.xero_id, invoice.number, None, Decimal(1)),),
        ),
    )
    assert lost["Contact balances: Receivable"] == (
        Cause(Reason.UNEXPLAINED, -due, (Evidence("Invoices", invoice.xero_id, invoice.number, None, due),)),
    )


def test_a_lost_payment_is_named_by_its_id(copied: Mirrored) -> None:
    with inside(copied):
        payment = Payment.objects.earliest("updated_at")
        Payment.objects.filter(xero_id=payment.xero_id).delete()

    ((cause,),) = unexplained(prove(copied)).values()

    assert (cause.amount, [record.xero_id for record in cause.records]) == (Decimal(-1), [payment.xero_id])


def test_a_row_that_never_was_in_xero_is_unexplained_and_one_removed_there_is_named(copied: Mirrored) -> None:
    with inside(copied):
        for number, digest in ((1, None), (2, b"made up")):
            extra = Payment.objects.earliest("updated_at")
            extra.xero_id = f"00000000-0000-0000-0000-00000000000{number}"
            extra.digest = digest or extra.digest
            extra.save(force_insert=True)

    payments = finding(prove(copied), "Records", "Payments")

    assert {cause.reason: [record.xero_id[-1] for record in cause.records] for cause in payments.causes} == {
        Reason.REMOVED: ["1"],
        Reason.UNEXPLAINED: ["2"],
    }


def test_what_changed_in_xero_since_the_last_sync_is_timing(copied: Mirrored) -> None:
    tenant = copied.organisation.tenant_id
    copied.sandbox.change_at_random(tenant, 40, seed=5)
    invoice = find_open(copied)
    copied.sandbox.act(tenant, f"invoices/{invoice.xero_id}/pay", amount=10)

    before = prove(copied)
    copied.sync(Run.Kind.SWEEP)
    after = prove(copied)

    assert before.verdict is Verdict.EXPLAINED, unexplained(before)
    assert Reason.TIMING in {cause.reason for one in before.findings for cause in one.causes}
    assert after.verdict is not Verdict.UNEXPLAINED, unexplained(after)
    assert Reason.TIMING not in {cause.reason for one in after.findings for cause in one.causes}


def test_a_quarantined_record_is_named_as_such(copied: Mirrored) -> None:
    invoice = find_open(copied)
    with inside(copied):
        Invoice.objects.filter(xero_id=invoice.xero_id).delete()
        Quarantined.objects.create(
            organisation=copied.organisation,
            workspace_id=copied.organisation.workspace_id,
            stream="Invoices",
            xero_id=invoice.xero_id,
            digest=b"1",
            raw="{}",
            problem="not understood",
            seen_at=timezone.now(),
        )

    proof = prove(copied)

    quarantined = {
        one.part for one in proof.findings for cause in one.causes if cause.reason is Reason.QUARANTINED
    }
    assert proof.verdict is Verdict.EXPLAINED, unexplained(proof)
    assert quarantined == {
        "Records",
        "Contact balances",
        "Receivable by contact",
        "Control accounts",
        "Balance sheet",
    }


def test_the_proof_of_a_clean_copy_costs_one_call_a_list_and_changes_nothing(copied: Mirrored) -> None:
    before = {name: copied.copy_of(name) for name in ("Contacts", "Invoices")}
    copied.sandbox.reset_stats()

    prove(copied)

    # 21 lists, one page of contacts with their balances, one each of three reports
    assert sum(copied.sandbox.stats()["calls_by_tenant"].values()) == 25
    assert {name: copied.copy_of(name) for name in before} == before


def test_nothing_is_proved_before_the_first_copy(mirrored: Mirrored) -> None:
    with pytest.raises(NotCopiedYet, match="Sync it first"):
        prove(mirrored)


def test_nothing_is_proved_while_a_sync_moves_the_figures(copied: Mirrored) -> None:
    with hold_lease(copied.organisation.pk), pytest.raises(AlreadySyncing):
        prove(copied)
