"""Messages with gaps: which fields there are, what fills them, and what is wrong with a text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal

from counterfoil.domain.money import Money, get_minor_units, sum_by_currency
from counterfoil.domain.reminders.segments import write_plainly


@dataclass(frozen=True, slots=True)
class Field:
    """Something that a message can name: the word for it, what it is, and what it looks like."""

    key: str
    label: str
    example: str


FIELDS: Mapping[str, Field] = {
    field.key: field
    for field in (
        Field("first_name", "First name of the contact", "Aroha"),
        Field("contact", "Name of the contact", "Kowhai Builders"),
        Field("invoice", "Number of the invoice, or of all invoices", "INV-0042"),
        Field("amount", "What is still to be paid", "NZD 1,250.00"),
        Field("due_date", "Day on which the earliest invoice is due", "20 Nov 2026"),
        Field("days_overdue", "Days since then; 0 before it", "7"),
        Field(
            "pay_link",
            "Xero’s page of the invoice, or of each, where it is paid",
            "https://in.xero.com/q1W2e3R4",
        ),
        Field("count", "How many invoices", "1"),
        Field("business", "Name of the business that is owed", "Harbour Foods"),
        Field("phone", "Number to call the business", "09 123 4567"),
        Field("opt_out_link", "Link that ends the messages", "https://books.example/x/q1W2e3R4t5Y6"),
    )
}

_GAP = re.compile(r"\{([^{}|]*)(?:\|([^{}]*))?\}")
_NAME = re.compile(r"[\s\-]+")


class TemplateProblem(ValueError):
    """The text cannot be used; `field` names the gap that it is about, where it is about one."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class UnknownField(TemplateProblem):
    """The text names something that does not exist."""

    def __init__(self, name: str) -> None:
        known = ", ".join("{" + key + "}" for key in FIELDS)
        super().__init__(f"There is no field {{{name}}}. There are {known}.", name)


class FieldMissing(TemplateProblem):
    """A field is empty for this customer, and the text says nothing to put in its place."""

    def __init__(self, field: Field) -> None:
        super().__init__(
            f"{field.label} is empty for this customer, and the message has nothing in its place:"
            f" write {{{field.key}|something}}.",
            field.key,
        )


@dataclass(frozen=True, slots=True)
class Gap:
    """A field in a text, and what stands in its place when it is empty; None where nothing may."""

    key: str
    fallback: str | None


@dataclass(frozen=True, slots=True)
class Template:
    """A text in parts: words as they are, and gaps."""

    parts: Sequence[str | Gap]

    @property
    def fields(self) -> frozenset[str]:
        """Return the names of the fields in it."""
        return frozenset(part.key for part in self.parts if isinstance(part, Gap))

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the message. Raises FieldMissing for a field that is empty and has no fallback."""
        return "".join(part if isinstance(part, str) else _fill(part, values) for part in self.parts).strip()


def parse_template(text: str) -> Template:
    """
    Return the text in parts. A gap is written {field} or {field|what to say when it is empty}.

    Raises UnknownField, and TemplateProblem for a brace that is not closed or a text without a word.
    """
    plain = write_plainly(text).strip()
    if not plain:
        raise TemplateProblem("The message is empty.")
    parts: list[str | Gap] = []
    end = 0
    for found in _GAP.finditer(plain):
        parts.append(_words(plain[end : found.start()]))
        parts.append(_read_gap(found[1], found[2]))
        end = found.end()
    parts.append(_words(plain[end:]))
    return Template(tuple(part for part in parts if part != ""))


def choose_version(languages: Iterable[str], wanted: str, default: str) -> str | None:
    """Return the version that a reader of `wanted` gets: fr-CA, else fr, else the default; else none."""
    known = {language.lower(): language for language in languages}
    base = wanted.lower().partition("-")[0]
    return known.get(wanted.lower()) or known.get(base) or known.get(default.lower())


@dataclass(frozen=True, slots=True)
class Owed:
    """An invoice as a message speaks of it; `pay_at` is where its reader can pay it, if anywhere."""

    number: str
    amount: Money
    due_on: date
    pay_at: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """Who is spoken to, and for whom."""

    contact: str
    first_name: str
    business: str
    phone: str
    way_out: str = ""


def list_values(party: Party, owed: Sequence[Owed], *, today: date, language: str) -> dict[str, str]:
    """
    Return what fills the gaps of a message about these invoices, in the forms of a language.

    Several invoices are one message: their numbers in a row, one sum for each currency, the earliest day; and
    where they are paid, of each or of none. A message about none has nothing to say of them.
    """
    earliest = min((each.due_on for each in owed), default=None)
    sums = sum_by_currency(each.amount for each in owed).values()
    return {
        "first_name": party.first_name.strip(),
        "contact": party.contact.strip(),
        "invoice": ", ".join(each.number for each in owed if each.number),
        "amount": " + ".join(_say_money(money, language) for money in sums),
        "due_date": _say_day(earliest, language) if earliest else "",
        "days_overdue": str(max((today - earliest).days, 0)) if earliest else "",
        "pay_link": " ".join(each.pay_at for each in owed) if all(each.pay_at for each in owed) else "",
        "count": str(len(owed)) if owed else "",
        "business": party.business.strip(),
        "phone": party.phone.strip(),
        "opt_out_link": party.way_out,
    }


def list_examples(*, business: str, phone: str) -> dict[str, str]:
    """Return what fills the gaps of a message to nobody yet: examples, and who writes as it is called."""
    known = {"business": business.strip(), "phone": phone.strip()}
    return {key: known.get(key) or field.example for key, field in FIELDS.items()}


def _fill(gap: Gap, values: Mapping[str, str]) -> str:
    value = _write_on_one_line(values.get(gap.key, ""))
    if value:
        return value
    if gap.fallback is None:
        raise FieldMissing(FIELDS[gap.key])
    return gap.fallback


@lru_cache(maxsize=10_000)
def _write_on_one_line(value: str) -> str:
    # It comes from Xero: signs that double the cost are written plainly, letters are not touched.
    return " ".join(write_plainly(value).split())


def _read_gap(name: str, fallback: str | None) -> Gap:
    key = _NAME.sub("_", name.strip().lower())
    if key not in FIELDS:
        raise UnknownField(name.strip())
    return Gap(key, None if fallback is None else fallback.strip())


def _words(text: str) -> str:
    for brace in "{}":
        if brace in text:
            raise TemplateProblem(f"A “{brace}” stands alone: a field is written {{first_name}}.")
    return text


@lru_cache(maxsize=10_000)
def _say_money(money: Money, language: str) -> str:
    """Return the code and the amount: a sign alone does not say whose dollar it is."""
    units = get_minor_units(money.currency)
    pattern = ("#,##0." + "0" * units).rstrip(".")
    amount = format_decimal(money.rounded().amount, format=pattern, locale=_locale(language))
    return write_plainly(f"{money.currency} {amount}")


@lru_cache(maxsize=1000)
def _say_day(day: date, language: str) -> str:
    return write_plainly(format_date(day, "d MMM y", locale=_locale(language)))


@cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale("en", "GB")
