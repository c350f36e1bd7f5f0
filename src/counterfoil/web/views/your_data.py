"""Settings, Your data: everything of the firm in one file; one person's data, to hand over or to erase."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.moving import waiting
from counterfoil.features.moving.models import Takeout
from counterfoil.features.moving.tasks import request_takeout
from counterfoil.features.privacy.erasing import NotErased, erase_person, preview_erasure
from counterfoil.features.privacy.handing_over import hand_over
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.web.connection_forms import TypedForm
from counterfoil.web.dataforms import AboutForm
from counterfoil.web.guards import for_people_who_may, for_proven
from counterfoil.web.requests import FirmRequest

_ERASE = "erase"


@never_cache
@require_GET
@for_people_who_may(Permission.OWN)
def show_data(request: FirmRequest) -> HttpResponse:
    """Show the export that is there or under way, and the form to look one person up."""
    return _show(request, AboutForm())


@never_cache
@require_GET
@for_people_who_may(Permission.OWN)
def show_live(request: FirmRequest) -> HttpResponse:
    """Show how far the export is; the whole page again once it has ended. Whole without HTMX."""
    takeout = next(iter(waiting.list_takeouts(now=timezone.now())), None)
    if not request.headers.get("HX-Request"):
        return redirect("your_data")
    if takeout is None or not takeout.is_under_way:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "settings/_takeout.html", {"takeout": takeout})


@never_cache
@require_POST
@for_people_who_may(Permission.OWN)
@for_proven
def ask_for_export(request: FirmRequest) -> HttpResponse:
    """Have a worker write everything into one file."""
    workspace_id = request.membership.workspace_id
    try:
        takeout = waiting.ask_for_takeout(workspace_id=workspace_id, who=request.user, now=timezone.now())
    except waiting.ExportUnderWay as reason:
        messages.warning(request, str(reason))
    else:
        request_takeout(takeout.pk, workspace_id=workspace_id)
    return redirect("your_data")


@never_cache
@require_POST
@for_people_who_may(Permission.OWN)
@for_proven
def fetch_export(request: FirmRequest, takeout_id: int) -> HttpResponseBase:
    """Send the file, piece by piece."""
    takeout, now = _get_ready(takeout_id), timezone.now()
    name = slugify(request.membership.workspace.name) or "firm"
    return StreamingHttpResponse(
        waiting.open_takeout(takeout, who=request.user, now=now),
        content_type="application/zip",
        headers={
            "Content-Length": str(takeout.size),
            "Content-Disposition": f'attachment; filename="{name}-{takeout.asked_at:%Y-%m-%d}.zip"',
        },
    )


@require_POST
@for_people_who_may(Permission.OWN)
def drop_export(request: FirmRequest, takeout_id: int) -> HttpResponse:
    """Delete the file before its days are over."""
    waiting.drop_takeout(_get_ready(takeout_id), who=request.user, now=timezone.now())
    messages.success(request, "The export is deleted.")
    return redirect("your_data")


@never_cache
@require_POST
@for_people_who_may(Permission.OWN)
def show_person(request: FirmRequest) -> HttpResponse:
    """Show what is known of one person and what erasing takes; posted, so that no address names them."""
    form = AboutForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    return _show_person(request, form.cleaned_data["about"], TypedForm(None, wanted=_ERASE))


@never_cache
@require_POST
@for_people_who_may(Permission.OWN)
@for_proven
def hand_person_over(request: FirmRequest) -> HttpResponseBase:
    """Send everything that is known about one person as a file."""
    form, now = AboutForm(request.POST), timezone.now()
    if not form.is_valid():
        return _show(request, form, status=422)
    with TemporaryDirectory(prefix="counterfoil-person-") as folder:
        path = Path(folder) / "person.zip"
        found = hand_over(
            path,
            workspace=request.membership.workspace,
            asked=form.cleaned_data["about"],
            now=now,
            who=request.user,
        )
        if not found:
            form.add_error("about", "Nothing is known about them.")
            return _show(request, form, status=422)
        file = path.open("rb")  # it can be read to its end although its name is gone
    return FileResponse(file, as_attachment=True, filename=f"person-{now:%Y-%m-%d}.zip")


@never_cache
@require_POST
@for_people_who_may(Permission.OWN)
@for_proven
def erase(request: FirmRequest) -> HttpResponse:
    """Erase one person, once that was typed."""
    form, typed = AboutForm(request.POST), TypedForm(request.POST, wanted=_ERASE)
    if not form.is_valid():
        return _show(request, form, status=422)
    asked = form.cleaned_data["about"]
    if not typed.is_valid():
        return _show_person(request, asked, typed, status=422)
    try:
        erased = erase_person(
            workspace=request.membership.workspace, asked=asked, now=timezone.now(), who=request.user
        )
    except NotErased as refused:
        messages.warning(request, str(refused))
        return _show_person(request, asked, TypedForm(None, wanted=_ERASE), status=409)
    rows = sum(erased.gone.values())
    messages.success(
        request,
        f"Erased: {rows:,} rows. What is a copy of Xero goes once it is erased there. Backups made before"
        " still hold what was erased.",
    )
    return redirect("your_data")


def _get_ready(takeout_id: int) -> Takeout:
    there = waiting.list_takeouts(now=timezone.now())
    found = next((one for one in there if one.pk == takeout_id and one.state == Takeout.State.READY), None)
    if found is None:
        raise Http404("There is no such export, or its days are over.")
    return found


def _show(request: FirmRequest, form: AboutForm, *, status: int = 200) -> HttpResponse:
    days = waiting.get_days_kept()
    takeout = next(iter(waiting.list_takeouts(now=timezone.now())), None)
    details: dict[str, Any] = {
        "takeout": takeout,
        "until": takeout.asked_at + timedelta(days=days) if takeout else None,
        "days": days,
        "form": form,
    }
    return render(request, "settings/your_data.html", details, status=status)


def _show_person(
    request: FirmRequest, asked: list[str], typed: TypedForm, *, status: int = 200
) -> HttpResponse:
    erasure = preview_erasure(workspace=request.membership.workspace, asked=asked, now=timezone.now())
    if erasure.is_nothing and not erasure.obstacles:
        form = AboutForm({"about": "\n".join(asked)})
        form.add_error("about", "Nothing is known about them.")
        return _show(request, form, status=422)
    details = {"asked": asked, "about": "\n".join(asked), "erasure": erasure, "form": typed}
    return render(request, "settings/one_person.html", details, status=status)
