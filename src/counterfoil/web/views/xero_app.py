"""The way from nothing to an app at Xero that works, each step shown and checked (P2 to P9)."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from counterfoil.features.connections.own_app import (
    AppInUse,
    SecretMissing,
    connect_through_app,
    forget_app,
    save_app,
)
from counterfoil.mirror.models import Grant, XeroApp
from counterfoil.sync.app import AppNotConfigured, find_app, find_installation_app, get_redirect_uri
from counterfoil.sync.connecting import OnlyOneOrganisation
from counterfoil.sync.probing import (
    Check,
    Verdict,
    check_clock,
    check_own_address,
    check_redirect_address,
    check_secret,
)
from counterfoil.sync.signing_in import get_sign_in_uri
from counterfoil.web.connection_forms import AppForm
from counterfoil.web.guards import for_connectors, speaks_to_xero, within_firm
from counterfoil.web.requests import FirmRequest
from counterfoil.xero.errors import XeroError

_REAL_LOGIN = "https://login.xero.com"


@never_cache
@require_http_methods(["GET", "POST"])
@for_connectors
@speaks_to_xero
def show_steps(request: FirmRequest) -> HttpResponse:
    """Show the steps; take what was pasted, and keep it unless Xero says that it is wrong."""
    form = AppForm(request.POST) if request.method == "POST" else _start_form(request)
    if request.method == "POST" and form.is_valid():
        said = _save(request, form)
        if said is not None:
            words = f"{said.words} {said.next_step}".strip()
            messages.success(request, f"The app is saved. {words}")
            return redirect("xero_app")
    return _render(request, form, status=422 if request.method == "POST" else 200)


@require_POST
@for_connectors
@speaks_to_xero
def check(request: FirmRequest) -> HttpResponse:
    """Try everything that can be tried before anybody connects."""
    now = timezone.now()
    app = find_app(request.membership.workspace_id)
    checks = [check_redirect_address(), check_own_address(), check_clock(now=timezone.now)]
    if app is not None:
        checks.append(check_secret(app, kind=app.kind, now=now))
    return _render(request, _start_form(request), checks=checks)


@require_POST
@for_connectors
@speaks_to_xero
def connect_custom(request: FirmRequest) -> HttpResponse:
    """Connect the organisation of a custom connection, which needs no browser."""
    try:
        organisation = connect_through_app(request.membership.workspace, who=request.user, now=timezone.now())
    except (OnlyOneOrganisation, AppNotConfigured) as refused:
        messages.error(request, str(refused))
    except XeroError as error:
        messages.error(request, f"{error.sentence} {error.next_step}")
    else:
        messages.success(request, f"{organisation.name} is connected. Its records are on their way.")
        return redirect("dashboard", organisation.pk)
    return redirect("xero_app")


@require_POST
@for_connectors
def forget(request: FirmRequest, app_id: int) -> HttpResponse:
    """Erase an app that no organisation is connected through."""
    app = XeroApp.objects.filter(pk=app_id).first()
    if app is not None:
        try:
            forget_app(app, who=request.user, now=timezone.now())
            messages.success(request, "The app is forgotten here. At developer.xero.com it still exists.")
        except AppInUse as refused:
            messages.error(request, str(refused))
    return redirect("xero_app")


def _save(request: FirmRequest, form: AppForm) -> Check | None:
    """Return what Xero says to the credentials once they are kept, or put on the form why they are not."""
    given = form.cleaned_data
    try:
        said = save_app(
            workspace_id=request.membership.workspace_id,
            kind=Grant.Kind(given["kind"]),
            client_id=given["client_id"],
            client_secret=given["client_secret"],
            permissions=XeroApp.Permissions.BROAD if given["is_older"] else XeroApp.Permissions.GRANULAR,
            who=request.user,
            now=timezone.now(),
        )
    except SecretMissing as missing:
        form.add_error("client_secret", str(missing))
        return None
    if said.verdict is Verdict.BAD:
        form.add_error("client_secret", f"{said.words} {said.next_step}")
        return None
    return said


def _start_form(request: FirmRequest) -> AppForm:
    app = find_app(request.membership.workspace_id)
    if app is None or not app.is_own:
        return AppForm()
    return AppForm(initial={"kind": app.kind, "client_id": app.client_id, "is_older": app.is_broad})


def _render(
    request: FirmRequest, form: AppForm, *, checks: list[Check] | None = None, status: int = 200
) -> HttpResponse:
    with within_firm(request):
        apps = list(
            XeroApp.objects.defer("client_secret", "webhook_key").order_by("-is_current", "-saved_at")
        )
        details: dict[str, Any] = {
            "form": form,
            "checks": checks,
            "app": find_app(request.membership.workspace_id),
            "apps": apps,
            "demo_app": find_installation_app(),
            "is_stand_in": settings.XERO_LOGIN_URL != _REAL_LOGIN,
            "developer_url": f"{settings.XERO_LOGIN_URL}/apps"
            if settings.XERO_LOGIN_URL != _REAL_LOGIN
            else "https://developer.xero.com/app/manage",
            "our_url": settings.COUNTERFOIL_URL,
            "redirect_uri": get_redirect_uri(),
            "sign_in_uri": get_sign_in_uri(),
        }
        return render(request, "settings/xero_app.html", details, status=status)
