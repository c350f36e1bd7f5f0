"""Connecting an organisation: the page before Xero, the answer from Xero, the choice after it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import structlog
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from counterfoil.features.connections.operations import (
    OrganisationVanished,
    WrongOrganisation,
    accept_consent,
    connect_organisation,
    list_choices,
    start_connecting,
)
from counterfoil.mirror.models import Grant, Organisation
from counterfoil.sync.app import AppNotConfigured, find_app, get_redirect_uri
from counterfoil.sync.connecting import OnlyOneOrganisation, list_excess, list_gaps
from counterfoil.web.connection_forms import ConsentForm
from counterfoil.web.consents import (
    PendingConsent,
    find_answered,
    find_consent,
    forget_consent,
    remember_consent,
    settle_consent,
)
from counterfoil.web.guards import for_connectors, get_current, speaks_to_xero, within_firm
from counterfoil.web.reading import WRITINGS, list_readings
from counterfoil.web.requests import FirmRequest
from counterfoil.xero.consent import ConsentCancelled, ConsentNotGiven, StateMismatch, parse_callback
from counterfoil.xero.errors import AppRefused, ConsentLost, XeroBroken, XeroBusy, XeroError, XeroUnreachable
from counterfoil.xero.scopes import Write, describe_scope

log = structlog.get_logger(__name__)


@never_cache
@require_http_methods(["GET", "POST"])
@for_connectors
def set_up(request: FirmRequest) -> HttpResponse:
    """Show what will be read, and written, and why; the button goes to Xero."""
    asked = ConsentForm(request.POST if request.method == "POST" else request.GET)
    organisation = _find_organisation(asked.organisation_id)
    if request.method == "POST" and not asked.is_unanswered:
        try:
            question = start_connecting(workspace_id=request.membership.workspace_id, writes=asked.writes)
        except AppNotConfigured:
            return redirect("setting_up")
        remember_consent(
            request.session,
            question,
            writes=asked.writes,
            organisation_id=organisation.pk if organisation else None,
            workspace_id=request.membership.workspace_id,
            now=timezone.now(),
        )
        return redirect(question.address)
    if request.method == "GET" and organisation is not None:
        asked.begin_with(organisation.connection.writes)
    app = find_app(request.membership.workspace_id)
    return render(
        request,
        "connecting/setting_up.html",
        {
            "asked": asked,
            "about": organisation,
            "other": None if organisation else _find_only_one(request),
            "readings": list_readings(asked.writes, broad=app is not None and app.is_broad),
            "writings": WRITINGS,
            "is_configured": app is not None,
            "app": app,
            "is_reconnecting": organisation is not None and organisation.connection.needs_attention,
        },
        status=422 if request.method == "POST" else 200,
    )


@never_cache
@require_GET
@for_connectors
@speaks_to_xero
def receive(request: FirmRequest) -> HttpResponse:
    """Take Xero's answer; a code is exchanged once, however often this page is loaded."""
    now, state = timezone.now(), request.GET.get("state", "")
    asked = find_consent(request.session, state, workspace_id=request.membership.workspace_id, now=now)
    if asked is not None and asked["grant"] is not None:
        return redirect("choose", asked["grant"])
    try:
        if asked is None:
            parse_callback(request.GET.dict(), "")  # nothing was asked: says why it is refused
            raise StateMismatch
        grant = accept_consent(
            request.GET.dict(),
            client_id=asked["client_id"],
            state=state,
            verifier=asked["verifier"],
            asked_scopes=asked["asked_scopes"],
            workspace_id=request.membership.workspace_id,
            now=now,
        )
    except XeroError as error:
        if not _may_pass(error):
            forget_consent(request.session, state, now=now)
        return _explain(request, error, again=_ask_again(asked) if asked else "")
    settle_consent(request.session, state, grant_id=grant.pk, now=now)
    return redirect("choose", grant.pk)


@never_cache
@require_http_methods(["GET", "POST"])
@for_connectors
@speaks_to_xero
def choose(request: FirmRequest, grant_id: int) -> HttpResponse:
    """Let the person choose and confirm the organisation; never choose for them (T19, K4)."""
    asked = find_answered(request.session, grant_id, now=timezone.now())
    with within_firm(request):
        grant = Grant.objects.filter(pk=grant_id).first()
        expected = _find_organisation(asked["organisation"]) if asked else None
    if grant is None or asked is None:
        return _explain(request, StateMismatch())
    writes = frozenset(Write(write) for write in asked["writes"])
    choosing = _Choosing(grant, expected, writes, again=_ask_again(asked))
    try:
        if request.method == "POST" and (tenant_id := request.POST.get("tenant")):
            organisation = connect_organisation(
                grant,
                tenant_id=tenant_id,
                who=request.user,
                writes=choosing.writes,
                expected=expected,
                now=timezone.now(),
            )
            messages.success(request, f"{organisation.name} is connected. Its records are on their way.")
            return redirect("dashboard", organisation.pk)
        return _show_choices(request, choosing, is_unanswered=request.method == "POST")
    except (OrganisationVanished, OnlyOneOrganisation, WrongOrganisation) as refused:
        return _show_choices(request, choosing, problem=str(refused))
    except XeroError as error:
        return _explain(request, error, again=choosing.again)


