"""The pages of month-end: start, review beside last month, send, archive (X19-X22, X37; issue 8)."""

import html
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from counterfoil.config.discretion import ASKED_BY
from counterfoil.features.billing import deciding, sending, waving
from counterfoil.features.billing.comparing import compare
from counterfoil.features.billing.generating import generate
from counterfoil.features.billing.models import Agreement, BillingRun, LinePrice, RunInvoice
from counterfoil.features.billing.tasks import make_invoices, wave_invoices
from counterfoil.features.invoicing.drafting import discard_draft
from counterfoil.features.workspaces.models import Membership
from counterfoil.features.workspaces.permissions import Role
from counterfoil.mirror.models import Invoice, Operation, RepeatingInvoice
from counterfoil.web.views import billing_runs
from tests.integration.billing.conftest import JUNE, Office
from tests.integration.web.addresses import read_whole
from tests.integration.web.firms import NOW, add_person, make_firm, make_invoice

JULY = (date(2026, 7, 1), date(2026, 7, 31))


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", read_whole(answer))))


def look(office: Office, run: BillingRun, more: str = "") -> str:
    return text_of(office.firm.client.get(f"/billing/{run.pk}/{more}"))


def act(office: Office, run: BillingRun, name: str, *invoices: RunInvoice, **more: str) -> str:
    form = {"act": name, "invoice": [one.pk for one in invoices]} | more
    return text_of(office.firm.client.post(f"/billing/{run.pk}/decide/", form, follow=True))


def bill(office: Office, days: tuple[date, date] = JUNE) -> tuple[BillingRun, list[RunInvoice]]:
    run = office.run(*days)
    return run, list(generate(run, now=NOW).invoices)


def test_what_would_be_billed_is_shown_before_a_run_is_begun_and_two_browsers_begin_one(
    office: Office,
) -> None:
    office.agree("Care")
    office.agree("Hosting", "40.50")
    query = {"organisation": str(office.organisation.pk), "up_to": "2026-06-30"}

    shown = text_of(office.firm.client.get("/billing/new/", query))
    first = office.firm.client.post("/billing/new/", query)
    second = office.firm.client.post("/billing/new/", query)

    assert "2 invoices of 2 agreements: 340.50 GBP" in shown
    run = BillingRun.objects.get()
    assert first.headers["Location"] == second.headers["Location"] == f"/billing/{run.pk}/"
    assert (run.first_day, run.last_day) == JUNE
    assert ProcrastinateJob.objects.filter(task_name="make_invoices").count() == 1
    assert "Making invoices" in look(office, run)


def test_a_job_makes_the_invoices_and_says_how_far_it_is(office: Office) -> None:
    office.agree("Care")
    run = office.run()
    office.firm.client.post(f"/billing/{run.pk}/make/")

    make_invoices.func(run_id=run.pk)

    run.refresh_from_db()
    assert (run.doing, run.done, run.total, run.failure) == ("", 1, 1, "")
    answer = office.firm.client.get(f"/billing/{run.pk}/live/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Refresh"] == "true"


def test_an_invoice_stands_beside_the_last_one_with_what_is_different(office: Office) -> None:
    """X37. 300 plus 20 % is 360; from July 320 plus 20 % is 384."""
    agreement = office.agree("Care")
    office.agree("Hosting", "40.50")
    bill(office)
    line = agreement.lines.get()
    LinePrice.objects.create(workspace=office.firm.workspace, line=line, since=JULY[0], amount=Decimal(320))
    office.price(office.line(agreement, kind="fixed", description="Backup", starts_on=JULY[0]), "10")

    run, _ = bill(office, JULY)

    page = look(office, run)
    assert "This time 396.00 GBP 30 Jun 2026 360.00 GBP" in page
    assert "Care in July 2026: price 300.00 → 320.00" in page
    assert "New: Backup, 10.00" in page
    assert "This time 48.60 GBP 30 Jun 2026 48.60 GBP" in page
    assert page.count("As last time") == 2  # in the row, and in the filter


def test_a_line_that_is_gone_and_one_written_by_hand_are_told(office: Office) -> None:
    agreement = office.agree("Care")
    extra = office.line(agreement, kind="fixed", description="Backup", last_day=JUNE[1])
    office.price(extra, "10")
    bill(office)
    _, [july] = bill(office, JULY)
    assert july.draft is not None
    july.draft.lines.create(
        workspace=office.firm.workspace, place=9, description="Thanks", quantity=1, unit_amount=-5
    )

    [comparison] = compare([july]).values()

    assert [one.sentence for one in comparison.differences] == [
        "New: Thanks, −5.00",
        "Not any more: Backup, 10.00",
    ]


def test_those_as_last_time_become_ready_together_and_others_wait_for_a_look(office: Office) -> None:
    office.agree("Care")
    bill(office)
    office.agree("New one", "10", starts_on=JULY[0])
    run, [care, new] = bill(office, JULY)

    page = act(office, run, "ready_plain")

    assert "One invoice is as the last time and without a problem: ready." in page
    care.refresh_from_db()
    new.refresh_from_db()
    assert (care.state, new.state) == ("ready", "review")
    assert "First time billed here" in look(office, run, "?show=review&only=different")


