"""At which terms costs are billed on: those of a rule, of a client; and what fills the wording of a line."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from babel.dates import format_date
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from counterfoil.domain.fields import fill_in, parse_fields
from counterfoil.features.clients.models import Client
from counterfoil.features.invoicing.books import Books, read_books
from counterfoil.features.recharging.models import ClientTerms, Recharge, RuleTerms, Source, Terms
from counterfoil.features.spending.models import Rule
from counterfoil.mirror.models import Organisation

_LOCALE = "en_GB"
_NO_TAX = "NONE"  # Xero's own type, which every organisation has
PAGE_SIZE = 50
WORDING = "{supplier|Costs}: {description|costs paid for you} ({document|no number}, {date})"
FIELDS: Mapping[str, str] = {
    "supplier": "who was paid",
    "description": "what the line of the bill says",
    "document": "the number of the bill",
    "date": "its date, as in 4 June 2026",
    "period": "the month of the bill, as in June 2026",
    "client": "the client’s name",
    "cost": "what was paid, as in USD 120.00",
}
"""The fields of a wording, and what each stands for."""

# What terms consist of.
CONTENT = (
    "markup_rate", "fee", "round_to", "currency", "rate_from", "rate", "rate_for", "treatment",
    "treatment_reason", "account_code", "tax_type", "tracking", "when", "wording", "attaches", "is_online",
    "expects_changes",
)  # fmt: skip


def keep_terms(organisation: Organisation, fields: Mapping[str, Any]) -> Terms:
    """
    Return terms that say this, made if there are none yet; what is not named is as by default.

    Raises ValidationError, also for what the books do not have, and BadText for a wording with a field that
    there is not.
    """
    made = Terms(
        workspace_id=organisation.workspace_id, organisation=organisation, **{"wording": WORDING, **fields}
    )
    if made.treatment == Terms.Treatment.DISBURSEMENT and not made.tax_type:
        made.tax_type = _NO_TAX
    made.full_clean()
    _check_books(made)
    parse_fields(made.wording, FIELDS)
    same = {name: getattr(made, name) for name in CONTENT}
    known = Terms.objects.filter(organisation=organisation, **same).order_by("pk").first()
    if known is None:
        made.save()
    return known or made


def _check_books(terms: Terms) -> None:
    """Raise ValidationError for an account, a tax rate or an option that no line of a sale can carry."""
    if not (terms.account_code or terms.tax_type or terms.tracking):
        return
    books = read_books([terms.organisation_id])[terms.organisation_id]
    wrong: dict[str, list[str]] = {}
    if terms.account_code and terms.account_code not in {one.code for one in books.list_accounts()}:
        wrong["account_code"] = [_say_missing("account", terms.account_code)]
    taxes = {tax.tax_type for tax in books.list_sales_taxes()} | {"", _NO_TAX}
    if terms.tax_type not in taxes:
        wrong["tax_type"] = [_say_missing("tax rate for sales", terms.tax_type)]
    if untracked := _list_untracked(terms, books):
        wrong["tracking"] = untracked
    if wrong:
        raise ValidationError(wrong)


def _list_untracked(terms: Terms, books: Books) -> list[str]:
    """Say which categories and options are not in use."""
    categories, said = {one.xero_id: one for one in books.list_categories()}, []
    for category_id, option_id in terms.tracking.items():
        category = categories.get(category_id)
        if category is None:
            said.append(_say_missing("tracking category", category_id))
        elif option_id not in {one.xero_id for one in category.list_options()}:
            said.append(_say_missing(f"option of {category.name}", option_id))
    return said


def _say_missing(noun: str, text: str) -> str:
    return f"There is no {noun} “{text}” in use in Xero."


def set_rule_terms(
    organisation: Organisation, rule: Rule, *, fields: Mapping[str, Any], by: str, now: datetime
) -> RuleTerms:
    """Have what fits a rule paid back at these terms, from the next look on. Raises as `keep_terms`."""
    with transaction.atomic():
        agreed, _ = RuleTerms.objects.update_or_create(
            rule=rule,
            defaults={"terms": keep_terms(organisation, fields), "set_by": by, "set_at": now},
            create_defaults={
                "workspace_id": organisation.workspace_id,
                "organisation": organisation,
                "terms": keep_terms(organisation, fields),
                "set_by": by,
                "set_at": now,
            },
        )
    return agreed


def end_rule_terms(rule: Rule) -> None:
    """Have what fits a rule no longer paid back; what was accepted stays."""
    RuleTerms.objects.filter(rule=rule).delete()


def set_client_terms(
    organisation: Organisation,
    client: Client,
    *,
    fields: Mapping[str, Any],
    takes_all: bool,
    by: str,
    now: datetime,
) -> ClientTerms:
    """Keep at which terms a client pays costs back. Raises as `keep_terms`."""
    values = {"terms": keep_terms(organisation, fields), "takes_all": takes_all, "set_by": by, "set_at": now}
    agreed, _ = ClientTerms.objects.update_or_create(
        organisation=organisation,
        client=client,
        defaults=values,
        create_defaults=values | {"workspace_id": organisation.workspace_id},
    )
    return agreed


def list_client_terms(organisation: Organisation) -> "QuerySet[ClientTerms]":
    """Return the terms of clients, by their names."""
    mine = ClientTerms.objects.filter(organisation=organisation)
    return mine.select_related("client", "terms").order_by("client__name", "pk")


def list_rule_page(organisation: Organisation, *, after: int = 0) -> tuple[list[RuleTerms], RuleTerms | None]:
    """Return a page of the terms of rules that hold, after a number, and its last if more follow."""
    found = RuleTerms.objects.filter(organisation=organisation, rule__ended_at=None, pk__gt=after)
    rows = list(found.select_related("terms").order_by("pk")[: PAGE_SIZE + 1])
    return rows[:PAGE_SIZE], rows[PAGE_SIZE - 1] if len(rows) > PAGE_SIZE else None


def list_client_page(
    organisation: Organisation, *, after: int = 0
) -> tuple[list[ClientTerms], ClientTerms | None]:
    """Return a page of the terms of clients, after a number, and its last if more follow."""
    found = ClientTerms.objects.filter(organisation=organisation, pk__gt=after)
    rows = list(found.select_related("terms").order_by("pk")[: PAGE_SIZE + 1])
    return rows[:PAGE_SIZE], rows[PAGE_SIZE - 1] if len(rows) > PAGE_SIZE else None


def find_terms(organisation: Organisation, client_ids: list[int]) -> dict[int, Terms]:
    """Return at which terms each of these clients pays, at cost and as a supply where nothing was agreed."""
    agreed = ClientTerms.objects.filter(organisation=organisation, client__in=client_ids)
    found = {one.client_id: one.terms for one in agreed.select_related("terms")}
    if set(client_ids) <= set(found):
        return found
    plain = keep_terms(organisation, {})
    return dict.fromkeys(client_ids, plain) | found


def write_wording(recharge: Recharge) -> str:
    """Return what the invoice says of a recharge. Raises ValueMissing where the source lacks a field."""
    return fill_in(recharge.terms.wording, list_values(recharge.source, recharge))


def list_values(source: Source, recharge: Recharge) -> dict[str, str]:
    """Return what each field stands for; empty where there is nothing."""
    return {
        "supplier": source.contact_name,
        "description": source.description,
        "document": source.number,
        "date": format_date(source.day, "d MMMM y", locale=_LOCALE),
        "period": format_date(source.day, "MMMM y", locale=_LOCALE),
        "client": recharge.client.name,
        "cost": f"{source.currency} {recharge.cost:.2f}",
    }
