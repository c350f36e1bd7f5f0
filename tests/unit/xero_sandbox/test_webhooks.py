"""Webhooks: the handshake, what is sent when, and what happens to an address that does not answer."""

import base64
import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.unit.xero_sandbox.conftest import Xero, invoice

DAY_S = 86_400


class Receiver:
    """An app's webhook address; `status` answers deliveries that are signed well."""

    def __init__(self) -> None:
        self.key = ""
        self.status = 200
        self.bodies: list[bytes] = []
        self.app = Starlette(routes=[Route("/hook", self.receive, methods=["POST"])])

    async def receive(self, request: Request) -> Response:
        """Check the signature on the raw body."""
        body = await request.body()
        wanted = base64.b64encode(hmac.new(self.key.encode(), body, hashlib.sha256).digest()).decode()
        if not hmac.compare_digest(wanted, request.headers["x-xero-signature"]):
            return Response(status_code=401)
        self.bodies.append(body)
        return Response(status_code=self.status)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every event received, in order."""
        return [event for body in self.bodies for event in json.loads(body)["events"]]


@pytest.fixture
def receiver(writer: Xero) -> Receiver:
    made = Receiver()
    writer.world.post_office.transport = httpx.ASGITransport(app=made.app)
    return made


def control(xero: Xero, path: str = "", **fields: Any) -> Any:
    answer = xero.client.post(f"/sandbox/api/webhooks{path}", json=fields)
    assert answer.status_code < 300, answer.text
    return answer.json()


def subscribe(xero: Xero, receiver: Receiver, **more: Any) -> str:
    made = control(xero, url="http://app.example/hook", delay_s=0, **more)
    receiver.key = made["key"]
    key: str = made["id"]
    assert control(xero, f"/{key}/intent")["status"] == "OK"
    receiver.bodies.clear()
    return key


def state(xero: Xero, key: str) -> dict[str, Any]:
    found = {item["id"]: item for item in xero.client.get("/sandbox/api/webhooks").json()}
    item: dict[str, Any] = found[key]
    return item


def test_the_handshake_sends_good_and_spoilt_signatures(writer: Xero, receiver: Receiver) -> None:
    made = control(writer, url="http://app.example/hook")
    receiver.key = made["key"]

    shown = control(writer, f"/{made['id']}/intent")

    assert (made["status"], shown["status"]) == ("INTENT_REQUIRED", "OK")
    answers = sorted((post["good_signature"], post["answered"]) for post in shown["posts"])
    assert answers == [(False, 401), (False, 401), (True, 200), (True, 200)]
    text = receiver.bodies[0].decode()
    assert text.startswith('{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "')


def test_an_address_that_takes_every_signature_is_not_accepted(writer: Xero, receiver: Receiver) -> None:
    made = control(writer, url="http://app.example/hook")
    receiver.key = "another key"

    assert control(writer, f"/{made['id']}/intent")["status"] == "INTENT_REQUIRED"
    assert control(writer, "/deliver") == {"delivered": 0}


def test_a_change_is_told_in_one_batch(writer: Xero, receiver: Receiver) -> None:
    subscribe(writer, receiver)

    made = writer.save("PUT", "Invoices", invoice())
    control(writer, "/deliver")

    (body,) = [json.loads(text) for text in receiver.bodies]
    told = [(event["eventCategory"], event["eventType"], event["resourceId"]) for event in body["events"]]
    assert told == [
        ("CONTACT", "CREATE", made["Contact"]["ContactID"]),
        ("INVOICE", "CREATE", made["InvoiceID"]),
    ]
    assert (body["firstEventSequence"], body["lastEventSequence"]) == (1, 2)
    event = body["events"][1]
    assert event["resourceUrl"] == f"http://127.0.0.1:9090/api.xro/2.0/Invoices/{made['InvoiceID']}"
    assert (event["tenantId"], event["tenantType"]) == (writer.books.tenant_id, "ORGANISATION")
    assert not event["eventDateUtc"].endswith("Z")


def test_a_payment_tells_of_its_invoice_and_a_refusal_of_nothing(writer: Xero, receiver: Receiver) -> None:
    key = writer.save("PUT", "Invoices", invoice())["InvoiceID"]
    subscribe(writer, receiver)
    pay = {"Invoice": {"InvoiceID": key}, "Account": {"Code": "090"}, "Amount": 5}

    writer.save("PUT", "Payments", pay)
    writer.send("PUT", "Payments", {"Payments": [pay, pay | {"Amount": 10**6}]})
    control(writer, "/deliver")

    assert [(event["eventCategory"], event["eventType"]) for event in receiver.events] == [
        ("INVOICE", "UPDATE")
    ]


def test_only_connected_organisations_and_wanted_categories_are_told(
    writer: Xero, receiver: Receiver
) -> None:
    subscribe(writer, receiver, categories=["CREDITNOTE"])
    other = list(writer.world.organisations.values())[1]

    writer.save("PUT", "Invoices", invoice())
    credit = writer.save("PUT", "CreditNotes", invoice(Type="ACCRECCREDIT"))
    writer.client.post(f"/sandbox/api/organisations/{other.tenant_id}/credit-notes", json={"Name": "X"})
    control(writer, "/deliver")

    (event,) = receiver.events
    assert (event["resourceId"], event["data"]) == (
        credit["CreditNoteID"],
        {"Type": "ACCRECCREDIT", "Status": "AUTHORISED"},
    )


def test_events_wait_their_delay_on_the_stand_ins_clock(writer: Xero, receiver: Receiver) -> None:
    key = subscribe(writer, receiver)
    control(writer, f"/{key}", delay_s=60)
    writer.save("PUT", "Contacts", {"Name": "Late Ltd"})

    early = control(writer, "/deliver")["delivered"]
    writer.world.clock.advance(61)
    control(writer, "/deliver")

    assert (early, len(receiver.events)) == (0, 1)


def test_a_failing_address_is_retried_every_quarter_of_an_hour(writer: Xero, receiver: Receiver) -> None:
    key = subscribe(writer, receiver)
    receiver.status = 500
    writer.save("PUT", "Contacts", {"Name": "Retry Ltd"})

    control(writer, "/deliver")
    tries = [len(receiver.bodies)]  # one and, at once, another
    control(writer, "/deliver")
    tries.append(len(receiver.bodies))
    writer.world.clock.advance(15 * 60)
    receiver.status = 200
    waiting = state(writer, key)["status"]
    control(writer, "/deliver")

    assert (tries, waiting, state(writer, key)["status"]) == ([2, 2], "RETRY", "OK")
    assert len(receiver.bodies) == 3


def test_after_a_day_of_failing_it_is_disabled_and_replayed_in_order_when_enabled(
    writer: Xero, receiver: Receiver
) -> None:
    key = subscribe(writer, receiver)
    receiver.status = 500
    names = [f"Kept {number} Ltd" for number in range(3)]
    ids = [writer.save("PUT", "Contacts", {"Name": name})["ContactID"] for name in names[:2]]
    control(writer, "/deliver")
    writer.world.clock.advance(DAY_S + 1)
    control(writer, "/deliver")
    disabled = state(writer, key)["status"]
    writer.world.clock.advance(-DAY_S)  # the token is good for half an hour only
    ids.append(writer.save("PUT", "Contacts", {"Name": names[2]})["ContactID"])
    writer.world.clock.advance(DAY_S)

    receiver.status = 200
    control(writer, f"/{key}/intent")
    receiver.bodies.clear()
    control(writer, "/deliver")

    assert disabled == "DISABLED"
    assert [event["resourceId"] for event in receiver.events] == ids


def test_duplicates_and_disorder_come_on_request(writer: Xero, receiver: Receiver) -> None:
    key = subscribe(writer, receiver)
    control(writer, f"/{key}", duplicates=True, disorder=True)
    ids = [writer.save("PUT", "Contacts", {"Name": f"Twice {n} Ltd"})["ContactID"] for n in range(2)]

    control(writer, "/deliver")

    assert [event["resourceId"] for event in receiver.events] == ids[::-1] * 2
