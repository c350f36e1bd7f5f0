"""Clients, people, deals and work from a file: give it, say what its columns are, look, add, take back."""

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from counterfoil.domain.csvfile import LONGEST_FILE, NotATable
from counterfoil.features.importing import operations
from counterfoil.features.importing.meanings import KEPT_IN_NOTES, LEFT_OUT, MEANINGS, is_possible
from counterfoil.features.importing.models import Upload, UploadRow
from counterfoil.features.importing.queries import (
    count_states,
    count_waiting,
    iterate_left,
    list_columns,
    list_lines,
)
from counterfoil.features.importing.undoing import take_back
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.web.downloads import write_file
from counterfoil.web.guards import for_people_who_may
from counterfoil.web.paging import read_number
from counterfoil.web.requests import FirmRequest

_PAGES = {
    Upload.Kind.CLIENTS: "clients",
    Upload.Kind.PEOPLE: "client_people",
    Upload.Kind.DEALS: "deals",
    Upload.Kind.TIME: "time",
    Upload.Kind.UNITS: "units",
    Upload.Kind.EXPENSES: "expenses",
}
_RECORDS = {
    Upload.Kind.CLIENTS: "client",
    Upload.Kind.PEOPLE: "person",
    Upload.Kind.DEALS: "deal",
    Upload.Kind.TIME: "edit_time",
    Upload.Kind.UNITS: "edit_units",
    Upload.Kind.EXPENSES: "edit_expense",
}
_NAMED = 5


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def show_uploads(request: FirmRequest) -> HttpResponse:
    """Show what was given, and take another file or what was pasted."""
    problem, kind = "", request.POST.get("kind") or request.GET.get("kind") or Upload.Kind.CLIENTS.value
    if kind not in Upload.Kind.values:
        kind = Upload.Kind.CLIENTS.value
    if request.method == "POST":
        try:
            return redirect("upload", _take(request, kind).pk)
        except NotATable as refused:
            problem = str(refused)
    details = {
        "uploads": Upload.objects.order_by("-given_at")[:50],
        "kinds": Upload.Kind,
        "kind": kind,
        "problem": problem,
        "pasted": request.POST.get("pasted", ""),
    }
    return render(request, "importing/uploads.html", details, status=422 if problem else 200)


@require_GET
@for_people_who_may(Permission.WORK)
def show_upload(request: FirmRequest, upload_id: int) -> HttpResponse:
    """Show how the file is read and what would become of each line; nothing is added by looking."""
    return _render(request, _find(upload_id))


@require_POST
@for_people_who_may(Permission.WORK)
def set_columns(request: FirmRequest, upload_id: int) -> HttpResponse:
    """Say what the columns are, and how dates and amounts are written."""
    upload = _find(upload_id)
    known = {LEFT_OUT, KEPT_IN_NOTES, *(meaning.key for meaning in MEANINGS[upload.kind])}
    given = [request.POST.get(f"column-{place}", KEPT_IN_NOTES) for place in range(len(upload.heads))]
    dates = request.POST.get("dates", "")
    operations.set_columns(
        upload,
        meanings=[meaning if meaning in known else KEPT_IN_NOTES for meaning in given],
        dates=dates if dates in Upload.Dates.values else Upload.Dates.DAY_FIRST,
        currency=request.POST.get("currency", "").strip().upper()[:3],
        makes_clients=request.POST.get("makes_clients") == "yes",
    )
    return redirect("upload", upload.pk)


@require_POST
@for_people_who_may(Permission.WORK)
def choose(request: FirmRequest, upload_id: int) -> HttpResponse:
    """Keep what was decided about lines that may be here already."""
    upload = _find(upload_id)
    for_all = request.POST.get("for_all", "")
    if for_all in UploadRow.Choice.values:
        count = operations.choose_for_all(upload, for_all)
    else:
        chosen = {
            int(name.removeprefix("line-")): str(value)
            for name, value in request.POST.items()
            if name.startswith("line-") and name.removeprefix("line-").isdecimal()
        }
        count = operations.choose(upload, chosen)
    messages.success(request, f"{count:,} decided. Nothing is added yet.")
    return redirect(f"{reverse('upload', args=[upload.pk])}?state=found")


