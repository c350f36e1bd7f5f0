"""Webhooks bring the mirror up to date, with the fewest calls (issue 4)."""

import json
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from uuid import uuid4

import pytest
from django.db import connection as database
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from counterfoil.features.connections.tasks import fetch_told_of, read_webhooks
from counterfoil.features.operating.retaining import forget_all
from counterfoil.features.webhooks.feed import PATIENCE, FeedState, describe_feed_of
from counterfoil.features.webhooks.operations import note_keys
from counterfoil.mirror.models import Connection, Contact, Delivery, GateBudget, Notice, Run, Usage
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.sync.app import WebhookKey
from counterfoil.sync.cadence import find_next_turn, list_due
from counterfoil.sync.deliveries import (
    Incoming,
    replay_deliveries,
    replay_for,
    store_deliveries,
    unpack_deliveries,
)
from counterfoil.sync.inbox import (
    CALLS_FOR_OTHERS,
    SPACING,
    SPREAD,
    fetch_told,
    is_read_by_id,
    list_told,
)
from counterfoil.sync.lease import AlreadySyncing, hold_lease
from counterfoil.sync.runs import begin_run
from counterfoil.sync.streams import STREAM_BY_NAME
from tests.factories.sandbox import CUSTOM_CLIENT_ID, RunningSandbox, running_sandbox
from tests.integration.sync.conftest import Mirrored
from tests.integration.sync.test_killed_worker import wait_until
from tests.integration.sync.test_mirror_equals_xero import assert_equal

SAID = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CATEGORIES = {
    "Contacts": "CONTACT",
    "Invoices": "INVOICE",
    "CreditNotes": "CREDITNOTE",
    "Prepayments": "PREPAYMENT",
    "Overpayments": "OVERPAYMENT",
    "Payments": "PAYMENT",
}
Told = tuple[str, str, datetime]


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """A stand-in that is small, because nothing here is about size."""
    with running_sandbox(invoices=300, contacts=40, minute_calls=10_000, tier="advanced") as running:
        yield running


@pytest.fixture
def copied(mirrored: Mirrored) -> Mirrored:
    """An organisation whose first copy is done."""
    mirrored.sync(Run.Kind.FULL)
    mirrored.sync(Run.Kind.DELTA)
    return mirrored


OURS = WebhookKey(CUSTOM_CLIENT_ID, key="")


def deliver(
    tenant_id: str, told: Sequence[Told], *, received_at: datetime | None = None, signer: WebhookKey = OURS
) -> None:
    """Keep a delivery of these events, as Xero writes them: stream, id and time."""
    events = [
        {
            "resourceId": xero_id,
            "eventDateUtc": said_at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3],
            "eventType": "UPDATE",
            "eventCategory": CATEGORIES.get(stream, stream),
            "tenantId": tenant_id,
            "tenantType": "ORGANISATION",
        }
        for stream, xero_id, said_at in told
    ]
    body = json.dumps({"events": events}).encode()
    store_deliveries([Incoming(body, [signer], is_test=False, now=received_at or timezone.now())])


def tell(mirrored: Mirrored, stream: str, xero_id: str, said_at: datetime = SAID) -> None:
    """Deliver one event and unpack it."""
    deliver(mirrored.organisation.tenant_id, [(stream, xero_id, said_at)])
    unpack_deliveries(now=timezone.now())


def waiting() -> list[tuple[str, str]]:
    with across_workspaces():
        pending = Notice.objects.filter(settled_at=None).order_by("stream", "xero_id")
        return list(pending.values_list("stream", "xero_id"))


def latest_deliveries() -> list[Delivery]:
    return list(Delivery.objects.order_by("-received_at", "-pk"))


def told_organisations(*, later: timedelta = timedelta()) -> list[int]:
    with across_workspaces():
        return list_told(now=timezone.now() + later)


def fetch(mirrored: Mirrored) -> dict[str, int]:
    """Fetch as the worker does and return the calls of each stream."""
    run = fetch_told(mirrored.organisation.pk, now=timezone.now)
    assert run is not None
    assert (run.kind, run.reason) == (Run.Kind.WEBHOOK, "webhook")
    return {name: row.calls for name, row in mirrored.streams(run).items()}


def find_changed(mirrored: Mirrored) -> list[tuple[str, str]]:
    """Return every record that differs between Xero and the copy."""
    return [
        (stream, xero_id)
        for stream in CATEGORIES
        for copy in [mirrored.copy_of(stream)]
        for xero_id, record in mirrored.original_of(stream).items()
        if copy.get(xero_id, {}).get("UpdatedDateUTC") != record["UpdatedDateUTC"]
    ]


