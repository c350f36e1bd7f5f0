"""What people fill in about recharges: terms, and how a cost is split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from counterfoil.domain.csvfile import NotATable, read_table
from counterfoil.domain.splitting import Remainder
from counterfoil.features.invoicing.books import Books, read_books
from counterfoil.features.recharging.deciding import Split
from counterfoil.features.recharging.models import Source, Terms
from counterfoil.features.recharging.proposing import Charged
from counterfoil.features.recharging.terming import FIELDS, WORDING, find_terms
from counterfoil.features.spending.attributing import Shared
from counterfoil.features.spending.models import Line
from counterfoil.mirror.models import Organisation
from counterfoil.web.amounts import NotANumber, read_decimal
from counterfoil.web.costforms import (
    AnothersDeal,
    BadShare,
    Choice,
    Typed,
    keep_shares,
    read_shares,
    write_shares,
)
from counterfoil.web.pickers import NotOffered, Picker, pick_account, pick_option, pick_tax

_HUNDRED = Decimal(100)
_ZERO = Decimal(0)


class TooMuch(ValueError):
    """More was given to clients than there is."""

    def __init__(self, given: Decimal, whole: Decimal, unit: str) -> None:
        super().__init__(
            f"The shares come to {given.normalize():f}{unit}: that is more than {whole.normalize():f}{unit}."
        )


class NotInTheFile(ValueError):
    """A file of usage names clients that are not here, or holds no usage."""


class TermsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """At which price a cost is billed on, how it is taxed and worded, and when."""

    class Meta:
        model = Terms
        fields = (
            "treatment", "treatment_reason", "markup_rate", "fee", "round_to", "currency", "rate_from",
            "rate", "rate_for", "account_code", "tax_type", "wording", "when", "attaches", "is_online",
            "expects_changes",
        )  # fmt: skip
        labels: Mapping[str, str] = {
            "treatment": "It is billed as",
            "treatment_reason": "Why, for whoever asks about the tax",
            "markup_rate": "Mark-up in per cent",
            "fee": "Fee for each recharge",
            "round_to": "Round each charge to",
            "currency": "Billed in",
            "rate_from": "Rate of a cost in another currency",
            "rate": "The rate agreed: how many of the bill’s currency for one of yours",
            "rate_for": "Currency of the bills that it is for",
            "account_code": "Account of the sale",
            "tax_type": "Tax rate of the sale",
            "wording": "Words on the invoice",
            "when": "It is billed",
            "attaches": "Attach the bill’s files to the invoice",
            "is_online": "Show them to the customer online",
            "expects_changes": "Its amounts differ each time: do not ask about another price",
        }
        help_texts: Mapping[str, str] = {
            "treatment_reason": "A disbursement is what you paid in the client’s name and for it. It is"
            " passed on at its exact cost, with the tax paid and none of yours.",
            "round_to": "As 0.05 or 1. Empty: to the smallest coin. What rounding changes is yours.",
            "currency": "Three letters, as in NZD. Empty: the organisation’s own.",
            "rate_from": "The rate of its payments is known once the bill is paid; until then it waits.",
            "tax_type": "Empty: as the account has it. A disbursement without one has no tax.",
            "wording": "Fields: " + ", ".join(f"{{{name}}} {what}" for name, what in FIELDS.items()) + ".",
        }
        widgets: Mapping[str, forms.Widget] = {
            "treatment": forms.RadioSelect(),
            "rate_from": forms.RadioSelect(),
            "when": forms.RadioSelect(),
            "account_code": forms.TextInput(attrs={"list": "accounts", "autocomplete": "off"}),
            "tax_type": forms.TextInput(attrs={"list": "taxes", "autocomplete": "off"}),
            "wording": forms.Textarea(attrs={"rows": 2}),
            **{
                name: forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
                for name in ("markup_rate", "fee", "round_to", "rate")
            },
        }

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        held: Terms | None = kwargs.get("instance")
        kwargs.setdefault("initial", {} if held else {"wording": WORDING})
        super().__init__(*args, **kwargs)
        books = read_books([organisation.pk])[organisation.pk]
        self.pickers = _pick_books(books)
        for name, picker in self.pickers.items():
            kept = held.tracking.get(_category(name), "") if held and _category(name) else ""
            self.initial[name] = picker.show(kept or str(self.initial.get(name) or ""))
            old = self.fields.get(name)
            self.fields[name] = forms.CharField(
                required=False,
                label=old.label if old else picker.noun.capitalize(),
                widget=old.widget if old else forms.TextInput(attrs={"list": name, "autocomplete": "off"}),
                help_text=old.help_text if old else "",
            )
        for name in ("markup_rate", "fee"):
            self.fields[name].required = False
        for name in ("markup_rate", "fee", "round_to", "rate"):
            value = self.initial.get(name)
            if isinstance(value, Decimal):
                self.initial[name] = f"{value.normalize():f}"

    def clean(self) -> dict[str, Any]:
        """Return what was filled in, with the ids of what was chosen from lists."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        tracking: dict[str, str] = {}
        for name, picker in self.pickers.items():
            try:
                found = picker.read(cleaned.pop(name, "") or "")
            except NotOffered as problem:
                self.add_error(name, str(problem))
                continue
            if category := _category(name):
                tracking |= {category: found} if found else {}
            else:
                cleaned[name] = found
        for name in ("markup_rate", "fee"):
            cleaned[name] = cleaned.get(name) or _ZERO
        cleaned["currency"] = (cleaned.get("currency") or "").upper()
        cleaned["rate_for"] = (cleaned.get("rate_for") or "").upper()
        if cleaned.get("rate_from") != Terms.RateFrom.GIVEN:
            cleaned["rate"], cleaned["rate_for"] = None, ""
        return cleaned | {"tracking": tracking}

    def _get_validation_exclusions(self) -> set[str]:
        # The whole record is checked where it is saved.
        return {one.name for one in Terms._meta.fields}


