"""A cost divided by hand: over the clients that pay it back, and the firm."""

from decimal import Decimal
from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from counterfoil.api.entry import find_place, needs
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.api.resources.agreements import who
from counterfoil.api.resources.clients import find_active_client, find_deal
from counterfoil.api.resources.recharges import RechargedCostOut, tell_source
from counterfoil.api.shapes import Digits, Id, read_digits
from counterfoil.domain.splitting import Remainder
from counterfoil.features.recharging import deciding
from counterfoil.features.recharging.models import Source
from counterfoil.features.recharging.proposing import Charged
from counterfoil.features.recharging.queue import find_source
from counterfoil.features.recharging.terming import find_terms
from counterfoil.features.spending.attributing import Shared
from counterfoil.features.spending.models import Line
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Organisation

router = Router()
_HUNDRED = Decimal(100)


class RechargeShareIn(Schema):
    """Which client pays, and how much: a share, a percentage or an amount."""

    client_id: Id
    deal_id: Id | None = None
    weight: Digits


class SplitIn(Schema):
    """Which line or source is divided, and how; each client pays at its own terms."""

    line_id: Id | None = None
    source_id: Id | None = None
    split_by: Source.SplitBy = Source.SplitBy.SHARES
    shares: Annotated[list[RechargeShareIn], Field(min_length=1, max_length=200)]
    kept: Digits = Field(default="0", description="The firm's own share; else it is the rest")
    remainder: Remainder = Remainder.LARGEST


@router.post(
    "organisations/{int:organisation_id}/recharges/split",
    response=RechargedCostOut,
    **needs(Permission.WORK, of_firm=True),
)
def split_cost(request: HttpRequest, organisation_id: int, given: SplitIn) -> RechargedCostOut:
    """Recharge a line that waits, or divide otherwise what no invoice says yet; it can be billed then."""
    place, by = find_place(request, organisation_id), who(request)
    organisation = place.organisation
    if (given.line_id is None) == (given.source_id is None):
        raise _wrong("line_id", "Name a line that waits, or a source that is divided otherwise.")
    if given.line_id is not None:
        line = _find_line(organisation, given.line_id)
        split = _read_split(organisation, given, line.net)
        made = deciding.recharge_line(organisation, line_id=line.pk, split=split, by=by, now=place.now)
    else:
        held = find_source(organisation, given.source_id or 0)
        if held is None:
            raise ApiProblem(Problem.NOT_FOUND, "This organisation has no such cost.")
        split = _read_split(organisation, given, held.source.net)
        made = deciding.split_again(organisation, source_id=held.source.pk, split=split, by=by, now=place.now)
    found = find_source(organisation, made.pk)
    assert found is not None  # it was made in this transaction
    return tell_source(found)


def _read_split(organisation: Organisation, given: SplitIn, net: Decimal) -> deciding.Split:
    shares = []
    for number, one in enumerate(given.shares):
        weight = read_digits(one.weight)
        if not weight or weight < 0:
            raise _wrong(f"shares/{number}/weight", "A share is more than nothing.")
        client = find_active_client(one.client_id)
        deal = find_deal(one.deal_id, client)
        shares.append(Shared(client.pk, deal.pk if deal else None, weight))
    whole = {Source.SplitBy.PERCENT: _HUNDRED, Source.SplitBy.AMOUNT: abs(net)}.get(given.split_by)
    kept = read_digits(given.kept) or Decimal(0)
    if whole is not None:
        kept = whole - sum((one.weight for one in shares), Decimal(0))
    if kept < 0:
        raise _wrong("shares", "The shares come to more than there is.")
    terms = find_terms(organisation, [one.client_id for one in shares])
    charged = [Charged(one, terms[one.client_id]) for one in shares]
    return deciding.Split(charged, split_by=given.split_by.value, remainder=given.remainder, kept_weight=kept)


def _find_line(organisation: Organisation, line_id: int) -> Line:
    found = Line.objects.filter(organisation=organisation, pk=line_id).first()
    if found is None:
        raise ApiProblem(Problem.NOT_FOUND, "This organisation has no such line.")
    return found


def _wrong(where: str, what: str) -> ApiProblem:
    return ApiProblem(Problem.NOT_VALID, errors=[{"where": where, "what": what}])
