"""Payments, days, notes and ways back through the API: asked for once, and refused as on the page."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from counterfoil.features.access.models import KeptAnswer
from counterfoil.features.access.tokens import SCOPES
from counterfoil.features.clients.models import Client, Link, Person
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Account, Connection, Invoice, Operation, OrganisationProfile
from tests.integration.api.conftest import Program, make_program
from tests.integration.api.test_entry import problem
from tests.integration.web.firms import NOW
from tests.integration.writing_firms import WritingFirm

DAY = "2026-01-05"


@pytest.fixture
def invoice(office: WritingFirm) -> Invoice:
    """One that is owed, in an organisation that takes payments."""
    with office.firm.inside():
        Connection.objects.update(writes=["invoices", "payments"])
        owed = Invoice.objects.filter(kind="ACCREC", status="AUTHORISED", currency="GBP", amount_due__gt=10)
        found = owed.order_by("xero_id")[0]
        Invoice.objects.filter(pk=found.pk).update(amount_paid=0, amount_credited=0)
        return found


@pytest.fixture
def its(office: WritingFirm, invoice: Invoice) -> str:
    return f"organisations/{office.organisation.pk}/invoices/{invoice.xero_id}"


@pytest.fixture
def payment(worker: Program, its: str) -> dict[str, str]:
    bank = worker.get(f"{its}/payment-accounts").json()["data"][0]
    return {"amount": "10.00", "date": DAY, "account_id": bank["id"], "reference": "BACS 7"}


def list_wishes(office: WritingFirm) -> list[tuple[str, dict[str, Any]]]:
    with office.firm.inside():
        return [(one.kind, json.loads(one.payload)) for one in Operation.objects.order_by("pk")]


def test_a_payment_is_one_write_for_one_key_also_when_the_answer_is_not_kept_any_more(
    office: WritingFirm,
    worker: Program,
    its: str,
    payment: dict[str, str],
    forget_answers: Callable[[], None],
) -> None:
    """P1, R7: the outbox knows the press itself."""
    first, again = (worker.post(f"{its}/payments", payment, key="bank-7") for _ in range(2))
    forget_answers()
    late = worker.post(f"{its}/payments", payment, key="bank-7")
    forget_answers()
    otherwise = worker.post(f"{its}/payments", payment | {"amount": "9"}, key="bank-7")

    assert first.status_code == 202
    assert first.json()["state"] == "waiting"
    assert [again.json(), late.json()] == [first.json()] * 2
    assert problem(otherwise)["type"] == "/api/#not-possible-now"
    [(kind, told)] = list_wishes(office)
    assert (kind, told["Amount"], told["Date"]) == ("payment_new", 10, DAY)


@pytest.fixture
def forget_answers(office: WritingFirm) -> Callable[[], None]:
    def forget() -> None:
        with office.firm.inside():
            KeptAnswer.objects.all().delete()

    return forget


@pytest.mark.parametrize(
    ("wrong", "where", "words"),
    [
        ({"amount": "0"}, "amount", "more than zero"),
        ({"amount": "-5"}, "amount", "more than zero"),
        ({"amount": "1.005"}, "amount", "two decimals at most"),
        ({"amount": "9999999"}, "amount", "is still owed on the invoice"),
        ({"date": "2199-01-01"}, "date", "That day has not come yet."),
        ({"account_id": "nobody's"}, "account_id", "can go into that account"),
        ({"currency_rate": "1.2"}, "currency_rate", "in the currency of the books"),
        ({"currency_rate": "0"}, "currency_rate", "more than zero"),
    ],
)
def test_a_payment_that_cannot_be_is_refused_with_its_field(
    office: WritingFirm,
    worker: Program,
    its: str,
    payment: dict[str, str],
    wrong: dict[str, str],
    where: str,
    words: str,
) -> None:
    answer = worker.post(f"{its}/payments", payment | wrong)

    [error] = answer.json()["errors"]
    assert (problem(answer)["type"], error["where"]) == ("/api/#not-valid", f"body/given/{where}")
    assert words in error["what"]
    assert list_wishes(office) == []


def test_what_is_on_its_way_is_taken_off_what_is_owed(
    office: WritingFirm, worker: Program, its: str, payment: dict[str, str], invoice: Invoice
) -> None:
    all_of_it = payment | {"amount": f"{invoice.amount_due:.2f}"}

    first = worker.post(f"{its}/payments", all_of_it)
    second = worker.post(f"{its}/payments", payment)

    assert first.status_code == 202
    assert "Only 0.00 GBP is still owed" in str(problem(second)["detail"])
    assert len(list_wishes(office)) == 1


def test_an_account_that_takes_no_payments_or_is_in_a_third_currency_is_not_offered_and_refused(
    office: WritingFirm, worker: Program, its: str, payment: dict[str, str]
) -> None:
    with office.firm.inside():
        sales = Account.objects.filter(enable_payments=False, status="ACTIVE").exclude(kind="BANK")[0]
        Account.objects.filter(xero_id=payment["account_id"]).update(currency="JPY")
    closed = [sales.xero_id, payment["account_id"]]

    offered = worker.get(f"{its}/payment-accounts").json()["data"]
    refused = [worker.post(f"{its}/payments", payment | {"account_id": one}) for one in closed]

    assert not {one["id"] for one in offered} & set(closed)
    assert [one.status_code for one in refused] == [422, 422]
    assert list_wishes(office) == []


def test_an_invoice_in_another_currency_takes_the_rate_that_is_given_or_xeros_own(
    office: WritingFirm, worker: Program, its: str, payment: dict[str, str]
) -> None:
    with office.firm.inside():
        OrganisationProfile.objects.update(base_currency="NZD")

    answers = [worker.post(f"{its}/payments", payment | rate) for rate in ({}, {"currency_rate": "0.512345"})]

    assert [one.status_code for one in answers] == [202, 202]
    assert [told.get("CurrencyRate") for _, told in list_wishes(office)] == [None, 0.512345]


def test_a_day_a_note_and_a_credit_note_are_written_and_the_invoice_is_voided(
    office: WritingFirm, worker: Program, its: str, invoice: Invoice
) -> None:
    asked = {
        "expected-payment-date": {"date": "2027-02-01"},
        "notes": {"text": " Promised by telephone. "},
        "credit": {"date": DAY},
        "void": {"number": invoice.number},
    }

    answers = [worker.post(f"{its}/{what}", body) for what, body in asked.items()]

    assert [one.status_code for one in answers] == [202] * 4
    day, note, (credit, credited), void = list_wishes(office)
    assert day == ("invoice_edit", {"InvoiceID": invoice.xero_id, "ExpectedPaymentDate": "2027-02-01"})
    assert note == ("note_new", {"Details": "Promised by telephone."})
    assert (credit, credited["Status"]) == ("credit_note_new", "DRAFT")
    assert invoice.number in credited["Reference"]
    assert void == ("invoice_void", {"InvoiceID": invoice.xero_id, "Status": "VOIDED"})


@pytest.mark.parametrize("act", ["void", "delete"])
def test_nothing_is_voided_or_deleted_without_its_number(
    office: WritingFirm, worker: Program, its: str, invoice: Invoice, act: str
) -> None:
    with office.firm.inside():
        Invoice.objects.filter(pk=invoice.pk).update(status="DRAFT" if act == "delete" else "AUTHORISED")

    missing, wrong = worker.post(f"{its}/{act}"), worker.post(f"{its}/{act}", {"number": "INV"})
    before = list_wishes(office)
    right = worker.post(f"{its}/{act}", {"number": invoice.number.lower()})

    assert [one.json()["errors"][0]["where"] for one in (missing, wrong)] == ["body/given/number"] * 2
    assert before == []
    assert right.status_code == 202
    assert [kind for kind, _ in list_wishes(office)] == [f"invoice_{act}"]


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        ("DRAFT", {"payments", "expected-payment-date", "credit", "void"}),
        ("AUTHORISED", {"delete"}),
        ("PAID", {"payments", "expected-payment-date", "void", "delete"}),
        ("VOIDED", {"payments", "expected-payment-date", "credit", "void", "delete"}),
        ("DELETED", {"payments", "expected-payment-date", "notes", "credit", "void", "delete"}),
    ],
)
def test_what_an_invoice_is_not_open_to_is_refused_with_a_sentence(
    office: WritingFirm,
    worker: Program,
    its: str,
    payment: dict[str, str],
    invoice: Invoice,
    status: str,
    refused: set[str],
) -> None:
    paid = invoice.total if status == "PAID" else 0
    with office.firm.inside():
        Invoice.objects.filter(pk=invoice.pk).update(
            status=status, amount_paid=paid, amount_due=invoice.total - paid
        )
    bodies: dict[str, object] = {"payments": payment, "notes": {"text": "Promised."}}
    bodies |= {what: {"date": DAY} for what in ("expected-payment-date", "credit")}
    bodies |= {what: {"number": invoice.number} for what in ("void", "delete")}

    told = {what: worker.post(f"{its}/{what}", body) for what, body in bodies.items()}

    assert {what for what, answer in told.items() if answer.status_code != 202} == refused
    for what in refused:
        assert problem(told[what])["type"] == "/api/#not-possible-now"
        assert str(problem(told[what])["detail"]).endswith(".")


def test_a_read_only_connection_a_token_that_may_not_and_a_bill_are_refused(
    office: WritingFirm, worker: Program, its: str, payment: dict[str, str], invoice: Invoice
) -> None:
    reader = make_program(office.firm, [one for one in SCOPES if one is not Permission.WORK], name="Reader")
    not_allowed = reader.post(f"{its}/payments", payment)
    with office.firm.inside():
        Connection.objects.update(mode=Connection.Mode.READ_ONLY)
    read_only = worker.post(f"{its}/notes", {"text": "Nobody hears this."})
    with office.firm.inside():
        Invoice.objects.filter(pk=invoice.pk).update(kind="ACCPAY")
    bill = worker.post(f"{its}/payments", payment)

    assert [one.status_code for one in (not_allowed, read_only, bill)] == [403, 409, 404]
    assert "read-only" in str(problem(read_only)["detail"])
    assert list_wishes(office) == []


def test_a_contact_is_made_a_persons_own_and_nobody_elses_is_taken(
    office: WritingFirm, worker: Program
) -> None:
    with office.firm.inside():
        link = Link.objects.get()
        stranger = Client.objects.create(workspace=office.firm.workspace, name="Rimu", created_at=NOW)
        ana, ben, eve = (
            Person.objects.create(workspace=office.firm.workspace, client=client, name=name, created_at=NOW)
            for name, client in (("Ana", office.customer), ("Ben", office.customer), ("Eve", stranger))
        )
    theirs, others = ({"link_id": link.pk, "is_theirs": one} for one in (True, False))

    told = [
        worker.post(f"people/{person.pk}/contacts", said)
        for person, said in ((ana, theirs), (ben, others), (eve, theirs), (ana, others))
    ]

    assert [one.status_code for one in told] == [200, 200, 404, 200]
    assert [told[i].json()["person_id"] for i in (0, 1, 3)] == [ana.pk, ana.pk, None]
