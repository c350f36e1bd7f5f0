"""Rules by which costs are attributed: the list in the order in which they are asked, and one rule."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from counterfoil.features.spending import ruling
from counterfoil.features.spending.models import Rule
from counterfoil.features.spending.queue import is_catching_up, select_costs
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Organisation
from counterfoil.web.amounts import NotANumber
from counterfoil.web.costforms import (
    AnothersDeal,
    BadShare,
    Choice,
    RuleForm,
    keep_shares,
    offer_choice,
    pick_bank_account,
    pick_cost_account,
    pick_supplier,
    read_shares,
    suggest_rule,
    write_shares,
)
from counterfoil.web.guards import for_firm, for_people_who_may, get_current
from counterfoil.web.paging import read_number
from counterfoil.web.pickers import NotOffered, Picker
from counterfoil.web.requests import FirmRequest


@require_GET
@for_firm
def show_rules(request: FirmRequest, organisation_id: int | None = None) -> HttpResponse:
    """List the rules in the order in which they are asked."""
    organisation = get_current(request)
    if organisation is None:
        return render(request, "costs/not_connected.html")
    pickers = _list_pickers(organisation)
    rules = [
        (rule, *(picker.show(getattr(rule, picker.field)) for picker in pickers))
        for rule in ruling.list_rules(organisation)
    ]
    return render(
        request,
        "costs/rules.html",
        {"organisation": organisation, "rules": rules, "is_catching_up": is_catching_up(organisation)},
    )


@require_http_methods(["GET", "POST"])
@for_people_who_may(Permission.WORK)
def edit_rule(request: FirmRequest, organisation_id: int, rule_id: int | None = None) -> HttpResponse:
    """Make a rule, perhaps like a cost that is named, or change one."""
    organisation = get_current(request)
    assert organisation is not None
    rule = get_object_or_404(ruling.list_rules(organisation), pk=rule_id) if rule_id else None
    held = list(rule.shares.all()) if rule else []
    pickers, choice = _list_pickers(organisation), offer_choice(held)
    sent = request.POST if request.method == "POST" else None
    form = RuleForm(sent, instance=rule, initial=_suggest(request, organisation), pickers=pickers)
    shares, problem = write_shares(held, choice), ""
    if sent is not None:
        shares = keep_shares(request.POST)
        problem = "" if not form.is_valid() else _save(request, organisation, rule_id, form, choice)
        if form.is_valid() and not problem:
            messages.success(request, "Saved. It is applied to all costs now.")
            return redirect("cost_rules", organisation.pk)
    return render(
        request,
        "costs/rule.html",
        {
            "organisation": organisation,
            "rule": rule,
            "form": form,
            "pickers": pickers,
            "fields": shares,
            "choice": choice,
            "problem": problem,
        },
        status=422 if problem or form.errors else 200,
    )


@require_POST
@for_people_who_may(Permission.WORK)
def move_rule(request: FirmRequest, organisation_id: int, rule_id: int) -> HttpResponse:
    """Have a rule asked before the one in front of it."""
    organisation, rule = _find(request, rule_id)
    ruling.put_first(organisation, rule)
    return redirect("cost_rules", organisation.pk)


@require_POST
@for_people_who_may(Permission.WORK)
def end_rule(request: FirmRequest, organisation_id: int, rule_id: int) -> HttpResponse:
    """Ask a rule no more."""
    organisation, rule = _find(request, rule_id)
    ruling.end_rule(organisation, rule, now=timezone.now())
    messages.success(request, "Ended. What it gave goes to whom the other rules and links say.")
    return redirect("cost_rules", organisation.pk)


def _find(request: FirmRequest, rule_id: int) -> tuple[Organisation, Rule]:
    organisation = get_current(request)
    assert organisation is not None
    return organisation, get_object_or_404(ruling.list_rules(organisation), pk=rule_id)


def _list_pickers(organisation: Organisation) -> list[Picker]:
    return [pick_supplier(organisation), pick_cost_account(organisation), pick_bank_account(organisation)]


def _suggest(request: FirmRequest, organisation: Organisation) -> dict[str, object]:
    line = select_costs(organisation).filter(pk=read_number(request.GET, "line") or 0).first()
    return suggest_rule(line) if line else {}


def _save(
    request: FirmRequest, organisation: Organisation, rule_id: int | None, form: RuleForm, choice: Choice
) -> str:
    """Save the rule and return what is wrong, if anything is."""
    # The form has written on the rule that it was given, which is read afresh to be saved.
    rule = ruling.list_rules(organisation).get(pk=rule_id) if rule_id else None
    try:
        ruling.save_rule(
            organisation,
            rule,
            fields=form.cleaned_data,
            shares=read_shares(keep_shares(request.POST), choice),
            by=request.user.email,
            now=timezone.now(),
        )
    except (NotOffered, AnothersDeal, NotANumber, BadShare, ruling.NoClientNamed) as wrong:
        return str(wrong)
    except ValidationError as wrong:
        return " ".join(wrong.messages)
    return ""
