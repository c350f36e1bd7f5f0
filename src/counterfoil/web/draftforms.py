"""Reads an invoice as it is typed: its head and its lines, with what is wrong beside each field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import QueryDict

from counterfoil.domain.totals import AmountsAre
from counterfoil.domain.wording import say_number
from counterfoil.features.invoicing.books import Books
from counterfoil.features.invoicing.mapping import Mapped
from counterfoil.features.invoicing.models import DraftLine, InvoiceDraft
from counterfoil.web import pickers
from counterfoil.web.amounts import NotANumber, read_decimal
from counterfoil.web.pickers import NotOffered, Picker

MOST_LINES = 200
_BLANK_LINES = 2
_TEXTS = (
    *("service", "item", "description", "quantity", "price", "discount"),
    *("account", "tax", "tax_amount", "line_item_id"),
)
_LONGEST_NAME = 255


@dataclass(frozen=True)
class Pickers:
    """What the lines of one organisation offer."""

    account: Picker
    tax: Picker
    item: Picker
    tracking: Sequence[tuple[str, str, Picker]]
    services: Sequence[str]

    @classmethod
    def of(cls, books: Books, mapped: Mapped) -> "Pickers":
        """Return the lists of an organisation's books, and the services that are mapped there."""
        return cls(
            account=pickers.pick_account(books, by_code=True),
            tax=pickers.pick_tax(books),
            item=pickers.pick_item(books, by_code=True),
            tracking=[
                (category.xero_id, category.name, pickers.pick_option(category))
                for category in books.list_categories()
            ],
            services=[service for service in mapped.services if service],
        )


@dataclass
class LineForm:
    """One line as it is typed, with what is wrong about it."""

    texts: dict[str, str]
    tracking: list[tuple[str, str, str]] = field(default_factory=list)  # field, category, text
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """Say whether nothing was typed; such a line is not kept."""
        return not any(self.texts.values()) and not any(text for _, _, text in self.tracking)


@dataclass
class Typed:
    """What was typed: the draft with it, its lines, and whether all of it can be kept."""

    fields: dict[str, Any]
    lines: list[DraftLine]
    forms: list[LineForm]
    errors: dict[str, str]

    @property
    def is_good(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.errors and not any(form.errors for form in self.forms)

    @property
    def sentences(self) -> list[str]:
        """What is wrong, in one list."""
        lines = [
            f"Line {place}: {sentence}"
            for place, form in enumerate(self.forms, start=1)
            for sentence in form.errors.values()
        ]
        return [*self.errors.values(), *lines]


def show_lines(lines: Sequence[DraftLine], offered: Pickers) -> list[LineForm]:
    """Return the kept lines as they are typed."""
    return [_show_line(line, offered) for line in lines]


def add_blanks(forms: list[LineForm], offered: Pickers, *, count: int = _BLANK_LINES) -> list[LineForm]:
    """Return the lines with empty ones below, to go on writing."""
    return [*forms, *(_blank(offered) for _ in range(count))]


def read_typed(posted: QueryDict, draft: InvoiceDraft, offered: Pickers, *, may_approve: bool) -> Typed:
    """Return what was typed; a line without a word or a number in it is left out."""
    errors: dict[str, str] = {}
    fields = _read_head(posted, draft, errors, may_approve=may_approve)
    columns = {name: posted.getlist(name) for name in _TEXTS}
    tracked = [
        (f"tracking-{key}", name, posted.getlist(f"tracking-{key}")) for key, name, _ in offered.tracking
    ]
    count = min(len(columns["description"]), MOST_LINES)
    removed = posted.get("remove", "")
    forms = []
    for place in range(count):
        form = LineForm(
            {name: _at(values, place).strip().replace("\r\n", "\n") for name, values in columns.items()},
            [(name, title, _at(values, place).strip()) for name, title, values in tracked],
        )
        if not form.is_blank and str(place) != removed:
            forms.append(form)
    lines = [_read_line(form, offered) for form in forms]
    return Typed(fields, lines, forms, errors)


def _at(values: Sequence[str], place: int) -> str:
    return values[place] if place < len(values) else ""


def _read_head(
    posted: QueryDict, draft: InvoiceDraft, errors: dict[str, str], *, may_approve: bool
) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "number": posted.get("number", "").strip(),
        "reference": posted.get("reference", "").strip(),
        "amounts_are": posted.get("amounts_are", ""),
        "decimals": 4 if posted.get("decimals") == "4" else 2,
        "branding_theme_id": posted.get("theme", "")[:36],
        "approves": may_approve and posted.get("approves") == "yes",
    }
    for name in ("number", "reference"):
        if len(fields[name]) > _LONGEST_NAME:
            errors[name] = f"The {name} has {_LONGEST_NAME} letters at most."
    if fields["amounts_are"] not in set(AmountsAre):
        fields["amounts_are"] = draft.amounts_are
    # An invoice that Xero has keeps its currency.
    currency = posted.get("currency", "").strip().upper()
    fields["currency"] = currency if len(currency) == 3 and not draft.xero_id else draft.currency
    day, is_good = _read_day(posted.get("date", ""))
    fields["date"] = day or draft.date
    if not is_good or day is None:
        errors["date"] = "Say on which day the invoice is dated."
    fields["due_date"], is_good = _read_day(posted.get("due_date", ""))
    if not is_good:
        errors["due_date"] = "The due date is not a date."
    return fields


