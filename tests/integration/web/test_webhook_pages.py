"""Settings, Webhooks and Activity, Webhooks: what people see and do (issue 4, PAIN 7, PAIN 9)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from counterfoil.config.discretion import ASKED_BY
from counterfoil.features.webhooks.models import SelfTest
from counterfoil.features.webhooks.operations import note_keys
from counterfoil.features.workspaces.models import AuditEntry, Membership
from counterfoil.mirror.models import Delivery, Notice, Organisation, XeroApp
from counterfoil.mirror.scope import across_workspaces
from tests.integration.web.firms import (
    NOW,
    Firm,
    add_person,
    make_contact,
    make_firm,
    make_invoice,
    make_organisation,
)

KEY = "a-key-that-looks-like-base64=="


@pytest.fixture
def organisation(firm: Firm, settings: Settings) -> Organisation:
    """An organisation connected through the firm's own app, "client"."""
    settings.XERO_CLIENT_ID, settings.XERO_WEBHOOK_KEY = "", ""
    with firm.inside():
        XeroApp.objects.create(workspace=firm.workspace, client_id="client", client_secret="s", saved_at=NOW)
    return make_organisation(firm)


def tell(firm: Firm, organisation: Organisation, xero_id: str, **fields: Any) -> Notice:
    """Have Xero told of a record, which was read three seconds later."""
    heard_at = fields.pop("heard_at", timezone.now() - timedelta(minutes=1))
    values = {
        "stream": "Invoices",
        "said_at": heard_at - timedelta(seconds=2),
        "next_try_at": heard_at,
        "settled_at": heard_at + timedelta(seconds=3),
    }
    with firm.inside():
        return Notice.objects.create(
            organisation=organisation,
            workspace=firm.workspace,
            xero_id=xero_id,
            heard_at=heard_at,
            **values | fields,
        )


def read(firm: Firm, address: str, status: int = 200, **query: Any) -> str:
    answer = firm.client.get(address, query)
    assert answer.status_code == status
    return answer.content.decode()


def log_of(organisation: Organisation) -> str:
    return f"/o/{organisation.pk}/activity/webhooks/"


def is_waiting(notice: Notice) -> bool:
    with across_workspaces():
        return Notice.objects.get(pk=notice.pk).settled_at is None


# -- Setting up ----------------------------------------------------------------------------------


def test_the_steps_name_the_address_and_the_app(
    firm: Firm, organisation: Organisation, settings: Settings
) -> None:
    settings.COUNTERFOIL_URL = "https://books.example.com"

    page = read(firm, "/settings/webhooks/")

    assert "https://books.example.com/webhooks/xero" in page
    assert "<code>client</code>" in page
    assert "Not set up" in page
    assert "Save the key" in page


def test_a_key_goes_in_and_never_comes_out(firm: Firm, organisation: Organisation) -> None:
    answer = firm.client.post("/settings/webhooks/key/", {"key": KEY}, follow=True)

    page = answer.content.decode()
    assert "The key is saved." in page
    assert "Waiting for Xero’s first call" in page
    assert KEY not in page
    with firm.inside():
        assert XeroApp.objects.get().webhook_key == KEY
        entry = AuditEntry.objects.latest("pk")
        assert (entry.act, entry.what, entry.who) == ("webhooks.key_saved", "client", firm.user)


def test_a_wrong_key_is_refused_and_not_shown_again(firm: Firm, organisation: Organisation) -> None:
    answer = firm.client.post("/settings/webhooks/key/", {"key": "too short"})

    assert answer.status_code == 422
    assert "too short to be a webhook key" in answer.content.decode()
    assert 'value="too short"' not in answer.content.decode()


def test_a_key_of_the_environment_is_not_asked_for(
    firm: Firm, organisation: Organisation, settings: Settings
) -> None:
    with firm.inside():
        XeroApp.objects.all().delete()
    settings.XERO_CLIENT_ID, settings.XERO_WEBHOOK_KEY = "client", KEY

    page = read(firm, "/settings/webhooks/")

    assert "XERO_WEBHOOK_KEY</code> and starts Counterfoil again. It is set." in page
    assert 'type="password"' not in page
    assert KEY not in page


