"""Reads the lines of an agreement as they are typed, with what is wrong beside each field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import QueryDict

from counterfoil.domain.charging import Price
from counterfoil.features.billing.agreeing import FROM_THE_START, PRICED, LineValues
from counterfoil.features.billing.forecasting import Typed
from counterfoil.features.billing.models import Agreement, AgreementLine, LinePrice, RateCard
from counterfoil.web.draftforms import Pickers, TooLong
from counterfoil.web.pickers import NotOffered
from counterfoil.web.typed import (
    NO_SUCH_DAY,
    check_words,
    is_billable_day,
    read_number,
    show_number,
)

MOST_LINES = 100
TEXTS = (
    *("line_id", "kind", "description", "quantity", "price", "service", "item", "account", "tax"),
    *("unit", "included", "rate_card", "markup", "parts", "line_from", "line_to"),
)
SPLIT, WHOLE = "split", "whole"


@dataclass
class LineForm:
    """One line as it is typed, with what is wrong about it."""

    texts: dict[str, str]
    tracking: list[tuple[str, str, str]] = field(default_factory=list)  # field, category, text
    errors: dict[str, str] = field(default_factory=dict)
    has_fixed_price: bool = False  # billed, or with prices of several days: changed by its own form

    @property
    def is_blank(self) -> bool:
        """Say whether nothing was typed; what every empty line says does not count."""
        preset = ("kind", "parts", "quantity")
        return not any(text for name, text in self.texts.items() if name not in preset) and not any(
            text for _, _, text in self.tracking
        )


@dataclass
class TypedLines:
    """The lines as they were typed, and what can be kept of them."""

    forms: list[LineForm]
    values: list[LineValues]

    @property
    def is_good(self) -> bool:
        """Say whether nothing is wrong."""
        return not any(form.errors for form in self.forms)

    @property
    def sentences(self) -> list[str]:
        """What is wrong, in one list."""
        return [
            f"Line {number}: {sentence}"
            for number, form in enumerate(self.forms, start=1)
            for sentence in form.errors.values()
        ]

    def as_typed(self, agreement: Agreement) -> Typed:
        """Return the lines as if they were kept, to look at what they would bill."""
        lines = [
            AgreementLine(
                pk=values.pk,
                workspace_id=agreement.workspace_id,
                agreement=agreement,
                place=place,
                **values.fields,
            )
            for place, values in enumerate(self.values)
        ]
        return Typed(lines, [_list_prices(values) for values in self.values])


def _list_prices(values: LineValues) -> list[Price]:
    kept = [Price(one.since, one.amount) for one in values.prices]
    if values.price is None:
        return kept
    return [*kept[1:], Price(FROM_THE_START, values.price)] if len(kept) <= 1 else kept


def show_lines(
    lines: Sequence[AgreementLine], offered: Pickers, *, today: date, billed: frozenset[int]
) -> list[LineForm]:
    """Return the kept lines as they are typed."""
    return [_show_line(line, offered, today=today, is_billed=line.pk in billed) for line in lines]


def add_blanks(shown: list[LineForm], offered: Pickers, *, count: int = 1) -> list[LineForm]:
    """Return the lines with empty ones below, to go on writing."""
    return [*shown, *(_blank(offered) for _ in range(count))]


def read_lines(
    posted: QueryDict,
    offered: Pickers,
    *,
    kept: Mapping[int, AgreementLine],
    billed: frozenset[int],
    today: date,
) -> TypedLines:
    """Return the lines that were typed; a line without a word or a number in it is left out."""
    columns = {name: posted.getlist(name) for name in TEXTS}
    tracked = [
        (f"tracking-{key}", name, posted.getlist(f"tracking-{key}")) for key, name, _ in offered.tracking
    ]
    removed = posted.get("remove", "")
    shown = []
    for place in range(min(len(columns["description"]), MOST_LINES)):
        form = LineForm(
            {name: _at(values, place).strip().replace("\r\n", "\n") for name, values in columns.items()},
            [(name, title, _at(values, place).strip()) for name, title, values in tracked],
        )
        if not form.is_blank and str(place) != removed:
            shown.append(form)
    values = []
    for form in shown:
        text = form.texts["line_id"]
        line = kept.get(int(text)) if text.isascii() and text.isdigit() and len(text) < 18 else None
        form.texts["line_id"] = str(line.pk) if line else ""
        form.has_fixed_price = line is not None and _has_fixed_price(line, is_billed=line.pk in billed)
        values.append(_read_line(form, offered, line, today=today))
    return TypedLines(shown, values)


def _read_line(form: LineForm, offered: Pickers, line: AgreementLine | None, *, today: date) -> LineValues:
    texts, errors = form.texts, form.errors

    def read(name: str, reader: Callable[[str], Any]) -> Any:
        try:
            return reader(texts[name])
        except ValueError as error:
            errors[name] = str(error)
            return None

    kind = texts["kind"] if texts["kind"] in AgreementLine.Kind.values else AgreementLine.Kind.FIXED.value
    price = read("price", read_number)
    prices = sorted(line.prices.all(), key=lambda one: one.since) if line else []
    if kind in PRICED and price is None and "price" not in errors and not prices:
        errors["price"] = "Say what it costs."
    if form.has_fixed_price and kind in PRICED and price != _find_price(prices, today):
        errors["price"] = "This price has billed something, or has later ones: set the new one from a day on."
    if not texts["description"] and kind != AgreementLine.Kind.EXPENSES:
        errors["description"] = "Write what the invoice says."
    if kind == AgreementLine.Kind.TIME and not texts["rate_card"]:
        errors["rate_card"] = "Say by which rate card hours are billed."
    tracking = {}
    for name, _, text in form.tracking:
        key = name.removeprefix("tracking-")
        picker = next(picker for category, _, picker in offered.tracking if category == key)
        try:
            if option := picker.read(text):
                tracking[key] = option
        except NotOffered as error:
            errors[name] = str(error)
    card = texts["rate_card"]
    fields = {
        "kind": kind,
        "description": read("description", lambda text: check_words(_read_text(text, 4000))) or "",
        "service": read("service", lambda text: _read_text(text, 100)) or "",
        "item_code": read("item", offered.item.read) or "",
        "account_code": read("account", offered.account.read) or "",
        "tax_type": read("tax", offered.tax.read) or "",
        "tracking": tracking,
        "quantity": _or_default(read("quantity", _read_quantity), Decimal(1)),
        "is_split": texts["parts"] != WHOLE,
        "unit": read("unit", lambda text: _read_text(text, 50)) or "",
        "included": _or_default(read("included", _read_count), Decimal(0)),
        "rate_card": _find_card(card) if kind == AgreementLine.Kind.TIME else None,
        "markup_rate": _or_default(read("markup", _read_count), Decimal(0)),
        "starts_on": read("line_from", _read_day),
        "last_day": read("line_to", _read_day),
    }
    if fields["starts_on"] and fields["last_day"] and fields["last_day"] < fields["starts_on"]:
        errors["line_to"] = "The last day is before the first."
        fields["last_day"] = None
    own = None if form.has_fixed_price or kind not in PRICED else price
    return LineValues(fields, line.pk if line else None, own, prices)


def _find_card(text: str) -> RateCard | None:
    return RateCard.objects.filter(pk=text, kind=RateCard.Kind.BILLED).first() if text.isdecimal() else None


def _or_default(value: Decimal | None, default: Decimal) -> Decimal:
    return default if value is None else value


def _read_quantity(text: str) -> Decimal | None:
    number = read_number(text)
    if number is not None and number <= 0:
        raise ValueError("Say how many: more than none.")
    return number


def _read_count(text: str) -> Decimal | None:
    number = read_number(text)
    if number is not None and number < 0:
        raise ValueError("This is zero or more.")
    return number


def _read_day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"“{text}” is no date.") from error
    if not is_billable_day(day):
        raise ValueError(NO_SUCH_DAY)
    return day


def _read_text(text: str, longest: int) -> str:
    if len(text) > longest:
        raise TooLong(f"That is {len(text):,} letters long; {longest:,} are kept.")
    return text


def _at(values: Sequence[str], place: int) -> str:
    return values[place] if place < len(values) else ""


def _show_line(line: AgreementLine, offered: Pickers, *, today: date, is_billed: bool) -> LineForm:
    prices = sorted(line.prices.all(), key=lambda one: one.since)
    return LineForm(
        {
            "line_id": str(line.pk),
            "kind": line.kind,
            "description": line.description,
            "quantity": show_number(line.quantity),
            "price": show_number(_find_price(prices, today), least=2),
            "service": line.service,
            "item": offered.item.show(line.item_code),
            "account": offered.account.show(line.account_code),
            "tax": offered.tax.show(line.tax_type),
            "unit": line.unit,
            "included": show_number(line.included or None),
            "rate_card": str(line.rate_card_id or ""),
            "markup": show_number(line.markup_rate or None),
            "parts": SPLIT if line.is_split else WHOLE,
            "line_from": line.starts_on.isoformat() if line.starts_on else "",
            "line_to": line.last_day.isoformat() if line.last_day else "",
        },
        [
            (f"tracking-{key}", name, picker.show(line.tracking.get(key, "")))
            for key, name, picker in offered.tracking
        ],
        has_fixed_price=_has_fixed_price(line, is_billed=is_billed),
    )


def _has_fixed_price(line: AgreementLine, *, is_billed: bool) -> bool:
    count = len(line.prices.all())
    return bool(count) and (is_billed or count > 1)


def _find_price(prices: Sequence[LinePrice], today: date) -> Decimal | None:
    """Return the price in force, or the first one to come."""
    in_force = [one.amount for one in prices if one.since <= today][-1:]
    return next(iter([*in_force, *(one.amount for one in prices)]), None)


def _blank(offered: Pickers) -> LineForm:
    texts = dict.fromkeys(TEXTS, "") | {"kind": AgreementLine.Kind.FIXED.value, "parts": SPLIT}
    return LineForm(texts, [(f"tracking-{key}", name, "") for key, name, _ in offered.tracking])
