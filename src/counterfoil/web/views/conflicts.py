"""Contact fields in two ways: what differs and who decides, and switching it on and off (K16)."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from counterfoil.domain.agreeing import AtFirst
from counterfoil.domain.ownership import FIELD_BY_NAME
from counterfoil.features.two_way import deciding, switching
from counterfoil.features.two_way.models import Difference
from counterfoil.features.two_way.queries import (
    Show,
    count_asked_together,
    count_differences,
    is_two_way,
    list_differences,
    list_sending,
)
from counterfoil.features.two_way.tasks import request_comparing
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Organisation
from counterfoil.sync.app import get_addresses
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.paging import read_choice, read_number
from counterfoil.web.requests import FirmRequest


@require_GET
@for_firm
def show_conflicts(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show one page of the fields that differ, those that wait longest first."""
    organisation = get_current(request)
    if organisation is None or request.standing is None:
        return render(request, "conflicts/not_connected.html")
    show, now = read_choice(request.GET, "show", Show.TO_DECIDE), timezone.now()
    field = _read_field(request.GET) if show is Show.TO_DECIDE else ""
    after = read_number(request.GET, "after") or 0
    tally = count_differences(organisation)
    addresses, short_code = get_addresses(), request.standing.short_code
    details = {
        "organisation": organisation,
        "show": show,
        "field": FIELD_BY_NAME.get(field),
        "tally": tally,
        "tabs": [
            (Show.TO_DECIDE, "To decide", tally.to_decide),
            (Show.SENDING, "On their way", tally.sending),
            (Show.BLOCKED, "Cannot be sent", tally.blocked),
            (Show.DECIDED, "Decided", None),
        ],
        "read_at": now.isoformat(),
        "is_on": is_two_way(organisation),
    }
    if show is Show.SENDING:
        details["sending"], details["next_after"] = list_sending(organisation, after=after)
    else:
        rows, details["next_after"] = list_differences(organisation, show=show, field=field, after=after)
        details["rows"] = [(row, addresses.contact_page(short_code, row.contact_id)) for row in rows]
        details["together"] = count_asked_together(organisation, field) if field else 0
    return render(request, "conflicts/conflicts.html", details)


@require_POST
@for_people_who_may(Permission.WORK)
def decide(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Choose ours, Xero's, something else or neither, for one field or one kind of field, or take it back."""
    organisation = get_current(request)
    assert organisation is not None
    acts: dict[str, Callable[[FirmRequest, Organisation], str]] = {
        **dict.fromkeys(Difference.Choice.values, _decide_one),
        **dict.fromkeys(("all-ours", "all-theirs"), _decide_all),
        "undo": _undo,
    }
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        messages.error(request, "Nothing was chosen to be done.")
    else:
        _tell(request, organisation, act)
    field = _read_field(request.POST)
    return redirect(reverse("conflicts", args=[organisation.pk]) + (f"?field={field}" if field else ""))


@require_GET
@for_firm
def show_contact_fields(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show whether contact fields go both ways, and what would happen if they did."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "conflicts/not_connected.html")
    choice = switching.describe_choice(organisation)
    is_on = choice is not None and choice.is_on
    # Once everything flows there is nothing to preview, but for a plan that waits for a person.
    needs_preview = not is_on or (choice is not None and choice.stopped_at is not None)
    return render(
        request,
        "conflicts/contact_fields.html",
        {
            "organisation": organisation,
            "choice": choice,
            "is_on": is_on,
            "preview": switching.preview(organisation) if needs_preview else None,
            "ways": AtFirst,
        },
    )


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def switch(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Switch two-way contact fields on or off, or agree to a plan that was stopped."""
    organisation, now = get_current(request), timezone.now()
    assert organisation is not None
    match request.POST.get("act"):
        case "on":
            at_first = read_choice(request.POST, "at_first", AtFirst.ASK)
            switching.switch_on(organisation, at_first=at_first, by=request.user, now=now)
            request_comparing(organisation_id=organisation.pk)
            messages.success(
                request, "Contact fields go both ways from now on. Both sides are being compared."
            )
        case "off":
            switching.switch_off(organisation, by=request.user, now=now)
            messages.success(request, "Each side goes its own way from now on. Both keep what they have.")
        case "agree":
            _agree(request, organisation, now)
        case _:
            messages.error(request, "Nothing was chosen to be done.")
    return redirect("contact_fields", organisation.pk)


def _agree(request: FirmRequest, organisation: Organisation, now: datetime) -> None:
    try:
        changed = switching.agree_to_plan(
            organisation, fingerprint=request.POST.get("plan", ""), by=request.user, now=now
        )
        messages.success(request, f"Done: {changed} changed.")
    except switching.PlanChanged as problem:
        messages.warning(request, str(problem))


def _tell(
    request: FirmRequest, organisation: Organisation, act: "Callable[[FirmRequest, Organisation], str]"
) -> None:
    try:
        messages.success(request, act(request, organisation))
    except ValidationError as problem:
        messages.warning(request, f"{' '.join(problem.messages)} Nothing was changed.")
    except (
        deciding.NotAsSeen,
        deciding.OnItsWay,
        deciding.NothingToUndo,
        deciding.CannotUndo,
    ) as problem:
        messages.warning(request, str(problem))


def _decide_one(request: FirmRequest, organisation: Organisation) -> str:
    choice = request.POST["act"]
    [row] = deciding.decide(
        organisation,
        difference_ids=[read_number(request.POST, "difference") or 0],
        choice=choice,
        value=request.POST.get("value", ""),
        seen=request.POST.get("seen", ""),
        by=request.user,
        now=timezone.now(),
    )
    return f"{FIELD_BY_NAME[row.field].label}: {_SAID[choice]}"


def _decide_all(request: FirmRequest, organisation: Organisation) -> str:
    choice = request.POST["act"].removeprefix("all-")
    until = parse_datetime(request.POST.get("read_at", ""))
    field = _read_field(request.POST)
    if until is None or not until.tzinfo or not field:
        raise deciding.NotAsSeen
    count = deciding.decide_all(
        organisation, field=field, choice=choice, until=until, by=request.user, now=timezone.now()
    )
    return f"{FIELD_BY_NAME[field].label} of {count}: {_SAID[choice]}"


def _undo(request: FirmRequest, organisation: Organisation) -> str:
    rows = deciding.undo_last(organisation, by=request.user, now=timezone.now())
    what = FIELD_BY_NAME[rows[0].field].label
    return f"Taken back: {what}{f' and {len(rows) - 1} more' if len(rows) > 1 else ''}."


_SAID = {
    "ours": "ours is kept, and is on its way to Xero.",
    "theirs": "Xero’s is taken over.",
    "edited": "saved here, and on its way to Xero.",
    "apart": "both stay as they are, and are asked about no more.",
}


def _read_field(query: QueryDict) -> str:
    field = query.get("field", "")
    return field if field in FIELD_BY_NAME else ""
