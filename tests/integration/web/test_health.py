"""The state of organisations on every page that shows it, and the quarantine (X15, X31, X35, PAIN 3, 9)."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import DjangoAssertNumQueries

from counterfoil.config.discretion import ASKED_BY
from counterfoil.features.workspaces.models import Membership
from counterfoil.mirror.models import Organisation, Quarantined, Run, StreamRun, Verification
from counterfoil.sync import verdicts
from tests.integration.web.firms import Firm, make_firm, make_organisation
from tests.integration.web.test_settings import text_of


def add_run(firm: Firm, organisation: Organisation, state: str, *, ago: timedelta, **fields: object) -> Run:
    with firm.inside():
        started = timezone.now() - ago
        is_ended = state not in (Run.State.RUNNING, Run.State.PARKED)
        values = {"kind": Run.Kind.DELTA, "reason": "scheduled", "started_at": started}
        values |= {"finished_at": started if is_ended else None}
        return Run.objects.create(
            organisation=organisation, workspace=firm.workspace, state=state, **(values | fields)
        )


def add_stream(firm: Firm, run: Run, stream: str, state: str, error: str = "") -> None:
    with firm.inside():
        StreamRun.objects.create(
            run=run,
            organisation_id=run.organisation_id,
            workspace=firm.workspace,
            stream=stream,
            place=0,
            state=state,
            error=error,
            next_step="Ask again." if error else "",
        )


def put_into_quarantine(firm: Firm, organisation: Organisation, number: int, xero_id: str) -> None:
    with firm.inside():
        Quarantined.objects.create(
            organisation=organisation,
            workspace=firm.workspace,
            stream="Invoices",
            xero_id=xero_id,
            digest=bytes([number]),
            raw=f'{{"Number": {number}}}',
            problem=f"Problem {number}.",
            seen_at=timezone.now(),
        )


@pytest.fixture(autouse=True)
def no_jobs(db: None) -> None:
    """Django empties only the tables it manages; the queue's are not among them."""
    with connection.cursor() as cursor:
        cursor.execute("truncate procrastinate_jobs cascade")


def test_what_a_daily_check_could_not_read_stays_said_after_a_good_delta(firm: Firm) -> None:
    organisation = make_organisation(firm)
    sweep = add_run(firm, organisation, Run.State.PARTIAL, ago=timedelta(hours=5), kind=Run.Kind.SWEEP)
    add_stream(firm, sweep, "Reports/TrialBalance", StreamRun.State.FAILED, "No permission.")
    delta = add_run(firm, organisation, Run.State.SUCCEEDED, ago=timedelta(minutes=5))
    add_stream(firm, delta, "Invoices", StreamRun.State.DONE)

    for path in ("/", "/settings/integrations/", "/organisations/"):
        page = text_of(firm, path)
        assert "Needs attention</span>" in page
        assert "Trial balance could not be read: No permission." in page
    row = text_of(firm, "/settings/integrations/").split(">Trial balance")[1].split("</tr>")[0]
    assert "Ask again." in row


def test_while_a_sync_runs_the_errors_before_it_are_not_shown(firm: Firm) -> None:
    organisation = make_organisation(firm)
    failed = add_run(firm, organisation, Run.State.FAILED, ago=timedelta(hours=1))
    add_stream(firm, failed, "Invoices", StreamRun.State.FAILED, "Xero has a fault.")
    running = add_run(firm, organisation, Run.State.RUNNING, ago=timedelta(seconds=1))
    add_stream(firm, running, "Invoices", StreamRun.State.FAILED, "Not yet to be said.")

    page = text_of(firm, "/settings/integrations/")

    assert "Syncing</span>" in page
    assert "Xero has a fault." not in page
    assert "Not yet to be said." not in page + text_of(firm, "/activity/sync/") + text_of(firm, "/")


def test_a_parked_run_says_when_it_goes_on_in_the_organisations_zone(firm: Firm) -> None:
    organisation = make_organisation(firm)
    until = (timezone.now() + timedelta(hours=3)).astimezone(ZoneInfo("Europe/London"))
    add_run(firm, organisation, Run.State.PARKED, ago=timedelta(minutes=1), parked_until=until)

    page = text_of(firm, "/settings/integrations/")

    assert "Waiting</span>" in page
    assert f"It goes on by itself on {until:%-d %b %Y, %H:%M %Z}" in page

    pressed = firm.client.post(f"/o/{organisation.pk}/sync-now/", follow=True).content.decode()

    assert f"It goes on by itself on {until:%-d %b %Y, %H:%M %Z}" in pressed.split('id="messages"')[1]
    assert not ProcrastinateJob.objects.filter(task_name="sync").exists()


