"""A firm that may write invoices to one organisation, for the tests of drafts and of billing."""

from dataclasses import dataclass

from counterfoil.features.clients.models import Client, Link
from counterfoil.mirror.models import Connection, Contact, Grant, Organisation, OrganisationProfile
from tests.factories.copied import copy_books
from tests.factories.sandbox import WRITE_SCOPES
from tests.integration.web.firms import NOW, Firm, make_firm, make_organisation
from tests.unit.xero_sandbox.conftest import Xero


@dataclass
class WritingFirm:
    """A firm with one organisation that may be written to, its books copied, and one client in it."""

    firm: Firm
    organisation: Organisation
    customer: Client
    contact_id: str


def make_writing_firm(books: Xero, *, client: str) -> WritingFirm:
    """Return a firm with a client of this name, linked to the first customer of its organisation."""
    firm = make_firm()
    organisation = make_organisation(
        firm, "Brightwater Studio Ltd", mode=Connection.Mode.TWO_WAY, writes=["invoices"]
    )
    with firm.inside():
        Grant.objects.update(scopes=WRITE_SCOPES.split())
        OrganisationProfile.objects.all().delete()
        copy_books(organisation, books)
        contact = Contact.objects.filter(status="ACTIVE", is_customer=True).order_by("xero_id")[0]
        customer = Client.objects.create(workspace=firm.workspace, name=client, created_at=NOW)
        Link.objects.create(
            workspace=firm.workspace,
            client=customer,
            organisation=organisation,
            contact_id=contact.xero_id,
            made_at=NOW,
        )
    return WritingFirm(firm, organisation, customer, contact.xero_id)
