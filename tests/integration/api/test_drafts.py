"""Drafts through the API: changed as they were seen, copied from and edited over invoices that Xero has."""

from typing import Any

import pytest

from counterfoil.features.access.tokens import SCOPES
from counterfoil.features.invoicing.models import InvoiceDraft
from counterfoil.mirror.models import Contact, Invoice, Operation, OrganisationProfile
from counterfoil.sync.outbox.rules import choose_rules
from tests.integration.api.conftest import Program, make_program
from tests.integration.api.test_entry import problem
from tests.integration.web.firms import NOW
from tests.integration.writing_firms import WritingFirm

LINE = {
    "description": "Care",
    "quantity": "3",
    "unit_amount": "19.99",
    "account_code": "200",
    "tax_type": "OUTPUT2",
}


@pytest.fixture
def home(office: WritingFirm) -> str:
    return f"organisations/{office.organisation.pk}"


@pytest.fixture
def draft(office: WritingFirm, worker: Program, home: str) -> dict[str, Any]:
    asked = {"contact_id": office.contact_id, "reference": "June", "date": "2026-06-30", "lines": [LINE]}
    return dict(worker.post(f"{home}/drafts", asked).json())


def find_invoice(office: WritingFirm, **fields: Any) -> Invoice:
    with office.firm.inside():
        return Invoice.objects.filter(kind="ACCREC", currency="GBP", **fields).order_by("xero_id")[0]


def test_a_draft_is_changed_as_it_was_seen_and_what_is_not_sent_stays(
    office: WritingFirm, worker: Program, home: str, draft: dict[str, Any]
) -> None:
    path = f"{home}/drafts/{draft['id']}"
    with office.firm.inside():
        other = Contact.objects.filter(status="ACTIVE").exclude(xero_id=office.contact_id)[0]
    seen = worker.get(path)

    changed = worker.post(
        path, {"reference": "July", "due_date": None, "contact_id": other.xero_id}, If_Match=seen["ETag"]
    )
    late = worker.post(path, {"reference": "August"}, If_Match=seen["ETag"])
    discounted = worker.post(path, {"lines": [*draft["lines"], LINE | {"discount_percent": "10"}]}).json()

    told = changed.json()
    assert (told["reference"], told["due_date"], told["contact_id"]) == ("July", None, other.xero_id)
    assert (told["lines"], told["date"], told["sub_total"]) == (
        draft["lines"],
        "2026-06-30",
        draft["sub_total"],
    )
    assert problem(late)["type"] == "/api/#changed-since"
    assert discounted["sub_total"]["amount"] == "113.94"  # 59.97 and nine tenths of it
    assert discounted["reference"] == "July"
    assert worker.get(path).json() == discounted


@pytest.mark.parametrize(
    "line",
    [
        {"discount_amount": "1.234"},
        {"tax_amount": "0.001"},
        {"discount_percent": "100.1"},
        {"discount_percent": "10", "discount_amount": "1"},
        {"line_id": "somebody-elses"},
    ],
)
def test_a_line_that_could_not_be_kept_as_it_was_sent_is_refused(
    worker: Program, home: str, draft: dict[str, Any], line: dict[str, str]
) -> None:
    told = worker.post(f"{home}/drafts/{draft['id']}", {"reference": "July", "lines": [LINE | line]})

    assert problem(told)["type"] == "/api/#not-valid"
    assert worker.get(f"{home}/drafts/{draft['id']}").json() == draft


def test_a_draft_in_the_outbox_is_taken_back_before_it_is_changed(
    worker: Program, home: str, draft: dict[str, Any]
) -> None:
    worker.post(f"{home}/drafts/{draft['id']}/send")

    told = problem(worker.post(f"{home}/drafts/{draft['id']}", {"reference": "July"}))

    assert told["type"] == "/api/#not-possible-now"
    assert "Take it back first" in str(told["detail"])
    assert worker.get(f"{home}/drafts/{draft['id']}").json()["reference"] == "June"


