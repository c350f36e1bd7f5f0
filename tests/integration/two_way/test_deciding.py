"""What people decide about fields that differ, and take back (K16)."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from counterfoil.domain.agreeing import AtFirst
from counterfoil.domain.outbox import OutboxState
from counterfoil.features.clients.models import Client, Link
from counterfoil.features.two_way import deciding
from counterfoil.features.two_way.deciding import decide, decide_all, sign, undo_last
from counterfoil.features.two_way.models import Difference
from counterfoil.features.workspaces.models import AuditEntry
from counterfoil.mirror.models import Attempt, Connection, Organisation
from tests.integration.sync.outbox.wishing import make_two_way
from tests.integration.two_way.linked import (
    OURS,
    THEIRS,
    compare,
    edit_here,
    edit_there,
    go_both_ways,
    let_it_be,
    link_client,
    link_in_conflict,
    list_operations,
    reload,
)
from tests.integration.web.firms import NOW, Firm, add_person, make_firm


@pytest.fixture
def firm(db: None) -> Firm:
    return make_firm()


@pytest.fixture
def organisation(firm: Firm) -> Organisation:
    return make_two_way(firm)


@pytest.fixture
def link(firm: Firm, organisation: Organisation) -> Link:
    """A client whose e-mail address was changed on both sides."""
    return link_in_conflict(firm, organisation)


def find_open(firm: Firm) -> Difference | None:
    with firm.inside():
        return Difference.objects.filter(decided_at=None).first()


def choose(firm: Firm, organisation: Organisation, choice: str, value: str = "") -> None:
    asked = find_open(firm)
    assert asked is not None
    with firm.inside():
        decide(
            organisation,
            difference_ids=[asked.pk],
            choice=choice,
            value=value,
            seen=sign(asked),
            by=firm.user,
            now=NOW,
        )


def test_ours_goes_to_xero(firm: Firm, organisation: Organisation, link: Link) -> None:
    choose(firm, organisation, "ours")

    [operation] = list_operations(firm)
    assert (operation.state, OURS in operation.payload) == (OutboxState.WAITING, True)
    assert (reload(firm, link).email, find_open(firm)) == (OURS, None)


def test_xeros_is_taken_over(firm: Firm, organisation: Organisation, link: Link) -> None:
    choose(firm, organisation, "theirs")

    assert (reload(firm, link).email, find_open(firm), list_operations(firm)) == (THEIRS, None, [])


def test_something_else_goes_to_both(firm: Firm, organisation: Organisation, link: Link) -> None:
    choose(firm, organisation, "edited", " third@kowhai.example ")

    [operation] = list_operations(firm)
    assert "third@kowhai.example" in operation.payload
    assert reload(firm, link).email == "third@kowhai.example"


def test_what_our_field_refuses_is_not_saved(firm: Firm, organisation: Organisation, link: Link) -> None:
    with pytest.raises(ValidationError, match="valid email"):
        choose(firm, organisation, "edited", "no address")

    assert reload(firm, link).email == OURS
    assert find_open(firm) is not None


def test_what_is_left_different_is_asked_no_more(firm: Firm, organisation: Organisation, link: Link) -> None:
    choose(firm, organisation, "apart")
    edit_here(firm, link, email="another@kowhai.example")
    compare(organisation, 2)

    assert (find_open(firm), list_operations(firm)) == (None, [])


@pytest.mark.parametrize("choice", ["ours", "theirs", "edited", "apart"])
def test_a_decision_is_written_down_and_taken_back(
    firm: Firm, organisation: Organisation, link: Link, choice: str
) -> None:
    choose(firm, organisation, choice, "third@kowhai.example")
    with firm.inside():
        written = AuditEntry.objects.latest("pk")

        undo_last(organisation, by=firm.user, now=NOW)

    assert (written.act, written.who) == ("fields.decided", firm.user)
    assert written.what.startswith("E-mail address of Kōwhai Builders: ")
    asked = find_open(firm)
    assert asked is not None
    assert (asked.why, asked.agreed, asked.ours, asked.theirs) == (
        "both",
        "office@kowhai.example",
        OURS,
        THEIRS,
    )
    assert reload(firm, link).email == OURS
    assert {operation.state for operation in list_operations(firm)} <= {OutboxState.HELD}


def test_what_was_sent_cannot_be_taken_back(firm: Firm, organisation: Organisation, link: Link) -> None:
    choose(firm, organisation, "ours")
    let_it_be(firm, OutboxState.DONE, done_at=NOW, answer_stamp=NOW)

    with firm.inside(), pytest.raises(deciding.CannotUndo, match="sent to Xero already"):
        undo_last(organisation, by=firm.user, now=NOW)
    edit_there(firm, link, email=OURS)
    compare(organisation, 2)
    with firm.inside(), pytest.raises(deciding.CannotUndo, match="sent to Xero already"):
        undo_last(organisation, by=firm.user, now=NOW)


def test_what_was_changed_since_cannot_be_taken_back(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    choose(firm, organisation, "theirs")
    edit_here(firm, link, email="newer@kowhai.example")

    with firm.inside(), pytest.raises(deciding.CannotUndo, match="changed since you decided"):
        undo_last(organisation, by=firm.user, now=NOW)


def test_nobody_takes_back_what_somebody_else_decided(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    choose(firm, organisation, "theirs")

    with firm.inside(), pytest.raises(deciding.NothingToUndo):
        undo_last(organisation, by=add_person(firm.workspace), now=NOW)


def test_nobody_decides_what_they_have_not_seen(firm: Firm, organisation: Organisation, link: Link) -> None:
    shown = find_open(firm)
    assert shown is not None
    edit_there(firm, link, email="later@kowhai.example")
    with firm.inside():
        ask: dict[str, Any] = {"difference_ids": [shown.pk], "choice": "ours", "by": firm.user, "now": NOW}
        with pytest.raises(deciding.NotAsSeen):  # the copy moved on, and nobody compared yet
            decide(organisation, seen=sign(shown), **ask)
    compare(organisation, 2)
    with firm.inside(), pytest.raises(deciding.NotAsSeen):
        decide(organisation, seen=sign(shown), **ask)

    assert reload(firm, link).email == OURS


def test_of_two_people_who_decide_at_once_one_does(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    asked = find_open(firm)
    assert asked is not None
    choose(firm, organisation, "theirs")

    with firm.inside(), pytest.raises(deciding.NotAsSeen):
        decide(
            organisation, difference_ids=[asked.pk], choice="ours", by=firm.user, now=NOW, seen=sign(asked)
        )


def test_one_kind_of_field_is_decided_for_everybody_and_taken_back(
    firm: Firm, organisation: Organisation
) -> None:
    links = [link_client(firm, organisation, email=f"ours{number}@x.example") for number in range(3)]
    go_both_ways(firm, organisation)

    with firm.inside():
        count = decide_all(organisation, field="email", choice="theirs", until=NOW, by=firm.user, now=NOW)
    decided = [reload(firm, each).email for each in links]
    with firm.inside():
        undo_last(organisation, by=firm.user, now=NOW)

    assert (count, decided) == (3, ["office@kowhai.example"] * 3)
    assert [reload(firm, each).email for each in links] == [f"ours{number}@x.example" for number in range(3)]


def test_what_xero_refused_is_sent_again_or_mended(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    choose(firm, organisation, "ours")
    let_it_be(firm, OutboxState.REFUSED, xero_words=["Email address must be valid."])
    compare(organisation, 2)

    choose(firm, organisation, "ours")

    before, after = list_operations(firm)
    assert (before.state, before.sentence) == (OutboxState.HELD, "Decided otherwise.")
    assert (after.state, OURS in after.payload) == (OutboxState.WAITING, True)


def test_nothing_is_decided_while_a_change_of_it_is_in_doubt(firm: Firm, organisation: Organisation) -> None:
    made = link_client(firm, organisation, raw={"Addresses": [{"AddressType": "STREET", "City": "Leith"}]})
    with firm.inside():
        made.client.addresses.create(workspace=firm.workspace, kind="street", line_1="1 Quay", city="Perth")
    go_both_ways(firm, organisation)  # the line goes out, the city is asked
    with firm.inside():
        attempt = Attempt.objects.create(
            workspace=firm.workspace, organisation=organisation, kind="contact_edit", key="k", started_at=NOW
        )
    let_it_be(firm, OutboxState.UNKNOWN, attempt=attempt)
    compare(organisation, 2)

    with pytest.raises(deciding.OnItsWay):
        choose(firm, organisation, "theirs")


def test_in_a_read_only_organisation_ours_stays_and_says_why(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    with firm.inside():
        Connection.objects.update(mode=Connection.Mode.READ_ONLY)

    choose(firm, organisation, "ours")

    blocked = find_open(firm)
    assert blocked is not None
    assert (blocked.why, blocked.sentence) == (
        "blocked",
        "This organisation is connected read-only. Make it two-way in Settings, Account.",
    )
    with firm.inside():
        undo_last(organisation, by=firm.user, now=NOW)
    again = find_open(firm)
    assert again is not None
    assert again.why == "both"


def test_another_firm_decides_nothing_here(firm: Firm, organisation: Organisation, link: Link) -> None:
    asked, other = find_open(firm), make_firm("Others")
    assert asked is not None

    with other.inside(), pytest.raises(deciding.NotAsSeen):
        decide(
            organisation, difference_ids=[asked.pk], choice="theirs", by=other.user, now=NOW, seen=sign(asked)
        )

    assert reload(firm, link).email == OURS


def test_the_names_of_people_are_theirs(firm: Firm, organisation: Organisation) -> None:
    made = link_client(firm, organisation, theirs={"name": "Mara Tane", "email": "mara@x.example"})
    with firm.inside():
        person = Client.objects.get(pk=made.client_id).people.create(
            workspace=firm.workspace, name="Mara Tane", email="mara@x.example", created_at=NOW
        )
        Link.objects.filter(pk=made.pk).update(person=person)
    go_both_ways(firm, organisation, AtFirst.ASK)
    edit_there(firm, made, email="mara@new.example")

    compare(organisation)

    with firm.inside():
        person.refresh_from_db()
    assert person.email == "mara@new.example"
    assert reload(firm, made).email == "mara@x.example"
