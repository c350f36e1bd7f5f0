"""The page of one record, of whatever kind: what it is, where it came from, what changed in it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from counterfoil.domain.datekit import today_in
from counterfoil.features.history.in_xero import find_document
from counterfoil.features.history.naming import list_slugs
from counterfoil.features.history.records import NoSuchRecord, find_stream, get_record
from counterfoil.features.invoices.documents import Source
from counterfoil.features.invoices.listed import BILLS, SALES, Listed, describe
from counterfoil.features.invoices.owed import Share, sum_owed
from counterfoil.features.reminding.conversing import list_about_invoice, list_to_contact
from counterfoil.features.reminding.models import Message
from counterfoil.mirror.models import Invoice, Organisation
from counterfoil.web.guards import for_firm, get_current
from counterfoil.web.requests import FirmRequest
from counterfoil.web.xero_pages import find_page

_SLUGS = dict(list_slugs())


@require_GET
@for_firm
def show_record(request: FirmRequest, organisation_id: int, kind: str, xero_id: str) -> HttpResponse:
    """Show the record, or say plainly that this organisation has none with this id."""
    organisation, standing = get_current(request), request.standing
    assert organisation is not None
    assert standing is not None
    stream = find_stream(kind, _SLUGS)
    if stream is None:
        return _say_unknown(request)
    older = request.GET.get("older", "")
    base = standing.profile.base_currency if standing.profile else ""
    try:
        page = get_record(
            organisation,
            stream,
            xero_id,
            base_currency=base,
            older_than=int(older) if older.isdecimal() and len(older) < 19 else None,
        )
    except NoSuchRecord:
        return _say_unknown(request)
    described = page.described
    return render(
        request,
        "records/panel.html" if request.GET.get("panel") else "records/record.html",
        {
            "kind": kind,
            "document": find_document(organisation, stream.name, xero_id),
            "organisation": organisation,
            "stream": stream,
            "xero_id": xero_id,
            "page": page,
            "described": described,
            "listed": _find_listed(request, organisation, xero_id) if stream.name == "Invoices" else None,
            "reminders": _list_reminders(organisation, stream.name, xero_id),
            "owed": _list_owed(request, xero_id) if stream.name == "Contacts" else [],
            "xero_page": find_page(
                stream.name,
                xero_id,
                kind=str(described.members.get("Type", "")) if described else "",
                short_code=standing.short_code,
            ),
        },
    )


def _find_listed(request: FirmRequest, organisation: Organisation, xero_id: str) -> Listed | None:
    """Return an invoice as the lists show it, so that both have one word for it: overdue, partially paid."""
    standing = request.standing
    assert standing is not None
    invoice = (
        Invoice.objects.filter(organisation=organisation, xero_id=xero_id).defer("raw", "digest").first()
    )
    return describe(invoice, today_in(standing.zone, timezone.now())) if invoice else None


def _list_reminders(organisation: Organisation, stream: str, xero_id: str) -> list[Message]:
    """Return what was sent about an invoice or to a contact, and what was not."""
    match stream:
        case "Invoices":
            return list_about_invoice(organisation, xero_id)
        case "Contacts":
            return list_to_contact(organisation, xero_id)
    return []


def _list_owed(request: FirmRequest, contact_id: str) -> list[tuple[str, str, Share]]:
    """Return what the contact owes and is owed, per currency, with the list that each opens."""
    standing = request.standing
    assert standing is not None
    assert standing.current is not None
    source = Source(standing.current, today_in(standing.zone, timezone.now()), contact_ids=[contact_id])
    return [
        (label, opens, share)
        for label, opens, kind in (("Owes us", "invoices", SALES), ("We owe", "bills", BILLS))
        for share in sum_owed(source, kind=kind)
    ]


def _say_unknown(request: FirmRequest) -> HttpResponse:
    return render(request, "records/unknown.html", status=404)
