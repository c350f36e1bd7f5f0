"""Shows what a split would come to before anything is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from counterfoil.features.recharging.charging import find_kept, price_recharges
from counterfoil.features.recharging.deciding import Split
from counterfoil.features.recharging.models import Recharge, Source
from counterfoil.features.recharging.proposing import build_recharge, see
from counterfoil.features.recharging.rates import read_rates
from counterfoil.features.spending.models import Line
from counterfoil.mirror.models import Organisation


@dataclass(frozen=True)
class Preview:
    """The recharges that a split would make."""

    source: Source
    recharges: Sequence[Recharge]

    @property
    def kept(self) -> Decimal:
        """What the firm bears itself, net of tax."""
        return find_kept(self.source, self.recharges)


def preview_split(organisation: Organisation, line: Line, split: Split) -> Preview:
    """Return what a person's split of a line would come to."""
    source = see(
        line,
        act=Source.Act.RECHARGED,
        why=Source.Why.BY_HAND,
        split_by=split.split_by,
        remainder=split.remainder.value,
        kept_weight=split.kept_weight,
    )
    recharges = [build_recharge(source, one, place) for place, one in enumerate(split.charged)]
    price_recharges(source, recharges, read_rates(organisation, [source]))
    return Preview(source, recharges)
