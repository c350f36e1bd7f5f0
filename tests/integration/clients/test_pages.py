"""The pages of clients, people, deals and the unmatched queue."""

import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.features.clients.linking import link_contact
from counterfoil.features.clients.models import Client, Deal, Link, Person, Pin
from counterfoil.features.clients.operations import create_client, create_deal, create_person
from counterfoil.features.connections.removal import purge_organisation
from counterfoil.features.workspaces.permissions import Role
from counterfoil.mirror.models import Contact, Invoice, Organisation
from tests.integration.web.firms import NOW, Firm, make_contact, make_firm, make_invoice, make_organisation


@pytest.fixture
def firm(db: None) -> Firm:
    """A firm and its owner, signed in."""
    return make_firm()


@pytest.fixture
def harbour(firm: Firm) -> Organisation:
    """An organisation of the firm."""
    return make_organisation(firm)


def add_client(firm: Firm, name: str = "Kōwhai Builders", **fields: str) -> Client:
    with firm.inside():
        return create_client(workspace_id=firm.workspace.pk, fields={"name": name, **fields}, now=NOW)


def add_linked(firm: Firm, organisation: Organisation, client: Client, name: str = "Kowhai Ltd") -> Contact:
    contact = make_contact(firm, organisation, name=name)
    with firm.inside():
        link_contact(organisation, contact_id=contact.xero_id, client=client, by=firm.user, now=NOW)
    return contact


def text_of(firm: Firm, path: str) -> str:
    answer = firm.client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def numbers_on(page: str) -> list[str]:
    return [part.split(" ", 1)[0] for part in page.split('title="Open in Xero">')[1:]]


def test_a_client_is_created_shown_and_changed(firm: Firm) -> None:
    answer = firm.client.post("/clients/new/", {"name": "Lumen", "number": "L-1", "tags": "vip, vip, nz"})
    with firm.inside():
        client = Client.objects.get()
    assert answer.headers["Location"] == f"/clients/{client.pk}/"
    assert (client.name, client.number, client.tags) == ("Lumen", "L-1", ["vip", "nz"])

    firm.client.post(f"/clients/{client.pk}/edit/", {"name": "Lumen Legal", "number": "L-1", "tags": ""})

    page = text_of(firm, f"/clients/{client.pk}/")
    assert "Lumen Legal" in page
    assert "Not linked to Xero yet" in page
    assert "Lumen Legal" in text_of(firm, "/clients/?q=lumen")


def test_a_client_whose_organisation_was_removed_says_what_brings_its_invoices_back(
    firm: Firm, harbour: Organisation
) -> None:
    client = add_client(firm)
    add_linked(firm, harbour, client)
    with firm.inside():
        purge_organisation(harbour, now=NOW)

    page = text_of(firm, f"/clients/{client.pk}/")

    assert "Its organisation is not connected" in page
    assert "Not linked to Xero yet" not in page


def test_a_number_that_another_client_has_is_refused_and_nothing_typed_is_lost(firm: Firm) -> None:
    add_client(firm, number="K-1")

    answer = firm.client.post(
        "/clients/new/", {"name": "Second", "number": "K-1", "notes": "Typed at length"}
    )

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Another client has this number already." in page
    assert "Typed at length" in page


def test_an_archived_client_leaves_the_list_and_comes_back(firm: Firm) -> None:
    client = add_client(firm)

    firm.client.post(f"/clients/{client.pk}/archive/")
    text_of(firm, "/")  # where what was just done is said
    assert "Kōwhai" not in text_of(firm, "/clients/")
    assert "Kōwhai" in text_of(firm, "/clients/?show=archived")
    firm.client.post(f"/clients/{client.pk}/archive/")

    assert "Kōwhai" in text_of(firm, "/clients/")