@pytest.mark.parametrize("role", [Membership.Role.MEMBER, Membership.Role.VIEWER])
def test_others_look_and_change_nothing(firm: Firm, organisation: Organisation, role: str) -> None:
    add_person(firm.workspace)  # a firm always has an owner
    Membership.objects.filter(user=firm.user).update(role=role)
    told = tell(firm, organisation, make_invoice(firm, organisation).xero_id)

    page = read(firm, "/settings/webhooks/") + read(firm, log_of(organisation))
    answers = [
        firm.client.post(address, fields)
        for address, fields in (
            ("/settings/webhooks/key/", {"key": KEY}),
            ("/settings/webhooks/test/", {}),
            (f"{log_of(organisation)}replay/", {"notice": told.pk}),
            ("/activity/webhooks/deliveries/1/replay/", {}),
        )
    ]

    assert 'method="post" action="/settings/webhooks' not in page
    assert "Replay" not in page
    assert [answer.status_code for answer in answers] == [403] * 4
    assert not is_waiting(told)


def test_a_test_is_done_by_the_worker_and_shown_when_it_is_done(
    firm: Firm, organisation: Organisation
) -> None:
    firm.client.post("/settings/webhooks/key/", {"key": KEY})

    firm.client.post("/settings/webhooks/test/")
    firm.client.post("/settings/webhooks/test/")

    jobs = ProcrastinateJob.objects.filter(task_name="test_webhooks").values_list("args", flat=True)
    assert [job | {ASKED_BY: ""} for job in jobs] == [{"workspace_id": firm.workspace.pk, ASKED_BY: ""}]
    asked = read(firm, "/settings/webhooks/")
    assert 'hx-get="/settings/webhooks/live/"' in asked
    with firm.inside():
        found = {"title": "The address can be reached", "outcome": "failed", "found": "No connection."}
        SelfTest.objects.update(finished_at=timezone.now(), checks=[found])
    fragment = firm.client.get("/settings/webhooks/live/", headers={"HX-Request": "true"}).content.decode()
    assert "Something is wrong" in fragment
    assert "No connection." in fragment
    assert "<html" not in fragment
    assert firm.client.get("/settings/webhooks/live/").status_code == 302


def test_a_test_without_a_key_is_not_begun(firm: Firm, organisation: Organisation) -> None:
    answer = firm.client.post("/settings/webhooks/test/", follow=True)

    assert "No webhook key is known yet." in answer.content.decode()
    assert not ProcrastinateJob.objects.filter(task_name="test_webhooks").exists()


def test_a_test_of_another_firm_is_not_shown(firm: Firm, organisation: Organisation) -> None:
    theirs = make_firm("Theirs")
    with theirs.inside():
        found = {"title": "Theirs alone", "outcome": "passed", "found": ""}
        SelfTest.objects.create(workspace=theirs.workspace, asked_at=NOW, finished_at=NOW, checks=[found])

    assert "Theirs alone" not in read(firm, "/settings/webhooks/")
    assert "Theirs alone" in read(theirs, "/settings/webhooks/")


def test_the_page_works_before_anything_is_connected(firm: Firm, settings: Settings) -> None:
    settings.XERO_CLIENT_ID, settings.XERO_WEBHOOK_KEY = "client", KEY
    note_keys(now=timezone.now())

    assert "Waiting for Xero’s first call" in read(firm, "/settings/webhooks/")
    assert "Nothing to tell of yet" in read(firm, "/activity/webhooks/")


# -- What was told -------------------------------------------------------------------------------


def test_each_record_is_named_with_how_long_it_took(firm: Firm, organisation: Organisation) -> None:
    invoice = make_invoice(firm, organisation, number="INV-77")
    contact = make_contact(firm, organisation, name="Kōwhai Builders")
    tell(firm, organisation, invoice.xero_id)
    tell(firm, organisation, contact.xero_id, stream="Contacts", heard=3)
    tell(firm, organisation, "not-here-yet", settled_at=None)
    tell(firm, organisation, "never", problem="Xero does not show this record.")

    page = read(firm, log_of(organisation))

    assert f"/o/{organisation.pk}/records/Invoices/{invoice.xero_id}/" in page
    assert "INV-77" in page
    assert "Kōwhai Builders" in page
    assert "3×" in page
    assert page.count("3.0 s") == 4  # two rows, and both shares of today's figures
    assert "not-here-yet" in page
    assert "Not shown by Xero" in page


