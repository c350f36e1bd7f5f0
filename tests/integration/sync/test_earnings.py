"""Income and expenses are proved month by month, and the balance sheet with them (issue 4, item 7)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import msgspec
import pytest
from django.utils import timezone

from counterfoil.domain.proof import Evidence, Reason, Verdict
from counterfoil.mirror.models import Account, BankTransaction, Invoice, ManualJournal, Quarantined, Run
from counterfoil.mirror.upsert import digest_of
from tests.factories.sandbox import RunningSandbox, running_sandbox
from tests.integration.sync.conftest import Mirrored
from tests.integration.sync.test_proof import finding, inside, prove, unexplained


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


def find_recent(mirrored: Mirrored) -> Invoice:
    """Return an approved sales invoice of the last months, in the base currency."""
    with inside(mirrored):
        approved = Invoice.objects.filter(
            kind="ACCREC", status__in=["AUTHORISED", "PAID"], currency="GBP", line_amount_types="Exclusive"
        )
        return approved.filter(date__lt=timezone.now().date().replace(day=1)).latest("date")


def write_text(invoice: Invoice, lines: list[dict[str, object]], *, keeps_digest: bool = True) -> None:
    """Change the lines that the mirror holds of an invoice."""
    raw = msgspec.json.decode(invoice.raw) | {"LineItems": lines}
    text = msgspec.json.encode(raw)
    digest = invoice.digest if keeps_digest else digest_of(text)
    Invoice.objects.filter(xero_id=invoice.xero_id).update(raw=text.decode(), digest=digest)


def test_a_fresh_copy_earned_what_xero_says_in_each_of_twelve_months(copied: Mirrored) -> None:
    proof = prove(copied)

    months = [one for one in proof.findings if one.part == "Profit and loss"]
    reasons = {cause.reason for one in proof.findings for cause in one.causes if "rofit" in one.part}
    assert proof.verdict is not Verdict.UNEXPLAINED, unexplained(proof)
    assert len(months) == 24
    assert months[0].title == f"Income, {timezone.now():%B %Y}"
    assert sum(one.here for one in months if one.title.startswith("Income")) > 1000
    assert sum(one.here for one in months if one.title.startswith("Expenses")) > 1000
    assert reasons <= {Reason.ROUNDING}
    assert finding(proof, "Balance sheet", "Earnings of the current financial year").is_explained
    assert finding(proof, "Balance sheet", "Accounts receivable").here > 1000


def test_a_changed_line_is_found_with_its_document_month_and_account(copied: Mirrored) -> None:
    invoice = find_recent(copied)
    lines = msgspec.json.decode(invoice.raw)["LineItems"]
    was = Decimal(str(lines[0]["LineAmount"]))
    with inside(copied):
        write_text(invoice, [lines[0] | {"LineAmount": float(was) + 7.25}, *lines[1:]])
        account = Account.objects.get(code=lines[0]["AccountCode"])

    proof = prove(copied)

    assert isinstance(invoice.date, date)
    month = f"{invoice.date:%B %Y}"
    ((cause,),) = [
        [c for c in one.causes if c.reason is Reason.UNEXPLAINED]
        for one in proof.findings
        if (one.part, one.title) == ("Profit and loss", f"Income, {month}")
    ]
    of_account = [line for line in lines if line["AccountCode"] == lines[0]["AccountCode"]]
    ours = sum((Decimal(str(line["LineAmount"])) for line in of_account), Decimal(0))
    assert proof.verdict is Verdict.UNEXPLAINED
    assert cause.amount == Decimal("7.25")
    assert cause.records == (
        Evidence("Invoices", invoice.xero_id, invoice.number, ours + Decimal("7.25"), ours),
    )
    by_account = [one.title for one in proof.findings if one.part == "Profit and loss by account"]
    assert f"{account.name} ({account.code}), {month}" in by_account


def test_damage_does_not_hide_behind_an_account_that_xero_posts_to(copied: Mirrored) -> None:
    invoice = find_recent(copied)
    lines = msgspec.json.decode(invoice.raw)["LineItems"]
    with inside(copied):
        Account.objects.filter(code=lines[0]["AccountCode"]).update(kind="DEPRECIATN")
        write_text(invoice, [lines[0] | {"LineAmount": lines[0]["LineAmount"] + 100}, *lines[1:]])

    proof = prove(copied)

    assert proof.verdict is Verdict.UNEXPLAINED
    assert [
        record.xero_id
        for one in proof.findings
        if one.part == "Profit and loss"
        for cause in one.causes
        if cause.reason is Reason.UNEXPLAINED
        for record in cause.records
    ] == [invoice.xero_id]


def test_what_xero_posts_by_itself_is_named_for_what_it_is(copied: Mirrored) -> None:
    with inside(copied):
        # The mirror does not hold these, and Xero's report does: as with what Xero posts by itself.
        spent = BankTransaction.objects.filter(kind="SPEND", status="AUTHORISED", currency="GBP").latest(
            "date"
        )
        code = msgspec.json.decode(spent.raw)["LineItems"][0]["AccountCode"]
        Account.objects.filter(code=code).update(kind="WAGESEXPENSE")
        BankTransaction.objects.filter(xero_id=spent.xero_id).update(status="DELETED")

    proof = prove(copied)

    named = {cause.reason for one in proof.findings if one.part == "Profit and loss" for cause in one.causes}
    assert Reason.PAYROLL in named
    assert not any(
        cause.reason is Reason.UNEXPLAINED
        for one in proof.findings
        if one.part.startswith("Profit")
        for cause in one.causes
    )


def test_what_was_invoiced_since_the_last_sync_is_timing(copied: Mirrored) -> None:
    tenant = copied.organisation.tenant_id
    made = copied.sandbox.act(tenant, "invoices", Status="AUTHORISED")

    proof = prove(copied)

    timing = [
        record.xero_id
        for one in proof.findings
        if one.part == "Profit and loss"
        for cause in one.causes
        if cause.reason is Reason.TIMING
        for record in cause.records
    ]
    assert timing == [made["InvoiceID"]]
    assert proof.verdict is not Verdict.UNEXPLAINED, unexplained(proof)


def test_a_manual_journal_counts_and_one_in_quarantine_is_named(copied: Mirrored) -> None:
    with inside(copied):
        journal = ManualJournal.objects.filter(status="POSTED").latest("date")
        Quarantined.objects.create(
            organisation=copied.organisation,
            workspace_id=copied.organisation.workspace_id,
            stream="ManualJournals",
            xero_id=journal.xero_id,
            digest=b"1",
            raw=journal.raw,
            problem="not understood",
            seen_at=timezone.now(),
        )
        ManualJournal.objects.filter(xero_id=journal.xero_id).delete()

    proof = prove(copied)

    assert proof.verdict is Verdict.EXPLAINED, unexplained(proof)
    assert {
        one.part for one in proof.findings for cause in one.causes if cause.reason is Reason.QUARANTINED
    } >= {"Records", "Profit and loss", "Profit and loss by account"}


def test_months_are_asked_for_one_by_one_only_where_they_differ(copied: Mirrored) -> None:
    copied.sandbox.reset_stats()
    prove(copied)
    clean = copied.sandbox.stats()["calls_by_tenant"][copied.organisation.tenant_id]
    invoice = find_recent(copied)
    with inside(copied):
        write_text(invoice, [])
    copied.sandbox.reset_stats()

    prove(copied)

    # one month again, what changed in four lists, and four lists of that month
    dear = copied.sandbox.stats()["calls_by_tenant"][copied.organisation.tenant_id]
    assert dear - clean == 9
