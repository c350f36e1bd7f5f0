"""Xero's own repeating invoices beside ours, so that nobody is billed by both (R13)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from counterfoil.mirror.models import RepeatingInvoice


def find_repeating(
    organisation_ids: Collection[int], contact_ids: Collection[str]
) -> Mapping[tuple[int, str], Sequence[RepeatingInvoice]]:
    """Return what Xero raises by itself, by organisation and contact; one query."""
    found: dict[tuple[int, str], list[RepeatingInvoice]] = defaultdict(list)
    rows = RepeatingInvoice.objects.filter(
        organisation__in=organisation_ids, contact_id__in=contact_ids, kind="ACCREC", gone_at=None
    )
    for row in rows.exclude(status="DELETED").defer("raw", "digest").order_by("next_scheduled_date", "pk"):
        found[row.organisation_id, row.contact_id].append(row)
    return found


def say_repeating(one: RepeatingInvoice) -> str:
    """Return in a sentence what Xero raises by itself."""
    unit = {"WEEKLY": "week", "MONTHLY": "month"}.get(one.unit, one.unit.lower() or "time")
    every = f"every {unit}" if one.period == 1 else f"every {one.period} {unit}s"
    following = f", next on {one.next_scheduled_date:%-d %B %Y}" if one.next_scheduled_date else ""
    what = f" “{one.reference}”" if one.reference else ""
    return f"Xero bills this contact by itself{what}: {one.total:,.2f} {one.currency} {every}{following}."