def raise_invoice(mirrored: Mirrored) -> str:
    return str(mirrored.sandbox.act(mirrored.organisation.tenant_id, "invoices", Amount=120)["InvoiceID"])


def test_a_subscription_shows_its_intent_and_then_its_news_arrive(
    copied: Mirrored, live_server: LiveServer, settings: Settings
) -> None:
    settings.XERO_WEBHOOK_KEY = "a-key-that-looks-like-base64=="
    settings.ALLOWED_HOSTS = ["*"]
    control = copied.sandbox.client
    address = {"url": f"{live_server.url}/webhooks/xero", "key": settings.XERO_WEBHOOK_KEY, "delay_s": 0}
    made = control.post("/sandbox/api/webhooks", json=address | {"client_id": CUSTOM_CLIENT_ID}).json()

    shown = control.post(f"/sandbox/api/webhooks/{made['id']}/intent").json()
    invoice = raise_invoice(copied)
    control.post("/sandbox/api/webhooks/deliver").raise_for_status()
    unpack_deliveries(now=timezone.now())

    assert shown["status"] == "OK"
    assert waiting() == [("Invoices", invoice)]
    fetch(copied)
    assert invoice in copied.copy_of("Invoices")
    assert waiting() == []


def test_an_address_that_xero_disabled_is_noticed_by_the_changes_that_a_delta_finds(
    copied: Mirrored, live_server: LiveServer, settings: Settings
) -> None:
    settings.XERO_CLIENT_ID, settings.XERO_WEBHOOK_KEY = CUSTOM_CLIENT_ID, "a-key-that-looks-like-base64=="
    settings.ALLOWED_HOSTS = ["*"]
    note_keys(now=timezone.now())
    control = copied.sandbox.client
    address = {"url": f"{live_server.url}/webhooks/xero", "key": settings.XERO_WEBHOOK_KEY, "delay_s": 0}
    made = control.post("/sandbox/api/webhooks", json=address | {"client_id": CUSTOM_CLIENT_ID}).json()
    control.post(f"/sandbox/api/webhooks/{made['id']}/intent").raise_for_status()
    unpack_deliveries(now=timezone.now())

    def judge(*, later: timedelta = timedelta()) -> tuple[FeedState, int]:
        with across_workspaces():
            feed = describe_feed_of(copied.organisation, now=timezone.now() + later)
            return feed.state, feed.untold

    assert judge(later=PATIENCE) == (FeedState.HEARING, 0)

    control.post(f"/apps/{CUSTOM_CLIENT_ID}/webhooks", data={"act": "disable"})
    invoice = raise_invoice(copied)
    copied.sync(Run.Kind.DELTA)

    assert invoice in copied.copy_of("Invoices")
    assert waiting() == []
    assert judge() == (FeedState.HEARING, 0)
    assert judge(later=PATIENCE) == (FeedState.SILENT, 1)

    # Shown its intent again, the address is told what it missed.
    control.post(f"/sandbox/api/webhooks/{made['id']}/intent").raise_for_status()
    control.post("/sandbox/api/webhooks/deliver").raise_for_status()
    unpack_deliveries(now=timezone.now())
    assert waiting() == [("Invoices", invoice)]
    assert judge(later=PATIENCE) == (FeedState.HEARING, 0)


def test_what_xero_told_of_is_fetched_by_its_ids_in_one_call_for_each_kind(copied: Mirrored) -> None:
    raised = [raise_invoice(copied) for _ in range(3)]
    contact = next(iter(copied.original_of("Contacts")))
    copied.sandbox.act(copied.organisation.tenant_id, f"contacts/{contact}/edit", Name="Renamed & Sons")
    told = [*(("Invoices", one.upper(), SAID) for one in raised), ("Contacts", contact, SAID)]

    deliver(copied.organisation.tenant_id, told)
    unpack_deliveries(now=timezone.now())
    assert told_organisations() == [copied.organisation.pk]
    calls = fetch(copied)

    assert calls == {"Contacts": 1, "Invoices": 1}
    assert waiting() == []
    assert find_changed(copied) == []
    with in_workspace(copied.organisation.workspace_id):
        spent = Usage.objects.filter(reason="webhook").values_list("stream", "calls")
        assert dict(spent) == calls


