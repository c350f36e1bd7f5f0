"""The way out: an export, what a removal takes away, and forgetting what it leaves (T32 to T37, K2)."""

from tempfile import TemporaryFile

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods

from counterfoil.features.connections.operations import forget_organisation, name_counts, remove_connection
from counterfoil.features.connections.removal import count_what_goes, count_what_stays
from counterfoil.features.outbox.queries import count_unsent
from counterfoil.features.reminding.showing import count_active
from counterfoil.mirror.export import write_archive
from counterfoil.mirror.models import Attachment, Organisation
from counterfoil.sync.streams import STREAMS
from counterfoil.web.connection_forms import TypedForm
from counterfoil.web.guards import for_connectors, get_current, speaks_to_xero, within_firm
from counterfoil.web.requests import FirmRequest


@require_http_methods(["GET", "POST"])
@for_connectors
@speaks_to_xero
def remove(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """List with real numbers what removing takes away, and do it once the name was typed (T33 to T37)."""
    organisation = get_current(request)
    assert organisation is not None
    form = TypedForm(request.POST if request.method == "POST" else None, wanted=organisation.name)
    if form.is_valid():
        removal = remove_connection(organisation, who=request.user, now=timezone.now())
        removed = name_counts(removal.counts)
        what = f"Removed: {', '.join(removed)}." if removed else "There was nothing to remove."
        messages.success(request, f"The connection to {removal.name} is removed. {what}")
        if removal.farewell.problem:
            messages.warning(request, f"{removal.farewell.problem} {removal.farewell.next_step}")
        return redirect("settings")
    with within_firm(request):
        goes = count_what_goes(organisation)
        details = {
            "organisation": organisation,
            "form": form,
            "contacts": goes.pop("contacts"),
            "goes": {what: count for what, count in goes.items() if count},
            "stays": count_what_stays(organisation),
            "campaigns": count_active(organisation),
            "unsent": count_unsent(organisation),
        }
        return render(request, "settings/remove.html", details, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@for_connectors
def forget(request: FirmRequest, removed_id: int) -> HttpResponse:
    """Erase what a removal has left, once that was typed."""
    organisation = Organisation.objects.filter(pk=removed_id, connection__isnull=True).first()
    if organisation is None:
        raise Http404("No removed organisation has this number.")
    form = TypedForm(request.POST if request.method == "POST" else None, wanted="forget")
    if form.is_valid():
        count = forget_organisation(organisation, who=request.user, now=timezone.now())
        messages.success(request, f"Forgotten: {count:,} rows. The audit log says that it was done.")
        return redirect("settings")
    details = {"organisation": organisation, "form": form, "stays": count_what_stays(organisation)}
    return render(request, "settings/forget.html", details, status=422 if form.errors else 200)


@require_GET
@for_connectors
def export(request: FirmRequest, organisation_id: int) -> HttpResponseBase:
    """Give everything that was copied of the organisation, one CSV file for each kind of record."""
    organisation = get_current(request)
    assert organisation is not None
    models = {stream.model: stream.title for stream in STREAMS} | {Attachment: "Attachments"}
    archive = TemporaryFile()  # noqa: SIM115 - the response closes it when it was sent
    write_archive(((slugify(title), model) for model, title in models.items()), organisation.pk, archive)
    archive.seek(0)
    name = f"{slugify(organisation.name) or 'organisation'}-{timezone.localdate():%Y-%m-%d}.zip"
    return FileResponse(archive, as_attachment=True, filename=name, content_type="application/zip")
