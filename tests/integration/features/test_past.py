"""Lists and totals as they stood before: what was shown at a moment, and what was owed by the dates."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from counterfoil.domain.datekit import today_in
from counterfoil.features.history.past import as_dated, as_seen, ask_as_seen, find_watched_since
from counterfoil.features.invoices.documents import Question, Source, View, list_documents, tally_documents
from counterfoil.features.invoices.listed import BILLS, SALES
from counterfoil.features.invoices.owed import list_owing, sum_owed
from counterfoil.mirror.models import Change, Invoice, Organisation, Payment, Run, StreamRun
from counterfoil.mirror.upsert import Arrival, Incoming, mark_gone, write_records
from counterfoil.sync.names import follow_renames
from counterfoil.sync.streams import STREAM_BY_NAME
from counterfoil.xero.records import read_record
from counterfoil.xero.records.base import columns_of
from tests.integration.web.firms import Firm, make_firm, make_invoice, make_organisation

INVOICES = STREAM_BY_NAME["Invoices"]
START = datetime(2026, 10, 1, tzinfo=UTC)
ZONES = ("UTC", "Europe/London", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata")


def xero_date(day: date) -> str:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return f"/Date({int(moment.timestamp() * 1000)}+0000)/"


@dataclass
class Books:
    """Xero's invoices and the mirror of them, changed at random and by nothing but the real writing."""

    organisation: Organisation
    random: Random
    now: datetime = START
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    stamp: int = 0

    def step(self) -> None:
        """Let some time pass and one thing happen."""
        self.now += timedelta(seconds=self.random.choice([1, 60, 3600, 90_000]))
        choices = [self.create, self.change, self.change, self.change, self.remove, self.bring_back]
        self.random.choice(choices)()

    def create(self) -> None:
        total = Decimal(self.random.randrange(0, 500_000)) / 100
        day = date(2026, 9, 1) + timedelta(days=self.random.randrange(60))
        number = len(self.held)
        self.held[f"id-{number}"] = {
            "InvoiceID": f"id-{number}", "Type": self.random.choice(["ACCREC", "ACCREC", "ACCPAY"]),
            "Status": self.random.choice(["AUTHORISED", "AUTHORISED", "DRAFT"]),
            "InvoiceNumber": f"N-{number % 7}",
            "Contact": {"ContactID": self.random.choice("abc"), "Name": self.random.choice(["Ann", "Bo"])},
            "CurrencyCode": self.random.choice(["GBP", "GBP", "JPY", "EUR"]), "Date": xero_date(day),
            "DueDate": xero_date(day + timedelta(days=self.random.randrange(40))),
            "Total": float(total), "SubTotal": float(total), "TotalTax": 0, "AmountDue": float(total),
            "AmountPaid": 0, "AmountCredited": 0, "LineItems": [{"LineItemID": "l", "Quantity": 1}],
        }  # fmt: skip
        self.write([f"id-{number}"])

    def change(self) -> None:
        there = [xero_id for xero_id in self.held if xero_id not in self.gone]
        for xero_id in self.random.sample(there, min(len(there), 2)):
            invoice = self.held[xero_id]
            self.random.choice([self.pay, self.void, self.touch, self.rename, self.postpone, self.undate])(
                invoice
            )
        self.write(there)  # what did not change comes again, as it does in a sweep

    def pay(self, invoice: dict[str, Any]) -> None:
        due = Decimal(str(invoice["AmountDue"]))
        paid = due if self.random.random() < 0.5 else (due / 3).quantize(Decimal("0.01"))
        invoice["AmountDue"] = float(due - paid)
        invoice["AmountPaid"] = float(Decimal(str(invoice["AmountPaid"])) + paid)
        invoice["Status"] = "PAID" if due == paid else invoice["Status"]

    def void(self, invoice: dict[str, Any]) -> None:
        invoice["Status"] = self.random.choice(["VOIDED", "AUTHORISED", "DELETED"])

    def touch(self, invoice: dict[str, Any]) -> None:
        self.stamp += 1

    def rename(self, invoice: dict[str, Any]) -> None:
        invoice["Contact"] = {
            "ContactID": self.random.choice("abc"),
            "Name": self.random.choice(["Cy", "Di"]),
        }
        invoice["Reference"] = self.random.choice(["", "PO 1", "PO 2"])

    def postpone(self, invoice: dict[str, Any]) -> None:
        invoice["DueDate"] = xero_date(date(2026, 10, 1) + timedelta(days=self.random.randrange(60)))

    def undate(self, invoice: dict[str, Any]) -> None:
        invoice.pop("DueDate", None)

    def remove(self) -> None:
        there = [xero_id for xero_id in self.held if xero_id not in self.gone]
        self.gone |= set(self.random.sample(there, min(len(there), 1)))
        seen = [xero_id for xero_id in self.held if xero_id not in self.gone]
        mark_gone(Invoice, seen, self.arrival(), known_before=self.now)

    def bring_back(self) -> None:
        if self.gone:
            back = self.random.choice(sorted(self.gone))
            self.gone.discard(back)
            self.write([back])

    def write(self, ids: Sequence[str]) -> None:
        stamp = f"/Date({int(self.now.timestamp() * 1000)}+0000)/"
        incoming = []
        for xero_id in ids:
            raw = json.dumps(self.held[xero_id] | {"UpdatedDateUTC": stamp}).encode()
            values = columns_of(INVOICES.record)(read_record(INVOICES.record, raw))
            incoming.append(Incoming(xero_id, values, raw))
        write_records(Invoice, INVOICES.record.columns(), incoming, self.arrival())

    def arrival(self) -> Arrival:
        organisation = self.organisation
        return Arrival(organisation.workspace_id, organisation.pk, "Invoices", None, "scheduled", self.now)

    def look(self, zone: str) -> dict[str, Any]:
        """Return everything that the lists and totals tell now."""
        today = today_in(ZoneInfo(zone), self.now)
        # Xero's own stamp, and ours of the last change, are not in the log.
        unlogged = ("raw", "digest", "updated_at", "changed_here_at")
        columns = [name.attname for name in Invoice._meta.concrete_fields if name.attname not in unlogged]
        found: dict[str, Any] = {"rows": list(Invoice.objects.order_by("xero_id").values(*columns))}
        source = Source(self.organisation, today)
        for kind in (SALES, BILLS):
            question = Question(view=View.ALL, kind=kind)
            page = list_documents([source], question)
            found[kind] = (
                [(row.invoice.xero_id, row.word, row.is_part_paid) for row in page.rows],
                tally_documents([source], question),
                sum_owed(source, kind=kind),
                list_owing(source, kind=kind).rows,
            )
        return found


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_the_past_is_what_was_seen_then_whatever_happened_since(seed: int) -> None:
    firm = make_firm()
    organisation = make_organisation(firm)
    random = Random(seed)
    with firm.inside():
        books = Books(organisation, random)
        snapshots: list[tuple[datetime, str, dict[str, Any]]] = []
        for _ in range(40):
            books.step()
            zone = random.choice(ZONES)
            snapshots.append((books.now, zone, books.look(zone)))
        for moment, zone, seen in snapshots:
            late, books.now = books.now, moment
            with as_seen(organisation, moment):
                assert books.look(zone) == seen, f"seed {seed}, {moment}"
            books.now = late
        kinds = set(Change.objects.values_list("kind", flat=True))
    assert kinds == set(Change.Kind)
    assert any(row["gone_at"] for _, _, seen in snapshots for row in seen["rows"])