def test_many_are_looked_at_by_a_job_that_says_how_far_it_is(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        office.agree(f"Care {number}")
    bill(office)
    run, invoices = bill(office, JULY)
    monkeypatch.setattr(billing_runs, "AT_ONCE", 2)
    monkeypatch.setattr(waving, "AT_ONCE", 2)

    asked = act(office, run, "ready_plain")
    [job] = ProcrastinateJob.objects.filter(task_name="wave_invoices")
    wave_invoices(**{name: value for name, value in job.args.items() if name != ASKED_BY})

    run.refresh_from_db()
    assert "Looking for what is as last time" in asked
    assert (run.done, run.total, run.doing, run.failure) == (3, 3, "", "")
    assert {one.state for one in RunInvoice.objects.filter(run=run)} == {"ready"}
    assert len(invoices) == 3


def test_a_run_says_what_its_invoices_come_to_by_currency(office: Office) -> None:
    for name, currency, price in (("Care", "GBP", "300"), ("Backup", "GBP", "10.55"), ("Site", "USD", "99")):
        office.agree(name, price, currency=currency)
    run, _ = bill(office)

    page = look(office, run)

    assert "To review: 310.55 GBP before tax · 99.00 USD before tax" in page


def test_an_invoice_is_held_with_a_reason_reopened_discarded_and_billed_again(office: Office) -> None:
    office.agree()
    run, [invoice] = bill(office)

    assert "Say why it is put on hold." in act(office, run, "hold", invoice)
    assert "They asked to wait." in act(office, run, "hold", invoice, why="They asked to wait.", show="held")
    act(office, run, "reopen", invoice)
    assert "is billed by the next run" in act(office, run, "discard", invoice)
    assert "One invoice is" not in act(office, run, "ready", invoice)

    [again] = generate(run, now=NOW).invoices
    assert again.draft is not None
    discard_draft(again.draft)
    assert "Its draft was discarded on its own page" in look(office, run)
    act(office, run, "bill_again", again)
    assert [one.state for one in generate(run, now=NOW).invoices] == ["review"]


def test_invoices_of_a_client_are_merged_and_no_two_of_different_ones(office: Office) -> None:
    office.agree("Care")
    office.agree("Hosting", "40.50")
    run, [care, hosting] = bill(office)

    assert "No two of these" in act(office, run, "merge", care)
    assert "One invoice is made of several." in act(office, run, "merge", care, hosting)

    assert "This time 408.60 GBP" in look(office, run)


def test_what_was_sent_shows_what_became_of_it_in_xero(office: Office) -> None:
    """X22: approved and paid there."""
    office.agree()
    run, [invoice] = bill(office)
    act(office, run, "ready", invoice)
    assert "Send 1 to Xero as draft" in look(office, run)
    office.firm.client.post(f"/billing/{run.pk}/send/")
    assert ProcrastinateJob.objects.filter(task_name="send_invoices").count() == 1
    BillingRun.objects.update(doing="")
    sending.push_ready(run, by=office.firm.user, now=NOW)
    made = make_invoice(office.firm, office.organisation, status="AUTHORISED", total=Decimal(360))

    Operation.objects.update(state="done", xero_id=made.xero_id, approved_at=NOW, done_at=NOW)
    approved = look(office, run, "?show=pushed")
    Invoice.objects.filter(pk=made.pk).update(status="PAID", amount_due=0, amount_paid=360)
    paid = look(office, run, "?show=pushed")

    assert "Open" in approved
    assert "Paid" in paid


def test_xeros_own_repeating_invoice_for_the_same_contact_is_shown_and_waits_for_a_look(
    office: Office,
) -> None:
    """R13: nobody is billed by both."""
    office.agree()
    bill(office)
    run, _ = bill(office, JULY)
    assert look(office, run).count("Xero bills this contact") == 0
    RepeatingInvoice.objects.create(
        organisation=office.organisation, workspace=office.firm.workspace, xero_id="r", raw="{}", digest=b"",
        first_seen_at=NOW, changed_here_at=NOW, kind="ACCREC", status="AUTHORISED", currency="GBP",
        contact_id=office.contact_id, contact_name="Harbour", reference="Care", total=Decimal(300), period=1,
        unit="MONTHLY", next_scheduled_date=date(2026, 8, 1),
    )  # fmt: skip

    page = look(office, run)
    agreed = text_of(office.firm.client.get(f"/agreements/{Agreement.objects.get().pk}/"))

    said = "Xero bills this contact by itself “Care”: 300.00 GBP every month, next on 1 August 2026."
    assert said in page
    assert f"{said} Bill it by one of the two only." in agreed
    assert "None is just as the last time" in act(office, run, "ready_plain")


def test_an_archived_run_is_shown_and_exported_as_it_was(office: Office) -> None:
    office.agree()
    run, [invoice] = bill(office)
    deciding.mark_ready([invoice.pk], by="mara", now=NOW)
    sending.push_ready(run, by=office.firm.user, now=NOW)

    office.arrive()
    shown = text_of(office.firm.client.post(f"/billing/{run.pk}/archive/", follow=True))
    assert invoice.draft is not None
    invoice.draft.lines.update(description="Changed since")
    table = read_whole(office.firm.client.get(f"/billing/{run.pk}/export/?form=csv")).splitlines()
    book = office.firm.client.get(f"/billing/{run.pk}/export/?form=xlsx")

    assert "Care in June 2026 1 Jun 2026 to 30 Jun 2026, 300.00" in shown
    assert "360.00 GBP" in shown
    reference = Operation.objects.get().reference
    assert table[1] == (
        f"Harbour Foods,2026-06-30,Care June 2026,Sent,,GBP,360.00,{reference},in-xero,Care,"
        "2026-06-01,2026-06-30,Care in June 2026,1.00,300.00,300.00"
    )
    assert "spreadsheet" in book.headers["Content-Type"]
    assert b"".join(book.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]  # a file


def test_a_viewer_reads_and_does_nothing(office: Office) -> None:
    office.agree()
    run, _ = bill(office)
    add_person(office.firm.workspace)
    Membership.objects.filter(user=office.firm.user).update(role=Role.VIEWER)

    page = read_whole(office.firm.client.get(f"/billing/{run.pk}/"))

    assert "Harbour Foods" in page
    assert f"/billing/{run.pk}/decide/" not in page


def test_a_run_of_another_firm_is_not_there(office: Office) -> None:
    run = office.run()
    assert make_firm("Another").client.get(f"/billing/{run.pk}/").status_code == 404


@pytest.mark.parametrize("show", ["review", "pushed"])
def test_a_page_of_many_takes_as_many_queries_as_one_of_few(office: Office, show: str) -> None:
    def count(read: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as taken:
            read()
        return len(taken)

    for number in range(2):
        office.agree(f"Care {number}")
    bill(office)
    few, _ = bill(office, JULY)
    for number in range(6):
        office.agree(f"More {number}", starts_on=date(2026, 7, 1))
    august = (date(2026, 8, 1), date(2026, 8, 31))
    many, _ = bill(office, august)
    for run in (few, many) if show == "pushed" else ():
        deciding.mark_ready(list(run.invoices.values_list("pk", flat=True)), by="mara", now=NOW)
        sending.push_ready(run, by=office.firm.user, now=NOW)
    look(office, few, f"?show={show}")

    assert count(lambda: look(office, few, f"?show={show}")) == count(
        lambda: look(office, many, f"?show={show}")
    )


def test_all_of_a_run_are_approved_in_one_press_after_their_count_and_sums_were_shown(office: Office) -> None:
    """X21, K15.  300.00 and 40.50, plus 20 %: 360.00 + 48.60 = 408.60."""
    office.agree("Care")
    office.agree("Hosting", "40.50")
    run, made = bill(office)
    deciding.mark_ready([one.pk for one in made], by="t", now=NOW)
    sending.push_ready(run, by=office.firm.user, now=NOW)
    address = f"/billing/{run.pk}/approve/"
    assert f'href="{address}"' in office.firm.client.get(f"/billing/{run.pk}/").content.decode()

    shown = office.firm.client.get(address)
    office.firm.client.post(address, {"shown": "something else"})

    assert "2 invoices wait for approval: 408.60 GBP" in text_of(shown)
    states = Operation.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["waiting", "waiting"]
    page = text_of(office.firm.client.post(address, {"shown": shown.context["waiting"].mark}, follow=True))
    assert "2 invoices are approved, and on the way to Xero." in page
    assert list(states.all()) == ["queued", "queued"]
    assert "Nothing waits for approval" in text_of(office.firm.client.get(address))


def test_who_may_not_approve_is_offered_no_approving_of_a_run(office: Office) -> None:
    office.agree("Care")
    run, [made] = bill(office)
    deciding.mark_ready([made.pk], by="t", now=NOW)
    sending.push_ready(run, by=office.firm.user, now=NOW)
    add_person(office.firm.workspace)
    Membership.objects.filter(user=office.firm.user).update(role=Role.MEMBER)

    assert "/approve/" not in office.firm.client.get(f"/billing/{run.pk}/").content.decode()
    assert office.firm.client.get(f"/billing/{run.pk}/approve/").status_code == 403


def test_one_that_would_be_another_invoice_today_is_not_approved_with_the_run(office: Office) -> None:
    office.agree("Care")
    office.agree("Hosting", "40.50")
    run, made = bill(office)
    deciding.mark_ready([one.pk for one in made], by="t", now=NOW)
    sending.push_ready(run, by=office.firm.user, now=NOW)
    assert made[0].draft is not None
    made[0].draft.lines.update(quantity=2)

    shown = office.firm.client.get(f"/billing/{run.pk}/approve/")

    assert "1 would be another invoice today" in text_of(shown)
    assert "One invoice waits for approval: 48.60 GBP" in text_of(shown)
