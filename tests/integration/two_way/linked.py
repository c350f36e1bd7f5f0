"""Makes clients that are contacts in Xero, and lets both sides be edited without a stand-in."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from counterfoil.domain.agreeing import AtFirst
from counterfoil.domain.outbox import OutboxState
from counterfoil.features.clients.linking import link_contact
from counterfoil.features.clients.models import Client, Link
from counterfoil.features.clients.operations import update_client
from counterfoil.features.two_way.acting import compare_organisation
from counterfoil.features.two_way.models import Push
from counterfoil.features.two_way.switching import switch_on
from counterfoil.mirror.models import Contact, Operation, Organisation
from tests.integration.web.firms import NOW, Firm, make_contact

STREET = {"AddressType": "STREET", "AddressLine1": "1 Quay", "City": "Leith", "PostalCode": "EH6 6AA"}
OURS, THEIRS = "ours@kowhai.example", "theirs@kowhai.example"
PHONE = {"PhoneType": "DEFAULT", "PhoneCountryCode": "44", "PhoneAreaCode": "20", "PhoneNumber": "7946 0000"}


def write_raw(**members: Any) -> str:
    """Return a contact's record as far as the fields read it."""
    return msgspec.json.encode(members).decode()


def link_client(
    firm: Firm, organisation: Organisation, *, raw: dict[str, Any] | None = None, **fields: Any
) -> Link:
    """Return a client that is a contact in Xero, the same on both sides unless the fields say otherwise."""
    theirs = {"name": "Kōwhai Builders", "email": "office@kowhai.example"} | fields.pop("theirs", {})
    contact = make_contact(firm, organisation, **theirs, raw=write_raw(**(raw or {})), updated_at=NOW)
    ours = {"name": theirs["name"], "email": theirs["email"]} | fields
    with firm.inside():
        client = Client.objects.create(workspace=firm.workspace, created_at=NOW, **ours)
        return link_contact(organisation, contact_id=contact.xero_id, client=client, by=firm.user, now=NOW)


def go_both_ways(firm: Firm, organisation: Organisation, at_first: AtFirst = AtFirst.ASK) -> None:
    """Switch on, and compare for the first time."""
    with firm.inside():
        switch_on(organisation, at_first=at_first, by=firm.user, now=NOW)
    compare_organisation(organisation, now=NOW)


def edit_there(firm: Firm, link: Link, *, now: datetime = NOW, **fields: Any) -> None:
    """Let the copy show what somebody changed in Xero."""
    with firm.inside():
        contacts = Contact.objects.filter(organisation=link.organisation, xero_id=link.contact_id)
        contacts.update(updated_at=now, changed_here_at=now, **fields)


def edit_here(firm: Firm, link: Link, **fields: Any) -> None:
    """Change the client, as its form does."""
    with firm.inside():
        update_client(Client.objects.get(pk=link.client_id), fields=fields)


def compare(organisation: Organisation, minutes: int = 1) -> None:
    """Compare both sides, as the job does after a sync."""
    compare_organisation(organisation, now=NOW + timedelta(minutes=minutes))


def link_in_conflict(firm: Firm, organisation: Organisation) -> Link:
    """Return a client whose e-mail address was changed on both sides, to OURS and THEIRS."""
    made = link_client(firm, organisation)
    go_both_ways(firm, organisation)
    edit_here(firm, made, email=OURS)
    edit_there(firm, made, email=THEIRS)
    compare(organisation)
    return made


def reload(firm: Firm, link: Link) -> Client:
    """Return the client as it is now."""
    with firm.inside():
        return Client.objects.get(pk=link.client_id)


def list_operations(firm: Firm) -> list[Operation]:
    """Return what is in the outbox, oldest first."""
    with firm.inside():
        return list(Operation.objects.order_by("pk"))


def let_it_be(firm: Firm, state: OutboxState, **fields: Any) -> None:
    """Let the newest change stand like this, as if it had been sent."""
    with firm.inside():
        push = Push.objects.latest("pk")
        values = {"state": state.value, "approved_at": NOW, **fields}
        Operation.objects.filter(pk=push.operation_id).update(**values)
