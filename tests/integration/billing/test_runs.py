"""Month-end: everything is billed once, reviewed, pushed and archived (X19-X22, PAIN 6; issue 8)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from counterfoil.features.billing import runs
from counterfoil.features.billing.models import (
    AgreementLine,
    BillingRun,
    Expense,
    Rate,
    RateCard,
    RunInvoice,
    Service,
    TimeEntry,
)
from counterfoil.features.clients.models import Client, Link
from counterfoil.mirror.models import Operation
from tests.integration.billing.conftest import Office
from tests.integration.web.firms import NOW

BY = "mara@firm.example"


def made(invoices: list[RunInvoice]) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    return [
        (
            one.client.name,
            one.draft.reference if one.draft else "",
            [
                (line.description, f"{line.quantity:.2f}", f"{line.unit_amount:.2f}")
                for line in (one.draft.lines.all() if one.draft else [])
            ],
        )
        for one in invoices
    ]


def invoices_of(run: BillingRun) -> list[RunInvoice]:
    return list(run.invoices.order_by("pk"))


def test_a_run_makes_a_draft_for_each_agreement_and_once_more_makes_nothing(office: Office) -> None:
    office.agree("Care")
    office.agree("Hosting", "40.50", reference="Hosting {period}, PO {po|none}")
    run = office.run()

    first = runs.generate(run, now=NOW)
    second = runs.generate(office.run(), now=NOW)

    assert made(list(first.invoices)) == [
        ("Harbour Foods", "Care June 2026", [("Care in June 2026", "1.00", "300.00")]),
        ("Harbour Foods", "Hosting 1–30 Jun 2026, PO none", [("Care in June 2026", "1.00", "40.50")]),
    ]
    assert (list(second.invoices), second.problems) == ([], [])
    draft = first.invoices[0].draft
    assert draft is not None
    assert (draft.date, draft.contact_id) == (date(2026, 6, 30), office.contact_id)


def test_no_day_of_a_fee_is_billed_twice_whatever_the_code_does(office: Office) -> None:
    office.agree()
    runs.generate(office.run(), now=NOW)
    service = Service.objects.get()

    service.pk = None
    service.start, service.end = date(2026, 6, 30), date(2026, 7, 2)
    with pytest.raises(IntegrityError, match="service_billed_once"), transaction.atomic():
        service.save()


def test_hours_and_expenses_are_billed_by_one_invoice_only(office: Office) -> None:
    card = RateCard.objects.create(
        workspace=office.firm.workspace, name="2026", currency="GBP", created_at=NOW
    )
    Rate.objects.create(
        workspace=office.firm.workspace, card=card, since=date(2026, 1, 1), amount=Decimal(80)
    )
    for name in ("Care", "Another"):
        agreement = office.agree(name, None)
        office.line(agreement, kind="time", description="Work", rate_card=card)
        office.line(agreement, kind="expenses", description="")
    own = {"workspace": office.firm.workspace, "client": office.customer, "created_at": NOW}
    TimeEntry.objects.create(**own, day=date(2026, 6, 9), who="Ann", hours=Decimal("1.5"))
    TimeEntry.objects.create(**own, day=date(2026, 7, 1), who="Ann", hours=Decimal(2))
    TimeEntry.objects.create(**own, day=date(2026, 6, 9), who="Ann", hours=Decimal(3), is_billable=False)
    Expense.objects.create(
        **own, day=date(2026, 6, 3), description="Train", amount=Decimal(20), currency="GBP"
    )

    generated = runs.generate(office.run(), now=NOW)

    assert made(list(generated.invoices)) == [
        ("Harbour Foods", "Care June 2026", [("Work", "1.50", "80.00"), ("Train", "1.00", "20.00")]),
    ]
    assert TimeEntry.objects.filter(billed_by=None).count() == 2
    assert list(runs.generate(office.run(), now=NOW).invoices) == []


def test_a_discarded_invoice_is_billed_by_the_next_run(office: Office) -> None:
    office.agree()
    run = office.run()
    [invoice] = runs.generate(run, now=NOW).invoices

    assert runs.discard([invoice.pk], by=BY, now=NOW) == 1
    july = office.run(date(2026, 7, 1), date(2026, 7, 31))
    again = runs.generate(july, now=NOW)

    assert [one.date for one in again.invoices] == [date(2026, 6, 30), date(2026, 7, 31)]


def test_two_invoices_of_a_client_become_one(office: Office) -> None:
    office.agree("Care")
    office.agree("Hosting", "40.50")
    run = office.run()
    runs.generate(run, now=NOW)

    kept = runs.merge([one.pk for one in invoices_of(run)], by=BY, now=NOW)

    assert made([kept]) == [
        (
            "Harbour Foods",
            "Care June 2026",
            [("Care in June 2026", "1.00", "300.00"), ("Care in June 2026", "1.00", "40.50")],
        )
    ]
    assert sorted(one.state for one in invoices_of(run)) == ["discarded", "review"]
    assert list(runs.generate(run, now=NOW).invoices) == []


def test_invoices_of_two_clients_are_not_merged(office: Office) -> None:
    other = Client.objects.create(workspace=office.firm.workspace, name="Other", created_at=NOW)
    office.agree()
    office.agree(customer=other, contact_id="another")
    run = office.run()
    runs.generate(run, now=NOW)

    with pytest.raises(runs.NotPossible, match="for the same contact"):
        runs.merge([one.pk for one in invoices_of(run)], by=BY, now=NOW)


def test_only_what_is_ready_is_pushed_and_each_once(office: Office) -> None:
    for name in ("Care", "Hosting", "Waiting"):
        office.agree(name)
    run = office.run()
    care, hosting, waiting = runs.generate(run, now=NOW).invoices
    runs.mark_ready([care.pk], by=BY, now=NOW)
    runs.hold([waiting.pk], why="They asked to wait.", by=BY, now=NOW)

    pushed = runs.push_ready(run, by=office.firm.user, now=NOW)
    again = runs.push_ready(run, by=office.firm.user, now=NOW)

    assert (pushed.sent, list(pushed.refused), again.sent) == (1, [], 0)
    [operation] = Operation.objects.all()
    assert (operation.kind, operation.amount) == ("invoice_new", Decimal("360.00"))
    assert [one.state for one in invoices_of(run)] == ["pushed", "review", "held"]
    assert hosting.state == "review"


def test_a_client_without_a_contact_is_told_and_not_sent(office: Office) -> None:
    Link.objects.all().delete()
    office.agree()
    run = office.run()

    [invoice] = runs.generate(run, now=NOW).invoices

    assert (
        invoice.problem == "Harbour Foods has no contact in this organisation: link one to the client first."
    )
    assert runs.mark_ready([invoice.pk], by=BY, now=NOW) == 0


def test_an_archived_run_stays_as_it_was(office: Office) -> None:
    office.agree()
    office.agree("Waiting")
    run = office.run()
    care, waiting = runs.generate(run, now=NOW).invoices
    runs.mark_ready([care.pk], by=BY, now=NOW)
    with pytest.raises(runs.NotPossible, match="not sent yet"):
        runs.archive(run, by=BY, now=NOW)
    runs.push_ready(run, by=office.firm.user, now=NOW)
    runs.hold([waiting.pk], why="Wait", by=BY, now=NOW)

    archived = runs.archive(run, by=BY, now=NOW)

    assert [(one["client"], one["state"], one["total"]) for one in archived.archive or ()] == [
        ("Harbour Foods", "pushed", "360.00"),
        ("Harbour Foods", "held", ""),
    ]
    for act in (runs.generate, lambda run, now: runs.push_ready(run, by=office.firm.user, now=now)):
        with pytest.raises(runs.RunIsArchived):
            act(run, now=NOW)
    assert runs.discard([care.pk, waiting.pk], by=BY, now=NOW) == 0


def test_a_line_without_a_price_is_told_and_the_rest_is_billed(office: Office) -> None:
    agreement = office.agree()
    office.line(agreement, kind="fixed", description="Nobody said what")

    generated = runs.generate(office.run(), now=NOW)

    assert generated.problems == [
        "Harbour Foods, Care: Nobody said what: There is no price for 2026-06-01 to 2026-06-30."
    ]
    assert [
        line.description
        for one in generated.invoices
        for line in (one.draft.lines.all() if one.draft else [])
    ] == ["Care in June 2026"]


def test_a_run_takes_as_many_queries_for_many_agreements_as_for_three(office: Office) -> None:
    def count(run_days: tuple[date, date]) -> int:
        run = office.run(*run_days)
        with CaptureQueriesContext(
            connection,
        ) as taken:
            runs.generate(run, now=NOW)
        return len(taken)

    for number in range(3):
        office.agree(f"One {number}")
    few = count((date(2026, 6, 1), date(2026, 6, 30)))
    for number in range(20):
        office.agree(f"More {number}")
    many = count((date(2026, 7, 1), date(2026, 7, 31)))

    assert AgreementLine.objects.count() == 23
    assert many == few


def test_the_database_keeps_an_archived_run_as_it_was(office: Office) -> None:
    run = runs.archive(office.run(), by=BY, now=NOW)

    with pytest.raises(IntegrityError, match="stays as it was"), transaction.atomic():
        BillingRun.objects.filter(pk=run.pk).update(archive=[{"client": "Nobody"}])

    assert BillingRun.objects.filter(pk=run.pk).update(organisation=None) == 1
