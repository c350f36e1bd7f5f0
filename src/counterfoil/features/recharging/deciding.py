"""What people say about recharges: accept, split, decline, keep, take back, and answer what asks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Max

from counterfoil.domain.recharging import RENEWABLE, RechargeState
from counterfoil.domain.splitting import Remainder
from counterfoil.features.recharging.charging import price_source
from counterfoil.features.recharging.models import Recharge, RechargeEvent, Source
from counterfoil.features.recharging.moves import lock_recharges, move_recharges, take_turn, tell
from counterfoil.features.recharging.noticing import sum_charged
from counterfoil.features.recharging.proposing import (
    Charged,
    Wanted,
    is_billed_in_xero,
    is_decided,
    see,
    select_scanned,
    store_sources,
    withdraw,
)
from counterfoil.features.recharging.rates import read_rates
from counterfoil.features.recharging.scanning import find_watch
from counterfoil.features.recharging.suggesting import list_choices
from counterfoil.features.recharging.terming import keep_terms
from counterfoil.features.spending.deciding import attribute_recharged
from counterfoil.features.spending.models import Line
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Organisation

_State = RechargeState
_ZERO = Decimal(0)


class NotHere(ValueError):
    """What was to be decided about is decided already, or gone."""

    def __init__(self) -> None:
        super().__init__("This is not here any more: somebody decided about it, or its document changed.")


class NobodyPays(ValueError):
    """A cost was to be recharged, and to nobody."""

    def __init__(self) -> None:
        super().__init__("Say which client pays this cost back.")


class SamePayer(ValueError):
    """One client stands twice among the shares."""

    def __init__(self) -> None:
        super().__init__("A client stands here twice for the same deal. Add its shares up.")


class IsBilled(ValueError):
    """A recharge that an invoice says cannot be taken apart."""

    def __init__(self) -> None:
        super().__init__("An invoice says this already. Take it off the draft, or credit the invoice.")


class NothingToUndo(ValueError):
    """This person decided nothing that could be taken back."""

    def __init__(self) -> None:
        super().__init__("There is nothing of yours to take back, or it is on an invoice by now.")


class NoDifference(ValueError):
    """A difference was to be billed or credited, and there is none, or it is of the other kind."""

    def __init__(self) -> None:
        super().__init__("There is no such difference: look at the amounts again.")


class NothingToCredit(ValueError):
    """Something was said to be credited by hand that is no credit, or goes with an invoice already."""

    def __init__(self) -> None:
        super().__init__("This gives nothing back, or an invoice says it already.")


class Answer(StrEnum):
    """What becomes of a difference between what was billed and what would be billed now."""

    CREDIT = "credit"
    BILL = "bill"
    LEAVE = "leave"


@dataclass(frozen=True)
class Split:
    """How a person divides a cost: who pays by what, and what the firm bears itself."""

    charged: Sequence[Charged]
    split_by: str = Source.SplitBy.SHARES
    remainder: Remainder = Remainder.LARGEST
    kept_weight: Decimal = _ZERO


def accept(organisation: Organisation, *, source_ids: Collection[int], by: User, now: datetime) -> int:
    """Take proposals as they are: they can be billed. Return how many. Raises NotHere where none is left."""
    with transaction.atomic():
        take_turn(organisation)
        proposed = Recharge.objects.filter(
            organisation=organisation,
            source__in=source_ids,
            source__ended_at=None,
            state=_State.PROPOSED.value,
        )
        moved = move_recharges(list(proposed), _State.READY, what="Accepted.", by=by.email, now=now)
        if not moved:
            raise NotHere
        return len(moved)


def recharge_line(
    organisation: Organisation, *, line_id: int, split: Split, by: User, now: datetime
) -> Source:
    """Recharge a line as a person divides it; it can be billed. Raises NotHere, NobodyPays, SamePayer."""
    _check(split)
    with transaction.atomic():
        take_turn(organisation)
        line = _find_line(organisation, line_id)
        wanted = Wanted(Source.Why.BY_HAND, split.charged, None, split.kept_weight)
        [source] = store_sources(
            organisation,
            [(line, wanted)],
            now,
            state=_State.READY,
            made_by=by,
            split_by=split.split_by,
            remainder=split.remainder.value,
        )
        tell(source.recharges.all(), what="Split by hand.", by=by.email, now=now)
        # Who pays a cost back is whose cost it is: a margin without it would be of the charge alone.
        shares = [one.shared for one in split.charged]
        attribute_recharged(organisation, line, shares=shares, own_weight=split.kept_weight, by=by, now=now)
        return source


def follow_choice(organisation: Organisation, *, line_id: int, by: User, now: datetime) -> Source:
    """Do with a line what was chosen for others like it. Raises NotHere where nothing was."""
    line = _find_line(organisation, line_id)
    choice = list_choices(organisation, [line]).get(line.pk)
    if choice is None:
        raise NotHere
    if choice.is_kept:
        return keep_cost(organisation, line_id=line_id, by=by, now=now)
    split = Split(choice.charged, kept_weight=choice.kept_weight)
    return recharge_line(organisation, line_id=line_id, split=split, by=by, now=now)


def split_again(
    organisation: Organisation, *, source_id: int, split: Split, by: User, now: datetime
) -> Source:
    """Divide a source otherwise. Raises NotHere, IsBilled, NobodyPays, SamePayer."""
    with transaction.atomic():
        take_turn(organisation)
        source = _find_source(organisation, source_id)
        line = Line.objects.filter(
            organisation=organisation, document_id=source.document_id, line_key=source.line_key
        ).first()
        if line is None:
            raise NotHere
        _let_go(source, what="Split otherwise.", by=by, now=now)
        return recharge_line(organisation, line_id=line.pk, split=split, by=by, now=now)


def keep_cost(organisation: Organisation, *, line_id: int, by: User, now: datetime, note: str = "") -> Source:
    """Say that a line is not recharged: the firm bears it. Raises NotHere."""
    with transaction.atomic():
        take_turn(organisation)
        line = _find_line(organisation, line_id)
        kept = see(line, act=Source.Act.KEPT, why=Source.Why.BY_HAND, made_by=by, made_at=now, note=note)
        kept.save()
        return kept


def decline(organisation: Organisation, *, source_id: int, by: User, now: datetime, note: str = "") -> Source:
    """Recharge nothing of a source: the firm bears it. Raises NotHere, IsBilled."""
    with transaction.atomic():
        take_turn(organisation)
        source = _find_source(organisation, source_id)
        _let_go(source, what="Not recharged.", by=by, now=now)
        facts = Source.objects.get(pk=source.pk)
        facts.pk = None
        facts._state.adding = True
        facts.act, facts.why, facts.rule = Source.Act.KEPT, Source.Why.BY_HAND, None
        facts.price_before, facts.priced_before_on = None, None
        facts.made_by, facts.made_at, facts.ended_at, facts.note = by, now, None, note
        facts.save()
        return facts


def undo_last(organisation: Organisation, *, by: User, now: datetime) -> str:
    """Take this person's last word back, and say which. Raises NothingToUndo."""
    with transaction.atomic():
        take_turn(organisation)
        mine = Source.objects.filter(organisation=organisation, made_by=by, ended_at=None)
        made = mine.order_by("-pk").first()
        accepted = (
            RechargeEvent.objects.filter(organisation=organisation, by=by.email, what="Accepted.")
            .filter(recharge__state=_State.READY.value, recharge__source__made_by=None)
            .aggregate(last=Max("at"))["last"]
        )
        if made is None and accepted is None:
            raise NothingToUndo
        if made is None or (accepted is not None and accepted > made.made_at):
            return _undo_accepting(organisation, accepted, by=by, now=now)
        try:
            _let_go(made, what="Taken back.", by=by, now=now)
        except IsBilled:
            raise NothingToUndo from None
        return made.get_act_display().lower()


