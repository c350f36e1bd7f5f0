"""
Lays an invoice beside the last one for the same agreement, and says what is different.

Lines are told apart by what they bill, not by their words: "Care in June" and "Care in July" are one thing.
What somebody wrote by hand is known by its words.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import OuterRef, Subquery

from counterfoil.domain.totals import AmountsAre, Line, compute_line
from counterfoil.domain.wording import say_amount, say_number, say_unit_price
from counterfoil.features.billing.models import RunInvoice, Service
from counterfoil.features.invoicing.models import DraftLine

Key = tuple[str, object]


@dataclass(frozen=True)
class Part:
    """What an invoice bills of one thing, in one line or in several."""

    words: str
    amount: Decimal
    quantity: Decimal
    prices: frozenset[Decimal]


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was: `new`, `gone`, `price`, `quantity` or `amount`, and the sentence."""

    kind: str
    sentence: str


@dataclass(frozen=True)
class Comparison:
    """An invoice beside the one before it, which is None the first time."""

    before: RunInvoice | None = None
    differences: Sequence[Difference] = field(default_factory=tuple)

    @property
    def is_as_before(self) -> bool:
        """Say whether there was one before, and this one bills the same."""
        return self.before is not None and not self.differences


def compare(invoices: Sequence[RunInvoice]) -> dict[int, Comparison]:
    """Return each invoice beside the last one that billed one of its agreements; a few queries for all."""
    before = _find_before(invoices)
    parts = _read_parts([*invoices, *before.values()])
    compared = {}
    for one in invoices:
        last = before.get(one.pk)
        differences = list(_tell(parts[last.pk], parts[one.pk], one.currency)) if last else []
        compared[one.pk] = Comparison(last, differences)
    return compared


def _find_before(invoices: Iterable[RunInvoice]) -> dict[int, RunInvoice]:
    billed = Service.objects.filter(invoice=OuterRef(OuterRef("pk"))).values("agreement")
    earlier = (
        RunInvoice.objects.filter(
            client=OuterRef("client"), date__lt=OuterRef("date"), services__agreement__in=billed
        )
        .exclude(state=RunInvoice.State.DISCARDED)
        .order_by("-date", "-pk")
    )
    with_earlier = RunInvoice.objects.filter(pk__in=[one.pk for one in invoices]).annotate(
        earlier=Subquery(earlier.values("pk")[:1])
    )
    pairs = dict(with_earlier.exclude(earlier=None).values_list("pk", "earlier"))
    found = RunInvoice.objects.select_related("draft__organisation").in_bulk(set(pairs.values()))
    return {pk: found[last] for pk, last in pairs.items()}


def _read_parts(invoices: Sequence[RunInvoice]) -> dict[int, dict[Key, Part]]:
    services: dict[int, list[Service]] = defaultdict(list)
    for service in Service.objects.filter(invoice__in={one.pk for one in invoices}).order_by("place"):
        services[service.invoice_id].append(service)
    lines: dict[int, list[DraftLine]] = defaultdict(list)
    for line in DraftLine.objects.filter(draft__in={one.draft_id for one in invoices}).order_by("place"):
        lines[line.draft_id].append(line)
    return {
        one.pk: _gather(
            _of_lines(lines[one.draft_id], services[one.pk], decimals=one.draft.decimals)
            if one.draft is not None and one.draft_id is not None
            else _of_services(services[one.pk])
        )
        for one in invoices
    }


def _of_services(services: Iterable[Service]) -> Iterator[tuple[Key, Part]]:
    for one in services:
        yield _key_of(one), Part(one.description, one.amount, one.quantity, frozenset({one.price}))


def _of_lines(
    lines: Iterable[DraftLine], services: Iterable[Service], *, decimals: int
) -> Iterator[tuple[Key, Part]]:
    left = list(services)
    for line in lines:
        if line.quantity is None and line.unit_amount is None:
            continue
        service = next((one for one in left if one.description == line.description), None)
        if service is not None:
            left.remove(service)
        quantity = Decimal(1) if line.quantity is None else line.quantity
        price = line.unit_amount or Decimal(0)
        made = compute_line(
            Line(quantity, price, Decimal(0), line.discount_rate, line.discount_amount),
            amounts_are=AmountsAre.NO_TAX,
            decimals=decimals,
        )
        key = _key_of(service) if service else ("words", line.description.casefold())
        yield key, Part(line.description, made.amount, quantity, frozenset({price}))


def _key_of(service: Service) -> Key:
    return ("line", service.line_id) if service.line_id else ("minimum", service.agreement_id)


def _gather(parts: Iterable[tuple[Key, Part]]) -> dict[Key, Part]:
    found: dict[Key, Part] = {}
    for key, part in parts:
        earlier = found.get(key)
        if earlier is None:
            found[key] = part
        else:
            prices = earlier.prices | part.prices
            found[key] = Part(
                earlier.words, earlier.amount + part.amount, earlier.quantity + part.quantity, prices
            )
    return {key: part for key, part in found.items() if part.amount or key[0] != "minimum"}


def _tell(before: Mapping[Key, Part], now: Mapping[Key, Part], currency: str) -> Iterator[Difference]:
    for key, part in now.items():
        if key not in before:
            yield Difference("new", f"New: {part.words}, {say_amount(part.amount, currency)}")
        elif (was := before[key]) != part:
            yield from _tell_part(was, part, currency)
    for key, part in before.items():
        if key not in now:
            yield Difference("gone", f"Not any more: {part.words}, {say_amount(part.amount, currency)}")


def _tell_part(before: Part, now: Part, currency: str) -> Iterator[Difference]:
    has_other_price = before.prices != now.prices
    if has_other_price and before.quantity == now.quantity and len(before.prices) == len(now.prices) == 1:
        was, price = (say_unit_price(next(iter(one.prices)), currency) for one in (before, now))
        yield Difference("price", f"{now.words}: price {was} → {price}")
    elif not has_other_price and before.quantity != now.quantity:
        was, quantity = say_number(before.quantity), say_number(now.quantity)
        yield Difference("quantity", f"{now.words}: quantity {was} → {quantity}")
    elif has_other_price or before.amount != now.amount:
        was, amount = say_amount(before.amount, currency), say_amount(now.amount, currency)
        yield Difference("amount", f"{now.words}: {was} → {amount}")
