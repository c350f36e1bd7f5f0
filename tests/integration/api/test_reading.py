"""What programs read: the same as pages show, page by page."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.features.billing.models import (
    Agreement,
    AgreementLine,
    BillingRun,
    Expense,
    Rate,
    RateCard,
    TimeEntry,
    UnitCount,
)
from counterfoil.features.clients.models import Client, Deal, Link, Person
from counterfoil.features.invoicing.models import DraftLine, InvoiceDraft
from counterfoil.features.lists.models import SavedView
from counterfoil.features.recharging.models import ClientTerms, RuleTerms
from counterfoil.features.recharging.terming import keep_terms
from counterfoil.features.reminding.models import Held, HeldClient, Reply
from counterfoil.features.spending.models import Line, Part, Rule
from counterfoil.features.two_way.models import Difference
from counterfoil.features.workspaces.audit import Act, record
from counterfoil.mirror.models import (
    Account,
    BankTransaction,
    Change,
    CreditNote,
    Item,
    Operation,
    Organisation,
    Payment,
    Quarantined,
    Run,
    Verification,
)
from tests.integration.api.conftest import Program
from tests.integration.api.test_entry import problem
from tests.integration.web.firms import NOW, Firm, _mirrored, make_contact, make_invoice

_RAW = '{"CurrencyCode": "GBP", "Date": "/Date(1793491200000+0000)/", "LineItems": [{"LineItemID": "l1", '
_RAW += '"Description": "Bread", "Quantity": 1.0000, "UnitAmount": 100.00, '
_RAW += '"LineAmount": 100.00, "TaxAmount": 0.00, "AccountCode": "200", "TaxType": "NONE"}]}'


def fill(firm: Firm, organisation: Organisation, number: int) -> None:
    """Put one more record of every kind into an organisation and its firm."""
    mirrored = {**_mirrored(organisation), "status": "AUTHORISED"}
    contact = make_contact(firm, organisation)
    raw = f'{{"Contact": {{"ContactID": "{contact.xero_id}"}}, {_RAW[1:]}'
    for kind in ("ACCREC", "ACCPAY"):
        make_invoice(firm, organisation, contact_id=contact.xero_id, kind=kind, raw=raw)
    money = {"sub_total": Decimal(9), "total_tax": Decimal(0), "total": Decimal(9), "currency": "GBP"}
    with firm.inside():
        CreditNote.objects.create(
            **mirrored, **money, kind="ACCRECCREDIT", date=date(2026, 5, 1), number=f"CN-{number}",
            remaining_credit=Decimal("4.5"), has_attachments=False, contact_id=contact.xero_id,
        )  # fmt: skip
        Payment.objects.create(
            **mirrored, kind="ACCRECPAYMENT", date=date(2026, 5, 1), amount=Decimal(3), is_reconciled=False
        )
        BankTransaction.objects.create(
            **mirrored, **money, kind="SPEND", date=date(2026, 5, 1), is_reconciled=False,
            has_attachments=False,
        )  # fmt: skip
        Account.objects.create(**mirrored, code=f"{number}", name="Sales", enable_payments=False)
        no_status = {name: value for name, value in mirrored.items() if name != "status"}
        Item.objects.create(
            **no_status, code=f"I{number}", is_sold=True, is_purchased=False, is_tracked=False,
            sales_price=Decimal("12.345"),
        )  # fmt: skip
        client = Client.objects.create(workspace=firm.workspace, name=f"Client {number}", created_at=NOW)
        of_client = {"workspace": firm.workspace, "client": client, "created_at": NOW}
        Person.objects.create(**of_client, name="Ana")
        Deal.objects.create(**of_client, name="Move", value=Decimal(1000), currency="JPY")
        Link.objects.create(
            workspace=firm.workspace, client=client, organisation=organisation, contact_id=f"c{number}",
            proof="by_hand", made_at=NOW,
        )  # fmt: skip
        Run.objects.create(
            workspace=firm.workspace, organisation=organisation, kind="delta", reason="by hand",
            state="succeeded", started_at=NOW + timedelta(minutes=number),
        )  # fmt: skip
        Change.objects.create(
            workspace=firm.workspace, organisation=organisation, stream="Contacts", xero_id=contact.xero_id,
            kind="changed", at=NOW + timedelta(minutes=number), why="", before={"Name": "A"},
            after={"Name": "B"},
        )  # fmt: skip
        _fill_work(firm, organisation, client, contact.xero_id, number)
        record(workspace_id=firm.workspace.pk, act=Act.FIRM_RENAMED, now=NOW, what=f"{number}")


def _fill_work(firm: Firm, organisation: Organisation, client: Client, contact_id: str, number: int) -> None:
    """Put what people enter themselves beside it."""
    ours, day = {"workspace": firm.workspace}, date(2026, 5, number)
    agreement = Agreement.objects.create(
        **ours, client=client, organisation=organisation, name="Care", state="active", currency="GBP",
        every="month", billed="in_advance", anchor=day, starts_on=day, created_at=NOW,
    )  # fmt: skip
    line = AgreementLine.objects.create(
        **ours, agreement=agreement, place=0, kind="units", description="Posts", unit="post"
    )
    UnitCount.objects.create(**ours, line=line, day=day, quantity=Decimal("2.5"), created_at=NOW)
    TimeEntry.objects.create(**ours, client=client, day=day, who="Ana", hours=Decimal("1.5"), created_at=NOW)
    Expense.objects.create(
        **ours, client=client, day=day, description="Ferry", amount=Decimal(7), currency="GBP", created_at=NOW
    )
    card = RateCard.objects.create(**ours, name=f"Card {number}", currency="GBP", created_at=NOW)
    Rate.objects.create(**ours, card=card, since=day, amount=Decimal(90))
    SavedView.objects.create(
        **ours, person=firm.user, page="invoices", name=f"View {number}", query="", created_at=NOW
    )
    _fill_decisions(firm, organisation, client, contact_id, number)
    BillingRun.objects.create(
        **ours, organisation=organisation, first_day=day, last_day=day, created_by="Ana", created_at=NOW
    )
    draft = InvoiceDraft.objects.create(
        **ours, organisation=organisation, contact_id=contact_id, date=day, currency="GBP",
        amounts_are="Exclusive", created_at=NOW, changed_at=NOW + timedelta(minutes=number),
    )  # fmt: skip
    DraftLine.objects.create(**ours, draft=draft, place=1, description="Bread", unit_amount=Decimal(3))
    Operation.objects.create(
        **ours, organisation=organisation, kind="invoice_new", intent_key=f"i{number}",
        reference=f"CF-{number}", state="waiting", state_since=NOW, wish="{}", payload="{}",
        cause_kind="test", asked_at=NOW, amount=Decimal(3), currency="GBP",
    )  # fmt: skip


def _fill_decisions(
    firm: Firm, organisation: Organisation, client: Client, contact_id: str, number: int
) -> None:
    """Put what people are asked and what they said beside it."""
    ours, by = {"workspace": firm.workspace}, {"made_by": "Ana", "made_at": NOW}
    of_books = {**ours, "organisation": organisation}
    Held.objects.create(**of_books, **by, contact_id=contact_id, hold="disputed")
    HeldClient.objects.create(**ours, **by, client=client, hold="disputed")
    Reply.objects.create(
        **of_books, contact_id=contact_id, address="+64211234567", digest=b"", text="Paid", provider="p",
        provider_id=f"{number}", received_at=NOW, meaning="paid", is_certain=False,
    )  # fmt: skip
    Quarantined.objects.create(
        **of_books, stream="Contacts", xero_id=f"q{number}", digest=bytes([number]), raw="{}", problem="Odd",
        seen_at=NOW,
    )  # fmt: skip
    Verification.objects.create(**of_books, reason="by hand", asked_at=NOW, state="failed")
    rule = Rule.objects.create(
        **of_books, **by, place=number, name=f"Rule {number}", account_code="429", act="overhead"
    )
    agreed = {"terms": keep_terms(organisation, {}), "set_at": NOW}
    RuleTerms.objects.create(**of_books, **agreed, rule=rule)
    ClientTerms.objects.create(**of_books, **agreed, client=client)
    make_cost(firm, organisation, number, contact_id=contact_id)
    Difference.objects.create(
        **of_books, link=Link.objects.latest("pk"), field="email", why="first", ours="a@b.example",
        theirs="c@d.example", found_at=NOW, choice="theirs", decided_at=NOW,
    )  # fmt: skip


def make_cost(firm: Firm, organisation: Organisation, number: int, **fields: Any) -> None:
    """Put a cost into an organisation that is nobody's yet."""
    of_books = {"workspace": firm.workspace, "organisation": organisation}
    cost = Line.objects.create(
        **of_books, **{"account_code": "429", **fields}, stream="Invoices", line_key="1", kind="ACCPAY",
        document_id=f"d{number}", day=date(2026, 5, number), number=f"B-{number}", contact_name="Nimbus",
        description="Software", currency="GBP", net=9, amount=9, digest=b"", side="cost",
        reference="", bank_account_id="", account_id="",
    )  # fmt: skip
    Part.objects.create(
        **of_books, line=cost, side="cost", standing="open", day=cost.day, net=9, amount=9, settled=0
    )


