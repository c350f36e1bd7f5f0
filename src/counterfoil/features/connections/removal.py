"""
Removes what was mirrored of an organisation, and, when it is forgotten, everything else about it (K2).

Removing takes away what came from Xero: names, amounts, texts, and the log of their changes. What
people decided stays, for it holds Xero's ids only: links, pins, answers, the history of the connection.
A feature whose tables hold more than ids names them with `purge_on_removal`.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

import structlog
from django.db import models, transaction

from counterfoil.features.connections.signals import connection_removed
from counterfoil.mirror.models import (
    Attachment,
    Attempt,
    Change,
    Connection,
    ConnectionEvent,
    Contact,
    Cursor,
    GateBudget,
    Invoice,
    Mirrored,
    Notice,
    Operation,
    OperationEvent,
    OperationFile,
    Organisation,
    OutboxRules,
    Payment,
    Posting,
    Quarantined,
    ReportedMonth,
    Resync,
    ResyncRecord,
    Run,
    StreamRun,
    Unposted,
    Unread,
    Usage,
    Verification,
)
from counterfoil.sync.connecting import erase_unused_grant
from counterfoil.sync.outbox.emptying import empty_outbox
from counterfoil.sync.streams import STREAMS

log = structlog.get_logger(__name__)

_NAMED: Mapping[type[models.Model], str] = {
    Contact: "contacts",
    Invoice: "invoices and bills",
    Payment: "payments",
    Change: "entries of the change log",
}
_OTHERS = "other records"

# In this order: what points to another comes before it.
_WORKINGS: tuple[type[models.Model], ...] = (
    OperationFile,
    StreamRun,
    Change,
    Quarantined,
    Cursor,
    Notice,
    Verification,
    ResyncRecord,
    Resync,
    Run,
    Posting,
    Unposted,
    Unread,
    ReportedMonth,
)

# Ours about the organisation, without a name or an amount, and nobody's decision. The outbox is emptied of
# both, and what is left tells that a wish was granted, so that it is not granted again.
_OWN_BOOKS: frozenset[type[models.Model]] = frozenset(
    {Usage, GateBudget, ConnectionEvent, OutboxRules, Operation, OperationEvent, Attempt}
)

_purged_by_features: list[type[models.Model]] = []


class StillConnected(Exception):
    """Only an organisation whose connection was removed can be forgotten."""

    def __init__(self) -> None:
        super().__init__("This organisation is still connected. Remove the connection first.")


def purge_on_removal(model: type[models.Model]) -> None:
    """Have the rows of this table removed with the connection; a feature calls it when it is ready."""
    _purged_by_features.append(model)


def list_purged_models() -> list[type[models.Model]]:
    """Return every table whose rows go with the connection, in the order in which they may go."""
    mirrored: set[type[Mirrored]] = {Attachment, *(stream.model for stream in STREAMS)}
    return [*_purged_by_features, *_WORKINGS, *sorted(mirrored, key=lambda model: model.__name__)]


def count_what_goes(organisation: Organisation) -> dict[str, int]:
    """Return how much of what a removal takes away, as the page says before it is done."""
    shown = (model for model in list_purged_models() if issubclass(model, Mirrored) or model in _NAMED)
    counted = dict.fromkeys([*_NAMED.values(), _OTHERS], 0)
    for model in shown:
        counted[_NAMED.get(model, _OTHERS)] += _rows_of(model, organisation).count()
    return counted


def count_what_stays(organisation: Organisation) -> int:
    """Return how many decisions of people stay: links, pins, answers."""
    return sum(_rows_of(model, organisation).count() for model in _list_decisions())


def purge_organisation(organisation: Organisation, *, now: datetime) -> dict[str, int]:
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
        empty_outbox(organisation, now=now)
        connection_removed.send(sender=None, organisation=organisation, now=now)
        removed = dict.fromkeys([*_NAMED.values(), _OTHERS], 0)
        for model in list_purged_models():
            count, _ = _rows_of(model, organisation).delete()
            if issubclass(model, Mirrored) or model in _NAMED:
                removed[_NAMED.get(model, _OTHERS)] += count
        organisation.name = ""
        organisation.save(update_fields=["name"])
        log.info("organisation removed", organisation=organisation.pk)
        return removed


def erase_organisation(organisation: Organisation) -> int:
    """
    Erase what a removal leaves: the decisions, the history, the organisation itself. Return how many rows.

    The workspace's list of people who must not be written to hangs on the workspace, so it stays (K25).
    Raises StillConnected.
    """
    if hasattr(organisation, "connection"):
        raise StillConnected
    count, _ = organisation.delete()
    log.info("organisation forgotten", rows=count)
    return count


def _list_decisions() -> Iterator[type[models.Model]]:
    gone = {*list_purged_models(), *_OWN_BOOKS}
    for relation in Organisation._meta.get_fields(include_hidden=True):
        model = relation.related_model
        if relation.auto_created and isinstance(model, type) and model not in gone | {Connection}:
            yield model


def _rows_of(model: type[models.Model], organisation: Organisation) -> "models.QuerySet[models.Model]":
    return model._default_manager.filter(organisation=organisation)
