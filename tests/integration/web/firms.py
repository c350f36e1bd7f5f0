"""Makes firms, organisations and records for the tests of the pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from django.test import Client

from counterfoil.features.workspaces.models import Membership, User
from counterfoil.features.workspaces.operations import create_workspace
from counterfoil.mirror.models import (
    Connection,
    Contact,
    Cursor,
    Grant,
    Invoice,
    Organisation,
    OrganisationProfile,
    Workspace,
)
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.streams import STREAMS

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
_numbers = count(1)


@dataclass
class Firm:
    """A firm with one signed-in person."""

    user: User
    workspace: Workspace
    client: Client

    @contextmanager
    def inside(self) -> Iterator[None]:
        """See and write what the firm's people see and write."""
        with in_workspace(self.workspace.pk):
            yield


def make_firm(name: str = "Our firm", role: str = Membership.Role.OWNER) -> Firm:
    """Return a firm whose person is signed in."""
    user = User.objects.create_user(f"person{next(_numbers)}@firm.example")
    workspace = create_workspace(name=name, owner=user, now=NOW)
    if role != Membership.Role.OWNER:
        add_person(workspace)  # a firm always has an owner
        Membership.objects.filter(user=user).update(role=role)
    client = Client()
    client.force_login(user)
    return Firm(user, workspace, client)


def add_person(workspace: Workspace, role: str = Membership.Role.OWNER) -> User:
    """Return one more person of a firm."""
    user = User.objects.create_user(f"person{next(_numbers)}@firm.example")
    Membership.objects.create(user=user, workspace=workspace, role=role)
    return user


def make_organisation(firm: Firm, name: str = "Harbour Foods Ltd", **connection: Any) -> Organisation:
    """Return an organisation of the firm, connected, in London, synced at NOW."""
    with firm.inside():
        organisation = Organisation.objects.create(
            workspace=firm.workspace, tenant_id=str(uuid4()), name=name
        )
        grant = Grant.objects.create(
            workspace=firm.workspace,
            kind=Grant.Kind.CODE,
            client_id="client",
            email="robin@harbour.example",
            person="Robin Fielding",
            access_token="access-token-of-the-test",
            refresh_token="refresh-token-of-the-test",
            expires_at=NOW + timedelta(days=365 * 50),
            refreshed_at=NOW,
        )
        Connection.objects.create(
            organisation=organisation,
            workspace=firm.workspace,
            grant=grant,
            xero_connection_id=str(uuid4()),
            connected_by="Mara Tane",
            connected_at=NOW,
            **connection,
        )
        OrganisationProfile.objects.create(
            **_mirrored(organisation),
            name=name,
            short_code="!harb",
            base_currency="GBP",
            timezone="GMTSTANDARDTIME",
            is_demo_company=False,
        )
        for stream in STREAMS:
            Cursor.objects.create(
                organisation=organisation,
                workspace=firm.workspace,
                stream=stream.name,
                since=NOW,
                succeeded_at=NOW,
            )
    return organisation


def make_invoice(firm: Firm, organisation: Organisation, **fields: Any) -> Invoice:
    """Return an approved sales invoice over 100 GBP, due in a month."""
    number = next(_numbers)
    values = {
        "number": f"INV-{number:04}",
        "contact_name": "Kōwhai Builders",
        "date": date(2026, 11, 1),
        "due_date": date(2099, 12, 1),
        "currency": "GBP",
        "kind": "ACCREC",
        "status": "AUTHORISED",
        "sub_total": Decimal(100),
        "total_tax": Decimal(0),
        "total": Decimal(100),
        "amount_due": Decimal(100),
        "amount_paid": Decimal(0),
        "amount_credited": Decimal(0),
        "has_attachments": False,
        "sent_to_contact": False,
    }
    with firm.inside():
        return Invoice.objects.create(**(_mirrored(organisation) | values | fields))


def make_contact(firm: Firm, organisation: Organisation, **fields: Any) -> Contact:
    """Return an active customer."""
    values = {
        "name": f"Contact {next(_numbers):04}",
        "status": "ACTIVE",
        "email": "accounts@contact.example",
        "is_customer": True,
        "is_supplier": False,
        "has_attachments": False,
    }
    with firm.inside():
        return Contact.objects.create(**(_mirrored(organisation) | values | fields))


def _mirrored(organisation: Organisation) -> dict[str, Any]:
    return {
        "organisation": organisation,
        "workspace_id": organisation.workspace_id,
        "xero_id": str(UUID(int=next(_numbers))),
        "raw": "{}",
        "digest": b"",
        "first_seen_at": NOW,
        "changed_here_at": NOW,
    }
