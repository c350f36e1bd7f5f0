"""What people and features do with the outbox, before anything is sent (K15, X19, PAIN 6)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import msgspec
import pytest
from django.db import IntegrityError, connection, transaction

from counterfoil.domain.outbox import OutboxState
from counterfoil.features.connections.removal import purge_organisation
from counterfoil.mirror.models import (
    Connection,
    Operation,
    OperationEvent,
    OperationFile,
    Organisation,
)
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.outbox.proposing import (
    NotPossibleNow,
    approve,
    hold,
    release_waiting,
    rewrite,
    settle_unknown,
    take_back,
)
from counterfoil.sync.outbox.storing import AlreadyWished, NotOptedIn, Proposal, propose_many
from counterfoil.sync.rights import NotTwoWay
from counterfoil.xero.wishes import AttachFile, EditContact, NewInvoice, read_wish
from tests.integration.sync.outbox.wishing import CONTACT, make_two_way, new_invoice, queue, wish_for
from tests.integration.web.firms import NOW, Firm, make_firm, make_organisation


@pytest.fixture
def firm(db: None) -> Firm:
    return make_firm()


def test_a_wish_waits_for_approval_and_carries_our_reference(firm: Firm) -> None:
    organisation = make_two_way(firm)

    with firm.inside():
        operation = wish_for(organisation, new_invoice(reference="PO 4471"), amount=Decimal(144))

    sent = msgspec.json.decode(operation.payload)
    assert operation.status is OutboxState.WAITING
    assert sent["Reference"] == f"PO 4471 ({operation.reference})"
    assert sent["Status"] == "DRAFT"
    assert operation.payload.count('"UnitAmount":60.00') == 1
    assert read_wish(NewInvoice, operation.wish) == new_invoice(reference="PO 4471")


def test_a_reference_of_our_own_always_fits_beside_a_long_one(firm: Firm) -> None:
    organisation = make_two_way(firm)

    with firm.inside():
        operation = wish_for(organisation, new_invoice(reference="P" * 255))

    sent = msgspec.json.decode(operation.payload)["Reference"]
    assert len(sent) == 255
    assert sent.endswith(f" ({operation.reference})")


def test_where_no_approval_is_asked_for_it_is_queued_at_once(firm: Firm) -> None:
    organisation = make_two_way(firm, asks_approval=False)

    with firm.inside():
        operation = wish_for(organisation, new_invoice())

    assert operation.status is OutboxState.QUEUED
    assert operation.approved_by == "Mara Tane"


def test_the_same_wish_for_the_same_intent_is_one_operation_and_another_is_refused(firm: Firm) -> None:
    organisation = make_two_way(firm)

    with firm.inside():
        first = wish_for(organisation, new_invoice())
        again = wish_for(organisation, new_invoice())
        with pytest.raises(AlreadyWished, match=first.reference):
            wish_for(organisation, new_invoice(reference="Another"))

        assert again.pk == first.pk
        assert Operation.objects.count() == 1


def invoices(count: int, *, first: int = 0, **fields: Any) -> list[Proposal]:
    return [
        Proposal(wish=new_invoice(**fields), intent_key=f"month:{number}", cause_id=str(number))
        for number in range(first, first + count)
    ]


def test_a_month_of_wishes_is_stored_as_one_is_each_by_itself(firm: Firm) -> None:
    organisation = make_two_way(firm)
    same, differing = invoices(2)[1], invoices(1, first=2, reference="Another")[0]
    final = Proposal(wish=new_invoice(status="AUTHORISED"), intent_key="month:final")

    with firm.inside():
        made = propose_many(organisation, invoices(3), cause_kind="test", now=NOW, by="Mara Tane")
        answers = propose_many(
            organisation,
            [*invoices(1, first=3), same, differing, final, *invoices(1, first=3)],
            cause_kind="test",
            now=NOW,
        )
        stored = list(Operation.objects.order_by("pk"))
        ways = list(OperationEvent.objects.order_by("operation", "pk").values_list("after", flat=True))

    assert made == stored[:3]
    assert [type(one) for one in answers] == [Operation, Operation, AlreadyWished, NotOptedIn, Operation]
    assert (answers[0], answers[1], answers[4]) == (stored[3], stored[1], stored[3])
    assert [one.cause_id for one in stored] == ["0", "1", "2", "3"]
    assert len({one.reference for one in stored}) == 4
    assert ways == ["draft", "waiting"] * 4


def test_a_month_of_wishes_costs_as_many_statements_as_two(
    firm: Firm, django_assert_num_queries: Any
) -> None:
    organisation = make_two_way(firm, asks_approval=False)

    with firm.inside():
        for count, first in ((2, 0), (60, 2)):
            with django_assert_num_queries(8):
                propose_many(organisation, invoices(count, first=first), cause_kind="test", now=NOW)

        assert Operation.objects.filter(state=OutboxState.QUEUED).count() == 62


def test_the_database_itself_refuses_a_second_live_operation_for_an_intent(firm: Firm) -> None:
    organisation = make_two_way(firm)

    with firm.inside():
        operation = wish_for(organisation, new_invoice())
        operation.pk, operation.reference = None, "CF-ANOTHER"
        with pytest.raises(IntegrityError, match="operation_once_per_intent"), transaction.atomic():
            operation.save(force_insert=True)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": "queued"}, "operation_approved_before_sent"),
        ({"state": "sending", "approved_at": NOW}, "operation_in_doubt_has_attempt"),
        ({"state": "held"}, "operation_held_says_why"),
        ({"state": "done", "approved_at": NOW}, "operation_done_says_when"),
        ({"state": "lost"}, "operation_known_state"),
    ],
)
def test_the_database_itself_refuses_what_cannot_be(
    firm: Firm, fields: dict[str, object], constraint: str
) -> None:
    organisation = make_two_way(firm)

    with firm.inside():
        operation = wish_for(organisation, new_invoice())
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Operation.objects.filter(pk=operation.pk).update(**fields)


def test_what_is_held_makes_room_for_another_wish_and_cannot_come_back_beside_it(firm: Firm) -> None:
    organisation = make_two_way(firm)

    with firm.inside():
        first = wish_for(organisation, new_invoice())
        hold([first.pk], reason="Wrong month.", by="Mara Tane", now=NOW)
        second = wish_for(organisation, new_invoice(reference="Another"))
        with pytest.raises(NotPossibleNow):
            take_back([first.pk], by="Mara Tane", now=NOW)

        first.refresh_from_db()
        assert (first.status, first.sentence) == (OutboxState.HELD, "Wrong month.")
        assert second.status is OutboxState.WAITING


def test_a_read_only_organisation_can_be_asked_for_nothing(firm: Firm) -> None:
    organisation = make_organisation(firm)

    with firm.inside(), pytest.raises(NotTwoWay, match="connected read-only"):
        wish_for(organisation, new_invoice())


def test_nothing_is_raised_as_approved_unless_the_firm_chose_that(firm: Firm) -> None:
    careful, chosen = make_two_way(firm), make_two_way(firm, raises_approved=True)

    with firm.inside():
        with pytest.raises(NotOptedIn):
            wish_for(careful, new_invoice(status="AUTHORISED"))
        operation = wish_for(chosen, new_invoice(status="AUTHORISED"))

    assert operation.status is OutboxState.WAITING


def test_an_approval_after_the_connection_was_made_read_only_approves_nothing(firm: Firm) -> None:
    organisation = make_two_way(firm)

    with firm.inside():
        operation = wish_for(organisation, new_invoice())
        Connection.objects.filter(organisation=organisation).update(mode=Connection.Mode.READ_ONLY)
        with pytest.raises(NotTwoWay):
            approve([operation.pk], by="Robin Fielding", now=NOW)

        operation.refresh_from_db()
        assert operation.status is OutboxState.WAITING


def test_a_draft_is_changed_and_sent_and_nothing_else_is_changed(firm: Firm) -> None:
    organisation = make_two_way(firm)

    with firm.inside():
        operation = queue(organisation, new_invoice())
        anew = {operation.pk: Proposal(wish=new_invoice(reference="New"), intent_key="test:1")}
        assert rewrite(anew, by="Mara Tane", now=NOW).others == (operation,)
        take_back([operation.pk], by="Mara Tane", now=NOW)
        [changed] = rewrite(anew, by="Mara Tane", now=NOW).moved

        assert msgspec.json.decode(changed.payload)["Reference"] == f"New ({operation.reference})"
        assert changed.approved_at is None
        assert list(OperationEvent.objects.order_by("pk").values_list("before", "after", "who")) == [
            ("", "draft", "Mara Tane"),
            ("draft", "waiting", "Mara Tane"),
            ("waiting", "queued", "Robin Fielding"),
            ("queued", "draft", "Mara Tane"),
            ("", "draft", "Mara Tane"),
        ]


def test_mending_one_cause_releases_all_that_were_refused_for_it(firm: Firm) -> None:
    organisation = make_two_way(firm)

    with firm.inside():
        operations = [queue(organisation, new_invoice(), f"test:{number}") for number in range(4)]
        for operation, cause in zip(operations, ["a", "a", "b", ""], strict=True):
            Operation.objects.filter(pk=operation.pk).update(state=OutboxState.REFUSED, error_key=cause)
        released = release_waiting(organisation, error_key="a", by="Mara Tane", now=NOW)

        states = list(Operation.objects.order_by("pk").values_list("state", flat=True))
        assert released == 2
        assert states == ["queued", "queued", "refused", "refused"]
        assert release_waiting(organisation, error_key="", by="Mara Tane", now=NOW) == 0


def test_a_person_is_not_asked_while_counterfoil_still_looks(firm: Firm) -> None:
    organisation = make_two_way(firm)

    with firm.inside():
        operation = queue(organisation, new_invoice())
        with pytest.raises(NotPossibleNow):
            settle_unknown(operation.pk, is_there=True, by="Mara Tane", now=NOW)


def test_the_bytes_of_a_file_lie_beside_its_wish(firm: Firm) -> None:
    organisation = make_two_way(firm)
    wish = AttachFile(endpoint="Invoices", document_id="i", file_name="a.pdf", mime_type="application/pdf")

    with firm.inside():
        wish_for(organisation, wish, content=b"%PDF")
        with pytest.raises(ValueError, match="between one byte and 10 MB"):
            wish_for(organisation, wish, "test:2", content=b"")

        assert bytes(OperationFile.objects.get().content) == b"%PDF"


def test_a_removal_empties_the_outbox_and_remembers_what_was_granted(firm: Firm) -> None:
    organisation = make_two_way(firm)
    edit = EditContact(contact_id=CONTACT, name="Kōwhai Builders")

    with firm.inside():
        waiting = wish_for(organisation, edit, "test:edit", amount=Decimal(1))
        done = queue(organisation, new_invoice(), "test:done")
        Operation.objects.filter(pk=done.pk).update(state=OutboxState.DONE, done_at=NOW, xero_id="made")
        purge_organisation(organisation, now=NOW)

        waiting.refresh_from_db()
        done.refresh_from_db()
        assert (waiting.status, waiting.wish, waiting.payload) == (OutboxState.HELD, "{}", "{}")
        assert waiting.amount is None
        assert "connection was removed" in waiting.sentence
        assert (done.status, done.xero_id, done.wish) == (OutboxState.DONE, "made", "{}")
        assert set(OperationEvent.objects.values_list("sentence", flat=True)) == {""}


@pytest.fixture
def lasting_firm(transactional_db: None) -> Firm:
    return make_firm()


def both(work: Callable[..., Any], *arguments: tuple[object, ...]) -> list[Any]:
    """Run the work twice at the same moment, on two connections."""
    start = Barrier(2)

    def run(own: tuple[object, ...]) -> Any:
        try:
            start.wait(10)
            return work(*own)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, arguments))


def test_of_two_people_who_approve_at_once_one_does_and_the_other_is_told(lasting_firm: Firm) -> None:
    organisation = make_two_way(lasting_firm)
    with lasting_firm.inside():
        operation = wish_for(organisation, new_invoice())

    def press(who: str) -> tuple[int, int]:
        with in_workspace(organisation.workspace_id):
            result = approve([operation.pk], by=who, now=NOW)
            return len(result.moved), len(result.others)

    pressed = both(press, ("Mara",), ("Robin",))

    with lasting_firm.inside():
        approvals = OperationEvent.objects.filter(after=OutboxState.QUEUED).count()
    assert sorted(pressed) == [(0, 1), (1, 0)]
    assert approvals == 1


def test_of_two_who_wish_for_the_same_at_once_both_get_one_operation(lasting_firm: Firm) -> None:
    organisation = make_two_way(lasting_firm)

    def ask(number: int) -> int:
        with in_workspace(organisation.workspace_id):
            return wish_for(Organisation.objects.get(pk=organisation.pk), new_invoice(), by=str(number)).pk

    asked = both(ask, (1,), (2,))

    with lasting_firm.inside():
        assert [one.pk for one in Operation.objects.all()] == [asked[0]]
    assert asked[0] == asked[1]


def test_two_who_ask_for_the_same_month_at_once_get_the_same_operations(lasting_firm: Firm) -> None:
    organisation = make_two_way(lasting_firm)
    month = invoices(40)

    def ask(wishes: list[Proposal]) -> dict[str, int]:
        with in_workspace(organisation.workspace_id):
            answers = propose_many(organisation, wishes, cause_kind="test", now=NOW)
        keys = [one.intent_key for one in wishes]
        assert all(isinstance(one, Operation) for one in answers)
        return dict(zip(keys, [one.pk for one in answers if isinstance(one, Operation)], strict=True))

    forwards, backwards = both(ask, (month,), (month[::-1],))

    with lasting_firm.inside():
        assert Operation.objects.count() == 40
        assert OperationEvent.objects.count() == 80
    assert forwards == backwards
