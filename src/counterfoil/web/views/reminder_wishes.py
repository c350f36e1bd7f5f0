"""Who wants messages and who does not: looking a person up, noting what they said, files in and out."""

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from counterfoil.domain.csvfile import LONGEST_FILE, NotATable
from counterfoil.features.reminding import ledger_files, one_person, wishing
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.web.downloads import FORMS, read_form, write_file
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.paging import read_number
from counterfoil.web.reminding import describe_top, get_organisation
from counterfoil.web.requests import FirmRequest
from counterfoil.web.wishforms import FileForm, LookForm, WishForm

_NAMED = 5


@require_GET
@for_firm
def show_wishes(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """List what people said, the latest first, and the forms to look somebody up and to note."""
    if get_current(request) is None:
        return render(request, "reminders/not_connected.html")
    return _render(request)


@never_cache
@require_POST
@for_firm
def look_up(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Show what is known of a number or address; it is posted, so that no address of a page holds it."""
    form, organisation = LookForm(request.POST, auto_id="look_%s"), get_organisation(request)
    if not form.is_valid():
        return _render(request, look=form, status=422)
    try:
        found = wishing.read_address(organisation, form.cleaned_data["address"], now=timezone.now())
    except wishing.NoAddress as problem:
        form.add_error("address", str(problem))
        return _render(request, look=form, status=422)
    return _render(request, look=form, found=found, words=wishing.list_words(organisation, found))


@require_POST
@for_people_who_may(Permission.WORK)
def note(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Note what somebody said to a person here."""
    form, organisation, now = WishForm(request.POST), get_organisation(request), timezone.now()
    if not form.is_valid():
        return _render(request, note=form, status=422)
    said = form.cleaned_data
    try:
        somebody = wishing.read_address(organisation, said["address"], now=now)
    except wishing.NoAddress as problem:
        form.add_error("address", str(problem))
        return _render(request, note=form, status=422)
    wish = wishing.Wish(
        act=said["act"],
        at=min(datetime.combine(said["day"], time(12), tzinfo=timezone.get_current_timezone()), now),
        note=said["note"],
        basis=said["basis"],
        shown=said["shown"],
        is_for_all=said["is_for_all"],
    )
    wishing.note_wish(organisation, somebody, wish, by=request.user, now=now)
    messages.success(request, "Noted. It holds from now on.")
    return redirect("reminder_wishes", organisation.pk)


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def take_file(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Note what a file says."""
    form, organisation = FileForm(request.POST, request.FILES, auto_id="file_%s"), get_organisation(request)
    if not form.is_valid():
        return _render(request, file=form, status=422)
    given = form.cleaned_data["file"]
    if given.size > LONGEST_FILE:
        form.add_error("file", "The file is larger than 20 MB.")
        return _render(request, file=form, status=422)
    try:
        taken = ledger_files.take_file(
            organisation,
            given.read(),
            is_for_all=form.cleaned_data["is_for_all"],
            by=request.user,
            now=timezone.now(),
        )
    except NotATable as refused:
        form.add_error("file", str(refused))
        return _render(request, file=form, status=422)
    said = f"{taken.noted:,} noted, {taken.known:,} known before"
    said += f", {taken.older:,} older than what is known" if taken.older else ""
    messages.success(request, f"{said}.")
    for problem in taken.problems[:_NAMED]:
        messages.warning(request, problem)
    if len(taken.problems) > _NAMED:
        messages.warning(request, f"{len(taken.problems) - _NAMED:,} more lines were not taken.")
    return redirect("reminder_wishes", organisation.pk)


@require_GET
@for_people_who_may(Permission.CONFIGURE)
def export(request: FirmRequest, organisation_id: int) -> HttpResponseBase:
    """Hand the ledger over as a file: people as digests, no number and no address."""
    organisation, now = get_organisation(request), timezone.now()
    form = read_form(request.GET)
    file = write_file(ledger_files.COLUMNS, ledger_files.write_rows(organisation, now=now), form=form)
    wishing.note_export(organisation, by=request.user, now=now)
    return FileResponse(file, as_attachment=True, filename=f"wishes-{now:%Y-%m-%d}.{form}")


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def export_everything(request: FirmRequest, organisation_id: int) -> HttpResponseBase:
    """Hand over everything about one person, for a complaint or a question."""
    form, organisation, now = (
        LookForm(request.POST, auto_id="look_%s"),
        get_organisation(request),
        timezone.now(),
    )
    if not form.is_valid():
        return _render(request, look=form, status=422)
    try:
        found = wishing.read_address(organisation, form.cleaned_data["address"], now=now)
    except wishing.NoAddress as problem:
        form.add_error("address", str(problem))
        return _render(request, look=form, status=422)
    rows = one_person.list_everything(organisation, found)
    kind = read_form(request.POST)
    file = write_file(one_person.COLUMNS, rows, form=kind)
    wishing.note_export(organisation, by=request.user, now=now)
    return FileResponse(file, as_attachment=True, filename=f"messages-{now:%Y-%m-%d}.{kind}")


def _render(
    request: FirmRequest,
    *,
    look: LookForm | None = None,
    note: WishForm | None = None,
    file: FileForm | None = None,
    status: int = 200,
    **details: Any,
) -> HttpResponse:
    organisation = get_organisation(request)
    rows, before = wishing.list_latest(organisation, before=read_number(request.GET, "before"))
    today = timezone.localdate()
    return render(
        request,
        "reminders/wishes.html",
        {
            "rows": rows,
            "before": before,
            "forms": FORMS.items(),
            "look": look or LookForm(auto_id="look_%s"),
            "note": note or WishForm(initial={"day": today}),
            "file": file or FileForm(auto_id="file_%s"),
            "may_configure": request.membership.may(Permission.CONFIGURE),
            **details,
            **describe_top(organisation),
        },
        status=status,
    )
