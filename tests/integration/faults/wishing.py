"""Puts invoices into the outbox of an installation, as a feature of it would: `wishing.py HOW_MANY`."""

import sys

from django.utils import timezone

from counterfoil.cli.installation import open_database, read_settings


def wish_for_invoices(count: int) -> None:
    """Let the only organisation be written to, and have so many invoices wait for somebody's approval."""
    from counterfoil.mirror.models import Connection, Contact
    from counterfoil.mirror.scope import across_workspaces
    from counterfoil.sync.outbox.storing import Proposal, propose_many
    from tests.integration.sync.outbox.wishing import allow_all, new_invoice

    with open_database(), across_workspaces():
        connection = Connection.objects.select_related("organisation").get()
        allow_all(connection)
        contact = Contact.objects.filter(gone_at=None).order_by("pk").first()
        assert contact is not None
        proposals = [
            Proposal(wish=new_invoice(contact.xero_id), intent_key=f"test:{number}")
            for number in range(count)
        ]
        propose_many(connection.organisation, proposals, cause_kind="test", now=timezone.now())


if __name__ == "__main__":
    read_settings()
    wish_for_invoices(int(sys.argv[1]))
