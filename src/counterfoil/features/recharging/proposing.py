"""
Proposes recharges: what a rule, Xero's billable expenses or a client's terms say is paid back, each once.

Doing it again changes nothing. What a proposal stands on may change until a person accepts it; then the
proposal is made anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from counterfoil.domain.recharging import RechargeState
from counterfoil.features.recharging.charging import price_recharges
from counterfoil.features.recharging.models import ClientTerms, Recharge, RuleTerms, Source, Terms, Watch
from counterfoil.features.recharging.moves import take_turn, tell
from counterfoil.features.recharging.prices import find_prices_before
from counterfoil.features.recharging.rates import read_rates
from counterfoil.features.recharging.terming import find_terms
from counterfoil.features.spending.attributing import Shared
from counterfoil.features.spending.deciding import take_back_recharged
from counterfoil.features.spending.models import Line, Part
from counterfoil.mirror.models import LinkedTransaction, Organisation
from counterfoil.mirror.scope import in_workspace

_BATCH = 2000
_ZERO = Decimal(0)
# What of a line its source remembers.
SEEN = (
    "stream", "document_id", "line_key", "digest", "kind", "day", "number", "contact_id", "contact_name",
    "account_code", "description", "currency", "net", "tax",
)  # fmt: skip

SCANNED = (
    (Q(kind__in=["ACCPAY", "ACCPAYCREDIT", "SPEND"]) | Q(stream="ExpenseClaims"))
    & ~Q(side=Line.Side.REVENUE)
    & ~Q(net=0)
)
"""What a firm pays: lines of bills, supplier credits, spend-money and claims, on costs and on assets."""


@dataclass(frozen=True)
class Charged:
    """Who pays, by which share, at which terms."""

    shared: Shared
    terms: Terms


@dataclass(frozen=True)
class Wanted:
    """What is to be recharged of a line, and why; the firm keeps `kept_weight`."""

    why: str
    charged: Sequence[Charged]
    rule_id: int | None = None
    kept_weight: Decimal = _ZERO

    @property
    def signature(self) -> tuple[object, ...]:
        """What makes it another proposal."""
        shares = sorted(
            (one.shared.client_id, one.shared.deal_id or 0, one.shared.weight.normalize(), one.terms.pk)
            for one in self.charged
        )
        return self.why, self.rule_id, self.kept_weight.normalize(), tuple(shares)


class Agreed:
    """What an organisation's rules and clients agreed, read once for many lines."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        rules = RuleTerms.objects.filter(organisation=organisation, rule__ended_at=None)
        self.rules = {
            one.rule_id: one for one in rules.select_related("terms", "rule").prefetch_related("rule__shares")
        }
        takers = ClientTerms.objects.filter(organisation=organisation, takes_all=True)
        self.takers = set(takers.values_list("client_id", flat=True))

    def select(self, lines: "QuerySet[Line]") -> "QuerySet[Line]":
        """Return those of the lines that could be wanted."""
        of_takers = Part.objects.filter(line=OuterRef("pk"), client__in=self.takers)
        wanted: Any = Q(why=Line.Why.RULE, rule__in=self.rules) | Q(why=Line.Why.BILLABLE)
        if self.takers:
            wanted |= Q(standing=Line.Standing.ATTRIBUTED) & ~Q(why=Line.Why.CONTACT) & Exists(of_takers)
        return lines.filter(wanted)

    def want(self, lines: Sequence[Line]) -> dict[int, Wanted]:
        """Return, by line, what is to be recharged of it; a few queries however many lines there are."""
        parts = _read_parts(lines)
        clients = {share.client_id for shares in parts.values() for share in shares}
        terms = find_terms(self._organisation, sorted(clients)) if clients else {}
        found = {line.pk: self._want(line, parts.get(line.pk, []), terms) for line in lines}
        return {key: wanted for key, wanted in found.items() if wanted is not None}

    def _want(self, line: Line, parts: Sequence[Shared], terms: Mapping[int, Terms]) -> Wanted | None:
        by_rule = self.rules.get(line.rule_id or 0) if line.why == Line.Why.RULE else None
        if by_rule is not None:
            shares = [Shared(one.client_id, one.deal_id, one.weight) for one in by_rule.rule.shares.all()]
            charged = [Charged(share, by_rule.terms) for share in shares]
            return Wanted(Source.Why.RULE, charged, by_rule.rule_id) if charged else None
        is_billable = line.why == Line.Why.BILLABLE
        payers = [one for one in parts if is_billable or one.client_id in self.takers]
        if not payers or line.why == Line.Why.CONTACT:
            return None
        kept = sum((one.weight for one in parts if one not in payers), _ZERO)
        why = Source.Why.BILLABLE if is_billable else Source.Why.CLIENT
        return Wanted(why, [Charged(one, terms[one.client_id]) for one in payers], None, kept)