def see_price(organisation: Organisation, *, source_id: int, by: User, now: datetime) -> None:
    """Say that another price than before was seen: it may be billed. Raises NotHere."""
    seen = Source.objects.filter(
        organisation=organisation, pk=source_id, ended_at=None, price_before__isnull=False, price_seen_at=None
    ).update(price_seen_by=by.email, price_seen_at=now)
    if not seen:
        raise NotHere
    told = Recharge.objects.filter(source=source_id).exclude(state=_State.DROPPED.value)
    tell(told, what="The new price was seen.", by=by.email, now=now)


def change_terms(
    organisation: Organisation, *, recharge_id: int, fields: Mapping[str, Any], by: User, now: datetime
) -> Recharge:
    """
    Charge one recharge at other terms; the others of its source stay as they are.

    Raises NotHere, IsBilled, ValidationError, BadText.
    """
    with transaction.atomic():
        take_turn(organisation)
        one = _find_recharge(organisation, recharge_id)
        if _State(one.state) not in RENEWABLE or one.adjusts_id:
            raise IsBilled
        one.terms = keep_terms(organisation, fields)
        others = one.source.recharges.filter(adjusts=None).exclude(state=_State.DROPPED.value)
        together = list(others.select_related("terms", "client").order_by("place", "pk"))
        place = [each.pk for each in together].index(one.pk)
        together[place] = one
        rates = read_rates(organisation, [one.source])
        price_source(one.source, together, rates)[place].write_on(one)
        one.changed_at = now
        one.save()
        tell([one], what="Charged at other terms.", by=by.email, now=now)
        return one


