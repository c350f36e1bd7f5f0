"""What can be done with rules: make one, change one, put it before another, end it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q, QuerySet

from counterfoil.features.spending.attributing import Shared
from counterfoil.features.spending.gathering import mark_rules
from counterfoil.features.spending.models import Line, Rule, RuleShare
from counterfoil.features.spending.tasks import request_attributing
from counterfoil.mirror.models import Account, Contact, Organisation

PAGE_SIZE = 50
_NOUNS = {
    "contact_id": "supplier",
    "account_code": "expense account",
    "bank_account_id": "bank account or card",
}


class NoClientNamed(ValueError):
    """A rule was to give costs to clients, and none was named."""

    def __init__(self) -> None:
        super().__init__("Say which client the costs are for, or that they are overhead.")


def list_rules(organisation: Organisation) -> "QuerySet[Rule]":
    """Return the rules that hold, in the order in which they are asked."""
    rules = Rule.objects.filter(organisation=organisation, ended_at=None)
    return rules.prefetch_related("shares__client", "shares__deal")


def list_page(
    organisation: Organisation, *, after: tuple[int, int] | None = None
) -> tuple[list[Rule], Rule | None]:
    """Return a page of rules in their order, after a place and number, and its last if more follow."""
    found = list_rules(organisation)
    if after is not None:
        place, pk = after
        found = found.filter(Q(place__gt=place) | Q(place=place, pk__gt=pk))
    rows = list(found[: PAGE_SIZE + 1])
    return rows[:PAGE_SIZE], rows[PAGE_SIZE - 1] if len(rows) > PAGE_SIZE else None


def save_rule(
    organisation: Organisation,
    rule: Rule | None,
    *,
    fields: Mapping[str, Any],
    shares: Sequence[Shared],
    by: str,
    now: datetime,
) -> Rule:
    """
    Make a rule, behind all others, or change one.

    Raises ValidationError, also for a supplier or account that the books do not have, and NoClientNamed.
    """
    if fields.get("act") == Rule.Act.ATTRIBUTE and not shares:
        raise NoClientNamed
    with transaction.atomic():
        rule = rule or Rule(
            workspace_id=organisation.workspace_id,
            organisation=organisation,
            place=_next_place(organisation),
            made_by=by,
            made_at=now,
        )
        _check_books(rule, fields)
        for name, value in fields.items():
            setattr(rule, name, value)
        rule.full_clean()
        rule.save()
        rule.shares.all().delete()
        RuleShare.objects.bulk_create(
            RuleShare(
                workspace_id=organisation.workspace_id,
                rule=rule,
                client_id=share.client_id,
                deal_id=share.deal_id,
                weight=share.weight,
            )
            for share in (shares if rule.act == Rule.Act.ATTRIBUTE else ())
        )
        _look_again(organisation)
    return rule


def select_cost_accounts(organisation: Organisation) -> "QuerySet[Account]":
    """Return the accounts of expenses."""
    return Account.objects.filter(organisation=organisation, account_class="EXPENSE").exclude(code="")


def select_bank_accounts(organisation: Organisation) -> "QuerySet[Account]":
    """Return the bank accounts and cards that money is spent from."""
    return Account.objects.filter(organisation=organisation, kind="BANK")


def select_spent(organisation: Organisation) -> "QuerySet[Line]":
    """Return the costs that name whom money was spent on."""
    return Line.objects.filter(organisation=organisation, side=Line.Side.COST).exclude(contact_id="")


def _check_books(rule: Rule, fields: Mapping[str, Any]) -> None:
    """Raise ValidationError for what is newly named and not in the books: such a rule would never fit."""
    organisation = rule.organisation
    known: dict[str, Callable[[str], bool]] = {
        "contact_id": lambda key: (
            select_spent(organisation).filter(contact_id=key).exists()
            or Contact.objects.filter(organisation=organisation, xero_id=key).exists()
        ),
        "account_code": lambda key: select_cost_accounts(organisation).filter(code=key).exists(),
        "bank_account_id": lambda key: select_bank_accounts(organisation).filter(xero_id=key).exists(),
    }
    wrong = {
        name: [f"There is no {_NOUNS[name]} “{fields[name]}” in Xero."]
        for name, is_known in known.items()
        if fields.get(name) and fields[name] != getattr(rule, name) and not is_known(fields[name])
    }
    if wrong:
        raise ValidationError(wrong)


def put_first(organisation: Organisation, rule: Rule) -> None:
    """Have this rule asked before the one in front of it."""
    with transaction.atomic():
        before = list_rules(organisation).filter(place__lt=rule.place).order_by("-place").first()
        if before is None:
            return
        before.place, rule.place = rule.place, before.place
        before.save(update_fields=["place"])
        rule.save(update_fields=["place"])
        _look_again(organisation)


def end_rule(organisation: Organisation, rule: Rule, *, now: datetime) -> None:
    """Ask this rule no more: what it gave goes to whom the others say."""
    with transaction.atomic():
        rule.ended_at = now
        rule.save(update_fields=["ended_at"])
        _look_again(organisation)


def _next_place(organisation: Organisation) -> int:
    last = Rule.objects.filter(organisation=organisation).aggregate(last=Max("place"))["last"]
    return (last or 0) + 1


def _look_again(organisation: Organisation) -> None:
    mark_rules(organisation)
    request_attributing(organisation_id=organisation.pk, by_person=True)
