"""What can be done with clients, their people, their deals, and the documents marked for them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from counterfoil.features.clients.models import Address, Client, Deal, DealDocument, OfDocument, Person, Pin
from counterfoil.features.clients.signals import clients_changed, deal_documents_changed
from counterfoil.features.clients.tasks import request_linking
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Organisation

Record = TypeVar("Record", Client, Person, Deal)


def create_client(*, workspace_id: int, fields: Mapping[str, Any], now: datetime) -> Client:
    """Create a client, and have the contacts linked that are proven to be it. Raises ValidationError."""
    with transaction.atomic():
        client = _save(Client(workspace_id=workspace_id, created_at=now), fields)
        request_linking_everywhere(client.workspace_id)
    return client


def request_linking_everywhere(workspace_id: int) -> None:
    """Have the contacts of every connected organisation linked that are proven to be a client."""
    connected = Organisation.objects.filter(workspace_id=workspace_id, connection__isnull=False)
    for organisation_id in connected.values_list("pk", flat=True):
        request_linking(organisation_id=organisation_id)


def create_person(client: Client, *, fields: Mapping[str, Any], now: datetime) -> Person:
    """Add someone to speak to. Raises ValidationError."""
    return _save(Person(workspace_id=client.workspace_id, client=client, created_at=now), fields)


def create_deal(client: Client, *, fields: Mapping[str, Any], now: datetime) -> Deal:
    """Add a piece of work. Raises ValidationError."""
    return _save(Deal(workspace_id=client.workspace_id, client=client, created_at=now), fields)


def update_client(client: Client, *, fields: Mapping[str, Any]) -> Client:
    """Write what a person changed; what it proves now is linked. Raises ValidationError."""
    with transaction.atomic():
        _save(client, fields)
        request_linking_everywhere(client.workspace_id)
        tell_of_change(client)
    return client


def update(record: Record, *, fields: Mapping[str, Any]) -> Record:
    """Write what a person changed of a person or a deal. Raises ValidationError."""
    with transaction.atomic():
        _save(record, fields)
        tell_of_change(record)
    return record


def archive(record: Record, *, now: datetime) -> Record:
    """Put a record away: it keeps its links and documents, and leaves the lists."""
    record.archived_at = record.archived_at or now
    with transaction.atomic():
        record.save(update_fields=["archived_at"])
        tell_of_change(record)
    return record


def restore(record: Record) -> Record:
    """Take a record out of the archive."""
    record.archived_at = None
    with transaction.atomic():
        record.save(update_fields=["archived_at"])
        tell_of_change(record)
    return record


def pin_documents(
    organisation: Organisation,
    *,
    document_ids: Collection[str],
    by: User,
    now: datetime,
    kind: str = OfDocument.Kind.INVOICE,
) -> int:
    """Bookmark documents for the whole firm and return how many were not pinned yet."""
    pins = [
        Pin(
            workspace_id=organisation.workspace_id,
            organisation=organisation,
            kind=kind,
            document_id=document_id,
            made_by=by,
            made_at=now,
        )
        for document_id in set(document_ids)
    ]
    with transaction.atomic():
        known = _find_pins(organisation, document_ids, kind).count()
        Pin.objects.bulk_create(pins, ignore_conflicts=True)
    return len(pins) - known


def unpin_documents(
    organisation: Organisation, *, document_ids: Collection[str], kind: str = OfDocument.Kind.INVOICE
) -> int:
    """Take bookmarks away and return how many there were."""
    count, _ = _find_pins(organisation, document_ids, kind).delete()
    return count


def gather_documents(
    deal: Deal,
    organisation: Organisation,
    *,
    document_ids: Collection[str],
    by: User,
    now: datetime,
    kind: str = OfDocument.Kind.INVOICE,
) -> None:
    """Say that these documents were raised for the deal; saying it twice does no harm."""
    documents = [
        DealDocument(
            workspace_id=deal.workspace_id,
            deal=deal,
            organisation=organisation,
            kind=kind,
            document_id=document_id,
            made_by=by,
            made_at=now,
        )
        for document_id in set(document_ids)
    ]
    with transaction.atomic():
        DealDocument.objects.bulk_create(documents, ignore_conflicts=True)
        _tell_of_documents(deal, organisation, document_ids)


def release_documents(deal: Deal, organisation: Organisation, *, document_ids: Collection[str]) -> None:
    """Say that these documents do not belong to the deal after all."""
    with transaction.atomic():
        deal.documents.filter(organisation=organisation, document_id__in=list(document_ids)).delete()
        _tell_of_documents(deal, organisation, document_ids)


def tell_of_change(record: Client | Person | Deal) -> None:
    """Tell higher features that a person changed a client or somebody there; call it in that transaction."""
    match record:
        case Client():
            client_id = record.pk
        case Person():
            client_id = record.client_id
        case Deal():
            return
    clients_changed.send(sender=type(record), client_ids=[client_id])


def _tell_of_documents(deal: Deal, organisation: Organisation, document_ids: Collection[str]) -> None:
    deal_documents_changed.send(sender=type(deal), organisation=organisation, document_ids=document_ids)


def _find_pins(organisation: Organisation, document_ids: Collection[str], kind: str) -> "QuerySet[Pin]":
    return Pin.objects.filter(organisation=organisation, kind=kind, document_id__in=list(document_ids))


def _save(record: Record, fields: Mapping[str, Any]) -> Record:
    for name, value in fields.items():
        if "." not in name:
            setattr(record, name, value)
    record.full_clean()
    record.save()
    if isinstance(record, Client):
        _save_addresses(record, {name: value for name, value in fields.items() if "." in name})
    return record


def _save_addresses(client: Client, parts: Mapping[str, str]) -> None:
    """Write parts of addresses by their names, as in `street.city`."""
    for kind in dict.fromkeys(name.partition(".")[0] for name in parts):
        own = {name.partition(".")[2]: value for name, value in parts.items() if name.startswith(f"{kind}.")}
        known = Address.objects.filter(client=client, kind=kind).first()
        if known is None and not any(own.values()):
            continue
        address = known or Address(workspace_id=client.workspace_id, client=client, kind=kind)
        for part, value in own.items():
            setattr(address, part, value)
        address.full_clean()
        address.save()