@time_machine.travel("2026-11-22T12:00:00Z")
def test_a_linked_client_shows_its_open_invoices_first_and_by_itself(
    firm: Firm, harbour: Organisation
) -> None:
    """X24, F14, F15: linked means listed; open by default, the newest on top."""
    client = add_client(firm)
    contact = add_linked(firm, harbour, client)
    for number, day, fields in (
        ("OLD", 1, {}),
        ("NEW", 9, {}),
        ("LATE", 5, {"due_date": NOW.date().replace(day=2)}),
        ("DONE", 4, {"status": "PAID", "amount_due": Decimal(0), "amount_paid": Decimal(100)}),
    ):
        make_invoice(
            firm,
            harbour,
            contact_id=contact.xero_id,
            number=number,
            date=NOW.date().replace(day=day),
            **fields,
        )
    make_invoice(firm, harbour, number="OTHERS")

    path = f"/clients/{client.pk}/"

    assert numbers_on(text_of(firm, path)) == ["NEW", "OLD"]
    assert numbers_on(text_of(firm, path + "?view=overdue")) == ["LATE"]
    assert numbers_on(text_of(firm, path + "?view=unpaid")) == ["NEW", "LATE", "OLD"]
    assert numbers_on(text_of(firm, path + "?view=paid")) == ["DONE"]
    assert numbers_on(text_of(firm, path + "?view=all")) == ["NEW", "LATE", "DONE", "OLD"]
    assert numbers_on(text_of(firm, path + "?view=all&q=ol")) == ["OLD"]
    assert numbers_on(text_of(firm, path + "?view=all&from=2026-11-04&to=2026-11-05")) == ["LATE", "DONE"]
    assert "300.00 <small>GBP" in text_of(firm, path)


def test_pinning_marks_a_document_for_the_whole_firm_and_linked_is_pinned(
    firm: Firm, harbour: Organisation
) -> None:
    """F20, F21, F27, K8."""
    client = add_client(firm)
    contact = add_linked(firm, harbour, client)
    invoice = make_invoice(firm, harbour, contact_id=contact.xero_id, number="INV-1")
    make_invoice(firm, harbour, contact_id=contact.xero_id, number="INV-2")
    path = f"/o/{harbour.pk}/pin/{invoice.xero_id}/"

    answer = firm.client.post(path, {"pinned": "yes"}, headers={"HX-Request": "true"})
    firm.client.post(path, {"pinned": "yes"})

    assert 'aria-pressed="true"' in answer.content.decode()
    with firm.inside():
        assert Pin.objects.count() == 1
    for view in ("pinned", "linked"):
        assert numbers_on(text_of(firm, f"/clients/{client.pk}/?view={view}")) == ["INV-1"]
    firm.client.post(path, {"pinned": "no"})
    assert numbers_on(text_of(firm, f"/clients/{client.pk}/?view=pinned")) == []


def test_a_pin_sent_from_elsewhere_leads_back_to_our_own_pages_only(
    firm: Firm, harbour: Organisation
) -> None:
    invoice = make_invoice(firm, harbour)
    path = f"/o/{harbour.pk}/pin/{invoice.xero_id}/"

    ours = firm.client.post(path, {"pinned": "yes"}, headers={"Referer": "http://testserver/clients/3/"})
    theirs = firm.client.post(path, {"pinned": "no"}, headers={"Referer": "https://evil.example/"})

    assert ours.headers["Location"] == "http://testserver/clients/3/"
    assert theirs.headers["Location"] == "/"


def test_a_client_in_two_organisations_has_the_documents_of_both_and_currencies_apart(firm: Firm) -> None:
    """K12: never one total over two currencies."""
    one, two = make_organisation(firm, "One"), make_organisation(firm, "Two")
    client = add_client(firm)
    make_invoice(firm, one, contact_id=add_linked(firm, one, client).xero_id, number="GB")
    make_invoice(firm, two, contact_id=add_linked(firm, two, client).xero_id, number="NZ", currency="NZD")

    page = text_of(firm, f"/clients/{client.pk}/")

    assert sorted(numbers_on(page)) == ["GB", "NZ"]
    assert page.count("Total unpaid") == 2
    assert "100.00 <small>GBP" in page
    assert "100.00 <small>NZD" in page
    # Each box opens what it sums up (F19).
    boxes = re.findall(r'<a class="card stat" href="([^"]+)"><span class="stat-label">Total unpaid', page)
    opened = [numbers_on(text_of(firm, f"/clients/{client.pk}/{unescape(box)}")) for box in boxes]
    assert sorted(opened) == [["GB"], ["NZ"]]


def test_the_queue_links_makes_skips_and_takes_back(firm: Firm, harbour: Organisation) -> None:
    client = add_client(firm)
    names = ("Linked", "Made", "Skipped")
    contacts = {name: make_contact(firm, harbour, name=name) for name in names}
    for contact in contacts.values():
        make_invoice(firm, harbour, contact_id=contact.xero_id)
    decide = f"/o/{harbour.pk}/unmatched/decide/"

    def act(act: str, **fields: object) -> str:
        answer = firm.client.post(decide, {"act": act, **fields}, follow=True)
        return str(answer.content.decode())

    assert text_of(firm, f"/o/{harbour.pk}/unmatched/").count("data-queue-row") == 3
    said = act("link", contact=contacts["Linked"].xero_id, client=client.pk)
    assert "Linked to Kōwhai Builders" in said
    assert "Made is a client now" in act("create", contact=contacts["Made"].xero_id)
    assert "Nobody waits" in act("skip", contact=contacts["Skipped"].xero_id)
    assert "Taken back: skipped." in act("undo")
    assert "linked to Kōwhai Builders already" in act(
        "link", contact=contacts["Linked"].xero_id, client=client.pk
    )
    with firm.inside():
        assert Link.objects.count() == 2


