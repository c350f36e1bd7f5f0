"""The whole way of a contact's fields, to a stand-in Xero and back (K16, P1, PAIN 6, PAIN 9)."""

from typing import Any

import pytest

from counterfoil.domain.agreeing import AtFirst
from counterfoil.domain.outbox import OutboxState
from counterfoil.features.clients.linking import link_contact
from counterfoil.features.clients.models import Client
from counterfoil.features.clients.operations import update_client
from counterfoil.features.two_way.acting import compare_organisation
from counterfoil.features.two_way.models import Difference
from counterfoil.features.two_way.switching import switch_on
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Change, Contact, Operation, Usage
from tests.integration.sync.outbox.conftest import Books, books, make_books, sandbox
from tests.integration.sync.outbox.test_sending import aside
from tests.integration.sync.outbox.wishing import new_contact

__all__ = ["books", "make_books", "sandbox"]


class Linked:
    """A client that is a contact in the stand-in, both the same to begin with."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.contact_id = books.contact_id()
        self.edit_there(EmailAddress="office@kowhai.example")
        books.sync("full")
        with books.inside():
            self.somebody = User.objects.create_user(f"{books.tenant}@firm.example")
            contact = Contact.objects.get(xero_id=self.contact_id)
            self.client = Client.objects.create(
                workspace_id=books.organisation.workspace_id,
                name=contact.name,
                email=contact.email,
                created_at=books.now(),
            )
            link_contact(
                books.organisation,
                contact_id=self.contact_id,
                client=self.client,
                by=self.somebody,
                now=books.now(),
            )
            switch_on(books.organisation, at_first=AtFirst.ASK, by=self.somebody, now=books.now())
        self.compare()

    def compare(self) -> None:
        compare_organisation(self.books.organisation, now=self.books.now())

    def edit_here(self, **fields: Any) -> None:
        with self.books.inside():
            update_client(Client.objects.get(pk=self.client.pk), fields=fields)

    def edit_there(self, **members: Any) -> None:
        self.books.sandbox.act(self.books.tenant, f"contacts/{self.contact_id}/edit", **members)

    def read_here(self) -> Client:
        with self.books.inside():
            return Client.objects.get(pk=self.client.pk)

    def read_there(self) -> dict[str, Any]:
        found = self.books.records("Contacts")
        return next(one for one in found if one["ContactID"] == self.contact_id)

    def list_open(self) -> list[tuple[str, str, str | None, str, str, list[str]]]:
        with self.books.inside():
            rows = Difference.objects.filter(decided_at=None)
            return list(rows.values_list("field", "why", "agreed", "ours", "theirs", "xero_words"))

    def list_states(self) -> list[str]:
        with self.books.inside():
            return list(Operation.objects.order_by("pk").values_list("state", flat=True))


@pytest.fixture
def linked(books: Books) -> Linked:
    return Linked(books)


def test_fields_go_to_xero_and_come_back_as_no_change(linked: Linked) -> None:
    taken = linked.read_here()  # the phone and the address came from Xero at first
    with linked.books.inside():
        before = Change.objects.count()
    linked.edit_here(email="new@kowhai.example", mobile_phone="020 7946 0000")
    linked.edit_here(**{"street.line_1": "2 Quay", "street.city": "Leith"})
    linked.compare()

    linked.books.push()
    linked.books.sync("sweep")
    linked.compare()

    there = linked.read_there()
    phones = {phone["PhoneType"]: phone for phone in there["Phones"]}
    [street] = [one for one in there["Addresses"] if one["AddressType"] == "STREET"]
    assert there["EmailAddress"] == "new@kowhai.example"
    assert (phones["MOBILE"]["PhoneAreaCode"], phones["MOBILE"]["PhoneNumber"]) == ("20", "79460000")
    assert (street["AddressLine1"], street["City"]) == ("2 Quay", "Leith")
    assert linked.list_states() == [OutboxState.DONE] * 3
    assert linked.list_open() == []
    here = linked.read_here()
    assert (here.phone, here.mobile_phone) == (taken.phone, "020 7946 0000")
    with linked.books.inside():
        after = Change.objects.filter(why__contains="Counterfoil").count()
        assert Change.objects.count() - before == after


def test_what_somebody_wrote_in_xero_meanwhile_is_not_overwritten(linked: Linked) -> None:
    linked.edit_here(email="ours@kowhai.example")
    linked.compare()
    linked.edit_there(EmailAddress="theirs@kowhai.example")  # no sync has seen it

    linked.books.push()
    linked.compare()

    assert linked.read_there()["EmailAddress"] == "theirs@kowhai.example"
    assert linked.list_states() == [OutboxState.HELD]
    assert linked.list_open() == [
        (
            "email",
            "both",
            "office@kowhai.example",
            "ours@kowhai.example",
            "theirs@kowhai.example",
            [],
        )
    ]


@pytest.mark.parametrize("fault", ["unknown_status", "missing_field"])
def test_what_could_not_be_read_just_before_is_not_overwritten_blindly(linked: Linked, fault: str) -> None:
    linked.edit_here(email="ours@kowhai.example")
    linked.compare()
    linked.books.sandbox.fault(fault, match="Contacts", count=1)

    report = linked.books.push()

    with linked.books.inside():
        [refused] = Operation.objects.all()
    assert report.calls == 0
    assert linked.read_there()["EmailAddress"] == "office@kowhai.example"
    assert (refused.status, refused.error_key) == (
        OutboxState.REFUSED,
        f"contact-unread:{linked.contact_id}",
    )
    assert refused.sentence.startswith("The contact could not be read from Xero just before")


def test_an_edit_that_comes_while_others_are_sent_is_looked_at_before_it_goes(linked: Linked) -> None:
    books = linked.books
    books.wish(new_contact("Rimu Joinery"))

    def meanwhile(step: str) -> None:
        if step == "written down":
            aside(lambda: linked.edit_here(email="ours@kowhai.example"))
            aside(linked.compare)
            linked.edit_there(EmailAddress="theirs@kowhai.example")

    books.push(meanwhile)

    assert linked.read_there()["EmailAddress"] == "theirs@kowhai.example"
    assert linked.list_states() == [OutboxState.DONE, OutboxState.REFUSED]


def test_what_xero_refuses_stands_at_the_field_in_xeros_words(linked: Linked) -> None:
    name = linked.read_there()["Name"]
    other = next(one["Name"] for one in linked.books.records("Contacts") if one["Name"] != name)
    linked.edit_here(name=other)
    linked.compare()

    linked.books.push()
    linked.compare()

    [(field, why, _, ours, theirs, words)] = linked.list_open()
    assert (field, why, ours, theirs) == ("name", "refused", other, name)
    assert words == [
        f"The contact name {other} is already assigned to another contact."
        " The contact name must be unique across all active contacts."
    ]


def test_a_read_only_organisation_is_never_written_to(make_books: Any) -> None:
    linked = Linked(make_books(mode="read_only"))
    linked.edit_here(email="ours@kowhai.example")
    linked.edit_there(FirstName="Mara", Phones=[{"PhoneType": "FAX", "PhoneNumber": "7946 0001"}])

    linked.books.sync()
    linked.compare()
    linked.books.push()

    assert linked.read_here().fax == "7946 0001"
    assert [(field, why) for field, why, *_ in linked.list_open()] == [("email", "blocked")]
    assert linked.list_states() == []
    with linked.books.inside():
        assert not Usage.objects.filter(writes__gt=0).exists()
    assert linked.read_there()["EmailAddress"] == "office@kowhai.example"
