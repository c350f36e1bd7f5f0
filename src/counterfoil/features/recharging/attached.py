"""What goes along with the invoice of a recharge, its link and its files, and how far each is."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from counterfoil.features.recharging.accompanying import CAUSE_OF_FILE, CAUSE_OF_LINK, read_file_name
from counterfoil.features.recharging.models import FilesAsked, Recharge
from counterfoil.mirror.models import Operation


@dataclass(frozen=True)
class Companion:
    """A write of the outbox that goes along; without a file's name it is the link."""

    operation: Operation
    file_name: str = ""


@dataclass(frozen=True)
class Along:
    """All that goes along with a recharge, and what is said about files that do not."""

    companions: Sequence[Companion] = ()
    is_listing: bool = False  # which files there are is being asked of Xero
    what: str = ""


def list_along(recharge: Recharge) -> Along:
    """Return what goes along with the invoice that bills a recharge now; two queries."""
    if recharge.draft_id is None:
        return Along()
    link = Q(cause_kind=CAUSE_OF_LINK, cause_id=str(recharge.pk))
    files = Q(cause_kind=CAUSE_OF_FILE, cause_id=str(recharge.draft_id))
    found = Operation.objects.filter(link | files, organisation_id=recharge.organisation_id)
    asked = FilesAsked.objects.filter(draft=recharge.draft_id, document_id=recharge.document_id).first()
    return Along(
        [_read(one) for one in found.select_related("waits_for").order_by("pk") if _is_of(recharge, one)],
        asked is not None and asked.listed_at is None,
        asked.what if asked else "",
    )


def _is_of(recharge: Recharge, operation: Operation) -> bool:
    """Say whether it goes with this draft and this document, of several that an invoice passes on."""
    if operation.cause_kind == CAUSE_OF_LINK:
        return operation.intent_key == f"{CAUSE_OF_LINK}:{recharge.pk}:{recharge.draft_id}"
    return recharge.document_id in operation.wish


def _read(operation: Operation) -> Companion:
    is_file = operation.cause_kind == CAUSE_OF_FILE
    return Companion(operation, read_file_name(operation.wish) if is_file else "")
