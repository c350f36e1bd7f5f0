"""Activity › Changes: the change log by time, and what has changed in a period that is closed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from counterfoil.features.connections.queries import Standing
from counterfoil.features.history.activity import (
    ChangeQuestion,
    LoggedChange,
    Place,
    find_contact_name,
    find_lock_date,
    iterate_changes,
)
from counterfoil.features.history.activity import list_changes as find_changes
from counterfoil.features.history.past import find_watched_since
from counterfoil.features.history.restated import Period, Restated, list_restated, sum_effects
from counterfoil.mirror.models import Change, Run
from counterfoil.sync.streams import STREAM_BY_NAME, STREAMS
from counterfoil.web.downloads import read_form, write_file
from counterfoil.web.guards import for_firm, get_current
from counterfoil.web.requests import FirmRequest

_SHOWN = 200
_LOG_COLUMNS = (
    "learnt_at", "kind", "record_kind", "record", "contact", "what_changed", "effects", "brought_by", "dated",
    "locked_period", "xero_id",
)  # fmt: skip
_CLOSED_COLUMNS = (
    "kind", "record", "contact", "dated_then", "dated_now", "currency", "counted_then", "counted_now",
    "effect",
    "what_changed", "locked_period", "xero_id",
)  # fmt: skip


@require_GET
@for_firm
def list_changes(request: FirmRequest, organisation_id: int | None = None) -> HttpResponseBase:
    """Show a page of the log; everything asked for is in the address. `form` gives all of it as a file."""
    organisation, standing = get_current(request), request.standing
    if organisation is None or standing is None:
        return render(request, "activity/not_connected.html")
    question = _read_question(request.GET, standing)
    base = standing.profile.base_currency if standing.profile else ""
    if "form" in request.GET:
        found = iterate_changes(organisation, question, base=base)
        return _send("changes", _LOG_COLUMNS, map(_write_change, found), form=read_form(request.GET))
    page = find_changes(organisation, question, base=base)
    return render(
        request,
        "activity/changes.html",
        {
            "organisation": organisation,
            "question": question,
            "page": page,
            "streams": STREAMS,
            "kinds": Change.Kind,
            "runs": Run.Kind,
            "contact_name": find_contact_name(organisation, question.contact_id),
            "since": request.GET.get("since", "") if question.since else "",
            "until": request.GET.get("until", "") if question.until else "",
        },
    )


@require_GET
@for_firm
def show_closed(request: FirmRequest, organisation_id: int | None = None) -> HttpResponseBase:
    """Show what has changed since a moment in documents dated in a period, with the effect in money."""
    organisation, standing = get_current(request), request.standing
    if organisation is None or standing is None:
        return render(request, "activity/not_connected.html")
    period, problem = _read_period(request.GET, standing)
    watched_since = find_watched_since(organisation)
    is_unknown = watched_since is None or period.since < watched_since
    base = standing.profile.base_currency if standing.profile else ""
    found = [] if is_unknown else list_restated(organisation, period, base=base)
    if "form" in request.GET:
        rows = map(_write_restated, found)
        return _send("closed-period", _CLOSED_COLUMNS, rows, form=read_form(request.GET))
    return render(
        request,
        "activity/closed.html",
        {
            "organisation": organisation,
            "period": period,
            "problem": problem,
            "found": found[:_SHOWN],
            "count": len(found),
            "effects": sum_effects(found),
            "watched_since": watched_since,
            "first_minute": _round_up(watched_since) if watched_since else None,
            "is_unknown": is_unknown,
            "locked": find_lock_date(organisation),
            "is_asked": "since" in request.GET,
            "as_file": urlencode(
                {
                    "dated_from": period.first.isoformat(),
                    "dated_to": period.last.isoformat(),
                    "since": f"{period.since.astimezone(standing.zone):%Y-%m-%dT%H:%M}",
                }
            ),
        },
    )


def _round_up(moment: datetime) -> datetime:
    """Return the next whole minute: the field of the page knows no seconds."""
    return (moment + timedelta(seconds=59, microseconds=999_999)).replace(second=0, microsecond=0)


def _read_question(query: QueryDict, standing: Standing) -> ChangeQuestion:
    stream, kind, brought_by = query.get("stream", ""), query.get("kind", ""), query.get("by", "")
    return ChangeQuestion(
        stream=stream if stream in STREAM_BY_NAME else "",
        kind=kind if kind in Change.Kind.values else "",
        contact_id=query.get("contact", "")[:50],
        brought_by=brought_by if brought_by in Run.Kind.values else "",
        moves_money=query.get("money") == "1",
        since=_read_moment(query.get("since", ""), standing),
        until=_read_moment(query.get("until", ""), standing),
        after=_read_place(query),
    )


def _read_moment(text: str, standing: Standing) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=standing.zone)


def _read_place(query: QueryDict) -> Place | None:
    number = query.get("after", "")
    if not (number.isdecimal() and len(number) < 19):
        return None
    try:
        return Place(datetime.fromisoformat(query.get("after_at", "")).astimezone(UTC), int(number))
    except ValueError:
        return None


def _read_period(query: QueryDict, standing: Standing) -> tuple[Period, str]:
    """Return the period asked for; without one, last month, looked at since its end."""
    today = timezone.localtime(timezone.now(), standing.zone).date()
    last = today.replace(day=1) - timedelta(days=1)
    usual = Period(
        first=last.replace(day=1),
        last=last,
        since=datetime.combine(last + timedelta(days=1), time(), tzinfo=standing.zone),
    )
    try:
        first = date.fromisoformat(query.get("dated_from") or usual.first.isoformat())
        final = date.fromisoformat(query.get("dated_to") or usual.last.isoformat())
    except ValueError:
        return usual, "These days could not be read; last month is shown."
    if first > final:
        return usual, "The first day comes after the last; last month is shown."
    since = _read_moment(query.get("since", ""), standing)
    if query.get("since") and since is None:
        return usual, "That moment could not be read; last month is shown."
    return Period(first, final, since or usual.since), ""


def _send(name: str, columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]], *, form: str) -> FileResponse:
    return FileResponse(write_file(columns, rows, form=form), as_attachment=True, filename=f"{name}.{form}")


def _write_change(one: LoggedChange) -> tuple[Any, ...]:
    logged, record = one.logged, one.record
    return (
        timezone.localtime(logged.at), logged.kind.label, STREAM_BY_NAME[logged.stream].title, record.title,
        record.contact, one.told, "; ".join(one.effects), logged.why, record.day, _say(one.is_locked),
        logged.xero_id,
    )  # fmt: skip


def _write_restated(one: Restated) -> tuple[Any, ...]:
    return (
        one.kind, one.title, one.contact, one.day_then, one.day_now, one.currency, one.counted_then,
        one.counted_now, one.effect, one.told, _say(one.is_locked), one.xero_id,
    )  # fmt: skip


def _say(is_so: bool) -> str:
    return "yes" if is_so else "no"
