"""Removes what was mirrored of an organisation; its row and Xero's ids of it stay (K2)."""

from collections.abc import Mapping

import structlog
from django.db import transaction

from counterfoil.mirror.models import (
    Attachment,
    Change,
    Contact,
    Cursor,
    Invoice,
    Mirrored,
    Notice,
    Organisation,
    Payment,
    Quarantined,
    Resync,
    Run,
    StreamRun,
    Verification,
)
from counterfoil.sync.connecting import erase_unused_grant
from counterfoil.sync.streams import STREAMS

log = structlog.get_logger(__name__)

_NAMED: Mapping[type[Mirrored], str] = {
    Contact: "contacts",
    Invoice: "invoices and bills",
    Payment: "payments",
}


def purge_organisation(organisation: Organisation) -> dict[str, int]:
    """
    Remove the organisation's connection and every record of it, and return how many of what.

    The connection goes first: a worker in the midst of a page holds it in place until that page is
    written, and finds it missing at the next one.
    """
    with transaction.atomic():
        connection = organisation.connection
        grant_id = connection.grant_id
        connection.delete()
        erase_unused_grant(grant_id)
        return _purge(organisation)


def _purge(organisation: Organisation) -> dict[str, int]:
    StreamRun.objects.filter(organisation=organisation).delete()
    changes, _ = Change.objects.filter(organisation=organisation).delete()
    Quarantined.objects.filter(organisation=organisation).delete()
    Cursor.objects.filter(organisation=organisation).delete()
    Notice.objects.filter(organisation=organisation).delete()
    Verification.objects.filter(organisation=organisation).delete()
    Resync.objects.filter(organisation=organisation).delete()
    Run.objects.filter(organisation=organisation).delete()
    removed = dict.fromkeys(_NAMED.values(), 0) | {"other records": 0}
    models: set[type[Mirrored]] = {Attachment, *(stream.model for stream in STREAMS)}
    for model in models:
        count, _ = model._default_manager.filter(organisation=organisation).delete()
        removed[_NAMED.get(model, "other records")] += count
    organisation.name = ""
    organisation.save(update_fields=["name"])
    log.info("organisation removed", organisation=organisation.pk, changes=changes)
    return removed | {"entries of the change log": changes}
