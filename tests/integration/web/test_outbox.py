"""The pages of the outbox: what waits, what was refused and why, and what people do about it."""

from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from counterfoil.domain.outbox import OutboxState
from counterfoil.features.workspaces.audit import Act
from counterfoil.features.workspaces.models import AuditEntry, Membership
from counterfoil.mirror.models import Attempt, Operation, Organisation, OutboxRules
from counterfoil.xero.wishes import EditContact
from tests.integration.sync.outbox.wishing import make_two_way, new_invoice, queue, wish_for
from tests.integration.web.firms import NOW, Firm, make_contact, make_firm


def text_of(answer: Any) -> str:
    """Return the page's words, on one line, quotes as people read them."""
    return " ".join(unescape(answer.content.decode()).split())


@pytest.fixture
def firm(db: None) -> Firm:
    return make_firm()


def refuse(firm: Firm, organisation: Organisation, key: str, **fields: Any) -> Operation:
    operation = queue(organisation, new_invoice(), key)
    values = {
        "state": OutboxState.REFUSED,
        "sentence": "The account 999 is archived or deleted in Xero.",
        "next_step": "Choose another account in the mapping.",
        "xero_words": ["Account code '999' has been archived, or has been deleted."],
        "error_key": "account:999",
    }
    Operation.objects.filter(pk=operation.pk).update(**(values | fields))
    return operation


def open_list(firm: Firm, organisation: Organisation, show: str = "waiting") -> str:
    return text_of(firm.client.get(f"/o/{organisation.pk}/outbox/?show={show}"))


def decide(firm: Firm, organisation: Organisation, act: str, **fields: Any) -> str:
    answer = firm.client.post(f"/o/{organisation.pk}/outbox/decide/", {"act": act, **fields}, follow=True)
    return text_of(answer)


def state_of(firm: Firm, operation: Operation) -> OutboxState:
    with firm.inside():
        operation.refresh_from_db()
    return operation.status


def test_an_empty_outbox_says_what_will_be_there(firm: Firm) -> None:
    organisation = make_two_way(firm)

    assert "Nothing waits for approval" in open_list(firm, organisation)


def test_the_list_says_what_waits_for_whom_and_how_much(firm: Firm) -> None:
    organisation = make_two_way(firm)
    contact = make_contact(firm, organisation, name="Kōwhai Builders")
    with firm.inside():
        operation = wish_for(
            organisation, new_invoice(), contact_id=contact.xero_id, amount=Decimal("144.00"), currency="GBP"
        )

    page = open_list(firm, organisation)

    assert "New invoice" in page
    assert "Kōwhai Builders" in page
    assert operation.reference in page
    assert "144.00" in page


