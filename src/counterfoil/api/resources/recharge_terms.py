"""At which terms costs are paid back: of rules, of clients, and of one recharge."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import Place as Where
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.resources.clients import find_client
from counterfoil.api.resources.cost_rules import find_cost_rule
from counterfoil.api.resources.recharges import find_recharge
from counterfoil.api.shapes import Digits, Page, XeroId, read_digits, write_number
from counterfoil.domain.fields import BadText
from counterfoil.features.recharging import deciding, terming
from counterfoil.features.recharging.models import ClientTerms, Recharge, RuleTerms, Terms
from counterfoil.features.recharging.tasks import request_look
from counterfoil.features.spending.models import Rule
from counterfoil.features.workspaces.permissions import Permission

router = Router()
_HOME = "organisations/{int:organisation_id}"
_READING = needs(Permission.READ, of_firm=True)
_WORKING = needs(Permission.WORK, of_firm=True)
_NUMBERS = ("markup_rate", "fee", "round_to", "rate")
_NO_TAX = "NONE"  # Xero's own type, which a disbursement has by itself
_EMPTIED = {"round_to", "rate"}  # what null takes away
_Currency = Annotated[str, Field(pattern="^([A-Z]{3})?$", description="ISO 4217, or empty")]
_Rate = Annotated[str, Field(pattern=r"^[0-9]{1,13}(\.[0-9]{1,10})?$", examples=["0.5812"])]

T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """The terms after which a page begins, in the order in which they were agreed."""

    pk: int


class TermsIn(Schema):
    """What is to be otherwise about terms; what is not sent stays, and in new ones is as usual."""

    treatment: Terms.Treatment | None = None
    treatment_reason: str | None = Field(default=None, max_length=500, description="Of a disbursement")
    markup_rate: Digits | None = Field(default=None, description="In per cent")
    fee: Digits | None = Field(default=None, description="For each recharge, in the charge's currency")
    round_to: Digits | None = Field(default=None, description="As 0.05 or 1")
    currency: _Currency | None = Field(default=None, description="Empty: the organisation's own")
    rate_from: Terms.RateFrom | None = None
    rate: _Rate | None = Field(default=None, description="Agreed: of the bill's currency for one of ours")
    rate_for: _Currency | None = Field(default=None, description="The bills that the rate agreed is for")
    account_code: str | None = Field(default=None, max_length=10)
    tax_type: str | None = Field(default=None, max_length=50, description="Empty: as the account has it")
    tracking: Annotated[dict[XeroId, XeroId], Field(max_length=10)] | None = None
    when: Terms.When | None = None
    wording: str | None = Field(default=None, min_length=1, max_length=1000, pattern=r"\S")
    attaches: bool | None = Field(default=None, description="The bill's files go with the invoice")
    is_online: bool | None = Field(default=None, description="The customer sees them with it")
    expects_changes: bool | None = Field(default=None, description="Another price is nothing to ask about")


class ClientTermsIn(TermsIn):
    """What is to be otherwise about the terms of a client."""

    takes_all: bool | None = Field(default=None, description="All its costs are proposed to be paid back")


class TermsOut(Schema):
    """At which price a cost is billed on, how it is taxed and worded, and when."""

    treatment: str
    treatment_reason: str
    markup_rate: str
    fee: str
    round_to: str | None
    currency: str
    rate_from: str
    rate: str | None
    rate_for: str
    account_code: str
    tax_type: str
    tracking: dict[str, str]
    when: str
    wording: str
    attaches: bool
    is_online: bool
    expects_changes: bool


class RuleTermsOut(Schema):
    """What fits a rule is paid back at these terms."""

    rule_id: int
    terms: TermsOut
    set_at: datetime


class ClientTermsOut(Schema):
    """A client pays back at these terms what no rule has terms for."""

    client_id: int
    takes_all: bool
    terms: TermsOut
    set_at: datetime


@router.get(_HOME + "/rule-terms", response=Page[RuleTermsOut], **_READING)
def list_rule_terms(request: HttpRequest, organisation_id: int, cursor: str = "") -> dict[str, Any]:
    """List the terms of rules that hold, the oldest first."""
    place, after = find_place(request, organisation_id), read_cursor(request, Place, cursor)
    rows, last = terming.list_rule_page(place.organisation, after=after.pk if after else 0)
    following = Place(last.pk) if last else None
    return {"data": [_tell_rule(one) for one in rows], "next_cursor": write_cursor(request, following)}


@router.get(_HOME + "/rule-terms/{int:rule_id}", response=RuleTermsOut, **_READING)
def show_rule_terms(request: HttpRequest, organisation_id: int, rule_id: int) -> RuleTermsOut:
    """Show at which terms what fits a rule is paid back."""
    rule = find_cost_rule(find_place(request, organisation_id), rule_id)
    return _tell_rule(_require(_find_rule_terms(rule), "rule"))


@router.post(_HOME + "/rule-terms/{int:rule_id}", response=RuleTermsOut, **_WORKING)
def set_rule_terms(request: HttpRequest, organisation_id: int, rule_id: int, given: TermsIn) -> RuleTermsOut:
    """Have what fits a rule paid back at these terms; it is proposed in the background."""
    place = find_place(request, organisation_id)
    rule = find_cost_rule(place, rule_id)
    if rule.act != Rule.Act.ATTRIBUTE:
        raise ApiProblem(Problem.NOT_POSSIBLE_NOW, "What fits this rule is no client's, so nobody pays it.")
    fields = _read(given, _find_rule_terms(rule))
    said: dict[str, Any] = {"by": who(request).email, "now": place.now}
    with _naming_the_wording():
        agreed = terming.set_rule_terms(place.organisation, rule, fields=fields, **said)
    request_look(organisation_id=place.organisation.pk, by_person=True)
    return _tell_rule(agreed)


@router.post(_HOME + "/rule-terms/{int:rule_id}/end", response={204: None}, **_WORKING)
def end_rule_terms(request: HttpRequest, organisation_id: int, rule_id: int) -> Status[None]:
    """Have what fits a rule no longer paid back; what was accepted stays."""
    place = find_place(request, organisation_id)
    terming.end_rule_terms(find_cost_rule(place, rule_id))
    request_look(organisation_id=place.organisation.pk, by_person=True)
    return Status(204, None)


@router.get(_HOME + "/client-terms", response=Page[ClientTermsOut], **_READING)
def list_client_terms(request: HttpRequest, organisation_id: int, cursor: str = "") -> dict[str, Any]:
    """List the terms of clients, the oldest first."""
    place, after = find_place(request, organisation_id), read_cursor(request, Place, cursor)
    rows, last = terming.list_client_page(place.organisation, after=after.pk if after else 0)
    following = Place(last.pk) if last else None
    return {"data": [_tell_client(one) for one in rows], "next_cursor": write_cursor(request, following)}


@router.get(_HOME + "/client-terms/{int:client_id}", response=ClientTermsOut, **_READING)
def show_client_terms(request: HttpRequest, organisation_id: int, client_id: int) -> ClientTermsOut:
    """Show at which terms a client pays back what no rule has terms for."""
    place = find_place(request, organisation_id)
    return _tell_client(_require(_find_client_terms(place, find_client(client_id).pk), "client"))


@router.post(_HOME + "/client-terms/{int:client_id}", response=ClientTermsOut, **_WORKING)
def set_client_terms(
    request: HttpRequest, organisation_id: int, client_id: int, given: ClientTermsIn
) -> ClientTermsOut:
    """Say at which terms a client pays back what no rule has terms for."""
    place, client = find_place(request, organisation_id), find_client(client_id)
    held = _find_client_terms(place, client.pk)
    takes_all = bool(held and held.takes_all) if given.takes_all is None else given.takes_all
    said: dict[str, Any] = {"takes_all": takes_all, "by": who(request).email, "now": place.now}
    with _naming_the_wording():
        agreed = terming.set_client_terms(place.organisation, client, fields=_read(given, held), **said)
    request_look(organisation_id=place.organisation.pk, by_person=True)
    return _tell_client(agreed)


@router.get(_HOME + "/recharges/{int:recharge_id}/terms", response=TermsOut, **needs(Permission.READ))
def show_terms(request: HttpRequest, organisation_id: int, recharge_id: int) -> TermsOut:
    """Show at which terms one recharge is charged."""
    return _tell(find_recharge(find_place(request, organisation_id), recharge_id).terms)


@router.post(_HOME + "/recharges/{int:recharge_id}/terms", response=TermsOut, **needs(Permission.WORK))
def change_terms(request: HttpRequest, organisation_id: int, recharge_id: int, given: TermsIn) -> TermsOut:
    """Charge one recharge at other terms while no invoice says it; the others of its cost stay."""
    place = find_place(request, organisation_id)
    one = find_recharge(place, recharge_id)
    said: dict[str, Any] = {"by": who(request), "now": place.now}
    with _naming_the_wording():
        changed = deciding.change_terms(
            place.organisation, recharge_id=one.pk, fields=_read(given, one), **said
        )
    return _tell(changed.terms)


def _read(given: TermsIn, held: RuleTerms | ClientTerms | Recharge | None) -> dict[str, Any]:
    """Return what terms consist of: what is held, with what was sent instead."""
    sent = given.dict(exclude_unset=True, exclude={"takes_all"})
    sent = {name: value for name, value in sent.items() if value is not None or name in _EMPTIED}
    sent |= {name: read_digits(sent[name]) for name in _NUMBERS if name in sent}
    before = {name: getattr(held.terms, name) for name in terming.CONTENT} if held else {}
    fields = before | sent
    if fields.get("rate_from") != Terms.RateFrom.GIVEN:  # a rate that was agreed before goes with that
        fields |= {"rate": sent.get("rate"), "rate_for": sent.get("rate_for", "")}
    was_none = before.get("treatment") == Terms.Treatment.DISBURSEMENT and before["tax_type"] == _NO_TAX
    if was_none and sent.get("treatment") == Terms.Treatment.SUPPLY:
        fields["tax_type"] = sent.get("tax_type", "")  # no tax was the disbursement's
    return fields


@contextmanager
def _naming_the_wording() -> Iterator[None]:
    """Tell of a wording that cannot be filled in as of every other field that is wrong."""
    try:
        yield
    except BadText as wrong:
        raise ApiProblem(Problem.NOT_VALID, errors=[{"where": "wording", "what": str(wrong)}]) from wrong


def _find_rule_terms(rule: Rule) -> RuleTerms | None:
    return RuleTerms.objects.filter(rule=rule).select_related("terms").first()


def _find_client_terms(place: Where, client_id: int) -> ClientTerms | None:
    mine = ClientTerms.objects.filter(organisation=place.organisation, client=client_id)
    return mine.select_related("terms").first()


def _require(found: T | None, noun: str) -> T:
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, f"No terms were agreed for this {noun}.")
    return found


def _tell_rule(agreed: RuleTerms) -> RuleTermsOut:
    return RuleTermsOut(rule_id=agreed.rule_id, terms=_tell(agreed.terms), set_at=agreed.set_at)


def _tell_client(agreed: ClientTerms) -> ClientTermsOut:
    return ClientTermsOut(
        client_id=agreed.client_id,
        takes_all=agreed.takes_all,
        terms=_tell(agreed.terms),
        set_at=agreed.set_at,
    )


def _tell(terms: Terms) -> TermsOut:
    values = {name: getattr(terms, name) for name in terming.CONTENT}
    numbers = {name: None if values[name] is None else write_number(values[name]) for name in _NUMBERS}
    return TermsOut(**values | numbers)
