"""What only Xero has of a document: its history and files when somebody asks, and its PDF."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.history.in_xero import (
    Document,
    Fetched,
    NotHad,
    Read,
    fetch_file,
    fetch_pdf,
    find_document,
    find_online_address,
    list_files,
    read_notes,
)
from counterfoil.features.history.naming import list_slugs
from counterfoil.web.guards import for_firm, get_current, speaks_to_xero, within_firm
from counterfoil.web.requests import FirmRequest

_SLUGS = dict(list_slugs())
_ASKS: Mapping[str, Callable[..., Read]] = {
    "notes": read_notes,
    "files": list_files,
    "online": find_online_address,
}


@require_POST
@for_firm
@speaks_to_xero
def ask_in_xero(request: FirmRequest, organisation_id: int, kind: str, xero_id: str) -> HttpResponse:
    """Ask Xero for a document's history, files or online address, and show what it says."""
    about = request.POST.get("about", "")
    if about not in _ASKS:
        raise Http404("Nothing of the kind can be asked.")
    document = _get_document(request, kind, xero_id)
    told: dict[str, object] = {"document": document, "kind": kind, "about": about}
    try:
        told["read"] = _ASKS[about](document, now=timezone.now)
    except NotHad as problem:
        told["problem"] = problem
    page = "records/_asked.html" if request.headers.get("HX-Request") else "records/asked.html"
    with within_firm(request):
        return render(request, page, told)


@require_GET
@for_firm
@speaks_to_xero
def download_file(
    request: FirmRequest, organisation_id: int, kind: str, xero_id: str, file_id: str
) -> HttpResponseBase:
    """Hand a document's file on from Xero, to be saved."""
    document = _get_document(request, kind, xero_id)
    return _hand_on(request, document, kind, lambda now: fetch_file(document, file_id, now=now))


@require_GET
@for_firm
@speaks_to_xero
def download_pdf(request: FirmRequest, organisation_id: int, kind: str, xero_id: str) -> HttpResponseBase:
    """Hand a document on as Xero prints it, to be saved."""
    document = _get_document(request, kind, xero_id)
    return _hand_on(request, document, kind, lambda now: fetch_pdf(document, now=now))


def _get_document(request: FirmRequest, kind: str, xero_id: str) -> Document:
    organisation = get_current(request)
    assert organisation is not None
    with within_firm(request):
        document = find_document(organisation, _SLUGS.get(kind, ""), xero_id)
    if document is None:
        raise Http404("This organisation has no such document in Xero.")
    return document


def _hand_on(
    request: FirmRequest,
    document: Document,
    kind: str,
    fetch: Callable[[Callable[[], datetime]], Fetched],
) -> HttpResponseBase:
    """
    Send a file to be saved, never to be shown: it comes from elsewhere and must not run as our page.

    What went wrong is told on a page, because nothing has been sent yet.
    """
    try:
        fetched = fetch(timezone.now)
    except NotHad as problem:
        status = 404 if problem.is_gone else 503
        with within_firm(request):
            told = {"document": document, "kind": kind, "problem": problem}
            return render(request, "records/asked.html", told, status=status)
    return FileResponse(
        fetched.content, as_attachment=True, filename=fetched.name, content_type="application/octet-stream"
    )
