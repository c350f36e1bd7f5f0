"""The dashboard: totals, what changed, the sync while it runs, and several organisations."""

from datetime import date, timedelta
from decimal import Decimal

import time_machine
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from counterfoil.mirror.models import (
    Change,
    Contact,
    Invoice,
    Organisation,
    OrganisationProfile,
    Run,
    StreamRun,
)
from tests.integration.web.firms import NOW, Firm, make_contact, make_invoice, make_organisation


def text_of(firm: Firm, path: str) -> str:
    answer = firm.client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def make_run(firm: Firm, organisation: Organisation, state: str = Run.State.RUNNING, **fields: object) -> Run:
    with firm.inside():
        run = Run.objects.create(
            organisation=organisation,
            workspace=firm.workspace,
            kind=Run.Kind.FULL,
            reason="connected",
            state=state,
            started_at=timezone.now() - timedelta(seconds=20),
            **fields,
        )
        for place, (stream, done, total) in enumerate([("Contacts", 2, 2), ("Invoices", 3, 12)]):
            StreamRun.objects.create(
                organisation=organisation,
                workspace=firm.workspace,
                run=run,
                stream=stream,
                place=place,
                state=StreamRun.State.DONE if done == total else StreamRun.State.READING,
                pages_done=done,
                pages_total=total,
                rows_read=done * 1000,
                calls=done,
            )
    return run


def log_change(
    firm: Firm, record: Invoice | Contact, before: dict[str, object], after: dict[str, object]
) -> None:
    with firm.inside():
        Change.objects.create(
            organisation_id=record.organisation_id,
            workspace=firm.workspace,
            stream="Invoices" if isinstance(record, Invoice) else "Contacts",
            xero_id=record.xero_id,
            kind=Change.Kind.CHANGED,
            at=NOW,
            why="scheduled",
            before=before,
            after=after,
        )


def test_a_new_firm_sees_the_card_and_can_press_all_of_it(firm: Firm) -> None:
    page = text_of(firm, "/")

    assert "Xero Connection" in page
    assert "not connected" in page
    assert '<a class="card connection-start" id="connection-card" href="/connect/">' in page


def test_totals_count_customers_and_invoices(firm: Firm) -> None:
    organisation = make_organisation(firm)
    make_contact(firm, organisation)
    make_contact(firm, organisation, is_customer=False)
    make_invoice(firm, organisation)
    make_invoice(firm, organisation, gone_at=NOW)
    make_invoice(firm, organisation, kind="ACCPAY")

    page = text_of(firm, "/")

    assert '<span class="stat-label">Customers</span> <span class="stat-value">1</span>' in page
    assert "of 2 contacts" in page
    assert '<span class="stat-label">Invoices synced</span> <span class="stat-value">1</span>' in page
    assert "and 1 bill<" in page


@time_machine.travel("2026-11-22T09:00:00Z")
def test_owed_and_overdue_are_added_per_currency_and_never_across(firm: Firm) -> None:
    """
    GBP  100.00 due tomorrow, 250.50 due today     owed    390.50
    GBP   40.00 due yesterday                      overdue  40.00
    EUR   70.00 without a due date                 owed     70.00
    Drafts, paid ones and bills do not count.
    """
    organisation = make_organisation(firm)
    make_invoice(firm, organisation, amount_due=Decimal(100), due_date=date(2026, 11, 23))
    make_invoice(firm, organisation, amount_due=Decimal("250.50"), due_date=date(2026, 11, 22))
    make_invoice(firm, organisation, amount_due=Decimal(40), due_date=date(2026, 11, 21))
    make_invoice(firm, organisation, amount_due=Decimal(70), due_date=None, currency="EUR")
    make_invoice(firm, organisation, amount_due=Decimal(999), status="DRAFT")
    make_invoice(firm, organisation, amount_due=Decimal(0), status="PAID")
    make_invoice(firm, organisation, amount_due=Decimal(888), kind="ACCPAY")

    page = text_of(firm, "/")

    owed = page.split('id="total-owed"')[1].split("</section>")[0]
    overdue = page.split('id="total-overdue"')[1].split("</section>")[0]
    assert "390.50 <small>GBP</small>" in owed
    assert "70.00 <small>EUR</small>" in owed
    assert "4 invoices in 2 currencies" in owed
    assert "40.00 <small>GBP</small>" in overdue
    assert "EUR" not in overdue


def test_changes_are_told_in_words(firm: Firm) -> None:
    organisation = make_organisation(firm)
    invoice = make_invoice(firm, organisation, number="INV-9", contact_name="Harbour", total=Decimal(3450))
    log_change(firm, invoice, {"AmountPaid": 0}, {"AmountPaid": 1150.5})
    log_change(firm, invoice, {"Status": "DRAFT"}, {"Status": "AUTHORISED"})
    log_change(firm, invoice, {"Reference": "a", "DueDate": "x"}, {"Reference": "b", "DueDate": "y"})

    page = text_of(firm, "/")

    link = f'href="/o/{organisation.pk}/records/Invoices/{invoice.xero_id}/#history">INV-9 Harbour</a>'
    assert f"{link} paid 1,150.50 GBP of 3,450.00 GBP" in page
    assert f"{link} was approved" in page
    assert "changed due date and reference in Xero" in page


def test_members_that_xero_names_for_programs_are_told_in_words(firm: Firm) -> None:
    organisation = make_organisation(firm)
    contact = make_contact(firm, organisation, name="Newcomer")
    log_change(firm, contact, {"IsCustomer": False}, {"IsCustomer": True, "Balances": {}})
    log_change(firm, contact, {"TaxNumber": "1", "Balances": {}}, {"TaxNumber": "2", "Balances": {"a": 1}})

    page = text_of(firm, "/")

    assert "Newcomer</a> is a customer now" in page
    assert "Newcomer</a> changed balance and tax number in Xero" in page


