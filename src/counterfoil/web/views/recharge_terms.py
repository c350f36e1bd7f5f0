"""At which terms costs are paid back: of rules, of clients, and of one recharge."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from counterfoil.domain.fields import BadText
from counterfoil.domain.recharging import RENEWABLE
from counterfoil.features.clients.models import Client
from counterfoil.features.recharging import deciding
from counterfoil.features.recharging.models import ClientTerms, Recharge, RuleTerms
from counterfoil.features.recharging.tasks import request_look
from counterfoil.features.recharging.terming import (
    end_rule_terms,
    list_client_terms,
    set_client_terms,
    set_rule_terms,
)
from counterfoil.features.spending.models import Rule
from counterfoil.features.spending.ruling import list_rules
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Organisation
from counterfoil.web.costforms import offer_choice
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.pickers import NotOffered
from counterfoil.web.rechargeforms import TermsForm
from counterfoil.web.requests import FirmRequest


@require_GET
@for_firm
def show_terms(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """List the rules and the clients, each with the terms at which costs are paid back."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "recharges/not_connected.html")
    agreed = {
        one.rule_id: one
        for one in RuleTerms.objects.filter(organisation=organisation).select_related("terms")
    }
    rules = [(rule, agreed.get(rule.pk)) for rule in list_rules(organisation).filter(act=Rule.Act.ATTRIBUTE)]
    return render(
        request,
        "recharges/terms.html",
        {
            "organisation": organisation,
            "rules": rules,
            "clients": list_client_terms(organisation),
            "picker": offer_choice().clients,
        },
    )


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def edit_rule_terms(request: FirmRequest, organisation_id: int, rule_id: int) -> HttpResponse:
    """Say at which terms what fits a rule is paid back."""
    organisation = _get(request)
    rule = get_object_or_404(list_rules(organisation).filter(act=Rule.Act.ATTRIBUTE), pk=rule_id)
    agreed = RuleTerms.objects.filter(rule=rule).select_related("terms").first()
    form = _form(request, organisation, agreed.terms if agreed else None)
    if (
        request.method == "POST"
        and form.is_valid()
        and _save(form, lambda fields: _set_rule(request, rule, fields))
    ):
        messages.success(request, "Saved. What fits the rule is proposed in a moment.")
        return redirect("recharge_terms", organisation.pk)
    context = {"organisation": organisation, "form": form, "rule": rule, "agreed": agreed, "title": rule.name}
    return _show(request, context, form)


@require_POST
@for_people_who_may(Permission.WORK)
def stop_rule_terms(request: FirmRequest, organisation_id: int, rule_id: int) -> HttpResponse:
    """Have what fits a rule no longer paid back."""
    organisation = _get(request)
    end_rule_terms(get_object_or_404(list_rules(organisation), pk=rule_id))
    request_look(organisation_id=organisation.pk, by_person=True)
    messages.success(request, "What fits the rule is not proposed any more. What was accepted stays.")
    return redirect("recharge_terms", organisation.pk)


@require_GET
@for_people_who_may(Permission.WORK)
def choose_client_terms(request: FirmRequest, organisation_id: int) -> HttpResponse:
    """Go on to the terms of the client that was typed."""
    organisation = _get(request)
    try:
        key = offer_choice().clients.read(request.GET.get("client", ""))
    except NotOffered as problem:
        messages.warning(request, str(problem))
        key = ""
    if not key:
        return redirect("recharge_terms", organisation.pk)
    return redirect("edit_client_terms", organisation.pk, int(key))


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def edit_client_terms(request: FirmRequest, organisation_id: int, client_id: int) -> HttpResponse:
    """Say at which terms a client pays back what no rule has terms for."""
    organisation = _get(request)
    client = get_object_or_404(Client, pk=client_id)
    agreed = (
        ClientTerms.objects.filter(organisation=organisation, client=client).select_related("terms").first()
    )
    form = _form(request, organisation, agreed.terms if agreed else None)
    takes_all = (
        request.POST.get("takes_all") == "1"
        if request.method == "POST"
        else bool(agreed and agreed.takes_all)
    )
    if request.method == "POST" and form.is_valid():
        told: dict[str, Any] = {"takes_all": takes_all, "by": request.user.email, "now": timezone.now()}
        if _save(form, lambda fields: set_client_terms(organisation, client, fields=fields, **told)):
            request_look(organisation_id=organisation.pk, by_person=True)
            messages.success(request, "Saved.")
            return redirect("recharge_terms", organisation.pk)
    context = {"organisation": organisation, "form": form, "client": client, "takes_all": takes_all}
    return _show(request, context | {"title": client.name}, form)


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def edit_recharge_terms(request: FirmRequest, organisation_id: int, recharge_id: int) -> HttpResponse:
    """Charge one recharge at other terms; the others of its cost stay."""
    organisation = _get(request)
    open_states = [state.value for state in RENEWABLE]
    held = Recharge.objects.filter(organisation=organisation, state__in=open_states, adjusts=None)
    one = get_object_or_404(held.select_related("terms", "client", "source"), pk=recharge_id)
    form = _form(request, organisation, one.terms)
    if request.method == "POST" and form.is_valid():
        told: dict[str, Any] = {"by": request.user, "now": timezone.now()}
        if _save(
            form,
            lambda fields: deciding.change_terms(organisation, recharge_id=one.pk, fields=fields, **told),
        ):
            messages.success(request, "Charged at these terms.")
            return redirect("recharge", organisation.pk, one.pk)
    context = {"organisation": organisation, "form": form, "one": one, "title": one.client.name}
    return _show(request, context, form)


def _form(request: FirmRequest, organisation: Organisation, terms: Any) -> TermsForm:
    sent = request.POST if request.method == "POST" else None
    return TermsForm(sent, instance=terms, organisation=organisation)


def _save(form: TermsForm, save: Any) -> bool:
    """Save, or write on the form what is wrong."""
    try:
        save(form.cleaned_data)
    except ValidationError as wrong:
        form.add_error(None, wrong.messages)
    except BadText as wrong:
        form.add_error("wording", str(wrong))
    except (deciding.NotHere, deciding.IsBilled) as wrong:
        form.add_error(None, str(wrong))
    return not form.errors


def _set_rule(request: FirmRequest, rule: Rule, fields: Mapping[str, Any]) -> None:
    set_rule_terms(rule.organisation, rule, fields=fields, by=request.user.email, now=timezone.now())
    request_look(organisation_id=rule.organisation_id, by_person=True)


def _show(request: FirmRequest, context: Mapping[str, Any], form: TermsForm) -> HttpResponse:
    return render(request, "recharges/edit_terms.html", dict(context), status=422 if form.errors else 200)


def _get(request: FirmRequest) -> Organisation:
    organisation = get_current(request)
    if organisation is None:
        raise Http404
    return organisation