@pytest.mark.django_db
def test_a_moment_between_two_changes_shows_the_state_between_them() -> None:
    firm = make_firm()
    organisation = make_organisation(firm)
    with firm.inside():
        books = Books(organisation, Random(0))
        books.create()
        books.held["id-0"] |= {
            "Type": "ACCREC",
            "Status": "AUTHORISED",
            "CurrencyCode": "GBP",
            "AmountDue": 100.1,
        }
        books.now += timedelta(hours=1)
        books.write(["id-0"])
        between = books.now + timedelta(hours=1)
        books.now += timedelta(hours=2)
        books.held["id-0"] |= {"AmountDue": 0, "AmountPaid": 100.1, "Status": "PAID"}
        books.write(["id-0"])

        then = ask_as_seen(organisation, between, lambda: sum_owed(Source(organisation, date(2026, 10, 1))))
        before = ask_as_seen(organisation, START - timedelta(days=1), Invoice.objects.count)

    assert [(share.currency, share.due) for share in then] == [("GBP", Decimal("100.1"))]
    assert before == 0


@pytest.mark.django_db
def test_a_sync_that_writes_meanwhile_makes_the_question_be_asked_again() -> None:
    firm = make_firm()
    organisation = make_organisation(firm)
    with firm.inside():
        books = Books(organisation, Random(0))
        books.create()
        moment, asked = books.now, []

        def ask() -> int:
            asked.append(Invoice.objects.count())
            if len(asked) == 1:  # as if another process had written between two statements
                books.now += timedelta(hours=1)
                books.held["id-0"]["Reference"] = "changed"
                books.write(["id-0"])
            return asked[-1]

        found = ask_as_seen(organisation, moment, ask)

    assert (found, len(asked)) == (1, 2)


