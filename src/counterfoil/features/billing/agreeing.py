"""
What can be done with an agreement: begin, write, activate, change a price, pause, end, copy, put away.

What was billed is never rewritten: a change that would say of billed days anything else than their invoice
does is refused, with what to do instead. Each change is kept with who made it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, Min

from counterfoil.features.billing.history import note, tell_changes, tell_line_changes
from counterfoil.features.billing.models import Agreement, AgreementLine, LinePrice, Pause, Service
from counterfoil.features.billing.refusing import BilledAlready, NotPossible, find_billed, refuse_billed
from counterfoil.features.billing.runs import wait_for_turn
from counterfoil.features.billing.wording import say_day
from counterfoil.features.clients.models import Client
from counterfoil.features.workspaces.audit import name_person
from counterfoil.features.workspaces.models import User

FROM_THE_START = date.min
"""Since when the first price of a line holds: since there is an agreement."""

PRICED = frozenset({AgreementLine.Kind.FIXED, AgreementLine.Kind.UNITS})

_FROZEN = {
    "currency": "the currency",
    "every": "how long a period is",
    "billed": "when a period is billed",
    "anchor": "the day on which periods begin",
}
_FROZEN_OF_LINE = {"kind": "what it bills", "quantity": "how many", "is_split": "whether it is split"}
_COPIED = (
    "client",
    "deal",
    "organisation",
    "contact_id",
    "currency",
    "every",
    "billed",
    "anchor",
    "minimum",
    "discount_rate",
    "due_days",
    "po_number",
    "reference",
    "branding_theme_id",
    "notes",
    "owner",
)
_COPIED_OF_LINE = (
    *("place", "kind", "description", "service", "item_code", "account_code", "tax_type", "tracking"),
    *("quantity", "is_split", "unit", "included", "rate_card", "markup_rate"),
)


@dataclass
class LineValues:
    """One line as somebody wrote it; `price` is None where the line has none or keeps the one it has."""

    fields: dict[str, Any]
    pk: int | None = None
    price: Decimal | None = None
    prices: Sequence[LinePrice] = field(default_factory=list)


def begin_agreement(client: Client, *, fields: Mapping[str, Any], by: User, now: datetime) -> Agreement:
    """Begin an agreement with a client: a draft, which nothing bills."""
    with transaction.atomic():
        agreement = Agreement.objects.create(
            workspace_id=client.workspace_id, client=client, owner=by, created_at=now, **fields
        )
        note(agreement, ["Begun."], by=name_person(by), now=now)
    return agreement


@transaction.atomic
def save_agreement(
    agreement: Agreement,
    *,
    fields: Mapping[str, Any],
    lines: Sequence[LineValues],
    by: User,
    now: datetime,
) -> Agreement:
    """Keep an agreement with its lines as they were written. Raises BilledAlready and NotPossible."""
    present = _lock(agreement)
    _refuse_rewriting(present, fields)
    said = tell_changes(present, fields)
    for name, value in fields.items():
        setattr(present, name, value)
    present.save()
    said += _save_lines(present, lines)
    note(present, said, by=name_person(by), now=now)
    return present


@transaction.atomic
def set_state(agreement: Agreement, state: Agreement.State, *, by: User, now: datetime) -> Agreement:
    """Have runs bill an agreement, or put it away; what was billed stays."""
    present = _lock(agreement)
    if present.state != state:
        present.state = state
        present.save(update_fields=["state"])
        said = {
            Agreement.State.ACTIVE: "Activated: runs bill it.",
            Agreement.State.ARCHIVED: "Archived: no run bills it.",
            Agreement.State.DRAFT: "Made a draft again.",
        }
        note(present, [said[state]], by=name_person(by), now=now)
    return present


@transaction.atomic
def delete_draft(agreement: Agreement) -> None:
    """Throw a draft away. Raises NotPossible for what was in use."""
    present = _lock(agreement)
    is_used = present.services.exists() or present.lines.filter(counts__isnull=False).exists()
    if present.state != Agreement.State.DRAFT or is_used:
        raise NotPossible("Something was billed or counted for it. Archive it instead.")
    present.delete()


@transaction.atomic
def change_price(line: AgreementLine, *, since: date, amount: Decimal, by: User, now: datetime) -> LinePrice:
    """
    Set what a line costs from a day on; what was billed keeps its price.

    Raises BilledAlready for a day before the first that was not billed, and NotPossible.
    """
    agreement = _lock(line.agreement)
    if line.kind not in PRICED:
        raise NotPossible("Hours have the prices of their rate card, and expenses cost what was paid.")
    refuse_billed(agreement, since, None, line=line, wish="The price can change")
    price, is_new = LinePrice.objects.get_or_create(
        line=line, since=since, defaults={"workspace_id": line.workspace_id, "amount": amount}
    )
    before = None if is_new else price.amount
    if before is not None:
        price.amount = amount
        price.save(update_fields=["amount"])
    said = f"“{line.description}” costs {amount.normalize():f} {agreement.currency} from {say_day(since)} on."
    note(agreement, [said], by=name_person(by), now=now)
    return price


@transaction.atomic
def drop_price(price: LinePrice, *, by: User, now: datetime) -> None:
    """Take a price away that has billed nothing yet. Raises BilledAlready and NotPossible."""
    line = price.line
    agreement = _lock(line.agreement)
    refuse_billed(agreement, price.since, None, line=line, wish="Prices can be taken away")
    if line.prices.count() == 1:
        raise NotPossible("It is the only price of its line. Change it instead.")
    price.delete()
    said = f"“{line.description}” keeps its price on {say_day(price.since)}."
    note(agreement, [said], by=name_person(by), now=now)


@transaction.atomic
def pause(
    agreement: Agreement, *, first_day: date, last_day: date | None, why: str, by: User, now: datetime
) -> Pause:
    """Bill nothing for these days. Raises BilledAlready where some of them were billed, and NotPossible."""
    present = _lock(agreement)
    if last_day is not None and last_day < first_day:
        raise NotPossible("The last day of the pause is before its first.")
    end = None if last_day is None else last_day + timedelta(days=1)
    refuse_billed(present, first_day, end, wish="It can be paused")
    made = Pause.objects.create(
        workspace_id=present.workspace_id,
        agreement=present,
        first_day=first_day,
        last_day=last_day,
        why=why.strip()[:255],
    )
    until = "" if last_day is None else f" to {say_day(last_day)}"
    reason = f": {made.why}" if made.why else ""
    note(present, [f"Paused from {say_day(first_day)}{until}{reason}."], by=name_person(by), now=now)
    return made


@transaction.atomic
def resume(paused: Pause, *, on: date, by: User, now: datetime) -> None:
    """End a pause, so that service goes on from this day; a pause that never began is taken away."""
    present = _lock(paused.agreement)
    if paused.last_day is not None and paused.last_day < on:
        raise NotPossible(f"This pause ended on {say_day(paused.last_day)} already.")
    if on <= paused.first_day:
        paused.delete()
        said = f"The pause from {say_day(paused.first_day)} was taken away."
    else:
        paused.last_day = on - timedelta(days=1)
        paused.save(update_fields=["last_day"])
        said = f"Goes on from {say_day(on)}."
    note(present, [said], by=name_person(by), now=now)


@transaction.atomic
def end(agreement: Agreement, *, last_day: date | None, by: User, now: datetime) -> Agreement:
    """
    Say on which day service ends, or that it goes on.

    Raises BilledAlready when days after it were billed, and NotPossible for a day before the first.
    """
    present = _lock(agreement)
    if last_day is not None:
        if last_day < present.starts_on:
            raise NotPossible("The last day is before the first. Archive the agreement instead.")
        refuse_billed(present, last_day + timedelta(days=1), None, wish="It can end")
    present.last_day = last_day
    present.save(update_fields=["last_day"])
    said = "Goes on without an end." if last_day is None else f"Ends on {say_day(last_day)}."
    note(present, [said], by=name_person(by), now=now)
    return present


@transaction.atomic
def copy_agreement(agreement: Agreement, *, starts_on: date, by: User, now: datetime) -> Agreement:
    """Begin another agreement like one, a draft from this day on, with the prices of that day."""
    copied = Agreement.objects.create(
        workspace_id=agreement.workspace_id,
        name=agreement.name,
        starts_on=starts_on,
        created_at=now,
        **{name: getattr(agreement, name) for name in _COPIED},
    )
    for line in agreement.lines.prefetch_related("prices"):
        if line.last_day is not None and line.last_day < starts_on:
            continue
        new = AgreementLine.objects.create(
            workspace_id=line.workspace_id,
            agreement=copied,
            **{name: getattr(line, name) for name in _COPIED_OF_LINE},
        )
        prices = sorted(line.prices.all(), key=lambda one: one.since)
        in_force = [one for one in prices if one.since <= starts_on][-1:]
        LinePrice.objects.bulk_create(
            LinePrice(
                workspace_id=line.workspace_id,
                line=new,
                since=FROM_THE_START if one in in_force else one.since,
                amount=one.amount,
            )
            for one in [*in_force, *(one for one in prices if one.since > starts_on)]
        )
    note(copied, [f"Begun like “{agreement.name}”."], by=name_person(by), now=now)
    return copied


def _save_lines(agreement: Agreement, wanted: Sequence[LineValues]) -> list[str]:
    for values in wanted:
        card = values.fields.get("rate_card")
        if card is not None and card.currency != agreement.currency:
            raise NotPossible(
                f"The rates of “{card.name}” are in {card.currency}, and this agreement is billed in"
                f" {agreement.currency}. Choose a card in {agreement.currency}."
            )
    here = {line.pk: line for line in agreement.lines.prefetch_related("prices")}
    billed: set[int | None] = set(Service.objects.filter(agreement=agreement).values_list("line", flat=True))
    said = _remove_lines([line for pk, line in here.items() if pk not in {one.pk for one in wanted}], billed)
    for place, values in enumerate(wanted):
        line = here.get(values.pk or 0)
        if line is None:
            line = AgreementLine.objects.create(
                workspace_id=agreement.workspace_id, agreement=agreement, place=place, **values.fields
            )
            said.append(f"Line added: “{line.description}”.")
        else:
            if line.pk in billed:
                _refuse_rewriting_line(agreement, line, values)
            said += tell_line_changes(line, values.fields)
            for name, value in values.fields.items():
                setattr(line, name, value)
            line.place = place
            line.save()
        said += _save_first_price(agreement, line, values.price, is_billed=line.pk in billed)
    return said


def _remove_lines(lines: Iterable[AgreementLine], billed: set[int | None]) -> list[str]:
    said = []
    for line in lines:
        if line.pk in billed:
            raise NotPossible(f"“{line.description}” was billed. Give it a last day instead.")
        if line.counts.exists():
            raise NotPossible(
                f"Units were counted for “{line.description}”. Take them away first, or give it a last day."
            )
        said.append(f"Line taken away: “{line.description}”.")
        line.delete()
    return said


def _save_first_price(
    agreement: Agreement, line: AgreementLine, amount: Decimal | None, *, is_billed: bool
) -> list[str]:
    """Keep the price that a line begins with; later ones have their own days."""
    if amount is None or line.kind not in PRICED:
        return []
    prices = list(line.prices.order_by("since"))
    if not prices:
        LinePrice.objects.create(
            workspace_id=line.workspace_id, line=line, since=FROM_THE_START, amount=amount
        )
        return [f"“{line.description}” costs {amount.normalize():f} {agreement.currency}."]
    if prices[-1].amount == amount or any(one.amount == amount for one in prices):
        return []
    if is_billed or len(prices) > 1:
        raise NotPossible(
            f"“{line.description}” was billed at its price or has several: set the new one from a day on."
        )
    prices[0].amount = amount
    prices[0].save(update_fields=["amount"])
    return [f"“{line.description}” costs {amount.normalize():f} {agreement.currency}."]


def _refuse_rewriting(agreement: Agreement, fields: Mapping[str, Any]) -> None:
    found = agreement.services.filter(is_of_days=True).aggregate(first=Min("start"), end=Max("end"))
    if found["first"] is None:
        return
    for name, words in _FROZEN.items():
        if name in fields and fields[name] != getattr(agreement, name):
            raise NotPossible(
                f"Days of it were billed up to {say_day(found['end'] - timedelta(days=1))}, so {words} stays."
                " End it, copy it, and change the copy."
            )
    if fields.get("starts_on", date.min) > found["first"]:
        raise NotPossible(f"{say_day(found['first'])} was billed, so it begins on that day or before.")
    last = fields.get("last_day")
    if last is not None and last != agreement.last_day:
        refuse_billed(agreement, last + timedelta(days=1), None, wish="It can end")


def _refuse_rewriting_line(agreement: Agreement, line: AgreementLine, values: LineValues) -> None:
    for name, words in _FROZEN_OF_LINE.items():
        if name in values.fields and values.fields[name] != getattr(line, name):
            raise NotPossible(
                f"“{line.description}” was billed, so {words} stays. Give it a last day, and write another"
                " line from the day after."
            )
    first = values.fields.get("starts_on")
    billed = find_billed(agreement, date.min, None, line=line)
    if first is not None and billed and first > min(one.start for one in billed):
        raise NotPossible(f"“{line.description}” was billed before {say_day(first)}: it cannot begin then.")
    last = values.fields.get("last_day")
    if last is not None and last != line.last_day:
        wish = f"“{line.description}” can end"
        refuse_billed(agreement, last + timedelta(days=1), None, line=line, wish=wish)


def _lock(agreement: Agreement) -> Agreement:
    """Return it as it is now; nobody bills it, and nobody else changes it, until the transaction ends."""
    wait_for_turn(agreement.workspace_id)
    return Agreement.objects.select_related("client", "organisation").get(pk=agreement.pk)


__all__ = [
    "FROM_THE_START",
    "PRICED",
    "BilledAlready",
    "LineValues",
    "NotPossible",
    "begin_agreement",
    "change_price",
    "copy_agreement",
    "delete_draft",
    "drop_price",
    "end",
    "pause",
    "resume",
    "save_agreement",
    "set_state",
]
