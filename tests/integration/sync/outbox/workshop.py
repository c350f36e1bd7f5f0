"""Wishes, faults, kills and waiting in any order, and what must be true in the end whatever the order was."""

import contextlib
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

from counterfoil.domain.outbox import OutboxState
from counterfoil.mirror.models import Attempt, Operation
from counterfoil.sync.outbox.proposing import hold, settle_unknown
from counterfoil.xero.wishes import AccountRef, EditInvoice, InvoiceRef, NewPayment, VoidInvoice
from tests.integration.sync.outbox.conftest import Books, Killed, killing_at
from tests.integration.sync.outbox.wishing import new_contact, new_invoice

STEPS = ("owned up", "looked", "settled", "written down", "answered", "stored")
FAULTS = (
    "commit_then_timeout",
    "truncated",
    "malformed_json",
    "500",
    "503_text",
    "html_404",
    "minute",
    "concurrent",
    "token_expired",
)
_UNFINISHED = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN)


class Workshop:
    """One organisation and everything that is done to it."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.made = 0
        self.asked = 0
        self.wrong: set[int] = set()
        self.held: set[int] = set()
        self._contact = books.contact_id()
        self._bank = next(one["AccountID"] for one in books.records("Accounts") if one["Type"] == "BANK")
        self._before = {name: len(books.records(name)) for name in ("Invoices", "Contacts", "Payments")}

    # -- What can happen -------------------------------------------------------------------------

    def wish_for_invoices(self, count: int, *, every: int = 0) -> None:
        """Wish for invoices; with `every`, each so-manieth in a currency that Xero refuses."""
        for number in range(1, count + 1):
            is_wrong = bool(every) and number % every == 0
            operation = self._wish(new_invoice(self._contact, currency="KWD" if is_wrong else "GBP"))
            if is_wrong:
                self.wrong.add(operation.pk)

    def wish_for_contacts(self, count: int) -> None:
        """Wish for contacts, each of a name of its own."""
        for _ in range(count):
            self._wish(new_contact(f"Contact {self.made}"))

    def wish_for_paid_invoices(self, count: int) -> None:
        """Wish for invoices and for the payments that wait for them."""
        for _ in range(count):
            invoice = self._wish(new_invoice(self._contact, status="AUTHORISED"))
            self._wish(
                NewPayment(
                    invoice=InvoiceRef(invoice_id=""),
                    account=AccountRef(account_id=self._bank),
                    date=date(2026, 11, 21),
                    amount=Decimal("10.00"),
                ),
                waits_for=invoice,
            )

    def wish_for_edits(self, count: int) -> None:
        """Wish for another due date on invoices that Xero has."""
        for invoice in self._list_done("invoice_new", count):
            self._wish(EditInvoice(invoice_id=invoice.xero_id, due_date=date(2027, 1, 31)))

    def wish_for_voids(self, count: int) -> None:
        """Wish for drafts to be voided, which Xero never does: they are refused beforehand."""
        for invoice in self._list_done("invoice_new", count):
            wish = VoidInvoice(invoice_id=invoice.xero_id, status="VOIDED")
            self.wrong.add(self._wish(wish).pk)

    def hold_one(self) -> None:
        """Decide against one that waits."""
        with self.books.inside():
            waiting = Operation.objects.filter(state=OutboxState.QUEUED, followers=None).first()
            if waiting is not None:
                moved = hold([waiting.pk], reason="Not this one.", by="Mara Tane", now=self.books.now()).moved
                self.held |= {one.pk for one in moved}

    def break_calls(self, fault: str, count: int) -> None:
        """Have the next calls go wrong."""
        more: dict[str, Any] = {"retry_after_s": 5} if fault == "minute" else {}
        self.books.sandbox.fault(fault, count=count, seconds=0, **more)

    def push(self, kill_at: str = "") -> None:
        """Send, and perhaps be killed at a step."""
        with contextlib.suppress(Killed):
            self.books.push(killing_at(kill_at) if kill_at else None)

    def wait(self, seconds: float) -> None:
        """Let time pass, here and at Xero."""
        self.books.wait(seconds=seconds)

    # -- What must be true -----------------------------------------------------------------------

    def calm_down(self) -> None:
        """Let nothing go wrong any more, and send until all is settled."""
        self.books.sandbox.clear_faults()
        for _ in range(60):
            self.books.wait(minutes=8)
            self.books.push()
            self._look_as_a_person()
            with self.books.inside():
                if not Operation.objects.filter(state__in=_UNFINISHED).exists():
                    return
        with self.books.inside():
            left = list(Operation.objects.filter(state__in=_UNFINISHED).values("kind", "state", "sentence"))
        raise AssertionError(f"not settled: {left[:5]}")

    def check(self) -> None:
        """Hold every operation against Xero: none twice, none lost, each in a state that says the truth."""
        with self.books.inside():
            operations = list(Operation.objects.order_by("pk"))
            pending = Attempt.objects.filter(outcome=Attempt.Outcome.PENDING).count()
        assert len(operations) == self.made
        assert {one.pk for one in operations if one.status is OutboxState.HELD} == self.held
        assert {one.pk for one in operations if one.status is OutboxState.REFUSED} == self.wrong - self.held
        self._check_new(operations, "invoice_new", "Invoices", "InvoiceID", "Reference")
        self._check_new(operations, "contact_new", "Contacts", "ContactID", "ContactNumber")
        self._check_new(operations, "payment_new", "Payments", "PaymentID", "Reference")
        self._check_edits(operations)
        assert all(one.xero_words or one.sentence for one in operations if one.pk in self.wrong)
        assert pending <= len(operations)

    def _check_new(
        self, operations: list[Operation], kind: str, endpoint: str, id_member: str, marker: str
    ) -> None:
        records = self.books.records(endpoint)
        marked = Counter(one.get(marker, "") for one in records)
        ids = {one.get(marker, ""): one[id_member] for one in records}
        wished = [one for one in operations if one.kind == kind]
        done = [one for one in wished if one.status is OutboxState.DONE]
        assert len(records) == self._before[endpoint] + len(done)
        for one in wished:
            expected = 1 if one.status is OutboxState.DONE else 0
            assert marked[one.reference] == expected, f"{one.reference} {one.state} {one.sentence}"
        assert [ids[one.reference] for one in done] == [one.xero_id for one in done]

    def _check_edits(self, operations: list[Operation]) -> None:
        due = {one["InvoiceID"]: one.get("DueDateString", "") for one in self.books.records("Invoices")}
        edits = [one for one in operations if one.kind == "invoice_edit" and one.status is OutboxState.DONE]
        assert {due[one.xero_id][:10] for one in edits} <= {"2027-01-31"}

    def _look_as_a_person(self) -> None:
        """Do what the page asks for where Counterfoil cannot tell: look in Xero, and say what is there."""
        with self.books.inside():
            asked = list(Operation.objects.filter(state=OutboxState.UNKNOWN, next_try_at=None))
        due = {one["InvoiceID"]: one.get("DueDateString", "") for one in self.books.records("Invoices")}
        for one in asked:
            assert one.kind == "invoice_edit", f"{one.kind}: {one.sentence}"
            is_there = due[one.xero_id].startswith("2027-01-31")
            with self.books.inside():
                settle_unknown(one.pk, is_there=is_there, by="Mara Tane", now=self.books.now())
        self.asked += len(asked)

    # -- Workings --------------------------------------------------------------------------------

    def _wish(self, wish: Any, **more: Any) -> Operation:
        self.made += 1
        return self.books.wish(wish, f"test:{self.made}", **more)

    def _list_done(self, kind: str, count: int) -> list[Operation]:
        with self.books.inside():
            done = Operation.objects.filter(kind=kind, state=OutboxState.DONE, wish__icontains="DRAFT")
            return list(done.order_by("?")[:count])
