"""Events for other tools: noted with what happened, signed, told until taken, never to our own network."""

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address, ip_network
from threading import Thread
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from counterfoil.features.announcing.models import Event, Posting, Subscription
from counterfoil.features.announcing.reaching import NotReached, Post, is_outside, post
from counterfoil.features.announcing.subscribing import (
    MadeSubscription,
    SubscriptionRefused,
    replay,
    send_test,
    subscribe,
    switch,
)
from counterfoil.features.announcing.telling import list_waiting, tell
from counterfoil.features.workspaces.models import Membership
from counterfoil.mirror.models import Change, ConnectionEvent, Organisation
from counterfoil.mirror.scope import across_workspaces
from tests.integration.web.firms import Firm, make_firm, make_organisation

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@dataclass
class Receiver:
    """The other tool, on this machine."""

    address: str = ""
    status: int = 200
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def told(self) -> list[dict[str, Any]]:
        """Every event that was told, in its order."""
        return [event for _, body in self.seen for event in json.loads(body)["events"]]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    here = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.seen.append((dict(self.headers), body))
            self.send_response(here.status)
            self.send_header("Location", here.address)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        here.address = f"http://127.0.0.1:{server.server_port}/told?key=1"
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield here
        server.shutdown()
        thread.join()


@pytest.fixture
def firm(db: None, settings: Settings) -> Firm:
    settings.COUNTERFOIL_EVENTS_ALLOWED = ["127.0.0.0/8"]
    return make_firm()


@pytest.fixture
def organisation(firm: Firm) -> Organisation:
    return make_organisation(firm)


def listen(firm: Firm, address: str, *kinds: str, holds_more: bool = False) -> MadeSubscription:
    with firm.inside():
        by = Membership.objects.get(user=firm.user)
        told = kinds or ["record.changed"]
        return subscribe(by=by, address=address, kinds=told, holds_more=holds_more, now=NOW)


def change(firm: Firm, organisation: Organisation, number: int = 1, kind: str = "changed") -> None:
    with firm.inside():
        Change.objects.bulk_create(
            Change(
                workspace=firm.workspace, organisation=organisation, stream="Invoices", xero_id=f"i{one}",
                kind=kind, at=NOW, why="", before={"Total": 1}, after={"Total": 2},
            )
            for one in range(number)
        )  # fmt: skip


def test_what_happens_is_noted_for_those_who_asked_for_it_and_told_signed(
    firm: Firm, organisation: Organisation, receiver: Receiver
) -> None:
    made = listen(firm, receiver.address, "record.changed", "connection.lost")
    change(firm, organisation)
    change(firm, organisation, kind="created")
    with firm.inside():
        ConnectionEvent.objects.create(
            workspace=firm.workspace, organisation=organisation, kind="lost", at=NOW
        )

    assert tell(firm.workspace.pk, made.subscription.pk, now=NOW)

    assert [(one["kind"], one["record_id"]) for one in receiver.told] == [
        ("record.changed", "i0"),
        ("connection.lost", ""),
    ]
    assert set(receiver.told[0]) == {"id", "kind", "at", "organisation_id", "stream", "record_id"}
    headers, body = receiver.seen[0]
    version, moment, mark = headers["Counterfoil-Signature"].split(",")
    expected = hmac.new(made.secret.encode(), moment.removeprefix("t=").encode() + b"." + body, sha256)
    assert (version, mark) == ("v1", f"s={expected.hexdigest()}")
    assert moment == f"t={int(NOW.timestamp())}"


def test_who_chose_it_is_told_what_stands_in_the_records_and_others_are_not(
    firm: Firm, organisation: Organisation, receiver: Receiver
) -> None:
    listen(firm, receiver.address)
    made = listen(firm, receiver.address, holds_more=True)
    change(firm, organisation)

    tell(firm.workspace.pk, made.subscription.pk, now=NOW)

    assert [one["more"] for one in receiver.told] == [
        {"why": "", "before": {"Total": 1}, "after": {"Total": 2}}
    ]
    with firm.inside():
        assert list(Event.objects.order_by("subscription").values_list("more", flat=True)) == [
            None,
            receiver.told[0]["more"],
        ]


def test_another_firm_is_told_nothing(firm: Firm, organisation: Organisation, receiver: Receiver) -> None:
    stranger = make_firm("Strangers")
    listen(stranger, receiver.address)

    change(firm, organisation)

    with across_workspaces():
        assert not Event.objects.exists()


