"""The audit log of the firm."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from counterfoil.features.workspaces.audit import describe_act, list_entries
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.web.guards import for_people_who_may
from counterfoil.web.requests import FirmRequest


@require_GET
@for_people_who_may(Permission.SEE_AUDIT_LOG)
def show_audit_log(request: FirmRequest) -> HttpResponse:
    """Show who did what, latest first, one page at a time."""
    before = request.GET.get("before", "")
    page = list_entries(
        workspace_id=request.membership.workspace_id,
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
    )
    rows = [(entry, describe_act(entry.act)) for entry in page.entries]
    return render(request, "settings/audit.html", {"rows": rows, "page": page, "is_later_page": bool(before)})