@pytest.mark.django_db
def test_a_renamed_contact_has_its_old_name_in_the_past() -> None:
    firm = make_firm()
    organisation = make_organisation(firm)
    contacts = STREAM_BY_NAME["Contacts"]

    def name_contact(name: str, run: Run | None, at: datetime) -> None:
        stamp = f"/Date({int(at.timestamp() * 1000)}+0000)/"
        contact = {"ContactID": "a", "Name": name, "ContactStatus": "ACTIVE", "UpdatedDateUTC": stamp}
        raw = json.dumps(contact).encode()
        incoming = Incoming("a", columns_of(contacts.record)(read_record(contacts.record, raw)), raw)
        run_id = run.pk if run else None
        arrival = Arrival(organisation.workspace_id, organisation.pk, "Contacts", run_id, "x", at)
        write_records(contacts.model, contacts.record.columns(), [incoming], arrival)

    with firm.inside():
        books = Books(organisation, Random(0))
        books.create()
        books.held["id-0"]["Contact"] = {"ContactID": "a", "Name": "Ann"}
        books.now += timedelta(hours=1)
        books.write(["id-0"])
        name_contact("Ann", None, books.now)
        moment = books.now
        run = Run.objects.create(
            organisation=organisation, workspace_id=organisation.workspace_id, kind="delta", reason="x",
            started_at=moment + timedelta(hours=1),
        )  # fmt: skip
        name_contact("Ann Ltd", run, moment + timedelta(hours=1))
        follow_renames(run, now=moment + timedelta(hours=2))
        now = Invoice.objects.get().contact_name
        with as_seen(organisation, moment):
            then = list(Invoice.objects.values_list("contact_name", flat=True))

    assert (now, then) == ("Ann Ltd", ["Ann"])


def make_payment(firm: Firm, invoice: Invoice, day: date, amount: int, **more: Any) -> None:
    with firm.inside():
        Payment.objects.create(
            organisation_id=invoice.organisation_id, workspace_id=invoice.workspace_id, raw="{}", digest=b"",
            xero_id=f"p-{invoice.xero_id}-{day}-{amount}", first_seen_at=START, changed_here_at=START,
            invoice_id=invoice.xero_id, date=day, amount=Decimal(amount), is_reconciled=False,
            **({"status": "AUTHORISED", "kind": "ACCRECPAYMENT"} | more),
        )  # fmt: skip