LISTS = [
    "organisations", "organisations/{}/runs", "organisations/{}/invoices", "organisations/{}/bills",
    "organisations/{}/credit-notes", "organisations/{}/payments", "organisations/{}/bank-transactions",
    "organisations/{}/accounts", "organisations/{}/items", "organisations/{}/contacts",
    "organisations/{}/unmatched", "organisations/{}/links", "organisations/{}/changes",
    "organisations/{}/outbox?show=waiting", "organisations/{}/drafts", "organisations/{}/billing-runs",
    "clients", "people", "deals", "audit", "agreements", "time", "expenses", "units",
    "rate-cards", "views", "organisations/{}/holds", "organisations/{}/client-holds",
    "organisations/{}/replies", "organisations/{}/costs", "organisations/{}/cost-rules",
    "organisations/{}/conflicts?show=decided", "organisations/{}/verifications",
    "organisations/{}/quarantine",
    "organisations/{}/rule-terms", "organisations/{}/client-terms",
]  # fmt: skip


def count_queries(program: Program, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        answer = program.get(path)
    assert answer.status_code == 200, answer.content
    return len(seen)


def test_every_list_takes_as_many_queries_for_three_rows_as_for_one(
    firm: Firm, organisation: Organisation, program: Program
) -> None:
    paths = [path.format(organisation.pk) for path in LISTS]
    fill(firm, organisation, 1)
    for path in paths:
        program.get(path)  # what is remembered within a process
    with_one = {path: count_queries(program, path) for path in paths}
    for number in (2, 3):
        fill(firm, organisation, number)

    with_three = {path: count_queries(program, path) for path in paths}

    assert with_three == with_one
    for path in paths[1:]:
        assert len(program.get(path).json()["data"]) >= 3, path


def walk(program: Program, path: str) -> Iterator[list[dict[str, Any]]]:
    """Yield a list's pages."""
    cursor, sign = "", "&" if "?" in path else "?"
    while cursor is not None:
        page = program.get(f"{path}{sign}cursor={cursor}").json()
        yield page["data"]
        cursor = page["next_cursor"]


def test_a_list_is_walked_whole_and_nothing_comes_twice_while_it_changes(
    firm: Firm, organisation: Organisation, program: Program
) -> None:
    old = [make_invoice(firm, organisation, date=date(2026, 1, 1)).xero_id for _ in range(120)]
    seen: list[str] = []

    for page in walk(program, f"organisations/{organisation.pk}/invoices"):
        seen += [one["id"] for one in page]
        make_invoice(firm, organisation, date=date(2026, 6, 1))

    assert sorted(seen) == sorted(old)


def test_a_cursor_is_good_for_its_own_list_alone(
    firm: Firm, organisation: Organisation, program: Program
) -> None:
    for _ in range(51):
        make_invoice(firm, organisation)
    path = f"organisations/{organisation.pk}/invoices"
    cursor = program.get(path).json()["next_cursor"]

    assert program.get(f"{path}?cursor={cursor}").status_code == 200
    for wrong in (
        f"{path}?cursor={cursor}&view=paid",
        f"organisations/{organisation.pk}/bills?cursor={cursor}",
        f"{path}?cursor={cursor[:-2]}",
        f"{path}?cursor=1",
    ):
        assert problem(program.get(wrong))["type"] == "/api/#cursor-not-of-this-list"


def test_an_invoice_says_every_amount_as_text_with_its_currency(
    firm: Firm, organisation: Organisation, program: Program
) -> None:
    invoice = make_invoice(firm, organisation, number="INV-7", total=Decimal("1234.5"), raw=_RAW)

    told = program.get(f"organisations/{organisation.pk}/invoices/{invoice.xero_id}").json()

    assert told["total"] == {"amount": "1234.50", "currency": "GBP"}
    assert (told["status"], told["xero_status"], told["date"]) == ("Open", "AUTHORISED", "2026-11-01")
    assert told["lines"] == [
        {
            "id": "l1",
            "description": "Bread",
            "quantity": "1",
            "unit_amount": "100",
            "line_amount": {"amount": "100.00", "currency": "GBP"},
            "tax_amount": {"amount": "0.00", "currency": "GBP"},
            "account_code": "200",
            "tax_type": "NONE",
            "item_code": "",
        }
    ]


def test_amounts_have_the_decimals_of_their_currency(
    firm: Firm, organisation: Organisation, program: Program
) -> None:
    fill(firm, organisation, 1)

    assert program.get("deals").json()["data"][0]["value"] == {"amount": "1000", "currency": "JPY"}
    item = program.get(f"organisations/{organisation.pk}/items").json()["data"][0]
    assert (item["sales_price"], item["purchase_price"]) == ("12.345", None)
    note = program.get(f"organisations/{organisation.pk}/credit-notes").json()["data"][0]
    assert note["remaining_credit"] == {"amount": "4.50", "currency": "GBP"}


@pytest.mark.parametrize("asked", ["view=odd", "dated_from=yesterday", f"search={'x' * 201}"])
def test_what_is_asked_wrongly_is_named(organisation: Organisation, program: Program, asked: str) -> None:
    told = problem(program.get(f"organisations/{organisation.pk}/invoices?{asked}"))

    assert told["type"] == "/api/#not-valid"
    assert asked.partition("=")[0] in str(told["errors"])


def test_the_document_and_its_page_name_every_endpoint(program: Program, db: None) -> None:
    document = program.client.get("/api/v1/openapi.json").json()
    page = program.client.get("/api/").content.decode()

    assert document["openapi"].startswith("3.1")
    assert [path for path in document["paths"] if path not in page] == []
    assert "//cdn" not in page