def test_a_flood_in_disorder_with_duplicates_costs_one_call_for_each_kind(copied: Mirrored) -> None:
    copied.sandbox.change_at_random(copied.organisation.tenant_id, 400)
    changed = find_changed(copied)
    kinds = {stream for stream, _ in changed}
    assert len(changed) > 150
    assert {"Contacts", "Invoices", "Payments"} <= kinds
    flood = [
        (stream, xero_id, SAID + timedelta(milliseconds=number))
        for number, (stream, xero_id) in enumerate(islice(cycle(changed), 10_000))
    ]
    random.Random(4).shuffle(flood)
    for start in range(0, len(flood), 100):
        deliver(copied.organisation.tenant_id, flood[start : start + 100])

    assert unpack_deliveries(now=timezone.now()) == 100
    assert waiting() == sorted(changed)
    calls = fetch(copied)

    # Contacts take a second one where new invoices contradict their flags, which no change shows.
    assert calls == dict.fromkeys(kinds, 1) | {"Contacts": 2}
    assert waiting() == []
    assert_equal(copied, sorted(kinds))

    for start in range(0, 1000, 100):
        deliver(copied.organisation.tenant_id, flood[start : start + 100])
    unpack_deliveries(now=timezone.now())

    assert waiting() == []


def test_only_a_later_event_is_news(copied: Mirrored) -> None:
    invoice = next(iter(copied.original_of("Invoices")))
    tell(copied, "Invoices", invoice)
    fetch(copied)

    tell(copied, "Invoices", invoice)
    tell(copied, "Invoices", invoice, SAID - timedelta(hours=1))
    assert waiting() == []

    tell(copied, "Invoices", invoice, SAID + timedelta(milliseconds=1))
    assert waiting() == [("Invoices", invoice)]


def test_what_is_told_again_while_it_is_read_is_read_again(copied: Mirrored) -> None:
    invoice = next(iter(copied.original_of("Invoices")))
    tell(copied, "Invoices", invoice)
    copied.sandbox.fault("slow", match="Invoices", count=1, seconds=1.5)

    def work() -> None:
        try:
            fetch(copied)
        finally:
            database.close()

    def is_reading() -> bool:
        with across_workspaces():
            return Run.objects.filter(kind=Run.Kind.WEBHOOK).exists()

    worker = threading.Thread(target=work)
    worker.start()
    wait_until(is_reading)
    tell(copied, "Invoices", invoice, SAID + timedelta(seconds=1))
    worker.join()

    assert waiting() == [("Invoices", invoice)]


def test_news_wait_while_another_process_syncs_the_organisation(copied: Mirrored) -> None:
    invoice = raise_invoice(copied)
    tell(copied, "Invoices", invoice)

    with hold_lease(copied.organisation.pk):
        assert told_organisations() == []
        with pytest.raises(AlreadySyncing):
            fetch_told(copied.organisation.pk, now=timezone.now)

    assert waiting() == [("Invoices", invoice)]
    assert told_organisations() == [copied.organisation.pk]
    fetch(copied)
    assert invoice in copied.copy_of("Invoices")


@pytest.mark.parametrize("kind", ["malformed_json", "day"])
def test_a_fetch_that_fails_leaves_its_news_with_a_next_try(copied: Mirrored, kind: str) -> None:
    invoice = raise_invoice(copied)
    tell(copied, "Invoices", invoice)
    copied.sandbox.fault(kind, match="Invoices", count=10)

    run = fetch_told(copied.organisation.pk, now=timezone.now)

    assert run is not None
    assert run.state in (Run.State.FAILED, Run.State.PARTIAL)
    with across_workspaces():
        notice = Notice.objects.get()
        assert (notice.settled_at, notice.attempts) == (None, 1)
        assert notice.next_try_at > timezone.now() + timedelta(seconds=30)
        assert notice.problem != ""
    assert told_organisations() == []
    assert fetch_told(copied.organisation.pk, now=timezone.now) is None


def test_a_record_that_xero_never_shows_is_given_up_after_three_looks(copied: Mirrored) -> None:
    tell(copied, "Invoices", str(uuid4()))

    for _ in range(3):
        assert len(waiting()) == 1
        fetch(copied)
        with across_workspaces():
            Notice.objects.update(next_try_at=timezone.now())

    with across_workspaces():
        assert Notice.objects.get().problem == "Xero does not show this record."
    assert waiting() == []


def test_a_contact_becomes_a_customer_with_its_first_invoice(copied: Mirrored) -> None:
    tenant = copied.organisation.tenant_id
    contact = copied.sandbox.act(tenant, "contacts", Name="Newcomer Ltd")["ContactID"]
    tell(copied, "Contacts", contact)
    fetch(copied)
    invoice = copied.sandbox.act(tenant, "invoices", Amount=10, ContactID=contact)["InvoiceID"]
    tell(copied, "Invoices", invoice)

    calls = fetch(copied)

    assert calls == {"Contacts": 1, "Invoices": 1}
    with in_workspace(copied.organisation.workspace_id):
        assert Contact.objects.get(xero_id=contact).is_customer


