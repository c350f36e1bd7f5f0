"""The rules of countries: which there are, a firm's own version, and that somebody has reviewed them."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.features.reminding import ruling
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.reminding import describe_top, get_organisation
from counterfoil.web.requests import FirmRequest
from counterfoil.web.ruleforms import RulesForm

# How the rules for every country without its own are called in an address.
_OTHERS = "other"


@require_GET
@for_firm
def list_rules(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """List the rules of all countries, those first where customers are."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "reminders/not_connected.html")
    rules = ruling.list_rules(organisation)
    details = {"here": [one for one in rules if one.customers], "rules": rules}
    return render(request, "reminders/rules.html", {**details, **describe_top(organisation)})


@require_GET
@for_firm
def show_rules(request: FirmRequest, organisation_id: int, country: str) -> HttpResponse:
    """Show a country's rules, where they are written, and what was done with them here."""
    found = _find(request, country)
    return _render(request, found, RulesForm(pack=found.pack, source=found.edit.source if found.edit else ""))


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def decide(request: FirmRequest, organisation_id: int, country: str) -> HttpResponse:
    """Change, review or reset a country's rules, as the pressed button says."""
    found, now, workspace_id = _find(request, country), timezone.now(), request.membership.workspace_id
    match request.POST.get("act"):
        case "review":
            ruling.review_rules(workspace_id=workspace_id, country=found.country, by=request.user, now=now)
            messages.success(request, "Noted that you have reviewed these rules.")
        case "reset":
            ruling.reset_rules(workspace_id=workspace_id, country=found.country, by=request.user, now=now)
            messages.success(request, "These are Counterfoil’s rules again. Review them.")
        case _:
            form = RulesForm(request.POST, pack=found.pack)
            if not form.is_valid():
                return _render(request, found, form, status=422)
            has_changed = ruling.change_rules(
                workspace_id=workspace_id,
                pack=form.read_pack(),
                source=form.cleaned_data["source"],
                by=request.user,
                now=now,
            )
            messages.success(request, "Saved. Review them now." if has_changed else "Nothing was changed.")
    return redirect("country_rules", organisation_id, country)


def _find(request: FirmRequest, country: str) -> ruling.Rules:
    code = "" if country == _OTHERS else country
    found = ruling.find_rules(request.membership.workspace_id, code) if country else None
    if found is None:
        raise Http404("There is no such country.")
    return found


def _render(request: FirmRequest, found: ruling.Rules, form: RulesForm, status: int = 200) -> HttpResponse:
    may_configure = request.membership.may(Permission.CONFIGURE)
    if not may_configure:
        for field in form.fields.values():
            field.disabled = True
    details: dict[str, Any] = {
        "one": found,
        "form": form,
        "may_configure": may_configure,
        "path": found.country or _OTHERS,
        "history": ruling.list_history(request.membership.workspace_id, found.country),
    }
    return render(
        request,
        "reminders/country.html",
        {**details, **describe_top(get_organisation(request))},
        status=status,
    )