def test_filters_keep_to_what_was_asked(firm: Firm, organisation: Organisation) -> None:
    contact = make_contact(firm, organisation, name="Kōwhai Builders")
    tell(firm, organisation, contact.xero_id, stream="Contacts")
    tell(firm, organisation, "an-invoice", settled_at=None)

    contacts = read(firm, log_of(organisation), kind="Contacts")
    waiting = read(firm, log_of(organisation), standing="waiting")
    neither = read(firm, log_of(organisation), kind="Payments")
    nonsense = read(firm, log_of(organisation), kind="x", standing="y", after="z", after_id="²")

    assert ("Kōwhai Builders" in contacts, "an-invoice" in contacts) == (True, False)
    assert ("Kōwhai Builders" in waiting, "an-invoice" in waiting) == (False, True)
    assert "Nothing matches" in neither
    assert ("Kōwhai Builders" in nonsense, "an-invoice" in nonsense) == (True, True)


def test_pages_follow_each_other_without_a_gap(firm: Firm, organisation: Organisation) -> None:
    heard_at = timezone.now() - timedelta(minutes=5)
    for number in range(120):
        tell(firm, organisation, f"record-{number:03}", heard_at=heard_at)

    seen: list[str] = []
    query: dict[str, Any] = {}
    while True:
        answer = firm.client.get(log_of(organisation), query)
        seen += [row.notice.xero_id for row in answer.context["page"].rows]
        place = answer.context["page"].next_place
        if place is None:
            break
        query = {"after": place.heard_at.isoformat(), "after_id": place.pk}

    assert seen == [f"record-{number:03}" for number in reversed(range(120))]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_log_asks_as_much_whatever_it_shows(
    firm: Firm, organisation: Organisation, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        tell(firm, organisation, make_invoice(firm, organisation).xero_id)
    read(firm, log_of(organisation))

    with django_assert_num_queries(18):
        read(firm, log_of(organisation))


@pytest.mark.parametrize("by", ["only", "notice", "since"])
def test_an_owner_replays_one_a_selection_or_since_a_moment(
    firm: Firm, organisation: Organisation, by: str
) -> None:
    older = tell(firm, organisation, "older", heard_at=timezone.now() - timedelta(hours=30))
    newer = tell(firm, organisation, "newer")
    since = timezone.localtime() - timedelta(hours=3)
    chosen = {"only": {"only": newer.pk, "notice": older.pk}, "notice": {"notice": newer.pk}}

    answer = firm.client.post(
        f"{log_of(organisation)}replay/",
        chosen.get(by) or {"since": since.isoformat(timespec="minutes")},
        follow=True,
    )

    assert "1 record of Harbour Foods Ltd: read again within seconds." in answer.content.decode()
    assert (is_waiting(older), is_waiting(newer)) == (False, True)
    with firm.inside():
        assert AuditEntry.objects.latest("pk").what == "1 record of Harbour Foods Ltd"


def test_what_belongs_to_another_firm_is_neither_shown_nor_replayed(
    firm: Firm, organisation: Organisation
) -> None:
    theirs = make_firm("Theirs")
    other = make_organisation(theirs, "Their client")
    told = tell(theirs, other, "of-another-firm")

    ours = read(firm, log_of(organisation))
    answer = firm.client.post(f"{log_of(organisation)}replay/", {"notice": told.pk}, follow=True)

    assert "of-another-firm" not in ours
    assert "0 records of Harbour Foods Ltd" in answer.content.decode()
    assert not is_waiting(told)
    assert firm.client.get(log_of(other)).status_code == 404
    assert firm.client.post(f"{log_of(other)}replay/", {"notice": told.pk}).status_code == 404


def test_a_firm_sees_the_posts_of_its_own_app_and_an_operator_all(
    firm: Firm, organisation: Organisation
) -> None:
    def post(client_id: str, firm_id: int | None) -> Delivery:
        return Delivery.objects.create(
            received_at=NOW,
            unpacked_at=NOW,
            body=b'{"of": "another"}',
            client_id=client_id,
            firm_id=firm_id,
            event_count=2,
        )

    own, installation = post("own-app", firm.workspace.pk), post("shared-app", None)
    post("their-app", firm.workspace.pk + 1)

    seen = read(firm, "/activity/webhooks/deliveries/")
    refused = firm.client.post(f"/activity/webhooks/deliveries/{installation.pk}/replay/")
    firm.client.post(f"/activity/webhooks/deliveries/{own.pk}/replay/")
    firm.user.is_staff = True
    firm.user.save()
    everything = read(firm, "/activity/webhooks/deliveries/")

    assert ("own-app" in seen, "shared-app" in seen, "their-app" in seen) == (True, False, False)
    assert refused.status_code == 404
    assert list(Delivery.objects.filter(unpacked_at=None)) == [own]
    assert all(name in everything for name in ("own-app", "shared-app", "their-app"))
    assert "another" not in everything  # no body is ever shown