def test_a_fetch_whose_worker_was_killed_is_resumed_and_its_news_are_read(copied: Mirrored) -> None:
    invoice = raise_invoice(copied)
    tell(copied, "Invoices", invoice)
    begin_run(
        copied.organisation, kind=Run.Kind.WEBHOOK, reason="webhook", now=timezone.now(), streams={"Invoices"}
    )
    assert told_organisations(later=SPACING) == []
    assert fetch_told(copied.organisation.pk, now=timezone.now) is None
    with across_workspaces():
        (due,) = list_due(now=timezone.now())
    assert (due.kind, due.reason) == (Run.Kind.WEBHOOK, "resumed")

    resumed = copied.sync(due.kind, due.reason)

    assert (resumed.state, resumed.resumes) == (Run.State.SUCCEEDED, 1)
    assert invoice in copied.copy_of("Invoices")
    assert fetch(copied) == {"Contacts": 0, "Invoices": 1}
    assert waiting() == []


def test_the_worker_unpacks_and_asks_for_one_fetch_at_a_time(copied: Mirrored) -> None:
    invoice = raise_invoice(copied)
    deliver(copied.organisation.tenant_id, [("Invoices", invoice, SAID)])

    read_webhooks(timestamp=0)
    read_webhooks(timestamp=5)

    jobs = ProcrastinateJob.objects.filter(task_name="fetch_told_of").values_list("args", flat=True)
    assert list(jobs) == [{"organisation_id": copied.organisation.pk}]
    fetch_told_of(organisation_id=copied.organisation.pk)
    assert invoice in copied.copy_of("Invoices")
    assert waiting() == []


def test_news_before_the_first_copy_wait_for_it(mirrored: Mirrored) -> None:
    invoice = next(iter(mirrored.original_of("Invoices")))
    tell(mirrored, "Invoices", invoice)

    assert told_organisations() == []
    assert fetch_told(mirrored.organisation.pk, now=timezone.now) is None
    assert waiting() == [("Invoices", invoice)]


def test_news_of_an_organisation_that_nobody_connected_are_counted_and_ignored(mirrored: Mirrored) -> None:
    told = [("Invoices", str(uuid4()), SAID), ("Contacts", str(uuid4()), SAID)]
    deliver(str(uuid4()), told)
    deliver(mirrored.organisation.tenant_id, [("SUBSCRIPTION", str(uuid4()), SAID), *told])
    store_deliveries([Incoming(b"[]", [OURS], is_test=False, now=timezone.now())])

    unpack_deliveries(now=timezone.now())

    log = [(one.event_count, one.unclaimed_count, one.unused_count) for one in latest_deliveries()]
    assert log == [(0, 0, 0), (3, 0, 1), (2, 2, 0)]
    assert [one.problem == "" for one in latest_deliveries()] == [False, True, True]
    assert len(waiting()) == 2


@pytest.mark.parametrize(
    ("client_id", "is_of_this_firm", "is_believed"),
    [
        (CUSTOM_CLIENT_ID, None, True),
        (CUSTOM_CLIENT_ID, True, True),
        (CUSTOM_CLIENT_ID, False, False),
        ("an-app-of-somebody-else", None, False),
        ("an-app-of-somebody-else", True, False),
    ],
)
def test_an_app_is_believed_only_about_what_was_connected_through_it(
    mirrored: Mirrored, client_id: str, is_of_this_firm: bool | None, is_believed: bool
) -> None:
    ours = mirrored.organisation.workspace_id
    # Another firm saved an app under any client id it liked, and knows the key that it made up.
    firm = None if is_of_this_firm is None else ours if is_of_this_firm else ours + 1
    told = [("Invoices", "00000000-0000-0000-0000-000000000001", SAID)]

    deliver(mirrored.organisation.tenant_id, told, signer=WebhookKey(client_id, key="", workspace_id=firm))
    unpack_deliveries(now=timezone.now())

    assert len(waiting()) == is_believed
    assert latest_deliveries()[0].unclaimed_count == (not is_believed)


def test_a_replay_for_one_organisation_reads_nothing_of_another(
    copied: Mirrored, connect: Callable[[RunningSandbox], Mirrored]
) -> None:
    theirs = connect(copied.sandbox)  # another firm with the same organisation
    invoice = next(iter(copied.original_of("Invoices")))
    tell(copied, "Invoices", invoice)
    with across_workspaces():
        Notice.objects.update(settled_at=SAID)
        told = latest_deliveries()[0].pk

        count = replay_for(copied.organisation, delivery_id=told, now=timezone.now())

        waiting_of = Notice.objects.filter(settled_at=None).values_list("organisation_id", flat=True)
        assert count == 1
        assert list(waiting_of) == [copied.organisation.pk]
        assert Notice.objects.filter(organisation=theirs.organisation).count() == 1
        assert replay_for(copied.organisation, delivery_id=told + 1, now=timezone.now()) is None


