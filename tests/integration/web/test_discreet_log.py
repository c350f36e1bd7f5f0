"""What the log says of a whole day of a firm, and what it never says."""

import asyncio
import io
import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, cast

import pytest
import structlog
from django.db import connection
from django.test import Client
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.django_connector import DjangoConnector
from pytest_django.fixtures import Settings

from counterfoil.config.logs import make_formatter
from counterfoil.features.outbox.tasks import request_push
from counterfoil.features.reminding.providers.base import NotTaken
from counterfoil.features.workspaces.models import Membership, User
from counterfoil.mirror.models import Contact, Grant, Invoice, Operation, Organisation, Run
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.outbox.proposing import approve
from counterfoil.sync.outbox.storing import propose
from tests.factories.sandbox import CLIENT_SECRET
from tests.integration.reminding.conftest import NUMBER, make_desk
from tests.integration.sync.outbox.wishing import new_contact, new_invoice
from tests.integration.web.conftest import Xero
from tests.integration.web.firms import Firm, make_firm
from tests.integration.web.test_connecting import BRIGHTWATER, ask_for, connect

PERSON, ADDRESS, PASSWORD = "Zephyrine", "zephyrine.marker@quixotic.example", "Marker-passphrase-77"
FIRM, CLIENT, TYPED = "Quixotic Marker Bookkeepers", "Ouroboros Marker Holdings", "MARKER-typed-4711"
REQUEST = "the-request-of-the-test"


class Log:
    """What was written while a test ran."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.handler = logging.StreamHandler(self._stream)
        self.handler.setFormatter(make_formatter(debug=False, as_json=True))

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def find(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]


@pytest.fixture
def log() -> Iterator[Log]:
    """The log as an installation writes it."""
    log, root = Log(), logging.getLogger()
    before, root_level = root.handlers, root.level
    root.handlers, root.level = [log.handler], logging.INFO
    yield log
    root.handlers, root.level = before, root_level


@pytest.fixture
def empty_queue(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An empty queue, whose jobs leave no connection open.

    Django empties only the tables it manages; the queue's are not among them.
    """
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    with connection.cursor() as cursor:
        cursor.execute("truncate procrastinate_jobs cascade")


async def work() -> None:
    """Do the jobs that wait, as a worker does."""
    connector = cast(DjangoConnector, jobs.connector).get_worker_connector()
    with jobs.replace_connector(connector):
        async with jobs.open_async():
            await jobs.run_worker_async(
                queues=["sync"], wait=False, listen_notify=False, install_signal_handlers=False
            )


def fail(*_: object, **__: object) -> NoReturn:
    """Break as code breaks: with a value of somebody's in the words."""
    raise ValueError(f"{CLIENT} cannot be read, {TYPED}")


def sign_up() -> Firm:
    client = Client()
    said = {"firm": FIRM, "email": ADDRESS, "password1": PASSWORD}
    assert client.post("/accounts/signup/", said).status_code == 302
    stranger = Client(raise_request_exception=False)
    assert stranger.post("/accounts/login/", {"login": ADDRESS, "password": TYPED}).status_code == 200
    user = User.objects.get(email=ADDRESS)
    user.first_name = PERSON
    user.save()
    return Firm(user, Membership.objects.get(user=user).workspace, client)


def connect_both_ways(firm: Firm, xero: Xero) -> Organisation:
    consent = ask_for(firm, mode="two_way", write=["invoices", "contacts"])
    choosing = firm.client.get(xero.allow(consent, BRIGHTWATER)).headers["Location"]
    firm.client.post(choosing, {"tenant": xero.running.tenant_id(BRIGHTWATER)})
    with firm.inside():
        return Organisation.objects.get()