def answer(
    organisation: Organisation, *, recharge_id: int, answer: Answer, by: User, now: datetime
) -> Recharge | None:
    """
    Say what becomes of the difference to what was billed; return the recharge of it, if there is one.

    The invoice that was sent stays as it is: a difference is billed, or credited, by itself. Raises NotHere,
    NoDifference.
    """
    with transaction.atomic():
        take_turn(organisation)
        one = _find_recharge(organisation, recharge_id)
        if one.state != _State.ASKS:
            raise NotHere
        charged = sum_charged(one)
        difference = None if one.asked_charge is None else one.asked_charge - charged
        if answer is not Answer.LEAVE and (not difference or (difference < 0) != (answer is Answer.CREDIT)):
            raise NoDifference
        made = None
        if answer is not Answer.LEAVE and difference is not None:
            made = _charge_difference(one, difference, by=by, now=now)
        words = {
            Answer.CREDIT: "The difference is credited.",
            Answer.BILL: "The difference is billed.",
            Answer.LEAVE: "It was left as it was billed.",
        }
        move_recharges([one], _State(one.asked_in), what=words[answer], by=by.email, now=now)
        return made


def credit_by_hand(organisation: Organisation, *, recharge_id: int, by: User, now: datetime) -> Recharge:
    """
    Say that a person gave back in Xero what a recharge below zero gives back: no invoice says it again.

    Raises NotHere, NothingToCredit.
    """
    with transaction.atomic():
        take_turn(organisation)
        one = _find_recharge(organisation, recharge_id)
        if one.state != _State.READY or one.charge is None or one.charge >= 0:
            raise NothingToCredit
        what = "Credited by hand in Xero: it goes with no invoice."
        for state in (_State.DRAFTED, _State.BILLED, _State.SETTLED):
            [one] = move_recharges([one], state, what=what, by=by.email, now=now, settled=one.charge)
        return one


def _charge_difference(one: Recharge, difference: Decimal, *, by: User, now: datetime) -> Recharge:
    costs = sum((each.cost for each in one.adjustments.exclude(state=_State.DROPPED.value)), one.cost)
    editions = Recharge.objects.filter(
        organisation_id=one.organisation_id, document_id=one.document_id, line_key=one.line_key
    ).aggregate(last=Max("edition"))["last"]
    made = Recharge.objects.create(
        workspace_id=one.workspace_id,
        organisation_id=one.organisation_id,
        source_id=one.source_id,
        document_id=one.document_id,
        line_key=one.line_key,
        edition=editions + 1,
        adjusts=one,
        client_id=one.client_id,
        deal_id=one.deal_id,
        place=one.place,
        weight=one.weight,
        cost=(one.asked_cost or _ZERO) - costs,
        terms_id=one.terms_id,
        charge=difference,
        currency=one.currency,
        rate=one.rate,
        state=_State.READY.value,
        made_at=now,
        changed_at=now,
    )
    tell([made], what="The difference to what was billed.", by=by.email, now=now)
    return made


def _undo_accepting(organisation: Organisation, at: datetime, *, by: User, now: datetime) -> str:
    events = RechargeEvent.objects.filter(organisation=organisation, by=by.email, what="Accepted.", at=at)
    accepted = Recharge.objects.filter(pk__in=events.values("recharge"), state=_State.READY.value)
    move_recharges(list(accepted), _State.PROPOSED, what="Taken back.", by=by.email, now=now)
    return "accepted"


def _let_go(source: Source, *, what: str, by: User, now: datetime) -> None:
    """End a source. Raises IsBilled where an invoice says it."""
    held = lock_recharges(source.recharges.exclude(state=_State.DROPPED.value))
    if any(_State(one.state) not in RENEWABLE or one.adjusts_id for one in held):
        raise IsBilled
    withdraw([source], what=what, by=by.email, now=now)


def _check(split: Split) -> None:
    if not split.charged:
        raise NobodyPays
    payers = [(one.shared.client_id, one.shared.deal_id) for one in split.charged]
    if len(set(payers)) < len(payers):
        raise SamePayer


def _find_line(organisation: Organisation, line_id: int) -> Line:
    watch = find_watch(organisation)
    if watch is None:
        raise NotHere
    lines = select_scanned(organisation, watch.since).filter(~is_decided(), ~is_billed_in_xero(), pk=line_id)
    line = lines.first()
    if line is None:
        raise NotHere
    return line


def _find_source(organisation: Organisation, source_id: int) -> Source:
    source = Source.objects.filter(organisation=organisation, pk=source_id, ended_at=None).first()
    if source is None:
        raise NotHere
    return source


def _find_recharge(organisation: Organisation, recharge_id: int) -> Recharge:
    found = lock_recharges(Recharge.objects.filter(organisation=organisation, pk=recharge_id))
    if not found:
        raise NotHere
    return found[0]