def test_the_queue_finds_clients_by_what_is_typed_with_and_without_script(
    firm: Firm, harbour: Organisation
) -> None:
    add_client(firm, "Lumen Legal")
    add_client(firm, "Other")
    path = f"/o/{harbour.pk}/unmatched/clients/?q=lum&contact=c-1"

    fragment = firm.client.get(path, headers={"HX-Request": "true"}).content.decode()

    assert "Lumen Legal" in fragment
    assert "Other" not in fragment
    assert "<html" not in fragment
    assert "Lumen Legal" in text_of(firm, path)


def test_a_deal_gathers_invoices_and_sums_them(firm: Firm, harbour: Organisation) -> None:
    client = add_client(firm)
    contact = add_linked(firm, harbour, client)
    one = make_invoice(firm, harbour, contact_id=contact.xero_id, number="ONE")
    make_invoice(firm, harbour, contact_id=contact.xero_id, number="TWO")
    firm.client.post(f"/clients/{client.pk}/deals/new/", {"name": "Kitchen", "stage": "open"})
    with firm.inside():
        deal = Deal.objects.get()
    path = f"/deals/{deal.pk}/"

    firm.client.post(f"{path}documents/", {"organisation": harbour.pk, "document": one.xero_id})
    page = text_of(firm, path)

    assert numbers_on(page) == ["ONE"]
    assert "100.00 <small>GBP" in page
    assert "TWO" in page.split('id="gather"')[1]
    firm.client.post(
        f"{path}documents/", {"organisation": harbour.pk, "document": one.xero_id, "act": "release"}
    )
    assert numbers_on(text_of(firm, path)) == []


def test_an_old_invoice_is_found_for_a_deal_behind_many_newer_ones(firm: Firm, harbour: Organisation) -> None:
    """The list shows the newest that are in no deal yet, however many newer ones are in one."""
    client = add_client(firm)
    contact = add_linked(firm, harbour, client)
    make_invoice(firm, harbour, contact_id=contact.xero_id, number="OLD-1", date=date(2020, 1, 1))
    newer = [make_invoice(firm, harbour, contact_id=contact.xero_id) for _ in range(51)]
    with firm.inside():
        deal = create_deal(client, fields={"name": "Kitchen"}, now=NOW)
    path = f"/deals/{deal.pk}/"

    found = text_of(firm, f"{path}?find=old").split('id="gather"')[1]
    assert "OLD-1" in found
    assert newer[0].number not in found
    assert "OLD-1" not in text_of(firm, path)
    firm.client.post(
        f"{path}documents/", {"organisation": harbour.pk, "document": [one.xero_id for one in newer]}
    )
    assert "OLD-1" in text_of(firm, path).split('id="gather"')[1]


def test_many_clients_are_made_on_the_queue_with_one_press(firm: Firm, harbour: Organisation) -> None:
    """X27: whoever connects with a hundred customers does not press a hundred times."""
    for name in ("Alder", "Birch"):
        contact = make_contact(firm, harbour, name=name, email="")
        make_invoice(firm, harbour, contact_id=contact.xero_id)
    page = text_of(firm, f"/o/{harbour.pk}/unmatched/")
    contacts = re.findall(r'name="contact" value="([^"]+)"', page.split("create_all")[0])

    said = firm.client.post(
        f"/o/{harbour.pk}/unmatched/decide/", {"act": "create_all", "contact": contacts}, follow=True
    )

    assert "New clients of these 2" in page
    assert "2 clients were made, and linked." in said.content.decode()


def test_a_deal_with_a_value_needs_its_currency(firm: Firm) -> None:
    client = add_client(firm)

    answer = firm.client.post(
        f"/clients/{client.pk}/deals/new/", {"name": "Kitchen", "stage": "open", "value": "100"}
    )

    assert answer.status_code == 422
    assert "Say in which currency the value is." in answer.content.decode()


