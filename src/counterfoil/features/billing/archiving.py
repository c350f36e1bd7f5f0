"""Closes a run for good, with all it billed as it was sent; what is on hold goes on with the next run."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.db import transaction

from counterfoil.domain.money import Money
from counterfoil.features.billing.models import BillingRun, RunInvoice, Service
from counterfoil.features.billing.runs import NotPossible, lock_open
from counterfoil.features.billing.standing import Stand, list_standing, with_stand
from counterfoil.features.invoicing.pushing import find_operations
from counterfoil.mirror.models import Operation

_UNDECIDED = (Stand.REVIEW, Stand.READY, Stand.LOST)


@transaction.atomic
def archive(run: BillingRun, *, by: str, now: datetime) -> BillingRun:
    """Close a run for good, with all it billed as it was sent. Raises RunIsArchived and NotPossible."""
    run = lock_open(run)
    if list_standing(run.invoices.all(), *_UNDECIDED).exists():
        raise NotPossible("Some invoices are not sent yet. Push, hold or discard them first.")
    run.archive = list(_describe_invoices(run))
    run.state, run.archived_by, run.archived_at = BillingRun.State.ARCHIVED, by, now
    run.save()
    return run


def _describe_invoices(run: BillingRun) -> Iterator[dict[str, object]]:
    invoices = with_stand(run.invoices.exclude(state=RunInvoice.State.DISCARDED))
    found = list(invoices.select_related("client", "draft", "organisation").order_by("client__name", "pk"))
    operations = find_operations(one.draft_id for one in found if one.draft_id)
    services: dict[int, list[Service]] = defaultdict(list)
    for service in Service.objects.filter(invoice__in=found).order_by("invoice", "place"):
        services[service.invoice_id].append(service)
    for one in found:
        operation = operations.get(one.draft_id or 0)
        yield _describe_invoice(one, operation) | {
            "services": [_describe_service(service) for service in services[one.pk]]
        }


def _describe_invoice(one: RunInvoice, operation: Operation | None) -> dict[str, object]:
    return {
        "client": one.client.name,
        "organisation": one.organisation_id,
        "organisation_name": one.organisation.name if one.organisation else "",
        "contact_id": one.draft.contact_id if one.draft else "",
        "date": one.date.isoformat(),
        "currency": one.currency,
        "state": one.stand,  # type: ignore[attr-defined]  # annotated by `with_stand`
        "why_held": one.why_held,
        "reference": one.draft.reference if one.draft else "",
        "operation": operation.reference if operation else "",
        "xero_id": operation.xero_id if operation else "",
        "total": _say_total(operation),
        "decided_by": one.decided_by,
    }


def _describe_service(service: Service) -> Mapping[str, object]:
    return {
        "agreement": service.agreement_id,
        "from": service.start.isoformat(),
        "to": (service.end - timedelta(days=1)).isoformat(),
        "description": service.description,
        "quantity": str(service.quantity),
        "price": str(service.price),
        "amount": str(service.amount),
    }


def _say_total(operation: Operation | None) -> str:
    if operation is None or operation.amount is None:
        return ""
    return str(Money(operation.amount, operation.currency).rounded().amount)
