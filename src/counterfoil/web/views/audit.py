"""The audit log of the firm: to read, to search, and to take along."""

from collections.abc import Iterator
from typing import Any

from django.http import FileResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from counterfoil.features.workspaces.audit import (
    AREAS,
    AuditQuestion,
    describe_act,
    iterate_entries,
    list_entries,
)
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.web.downloads import FORMS, write_file
from counterfoil.web.guards import for_people_who_may
from counterfoil.web.paging import read_day, read_number, read_search
from counterfoil.web.requests import FirmRequest

_COLUMNS = ("number", "at", "who", "act", "done", "what")


@require_GET
@for_people_who_may(Permission.SEE_AUDIT_LOG)
def show_audit_log(request: FirmRequest) -> HttpResponseBase:
    """Show who did what, latest first, one page at a time; `form` sends all of it as a file."""
    question, form = _read_question(request.GET), request.GET.get("form", "")
    if form in FORMS:
        return _send(request.membership.workspace_id, question, form)
    page = list_entries(
        workspace_id=request.membership.workspace_id,
        before=read_number(request.GET, "before"),
        question=question,
    )
    rows = [(entry, describe_act(entry.act)) for entry in page.entries]
    shown = {
        "rows": rows,
        "next_before": page.next_before,
        "is_later_page": bool(request.GET.get("before")),
        "question": question,
        "areas": AREAS.items(),
    }
    return render(request, "settings/audit.html", shown)


def _read_question(query: QueryDict) -> AuditQuestion:
    area = query.get("area", "")
    return AuditQuestion(
        area=area if area in AREAS else "",
        search=read_search(query),
        first=read_day(query, "first"),
        last=read_day(query, "last"),
    )


def _send(workspace_id: int, question: AuditQuestion, form: str) -> FileResponse:
    file = write_file(_COLUMNS, _list_rows(workspace_id, question), form=form)
    return FileResponse(file, as_attachment=True, filename=f"audit-log.{form}")


def _list_rows(workspace_id: int, question: AuditQuestion) -> Iterator[tuple[Any, ...]]:
    for one in iterate_entries(workspace_id=workspace_id, question=question):
        yield one.pk, one.at, one.who_name, one.act, describe_act(one.act), one.what