def test_every_page_says_how_fresh_it_is_and_what_is_promised(firm: Firm) -> None:
    make_organisation(firm)

    with time_machine.travel(NOW + timedelta(minutes=30)):
        pages = [text_of(firm, path) for path in ("/", "/invoices/", "/contacts/", "/activity/sync/")]

    assert [page.count(">As of 09:00</a>") for page in pages] == [1, 1, 1, 1]
    assert "asks Xero for changes every hour, checks everything once a day" in pages[0]


def test_progress_shows_pages_rows_calls_and_the_time_left(firm: Firm) -> None:
    organisation = make_organisation(firm)
    make_run(firm, organisation)

    page = text_of(firm, "/")

    assert "5,000 records · 5 of 14 pages · 5 calls · about 36 seconds left" in page
    assert "page 3 of 12" in page
    assert 'role="status"' in page
    assert f'hx-get="/o/{organisation.pk}/live/"' in page


def test_the_live_part_is_asked_for_only_while_a_sync_is_under_way(firm: Firm) -> None:
    organisation = make_organisation(firm)
    run = make_run(firm, organisation)
    address, headers = f"/o/{organisation.pk}/live/", {"HX-Request": "true"}
    running = firm.client.get(address, headers=headers).content.decode()
    with firm.inside():
        Run.objects.filter(pk=run.pk).update(state=Run.State.SUCCEEDED, finished_at=timezone.now())

    finished = firm.client.get(address, headers=headers).content.decode()

    assert "hx-trigger" in running
    assert "hx-trigger" not in finished
    assert "everything is up to date" in finished
    assert firm.client.get(address).headers["Location"] == f"/o/{organisation.pk}/"


def test_a_run_that_waits_for_xero_says_until_when(firm: Firm) -> None:
    organisation = make_organisation(firm)
    make_run(
        firm,
        organisation,
        Run.State.PARKED,
        parked_until=NOW,
        sentence="Xero's calls for today are used up for this organisation.",
    )

    page = text_of(firm, "/")

    assert "The sync waits for Xero" in page
    assert "at 22 Nov 2026, 09:00 GMT, where it stopped." in page
    assert "Waiting for Xero</button>" in page


def test_a_partial_run_is_not_shown_as_a_success(firm: Firm) -> None:
    organisation = make_organisation(firm)
    make_run(
        firm, organisation, Run.State.PARTIAL, finished_at=NOW, sentence="One kind failed.", next_step="Look."
    )

    page = text_of(firm, "/")

    assert "needs a look" in page
    assert "One kind failed." in text_of(firm, "/activity/sync/")
    assert "Finished with problems" in page


def test_sync_now_asks_for_the_changes_once(firm: Firm) -> None:
    organisation = make_organisation(firm)
    make_run(firm, organisation, Run.State.SUCCEEDED, finished_at=NOW)

    answers = [firm.client.post(f"/o/{organisation.pk}/sync-now/") for _ in range(2)]
    page = text_of(firm, "/")

    assert [answer.headers["Location"] for answer in answers] == [f"/o/{organisation.pk}/"] * 2
    job = ProcrastinateJob.objects.get(args__organisation_id=organisation.pk)
    assert (job.args["kind"], job.args["reason"], job.args["by_person"]) == (Run.Kind.DELTA, "by hand", True)
    assert "A sync is under way already" in page
    assert "disabled" in page.split('id="sync-now"')[1].split("</div>")[0]


def test_two_organisations_are_never_mixed(firm: Firm) -> None:
    first, second = make_organisation(firm, "Alpha Ltd"), make_organisation(firm, "Beta Ltd")
    make_invoice(firm, first, number="INV-ALPHA")
    make_invoice(firm, second, number="INV-BETA")

    beta = text_of(firm, f"/o/{second.pk}/invoices/")
    remembered = text_of(firm, "/invoices/")
    alpha = text_of(firm, f"/o/{first.pk}/invoices/")

    assert ("INV-BETA" in beta, "INV-ALPHA" in beta) == (True, False)
    assert ("INV-BETA" in remembered, "INV-ALPHA" in remembered) == (True, False)
    assert ("INV-BETA" in alpha, "INV-ALPHA" in alpha) == (False, True)
    assert f'href="/o/{second.pk}/"' in alpha


def test_a_time_zone_that_nobody_knows_is_taken_as_utc(firm: Firm) -> None:
    make_organisation(firm)
    with firm.inside():
        OrganisationProfile.objects.update(timezone="ATLANTIS")

    with time_machine.travel(NOW):
        assert "As of 09:00" in text_of(firm, "/")
        for page in ("/drafts/", "/billing/new/", "/recharges/", "/agreements/"):
            assert firm.client.get(page).status_code == 200, page


def test_a_run_that_no_worker_is_at_says_so(firm: Firm) -> None:
    organisation = make_organisation(firm)
    make_run(firm, organisation)

    page = text_of(firm, "/")

    assert "No worker is at it just now." in page


def test_a_job_whose_worker_was_killed_does_not_keep_the_button_shut(firm: Firm) -> None:
    organisation = make_organisation(firm)
    make_run(firm, organisation, Run.State.SUCCEEDED, finished_at=NOW)
    firm.client.post(f"/o/{organisation.pk}/sync-now/")
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set status = 'doing'")
        cursor.execute("update procrastinate_events set at = now() - interval '1 minute'")

    page = text_of(firm, "/")

    assert 'type="submit"' in page.split('id="sync-now"')[1].split("</div>")[0]