def _read_day(text: str) -> tuple[date | None, bool]:
    if not text.strip():
        return None, True
    try:
        return date.fromisoformat(text.strip()), True
    except ValueError:
        return None, False


def _read_line(form: LineForm, offered: Pickers) -> DraftLine:
    texts, errors = form.texts, form.errors

    def read(name: str, reader: Callable[[str], Any]) -> Any:
        try:
            return reader(texts[name])
        except (NotANumber, NotOffered, TooLong) as error:
            errors[name] = str(error)
            return None

    rate, amount = _read_discount(texts["discount"], errors)
    tracking = {}
    for name, _, text in form.tracking:
        key = name.removeprefix("tracking-")
        picker = next(picker for category, _, picker in offered.tracking if category == key)
        try:
            option = picker.read(text)
        except NotOffered as error:
            errors[name] = str(error)
        else:
            if option:
                tracking[key] = option
    return DraftLine(
        service=read("service", lambda text: _read_text(text, 100)) or "",
        item_code=read("item", offered.item.read) or "",
        description=read("description", lambda text: _read_text(text, 4000)) or "",
        quantity=read("quantity", _read_number),
        unit_amount=read("price", _read_number),
        discount_rate=rate,
        discount_amount=amount,
        account_code=read("account", offered.account.read) or "",
        tax_type=read("tax", offered.tax.read) or "",
        tax_amount=read("tax_amount", lambda text: _read_number(text, places=2)),
        tracking=tracking,
        line_item_id=texts["line_item_id"][:36],
    )


class TooLong(ValueError):
    """More was typed than is kept."""


def _read_number(text: str, *, places: int = 4) -> Decimal | None:
    """Return the number; nobody's decimals are cut off in silence. Raises NotANumber and TooLong."""
    number = read_decimal(text)
    if number is not None and number != round(number, places):
        raise TooLong(f"“{text}” has more than {places} decimals.")
    return number


def _read_text(text: str, longest: int) -> str:
    if len(text) > longest:
        raise TooLong(f"That is {len(text):,} letters long; {longest:,} are kept.")
    return text


def _read_discount(text: str, errors: dict[str, str]) -> tuple[Decimal | None, Decimal | None]:
    """Return a rate for "10%" and an amount for "10"."""
    try:
        if text.endswith("%"):
            rate = _read_number(text.removesuffix("%"))
            if rate is not None and not 0 <= rate <= 100:
                errors["discount"] = "A discount is between 0 % and 100 %."
                return None, None
            return rate, None
        return None, _read_number(text, places=2)
    except (NotANumber, TooLong) as error:
        errors["discount"] = str(error)
        return None, None


def _show_line(line: DraftLine, offered: Pickers) -> LineForm:
    discount = ""
    if line.discount_rate is not None:
        discount = f"{_show(line.discount_rate)}%"
    elif line.discount_amount is not None:
        discount = _show(line.discount_amount)
    return LineForm(
        {
            "service": line.service,
            "item": offered.item.show(line.item_code),
            "description": line.description,
            "quantity": _show(line.quantity),
            "price": _show(line.unit_amount, least=2),
            "discount": discount,
            "account": offered.account.show(line.account_code),
            "tax": offered.tax.show(line.tax_type),
            "tax_amount": _show(line.tax_amount, least=2),
            "line_item_id": line.line_item_id,
        },
        [
            (f"tracking-{key}", name, picker.show(line.tracking.get(key, "")))
            for key, name, picker in offered.tracking
        ],
    )


def _show(number: Decimal | None, *, least: int = 0) -> str:
    if number is None:
        return ""
    said = say_number(number).replace(",", "").replace("\N{MINUS SIGN}", "-")
    whole, _, fraction = said.partition(".")
    return f"{whole}.{fraction.ljust(least, '0')}" if fraction or least else whole


def _blank(offered: Pickers) -> LineForm:
    return LineForm(
        dict.fromkeys(_TEXTS, ""), [(f"tracking-{key}", name, "") for key, name, _ in offered.tracking]
    )


def describe_head(draft: InvoiceDraft, fields: Mapping[str, Any]) -> None:
    """Write what was typed into the draft, without keeping it."""
    for name, value in fields.items():
        setattr(draft, name, value)
