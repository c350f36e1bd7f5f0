"""
What people of this firm chose for costs like one: plain counting of their own choices, and nothing else.

Nothing is learnt from other firms, and no model is trained. Source: Xero developer platform terms.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Prefetch, Q, Window
from django.db.models.functions import RowNumber

from counterfoil.domain.recharging import RechargeState
from counterfoil.features.recharging.models import Recharge, Source
from counterfoil.features.recharging.proposing import Charged
from counterfoil.features.recharging.terming import find_terms
from counterfoil.features.spending.attributing import Shared
from counterfoil.features.spending.models import Line, Part
from counterfoil.mirror.models import Organisation

_LOOKS_BACK = 5
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Choice:
    """What was chosen how often, of how many; without a count it is what the line is attributed to."""

    charged: Sequence[Charged]
    names: Sequence[str]
    kept_weight: Decimal = _ZERO
    times: int = 0
    of: int = 0
    supplier: str = ""

    @property
    def is_kept(self) -> bool:
        """Say whether the choice is to recharge nothing."""
        return not self.charged

    @property
    def reason(self) -> str:
        """Why this is suggested, in a sentence."""
        if not self.times:
            return "The cost is attributed so."
        last = "The last one" if self.of == 1 else f"{self.times} of the last {self.of}"
        went = "not recharged" if self.is_kept else f"recharged to {_join(self.names)}"
        return f"{last} from {self.supplier} {'was' if self.of == 1 else 'were'} {went}."


def list_choices(organisation: Organisation, lines: Sequence[Line]) -> dict[int, Choice]:
    """Return, by line, what was chosen most often for its supplier's last ones; the latest wins a tie."""
    past = _read_past(organisation, {line.contact_id for line in lines} - {""})
    found = {}
    for line in lines:
        choice = _count(past.get(line.contact_id, []), line.contact_name)
        if choice is not None:
            found[line.pk] = choice
    rest = [line for line in lines if line.pk not in found]
    return found | _read_attributed(organisation, rest)


def _read_past(organisation: Organisation, contact_ids: set[str]) -> Mapping[str, Sequence[Source]]:
    """Return the last few sources of each supplier that people decided about, the latest first."""
    accepted = Recharge.objects.filter(source=OuterRef("pk")).exclude(
        state__in=[RechargeState.PROPOSED.value, RechargeState.DROPPED.value]
    )
    live = Recharge.objects.exclude(state=RechargeState.DROPPED.value).filter(adjusts=None)
    decided = (
        Source.objects.filter(organisation=organisation, contact_id__in=contact_ids, ended_at=None)
        .filter(Q(made_by__isnull=False) | Q(Exists(accepted)))
        .annotate(
            nth=Window(RowNumber(), partition_by=F("contact_id"), order_by=[F("day").desc(), F("pk").desc()])
        )
        .filter(nth__lte=_LOOKS_BACK)
        .prefetch_related(Prefetch("recharges", queryset=live.select_related("client", "terms")))
    )
    found: dict[str, list[Source]] = defaultdict(list)
    for source in decided.order_by("-day", "-pk"):
        found[source.contact_id].append(source)
    return found


def _count(sources: Sequence[Source], supplier: str) -> Choice | None:
    alike: dict[tuple[object, ...], list[Source]] = defaultdict(list)
    for source in sources:
        shares = ((one.client_id, one.deal_id or 0, one.weight.normalize()) for one in source.recharges.all())
        alike[source.act, source.kept_weight.normalize(), *sorted(shares)].append(source)
    if not alike:
        return None
    # The dictionary holds the latest first, and the first of equals is taken.
    most = max(alike.values(), key=len)
    recharges = sorted(most[0].recharges.all(), key=lambda one: (one.place, one.pk))
    return Choice(
        charged=[Charged(Shared(one.client_id, one.deal_id, one.weight), one.terms) for one in recharges],
        names=[one.client.name for one in recharges],
        kept_weight=most[0].kept_weight,
        times=len(most),
        of=len(sources),
        supplier=supplier,
    )


def _read_attributed(organisation: Organisation, lines: Sequence[Line]) -> dict[int, Choice]:
    """Suggest the clients whose cost a line is; a contact that is a client is not charged its own bill."""
    ids = [one.pk for one in lines if one.why not in (Line.Why.NOTHING, Line.Why.CONTACT)]
    parts = Part.objects.filter(line__in=ids).exclude(client=None).select_related("client").order_by("pk")
    by_line: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        if part.net:
            by_line[part.line_id].append(part)
    clients = sorted({part.client_id for own in by_line.values() for part in own if part.client_id})
    terms = find_terms(organisation, clients) if clients else {}
    return {
        line_id: Choice(
            charged=[
                Charged(Shared(part.client_id, part.deal_id, abs(part.net)), terms[part.client_id])
                for part in own
                if part.client_id
            ],
            names=[part.client.name for part in own if part.client],
        )
        for line_id, own in by_line.items()
    }


def _join(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
