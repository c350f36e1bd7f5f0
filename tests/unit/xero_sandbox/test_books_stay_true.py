"""Any series of operations through the API, refused or not, leaves books that add up."""

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.factories.sandbox import WRITE_SCOPES
from tests.unit.xero_sandbox.conftest import NOW, Xero, line
from xero_sandbox.books.ledger import PAYABLE, RECEIVABLE, sum_entries
from xero_sandbox.config import SandboxSettings
from xero_sandbox.wire.datekit import DAY_MS, to_ms

AMOUNTS = st.decimals("0.01", 5000, places=2).map(float)
QUANTITIES = st.sampled_from((1, 2, 0.5, 3.3333, 7))
KINDS = st.sampled_from(("ACCREC", "ACCPAY"))
TAXES = st.sampled_from((None, "NONE"))
FORMS = st.sampled_from(("Exclusive", "Inclusive", "NoTax"))


def cents(amount: float) -> Decimal:
    return Decimal(str(amount))


class BooksMachine(RuleBasedStateMachine):
    """A client that does whatever comes to mind; the stand-in may refuse, the books may not be wrong."""

    @initialize()
    def start(self) -> None:
        self.xero = Xero(SandboxSettings(invoices=5, contacts=5, payments=2, limits=False, now=NOW))
        # An organisation with nothing but its settings: a credit settles an invoice at the invoice's rate,
        # so the control accounts are proven in one currency.
        self.xero.books = list(self.xero.world.organisations.values())[2]
        self.xero.connect(scope=WRITE_SCOPES)

    def teardown(self) -> None:
        if hasattr(self, "xero"):
            self.xero.client.close()

    def send(self, method: str, path: str, body: dict[str, Any]) -> None:
        answer = self.xero.send(method, path, body)
        assert answer.status_code in {200, 400}, answer.text

    def pick(self, data: st.DataObject, endpoint: str) -> str:
        return data.draw(st.sampled_from([row.id for row in self.xero.books.tables[endpoint]] or ["none"]))

    @rule(
        kind=KINDS, form=FORMS, tax=TAXES, amounts=st.lists(AMOUNTS, min_size=1, max_size=3), data=st.data()
    )
    def raise_document(
        self, kind: str, form: str, tax: str | None, amounts: list[float], data: st.DataObject
    ) -> None:
        endpoint, suffix = data.draw(st.sampled_from((("Invoices", ""), ("CreditNotes", "CREDIT"))))
        code = "200" if kind == "ACCREC" else "429"
        lines = [line(amount, code, Quantity=data.draw(QUANTITIES), TaxType=tax) for amount in amounts]
        status = data.draw(st.sampled_from(("DRAFT", "AUTHORISED", "AUTHORISED")))
        contact = {"Name": data.draw(st.sampled_from(("Ann", "Bob")))}
        body = {"Type": kind + suffix, "Status": status, "Contact": contact, "LineAmountTypes": form}
        self.send("PUT", endpoint, body | {"LineItems": lines})

    @rule(data=st.data(), status=st.sampled_from(("AUTHORISED", "VOIDED", "DELETED", "DRAFT")))
    def move(self, data: st.DataObject, status: str) -> None:
        endpoint = data.draw(st.sampled_from(("Invoices", "CreditNotes")))
        key = self.pick(data, endpoint)
        if key != "none":
            self.send("POST", f"{endpoint}/{key}", {"Status": status})

    @rule(data=st.data(), amount=AMOUNTS)
    def edit_lines(self, data: st.DataObject, amount: float) -> None:
        key = self.pick(data, "Invoices")
        if key == "none":
            return
        kept = [
            {"LineItemID": item["LineItemID"]} for item in self.xero.books.read("Invoices", key)["LineItems"]
        ]
        self.send("POST", f"Invoices/{key}", {"LineItems": [*kept[:1], line(amount)]})

    @rule(data=st.data(), share=st.sampled_from((1, 2, 3)), refund=st.booleans())
    def pay(self, data: st.DataObject, share: int, refund: bool) -> None:
        endpoint, holder = ("CreditNotes", "CreditNote") if refund else ("Invoices", "Invoice")
        key = self.pick(data, endpoint)
        if key == "none":
            return
        record = self.xero.books.read(endpoint, key)
        left = record["RemainingCredit"] if refund else record["AmountDue"]
        body = {holder: {f"{holder}ID": key}, "Account": {"Code": "090"}, "Amount": round(left / share, 2)}
        self.send("PUT", "Payments", body)

    @rule(data=st.data())
    def take_payment_back(self, data: st.DataObject) -> None:
        key = self.pick(data, "Payments")
        if key != "none":
            self.send("POST", f"Payments/{key}", {"Status": "DELETED"})

    @rule(data=st.data(), amount=AMOUNTS)
    def allocate(self, data: st.DataObject, amount: float) -> None:
        credit, invoice = self.pick(data, "CreditNotes"), self.pick(data, "Invoices")
        if "none" in {credit, invoice}:
            return
        left = self.xero.books.read("CreditNotes", credit)["RemainingCredit"]
        due = self.xero.books.read("Invoices", invoice)["AmountDue"]
        body = {"Amount": min(left, due, amount), "Invoice": {"InvoiceID": invoice}}
        self.send("PUT", f"CreditNotes/{credit}/Allocations", body)

    @rule(data=st.data())
    def take_allocation_back(self, data: st.DataObject) -> None:
        key = self.pick(data, "CreditNotes")
        if key == "none":
            return
        for item in self.xero.books.read("CreditNotes", key)["Allocations"][:1]:
            self.send("DELETE", f"CreditNotes/{key}/Allocations/{item['AllocationID']}", {})

    @rule(
        amount=AMOUNTS, kind=st.sampled_from(("SPEND", "RECEIVE", "RECEIVE-PREPAYMENT", "SPEND-OVERPAYMENT"))
    )
    def move_money(self, amount: float, kind: str) -> None:
        code = "429" if kind.startswith("SPEND") else "200"
        body = {"Type": kind, "BankAccount": {"Code": "090"}, "Contact": {"Name": "Ann"}}
        self.send("PUT", "BankTransactions", body | {"LineItems": [line(amount, code)]})

    @rule(amount=AMOUNTS)
    def post_journal(self, amount: float) -> None:
        lines = [{"LineAmount": amount, "AccountCode": "429"}, {"LineAmount": -amount, "AccountCode": "825"}]
        self.send("PUT", "ManualJournals", {"Narration": "x", "Status": "POSTED", "JournalLines": lines})

    @invariant()
    def what_is_due_is_what_is_left(self) -> None:
        for row in self.xero.books.tables["Invoices"] if hasattr(self, "xero") else ():
            record = row.read()
            left = cents(record["Total"]) - cents(record["AmountPaid"]) - cents(record["AmountCredited"])
            gone = record["Status"] in {"VOIDED", "DELETED"}
            assert cents(record["AmountDue"]) == (0 if gone else left)
            assert cents(record["Total"]) == cents(record["SubTotal"]) + cents(record["TotalTax"])
            assert (record["Status"] == "PAID") == ("FullyPaidOnDate" in record)

    @invariant()
    def ledger_and_documents_agree(self) -> None:
        if not hasattr(self, "xero"):
            return
        books = self.xero.books
        (balances,) = sum_entries(books, [(None, to_ms(NOW.date()) + 3650 * DAY_MS)])
        assert sum(balances.values()) == 0
        sides = {"ACCREC": 0, "ACCPAY": 0}
        for row in books.tables["Invoices"]:
            if row.status in {"AUTHORISED", "PAID"}:
                sides[row.kind or ""] += row.amount_due
        for endpoint in ("CreditNotes", "Prepayments", "Overpayments"):
            for row in books.tables[endpoint]:
                if row.status == "AUTHORISED":
                    sales = (row.kind or "").startswith(("ACCREC", "RECEIVE"))
                    left = int(cents(row.read()["RemainingCredit"]) * 100)
                    sides["ACCREC" if sales else "ACCPAY"] -= left
        assert (balances.get(RECEIVABLE, 0), -balances.get(PAYABLE, 0)) == (sides["ACCREC"], sides["ACCPAY"])

    @invariant()
    def contacts_owe_the_sum_of_their_open_invoices(self) -> None:
        if not hasattr(self, "xero"):
            return
        books = self.xero.books
        for row in books.tables["Contacts"]:
            open_cents = sum(
                item.amount_due
                for item in books.tables["Invoices"]
                if item.contact_id == row.id and item.kind == "ACCREC" and item.status == "AUTHORISED"
            )
            shown = row.read().get("Balances", {}).get("AccountsReceivable", {}).get("Outstanding", 0)
            assert int(cents(shown) * 100) == open_cents


def test_any_series_of_operations_leaves_books_that_add_up() -> None:
    run_state_machine_as_test(
        BooksMachine,
        settings=settings(
            deadline=None,
            max_examples=25,
            stateful_step_count=25,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
