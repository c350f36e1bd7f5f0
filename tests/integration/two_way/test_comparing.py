"""What flows between a client and its contact in Xero, and what is asked (K16, P1, X18)."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from counterfoil.domain.agreeing import AtFirst
from counterfoil.domain.outbox import OutboxState
from counterfoil.features.clients.linking import unlink_contact
from counterfoil.features.clients.models import Address, Client, Link
from counterfoil.features.clients.operations import archive
from counterfoil.features.connections.removal import purge_organisation
from counterfoil.features.two_way.acting import compare_clients
from counterfoil.features.two_way.comparing import find_terms, gather
from counterfoil.features.two_way.models import Agreement, Difference, FieldsChoice, Push
from counterfoil.features.two_way.switching import PlanChanged, agree_to_plan, preview, switch_off
from counterfoil.features.workspaces.models import AuditEntry
from counterfoil.mirror.models import Attempt, Connection, Operation, Organisation, OrganisationProfile
from tests.integration.sync.outbox.wishing import make_two_way
from tests.integration.two_way.linked import (
    PHONE,
    STREET,
    compare,
    edit_here,
    edit_there,
    go_both_ways,
    let_it_be,
    link_client,
    list_operations,
    reload,
    write_raw,
)
from tests.integration.web.firms import NOW, Firm, make_firm, make_organisation

NEW = "new@kowhai.example"


@pytest.fixture
def firm(db: None) -> Firm:
    return make_firm()


@pytest.fixture
def organisation(firm: Firm) -> Organisation:
    return make_two_way(firm)


@pytest.fixture
def link(firm: Firm, organisation: Organisation) -> Link:
    """A client and its contact, which agree."""
    made = link_client(firm, organisation)
    go_both_ways(firm, organisation)
    return made


def list_open(firm: Firm) -> list[tuple[str, str, str, str]]:
    with firm.inside():
        rows = Difference.objects.filter(decided_at=None).order_by("pk")
        return list(rows.values_list("field", "why", "ours", "theirs"))


def test_a_change_in_xero_flows_into_the_client_and_is_written_down(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    edit_there(firm, link, email=NEW)

    compare(organisation)

    assert reload(firm, link).email == NEW
    assert list_operations(firm) == []
    with firm.inside():
        entry = AuditEntry.objects.latest("pk")
    assert (entry.act, entry.who_name, entry.what) == (
        "fields.taken",
        "Counterfoil",
        "Harbour Foods Ltd: 1 record",
    )


def test_a_change_here_is_proposed_and_only_that_field(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    edit_here(firm, link, email=NEW)

    compare(organisation)
    compare(organisation, 2)

    [operation] = list_operations(firm)
    assert (operation.kind, operation.state) == ("contact_edit", OutboxState.WAITING)
    assert msgspec.json.decode(operation.payload) == {"ContactID": link.contact_id, "EmailAddress": NEW}
    assert operation.contact_id == link.contact_id


def test_white_space_case_and_writing_of_a_phone_are_no_change(
    firm: Firm, organisation: Organisation
) -> None:
    made = link_client(
        firm, organisation, raw={"Phones": [PHONE], "Addresses": [STREET]}, phone="020 7946 0000"
    )
    with firm.inside():
        OrganisationProfile.objects.filter(organisation=organisation).update(country_code="GB")
        Address.objects.create(
            workspace=firm.workspace, client=made.client, kind="street", line_1="1  Quay", city="Leith",
            postal_code="EH6 6AA",
        )  # fmt: skip
        Client.objects.filter(pk=made.client_id).update(
            email="Office@Kowhai.example ", name="Kōwhai  Builders"
        )

    go_both_ways(firm, organisation)

    assert (list_open(firm), list_operations(firm)) == ([], [])


def test_phones_and_addresses_come_in_by_their_parts(firm: Firm, organisation: Organisation) -> None:
    made = link_client(firm, organisation, raw={"Phones": [PHONE], "Addresses": [STREET]})

    go_both_ways(firm, organisation)

    client = reload(firm, made)
    with firm.inside():
        [address] = client.addresses.all()
    assert (client.phone, client.mobile_phone) == ("+44 20 7946 0000", "")
    assert (address.kind, address.line_1, address.city, address.postal_code) == (
        "street",
        "1 Quay",
        "Leith",
        "EH6 6AA",
    )


def test_an_address_goes_out_whole_with_what_xero_has_in_its_other_parts(
    firm: Firm, organisation: Organisation
) -> None:
    made = link_client(firm, organisation, raw={"Addresses": [STREET]})
    go_both_ways(firm, organisation)
    with firm.inside():
        Address.objects.filter(client=made.client).update(line_1="2 Quay")
    edit_here(firm, made)

    compare(organisation)

    [operation] = list_operations(firm)
    [address] = msgspec.json.decode(operation.payload)["Addresses"]
    assert {name: value for name, value in address.items() if value} == STREET | {"AddressLine1": "2 Quay"}


def test_what_a_record_does_not_tell_is_not_emptied(firm: Firm, organisation: Organisation) -> None:
    made = link_client(firm, organisation, raw={"Phones": [PHONE]})
    go_both_ways(firm, organisation)

    edit_there(firm, made, raw=write_raw())
    compare(organisation)

    assert reload(firm, made).phone == "+44 20 7946 0000"


def test_what_was_changed_on_both_sides_waits_for_a_person(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    edit_here(firm, link, email=NEW)
    edit_there(firm, link, email="theirs@kowhai.example")

    compare(organisation)

    assert list_open(firm) == [("email", "both", NEW, "theirs@kowhai.example")]
    assert list_operations(firm) == []


def test_a_conflict_is_gone_when_both_sides_came_to_the_same(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    edit_here(firm, link, email=NEW)
    edit_there(firm, link, email="theirs@kowhai.example")
    compare(organisation)

    edit_there(firm, link, email=NEW)
    compare(organisation, 2)

    assert (list_open(firm), list_operations(firm)) == ([], [])


def test_at_first_nothing_is_overwritten(firm: Firm, organisation: Organisation) -> None:
    made = link_client(firm, organisation, email="ours@kowhai.example")

    go_both_ways(firm, organisation)

    assert list_open(firm) == [("email", "first", "ours@kowhai.example", "office@kowhai.example")]
    assert reload(firm, made).email == "ours@kowhai.example"
    assert list_operations(firm) == []


def test_the_preview_says_what_switching_on_would_do_and_does_nothing(
    firm: Firm, organisation: Organisation
) -> None:
    link_client(firm, organisation, email="ours@kowhai.example")
    link_client(firm, organisation, email="")
    link_client(firm, organisation, raw={"Phones": []}, phone="020 7946 0000")

    with firm.inside():
        found = preview(organisation)

    assert (found.linked, found.fills_here, found.fills_xero, found.differ) == (3, 1, 1, 1)
    assert found.by_field == {"E-mail address": 1}
    assert list_open(firm) == []


def test_at_first_a_person_may_answer_for_all(firm: Firm, organisation: Organisation) -> None:
    made = link_client(firm, organisation, email="ours@kowhai.example")

    go_both_ways(firm, organisation, AtFirst.THEIRS)

    assert reload(firm, made).email == "office@kowhai.example"
    assert list_open(firm) == []


def test_our_own_write_coming_back_is_no_change(firm: Firm, organisation: Organisation, link: Link) -> None:
    edit_here(firm, link, email=NEW)
    compare(organisation)
    later = NOW + timedelta(minutes=2)
    let_it_be(firm, OutboxState.DONE, done_at=later, answer_stamp=later)

    compare(organisation, 3)  # Xero has it, and the copy does not show it yet
    waiting = (reload(firm, link).email, len(list_operations(firm)))
    edit_there(firm, link, email=NEW.upper(), now=later)
    compare(organisation, 4)

    assert waiting == (NEW, 1)
    assert reload(firm, link).email == NEW
    assert len(list_operations(firm)) == 1
    assert list_open(firm) == []
    with firm.inside():
        assert not Push.objects.exists()


def test_a_change_that_waits_is_called_back_when_xero_changed_too(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    edit_here(firm, link, email=NEW)
    compare(organisation)
    edit_there(firm, link, email="theirs@kowhai.example")

    compare(organisation, 2)

    [operation] = list_operations(firm)
    assert operation.state == OutboxState.HELD
    assert operation.sentence == "The field was changed again, or in Xero, before this was sent."
    assert list_open(firm) == [("email", "both", NEW, "theirs@kowhai.example")]


def test_what_xero_refused_is_shown_at_the_field_in_xeros_words(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    edit_here(firm, link, name="Kōwhai & Sons")
    compare(organisation)
    words = ["The contact name Kōwhai & Sons is already assigned to another contact."]
    let_it_be(firm, OutboxState.REFUSED, xero_words=words)

    compare(organisation, 2)
    compare(organisation, 3)

    assert list_open(firm) == [("name", "refused", "Kōwhai & Sons", "Kōwhai Builders")]
    with firm.inside():
        assert Difference.objects.get().xero_words == words
    assert len(list_operations(firm)) == 1


def test_while_nobody_knows_what_xero_has_nothing_is_done(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    edit_here(firm, link, email=NEW)
    compare(organisation)
    with firm.inside():
        attempt = Attempt.objects.create(
            workspace=firm.workspace, organisation=organisation, kind="contact_edit", key="k", started_at=NOW
        )
    let_it_be(firm, OutboxState.UNKNOWN, attempt=attempt)
    edit_here(firm, link, email="newer@kowhai.example")

    compare(organisation, 2)

    [operation] = list_operations(firm)
    assert operation.state == OutboxState.UNKNOWN
    assert list_open(firm) == []


def test_a_read_only_organisation_takes_and_says_why_it_does_not_give(firm: Firm) -> None:
    organisation = make_organisation(firm)
    made = link_client(firm, organisation)
    go_both_ways(firm, organisation)

    edit_there(firm, made, name="Kōwhai Builders Ltd")
    edit_here(firm, made, email=NEW)
    compare(organisation)

    assert reload(firm, made).name == "Kōwhai Builders Ltd"
    assert list_open(firm) == [("email", "blocked", NEW, "office@kowhai.example")]
    with firm.inside():
        assert Difference.objects.get().sentence == (
            "This organisation is connected read-only. Make it two-way in Settings, Account."
        )
        assert Operation.objects.count() == 0


def test_what_was_blocked_goes_out_once_the_organisation_is_two_way(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    with firm.inside():
        Connection.objects.update(mode=Connection.Mode.READ_ONLY)
    edit_here(firm, link, email=NEW)
    compare(organisation)
    blocked = list_open(firm)
    with firm.inside():
        Connection.objects.update(mode=Connection.Mode.TWO_WAY)

    compare(organisation, 2)

    assert blocked == [("email", "blocked", NEW, "office@kowhai.example")]
    assert list_open(firm) == []
    assert len(list_operations(firm)) == 1


@pytest.mark.parametrize(
    "fields",
    [{"merged_to_id": "other"}, {"gone_at": NOW}, {"status": "GDPRREQUEST"}],
    ids=["merged", "gone", "forgotten"],
)
def test_with_a_contact_that_is_not_there_nothing_is_exchanged(
    firm: Firm, organisation: Organisation, link: Link, fields: dict[str, Any]
) -> None:
    edit_here(firm, link, email=NEW)
    compare(organisation)
    edit_there(firm, link, name="Somebody else", **fields)

    compare(organisation, 2)

    assert reload(firm, link).name == "Kōwhai Builders"
    [operation] = list_operations(firm)
    assert operation.state == OutboxState.HELD
    assert list_open(firm) == []


def test_a_client_that_was_put_away_takes_nothing(firm: Firm, organisation: Organisation, link: Link) -> None:
    with firm.inside():
        archive(Client.objects.get(pk=link.client_id), now=NOW)
    edit_there(firm, link, email=NEW)

    compare(organisation)

    assert reload(firm, link).email == "office@kowhai.example"


def test_two_contacts_of_one_client_keep_their_names(firm: Firm, organisation: Organisation) -> None:
    one = link_client(firm, organisation)
    other = link_client(firm, organisation, theirs={"name": "Kōwhai Builders (Leith)"})
    with firm.inside():
        Link.objects.filter(pk=other.pk).update(client=one.client)

    go_both_ways(firm, organisation)

    assert list_open(firm) == []


def test_what_is_changed_in_one_organisation_is_proposed_in_the_other(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    second = make_two_way(firm)
    other = link_client(firm, second)
    with firm.inside():
        Link.objects.filter(pk=other.pk).update(client=link.client)
    go_both_ways(firm, second)
    edit_there(firm, link, email=NEW)

    compare(organisation)
    compare(second)

    [operation] = list_operations(firm)
    assert (operation.organisation_id, operation.contact_id) == (second.pk, other.contact_id)


def test_what_waits_is_not_sent_once_the_contact_is_unlinked(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    edit_here(firm, link, email=NEW)
    compare(organisation)

    with firm.inside():
        unlink_contact(Link.objects.select_related("client", "organisation").get(), by=firm.user, now=NOW)

    [operation] = list_operations(firm)
    assert (operation.state, operation.sentence) == (
        OutboxState.HELD,
        "The contact is not linked any more.",
    )


def test_many_changes_at_once_wait_for_a_person(firm: Firm, organisation: Organisation) -> None:
    links = [
        link_client(firm, organisation, theirs={"name": f"Client {number}", "email": f"c{number}@x.example"})
        for number in range(6)
    ]
    go_both_ways(firm, organisation)
    for each in links[:5]:
        edit_there(firm, each, email="")

    compare(organisation)

    with firm.inside():
        stopped = FieldsChoice.objects.get()
        shown = preview(organisation)
    assert reload(firm, links[0]).email == "c0@x.example"
    assert stopped.stopped_because.startswith("5 of the 6 linked contacts would lose")
    with firm.inside():
        with pytest.raises(PlanChanged):
            agree_to_plan(organisation, fingerprint="another", by=firm.user, now=NOW)
        changed = agree_to_plan(organisation, fingerprint=shown.fingerprint, by=firm.user, now=NOW)
        after = FieldsChoice.objects.get()
    assert changed == 5
    assert [reload(firm, each).email for each in links] == [""] * 5 + ["c5@x.example"]
    assert after.stopped_because == ""


def test_switched_off_nothing_flows_and_nothing_waits(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    edit_here(firm, link, email=NEW)
    compare(organisation)

    with firm.inside():
        switch_off(organisation, by=firm.user, now=NOW)
    edit_there(firm, link, name="Renamed")
    compare(organisation, 2)

    [operation] = list_operations(firm)
    assert operation.state == OutboxState.HELD
    assert reload(firm, link).name == "Kōwhai Builders"
    with firm.inside():
        assert not Agreement.objects.exists()


def test_what_was_agreed_goes_with_the_connection(firm: Firm, organisation: Organisation, link: Link) -> None:
    edit_here(firm, link, email=NEW)
    edit_there(firm, link, email="theirs@kowhai.example")
    compare(organisation)

    with firm.inside():
        purge_organisation(Organisation.objects.get(), now=NOW)
        left = [model.objects.count() for model in (Agreement, Difference, Push, FieldsChoice)]

    assert left == [0, 0, 0, 0]
    assert reload(firm, link).email == NEW


@pytest.mark.parametrize("count", [1, 3])
def test_comparing_asks_as_often_for_one_client_as_for_many(
    firm: Firm, organisation: Organisation, count: int, django_assert_num_queries: object
) -> None:
    links = [link_client(firm, organisation) for _ in range(count)]
    go_both_ways(firm, organisation)

    with firm.inside():
        terms = find_terms(organisation)
        with django_assert_num_queries(7):  # type: ignore[operator]  # pytest-django's fixture has no type
            gather(organisation, [each.client_id for each in links], terms=terms, locks=True)
        compare_clients(organisation, [each.client_id for each in links], now=NOW)
