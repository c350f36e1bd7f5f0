"""Settings, API: the tokens of programs, made once and revoked at once."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.access.tokens import (
    MadeToken,
    TokenRefused,
    is_in_use,
    list_tokens,
    make_token,
    revoke_token,
)
from counterfoil.features.connections.queries import list_connected
from counterfoil.features.workspaces.members import PeopleRefused
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.web.forms import TokenForm
from counterfoil.web.guards import for_firm, for_people_who_may
from counterfoil.web.requests import FirmRequest


@require_GET
@for_firm
def show_tokens(request: FirmRequest) -> HttpResponse:
    """List the tokens, with when each was last used, and the form for a new one."""
    return _show(request, _make_form(request))


@never_cache
@require_POST
@for_people_who_may(Permission.CONFIGURE)
def add_token(request: FirmRequest) -> HttpResponse:
    """Make a token and show it, this once."""
    form, now = _make_form(request, is_filled=True), timezone.now()
    if not form.is_valid():
        return _show(request, form, status=422)
    days, chosen = int(form.cleaned_data["days"]), form.cleaned_data["organisations"]
    try:
        made = make_token(
            by=request.membership,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            organisation_ids=[int(one) for one in chosen] or None,
            lives=timedelta(days=days) if days else None,
            now=now,
        )
    except (TokenRefused, PeopleRefused) as reason:
        form.add_error(None, str(reason))
        return _show(request, form, status=422)
    return _show(request, _make_form(request), made=made)


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def revoke(request: FirmRequest, token_id: int) -> HttpResponse:
    """End a token; the next request with it is refused."""
    token = revoke_token(by=request.membership, token_id=token_id, now=timezone.now())
    if token is None:
        messages.info(request, "This token had ended already.")
    else:
        messages.success(request, f"The token {token.name} is revoked; nothing gets in with it any more.")
    return redirect("api_tokens")


def _make_form(request: FirmRequest, *, is_filled: bool = False) -> TokenForm:
    return TokenForm(
        request.POST if is_filled else None, organisations=list_connected(), role=request.membership.role
    )


def _show(
    request: FirmRequest, form: TokenForm, *, made: MadeToken | None = None, status: int = 200
) -> HttpResponse:
    now, organisations = timezone.now(), list_connected()
    names = {one.pk: one.name for one in organisations}
    tokens = [
        (token, is_in_use(token, now=now), [names.get(pk, "one not connected") for pk in held])
        for token in list_tokens(request.membership.workspace_id)
        for held in [token.organisation_ids or []]
    ]
    details = {"form": form, "tokens": tokens, "made": made, "has_choice": len(organisations) > 1}
    return render(request, "settings/api.html", details, status=status)
