"""Makes what the tests of the outbox need: an organisation that may be written to, and wishes for it."""

from datetime import date
from decimal import Decimal
from typing import Any

from counterfoil.mirror.models import Connection, Grant, Operation, Organisation, OutboxRules
from counterfoil.sync.outbox.proposing import approve
from counterfoil.sync.outbox.storing import propose
from counterfoil.xero.scopes import Write, list_wanted_scopes
from counterfoil.xero.wishes import ContactRef, Line, NewContact, NewInvoice
from tests.integration.web.firms import NOW, Firm, make_organisation

CONTACT = "00000000-0000-0000-0000-00000000c0de"


def allow_all(connection: Connection) -> None:
    """Let the connection write everything that a connection can write."""
    scopes = list(list_wanted_scopes(list(Write)))
    Grant.objects.filter(pk=connection.grant_id).update(scopes=scopes, asked_scopes=scopes)
    Connection.objects.filter(pk=connection.pk).update(
        mode=Connection.Mode.TWO_WAY, writes=[write.value for write in Write]
    )


def make_two_way(firm: Firm, **rules: Any) -> Organisation:
    """Return an organisation that may be written to; approval is asked for unless the rules say not."""
    organisation = make_organisation(firm)
    with firm.inside():
        allow_all(Connection.objects.get(organisation=organisation))
        if rules:
            OutboxRules.objects.create(organisation=organisation, workspace=firm.workspace, **rules)
    return organisation


def new_invoice(contact_id: str = CONTACT, **fields: Any) -> NewInvoice:
    """Return the wish for a draft invoice over 120.00 GBP before tax."""
    values: dict[str, Any] = {
        "contact": ContactRef(contact_id=contact_id),
        "date": date(2026, 11, 20),
        "due_date": date(2026, 12, 20),
        "amounts_are": "Exclusive",
        "lines": [
            Line(
                description="Bookkeeping in November",
                quantity=Decimal(2),
                unit_amount=Decimal("60.00"),
                account_code="200",
            )
        ],
        "currency": "GBP",
        "status": "DRAFT",
    }
    return NewInvoice(**(values | fields))


def new_contact(name: str = "Kōwhai Builders", **fields: Any) -> NewContact:
    """Return the wish for a contact."""
    return NewContact(name=name, **fields)


def wish_for(organisation: Organisation, wish: Any, key: str = "test:1", **more: Any) -> Operation:
    """Propose in the transaction that is open."""
    usual: dict[str, Any] = {"now": NOW, "by": "Mara Tane"}
    return propose(organisation=organisation, wish=wish, intent_key=key, cause_kind="test", **(usual | more))


def queue(organisation: Organisation, wish: Any, key: str = "test:1", **more: Any) -> Operation:
    """Propose, and approve where that is asked for."""
    operation = wish_for(organisation, wish, key, **more)
    approve([operation.pk], by="Robin Fielding", now=more.get("now", NOW))
    operation.refresh_from_db()
    return operation