@dataclass(frozen=True)
class _Choosing:
    """What the person has been in Xero for, and where the same is asked once more."""

    grant: Grant
    expected: Organisation | None
    writes: frozenset[Write]
    again: str


def _ask_again(asked: PendingConsent) -> str:
    """Return where the same is asked once more, as when another organisation is to be chosen in Xero."""
    same: dict[str, object] = {"mode": "two_way", "write": asked["writes"]} if asked["writes"] else {}
    if asked["organisation"]:
        same = {"mode": "read_only"} | same | {"organisation": asked["organisation"]}
    return f"{reverse('setting_up')}?{urlencode(same, doseq=True)}".removesuffix("?")


def _find_organisation(organisation_id: int | None) -> Organisation | None:
    if organisation_id is None:
        return None
    organisations = Organisation.objects.filter(connection__isnull=False)
    return organisations.select_related("connection__grant").filter(pk=organisation_id).first()


def _find_only_one(request: FirmRequest) -> Organisation | None:
    """Return the organisation beside which this firm takes no other (T20)."""
    return get_current(request) if request.membership.workspace.holds_one_organisation else None


def _show_choices(
    request: FirmRequest, choosing: _Choosing, *, problem: str = "", is_unanswered: bool = False
) -> HttpResponse:
    try:
        choices = list_choices(choosing.grant, now=timezone.now())
    except XeroError as error:
        return _explain(request, error, again=choosing.again)
    if is_unanswered and choices:
        problem = "Choose an organisation first, then confirm."
    expected = choosing.expected
    others = [choice.name for choice in choices if expected and choice.tenant_id != expected.tenant_id]
    if expected is not None:
        choices = [choice for choice in choices if choice.tenant_id == expected.tenant_id]
    with within_firm(request):
        return render(
            request,
            "connecting/choose.html",
            {
                "grant": choosing.grant,
                "expected": expected,
                "others": others,
                "choices": choices,
                "problem": problem,
                "again": choosing.again,
                "writes": [writing for writing in WRITINGS if writing.write in choosing.writes],
                "gaps": [describe_scope(scope) for scope in list_gaps(choosing.grant)],
                "excess": [describe_scope(scope) for scope in list_excess(choosing.grant)],
            },
            status=409 if problem else 200,
        )


def _may_pass(error: XeroError) -> bool:
    """Say whether the same answer may still be exchanged: Xero was away, so nothing was decided."""
    return isinstance(error, XeroUnreachable | XeroBroken | XeroBusy)


def _explain(request: FirmRequest, error: XeroError, *, again: str = "") -> HttpResponse:
    """Show what happened, in Xero's words and ours, and the one thing to do next."""
    log.info("consent did not succeed", kind=type(error).__name__, error=str(error))
    details: dict[str, Any] = {
        "error": error,
        "title": _title(error),
        "can_retry": _may_pass(error),
        "is_for_operator": isinstance(error, AppRefused),
        "redirect_uri": get_redirect_uri(),
        "again": again or reverse("setting_up"),
    }
    with within_firm(request):
        return render(request, "connecting/not_connected.html", details, status=_status(error))


def _title(error: XeroError) -> str:
    match error:
        case ConsentCancelled():
            return "You cancelled in Xero"
        case StateMismatch():
            return "This answer is not for this sign-in"
        case ConsentNotGiven():
            return "Xero did not give access"
        case ConsentLost():
            return "The confirmation was used or is too old"
        case AppRefused():
            return "Xero does not accept this app"
        case XeroUnreachable():
            return "Xero did not answer"
        case XeroBusy():
            return "Xero is busy"
        case XeroBroken():
            return "Xero has a fault"
        case _:
            return "Xero’s answer could not be understood"


def _status(error: XeroError) -> int:
    """Return a 4xx: the pages of 5xx are for our own faults, which undo everything."""
    return 424 if _may_pass(error) or isinstance(error, AppRefused) else 400
