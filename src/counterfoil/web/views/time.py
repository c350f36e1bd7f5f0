"""Time, units and expenses: listed, entered by the week or one by one, and what an hour is worth."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from counterfoil.features.billing import worked
from counterfoil.features.billing.entered import (
    Place,
    Question,
    Show,
    iterate_entered,
    list_entered,
    list_people,
    list_roles,
    read_week,
)
from counterfoil.features.billing.models import TimeEntry
from counterfoil.features.billing.refusing import NotPossible
from counterfoil.features.clients.models import Client
from counterfoil.features.workspaces.audit import name_person
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.web.downloads import read_form, write_file
from counterfoil.web.entering import KINDS, Kind, TimeForm, read_clock
from counterfoil.web.guards import for_firm, for_people_who_may
from counterfoil.web.paging import read_choice, read_day
from counterfoil.web.paging import read_number as read_key
from counterfoil.web.requests import FirmRequest
from counterfoil.web.typed import is_billable_day, read_number

_TABS = [(Show.ALL, "All"), (Show.UNBILLED, "Not billed"), (Show.BILLED, "Billed")]


@require_GET
@for_firm
def show_entered(request: FirmRequest, *, kind: str) -> HttpResponse:
    """List one page of hours, units or expenses, the latest day first."""
    what, question = KINDS[kind], _read_question(request.GET)
    page = list_entered(what.model, question, after=_read_place(request.GET))
    chosen = Client.objects.filter(pk=question.client_id).first() if question.client_id else None
    return render(
        request,
        "time/entered.html",
        {
            "kind": what,
            "kinds": list(KINDS.values()),
            "page": page,
            "question": question,
            "client": chosen,
            "people": list_people() if kind == "hours" else (),
            "tabs": _TABS,
        },
    )


@require_GET
@for_firm
def export_entered(request: FirmRequest, *, kind: str) -> HttpResponseBase:
    """Send every entry of the list as it is filtered, with columns that an import understands again."""
    what, form = KINDS[kind], read_form(request.GET)
    rows = (what.say(one) for one in iterate_entered(what.model, _read_question(request.GET)))
    file = write_file(what.columns, rows, form=form)
    return FileResponse(file, as_attachment=True, filename=f"{what.title.lower()}.{form}")


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def add_entry(request: FirmRequest, *, kind: str) -> HttpResponse:
    """Write down hours, units or an expense."""
    what = KINDS[kind]
    record: Any = what.model(workspace_id=request.membership.workspace_id)
    initial = {
        "day": timezone.now().date(),
        "who": name_person(request.user),
        "client": read_key(request.GET, "client"),
        "is_billable": True,
    }
    form = what.form(request.POST if request.method == "POST" else None, instance=record, initial=initial)
    if form.is_valid():
        worked.enter(record, fields=form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, "Written down.")
        again = request.POST.get("act") == "again"
        return redirect(what.add_page if again else what.page)
    return _show_form(request, what, form, f"New {what.noun}")


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def edit_entry(
    request: FirmRequest, *, kind: str, time_id: int = 0, expense_id: int = 0, count_id: int = 0
) -> HttpResponse:
    """Change what was written down, until it is billed."""
    what = KINDS[kind]
    record: Any = get_object_or_404(what.model, pk=time_id or expense_id or count_id)
    if record.billed_by_id is not None:
        messages.info(request, str(worked.EntryBilled(record.day)))
        return redirect(what.page)
    form = what.form(request.POST if request.method == "POST" else None, instance=record)
    if form.is_valid():
        try:
            worked.change(record, fields=form.cleaned_data)
        except NotPossible as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, "Kept.")
        return redirect(what.page)
    return _show_form(request, what, form, f"Edit {what.noun}", record=record)


@require_POST
@for_people_who_may(Permission.WORK)
def delete_entry(
    request: FirmRequest, *, kind: str, time_id: int = 0, expense_id: int = 0, count_id: int = 0
) -> HttpResponse:
    """Take away what was written down."""
    what = KINDS[kind]
    record: Any = get_object_or_404(what.model, pk=time_id or expense_id or count_id)
    try:
        worked.remove(record)
    except NotPossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "Taken away.")
    return redirect(what.page)


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def show_week(request: FirmRequest) -> HttpResponse:
    """Show somebody's week, a row for each piece of work, and keep what is typed into its cells."""
    given = request.POST if request.method == "POST" else request.GET
    day = read_day(given, "day")
    day = day if day and is_billable_day(day) else timezone.now().date()
    who = given.get("who", "").strip()[:255] or name_person(request.user)
    week = read_week(who, day=day)
    problems: list[str] = []
    form = TimeForm(_as_entry(request.POST, who, week.monday) if request.method == "POST" else None)
    if request.method == "POST":
        problems = _save_week(request, form, week.days)
        if not problems:
            messages.success(request, "The week is kept.")
            return redirect(f"{reverse('week')}?day={week.monday.isoformat()}&who={who}")
    return render(
        request,
        "time/week.html",
        {
            "week": week,
            "before": week.monday - timedelta(days=7),
            "after": week.monday + timedelta(days=7),
            "form": form,
            "typed": request.POST,
            "new_days": [
                (place, one, request.POST.get(f"day-{place}", "")) for place, one in enumerate(week.days)
            ],
            "problems": problems,
            "people": list_people(),
            "roles": list_roles(),
        },
        status=422 if problems else 200,
    )