def test_what_is_on_its_way_is_counted_until_it_is_there(firm: Firm) -> None:
    organisation = make_two_way(firm, asks_approval=False)
    with firm.inside():
        operations = [wish_for(organisation, new_invoice(), f"test:{number}") for number in range(3)]
        Operation.objects.filter(pk=operations[0].pk).update(
            state=OutboxState.DONE, done_at=NOW, state_since=operations[0].approved_at
        )
    path = f"/o/{organisation.pk}/outbox/sending/"

    assert "1 of 3" in open_list(firm, organisation)
    assert "1 of 3" in text_of(firm.client.get(path, headers={"HX-Request": "true"}))
    with firm.inside():
        Operation.objects.update(state=OutboxState.HELD, sentence="Not any more.")
    assert firm.client.get(path, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert "Sending to Xero" not in open_list(firm, organisation)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number(
    firm: Firm, count: int, django_assert_max_num_queries: Any
) -> None:
    organisation = make_two_way(firm)
    with firm.inside():
        for number in range(count):
            wish_for(organisation, new_invoice(), f"test:{number}")
    open_list(firm, organisation)

    with django_assert_max_num_queries(24):
        open_list(firm, organisation)


def test_approving_queues_it_and_a_second_press_says_it_was_done(firm: Firm) -> None:
    organisation = make_two_way(firm)
    with firm.inside():
        operation = wish_for(organisation, new_invoice())
    address, chosen = f"/o/{organisation.pk}/outbox/approve/", {"operation": operation.pk}

    first = text_of(firm.client.post(address, chosen, follow=True))
    second = text_of(firm.client.post(address, chosen, follow=True))

    assert "1 approved, and on the way to Xero." in first
    assert "1 approved already, or not waiting for it." in second
    assert state_of(firm, operation) is OutboxState.QUEUED


def test_a_member_sees_what_waits_and_cannot_approve(firm: Firm) -> None:
    member = make_firm(role=Membership.Role.MEMBER)
    organisation = make_two_way(member)
    with member.inside():
        operation = wish_for(organisation, new_invoice())

    page = open_list(member, organisation)
    answer = member.client.post(f"/o/{organisation.pk}/outbox/approve/", {"all": "yes"})

    assert "Owner or Admin can approve these." in page
    assert "Approve the chosen" not in page
    assert answer.status_code == 403
    assert state_of(member, operation) is OutboxState.WAITING


def test_what_was_refused_for_one_cause_is_sent_again_by_one_press(firm: Firm) -> None:
    organisation = make_two_way(firm)
    with firm.inside():
        operations = [refuse(firm, organisation, f"test:{number}") for number in range(3)]
        other = refuse(firm, organisation, "test:other", error_key="tax:X", sentence="Another cause.")

    page = open_list(firm, organisation, "refused")
    done = decide(firm, organisation, "release", error_key="account:999", show="refused")

    assert "3 wait for the same: The account 999 is archived or deleted in Xero." in page
    assert "Xero says: “Account code '999' has been archived, or has been deleted.”" in page
    assert "3 sent again." in done
    assert {state_of(firm, one) for one in operations} == {OutboxState.QUEUED}
    assert state_of(firm, other) is OutboxState.REFUSED


def test_do_not_send_needs_a_reason(firm: Firm) -> None:
    organisation = make_two_way(firm)
    with firm.inside():
        operation = wish_for(organisation, new_invoice())

    without = decide(firm, organisation, "hold", operation=operation.pk, reason=" ")
    before = state_of(firm, operation)
    with_one = decide(firm, organisation, "hold", operation=operation.pk, reason="Billed twice.")

    assert "Say why it is not to be sent" in without
    assert before is OutboxState.WAITING
    assert "1 marked as “Do not send”." in with_one
    assert "Billed twice." in open_list(firm, organisation, "held")


def test_an_edit_is_shown_beside_what_xero_has(firm: Firm) -> None:
    organisation = make_two_way(firm)
    contact = make_contact(
        firm,
        organisation,
        name="Kōwhai Builders",
        raw='{"Name":"Kōwhai Builders","EmailAddress":"old@k.example"}',
    )
    edit = EditContact(contact_id=contact.xero_id, name="Kōwhai Builders", email="new@k.example")
    with firm.inside():
        operation = wish_for(organisation, edit)

    page = text_of(firm.client.get(f"/o/{organisation.pk}/outbox/{operation.pk}/"))

    assert "old@k.example" in page
    assert "<ins>new@k.example</ins>" in page
    assert "<ins>Kōwhai Builders</ins>" not in page
    assert "Waiting for approval" in page


def test_what_nobody_can_tell_is_asked_of_a_person_and_never_called_failed(firm: Firm) -> None:
    organisation = make_two_way(firm)
    with firm.inside():
        operation = queue(organisation, new_invoice())
        attempt = Attempt.objects.create(
            organisation=organisation,
            workspace=firm.workspace,
            kind="invoice_new",
            key="k",
            started_at=NOW - timedelta(hours=1),
        )
        Operation.objects.filter(pk=operation.pk).update(
            state=OutboxState.UNKNOWN,
            attempt=attempt,
            sentence="Xero did not answer, so that it may have this or not.",
            next_step=f"Look in Xero for {operation.reference}.",
        )

    page = text_of(firm.client.get(f"/o/{organisation.pk}/outbox/{operation.pk}/"))
    done = decide(firm, organisation, "found", operation=operation.pk)

    assert "It is in Xero" in page
    assert f"Look in Xero for {operation.reference}." in page
    assert "fail" not in page.partition("<main")[2].lower()
    assert "Taken as done" in done
    assert state_of(firm, operation) is OutboxState.DONE


def test_the_rules_are_kept_and_written_down(firm: Firm) -> None:
    organisation = make_two_way(firm)

    firm.client.post(f"/o/{organisation.pk}/outbox/rules/", {"raises_approved": "yes"})

    with firm.inside():
        rules = OutboxRules.objects.get()
        entry = AuditEntry.objects.get(act=Act.OUTBOX_RULES_CHOSEN)
    assert (rules.asks_approval, rules.raises_approved) == (False, True)
    assert "without approval, drafts or approved" in entry.what


def test_another_organisations_write_is_not_found(firm: Firm) -> None:
    ours, other = make_two_way(firm), make_two_way(firm)
    with firm.inside():
        operation = wish_for(other, new_invoice())

    page = firm.client.get(f"/o/{ours.pk}/outbox/{operation.pk}/")
    firm.client.post(f"/o/{ours.pk}/outbox/approve/", {"operation": operation.pk})

    assert page.status_code == 404
    assert state_of(firm, operation) is OutboxState.WAITING


def test_the_diagnostics_count_what_is_in_the_outbox_and_quote_none_of_it(firm: Firm) -> None:
    organisation = make_two_way(firm)
    with firm.inside():
        refuse(firm, organisation, "test:1")
        wish_for(organisation, new_invoice(reference="SECRET PO"), "test:2")

    page = text_of(firm.client.get("/settings/diagnostics/"))

    assert "outbox refused 1, waiting 1" in page
    assert "SECRET PO" not in page
    assert "999" not in page
