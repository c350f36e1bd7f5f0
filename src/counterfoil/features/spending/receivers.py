"""What becomes of lines when something below happens."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from counterfoil.features.clients.models import Client, Link
from counterfoil.features.clients.signals import clients_changed, contact_unlinked, deal_documents_changed
from counterfoil.features.connections.removal import purge_on_removal
from counterfoil.features.connections.signals import copy_changed
from counterfoil.features.spending.gathering import mark_contacts, mark_documents
from counterfoil.features.spending.models import CostTally, Line, MonthSum, Part, Reading, Unreadable
from counterfoil.features.spending.tasks import request_attributing
from counterfoil.mirror.models import Organisation

# In this order: what points to another comes before it.
for _model in (Part, Line, MonthSum, CostTally, Unreadable, Reading):
    purge_on_removal(_model)


@receiver(copy_changed, dispatch_uid="spending")
def follow_copy(sender: object, *, organisation_id: int, **_: Any) -> None:
    """Read the lines of what came from Xero."""
    request_attributing(organisation_id=organisation_id)


@receiver(clients_changed, dispatch_uid="spending")
def follow_clients(sender: object, *, client_ids: Collection[int], **_: Any) -> None:
    """Look again at what is, or was, of these clients."""
    links = Link.objects.filter(client__in=client_ids).select_related("organisation")
    for organisation, contact_ids in _by_organisation(links).items():
        mark_contacts(organisation, contact_ids)
        request_attributing(organisation_id=organisation.pk, by_person=True)


@receiver(contact_unlinked, dispatch_uid="spending")
def follow_unlinking(sender: object, *, link_id: int, **_: Any) -> None:
    """Look again at the lines of a contact that stops being a client."""
    links = Link.objects.filter(pk=link_id).select_related("organisation")
    for organisation, contact_ids in _by_organisation(links).items():
        mark_contacts(organisation, contact_ids)
        request_attributing(organisation_id=organisation.pk, by_person=True)


@receiver(pre_delete, sender=Client, dispatch_uid="spending")
def follow_deletion(sender: object, *, instance: Client, **_: Any) -> None:
    """Look again at what was given to a client that is deleted."""
    parts = Part.objects.filter(client=instance)
    for organisation_id in parts.values_list("organisation_id", flat=True).distinct():
        request_attributing(organisation_id=organisation_id, by_person=True)
    Line.objects.filter(parts__client=instance).update(is_stale=True)


@receiver(deal_documents_changed, dispatch_uid="spending")
def follow_deals(
    sender: object, *, organisation: Organisation, document_ids: Collection[str], **_: Any
) -> None:
    """Look again at documents that were put in a deal or taken out of it."""
    mark_documents(organisation, document_ids)
    request_attributing(organisation_id=organisation.pk, by_person=True)


def _by_organisation(links: Any) -> dict[Organisation, list[str]]:
    found: dict[Organisation, list[str]] = defaultdict(list)
    for link in links:
        found[link.organisation].append(link.contact_id)
    return found
