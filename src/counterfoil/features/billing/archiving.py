"""Closes a run for good, with all it billed as it was sent; what is on hold goes on with the next run."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from counterfoil.domain.money import Money
from counterfoil.domain.outbox import OutboxState
from counterfoil.features.billing.models import BillingRun, RunInvoice, Service
from counterfoil.features.billing.runs import NotPossible, lock_open
from counterfoil.features.billing.standing import Stand, list_standing, with_stand
from counterfoil.features.invoicing.models import DraftLine
from counterfoil.features.invoicing.pushing import find_operations
from counterfoil.mirror.models import Operation

_UNDECIDED = (Stand.REVIEW, Stand.READY, Stand.LOST)


COLUMNS = (
    "Client", "Date", "Reference", "State", "On hold because", "Currency", "Total with tax", "Our reference",
    "Invoice in Xero", "Agreement", "From", "To", "Description", "Quantity", "Price", "Amount",
)  # fmt: skip
"""The titles of a run's export, one row for each line that is billed."""


@transaction.atomic
def archive(run: BillingRun, *, by: str, now: datetime) -> BillingRun:
    """Close a run for good, with all it billed as it was sent. Raises RunIsArchived and NotPossible."""
    run = lock_open(run)
    if list_standing(run.invoices.all(), *_UNDECIDED).exists():
        raise NotPossible("Some invoices are not sent yet. Send, hold or discard them first.")
    on_the_way = list_standing(run.invoices.exclude(draft=None), Stand.PUSHED)
    if on_the_way.exclude(Q(sent_as=OutboxState.DONE.value)).exists():
        raise NotPossible("Some are on their way or wait for approval. Archive it once Xero has them.")
    run.archive = describe_run(run)
    run.state, run.archived_by, run.archived_at = BillingRun.State.ARCHIVED, by, now
    run.save()
    return run


def describe_run(run: BillingRun) -> list[dict[str, Any]]:
    """Return what a run billed, invoice by invoice; of an archived one, as it was kept."""
    return list(_describe_invoices(run)) if run.archive is None else list(run.archive)


def list_rows(invoices: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of an export under COLUMNS; amounts and days are such, not text."""
    for one in invoices:
        head = (
            one["client"],
            date.fromisoformat(one["date"]),
            one["reference"],
            Stand(one["state"]).label,
            one["why_held"],
            one["currency"],
            Decimal(one["total"]) if one["total"] else None,
            one["operation"],
            one.get("xero_id", ""),
        )
        for service in one["services"]:
            days = (date.fromisoformat(service["from"]), date.fromisoformat(service["to"]))
            figures = (Decimal(service[name]) for name in ("quantity", "price", "amount"))
            yield (*head, service["agreement"], *days, service["description"], *figures)


def _describe_invoices(run: BillingRun) -> Iterator[dict[str, Any]]:
    invoices = with_stand(run.invoices.exclude(state=RunInvoice.State.DISCARDED))
    found = list(invoices.select_related("client", "draft", "organisation").order_by("client__name", "pk"))
    operations = find_operations(one.draft_id for one in found if one.draft_id)
    services: dict[int, list[Service]] = defaultdict(list)
    for service in (
        Service.objects.filter(invoice__in=found).select_related("agreement").order_by("invoice", "place")
    ):
        services[service.invoice_id].append(service)
    written: dict[int, list[DraftLine]] = defaultdict(list)
    without = [one.draft_id for one in found if one.draft_id and not services[one.pk]]
    for line in DraftLine.objects.filter(draft__in=without).order_by("draft", "place"):
        written[line.draft_id].append(line)
    for one in found:
        operation = operations.get(one.draft_id or 0)
        billed = [_describe_service(service) for service in services[one.pk]]
        # What others than agreements bill, as costs that are passed on, stands in the lines alone.
        lines = [] if billed else [_describe_line(one, line) for line in written.get(one.draft_id or 0, ())]
        yield _describe_invoice(one, operation) | {"services": billed or lines}


def _describe_invoice(one: RunInvoice, operation: Operation | None) -> dict[str, Any]:
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


def _describe_line(one: RunInvoice, line: DraftLine) -> dict[str, Any]:
    quantity, price = line.quantity or Decimal(1), line.unit_amount or Decimal(0)
    return {
        "agreement": "",
        "from": one.date.isoformat(),
        "to": one.date.isoformat(),
        "description": line.description,
        "quantity": str(quantity),
        "price": str(price),
        "amount": str(Money(quantity * price, one.currency).rounded().amount),
    }


def _describe_service(service: Service) -> dict[str, Any]:
    return {
        "agreement": service.agreement.name,
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
