"""Who carries an organisation's messages: choosing it, proving the account, and the limits."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from counterfoil.config.paths import ANSWER_PATH
from counterfoil.features.reminding.campaigning import find_choices
from counterfoil.features.reminding.choosing import keep_proof, save_sender
from counterfoil.features.reminding.models import SenderChoices
from counterfoil.features.reminding.providers.proving import prove
from counterfoil.features.reminding.reaching import find_region
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Organisation
from counterfoil.web.guards import for_firm, for_people_who_may, get_current, speaks_to_xero, within_firm
from counterfoil.web.reminding import describe_top, get_organisation
from counterfoil.web.requests import FirmRequest
from counterfoil.web.senderforms import PARTS, SenderForm

_HERE = ("http://localhost", "http://127.")


@require_GET
@for_firm
def show_sender(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """Show who carries texts and e-mails, and up to which limits; no secret is shown."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "reminders/not_connected.html")
    return render(request, "reminders/sender.html", _describe(request, organisation))


@require_POST
@for_people_who_may(Permission.CONFIGURE)
def save(request: FirmRequest, organisation_id: int, part: str) -> HttpResponse:
    """Keep one part of how the organisation sends."""
    if part not in PARTS:
        raise Http404("There is no such part.")
    organisation, now = get_organisation(request), timezone.now()
    form = PARTS[part](
        request.POST, instance=_find(organisation), prefix=part, region=find_region(organisation)
    )
    if form.is_valid():
        try:
            save_sender(organisation, values=form.cleaned_data, by=request.user, now=now)
        except ValidationError as wrong:
            form.add_error(None, wrong.messages)
        else:
            messages.success(request, "Saved.")
            return redirect("reminder_sender", organisation.pk)
    details = _describe(request, organisation, {part: form})
    return render(request, "reminders/sender.html", details, status=422)


@require_POST
@for_people_who_may(Permission.CONFIGURE)
@speaks_to_xero
def check(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Ask the providers whether they know the accounts; nobody is written to."""
    with within_firm(request):
        choices = find_choices(get_organisation(request), now=timezone.now())
    proof = prove(choices)
    with within_firm(request):
        is_kept = keep_proof(choices, proof, now=timezone.now())
    if not is_kept:
        messages.warning(request, "Somebody changed the sender meanwhile; check it again.")
    return redirect("reminder_sender", organisation_id)


def _find(organisation: Organisation) -> SenderChoices:
    return SenderChoices.objects.filter(organisation=organisation).first() or SenderChoices(
        organisation=organisation, workspace_id=organisation.workspace_id
    )


def _describe(
    request: FirmRequest, organisation: Organisation, given: dict[str, SenderForm] | None = None
) -> dict[str, Any]:
    """Return the forms, filled with what is kept or what was just typed."""
    choices, may_configure = _find(organisation), request.membership.may(Permission.CONFIGURE)
    forms = {
        part: (given or {}).get(part) or form(instance=_find(organisation), prefix=part)
        for part, form in PARTS.items()
    }
    if not may_configure:
        for form in forms.values():
            for field in form.fields.values():
                field.disabled = True
    address = f"{settings.COUNTERFOIL_URL}{ANSWER_PATH}{choices.token}/"
    return {
        "choices": choices,
        "forms": forms,
        "may_configure": may_configure,
        "opened": request.GET.get("open", ""),
        "answers_at": address if may_configure else "",
        "is_local": settings.COUNTERFOIL_URL.startswith(_HERE),
        **describe_top(organisation),
    }
