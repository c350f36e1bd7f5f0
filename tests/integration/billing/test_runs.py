"""Month-end: everything is billed once, reviewed, pushed and archived (X19-X22, PAIN 6; issue 8)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from counterfoil.domain.money import Money
from counterfoil.features.billing import archiving, deciding, generating, sending
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
from counterfoil.features.billing.runs import NotPossible, RunIsArchived
from counterfoil.features.billing.standing import Stand, with_stand
from counterfoil.features.clients.models import Client, Link
from counterfoil.features.invoicing import drafting, pushing
from counterfoil.mirror.models import Operation
from tests.integration.billing.conftest import JUNE, Office
from tests.integration.web.firms import NOW, make_organisation

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

    first = generating.generate(run, now=NOW)
    second = generating.generate(office.run(), now=NOW)

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
    generating.generate(office.run(), now=NOW)
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

    generated = generating.generate(office.run(), now=NOW)

    assert made(list(generated.invoices)) == [
        ("Harbour Foods", "Care June 2026", [("Work", "1.50", "80.00"), ("Train", "1.00", "20.00")]),
    ]
    assert TimeEntry.objects.filter(billed_by=None).count() == 2
    assert list(generating.generate(office.run(), now=NOW).invoices) == []


def test_a_discarded_invoice_is_billed_by_the_next_run(office: Office) -> None:
    office.agree()
    run = office.run()
    [invoice] = generating.generate(run, now=NOW).invoices

    assert deciding.discard([invoice.pk], by=BY, now=NOW) == 1
    july = office.run(date(2026, 7, 1), date(2026, 7, 31))
    again = generating.generate(july, now=NOW)

    assert [one.date for one in again.invoices] == [date(2026, 6, 30), date(2026, 7, 31)]


def test_two_invoices_of_a_client_become_one(office: Office) -> None:
    office.agree("Care")
    office.agree("Hosting", "40.50")
    run = office.run()
    generating.generate(run, now=NOW)

    kept = deciding.merge([one.pk for one in invoices_of(run)], by=BY, now=NOW)

    assert made([kept]) == [
        (
            "Harbour Foods",
            "Care June 2026",
            [("Care in June 2026", "1.00", "300.00"), ("Care in June 2026", "1.00", "40.50")],
        )
    ]
    assert sorted(one.state for one in invoices_of(run)) == ["discarded", "review"]
    assert list(generating.generate(run, now=NOW).invoices) == []


def test_invoices_of_two_clients_are_not_merged(office: Office) -> None:
    other = Client.objects.create(workspace=office.firm.workspace, name="Other", created_at=NOW)
    office.agree()
    office.agree(customer=other, contact_id="another")
    run = office.run()
    generating.generate(run, now=NOW)

    with pytest.raises(NotPossible, match="for the same contact"):
        deciding.merge([one.pk for one in invoices_of(run)], by=BY, now=NOW)


def test_only_what_is_ready_is_pushed_and_each_once(office: Office) -> None:
    for name in ("Care", "Hosting", "Waiting"):
        office.agree(name)
    run = office.run()
    care, hosting, waiting = generating.generate(run, now=NOW).invoices
    deciding.mark_ready([care.pk], by=BY, now=NOW)
    deciding.hold([waiting.pk], why="They asked to wait.", by=BY, now=NOW)

    pushed = sending.push_ready(run, by=office.firm.user, now=NOW)
    again = sending.push_ready(run, by=office.firm.user, now=NOW)

    assert (pushed.sent, list(pushed.refused), again.sent) == (1, [], 0)
    [operation] = Operation.objects.all()
    assert (operation.kind, operation.amount) == ("invoice_new", Decimal("360.00"))
    assert [one.state for one in invoices_of(run)] == ["pushed", "review", "held"]
    assert hosting.state == "review"


def test_a_client_without_a_contact_is_told_and_not_sent(office: Office) -> None:
    Link.objects.all().delete()
    office.agree()
    run = office.run()

    outlook = generating.look_ahead(office.organisation, last_day=JUNE[1])
    [invoice] = generating.generate(run, now=NOW).invoices

    assert list(outlook.problems) == [
        "Harbour Foods has no contact in this organisation: link one to the client first."
    ]
    assert invoice.draft is not None
    assert invoice.draft.contact_id == ""
    assert deciding.mark_ready([invoice.pk], by=BY, now=NOW) == 0


def test_an_archived_run_stays_as_it_was(office: Office) -> None:
    office.agree()
    office.agree("Waiting")
    run = office.run()
    care, waiting = generating.generate(run, now=NOW).invoices
    deciding.mark_ready([care.pk], by=BY, now=NOW)
    with pytest.raises(NotPossible, match="not sent yet"):
        archiving.archive(run, by=BY, now=NOW)
    sending.push_ready(run, by=office.firm.user, now=NOW)
    deciding.hold([waiting.pk], why="Wait", by=BY, now=NOW)

    with pytest.raises(NotPossible, match="wait for approval"):
        archiving.archive(run, by=BY, now=NOW)
    office.arrive()
    archived = archiving.archive(run, by=BY, now=NOW)

    assert [(one["client"], one["state"], one["total"]) for one in archived.archive or ()] == [
        ("Harbour Foods", "pushed", "360.00"),
        ("Harbour Foods", "held", ""),
    ]
    for act in (generating.generate, lambda run, now: sending.push_ready(run, by=office.firm.user, now=now)):
        with pytest.raises(RunIsArchived):
            act(run, now=NOW)
    assert deciding.discard([care.pk, waiting.pk], by=BY, now=NOW) == 0


def test_a_line_without_a_price_is_told_and_the_rest_is_billed(office: Office) -> None:
    agreement = office.agree()
    office.line(agreement, kind="fixed", description="Nobody said what")

    generated = generating.generate(office.run(), now=NOW)

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
            generating.generate(run, now=NOW)
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
    run = archiving.archive(office.run(), by=BY, now=NOW)

    with pytest.raises(IntegrityError, match="stays as it was"), transaction.atomic():
        BillingRun.objects.filter(pk=run.pk).update(archive=[{"client": "Nobody"}])

    assert BillingRun.objects.filter(pk=run.pk).update(organisation=None) == 1


def stands_of(run: BillingRun) -> list[str]:
    return [str(one.stand) for one in with_stand(run.invoices.order_by("pk"))]  # type: ignore[attr-defined]


def test_what_would_be_billed_is_said_before_anything_is_made(office: Office) -> None:
    office.agree("Care")
    office.agree("Hosting", "40.50", discount_rate=Decimal(10))
    without_price = office.agree("Nobody said what", None)
    office.line(without_price, kind="fixed", description="Something")

    outlook = generating.look_ahead(office.organisation, last_day=JUNE[1])

    assert (outlook.invoices, outlook.agreements) == (2, 2)
    assert outlook.sums == [Money(Decimal("336.45"), "GBP")]
    assert outlook.problems == [
        "Harbour Foods, Nobody said what: Something: There is no price for 2026-06-01 to 2026-06-30."
    ]
    assert not RunInvoice.objects.exists()


def test_a_run_bills_its_own_organisation_only_and_none_when_that_was_forgotten(office: Office) -> None:
    office.agree("Elsewhere", organisation=make_organisation(office.firm, "Another Ltd"))
    run = office.run()

    assert list(generating.generate(run, now=NOW).invoices) == []
    BillingRun.objects.update(organisation=None)
    with pytest.raises(NotPossible, match="was forgotten"):
        generating.generate(run, now=NOW)


def test_an_invoice_on_its_way_is_not_merged_and_loses_nothing(office: Office) -> None:
    for name in ("Care", "Hosting"):
        office.agree(name)
    run = office.run()
    care, hosting = generating.generate(run, now=NOW).invoices
    assert care.draft is not None
    pushing.push([care.draft], by=office.firm.user, now=NOW)

    with pytest.raises(NotPossible, match="One of them is on its way"):
        deciding.merge([care.pk, hosting.pk], by=BY, now=NOW)

    assert [service.invoice_id for service in Service.objects.order_by("pk")] == [care.pk, hosting.pk]


def test_a_draft_sent_from_its_own_page_is_sent_in_the_run_and_not_once_more(office: Office) -> None:
    """The same as after a crash between sending and writing down that it was sent."""
    office.agree()
    run = office.run()
    [invoice] = generating.generate(run, now=NOW).invoices
    deciding.mark_ready([invoice.pk], by=BY, now=NOW)
    assert invoice.draft is not None
    pushing.push([invoice.draft], by=office.firm.user, now=NOW)

    pushed = sending.push_ready(run, by=office.firm.user, now=NOW)

    assert (pushed.sent, list(pushed.refused)) == (0, [])
    assert (stands_of(run), RunInvoice.objects.get().state) == (["pushed"], "pushed")
    assert Operation.objects.count() == 1
    office.arrive()
    assert archiving.archive(run, by=BY, now=NOW).archive is not None


def test_a_draft_taken_back_is_to_be_reviewed_again(office: Office) -> None:
    office.agree()
    run = office.run()
    [invoice] = generating.generate(run, now=NOW).invoices
    deciding.mark_ready([invoice.pk], by=BY, now=NOW)
    sending.push_ready(run, by=office.firm.user, now=NOW)
    assert invoice.draft is not None

    assert pushing.take_back_draft(invoice.draft, by=office.firm.user, now=NOW)

    assert stands_of(run) == ["review"]
    assert deciding.mark_ready([invoice.pk], by=BY, now=NOW) == 1
    assert sending.push_ready(run, by=office.firm.user, now=NOW).sent == 1
    assert Operation.objects.count() == 1


def test_what_a_draft_billed_that_was_thrown_away_elsewhere_is_let_go_of_by_a_stated_act(
    office: Office,
) -> None:
    office.agree()
    run = office.run()
    [invoice] = generating.generate(run, now=NOW).invoices
    assert invoice.draft is not None
    drafting.discard_draft(invoice.draft)

    assert stands_of(run) == [Stand.LOST]
    assert list(generating.generate(run, now=NOW).invoices) == []
    with pytest.raises(NotPossible, match="not sent yet"):
        archiving.archive(run, by=BY, now=NOW)

    assert deciding.discard([invoice.pk], by=BY, now=NOW) == 1
    [again] = generating.generate(run, now=NOW).invoices
    assert made([again]) == [
        ("Harbour Foods", "Care June 2026", [("Care in June 2026", "1.00", "300.00")]),
    ]


def test_what_was_on_hold_in_an_archived_run_goes_on_with_the_next(office: Office) -> None:
    office.agree()
    june = office.run()
    [invoice] = generating.generate(june, now=NOW).invoices
    deciding.hold([invoice.pk], why="They asked to wait.", by=BY, now=NOW)
    archiving.archive(june, by=BY, now=NOW)

    july = office.run(date(2026, 7, 1), date(2026, 7, 31))
    generating.generate(july, now=NOW)

    assert [(one.date, one.state, one.why_held) for one in invoices_of(july)] == [
        (date(2026, 6, 30), "held", "They asked to wait."),
        (date(2026, 7, 31), "review", ""),
    ]
    archived = BillingRun.objects.get(pk=june.pk).archive
    assert archived is not None
    assert archived[0]["why_held"] == "They asked to wait."


def test_a_minimum_agreed_later_does_not_reach_back_to_what_was_billed(office: Office) -> None:
    agreement = office.agree(last_day=JUNE[1])
    generating.generate(office.run(), now=NOW)

    agreement.minimum = Decimal(500)
    agreement.save()

    assert list(generating.generate(office.run(), now=NOW).invoices) == []


def test_a_period_with_a_minimum_is_billed_whole_or_not_yet(office: Office) -> None:
    agreement = office.agree(minimum=Decimal(500), last_day=JUNE[1])
    unpriced = office.line(agreement, kind="fixed", description="Extra")

    first = generating.generate(office.run(), now=NOW)
    office.price(unpriced, "150")
    second = generating.generate(office.run(), now=NOW)

    assert list(first.invoices) == []
    assert first.problems[-1].endswith("before that: its minimum counts all of it.")
    assert [(one.description, one.amount) for one in Service.objects.order_by("place")] == [
        ("Care in June 2026", Decimal(300)),
        ("Extra", Decimal(150)),
        ("Up to the agreed minimum", Decimal(50)),
    ]
    assert len(second.invoices) == 1