@pytest.mark.parametrize("by", ["number", "time"])
def test_a_replay_reads_again_what_was_settled(copied: Mirrored, by: str) -> None:
    older, newer = islice(copied.original_of("Invoices"), 2)
    deliver(copied.organisation.tenant_id, [("Invoices", older, SAID)], received_at=SAID)
    deliver(copied.organisation.tenant_id, [("Invoices", newer, SAID)])
    unpack_deliveries(now=timezone.now())
    fetch(copied)
    now = timezone.now()

    if by == "number":
        count = replay_deliveries(now=now, delivery_id=latest_deliveries()[0].pk)
    else:
        count = replay_deliveries(now=now, since=SAID + timedelta(seconds=1))
    unpack_deliveries(now=now)

    assert count == 1
    assert waiting() == [("Invoices", newer)]
    assert fetch(copied) == {"Invoices": 1, "Contacts": 0}
    with pytest.raises(ValueError, match="Name one delivery"):
        replay_deliveries(now=now)


def test_news_in_a_row_are_fetched_together(copied: Mirrored) -> None:
    tell(copied, "Invoices", raise_invoice(copied))
    fetch(copied)
    tell(copied, "Invoices", raise_invoice(copied))

    assert told_organisations() == []
    assert told_organisations(later=SPACING) == [copied.organisation.pk]


def test_the_last_calls_of_the_day_are_spread_over_it(copied: Mirrored) -> None:
    tell(copied, "Invoices", raise_invoice(copied))
    fetch(copied)
    tell(copied, "Invoices", raise_invoice(copied))

    with across_workspaces():
        budget = GateBudget.objects.get()
        budget.state["day_remaining"] = CALLS_FOR_OTHERS - 1
        budget.save()

    assert told_organisations(later=SPACING) == []
    assert told_organisations(later=SPREAD) == [copied.organisation.pk]


def test_a_fetch_puts_off_neither_the_next_delta_nor_the_daily_check(copied: Mirrored) -> None:
    tell(copied, "Invoices", raise_invoice(copied))
    fetch(copied)
    with across_workspaces():
        Run.objects.filter(kind=Run.Kind.WEBHOOK).update(
            started_at=timezone.now() + timedelta(minutes=10), finished_at=timezone.now()
        )

    with across_workspaces():
        (at_its_turn,) = list_due(now=find_next_turn(Connection.objects.get(), now=timezone.now()))
        (in_its_night,) = list_due(now=timezone.now() + timedelta(hours=26))
    # A turn that comes after the quiet hour is the check's, which reads the changes too.
    assert (at_its_turn.kind, at_its_turn.reason) in {("delta", "scheduled"), ("sweep", "daily")}
    assert (in_its_night.kind, in_its_night.reason) == ("sweep", "daily")


def test_a_month_later_the_log_and_what_is_settled_are_forgotten(copied: Mirrored) -> None:
    settled, open_still = islice(copied.original_of("Invoices"), 2)
    tell(copied, "Invoices", settled)
    fetch(copied)
    tell(copied, "Invoices", open_still)

    with across_workspaces():
        last = Delivery.objects.latest("pk").pk
        forget_all(now=timezone.now() + timedelta(days=32))

        # The last one stays: it says when Xero was last heard.
        assert [one.pk for one in Delivery.objects.all()] == [last]
        assert [one.xero_id for one in Notice.objects.all()] == [open_still]


def test_nothing_happens_when_no_webhook_was_ever_received(copied: Mirrored) -> None:
    assert unpack_deliveries(now=timezone.now()) == 0
    assert told_organisations() == []
    assert fetch_told(copied.organisation.pk, now=timezone.now) is None


@pytest.mark.parametrize(
    ("stream", "count", "by_id"),
    [("Invoices", 40, True), ("Invoices", 41, False), ("Contacts", 1, True), ("Payments", 1, False)],
)
def test_ids_are_named_only_where_that_is_one_call(stream: str, count: int, by_id: bool) -> None:
    assert is_read_by_id(stream, [str(number) for number in range(count)]) == by_id


def test_every_category_leads_to_a_stream_that_is_asked_for_changes() -> None:
    assert all(STREAM_BY_NAME[stream].in_delta for stream in CATEGORIES)