def test_what_is_not_taken_is_told_again_later_and_later_with_the_same_id(
    firm: Firm, organisation: Organisation, receiver: Receiver
) -> None:
    made, waits, now = listen(firm, receiver.address), [], NOW
    change(firm, organisation)
    receiver.status = 503

    for _ in range(4):
        assert not tell(firm.workspace.pk, made.subscription.pk, now=now)
        assert not tell(firm.workspace.pk, made.subscription.pk, now=now)  # it is left alone meanwhile
        with firm.inside():
            next_try = Subscription.objects.get().next_try_at
        waits.append(int((next_try - now).total_seconds() // 60))
        now = next_try
    receiver.status = 204

    assert tell(firm.workspace.pk, made.subscription.pk, now=now)
    assert waits == [1, 5, 15, 60]
    assert len({one["id"] for one in receiver.told}) == 1
    assert len(receiver.told) == 5
    with firm.inside():
        statuses = list(Posting.objects.order_by("pk").values_list("status", "was_taken"))
    assert statuses == [(503, False)] * 4 + [(204, True)]


def test_an_address_that_takes_nothing_for_three_days_is_switched_off_and_loses_nothing(
    firm: Firm, organisation: Organisation, receiver: Receiver
) -> None:
    made = listen(firm, receiver.address)
    change(firm, organisation)
    receiver.status = 500

    for day in (0, 2, 4):
        tell(firm.workspace.pk, made.subscription.pk, now=NOW + timedelta(days=day))

    later = NOW + timedelta(days=5)
    with firm.inside():
        stopped = Subscription.objects.get()
        assert (stopped.is_on, "three days" in stopped.stopped_because) == (False, True)
        switch(stopped, is_on=True, by=Membership.objects.get(user=firm.user), now=later)
    receiver.status = 200
    assert tell(firm.workspace.pk, made.subscription.pk, now=later)


def test_a_worker_that_is_killed_while_it_tells_leaves_the_events_for_another(
    firm: Firm, organisation: Organisation, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = listen(firm, receiver.address)
    change(firm, organisation)

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> int:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("counterfoil.features.announcing.telling.post", die)
        with pytest.raises(Killed):
            tell(firm.workspace.pk, made.subscription.pk, now=NOW)

    with across_workspaces():
        assert list_waiting(now=NOW) == []
        later = NOW + timedelta(minutes=2)
        assert list_waiting(now=later) == [(firm.workspace.pk, made.subscription.pk)]
    assert tell(firm.workspace.pk, made.subscription.pk, now=later)
    assert len(receiver.told) == 1


def test_many_events_are_told_a_hundred_at_a_time_in_their_order(
    firm: Firm, organisation: Organisation, receiver: Receiver
) -> None:
    made = listen(firm, receiver.address)
    change(firm, organisation, number=250)

    while tell(firm.workspace.pk, made.subscription.pk, now=NOW):
        pass

    assert [one["record_id"] for one in receiver.told] == [f"i{one}" for one in range(250)]
    assert len(receiver.seen) == 3


def test_what_was_told_is_told_once_more_and_a_test_says_what_it_is(
    firm: Firm, organisation: Organisation, receiver: Receiver
) -> None:
    made = listen(firm, receiver.address)
    change(firm, organisation)
    tell(firm.workspace.pk, made.subscription.pk, now=NOW)
    with firm.inside():
        by = Membership.objects.get(user=firm.user)
        assert replay(made.subscription, since=NOW - timedelta(hours=1), by=by, now=NOW) == 1
        send_test(made.subscription, now=NOW)

    tell(firm.workspace.pk, made.subscription.pk, now=NOW)

    assert [one["kind"] for one in receiver.told] == ["record.changed", "record.changed", "test"]
    assert receiver.told[0]["id"] == receiver.told[1]["id"]


def test_another_address_in_the_answer_is_not_followed(
    firm: Firm, organisation: Organisation, receiver: Receiver
) -> None:
    made = listen(firm, receiver.address)
    change(firm, organisation)
    receiver.status = 302

    assert not tell(firm.workspace.pk, made.subscription.pk, now=NOW)
    assert len(receiver.seen) == 1


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1",
        "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_of_networks_within_are_refused(address: str) -> None:
    assert not is_outside(ip_address(address), [])


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_addresses_of_the_open_internet_are_posted_to(address: str) -> None:
    assert is_outside(ip_address(address), [])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1"])
def test_a_name_that_leads_within_is_not_connected_to(host: str, receiver: Receiver) -> None:
    port = receiver.address.rpartition(":")[2].partition("/")[0]

    with pytest.raises(NotReached, match=r"network of our own|leads nowhere"):
        post(Post(f"http://{host}:{port}/", b"{}", {}), allowed=[])

    assert receiver.seen == []


def test_the_address_that_was_judged_is_the_one_that_is_connected_to(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(receiver.address.rpartition(":")[2].partition("/")[0])
    asked: list[str] = []

    async def look_up(_loop: object, host: str, _port: int, **_: object) -> list[Any]:
        asked.append(host)
        # A name that changes its mind: whoever asked a second time would be led elsewhere.
        return [(0, 0, 0, "", ("127.0.0.1" if len(asked) == 1 else "10.9.9.9", port))]

    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", look_up)

    status = post(Post(f"http://rebinding.example:{port}/x", b"{}", {}), allowed=[ip_network("127.0.0.0/8")])

    assert (status, asked[0]) == (200, "rebinding.example")
    assert receiver.seen[0][0]["Host"] == f"rebinding.example:{port}"


@pytest.mark.parametrize(
    "address",
    ["ftp://x.example/", "https://", "https://me:secret@x.example/", "nonsense", "http://x.example/"],
)
def test_an_address_that_cannot_be_told_is_refused(firm: Firm, address: str, settings: Settings) -> None:
    settings.COUNTERFOIL_EVENTS_ALLOWED = []

    with pytest.raises(SubscriptionRefused):
        listen(firm, address)


def test_the_page_makes_tries_and_ends_a_subscription(firm: Firm, receiver: Receiver) -> None:
    page = firm.client.post(
        "/settings/events/new/", {"address": receiver.address, "kinds": ["record.changed"]}
    ).content.decode()
    with firm.inside():
        made = Subscription.objects.get()
    assert made.secret in page
    assert made.secret not in firm.client.get("/settings/events/").content.decode()

    firm.client.post(f"/settings/events/{made.pk}/", {"act": "test"})
    tell(firm.workspace.pk, made.pk, now=datetime.now(UTC) + timedelta(minutes=1))
    assert "taken, 200" in firm.client.get("/settings/events/").content.decode()

    firm.client.post(f"/settings/events/{made.pk}/", {"act": "end"})
    with firm.inside():
        assert not Subscription.objects.exists()