def _pick_books(books: Books) -> dict[str, Picker]:
    return {
        "account_code": pick_account(books, by_code=True),
        "tax_type": pick_tax(books),
        **{f"tracking-{one.xero_id}": pick_option(one) for one in books.list_categories()},
    }


def _category(name: str) -> str:
    return name.removeprefix("tracking-") if name.startswith("tracking-") else ""


@dataclass(frozen=True)
class SplitFields:
    """What the fields of a split hold."""

    shares: Sequence[Typed]
    split_by: str = Source.SplitBy.SHARES
    remainder: str = Remainder.LARGEST
    kept: str = ""
    choices: Sequence[tuple[str, str]] = field(default_factory=lambda: Source.SplitBy.choices)
    remainders: Sequence[tuple[str, str]] = field(
        default_factory=lambda: [(one.value, one.label) for one in Remainder]
    )


def read_split(
    query: QueryDict, organisation: Organisation, line: Line, choice: Choice, terms: Terms | None, file: Any
) -> Split:
    """
    Return how a cost is to be divided, at the terms given or at each client's own.

    Raises one of SPLIT_PROBLEMS.
    """
    split_by = query.get("split_by", "")
    if split_by not in Source.SplitBy.values:
        split_by = Source.SplitBy.SHARES
    shares = read_usage(file.read(), choice.clients) if file else read_shares(keep_shares(query), choice)
    given = sum((one.weight for one in shares), _ZERO)
    match split_by:
        case Source.SplitBy.PERCENT:
            kept = _take(_HUNDRED, given, " %")
        case Source.SplitBy.AMOUNT:
            kept = _take(abs(line.net), given, f" {line.currency}")
        case _:
            kept = read_decimal(query.get("kept", "")) or _ZERO
    if kept < 0:
        raise BadShare("us")
    agreed = find_terms(organisation, [one.client_id for one in shares]) if terms is None and shares else {}
    remainder = query.get("remainder", "")
    return Split(
        [Charged(one, terms or agreed[one.client_id]) for one in shares],
        split_by=split_by,
        remainder=Remainder(remainder) if remainder in list(Remainder) else Remainder.LARGEST,
        kept_weight=kept,
    )


def read_usage(content: bytes, picker: Picker) -> list[Shared]:
    """
    Return the usage of each client in a CSV file: its name or number in the first column, then how much.

    Rows of one client are added up. Raises NotATable, NotANumber, NotInTheFile.
    """
    table = read_table(content)
    if len(table.heads) < 2:
        raise NotATable("The file needs two columns: the client’s name or number, and how much it used.")
    used: dict[str, Decimal] = {}
    unknown = []
    for row in table.rows:
        name, amount = (
            (row.cells[0].strip(), read_decimal(row.cells[1])) if len(row.cells) > 1 else ("", None)
        )
        try:
            key = picker.read(name)
        except NotOffered:
            unknown.append(f"“{name}” in line {row.line}")
            continue
        if key and amount is not None:
            used[key] = used.get(key, _ZERO) + amount
    if unknown:
        raise NotInTheFile(f"There is no client {', '.join(unknown[:5])}{' and more' * (len(unknown) > 5)}.")
    if any(amount < 0 for amount in used.values()):
        raise NotInTheFile("A client’s usage comes to less than nothing.")
    shares = [Shared(int(key), None, amount) for key, amount in used.items() if amount]
    if not shares:
        raise NotInTheFile("The file names no usage of any client.")
    return shares


def write_split(split: Split, choice: Choice) -> SplitFields:
    """Return what the fields hold for a split, with a few empty ones."""
    shares = write_shares([one.shared for one in split.charged], choice)
    kept = f"{split.kept_weight.normalize():f}" if split.kept_weight else ""
    return SplitFields(shares, split.split_by, split.remainder.value, kept)


def keep_split(query: QueryDict) -> SplitFields:
    """Return what was typed, to be mended."""
    return SplitFields(
        keep_shares(query), query.get("split_by", ""), query.get("remainder", ""), query.get("kept", "")
    )


SPLIT_PROBLEMS = (NotOffered, AnothersDeal, NotANumber, BadShare, TooMuch, NotInTheFile, NotATable)
"""What can be wrong with a split as it was typed."""


def _take(whole: Decimal, given: Decimal, unit: str) -> Decimal:
    if given > whole:
        raise TooMuch(given, whole, unit)
    return whole - given
