"""The quarantine: what could not be read, as Xero sent it, and trying again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.connections.quarantine import list_quarantine, try_again
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.sync.streams import STREAM_BY_NAME
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.requests import FirmRequest


@require_GET
@for_firm
def show_quarantine(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show the records that could not be read, of one kind or of all."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "activity/not_connected.html")
    asked, before = request.GET.get("stream", ""), request.GET.get("before", "")
    stream = asked if asked in STREAM_BY_NAME else ""
    page = list_quarantine(
        organisation, stream=stream, before=int(before) if before.isdecimal() and len(before) < 18 else None
    )
    details = {"organisation": organisation, "page": page, "stream": stream}
    return render(request, "activity/quarantine.html", details)


@require_POST
@for_people_who_may(Permission.WORK)
def read_again(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Ask for one record, or all, to be read again, and go back to the quarantine."""
    organisation, record = get_current(request), request.POST.get("record", "")
    assert organisation is not None
    count = try_again(
        organisation, record_id=int(record) if record.isdecimal() and len(record) < 18 else None
    )
    if count:
        what = "1 record is" if count == 1 else f"{count:,} records are"
        messages.success(
            request, f"{what} being read from Xero again; what can be read now leaves quarantine."
        )
    else:
        messages.warning(request, "Nothing here can be asked for by its id; the next daily check reads it.")
    return redirect("quarantine", organisation_id)
