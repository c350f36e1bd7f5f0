"""
Notices what became of the lines that are recharged: changed, written anew, voided, paid.

What no invoice says yet is renewed, and a person accepts it again. What an invoice says is left as it is:
the recharge asks.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Sum

from counterfoil.domain.recharging import RENEWABLE, WRITTEN, RechargeState
from counterfoil.domain.wording import say_amount
from counterfoil.features.recharging.charging import Priced, price_source
from counterfoil.features.recharging.models import Recharge, Source
from counterfoil.features.recharging.moves import move_recharges, take_turn, tell
from counterfoil.features.recharging.prices import find_prices_before
from counterfoil.features.recharging.proposing import SCANNED, SEEN, withdraw
from counterfoil.features.recharging.rates import read_rates
from counterfoil.features.spending.deciding import follow_recharged
from counterfoil.features.spending.models import Line
from counterfoil.mirror.models import Organisation
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.postings import POSTED
from counterfoil.sync.streams import STREAM_BY_NAME

_ZERO = Decimal(0)
_GONE = b""
_State = RechargeState


def notice_changes(organisation: Organisation, *, now: datetime) -> int:
    """Look at all sources whose line is another than was seen; return how many. Once is enough."""
    with in_workspace(organisation.workspace_id):
        take_turn(organisation)
        changed = _list_changed(organisation)
        lines = _read_lines(organisation, changed)
        missing = [one for one in changed if (one.document_id, one.line_key) not in lines]
        gone = _follow_rewritten(organisation, missing, now=now)
        for source in changed:
            line = lines.get((source.document_id, source.line_key))
            if line is not None:
                _notice(organisation, source, line, now=now)
            elif source in gone:
                _notice(organisation, source, None, now=now)
        return len(changed)


def renew_rates(organisation: Organisation, *, now: datetime) -> int:
    """
    Price again what no invoice says and a rate was missing or became another one; return how many.

    What an invoice says asks, once for each rate: a person bills or credits the difference, or leaves it.
    """
    with in_workspace(organisation.workspace_id):
        take_turn(organisation)
        open_ones = Recharge.objects.filter(
            ~Q(waits_for="") | ~Q(currency=F("source__currency")),
            organisation=organisation,
            state__in=[one.value for one in (*RENEWABLE, *WRITTEN, _State.ASKS)],
            adjusts=None,
        )
        sources = Source.objects.filter(pk__in=open_ones.values("source"), ended_at=None)
        count = 0
        with_recharges = Prefetch("recharges", queryset=_select_standing(), to_attr="standing")
        rates = read_rates(organisation, found := list(sources.prefetch_related(with_recharges)))
        for source in found:
            mine: list[Recharge] = source.standing
            for one, priced in zip(mine, price_source(source, mine, rates), strict=True):
                before = (one.rate, one.waits_for)
                if _State(one.state) not in RENEWABLE:
                    count += _ask_about_rate(one, priced, now=now)
                elif (priced.rate, priced.waits_for) != before:
                    priced.write_on(one)
                    one.save()
                    what = one.get_waits_for_display() if one.waits_for else f"The rate is {one.rate:f} now."
                    tell([one], what=what, by="", now=now)
                    count += 1
        return count


def _ask_about_rate(one: Recharge, priced: Priced, *, now: datetime) -> int:
    """Have what an invoice says ask about another rate; while the bill is unpaid again there is none."""
    if priced.rate is None or priced.rate == (one.rate_asked or one.rate):
        return 0
    was = one.rate_asked or one.rate
    what = (
        f"The rate is {priced.rate:f} now, and was {was:f}." if was else f"The rate is {priced.rate:f} now."
    )
    Recharge.objects.filter(pk=one.pk).update(rate_asked=priced.rate)
    _ask([one], {one: priced}, Recharge.Asks.CHANGED, what=what, now=now)
    return 1


def _list_changed(organisation: Organisation) -> list[Source]:
    same = Line.objects.filter(
        organisation=OuterRef("organisation"),
        document_id=OuterRef("document_id"),
        line_key=OuterRef("line_key"),
        digest=OuterRef("digest"),
        net=OuterRef("net"),
        tax=OuterRef("tax"),
    )
    mine = Source.objects.filter(organisation=organisation, ended_at=None).exclude(digest=_GONE)
    return list(mine.filter(~Exists(same)).order_by("pk"))


def _read_lines(organisation: Organisation, sources: Iterable[Source]) -> dict[tuple[str, str], Line]:
    ids = {one.document_id for one in sources}
    found = Line.objects.filter(organisation=organisation, document_id__in=ids)
    return {(line.document_id, line.line_key): line for line in found}


def _follow_rewritten(
    organisation: Organisation, missing: Sequence[Source], *, now: datetime
) -> list[Source]:
    """
    Return those whose line is surely gone. One that Xero wrote anew, with another id, is followed to it.

    A document that is not copied, as after a removed connection, says nothing about its lines.
    Source: FACTS 7.6: editing a line without its LineItemID makes the line anew.
    """
    ended = _find_ended(organisation, missing)
    lines: dict[str, list[Line]] = defaultdict(list)
    for line in Line.objects.filter(
        organisation=organisation, document_id__in=[one.document_id for one in missing]
    ):
        lines[line.document_id].append(line)
    taken = set(
        Source.objects.filter(
            organisation=organisation, document_id__in=list(lines), ended_at=None
        ).values_list("document_id", "line_key")
    )
    gone = []
    for source in missing:
        free = [one for one in lines[source.document_id] if (one.document_id, one.line_key) not in taken]
        same = [one for one in free if bytes(one.digest) == bytes(source.digest)]
        if same:
            taken.add((source.document_id, same[0].line_key))
            _follow(source, same[0], now=now)
        elif source.document_id in ended or lines[source.document_id]:
            gone.append(source)
    return gone


def _find_ended(organisation: Organisation, sources: Iterable[Source]) -> set[str]:
    """Return the documents that Xero has, but no longer as something that was paid."""
    by_stream: dict[str, set[str]] = defaultdict(set)
    for source in sources:
        by_stream[source.stream].add(source.document_id)
    ended: set[str] = set()
    for stream, ids in by_stream.items():
        model: Any = STREAM_BY_NAME[stream].model
        copied = model._default_manager.filter(organisation=organisation, xero_id__in=ids)
        over = copied.filter(~Q(status__in=POSTED) | Q(gone_at__isnull=False))
        ended |= set(over.values_list("xero_id", flat=True))
    return ended


def _follow(source: Source, line: Line, *, now: datetime) -> None:
    recharges = _list_recharges(source)
    Recharge.objects.filter(source=source).update(line_key=line.line_key)
    follow_recharged(source.organisation, line, line_key=source.line_key)
    source.line_key = line.line_key
    _see(source, line)
    tell(recharges, what="Xero wrote the line anew, with the same content: it is followed.", by="", now=now)


def _see(source: Source, line: Line) -> None:
    for name in SEEN:
        setattr(source, name, getattr(line, name))
    source.save()


def _notice(organisation: Organisation, source: Source, line: Line | None, *, now: datetime) -> None:
    before, currency = source.net, source.currency
    if line is None:
        source.net, source.tax, source.digest = _ZERO, _ZERO, _GONE
        source.save()
    else:
        _see(source, line)
    if source.act == Source.Act.KEPT:
        # It was said of the line as it was: as another one, it is looked at again.
        if line is None or before != source.net:
            Source.objects.filter(pk=source.pk).update(ended_at=now)
        return
    recharges = _list_recharges(source)
    if line is not None and (before, currency) != (source.net, source.currency):
        _compare_price(organisation, source, line, recharges)
    priced = dict(
        zip(recharges, price_source(source, recharges, read_rates(organisation, [source])), strict=True)
    )
    what = _describe(source, before, currency, line)
    open_ones = [one for one in recharges if _State(one.state) in RENEWABLE]
    if line is None:
        _drop(source, open_ones, what=what, now=now, is_all=len(open_ones) == len(recharges))
    else:
        _renew(open_ones, priced, what=what, now=now)
    written = [one for one in recharges if one not in open_ones]
    _ask(written, priced, Recharge.Asks.CHANGED if line else Recharge.Asks.GONE, what=what, now=now)


def _compare_price(
    organisation: Organisation, source: Source, line: Line, recharges: Iterable[Recharge]
) -> None:
    """Hold the price that the line has now against the one before; another one is to be seen anew."""
    found = find_prices_before(organisation, [line], Line.objects.filter(SCANNED)).get(line.pk)
    asks = found is not None and not all(one.terms.expects_changes for one in recharges)
    source.price_before = found.amount if found and asks else None
    source.priced_before_on = found.day if found and asks else None
    source.price_seen_by, source.price_seen_at = "", None
    source.save()


def _describe(source: Source, before: Decimal, currency: str, line: Line | None) -> str:
    was = f"{say_amount(before, currency)} {currency}"
    if line is None:
        return f"Its line of {was} is no longer in Xero: the document was voided, deleted or changed."
    if (before, currency) == (source.net, source.currency):
        return "The words, the account or the tax of its line were changed in Xero; the amount is the same."
    now = f"{say_amount(source.net, source.currency)} {source.currency}"
    return f"Its line was changed in Xero from {was} to {now}."


def _drop(source: Source, recharges: Sequence[Recharge], *, what: str, now: datetime, is_all: bool) -> None:
    if is_all:
        withdraw([source], what=what, now=now)
    else:
        move_recharges(recharges, _State.DROPPED, what=what, by="", now=now)


def _renew(
    recharges: Iterable[Recharge], priced: Mapping[Recharge, Priced], *, what: str, now: datetime
) -> None:
    for one in recharges:
        is_other = (priced[one].cost, priced[one].charge) != (one.cost, one.charge)
        priced[one].write_on(one)
        if is_other and one.state == _State.READY:
            one.state = _State.PROPOSED.value
            what_of_it = f"{what} It is proposed anew, for it was accepted at another amount."
        else:
            what_of_it = what
        one.changed_at = now
        one.save()
        tell([one], what=what_of_it, by="", now=now)


def _ask(
    recharges: Iterable[Recharge], priced: Mapping[Recharge, Priced], asks: str, *, what: str, now: datetime
) -> None:
    for one in recharges:
        due = _ZERO if asks == Recharge.Asks.GONE else priced[one].charge
        cost = _ZERO if asks == Recharge.Asks.GONE else priced[one].cost
        if due == sum_charged(one) and _State(one.state) in WRITTEN:
            tell([one], what=what, by="", now=now)
        elif due == sum_charged(one):
            what_of_it = f"{what} It comes to what was billed again."
            move_recharges([one], _State(one.asked_in), what=what_of_it, by="", now=now)
        else:
            asked = {"asks": asks, "asked_cost": cost, "asked_charge": due}
            if one.state != _State.ASKS:
                move_recharges([one], _State.ASKS, what=what, by="", now=now, asked_in=one.state, **asked)
            else:
                Recharge.objects.filter(pk=one.pk).update(changed_at=now, **asked)
                tell([one], what=what, by="", now=now)


def sum_charged(one: Recharge) -> Decimal:
    """Return what a client was charged with a recharge and all its differences since."""
    later = one.adjustments.exclude(state=_State.DROPPED.value).aggregate(sum=Sum("charge"))["sum"]
    return (one.charge or _ZERO) + (later or _ZERO)


def _list_recharges(source: Source) -> list[Recharge]:
    """Return what stands on a source, but for what was let go and for differences."""
    return list(_select_standing().filter(source=source))


def _select_standing() -> "QuerySet[Recharge]":
    mine = Recharge.objects.exclude(state=_State.DROPPED.value).filter(adjusts=None)
    return mine.select_related("terms", "client").order_by("place", "pk")
