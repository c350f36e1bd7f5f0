"""What is said before a document is sent is what Xero says when it is sent anyway."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.domain.totals import AmountsAre
from counterfoil.features.invoicing.books import Books, gather_books
from counterfoil.features.invoicing.checks import check_documents
from counterfoil.features.invoicing.documents import Document, DocumentLine
from counterfoil.features.invoicing.findings import Finding
from counterfoil.features.invoicing.wishing import build_wish
from counterfoil.mirror.models import Contact, Invoice, Organisation, OrganisationProfile, Workspace
from counterfoil.mirror.scope import in_workspace
from counterfoil.xero.wishes import encode_exactly
from tests.factories.copied import copy_books
from tests.factories.sandbox import WRITE_SCOPES
from tests.unit.xero_sandbox.conftest import SMALL, Xero
from xero_sandbox.books.locks import set_lock_dates

NOTHING = "11111111-1111-1111-1111-111111111111"


@dataclass
class Desk:
    """An organisation in the stand-in, and its copy here."""

    xero: Xero
    organisation: Organisation

    def document(self, *lines: DocumentLine, **more: Any) -> Document:
        """Return an approved invoice that nothing is wrong with."""
        contact = (
            Contact.objects.filter(organisation=self.organisation, status="ACTIVE", is_customer=True)
            .order_by("xero_id")
            .first()
        )
        assert contact is not None
        values: dict[str, Any] = {
            "organisation_id": self.organisation.pk,
            "contact_id": contact.xero_id,
            "date": date(2026, 11, 20),
            "due_date": date(2026, 12, 20),
            "currency": "GBP",
            "lines": lines or (line(),),
            "approves": True,
        }
        return Document(**(values | more))

    def check(self, document: Document) -> list[Finding]:
        """Return what we say."""
        (findings,) = check_documents([document], gather_books([document]))
        return findings

    def ask(self, document: Document) -> list[str]:
        """Send it to the stand-in without asking ourselves; return its words, none when it is taken."""
        body = encode_exactly({"Invoices": [build_wish(document).list_members()]})
        answer = self.xero.client.request(
            "POST" if document.xero_id else "PUT",
            "/api.xro/2.0/Invoices?unitdp=4&summarizeErrors=false",
            headers=self.xero.headers,
            content=body,
        )
        (element,) = answer.json()["Invoices"]
        return [error["Message"] for error in element.get("ValidationErrors", [])]

    def refresh(self, *names: str) -> None:
        """Copy again what was changed in the stand-in."""
        copy_books(self.organisation, self.xero, *names)


def line(**more: Any) -> DocumentLine:
    values: dict[str, Any] = {
        "description": "Work",
        "quantity": Decimal(1),
        "unit_amount": Decimal(100),
        "account_code": "200",
        "tax_type": "OUTPUT2",
    }
    return DocumentLine(**(values | more))


@pytest.fixture(scope="module")
def xero() -> Iterator[Xero]:
    made = Xero(SMALL)
    made.connect(scope=WRITE_SCOPES)
    yield made
    made.client.close()


@pytest.fixture
def desk(db: None, xero: Xero) -> Iterator[Desk]:
    workspace = Workspace.objects.create(name="Ours")
    with in_workspace(workspace.pk):
        organisation = Organisation.objects.create(
            workspace=workspace, tenant_id=xero.books.tenant_id, name="Brightwater Studio Ltd"
        )
        copy_books(organisation, xero)
        yield Desk(xero, organisation)


def archive_account(desk: Desk) -> DocumentLine:
    made = desk.xero.save("PUT", "Accounts", {"Code": "299", "Name": "Old sales", "Type": "REVENUE"})
    desk.xero.save("POST", f"Accounts/{made['AccountID']}", {"Status": "ARCHIVED"})
    desk.refresh("Accounts")
    return line(account_code="299")


def delete_tax(desk: Desk) -> DocumentLine:
    rate = {"Name": "Old", "ReportTaxType": "OUTPUT", "TaxComponents": [{"Name": "T", "Rate": 3}]}
    made = desk.xero.save("PUT", "TaxRates", rate)
    desk.xero.save("POST", "TaxRates", {"TaxType": made["TaxType"], "Name": "Old", "Status": "DELETED"})
    desk.refresh("TaxRates")
    return line(tax_type=made["TaxType"])


LINES: dict[str, Callable[[Desk], DocumentLine]] = {
    "no account": lambda _: line(account_code="", tax_type="OUTPUT2"),
    "unknown account": lambda _: line(account_code="999"),
    "archived account": archive_account,
    "bank account": lambda _: line(account_code="090"),
    "debtors": lambda _: line(account_code="610"),
    "unknown tax": lambda _: line(tax_type="OUTPUT9"),
    "deleted tax": delete_tax,
    "tax of purchases": lambda _: line(tax_type="INPUT2"),
    "unknown option": lambda _: line(tracking=((NOTHING, NOTHING),)),
    "three categories": lambda _: line(tracking=((NOTHING, NOTHING),) * 3),
    "unknown item": lambda _: line(item_code="NOSUCH"),
    "long words": lambda _: line(description="x" * 4001),
    "too large": lambda _: line(unit_amount=Decimal("99999999999")),
    "discount": lambda _: line(discount_rate=Decimal(-1)),
}


@pytest.mark.parametrize("case", LINES)
def test_what_is_said_of_a_line_is_what_xero_says(desk: Desk, case: str) -> None:
    """PAIN 8, PAIN 9, X20. On an approved invoice, as on a draft where Xero minds there too."""
    document = desk.document(LINES[case](desk))

    findings = desk.check(document)

    said = desk.ask(document)
    assert said
    # Of three categories Xero names the number only; we name each as well.
    assert said[0] in [finding.theirs for finding in findings if finding.blocks]
    assert all(finding.line == 1 and finding.ours and finding.todo for finding in findings)


def archived(desk: Desk) -> dict[str, Any]:
    gone = Contact.objects.filter(organisation=desk.organisation, status="ARCHIVED").first()
    assert gone is not None
    return {"contact_id": gone.xero_id}


def taken(desk: Desk) -> dict[str, Any]:
    other = Invoice.objects.filter(organisation=desk.organisation, kind="ACCREC", status="PAID").first()
    assert other is not None
    return {"number": other.number}


HEADERS: dict[str, Callable[[Desk], dict[str, Any]]] = {
    "archived contact": archived,
    "no such contact": lambda _: {"contact_id": NOTHING},
    "taken number": taken,
    "long number": lambda _: {"number": "9" * 256},
    "long reference": lambda _: {"reference": "9" * 256},
    "currency": lambda _: {"currency": "BHD"},
    "theme": lambda _: {"branding_theme_id": NOTHING},
    "no lines": lambda _: {"lines": ()},
    "negative": lambda _: {"lines": (line(unit_amount=Decimal(-5)),)},
}


@pytest.mark.parametrize("case", HEADERS)
def test_what_is_said_of_a_document_is_what_xero_says(desk: Desk, case: str) -> None:
    """PAIN 6, PAIN 9, PAIN 17, X20."""
    document = desk.document(**HEADERS[case](desk))

    findings = desk.check(document)

    assert [finding.theirs for finding in findings if finding.blocks] == desk.ask(document)


def test_a_document_with_nothing_wrong_is_taken_without_a_word(desk: Desk) -> None:
    document = desk.document(line(discount_rate=Decimal(10)), DocumentLine(description="With thanks"))

    assert desk.check(document) == []
    assert desk.ask(document) == []


@pytest.mark.parametrize(
    ("name", "kind"), [("PeriodLockDate", "period"), ("EndOfYearLockDate", "end of year")]
)
def test_a_locked_day_stops_an_approved_invoice_and_is_told_of_a_draft(
    desk: Desk, name: str, kind: str
) -> None:
    """FACTS 7.8: the day of the lock itself is closed."""
    field = {"PeriodLockDate": "period_lock_date", "EndOfYearLockDate": "end_of_year_lock_date"}[name]
    set_lock_dates(desk.xero.books, **{name: date(2026, 11, 20)})
    OrganisationProfile.objects.filter(organisation=desk.organisation).update(**{field: date(2026, 11, 20)})
    try:
        document = desk.document()
        (approved,), (draft,) = desk.check(document), desk.check(replace(document, approves=False))
        later = replace(document, date=date(2026, 11, 21))

        assert [approved.theirs] == desk.ask(document)
        assert (approved.cause, approved.blocks, draft.blocks) == (f"locked:{kind}", True, False)
        assert desk.ask(replace(document, approves=False)) == []
        assert desk.check(later) == []
    finally:
        set_lock_dates(desk.xero.books, **{name: None})


def test_a_due_date_is_asked_for_on_approval_only(desk: Desk) -> None:
    document = desk.document(due_date=None)

    assert [finding.field for finding in desk.check(document)] == ["due_date"]
    assert desk.check(replace(document, approves=False)) == []


def test_two_documents_that_want_one_number_are_both_stopped(desk: Desk) -> None:
    """PAIN 6."""
    documents = [
        desk.document(number="OURS-1"),
        desk.document(number="OURS-1"),
        desk.document(number="OURS-2"),
    ]

    found = check_documents(documents, gather_books(documents))

    assert [[finding.cause for finding in findings] for findings in found] == [
        ["number-taken:OURS-1"],
        ["number-taken:OURS-1"],
        [],
    ]


def edit_of(desk: Desk, status: str, **more: Any) -> Document:
    invoice = Invoice.objects.filter(organisation=desk.organisation, kind="ACCREC", status=status).first()
    assert invoice is not None
    return desk.document(xero_id=invoice.xero_id, read_at_version=invoice.updated_at, **more)


def test_an_edit_of_a_paid_voided_or_changed_invoice_is_stopped_with_the_way_round(desk: Desk) -> None:
    """PAIN 14: what cannot be changed is said, with the credit note as the way round."""
    paid, voided = edit_of(desk, "PAID"), edit_of(desk, "VOIDED")
    changed = replace(edit_of(desk, "AUTHORISED"), read_at_version=None)
    changed_since = replace(edit_of(desk, "DRAFT", approves=False), read_at_version=gather_time(desk))

    causes = [desk.check(document)[0].cause for document in (paid, voided, changed_since)]

    assert causes == ["invoice-settled", "invoice-closed", "invoice-changed"]
    assert "credit note" in desk.check(paid)[0].todo
    assert [finding.cause for finding in desk.check(replace(changed, xero_id=NOTHING))] == ["invoice-gone"]


def gather_time(desk: Desk) -> Any:
    newest = Invoice.objects.filter(organisation=desk.organisation).order_by("-updated_at").first()
    assert newest is not None
    assert newest.updated_at is not None
    return newest.updated_at + timedelta(seconds=1)


def test_a_total_that_nobody_can_pay_and_a_price_that_will_be_cut_are_told_but_do_not_stop(
    desk: Desk,
) -> None:
    """PAIN 11, PAIN 13."""
    books = Books(organisation_id=desk.organisation.pk, currencies=frozenset({"JPY"}))
    document = desk.document(
        line(unit_amount=Decimal("100.509")), currency="JPY", amounts_are=AmountsAre.NO_TAX, approves=False
    )
    known = gather_books([document])[desk.organisation.pk]

    (findings,) = check_documents(
        [document], {desk.organisation.pk: replace(known, currencies=books.currencies)}
    )

    assert [(finding.cause, finding.blocks) for finding in findings] == [
        ("price-rounded", False),
        ("total-fraction", False),
    ]
    assert findings[0].ours == "Xero will round the price 100.509 to 100.51 before it multiplies."


def test_many_documents_take_as_many_queries_as_one(desk: Desk) -> None:
    counts = []
    for many in (1, 14):
        documents = [desk.document(number=f"OURS-{place}") for place in range(many)]
        with CaptureQueriesContext(connection) as queries:
            check_documents(documents, gather_books(documents))
        counts.append(len(queries))

    assert counts == [9, 9]
