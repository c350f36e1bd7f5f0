"""The unmatched queue: nothing falls between, only proofs link alone, every decision can be taken back."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from counterfoil.domain.matching import Confidence
from counterfoil.domain.money import Money
from counterfoil.features.clients.linking import (
    AlreadyDecided,
    CannotUndo,
    NothingToUndo,
    create_client_from_contact,
    create_clients_from_contacts,
    link_contact,
    link_exact_matches,
    skip_contacts,
    undo_last,
    unlink_contact,
)
from counterfoil.features.clients.models import Client, Link, Skip
from counterfoil.features.clients.operations import archive, create_client, update_client
from counterfoil.features.clients.queue import Side, Tally, count_contacts, find_queued, list_queue
from counterfoil.features.clients.tasks import link_proven
from counterfoil.mirror.models import Contact, Organisation
from tests.integration.web.firms import NOW, Firm, make_contact, make_firm, make_invoice, make_organisation


@pytest.fixture
def firm(db: None) -> Firm:
    """A firm and its owner."""
    return make_firm()


@pytest.fixture
def harbour(firm: Firm) -> Organisation:
    """An organisation of the firm."""
    return make_organisation(firm)


def add_client(firm: Firm, name: str, **fields: str) -> Client:
    return create_client(workspace_id=firm.workspace.pk, fields={"name": name, **fields}, now=NOW)


def add_contact(
    firm: Firm, organisation: Organisation, name: str, documents: int = 1, **fields: str
) -> Contact:
    contact = make_contact(firm, organisation, name=name, **({"email": ""} | fields))
    for _ in range(documents):
        make_invoice(firm, organisation, contact_id=contact.xero_id)
    return contact


def names_in_queue(organisation: Organisation, side: Side = Side.CUSTOMERS) -> list[str]:
    return [row.name for row in list_queue(organisation, side=side).rows]


def test_the_queue_shows_who_has_documents_with_count_and_sum(firm: Firm, harbour: Organisation) -> None:
    contact = add_contact(firm, harbour, "Kōwhai Builders", documents=2)
    make_invoice(firm, harbour, contact_id=contact.xero_id, currency="NZD", total=Decimal(30))
    make_invoice(firm, harbour, contact_id=contact.xero_id, status="DRAFT", total=Decimal(999))
    make_invoice(firm, harbour, contact_id=contact.xero_id, status="DELETED")
    add_contact(firm, harbour, "Nobody yet", documents=0)

    with firm.inside():
        page = list_queue(harbour)

    assert [(row.name, row.documents, row.invoiced, row.match) for row in page.rows] == [
        ("Kōwhai Builders", 4, [Money(Decimal(200), "GBP"), Money(Decimal(30), "NZD")], None)
    ]


def test_suppliers_wait_on_their_own_side(firm: Firm, harbour: Organisation) -> None:
    add_contact(firm, harbour, "Customer")
    supplier = make_contact(firm, harbour, name="Supplier", is_customer=False, is_supplier=True)
    make_invoice(firm, harbour, contact_id=supplier.xero_id, kind="ACCPAY")

    with firm.inside():
        assert names_in_queue(harbour) == ["Customer"]
        assert names_in_queue(harbour, Side.SUPPLIERS) == ["Supplier"]
        assert sorted(names_in_queue(harbour, Side.ALL)) == ["Customer", "Supplier"]
        assert count_contacts(harbour) == Tally(linked=0, skipped=0, customers=1, suppliers=1)


def test_pages_of_the_queue_follow_each_other_without_a_gap_or_a_repeat(
    firm: Firm, harbour: Organisation
) -> None:
    for number in range(7):
        add_contact(firm, harbour, f"Contact {number}", documents=1 + number % 3)

    with firm.inside():
        seen, after = [], None
        for _ in range(4):
            page = list_queue(harbour, after=after, limit=2)
            seen += [(row.documents, row.name) for row in page.rows]
            after = page.next_place

    assert after is None
    assert len(set(seen)) == len(seen) == 7
    assert [count for count, _ in seen] == [3, 3, 2, 2, 1, 1, 1]


def test_only_exact_proof_links_by_itself(firm: Firm, harbour: Organisation) -> None:
    by_number = add_contact(firm, harbour, "Anything", contact_number="K-1")
    by_both = add_contact(firm, harbour, "Lumen Legal Ltd", email="pay@lumen.example")
    alike = add_contact(firm, harbour, "Meridian Freight")
    with firm.inside():
        add_client(firm, "Kōwhai", number="K-1")
        add_client(firm, "Lumen Legal", email="pay@lumen.example")
        add_client(firm, "Meridian Freight")

        assert link_exact_matches(harbour, now=NOW) == 2
        assert link_exact_matches(harbour, now=NOW) == 0
        linked = {link.contact_id: link.get_proof_display() for link in Link.objects.all()}
        (waiting,) = list_queue(harbour).rows

    assert linked == {by_number.xero_id: "by contact number", by_both.xero_id: "by name and e-mail address"}
    assert waiting.contact_id == alike.xero_id
    assert waiting.match is not None
    assert waiting.match.confidence is Confidence.PARTIAL


def test_an_archived_client_is_neither_linked_nor_suggested(firm: Firm, harbour: Organisation) -> None:
    add_contact(firm, harbour, "Kōwhai", contact_number="K-1")
    with firm.inside():
        archive(add_client(firm, "Kōwhai", number="K-1"), now=NOW)

        assert link_exact_matches(harbour, now=NOW) == 0
        assert list_queue(harbour).rows[0].match is None


def test_what_a_person_undid_is_not_linked_again_by_a_proof(firm: Firm, harbour: Organisation) -> None:
    contact = add_contact(firm, harbour, "Kōwhai", contact_number="K-1")
    with firm.inside():
        add_client(firm, "Kōwhai", number="K-1")
        link_exact_matches(harbour, now=NOW)
        unlink_contact(Link.objects.get(contact_id=contact.xero_id), by=firm.user, now=NOW)

        assert link_exact_matches(harbour, now=NOW) == 0
        assert names_in_queue(harbour) == ["Kōwhai"]


def test_a_contact_is_linked_once_and_the_slower_one_is_told(firm: Firm, harbour: Organisation) -> None:
    contact = add_contact(firm, harbour, "Kōwhai")
    with firm.inside():
        first, second = add_client(firm, "First"), add_client(firm, "Second")
        link_contact(harbour, contact_id=contact.xero_id, client=first, by=firm.user, now=NOW)

        with pytest.raises(AlreadyDecided, match="linked to First already"):
            link_contact(harbour, contact_id=contact.xero_id, client=second, by=firm.user, now=NOW)
        with pytest.raises(AlreadyDecided):
            create_client_from_contact(harbour, contact=contact, by=firm.user, now=NOW)

        assert Client.objects.count() == 2
        assert skip_contacts(harbour, contact_ids=[contact.xero_id], by=firm.user, now=NOW) == 0


def test_a_client_made_from_a_contact_takes_its_number_unless_it_is_taken(
    firm: Firm, harbour: Organisation
) -> None:
    one = add_contact(firm, harbour, "One", contact_number="N-1", email="one@one.example")
    two = add_contact(firm, harbour, "Two", contact_number="N-1")
    with firm.inside():
        first = create_client_from_contact(harbour, contact=one, by=firm.user, now=NOW).client
        second = create_client_from_contact(harbour, contact=two, by=firm.user, now=NOW).client

    assert (first.name, first.number, first.email) == ("One", "N-1", "one@one.example")
    assert (second.name, second.number) == ("Two", "")


def test_clients_are_made_of_many_contacts_at_once_but_not_twice_of_what_may_be_the_same(
    firm: Firm, harbour: Organisation
) -> None:
    """X27, PAIN 17: whoever shares a name or an address with another waits for a look."""
    skipped = add_contact(firm, harbour, "Skipped Ltd")
    wanted = [
        add_contact(firm, harbour, "Alder", email="books@alder.example"),
        add_contact(firm, harbour, "Birch"),
        add_contact(firm, harbour, "BIRCH"),
        add_contact(firm, harbour, "Cedar", email="Books@alder.example"),
        skipped,
    ]
    with firm.inside():
        skip_contacts(harbour, contact_ids=[skipped.xero_id], by=firm.user, now=NOW)

        made = create_clients_from_contacts(
            harbour, contact_ids=[contact.xero_id for contact in wanted], by=firm.user, now=NOW
        )

        assert made == 2
        assert {client.name.casefold() for client in Client.objects.all()} == {"alder", "birch"}
        assert len(names_in_queue(harbour)) == 2


def test_each_kind_of_decision_can_be_taken_back_in_turn(firm: Firm, harbour: Organisation) -> None:
    linked, made, skipped = (add_contact(firm, harbour, name) for name in ("Linked", "Made", "Skipped"))
    with firm.inside():
        client = add_client(firm, "Client")
        link_contact(harbour, contact_id=linked.xero_id, client=client, by=firm.user, now=NOW)
        create_client_from_contact(harbour, contact=made, by=firm.user, now=NOW)
        skip_contacts(harbour, contact_ids=[skipped.xero_id], by=firm.user, now=NOW)
        unlink_contact(Link.objects.get(contact_id=linked.xero_id), by=firm.user, now=NOW)

        undo_last(harbour, by=firm.user, now=NOW)
        assert Link.objects.filter(contact_id=linked.xero_id, client=client).exists()
        undo_last(harbour, by=firm.user, now=NOW)
        assert not Skip.objects.exists()
        undo_last(harbour, by=firm.user, now=NOW)
        assert [each.name for each in Client.objects.all()] == ["Client"]
        undo_last(harbour, by=firm.user, now=NOW)
        assert count_contacts(harbour) == Tally(linked=0, skipped=0, customers=3, suppliers=0)
        with pytest.raises(NothingToUndo):
            undo_last(harbour, by=firm.user, now=NOW)


def test_undo_takes_back_ones_own_decisions_only(firm: Firm, harbour: Organisation) -> None:
    contact = add_contact(firm, harbour, "Kōwhai")
    other = make_firm("Other").user
    with firm.inside():
        skip_contacts(harbour, contact_ids=[contact.xero_id], by=firm.user, now=NOW)

        with pytest.raises(NothingToUndo):
            undo_last(harbour, by=other, now=NOW)


def test_an_unlinking_is_not_taken_back_over_a_newer_link(firm: Firm, harbour: Organisation) -> None:
    contact = add_contact(firm, harbour, "Kōwhai")
    other = make_firm("Other").user
    with firm.inside():
        first, second = add_client(firm, "First"), add_client(firm, "Second")
        link = link_contact(harbour, contact_id=contact.xero_id, client=first, by=other, now=NOW)
        unlink_contact(link, by=firm.user, now=NOW)
        link_contact(harbour, contact_id=contact.xero_id, client=second, by=other, now=NOW)

        with pytest.raises(CannotUndo, match="linked to another client since"):
            undo_last(harbour, by=firm.user, now=NOW)


def test_a_client_that_is_in_use_survives_the_undoing_of_its_making(
    firm: Firm, harbour: Organisation
) -> None:
    contact = add_contact(firm, harbour, "Kōwhai")
    with firm.inside():
        client = create_client_from_contact(harbour, contact=contact, by=firm.user, now=NOW).client
        client.notes = "Rings on Fridays."
        client.save()

        undo_last(harbour, by=firm.user, now=NOW)

        assert Client.objects.get() == client
        assert names_in_queue(harbour) == ["Kōwhai"]


def test_a_merged_contact_is_followed_to_the_one_that_is_left(firm: Firm, harbour: Organisation) -> None:
    """PAIN 17: documents of the merged contact count as the survivor's, and its client stays its client."""
    survivor = add_contact(firm, harbour, "Kōwhai Builders")
    middle = add_contact(firm, harbour, "Kowhai", merged_to_id=survivor.xero_id, status="ARCHIVED")
    first = add_contact(firm, harbour, "K Builders", merged_to_id=middle.xero_id, status="ARCHIVED")
    with firm.inside():
        (waiting,) = list_queue(harbour).rows
        assert (waiting.name, waiting.documents) == ("Kōwhai Builders", 3)
        client = add_client(firm, "Kōwhai")
        link_contact(harbour, contact_id=first.xero_id, client=client, by=firm.user, now=NOW)

        assert link_exact_matches(harbour, now=NOW) == 1
        assert Link.objects.get(contact_id=survivor.xero_id).client == client
        assert count_contacts(harbour) == Tally(linked=1, skipped=0, customers=0, suppliers=0)