def ask_for_what_is_not_there(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = Client(raise_request_exception=False)
    stranger.get(f"/nowhere/{TYPED}/")
    stranger.get(f"/invitations/{TYPED}/")
    stranger.get("/", headers={"host": f"{TYPED}.example"})
    stranger.get("/api/v1/organisations", headers={"Authorization": f"Bearer {TYPED}"})
    stranger.post("/webhooks/xero", TYPED, content_type="application/json")
    Client(enforce_csrf_checks=True).post(f"/accounts/login/?next=/{TYPED}", {"login": ADDRESS})
    firm.client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("counterfoil.web.views.searching.search_everything", fail)
        assert firm.client.get(f"/search/?q={TYPED}").status_code == 500


def push_what_xero_refuses(organisation: Organisation, firm: Firm) -> list[str]:
    now = datetime.now(UTC)
    with firm.inside():
        contact = Contact.objects.filter(organisation=organisation, status="ACTIVE").first()
        assert contact is not None
        wishes = [new_invoice(contact.xero_id, currency="KWD", reference=TYPED), new_contact(CLIENT)]
        wished = [
            propose(
                organisation=organisation,
                wish=wish,
                intent_key=f"test:{number}",
                now=now,
                by=PERSON,
                cause_kind="test",
            )
            for number, wish in enumerate(wishes)
        ]
        approve([one.pk for one in wished], by=PERSON, now=now)
        request_push(organisation.pk)
    asyncio.run(work())
    with firm.inside():
        return [one.state for one in Operation.objects.order_by("pk")]


def remind() -> None:
    desk = make_desk()
    desk.invoice(desk.customer(first_name=PERSON, name=CLIENT), number=TYPED)
    desk.campaign()
    desk.carrier.answer = lambda letter: NotTaken(f"{NUMBER} {TYPED}", again_in=timedelta(hours=1))
    desk.send()
    desk.receive(f"I am {PERSON}. {TYPED}")


def find_said(secrets: list[str], text: str) -> list[str]:
    """Return what is in the text, as a word: the digits of a short number are in the middle of many ids."""
    whole = text.casefold()
    return [each for each in secrets if re.search(rf"(?<!\w){re.escape(each.casefold())}(?!\w)", whole)]


def test_what_is_said_is_found_as_a_word_and_not_in_the_middle_of_an_id() -> None:
    line = '{"number": "16802", "id": "4d1168025f", "name": "Zoë\\n"}'
    assert find_said(["16802", "68025", "ZOË"], line) == ["16802", "ZOË"]


@pytest.mark.usefixtures("empty_queue")
def test_a_day_of_a_firm_leaves_nobodys_name_in_the_log(
    xero: Xero,
    settings: Settings,
    log: Log,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    firm = sign_up()
    organisation = connect_both_ways(firm, xero)
    asyncio.run(work())
    xero.fail("500", count=4)
    firm.client.post(f"/o/{organisation.pk}/sync-now/")
    asyncio.run(work())
    states = push_what_xero_refuses(organisation, firm)
    remind()
    monkeypatch.setattr("counterfoil.features.connections.tasks.sync_organisation", fail)
    firm.client.post(f"/o/{organisation.pk}/sync-now/")
    asyncio.run(work())
    ask_for_what_is_not_there(firm, monkeypatch)

    with across_workspaces():
        assert Run.objects.filter(organisation=organisation).count() >= 2
        contacts = [value for row in Contact.objects.values_list("name", "email") for value in row if value]
        numbers = [value for value in Invoice.objects.values_list("number", flat=True) if value]
        tokens = [
            value for grant in Grant.objects.all() for value in (grant.access_token, grant.refresh_token)
        ]
    assert states == ["refused", "done"]
    assert len(contacts) > 8
    assert len(numbers) > 8
    said = {line["event"] for line in log.lines}
    assert said >= {
        "run ends",
        "xero answered",
        "write settled",
        "reminder",
        "request failed",
        "request refused",
    }
    assert [line for line in log.lines if "exception" in line]
    text = log.text + "".join(capfd.readouterr())
    secrets = [PERSON, ADDRESS, PASSWORD, FIRM, CLIENT, TYPED, NUMBER, CLIENT_SECRET, settings.SECRET_KEY]
    assert find_said([*secrets, *contacts, *numbers, *tokens], text) == []


@pytest.mark.usefixtures("empty_queue")
def test_one_number_leads_from_a_request_to_its_job_and_its_calls_to_xero(xero: Xero, log: Log) -> None:
    firm = make_firm()
    firm.client.defaults["HTTP_X_REQUEST_ID"] = REQUEST
    connect(firm, xero)
    asyncio.run(work())

    mine = [line for line in log.lines if line.get("request") == REQUEST]

    called = [line for line in mine if line["event"] == "xero answered"]
    assert {line["event"] for line in mine} >= {"run begins", "run ends"}
    assert called
    assert all(line["xero_correlation_id"] and line["job"] for line in called)
    assert not [line for line in mine if "asked_by_request" in json.dumps(line)]


@pytest.mark.usefixtures("empty_queue")
def test_a_job_that_fails_is_named_with_its_request_and_without_its_arguments(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("counterfoil.features.outbox.tasks.push_organisation", fail)
    with structlog.contextvars.bound_contextvars(request=REQUEST):
        request_push(4711)

    asyncio.run(work())

    (failed,) = [line for line in log.lines if line["level"] == "error"]
    assert failed["event"].startswith(f"Job push[{failed['job']}] ended with status: Error")
    assert (failed["request"], failed["task"]) == (REQUEST, "push")
    assert "4711" not in failed["event"]
    assert failed["exception"].endswith(
        'in fail\n    raise ValueError(f"{CLIENT} cannot be read, {TYPED}")\nValueError'
    )
