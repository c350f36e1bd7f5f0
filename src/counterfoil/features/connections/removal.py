"""Removes what was mirrored of an organisation; its row and Xero's ids of it stay (K2)."""

from collections.abc import Mapping

import structlog
from django.db import OperationalError, transaction

from counterfoil.mirror.models import (
    Change,
    Contact,
    Cursor,
    Invoice,
    Mirrored,
    Organisation,
    Payment,
    Quarantined,
    Run,
    StreamRun,
)
from counterfoil.sync.connecting import erase_unused_grant
from counterfoil.sync.streams import STREAMS

log = structlog.get_logger(__name__)

_TRIES = 3

_NAMED: Mapping[type[Mirrored], str] = {
    Contact: "contacts",
    Invoice: "invoices and bills",
    Payment: "payments",
}


def purge_organisation(organisation: Organisation) -> dict[str, int]:
    """
    Remove the organisation's connection and every record of it, and return how many of what.

    The streams of its runs go first: a worker in the midst of a page finds them missing when it
    commits, and its page is undone with it. The two may lock each other out; PostgreSQL then ends
    one of them, and this one tries again.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            with transaction.atomic():
                return _purge(organisation)
        except OperationalError:
            if attempt == _TRIES:
                raise
            log.warning("removal tried again", organisation=organisation.pk, attempt=attempt)
    raise AssertionError("the loop returns or raises")


def _purge(organisation: Organisation) -> dict[str, int]:
    connection = organisation.connection
    grant_id = connection.grant_id
    connection.delete()
    erase_unused_grant(grant_id)
    StreamRun.objects.filter(organisation=organisation).delete()
    changes, _ = Change.objects.filter(organisation=organisation).delete()
    Quarantined.objects.filter(organisation=organisation).delete()
    Cursor.objects.filter(organisation=organisation).delete()
    Run.objects.filter(organisation=organisation).delete()
    removed = dict.fromkeys(_NAMED.values(), 0) | {"other records": 0}
    for model in {stream.model for stream in STREAMS}:
        count, _ = model._default_manager.filter(organisation=organisation).delete()
        removed[_NAMED.get(model, "other records")] += count
    organisation.name = ""
    organisation.save(update_fields=["name"])
    log.info("organisation removed", organisation=organisation.pk, changes=changes)
    return removed | {"entries of the change log": changes}
