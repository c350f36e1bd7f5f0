"""Whole organisations, put together from a seed: the same seed and day give the same books."""

import base64
from datetime import date, timedelta
from random import Random

from xero_sandbox.books.bank import build_manual_journal
from xero_sandbox.books.documents import CREDIT_KINDS, build_credit, build_invoice, settle_credit
from xero_sandbox.books.money import to_cents
from xero_sandbox.books.organisation import Attachment, Organisation
from xero_sandbox.books.rows import Record
from xero_sandbox.clock import Clock
from xero_sandbox.config import SandboxSettings
from xero_sandbox.generate.foundation import OrganisationPlan, add_trading_settings, build_foundation
from xero_sandbox.generate.people import Parties, add_contacts, add_items
from xero_sandbox.generate.regions import REGIONS
from xero_sandbox.generate.schedule import (
    YEARS_BACK_DAYS,
    assign_payments,
    group_batches,
    plan_documents,
    plan_payment_counts,
)
from xero_sandbox.generate.trade import Trader
from xero_sandbox.wire.datekit import render_day, to_ms

# The smallest picture there is, one pixel: enough for a receipt that nobody has to read.
_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def plan_demo(settings: SandboxSettings) -> list[OrganisationPlan]:
    """Return the three organisations that every stand-in starts with; the first has the size asked for."""
    payments = settings.payments
    if payments is None:
        payments = round(settings.invoices * settings.payments_share)
    return [
        OrganisationPlan(
            name="Brightwater Studio Ltd",
            country="GB",
            seed=settings.seed,
            invoices=settings.invoices,
            contacts=settings.contacts,
            payments=payments,
        ),
        OrganisationPlan(
            name="Coolabah Trades Pty Ltd",
            country="AU",
            seed=settings.seed,
            invoices=420,
            contacts=90,
            payments=320,
            trade="trades",
        ),
        OrganisationPlan(
            name="Blank Canvas Ltd", country="GB", seed=settings.seed, invoices=0, contacts=0, payments=0
        ),
    ]


