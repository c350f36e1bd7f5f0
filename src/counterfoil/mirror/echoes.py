"""Knows our own writes when they come back: an echo of what Counterfoil sent is no news."""

from collections.abc import Mapping
from datetime import datetime

from counterfoil.mirror.models import Operation


def take_echoes(organisation_id: int, stamps: Mapping[str, datetime | None], *, now: datetime) -> set[str]:
    """
    Return those records that come back as Xero answered when they were written, each once.

    Xero's answer to a write tells less, or more, than its list does; with the same stamp it is the same
    record. What comes with another stamp, or a second time, was changed by somebody.
    """
    if not stamps:
        return set()
    answered = Operation.objects.filter(
        organisation_id=organisation_id, xero_id__in=list(stamps), echoed_at=None
    ).exclude(answer_stamp=None)
    echoes = {
        pk: xero_id
        for pk, xero_id, stamp in answered.values_list("pk", "xero_id", "answer_stamp")
        if stamp == stamps[xero_id]
    }
    if echoes:
        Operation.objects.filter(pk__in=echoes).update(echoed_at=now)
    return set(echoes.values())
