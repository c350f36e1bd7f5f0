"""What the two-way contact fields do when something below happens."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from counterfoil.features.clients.models import Link
from counterfoil.features.clients.signals import clients_changed, contact_unlinked
from counterfoil.features.connections.queries import count_in_menu
from counterfoil.features.connections.removal import purge_on_removal
from counterfoil.features.connections.signals import copy_changed
from counterfoil.features.two_way.models import Agreement, Difference, FieldsChoice, Push
from counterfoil.features.two_way.queries import count_to_decide
from counterfoil.features.two_way.tasks import request_comparing
from counterfoil.mirror.scope import across_workspaces
from counterfoil.sync.outbox.proposing import hold

count_in_menu("conflicts", count_to_decide)

# In this order: what points to another comes before it.
for _model in (Difference, Push, Agreement, FieldsChoice):
    purge_on_removal(_model)


@receiver(copy_changed, dispatch_uid="two_way")
def follow_copy(sender: object, *, organisation_id: int, **_: Any) -> None:
    """Compare what came from Xero, where the fields go both ways."""
    with across_workspaces():
        if FieldsChoice.objects.filter(organisation=organisation_id, is_on=True).exists():
            request_comparing(organisation_id=organisation_id)


@receiver(clients_changed, dispatch_uid="two_way")
def follow_clients(sender: object, *, client_ids: Collection[int], **_: Any) -> None:
    """Compare what was changed here, in every organisation where it is linked and goes both ways."""
    links = Link.objects.filter(client__in=client_ids)
    Agreement.objects.filter(link__in=links).update(is_stale=True)
    linked = FieldsChoice.objects.filter(is_on=True, organisation__in=links.values("organisation_id"))
    for organisation_id in linked.values_list("organisation_id", flat=True):
        request_comparing(organisation_id=organisation_id)


@receiver(contact_unlinked, dispatch_uid="two_way")
def hold_what_is_unlinked(sender: object, *, link_id: int, now: datetime, **_: Any) -> None:
    """Send nothing more for a contact that stops being a client; what is being sent goes on."""
    mine = Push.objects.filter(link=link_id).values_list("operation_id", flat=True)
    if mine:
        hold(list(mine), reason="The contact is not linked any more.", by="", now=now)
