"""Taking over what an earlier tool knew: give a file, see what matches, assign, take back (P14, P15)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from counterfoil.domain.csvfile import LONGEST_FILE, NotATable
from counterfoil.features.migrating.matching import plan_assignment
from counterfoil.features.migrating.models import Import
from counterfoil.features.migrating.operations import AssignedElsewhere, assign, take_back, take_file
from counterfoil.mirror.models import Organisation
from counterfoil.web.guards import for_connectors
from counterfoil.web.requests import FirmRequest

_UNMATCHED_SHOWN = 50


@require_http_methods(["GET", "POST"])
@for_connectors
def list_imports(request: FirmRequest) -> HttpResponse:
    """Show what was given, and take another file."""
    problem = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            return redirect("migration", _take(request, file).pk)
        except NotATable as refused:
            problem = str(refused)
    imports = Import.objects.select_related("organisation").order_by("-given_at")
    details = {"imports": imports, "problem": problem}
    return render(request, "migrating/imports.html", details, status=422 if problem else 200)


@require_http_methods(["GET", "POST"])
@for_connectors
def show_import(request: FirmRequest, import_id: int) -> HttpResponse:
    """Try the data on an organisation without changing anything, and assign it when that is wanted."""
    given = _find(import_id)
    sent = request.POST if request.method == "POST" else request.GET
    wanted = sent.get("organisation", "")
    organisations = request.standing.organisations if request.standing else []
    chosen = given.organisation or next((one for one in organisations if str(one.pk) == wanted), None)
    if request.method == "POST" and chosen is not None:
        _assign(request, given, chosen)
        return redirect("migration", given.pk)
    plan = plan_assignment(given, chosen) if chosen else None
    details = {
        "given": given,
        "chosen": chosen,
        "plan": plan,
        "unmatched": plan.unmatched[:_UNMATCHED_SHOWN] if plan else [],
        "first_rows": given.rows.order_by("line")[:5],
        "row_count": given.rows.count(),
    }
    return render(request, "migrating/import.html", details, status=422 if request.method == "POST" else 200)


@require_POST
@for_connectors
def undo_import(request: FirmRequest, import_id: int) -> HttpResponse:
    """Take an assignment back."""
    given = _find(import_id)
    take_back(given, who=request.user, now=timezone.now())
    messages.success(request, "Taken back. The data is still here, and belongs to no organisation.")
    return redirect("migration", given.pk)


def _take(request: FirmRequest, file: Any) -> Import:
    if file is None:
        raise NotATable("Choose a file first.")
    if file.size is None or file.size > LONGEST_FILE:
        raise NotATable("The file is longer than 20 MB. Cut it into several.")
    given, is_new = take_file(
        request.membership.workspace,
        name=file.name or "file.csv",
        content=file.read(),
        who=request.user,
        now=timezone.now(),
    )
    if not is_new:
        messages.info(request, "This very file was given before, so it was not taken twice.")
    return given


def _assign(request: FirmRequest, given: Import, organisation: Organisation) -> None:
    try:
        plan = assign(given, organisation, who=request.user, now=timezone.now())
    except AssignedElsewhere as refused:
        messages.error(request, str(refused))
        return
    messages.success(
        request,
        f"{given.name} belongs to {organisation.name} now."
        f" Lines matched: {plan.matched:,}, waiting: {len(plan.unmatched):,}.",
    )


def _find(import_id: int) -> Import:
    given = Import.objects.select_related("organisation").filter(pk=import_id).first()
    if given is None:
        raise Http404("There is no such import.")
    return given