def select_scanned(organisation: Organisation, since: Any) -> "QuerySet[Line]":
    """Return the lines that are looked at: all that was paid from a day on."""
    return Line.objects.filter(SCANNED, organisation=organisation, day__gte=since)


def is_decided(lines_key: str = "") -> Exists:
    """Return the condition that something is done about a line: it is recharged, or said not to be."""
    return Exists(
        Source.objects.filter(
            organisation=OuterRef(f"{lines_key}organisation"),
            document_id=OuterRef(f"{lines_key}document_id"),
            line_key=OuterRef(f"{lines_key}line_key"),
            ended_at=None,
        )
    )


def is_billed_in_xero() -> Exists:
    """Return the condition that somebody billed a line on in Xero itself: it is not charged once more."""
    linked = LinkedTransaction.objects.filter(
        organisation=OuterRef("organisation"),
        source_transaction_id=OuterRef("document_id"),
        source_line_item_id=OuterRef("line_key"),
        gone_at=None,
    )
    return Exists(linked.exclude(status="VOIDED").exclude(target_transaction_id=""))


def propose_all(organisation: Organisation, watch: Watch, *, now: datetime) -> int:
    """Propose what is wanted and nobody decided about; return how many. Each batch stands by itself."""
    count, last = 0, 0
    while True:
        with in_workspace(organisation.workspace_id):
            take_turn(organisation)
            agreed = Agreed(organisation)
            waiting = agreed.select(select_scanned(organisation, watch.since)).filter(
                ~is_decided(), ~is_billed_in_xero(), pk__gt=last
            )
            lines = list(waiting.order_by("pk")[:_BATCH])
            if not lines:
                return count
            wanted = agreed.want(lines)
            store_sources(organisation, [(line, wanted[line.pk]) for line in lines if line.pk in wanted], now)
        last, count = lines[-1].pk, count + len(wanted)


def store_sources(
    organisation: Organisation,
    wanted: Sequence[tuple[Line, Wanted]],
    now: datetime,
    *,
    state: RechargeState = RechargeState.PROPOSED,
    **given: Any,
) -> list[Source]:
    """Write down what is recharged of lines, priced; `given` is written on each source."""
    lines = [line for line, _ in wanted]
    before = find_prices_before(organisation, lines, Line.objects.filter(SCANNED))
    sources = []
    for line, one in wanted:
        asks = line.pk in before and not all(each.terms.expects_changes for each in one.charged)
        sources.append(
            see(
                line,
                act=Source.Act.RECHARGED,
                why=one.why,
                rule_id=one.rule_id,
                kept_weight=one.kept_weight,
                price_before=before[line.pk].amount if asks else None,
                priced_before_on=before[line.pk].day if asks else None,
                made_at=now,
                **given,
            )
        )
    rates = read_rates(organisation, sources)
    recharges = []
    for source, (_, one) in zip(sources, wanted, strict=True):
        made = [
            build_recharge(source, charged, place, state=state.value, made_at=now, changed_at=now)
            for place, charged in enumerate(one.charged)
        ]
        price_recharges(source, made, rates)
        recharges += made
    Source.objects.bulk_create(sources)
    for recharge in recharges:
        recharge.source_id = recharge.source.pk
    Recharge.objects.bulk_create(recharges)
    return sources


def see(line: Line, **fields: Any) -> Source:
    """Return a source that remembers the line as it is; nothing is stored."""
    facts = {name: getattr(line, name) for name in SEEN}
    return Source(workspace_id=line.workspace_id, organisation_id=line.organisation_id, **facts, **fields)


