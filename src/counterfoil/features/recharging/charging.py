"""Gives each recharge of a source its part of the cost, and its charge."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from counterfoil.domain.pricing import Pricing, charge_shares, get_unit
from counterfoil.domain.splitting import Remainder, divide_amount
from counterfoil.features.recharging.models import Recharge, Source, Terms
from counterfoil.features.recharging.rates import Rates


@dataclass(frozen=True, slots=True)
class Priced:
    """What a recharge comes to: its cost in the document's currency, and the charge if there is one yet."""

    cost: Decimal
    charge: Decimal | None
    currency: str
    rate: Decimal | None
    waits_for: str

    def write_on(self, recharge: Recharge) -> None:
        """Make the recharge come to that."""
        recharge.cost, recharge.charge, recharge.currency = self.cost, self.charge, self.currency
        recharge.rate, recharge.waits_for = self.rate, self.waits_for


def price_source(source: Source, recharges: Sequence[Recharge], rates: Rates) -> list[Priced]:
    """
    Return what each comes to. Their costs, and what the firm keeps, sum to the line in its currency.

    Those that are priced alike are charged together, so that no cent is lost or made between them.
    """
    costs = _divide(source, recharges)
    rated = [rates.find(source, one.terms) for one in recharges]
    groups: dict[Pricing, list[int]] = defaultdict(list)
    for place, (one, found) in enumerate(zip(recharges, rated, strict=True)):
        if not found.waits_for:
            terms = one.terms
            pricing = Pricing(found.currency, found.rate, terms.markup_rate, terms.fee, terms.round_to)
            groups[pricing].append(place)
    charges: dict[int, Decimal] = {}
    for pricing, places in groups.items():
        made = charge_shares([costs[place] for place in places], pricing, remainder=_remainder(source))
        charges |= dict(zip(places, made, strict=True))
    return [
        Priced(cost, charges.get(place), found.currency, found.rate, found.waits_for)
        for place, (cost, found) in enumerate(zip(costs, rated, strict=True))
    ]


def price_recharges(source: Source, recharges: Sequence[Recharge], rates: Rates) -> None:
    """Write on each of a source's recharges what it comes to; nothing is stored."""
    for one, priced in zip(recharges, price_source(source, recharges, rates), strict=True):
        priced.write_on(one)


def find_kept(source: Source, recharges: Sequence[Recharge]) -> Decimal:
    """Return what the firm bears of a line itself, net of tax."""
    if not source.kept_weight:
        return Decimal(0)
    weights = [*(one.weight for one in recharges), source.kept_weight]
    unit = get_unit(source.currency)
    return divide_amount(source.net, weights, unit=unit, remainder=_remainder(source))[-1]


def _divide(source: Source, recharges: Sequence[Recharge]) -> list[Decimal]:
    if not recharges:
        return []
    weights = [one.weight for one in recharges] + ([source.kept_weight] if source.kept_weight else [])
    unit = get_unit(source.currency)
    net, gross = (
        divide_amount(amount, weights, unit=unit, remainder=_remainder(source))
        for amount in (source.net, source.net + source.tax)
    )
    is_gross = (one.terms.treatment == Terms.Treatment.DISBURSEMENT for one in recharges)
    return [gross[place] if with_tax else net[place] for place, with_tax in enumerate(is_gross)]


def _remainder(source: Source) -> Remainder:
    return Remainder(source.remainder)