def generate_organisation(plan: OrganisationPlan, *, clock: Clock) -> Organisation:
    """Return an organisation with exactly the planned invoices, contacts and payments."""
    region = REGIONS[plan.country]
    today = clock.now().date()
    started = today - timedelta(days=YEARS_BACK_DAYS + 30)
    organisation = build_foundation(plan, clock=clock, started=started)
    rng = Random(f"{plan.seed}:{plan.name}:trade")  # noqa: S311 -- plausible data, not secrets
    if plan.contacts:
        add_trading_settings(organisation, region, started=started)
        add_items(organisation, region, trade=plan.trade, stamp=to_ms(started))
        parties = add_contacts(organisation, region, rng, count=plan.contacts, started=started, today=today)
        trader = Trader(organisation, region, rng, trade=plan.trade, today=today)
        if plan.invoices:
            _add_documents(trader, parties, plan, today)
        _add_bank_transactions(trader, parties, max(6, plan.invoices // 8), today)
        _add_journals(trader, started, today)
        _add_repeating(trader, parties, today)
        _add_expense_claims(trader, today)
    organisation.finish_loading()
    return organisation


def _add_documents(trader: Trader, parties: Parties, plan: OrganisationPlan, today: date) -> None:
    rng = trader.rng
    documents = plan_documents(rng, parties, count=plan.invoices, today=today)
    approved = sum(document.status == "AUTHORISED" for document in documents)
    counts = plan_payment_counts(plan.payments, approved=approved)
    assign_payments(rng, documents, counts.of_invoices)
    deleted = counts.deleted
    for unit in group_batches(rng, documents, today=today, currency=trader.region.currency):
        trader.add_unit(unit)
    _add_deleted_payments(trader, deleted)
    _add_credit_notes(trader, counts.refunds, parties, today)
    _attach_receipts(trader)


def _add_deleted_payments(trader: Trader, count: int) -> None:
    table = trader.organisation.tables["Invoices"]
    bills = [row for row in table.rows.values() if row.status in {"AUTHORISED", "PAID"}]
    for row in trader.rng.sample(bills, min(count, len(bills))):
        invoice = row.read()
        trader.add_payment(
            "Invoice",
            invoice,
            cents=to_cents(invoice["Total"]),
            day=min(trader.today, trader.today - timedelta(days=trader.rng.randrange(60))),
            status="DELETED",
        )


def _add_credit_notes(trader: Trader, refunds: int, parties: Parties, today: date) -> None:
    """Load the credit notes that were not applied, some of them paid back."""
    while len(trader.refundable) < refunds:
        party = trader.rng.choice(parties.customers or parties.suppliers)
        number = f"CN-{trader.organisation.next_credit_note_number:04d}"
        trader.organisation.next_credit_note_number += 1
        trader.refundable.append(
            build_credit(
                CREDIT_KINDS["CreditNotes"],
                credit_id=trader.organisation.new_id(),
                type_="ACCRECCREDIT",
                contact=party.stub,
                lines=trader.build_lines(sales=True, count=1),
                day=today - timedelta(days=trader.rng.randrange(1, 300)),
                status="AUTHORISED",
                currency=trader.region.currency,
                number=number,
            )
        )
    for place, credit in enumerate(trader.refundable):
        if place < refunds:
            trader.add_payment("CreditNote", credit, cents=to_cents(credit["Total"]), day=today)
            settle_credit(credit)
        trader.stamp("CreditNotes", credit, today - timedelta(days=trader.rng.randrange(0, 90)))


def _attach_receipts(trader: Trader) -> None:
    organisation = trader.organisation
    table = organisation.tables["Invoices"]
    bills = [row.id for row in table.rows.values() if row.kind == "ACCPAY"]
    for bill_id in trader.rng.sample(bills, len(bills) // 40):
        organisation.attachments["Invoices", bill_id].append(
            Attachment(organisation.new_id(), "receipt.png", "image/png", _PIXEL)
        )
        record = table.rows[bill_id].read() | {"HasAttachments": True}
        organisation.add_loaded("Invoices", record)


def _add_bank_transactions(trader: Trader, parties: Parties, count: int, today: date) -> None:
    rng = trader.rng
    for _ in range(count):
        spend = rng.random() < 0.8
        party = rng.choice((parties.suppliers if spend else parties.customers) or parties.customers)
        trader.add_bank_transaction(
            "SPEND" if spend else "RECEIVE",
            contact=party.stub,
            lines=trader.build_lines(sales=not spend, count=1),
            day=today - timedelta(days=rng.randrange(YEARS_BACK_DAYS)),
            currency=trader.region.currency,
        )


def _add_journals(trader: Trader, started: date, today: date) -> None:
    day = started.replace(day=1)
    accounts = trader.accounts
    while day < today:
        for narration, debit, credit, cents in (
            (f"Depreciation {day:%B %Y}", "416", "711", 42_000),
            (f"Salaries {day:%B %Y}", "477", "825", 1_150_000 + trader.rng.randrange(90_000)),
        ):
            entries = [(accounts[debit], cents), (accounts[credit], -cents)]
            record = build_manual_journal(
                journal_id=trader.organisation.new_id(), narration=narration, day=day, entries=entries
            )
            trader.stamp("ManualJournals", record, day)
        day = (day + timedelta(days=32)).replace(day=1)


def _add_repeating(trader: Trader, parties: Parties, today: date) -> None:
    for place, party in enumerate(parties.customers[:9] + parties.suppliers[:5]):
        sales = place < min(9, len(parties.customers))
        invoice = build_invoice(
            invoice_id=trader.organisation.new_id(),
            kind="ACCREC" if sales else "ACCPAY",
            contact=party.stub,
            lines=trader.build_lines(sales=sales, count=1),
            day=today,
            due=None,
            status="AUTHORISED",
            reference="Monthly retainer",
            currency=party.currency,
        )
        trader.organisation.add_loaded("RepeatingInvoices", _as_repeating(invoice, today))


def _as_repeating(invoice: Record, today: date) -> Record:
    start = today.replace(day=1)
    following = (start + timedelta(days=32)).replace(day=1)
    kept = ("Type", "Reference", "HasAttachments", "Contact", "LineAmountTypes", "LineItems", "SubTotal")
    return {
        "Schedule": {
            "Period": 1,
            "Unit": "MONTHLY",
            "DueDate": 20,
            "DueDateType": "OFFOLLOWINGMONTH",
            "StartDate": render_day(start),
            "NextScheduledDate": render_day(following),
        },
        "RepeatingInvoiceID": invoice["InvoiceID"],
        "ID": invoice["InvoiceID"],
        "Status": "AUTHORISED",
        **{key: invoice[key] for key in kept if key in invoice},
        "TotalTax": invoice["TotalTax"],
        "Total": invoice["Total"],
        "CurrencyCode": invoice["CurrencyCode"],
        "ApprovedForSending": False,
        "SendCopy": False,
        "MarkAsSent": False,
        "IncludePDF": False,
    }


def _add_expense_claims(trader: Trader, today: date) -> None:
    user = next(iter(trader.organisation.tables["Users"])).read()
    for back in (400, 330, 250, 170):
        day = today - timedelta(days=back)
        cents = trader.rng.randrange(1_500, 24_000)
        amount = cents / 100
        record: Record = {
            "ExpenseClaimID": trader.organisation.new_id(),
            "Status": "PAID",
            "User": user,
            "Receipts": [],
            "Payments": [],
            "Total": amount,
            "AmountDue": 0.0,
            "AmountPaid": amount,
            "ReportingDate": render_day(day),
            "PaymentDueDate": render_day(day + timedelta(days=14)),
        }
        trader.stamp("ExpenseClaims", record, day)