def review_proposals(organisation: Organisation, *, now: datetime) -> int:
    """Withdraw proposals that nothing wants any more, or not like this; return how many."""
    with in_workspace(organisation.workspace_id):
        take_turn(organisation)
        sources = _list_untouched(organisation)
        if not sources:
            return 0
        agreed = Agreed(organisation)
        lines = {
            (line.document_id, line.line_key): line
            for line in Line.objects.filter(
                organisation=organisation, document_id__in={one.document_id for one in sources}
            )
        }
        wanted = agreed.want(list(lines.values()))
        stale = [source for source in sources if _is_stale(source, lines, wanted)]
        withdraw(stale, what="The proposal was withdrawn: what it stood on says something else now.", now=now)
        return len(stale)


def withdraw(sources: Sequence[Source], *, what: str, now: datetime, by: str = "") -> None:
    """End sources of which nothing was billed, with their recharges."""
    recharges = list(Recharge.objects.filter(source__in=sources).exclude(state=RechargeState.DROPPED.value))
    for one in recharges:
        one.state, one.changed_at = RechargeState.DROPPED.value, now
    Recharge.objects.bulk_update(recharges, ["state", "changed_at"], batch_size=1000)
    tell(recharges, what=what, by=by, now=now)
    Source.objects.filter(pk__in=[source.pk for source in sources]).update(ended_at=now)
    for source in sources:
        if source.why == Source.Why.BY_HAND:
            line = {"document_id": source.document_id, "line_key": source.line_key}
            take_back_recharged(source.organisation, **line, now=now)


def _list_untouched(organisation: Organisation) -> list[Source]:
    """Return the sources that were found by themselves and of which nobody accepted anything."""
    mine = Source.objects.filter(
        organisation=organisation, ended_at=None, act=Source.Act.RECHARGED, made_by=None
    ).exclude(why=Source.Why.BY_HAND)
    others = Recharge.objects.filter(source=OuterRef("pk")).exclude(state=RechargeState.PROPOSED.value)
    return list(mine.filter(~Exists(others)).prefetch_related("recharges"))


def _is_stale(source: Source, lines: Mapping[tuple[str, str], Line], wanted: Mapping[int, Wanted]) -> bool:
    line = lines.get((source.document_id, source.line_key))
    if line is None:
        return False  # whoever notices changes says what became of it
    want = wanted.get(line.pk)
    shares = sorted(
        (one.client_id, one.deal_id or 0, one.weight.normalize(), one.terms_id)
        for one in source.recharges.all()
    )
    held = (source.why, source.rule_id, source.kept_weight.normalize(), tuple(shares))
    return want is None or want.signature != held


def build_recharge(source: Source, charged: Charged, place: int, **fields: Any) -> Recharge:
    """Return a recharge of a source, not priced and not stored."""
    return Recharge(
        workspace_id=source.workspace_id,
        organisation_id=source.organisation_id,
        source=source,
        document_id=source.document_id,
        line_key=source.line_key,
        client_id=charged.shared.client_id,
        deal_id=charged.shared.deal_id,
        place=place,
        weight=charged.shared.weight,
        terms=charged.terms,
        **fields,
    )


def _read_parts(lines: Iterable[Line]) -> dict[int, list[Shared]]:
    """Return whose each line is: by the shares that a person said, else by its parts."""
    found: dict[int, list[Shared]] = {}
    said = [line for line in lines if line.why == Line.Why.BY_HAND and line.verdict_id]
    for line in Line.objects.filter(pk__in=[one.pk for one in said]).prefetch_related("verdict__shares"):
        assert line.verdict is not None
        found[line.pk] = [Shared(one.client_id, one.deal_id, one.weight) for one in line.verdict.shares.all()]
    others = [line.pk for line in lines if line.why not in (Line.Why.RULE, Line.Why.BY_HAND)]
    parts = Part.objects.filter(line__in=others).exclude(client=None).order_by("pk")
    for line_id, client_id, deal_id in parts.values_list("line_id", "client_id", "deal_id"):
        found.setdefault(line_id, []).append(Shared(client_id, deal_id))
    return found
