"""Who may see a page, and which organisation it is about."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from counterfoil.features.connections.queries import Standing, describe_standing, list_connected
from counterfoil.features.workspaces.permissions import Permission, name_roles
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import in_workspace
from counterfoil.web.requests import FirmRequest

P = ParamSpec("P")
View = Callable[Concatenate[FirmRequest, P], HttpResponseBase]

_REMEMBERED = "organisation"


def speaks_to_xero(view: View[P]) -> View[P]:
    """Mark a view that waits for Xero: no transaction may be open while it does; put it innermost."""
    view.speaks_to_xero = True  # type: ignore[attr-defined]  # `wraps` carries it to the outermost
    return view


def within_firm(request: FirmRequest) -> AbstractContextManager[None]:
    """Let a view that speaks to Xero see its firm's rows for a moment; others see them all the time."""
    match = request.resolver_match
    is_outside = match is not None and getattr(match.func, "speaks_to_xero", False)
    return in_workspace(request.membership.workspace_id) if is_outside else nullcontext()


def for_firm(view: View[P]) -> Callable[..., HttpResponseBase]:
    """Let in the people of a firm, and say with `request.standing` which organisation is in view."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        firm_request = cast("FirmRequest", request)
        if getattr(request, "membership", None) is None:
            return render(request, "errors/no_firm.html", status=403)
        with within_firm(firm_request):
            firm_request.standing = _find_standing(firm_request, kwargs.get("organisation_id"))
        timezone.activate(firm_request.standing.zone)
        return view(firm_request, *args, **kwargs)

    return guarded


def for_people_who_may(permission: Permission) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Let in those whose role includes this, and tell the others why not and whom to ask."""

    def guard(view: View[P]) -> Callable[..., HttpResponseBase]:
        @for_firm
        @wraps(view)
        def guarded(request: FirmRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.membership.may(permission):
                details = {"permission": permission, "roles": name_roles(permission)}
                return render(request, "errors/not_allowed.html", details, status=403)
            return view(request, *args, **kwargs)

        return guarded

    return guard


def for_proven(view: View[P]) -> View[P]:
    """Have whoever has a password or a second factor give it again, then go on; put it innermost."""
    return cast("View[P]", reauthentication_required()(view))


def for_connectors(view: View[P]) -> Callable[..., HttpResponseBase]:
    """Let in Owners and Admins (K5)."""
    return for_people_who_may(Permission.CONNECT)(view)


def get_current(request: FirmRequest) -> Organisation | None:
    """Return the organisation in view, if one is connected."""
    return request.standing.current if request.standing else None


def _find_standing(request: FirmRequest, organisation_id: int | None) -> Standing:
    """Take the organisation from the address, else the one last seen, else the first by name."""
    organisations, now = list_connected(), timezone.now()
    by_id = {organisation.pk: organisation for organisation in organisations}
    if organisation_id is not None:
        if organisation_id not in by_id:
            raise Http404("No organisation with this number is connected.")
        if len(by_id) > 1 and request.session.get(_REMEMBERED) != organisation_id:
            request.session[_REMEMBERED] = organisation_id
        return describe_standing(organisations, by_id[organisation_id], now=now)
    remembered = by_id.get(request.session.get(_REMEMBERED, 0))
    return describe_standing(organisations, remembered or next(iter(organisations), None), now=now)
