"""The files of a document are listed when somebody asks (DESIGN: list on demand)."""

import asyncio

import pytest
from django.utils import timezone

from counterfoil.domain.identifiers import TenantId
from counterfoil.mirror.models import Attachment, Connection, Run
from counterfoil.mirror.scope import across_workspaces, in_workspace
from counterfoil.sync.app import get_addresses
from counterfoil.sync.attachments import read_attachments
from counterfoil.sync.gate import DatabaseGate
from counterfoil.sync.threads import DatabaseThread
from counterfoil.sync.tokens import GrantTokens
from counterfoil.xero.client import XeroClient
from counterfoil.xero.errors import NotFound
from counterfoil.xero.transport import build_http
from tests.integration.sync.conftest import Mirrored


def list_files(mirrored: Mirrored, document_id: str) -> int:
    with across_workspaces():
        grant = Connection.objects.select_related("grant").get().grant

    async def ask() -> int:
        addresses = get_addresses()
        async with DatabaseThread("t") as thread, build_http(addresses=addresses) as http:
            client = XeroClient(
                http=http,
                addresses=addresses,
                tenant=TenantId(mirrored.organisation.tenant_id),
                tokens=GrantTokens(grant, thread=thread, now=timezone.now),
                gate=DatabaseGate(mirrored.organisation, reason="asked for", thread=thread, now=timezone.now),
                now=timezone.now,
            )
            return await read_attachments(
                mirrored.organisation,
                endpoint="Invoices",
                document_id=document_id,
                client=client,
                writer=thread,
                now=timezone.now,
            )

    return asyncio.run(ask())


def test_the_files_of_a_bill_are_listed_and_kept(mirrored: Mirrored) -> None:
    mirrored.sync(Run.Kind.FULL)
    bill = next(
        record["InvoiceID"]
        for record in mirrored.original_of("Invoices").values()
        if record["HasAttachments"]
    )

    count = list_files(mirrored, bill)

    with in_workspace(mirrored.organisation.workspace_id):
        kept = list(Attachment.objects.all())
    assert count == len(kept) > 0
    assert {(file.endpoint, file.document_id) for file in kept} == {("Invoices", bill)}
    assert all(file.file_name and file.content_length > 0 for file in kept)


def test_a_file_that_was_removed_in_xero_is_kept_as_gone(mirrored: Mirrored) -> None:
    mirrored.sync(Run.Kind.FULL)
    bill = next(
        record["InvoiceID"]
        for record in mirrored.original_of("Invoices").values()
        if record["HasAttachments"]
    )
    list_files(mirrored, bill)
    with in_workspace(mirrored.organisation.workspace_id):
        Attachment.objects.update(xero_id="removed meanwhile")

    list_files(mirrored, bill)

    with in_workspace(mirrored.organisation.workspace_id):
        gone = Attachment.objects.exclude(gone_at=None).values_list("xero_id", flat=True)
        assert list(gone) == ["removed meanwhile"]


def test_an_unknown_document_is_told(mirrored: Mirrored) -> None:
    with pytest.raises(NotFound):
        list_files(mirrored, "00000000-0000-0000-0000-000000000001")