def test_a_person_has_the_invoices_of_the_contact_that_is_their_own(
    firm: Firm, harbour: Organisation
) -> None:
    """F5, F12: the client keeps them, too; another client's contact cannot be taken."""
    client, other = add_client(firm), add_client(firm, "Other")
    mine, theirs = add_linked(firm, harbour, client), add_linked(firm, harbour, other, "Elsewhere")
    make_invoice(firm, harbour, contact_id=mine.xero_id, number="MINE")
    make_invoice(firm, harbour, contact_id=theirs.xero_id, number="THEIRS")
    with firm.inside():
        person = create_person(client, fields={"name": "Ana Ruiz"}, now=NOW)
        links = {link.contact_id: link.pk for link in Link.objects.all()}
    path = f"/people/{person.pk}/"
    before = numbers_on(text_of(firm, path))

    firm.client.post(f"{path}contacts/", {"link": links[mine.xero_id], "act": "own"})
    taken = firm.client.post(f"{path}contacts/", {"link": links[theirs.xero_id], "act": "own"})

    assert before == []
    assert taken.status_code == 404
    assert numbers_on(text_of(firm, path)) == ["MINE"]
    assert numbers_on(text_of(firm, f"/clients/{client.pk}/")) == ["MINE"]
    firm.client.post(f"{path}contacts/", {"link": links[mine.xero_id], "act": "disown"})
    assert numbers_on(text_of(firm, path)) == []


def test_a_person_is_added_and_found(firm: Firm) -> None:
    client = add_client(firm)

    firm.client.post(f"/clients/{client.pk}/people/new/", {"name": "Ana Ruiz", "email": "ana@kowhai.example"})

    assert "Ana Ruiz" in text_of(firm, f"/clients/{client.pk}/")
    assert "Ana Ruiz" in text_of(firm, "/people/?q=ana@")
    with firm.inside():
        assert "Ana Ruiz" in text_of(firm, f"/people/{Person.objects.get().pk}/")


def test_another_firms_records_are_not_found(firm: Firm, harbour: Organisation) -> None:
    client = add_client(firm)
    with firm.inside():
        person = create_person(client, fields={"name": "Ana"}, now=NOW)
        deal = create_deal(client, fields={"name": "Kitchen"}, now=NOW)
    invoice = make_invoice(firm, harbour)
    other = make_firm("Other")

    for path in (
        f"/clients/{client.pk}/",
        f"/clients/{client.pk}/edit/",
        f"/people/{person.pk}/",
        f"/deals/{deal.pk}/",
        f"/o/{harbour.pk}/unmatched/",
    ):
        assert other.client.get(path).status_code == 404, path
    assert other.client.post(f"/o/{harbour.pk}/pin/{invoice.xero_id}/", {"pinned": "yes"}).status_code == 404
    assert other.client.post(f"/clients/{client.pk}/archive/").status_code == 404
    mine = make_organisation(other, "Mine")
    answer = other.client.post(
        f"/o/{mine.pk}/unmatched/decide/", {"act": "link", "contact": "c", "client": client.pk}
    )
    assert answer.status_code == 404


def test_a_viewer_reads_and_changes_nothing(db: None) -> None:
    firm = make_firm(role=Role.VIEWER)
    harbour, client = make_organisation(firm), add_client(firm)

    page = text_of(firm, f"/clients/{client.pk}/")

    assert "Kōwhai" in page
    assert f"/clients/{client.pk}/edit/" not in page
    for path in (
        "/clients/new/",
        f"/clients/{client.pk}/edit/",
        f"/clients/{client.pk}/archive/",
        f"/o/{harbour.pk}/unmatched/decide/",
    ):
        assert firm.client.post(path, {"name": "x"}).status_code == 403


@pytest.mark.parametrize("path", ["/clients/{client}/?view=all", "/o/{organisation}/unmatched/", "/clients/"])
def test_pages_cost_the_same_queries_however_many_rows_there_are(
    firm: Firm, harbour: Organisation, path: str
) -> None:
    client = add_client(firm)
    contact = add_linked(firm, harbour, client)
    where = path.format(client=client.pk, organisation=harbour.pk)

    def grow(count: int) -> None:
        for number in range(count):
            make_invoice(firm, harbour, contact_id=contact.xero_id, amount_paid=Decimal(5))
            waiting = make_contact(firm, harbour)
            make_invoice(firm, harbour, contact_id=waiting.xero_id)
            add_client(firm, f"Client {number}")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            text_of(firm, where)
        return len(queries)

    grow(1)
    cost()
    one = cost()
    grow(2)

    assert cost() == one
    with firm.inside():
        assert Invoice.objects.count() == 6