def _save_week(request: FirmRequest, form: TimeForm, days: list[date]) -> list[str]:
    """Keep the cells and the new row, all or nothing; return what is wrong."""
    problems: list[str] = []
    changes = []
    for name, text in request.POST.items():
        kind, _, rest = name.partition("-")
        if kind not in ("hours", "cell"):
            continue
        key, _, day = rest.partition("-")
        place = int(day) if day.isdecimal() and len(day) == 1 and int(day) < 7 else None
        if not key.isdecimal() or len(key) > 17 or place is None:
            continue
        hours = _read_hours(str(text), problems)
        entry_id, like_id = (int(key), None) if kind == "hours" else (None, int(key))
        changes.append(worked.CellChange(days[place], hours, entry_id, like_id))
    fresh = [
        (days[place], hours)
        for place in range(7)
        if (hours := _read_hours(request.POST.get(f"day-{place}", ""), problems)) is not None
    ]
    if fresh and not form.is_valid():
        problems += [str(error) for errors in form.errors.values() for error in errors]
    if problems:
        return list(dict.fromkeys(problems))
    try:
        worked.save_week(
            changes,
            rows=[form.cleaned_data | {"day": day, "hours": hours} for day, hours in fresh],
            workspace_id=request.membership.workspace_id,
            by=request.user,
            now=timezone.now(),
        )
    except NotPossible as problem:
        return [str(problem)]
    except ValidationError as problem:
        return list(problem.messages)
    return []


def _read_hours(text: str, problems: list[str]) -> Decimal | None:
    try:
        return read_number(read_clock(text), places=2)
    except ValueError as problem:
        problems.append(str(problem))
        return None


def _as_entry(posted: QueryDict, who: str, day: date) -> QueryDict:
    """Return the new row of a week as the form of one entry has it."""
    data = posted.copy()
    data["who"], data["day"], data["hours"] = who, day.isoformat(), "1"
    return data


def _show_form(
    request: FirmRequest, what: Kind, form: Any, title: str, *, record: TimeEntry | None = None
) -> HttpResponse:
    return render(
        request,
        "time/form.html",
        {
            "kind": what,
            "form": form,
            "title": title,
            "record": record,
            "roles": list_roles() if what.key == "hours" else (),
        },
        status=422 if form.errors else 200,
    )


def _read_question(query: QueryDict) -> Question:
    return Question(
        show=read_choice(query, "show", Show.ALL),
        client_id=read_key(query, "client"),
        who=query.get("who", "").replace("\x00", "")[:255],
        first_day=read_day(query, "from"),
        last_day=read_day(query, "to"),
    )


def _read_place(query: QueryDict) -> Place | None:
    pk, day = read_key(query, "after"), read_day(query, "after_day")
    return Place(day, pk) if pk is not None and day is not None else None