@require_POST
@for_people_who_may(Permission.WORK)
def add_all(request: FirmRequest, upload_id: int) -> HttpResponse:
    """Add what can be added, and do what was decided."""
    upload = _find(upload_id)
    try:
        with transaction.atomic():
            added = operations.add_all(upload, who=request.user, now=timezone.now())
    except operations.NotPossible as problem:
        messages.warning(request, str(problem))
    except IntegrityError:
        messages.warning(
            request, "Somebody added one of these a moment ago. Nothing was changed; look at it again."
        )
    else:
        said = [f"{added.made:,} added."]
        said += [f"{added.completed:,} completed."] * bool(added.completed)
        said += [f"{added.waiting:,} wait for your decision."] * bool(added.waiting)
        said += [f"{added.wrong:,} cannot be taken yet."] * bool(added.wrong)
        messages.success(request, " ".join(said))
    return redirect("upload", upload.pk)


@require_POST
@for_people_who_may(Permission.WORK)
def undo(request: FirmRequest, upload_id: int) -> HttpResponse:
    """Take the whole import back."""
    upload = _find(upload_id)
    done = take_back(upload, who=request.user, now=timezone.now())
    said = f"{done.removed:,} removed, {done.restored:,} as they were before."
    if done.kept:
        names = ", ".join(done.kept[:_NAMED]) + (" and others" if len(done.kept) > _NAMED else "")
        said += f" {len(done.kept):,} kept, because somebody has worked with them since: {names}."
    messages.success(request, said)
    return redirect("upload", upload.pk)


@require_GET
@for_people_who_may(Permission.WORK)
def export_left(request: FirmRequest, upload_id: int) -> HttpResponseBase:
    """Send the lines that were not added, with why: to be mended and given again, so as CSV alone."""
    upload = _find(upload_id)
    heads = [head or f"Column {place}" for place, head in enumerate(upload.heads, 1)]
    file = write_file([*heads, "Line", "What became of it", "Why"], iterate_left(upload), form="csv")
    name = slugify(upload.name.removesuffix(".csv")) or "import"
    return FileResponse(file, as_attachment=True, filename=f"{name}-not-added.csv")


def _render(request: FirmRequest, upload: Upload) -> HttpResponse:
    counts = count_states(upload)
    asked = request.GET.get("state", "")
    state = UploadRow.State(asked) if asked in UploadRow.State.values else _choose_state(counts)
    return render(
        request,
        "importing/upload.html",
        {
            "upload": upload,
            "kind_word": Upload.Kind(upload.kind).label,
            "list_page": _PAGES[Upload.Kind(upload.kind)],
            "record_page_name": _RECORDS[Upload.Kind(upload.kind)],
            "columns": list_columns(upload),
            "meanings": MEANINGS[upload.kind],
            "kept_in_notes": KEPT_IN_NOTES,
            "dates": Upload.Dates,
            "problem": is_possible(upload.kind, upload.meanings),
            "has_dates": bool({"closes_on", "day"} & set(upload.meanings)),
            "has_values": bool({"value", "amount"} & set(upload.meanings)),
            "tabs": [(one, count) for one, count in counts.items() if count],
            "state": state,
            "count": sum(counts.values()),
            "ready": counts[UploadRow.State.NEW],
            "waiting": count_waiting(upload),
            "decided": counts[UploadRow.State.FOUND] - count_waiting(upload),
            "wrong": counts[UploadRow.State.WRONG],
            "done": counts[UploadRow.State.MADE] + counts[UploadRow.State.COMPLETED],
            "page": list_lines(upload, state, after=read_number(request.GET, "after") or 0),
            "choices": UploadRow.Choice,
        },
    )


def _choose_state(counts: Any) -> UploadRow.State:
    """Show first what needs a person, then what would be added."""
    wanted = (UploadRow.State.WRONG, UploadRow.State.FOUND, UploadRow.State.NEW)
    return next((state for state in (*wanted, *counts) if counts[state]), UploadRow.State.NEW)


def _take(request: FirmRequest, kind: str) -> Upload:
    file, pasted = request.FILES.get("file"), request.POST.get("pasted", "")
    if file is not None:
        if file.size is None or file.size > LONGEST_FILE:
            raise NotATable("The file is longer than 20 MB. Cut it into several.")
        name, content = file.name or "file.csv", file.read()
    elif pasted.strip():
        name, content = "Pasted lines", pasted.encode()
    else:
        raise NotATable("Choose a file, or paste its lines.")
    upload, is_new = operations.take_file(
        request.membership.workspace,
        kind=kind,
        name=name,
        content=content,
        who=request.user,
        now=timezone.now(),
    )
    if not is_new:
        messages.info(request, "This very file was given before; this is where it stands.")
    return upload


def _find(upload_id: int) -> Upload:
    upload = Upload.objects.filter(pk=upload_id).first()
    if upload is None:
        raise Http404("There is no such import.")
    return upload