def test_all_organisations_stand_on_one_page_the_worst_first_at_one_price(
    firm: Firm, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_organisation(firm, "Fine Ltd")
    with django_assert_max_num_queries(28):
        firm.client.get("/organisations/")
    lost = make_organisation(firm, "Lost Ltd", state="lost", lost_because="It was disconnected.")
    paused = make_organisation(firm, "Paused Ltd", auto_sync=False)
    broken = make_organisation(firm, "Broken Ltd")
    put_into_quarantine(firm, broken, 1, "a")
    for number in range(9):
        make_organisation(firm, f"Another {number} Ltd")
    firm.client.get(f"/o/{paused.pk}/")

    with django_assert_max_num_queries(28):
        page = text_of(firm, "/organisations/")

    table = page.split("<tbody>")[1]
    places = [table.index(name) for name in ("Lost Ltd", "Broken Ltd", "Paused Ltd", "Another 0", "Fine Ltd")]
    assert places == sorted(places)
    assert "It was disconnected." in table
    assert f'href="/o/{broken.pk}/activity/quarantine/"' in table
    assert f"/o/{lost.pk}/sync-now/" not in table


def test_without_an_organisation_the_board_says_what_to_do(firm: Firm) -> None:
    assert "Nothing is connected" in text_of(firm, "/organisations/")


def test_the_quarantine_shows_what_xero_sent_and_tries_one_or_all_again(firm: Firm) -> None:
    organisation = make_organisation(firm)
    for number, xero_id in enumerate(["a", "b", ""], start=1):
        put_into_quarantine(firm, organisation, number, xero_id)
    page = text_of(firm, "/activity/quarantine/")
    assert "Problem 2." in page
    assert "{&quot;Number&quot;: 2}" in page
    assert page.count("Try again<span") == 2
    with firm.inside():
        record = Quarantined.objects.get(xero_id="b")

    firm.client.post(f"/o/{organisation.pk}/quarantine-again/", {"record": str(record.pk)})
    firm.client.post(f"/o/{organisation.pk}/quarantine-again/")

    jobs = ProcrastinateJob.objects.filter(task_name="read_again").order_by("id")
    assert [job.args | {ASKED_BY: ""} for job in jobs] == [
        {"organisation_id": organisation.pk, "stream": "Invoices", "xero_ids": ids, ASKED_BY: ""}
        for ids in (["b"], ["a", "b"])
    ]
    assert "being read from Xero again" in text_of(firm, "/activity/quarantine/?stream=Invoices")
    assert "Problem 2." not in text_of(firm, "/activity/quarantine/?stream=Contacts")


def test_a_viewer_sees_the_quarantine_and_cannot_act(db: None) -> None:
    firm = make_firm(role=Membership.Role.VIEWER)
    organisation = make_organisation(firm)
    put_into_quarantine(firm, organisation, 1, "a")

    answer = firm.client.post(f"/o/{organisation.pk}/quarantine-again/")

    assert answer.status_code == 403
    assert "Try again<span" not in text_of(firm, "/activity/quarantine/")


def test_a_long_quarantine_has_pages(firm: Firm) -> None:
    organisation = make_organisation(firm)
    for number in range(30):
        put_into_quarantine(firm, organisation, number, f"id-{number}")

    first = text_of(firm, "/activity/quarantine/")
    address = first.split('href="?before=')[1].split('"')[0]
    second = text_of(firm, f"/activity/quarantine/?before={address}")

    assert (first.count("Problem "), second.count("Problem ")) == (25, 5)


def test_a_difference_that_nothing_explains_needs_attention_until_a_comparison_is_even(firm: Firm) -> None:
    organisation = make_organisation(firm)

    def compare(verdict: str, sentence: str, *, minutes: int) -> None:
        with firm.inside():
            asked_at = timezone.now() + timedelta(minutes=minutes)
            wish = verdicts.ask(organisation, reason="daily", now=asked_at)
            Verification.objects.filter(pk=wish.pk).update(state="done", verdict=verdict, sentence=sentence)

    compare("unexplained", "1 of 25 figures differs.", minutes=1)
    page = text_of(firm, "/organisations/")
    assert "1 of 25 figures differs." in page
    assert f'href="/o/{organisation.pk}/activity/proof/"' in page.split("<tbody>")[1]

    compare("equal", "All 25 figures are equal.", minutes=2)
    assert "differs" not in text_of(firm, "/organisations/")
