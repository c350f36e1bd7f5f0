"""Holding a whole client back, the ways that lead there, and what activation says of unreviewed rules."""

import json
from datetime import timedelta

import pytest

from counterfoil.features.clients.models import Client, Link
from counterfoil.features.reminding.models import Campaign, HeldClient
from counterfoil.mirror.models import Contact, Invoice
from tests.integration.reminding.conftest import TODAY, Desk
from tests.integration.reminding.test_pages import address, compose, only, text_of
from tests.integration.web.firms import make_firm


@pytest.fixture
def today(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The pages' clock is the desk's."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: desk.now)
    return desk


def make_client(desk: Desk, *contacts: Contact) -> Client:
    with desk.firm.inside():
        client = Client.objects.create(
            workspace=desk.firm.workspace, name="Kowhai Group", created_at=desk.now
        )
        for contact in contacts:
            link(desk, client, contact)
    return client


def link(desk: Desk, client: Client, contact: Contact) -> None:
    with desk.firm.inside():
        Link.objects.create(
            workspace=desk.firm.workspace,
            organisation=desk.organisation,
            client=client,
            contact_id=contact.xero_id,
            made_at=desk.now,
        )


def invoice_of(desk: Desk, contact: Contact, status: str) -> Invoice:
    sent = {"Type": "ACCREC", "Status": status, "Contact": {"ContactID": contact.xero_id}}
    return desk.invoice(contact, status=status, raw=json.dumps(sent))


def hold(desk: Desk, client: Client, **form: str) -> None:
    about = {"about": f"client:{client.pk}", "hold": "disputed", "until": ""}
    desk.firm.client.post(address(desk, "holds/add/"), about | form)


def test_a_held_client_is_reminded_by_none_of_its_contacts_later_ones_included(today: Desk) -> None:
    first, later, other = (today.customer(f"021 123 456{number}") for number in range(3))
    client = make_client(today, first)
    for contact in (first, later, other):
        today.invoice(contact)
    today.campaign()

    hold(today, client)
    link(today, client, later)
    today.send()

    assert sorted(today.messages()) == [("dropped", "disputed"), ("dropped", "disputed"), ("sent", "free")]


def test_a_promise_of_a_client_ends_by_itself_after_its_day(today: Desk) -> None:
    contact = today.customer()
    today.invoice(contact)
    hold(today, make_client(today, contact), hold="promised", until=str(TODAY - timedelta(days=1)))
    today.campaign()

    today.send()

    assert today.messages() == [("sent", "free")]


def test_of_two_holds_the_longer_counts_whoever_they_are_for(today: Desk) -> None:
    contact = today.customer()
    today.invoice(contact)
    hold(today, make_client(today, contact), hold="promised", until=str(TODAY + timedelta(days=9)))
    ended = {"about": f"{contact.xero_id}/", "hold": "promised", "until": str(TODAY)}
    today.firm.client.post(address(today, "holds/add/"), ended)
    today.now += timedelta(days=1)
    today.invoice(contact)
    today.campaign()

    today.send()

    assert today.messages() == [("dropped", "promised")]


def test_a_client_is_found_held_listed_and_let_go_on_the_page(today: Desk) -> None:
    contact = today.customer(name="Kowhai Builders")
    client = make_client(today, contact)

    found = text_of(today.firm.client.get(address(today, "holds/"), {"q": "Kowhai"}))
    hold(today, client)
    listed = text_of(today.firm.client.get(address(today, "holds/")))
    conversation = text_of(today.firm.client.get(address(today, f"with/{contact.xero_id}/")))
    held = only(today, HeldClient)
    today.firm.client.post(address(today, f"holds/clients/{held.pk}/end/"))
    after = text_of(today.firm.client.get(address(today, "holds/")))

    assert f"about=client%3A{client.pk}" in found
    assert "Kowhai Group</bdi></a>, the whole client" in listed
    assert "The whole client." in conversation
    assert "Nothing is held back" in after
    assert only(today, HeldClient).ended_by


def test_nobody_holds_or_lets_go_a_client_of_another_firm(today: Desk) -> None:
    client = make_client(today)
    hold(today, client)
    other = make_firm()

    answer = other.client.post(address(today, f"holds/clients/{only(today, HeldClient).pk}/end/"))

    assert answer.status_code == 404
    assert not only(today, HeldClient).ended_by


def test_pages_of_clients_contacts_and_unpaid_invoices_lead_to_holding_back(today: Desk) -> None:
    contact = today.customer()
    client = make_client(today, contact)
    unpaid, paid = invoice_of(today, contact, "AUTHORISED"), invoice_of(today, contact, "PAID")
    records = f"/o/{today.organisation.pk}/records"

    pages = {
        name: text_of(today.firm.client.get(where, follow=True))
        for name, where in {
            "client": f"/clients/{client.pk}/",
            "contact": f"{records}/Contacts/{contact.xero_id}/",
            "unpaid": f"{records}/Invoices/{unpaid.xero_id}/",
            "paid": f"{records}/Invoices/{paid.xero_id}/",
        }.items()
    }

    assert f"reminders/holds/?about=client:{client.pk}" in pages["client"]
    assert f"reminders/holds/?about={contact.xero_id}/" in pages["contact"]
    assert f"reminders/holds/?about={contact.xero_id}/{unpaid.xero_id}" in pages["unpaid"]
    assert "reminders/holds/?about=" not in pages["paid"]


def test_whose_rules_nobody_reviewed_is_said_before_activating_and_does_not_refuse_it(today: Desk) -> None:
    today.invoice(today.customer(), overdue=6)
    today.invoice(today.customer("+61 412 345 678"), overdue=6)
    compose(today)
    campaign = only(today, Campaign)
    page = address(today, f"{campaign.pk}/")
    today.firm.client.get(page)  # reads how customers can be reached

    before = text_of(today.firm.client.get(page))
    today.review("NZ")
    after = text_of(today.firm.client.get(page))
    today.firm.client.post(f"{page}turn/", {"act": "activate"})

    assert "Nobody here has reviewed the rules of" in before
    assert "New Zealand</a> (1 customer)" in before
    assert "New Zealand</a> (1 customer)" not in after
    assert "Australia</a> (1 customer)" in after
    assert only(today, Campaign).state == "active"