@pytest.mark.django_db
def test_what_was_owed_by_the_dates_adds_back_what_was_paid_and_credited_later() -> None:
    """
    As at 31 October, by the documents' own dates, GBP:

    1,000 of 1 Oct, paid 400 on 20 Oct and 600 on 5 Nov    owed  600, overdue (due 15 Oct)
      500 of 10 Oct, credited 200 on 3 Nov, 300 still due  owed  500
      250 of 2 Nov                                         not yet raised
       90 of 3 Oct, voided since                           never owed, as in Xero's reports
       70 of 4 Oct, a payment of 2 Nov deleted since       owed   70
    """
    firm = make_firm()
    organisation = make_organisation(firm)
    october = date(2026, 10, 31)

    def invoice(number: str, day: date, total: int, due: int, **more: Any) -> Invoice:
        return make_invoice(
            firm, organisation, number=number, date=day, total=Decimal(total), amount_due=Decimal(due), **more
        )

    paid = invoice("PAID", date(2026, 10, 1), 1000, 0, status="PAID", amount_paid=Decimal(1000),
                   due_date=date(2026, 10, 15))  # fmt: skip
    make_payment(firm, paid, date(2026, 10, 20), 400)
    make_payment(firm, paid, date(2026, 11, 5), 600)
    credited = invoice("CREDITED", date(2026, 10, 10), 500, 300, amount_credited=Decimal(200))
    invoice("LATER", date(2026, 11, 2), 250, 250)
    invoice("VOIDED", date(2026, 10, 3), 90, 0, status="VOIDED")
    reopened = invoice("REOPENED", date(2026, 10, 4), 70, 70)
    make_payment(firm, reopened, date(2026, 11, 2), 70, status="DELETED")
    note = {
        "CreditNoteID": "c", "Type": "ACCRECCREDIT", "Status": "PAID", "CreditNoteNumber": "CN",
        "Contact": {"ContactID": "a"}, "Total": 200,
        "Date": xero_date(date(2026, 10, 12)), "CurrencyCode": "GBP",
        "Allocations": [{"AllocationID": "x", "Amount": 200, "Date": xero_date(date(2026, 11, 3)),
                         "Invoice": {"InvoiceID": credited.xero_id}}],
        "UpdatedDateUTC": "/Date(1793520000000+0000)/",
    }  # fmt: skip
    stream = STREAM_BY_NAME["CreditNotes"]
    raw = json.dumps(note).encode()
    arrival = Arrival(organisation.workspace_id, organisation.pk, stream.name, None, "x", START)
    with firm.inside():
        incoming = Incoming("c", columns_of(stream.record)(read_record(stream.record, raw)), raw)
        write_records(stream.model, stream.record.columns(), [incoming], arrival)
        with as_dated(organisation, october):
            page = list_documents([Source(organisation, october)], Question(view=View.ALL))
            shares = sum_owed(Source(organisation, october))

    assert [(row.invoice.number, row.invoice.amount_due, row.word) for row in page.rows] == [
        ("CREDITED", Decimal(500), "Open"),
        ("REOPENED", Decimal(70), "Open"),
        ("PAID", Decimal(600), "Overdue"),
    ]
    assert [(share.currency, share.due, share.overdue) for share in shares] == [
        ("GBP", Decimal(1170), Decimal(600))
    ]


@pytest.mark.django_db
def test_counterfoil_knows_since_when_it_has_watched() -> None:
    firm = make_firm()
    organisation = make_organisation(firm)
    of = {"organisation": organisation, "workspace_id": organisation.workspace_id}
    with firm.inside():
        never = find_watched_since(organisation)
        for hour, state in enumerate([StreamRun.State.FAILED, StreamRun.State.DONE, StreamRun.State.DONE]):
            at = START + timedelta(hours=hour)
            run = Run.objects.create(**of, kind="full", reason="x", started_at=at, state=Run.State.PARTIAL)
            StreamRun.objects.create(**of, run=run, stream="Invoices", place=0, state=state, finished_at=at)
        since = find_watched_since(organisation)

    assert never is None
    assert since == START + timedelta(hours=1)