def test_only_who_may_approve_has_an_invoice_approved_and_anybody_elses_change_makes_it_a_draft(
    office: WritingFirm, worker: Program, home: str, draft: dict[str, Any]
) -> None:
    path = f"{home}/drafts/{draft['id']}"
    plain = make_program(office.firm, [one for one in SCOPES if one.value != "approve"], name="Plain")

    not_chosen = worker.post(path, {"approves": True})
    with office.firm.inside():
        choose_rules(office.organisation, asks_approval=True, raises_approved=True, by="Ana", now=NOW)
    not_theirs = plain.post(path, {"approves": True})
    approved = worker.post(path, {"approves": True}).json()
    kept = worker.post(path, {"reference": "July"}).json()
    changed = plain.post(path, {"reference": "August"}).json()

    assert [problem(one)["type"] for one in (not_chosen, not_theirs)] == ["/api/#not-possible-now"] * 2
    assert [one["approves"] for one in (approved, kept, changed)] == [True, True, False]


def test_a_copy_has_the_lines_of_the_earlier_invoice_and_is_a_new_one(
    office: WritingFirm, worker: Program, home: str
) -> None:
    earlier = find_invoice(office, status="AUTHORISED")

    copied = worker.post(f"{home}/invoices/{earlier.xero_id}/copy")
    nothing = worker.post(f"{home}/invoices/odd/copy")

    told = copied.json()
    assert copied.status_code == 201
    assert (told["contact_id"], told["xero_id"]) == (earlier.contact_id, "")
    assert told["total"]["amount"] == f"{earlier.total:.2f}"
    assert {one["line_id"] for one in told["lines"]} == {""}
    assert problem(nothing)["type"] == "/api/#not-found"


def test_an_edit_keeps_what_xero_has_of_each_line_and_its_currency(
    office: WritingFirm, worker: Program, home: str
) -> None:
    theirs = find_invoice(office, status="AUTHORISED", amount_paid=0, amount_credited=0)
    path = f"{home}/invoices/{theirs.xero_id}/edit"

    begun = worker.post(path).json()
    draft = f"{home}/drafts/{begun['id']}"
    again = worker.post(path).json()
    other_currency = worker.post(draft, {"currency": "JPY"})
    twice = worker.post(draft, {"lines": [begun["lines"][0]] * 2})
    sent_back = worker.post(draft, {"lines": begun["lines"], "reference": "PO 8"}).json()
    sent = worker.post(f"{draft}/send")

    assert again == begun
    assert all(one["line_id"] for one in begun["lines"])
    assert [problem(one)["type"] for one in (other_currency, twice)] == [
        "/api/#not-possible-now",
        "/api/#not-valid",
    ]
    assert sent_back == begun | {"reference": "PO 8", "changed_at": sent_back["changed_at"]}
    assert sent_back["total"]["amount"] == f"{theirs.total:.2f}"
    assert sent.status_code == 202
    with office.firm.inside():
        assert (Operation.objects.get().kind, InvoiceDraft.objects.count()) == ("invoice_edit", 1)


@pytest.mark.parametrize("act", ["copy", "edit"])
def test_an_invoice_whose_text_has_no_currency_is_in_that_of_its_row(
    office: WritingFirm, worker: Program, home: str, act: str
) -> None:
    invoice = find_invoice(office, status="AUTHORISED", amount_paid=0)
    with office.firm.inside():
        Invoice.objects.filter(pk=invoice.pk).update(raw=invoice.raw.replace('"CurrencyCode"', '"Odd"'))

    begun = worker.post(f"{home}/invoices/{invoice.xero_id}/{act}")
    pressed = office.firm.client.post(f"/o/{office.organisation.pk}/invoices/{invoice.xero_id}/{act}/")

    assert begun.json()["total"]["currency"] == invoice.currency == "GBP"
    assert pressed.status_code == 302
    with office.firm.inside():
        assert set(InvoiceDraft.objects.values_list("currency", flat=True)) == {"GBP"}


def test_a_draft_is_begun_where_no_currency_is_known_yet_and_says_so(
    office: WritingFirm, worker: Program, home: str
) -> None:
    with office.firm.inside():
        OrganisationProfile.objects.all().delete()
        Contact.objects.update(default_currency="")

    begun = worker.post(f"{home}/drafts", {"contact_id": office.contact_id, "lines": [LINE]}).json()
    page = office.firm.client.get(f"/o/{office.organisation.pk}/drafts/{begun['id']}/")

    [finding] = [one for one in begun["findings"] if one["field"] == "currency"]
    assert "No currency is chosen" in finding["sentence"]
    assert not begun["can_be_sent"]
    assert "No currency is chosen" in page.content.decode()
