"""Rules by which costs are attributed: in which order they are asked, and what each says."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from counterfoil.api.cursors import read_cursor, write_cursor
from counterfoil.api.entry import Place as Where
from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.resources.costs import CostShareIn, read_shares
from counterfoil.api.shapes import Day, Digits, Page, read_digits, write_number
from counterfoil.features.spending import ruling
from counterfoil.features.spending.attributing import Shared
from counterfoil.features.spending.models import Rule
from counterfoil.features.workspaces.permissions import Permission

router = Router()
_HOME = "organisations/{int:organisation_id}/cost-rules"
_READING = needs(Permission.READ, of_firm=True)
_WORKING = needs(Permission.WORK, of_firm=True)
_EMPTIED = {"least", "most", "since", "until"}  # what null takes away


@dataclass(frozen=True)
class Place:
    """The rule after which a page begins, in the order in which they are asked."""

    number: int
    pk: int


class RuleChange(Schema):
    """What is to be otherwise about a rule; what is not sent stays, and shares come all or not at all."""

    name: str | None = Field(default=None, min_length=1, max_length=255)
    contact_id: str | None = Field(default=None, max_length=50, description="The supplier")
    account_code: str | None = Field(default=None, max_length=10)
    bank_account_id: str | None = Field(default=None, max_length=50)
    description: str | None = Field(default=None, max_length=255, description="Words in the description")
    reference: str | None = Field(default=None, max_length=255, description="Words in number or reference")
    tracking_option: str | None = Field(default=None, max_length=100)
    least: Digits | None = None
    most: Digits | None = None
    since: Day | None = None
    until: Day | None = None
    act: Rule.Act | None = None
    shares: Annotated[list[CostShareIn], Field(max_length=200)] | None = None


class RuleIn(RuleChange):
    """A new rule, asked after all others. What is empty fits everything."""

    name: str = Field(min_length=1, max_length=255)
    act: Rule.Act


class ShareOut(Schema):
    """A client's share of what fits."""

    client_id: int
    deal_id: int | None
    weight: str


class RuleOut(Schema):
    """A rule that holds: what it fits, and whose that is."""

    id: int
    name: str
    contact_id: str
    account_code: str
    bank_account_id: str
    description: str
    reference: str
    tracking_option: str
    least: str | None
    most: str | None
    since: str | None
    until: str | None
    act: str
    shares: list[ShareOut]


@router.get(_HOME, response=Page[RuleOut], **_READING)
def list_cost_rules(request: HttpRequest, organisation_id: int, cursor: str = "") -> dict[str, Any]:
    """List the rules in the order in which they are asked: the first that fits a cost decides."""
    place, after = find_place(request, organisation_id), read_cursor(request, Place, cursor)
    rows, last = ruling.list_page(place.organisation, after=(after.number, after.pk) if after else None)
    following = Place(last.place, last.pk) if last is not None else None
    return {"data": [_tell(one) for one in rows], "next_cursor": write_cursor(request, following)}


@router.post(_HOME, response={201: RuleOut}, **_WORKING)
def add_cost_rule(request: HttpRequest, organisation_id: int, given: RuleIn) -> Status[RuleOut]:
    """Make a rule; it is applied to all costs."""
    place = find_place(request, organisation_id)
    return Status(201, _save(request, place, None, given))


@router.get(_HOME + "/{int:rule_id}", response=RuleOut, **_READING)
def show_cost_rule(request: HttpRequest, organisation_id: int, rule_id: int) -> RuleOut:
    """Show one rule."""
    return _tell(find_cost_rule(find_place(request, organisation_id), rule_id))


@router.post(_HOME + "/{int:rule_id}", response=RuleOut, **_WORKING)
def change_cost_rule(request: HttpRequest, organisation_id: int, rule_id: int, given: RuleChange) -> RuleOut:
    """Change a rule; it is applied to all costs anew."""
    place = find_place(request, organisation_id)
    return _save(request, place, find_cost_rule(place, rule_id), given)


@router.post(_HOME + "/{int:rule_id}/earlier", response=RuleOut, **_WORKING)
def ask_earlier(request: HttpRequest, organisation_id: int, rule_id: int) -> RuleOut:
    """Have a rule asked before the one in front of it."""
    place = find_place(request, organisation_id)
    ruling.put_first(place.organisation, find_cost_rule(place, rule_id))
    return _tell(find_cost_rule(place, rule_id))


@router.post(_HOME + "/{int:rule_id}/end", response={204: None}, **_WORKING)
def end_cost_rule(request: HttpRequest, organisation_id: int, rule_id: int) -> Status[None]:
    """Ask a rule no more: what it gave goes to whom the other rules and links say."""
    place = find_place(request, organisation_id)
    ruling.end_rule(place.organisation, find_cost_rule(place, rule_id), now=place.now)
    return Status(204, None)


def _save(request: HttpRequest, place: Where, rule: Rule | None, given: RuleChange) -> RuleOut:
    sent = given.dict(exclude_unset=True)
    fields = {name: value for name, value in sent.items() if value is not None or name in _EMPTIED}
    for name in ("least", "most"):
        if name in fields:
            fields[name] = read_digits(fields[name])
    shares = _keep_shares(rule) if given.shares is None else read_shares(given.shares)
    fields = {"act": rule.act if rule else "", **fields}
    fields.pop("shares", None)
    saved = ruling.save_rule(
        place.organisation, rule, fields=fields, shares=shares, by=who(request).email, now=place.now
    )
    return _tell(find_cost_rule(place, saved.pk))


def _keep_shares(rule: Rule | None) -> list[Shared]:
    return [Shared(one.client_id, one.deal_id, one.weight) for one in rule.shares.all()] if rule else []


def find_cost_rule(place: Where, rule_id: int) -> Rule:
    """Return a rule that holds. Raises ApiProblem."""
    found = ruling.list_rules(place.organisation).filter(pk=rule_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no rule with this number that holds.")
    return found


def _tell(rule: Rule) -> RuleOut:
    return RuleOut(
        id=rule.pk,
        name=rule.name,
        contact_id=rule.contact_id,
        account_code=rule.account_code,
        bank_account_id=rule.bank_account_id,
        description=rule.description,
        reference=rule.reference,
        tracking_option=rule.tracking_option,
        least=_write(rule.least),
        most=_write(rule.most),
        since=rule.since.isoformat() if rule.since else None,
        until=rule.until.isoformat() if rule.until else None,
        act=rule.act,
        shares=[
            ShareOut(client_id=one.client_id, deal_id=one.deal_id, weight=write_number(one.weight))
            for one in rule.shares.all()
        ],
    )


def _write(amount: Decimal | None) -> str | None:
    return None if amount is None else write_number(amount)