def test_a_document_that_came_before_its_contact_waits_too(firm: Firm, harbour: Organisation) -> None:
    make_invoice(firm, harbour, contact_id="not-copied-yet")

    with firm.inside():
        (waiting,) = list_queue(harbour).rows
        assert find_queued(harbour, "unknown") is None

    assert (waiting.contact_id, waiting.name, waiting.documents) == ("not-copied-yet", "", 1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(["link", "make", "skip", "unlink", "undo", "exact"]))
    )
)
def test_nothing_falls_between_whatever_is_decided(db: None, acts: list[tuple[int, str]]) -> None:
    firm = make_firm()
    harbour = make_organisation(firm)
    contacts = [
        add_contact(firm, harbour, f"Contact {number}", contact_number=f"N-{number % 4}")
        for number in range(6)
    ]
    with firm.inside():
        client = add_client(firm, "Client", number="N-1")
        for index, act in acts:
            contact = contacts[index]
            try:
                match act:
                    case "link":
                        link_contact(
                            harbour, contact_id=contact.xero_id, client=client, by=firm.user, now=NOW
                        )
                    case "make":
                        create_client_from_contact(harbour, contact=contact, by=firm.user, now=NOW)
                    case "skip":
                        skip_contacts(harbour, contact_ids=[contact.xero_id], by=firm.user, now=NOW)
                    case "unlink":
                        for link in Link.objects.filter(contact_id=contact.xero_id):
                            unlink_contact(link, by=firm.user, now=NOW)
                    case "undo":
                        undo_last(harbour, by=firm.user, now=NOW)
                    case _:
                        link_exact_matches(harbour, now=NOW)
            except (AlreadyDecided, CannotUndo, NothingToUndo):
                pass

            tally = count_contacts(harbour)
            assert tally.total == len(contacts)
            assert tally.customers == len(list_queue(harbour).rows)
            assert tally.linked == Link.objects.count()


def test_a_client_that_is_changed_has_its_contacts_looked_for_once(firm: Firm, harbour: Organisation) -> None:
    with firm.inside():
        client = add_client(firm, "Kōwhai")
        update_client(client, fields={"number": "K-1"})
        jobs = list(ProcrastinateJob.objects.filter(task_name="link_proven").values_list("args", flat=True))

    assert jobs == [{"organisation_id": harbour.pk}]


@pytest.mark.django_db(transaction=True)
def test_contacts_that_come_with_a_sync_are_linked_by_its_job(firm: Firm, harbour: Organisation) -> None:
    """X24, X25: no manual matching where there is a proof."""
    with firm.inside():
        client = add_client(firm, "Kōwhai", number="K-1")
    contact = add_contact(firm, harbour, "Kōwhai Ltd", contact_number="K-1")

    link_proven(organisation_id=harbour.pk)

    with firm.inside():
        assert Link.objects.get(contact_id=contact.xero_id).client == client
