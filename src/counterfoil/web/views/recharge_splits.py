"""Splits a cost over the clients that pay it back, and shows what it comes to before it is kept."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from counterfoil.domain.fields import BadText
from counterfoil.domain.splitting import Remainder
from counterfoil.features.recharging import deciding
from counterfoil.features.recharging.deciding import Split
from counterfoil.features.recharging.models import Terms
from counterfoil.features.recharging.previewing import Preview, preview_split
from counterfoil.features.recharging.proposing import Charged
from counterfoil.features.recharging.queue import Recharged, find_source, select_found
from counterfoil.features.recharging.scanning import find_watch
from counterfoil.features.recharging.suggesting import list_choices
from counterfoil.features.recharging.terming import keep_terms
from counterfoil.features.spending.attributing import Shared
from counterfoil.features.spending.models import Line
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Organisation
from counterfoil.web.costforms import Choice, offer_choice
from counterfoil.web.guards import for_people_who_may, get_current
from counterfoil.web.rechargeforms import SPLIT_PROBLEMS, TermsForm, keep_split, read_split, write_split
from counterfoil.web.requests import FirmRequest

_PROBLEMS = (deciding.NotHere, deciding.IsBilled, deciding.NobodyPays, deciding.SamePayer)


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def split_recharge(
    request: FirmRequest, organisation_id: int, line_id: int | None = None, source_id: int | None = None
) -> HttpResponse:
    """Split a line that waits, or a source that no invoice says yet; `preview` shows and keeps nothing."""
    organisation = get_current(request)
    if organisation is None:
        raise Http404
    line, held = _find(organisation, line_id, source_id)
    begun = _begin(organisation, line, held)
    choice = offer_choice([one.shared for one in begun.charged])
    problem, preview = "", None
    own = request.POST.get("own_terms") == "1" if request.method == "POST" else False
    form = TermsForm(request.POST if own else None, organisation=organisation)
    fields = write_split(begun, choice)
    if request.method == "POST":
        fields = keep_split(request.POST)
        try:
            split = _read(request, organisation, line, choice, form if own else None)
            preview = preview_split(organisation, line, split)
            if request.FILES:
                fields = write_split(split, choice)
            if request.POST.get("act") != "preview":
                _store(request, organisation, line, held, split)
                return redirect("recharges", organisation.pk)
        except (*SPLIT_PROBLEMS, *_PROBLEMS, BadText) as wrong:
            problem = str(wrong)
        except ValidationError as wrong:
            problem = " ".join(wrong.messages)
    elif begun.charged:
        preview = preview_split(organisation, line, begun)
    return render(
        request,
        "recharges/split.html",
        _context(organisation, line, held, preview, problem)
        | {"fields": fields, "choice": choice, "form": form, "own": own},
        status=422 if problem else 200,
    )


def _find(
    organisation: Organisation, line_id: int | None, source_id: int | None
) -> tuple[Line, Recharged | None]:
    watch = find_watch(organisation)
    held = find_source(organisation, source_id) if source_id else None
    lines = Line.objects.filter(organisation=organisation)
    if held is not None and held.is_open:
        source = held.source
        line = lines.filter(document_id=source.document_id, line_key=source.line_key).first()
    else:
        line = select_found(organisation, watch).filter(pk=line_id).first() if watch and line_id else None
    if line is None:
        raise Http404
    return line, held


def _begin(organisation: Organisation, line: Line, held: Recharged | None) -> Split:
    """Begin with how it is split, or with what was chosen for others like it."""
    if held is not None:
        source = held.source
        charged = [
            Charged(Shared(one.client_id, one.deal_id, one.weight), one.terms) for one in held.recharges
        ]
        return Split(charged, source.split_by, Remainder(source.remainder), source.kept_weight)
    choice = list_choices(organisation, [line]).get(line.pk)
    return Split(choice.charged, kept_weight=choice.kept_weight) if choice else Split([])


def _read(
    request: FirmRequest, organisation: Organisation, line: Line, choice: Choice, form: TermsForm | None
) -> Split:
    terms: Terms | None = None
    if form is not None:
        if not form.is_valid():
            raise ValidationError([error for errors in form.errors.values() for error in errors])
        terms = keep_terms(organisation, form.cleaned_data)
    split = read_split(request.POST, organisation, line, choice, terms, request.FILES.get("usage"))
    if not split.charged:
        raise deciding.NobodyPays
    return split


def _store(
    request: FirmRequest, organisation: Organisation, line: Line, held: Recharged | None, split: Split
) -> None:
    told: dict[str, Any] = {"split": split, "by": request.user, "now": timezone.now()}
    if held is not None:
        deciding.split_again(organisation, source_id=held.source.pk, **told)
    else:
        deciding.recharge_line(organisation, line_id=line.pk, **told)
    count = len(split.charged)
    to_whom = f"Split over {count} clients." if count > 1 else "Recharged to one client."
    messages.success(request, f"{to_whom} It can be billed.")


def _context(
    organisation: Organisation, line: Line, held: Recharged | None, preview: Preview | None, problem: str
) -> dict[str, Any]:
    return {
        "organisation": organisation,
        "line": line,
        "held": held,
        "preview": preview,
        "problem": problem,
    }
