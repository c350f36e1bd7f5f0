"""The three things that are written down to be billed: what each is called, its form, and its columns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from counterfoil.features.billing.models import AgreementLine, Expense, TimeEntry, UnitCount
from counterfoil.features.clients.models import Client, Deal
from counterfoil.web.typed import NO_SUCH_DAY, NumberField, is_billable_day

_DAY: Mapping[str, forms.Widget] = {"day": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}


class WholeNumberField(NumberField):
    """A number that must be there."""

    def clean(self, value: Any) -> Decimal:
        """Return the number. Raises ValidationError."""
        number = super().clean(value)
        if number is None:
            raise ValidationError("Say how much.")
        return number


class EntryForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """What every entry has: a day, and for most a client and a deal."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "client" in self.fields:
            clients = self.fields["client"]
            assert isinstance(clients, forms.ModelChoiceField)
            clients.queryset = Client.objects.filter(archived_at=None).order_by("name", "pk")
            clients.empty_label = "Choose a client"
            clients.widget.attrs["class"] = "input"
        if "deal" in self.fields:
            deals = self.fields["deal"]
            assert isinstance(deals, forms.ModelChoiceField)
            found = Deal.objects.filter(archived_at=None).select_related("client")
            deals.queryset = found.order_by("client__name", "name", "pk")
            deals.empty_label = "No deal in particular"
            deals.widget.attrs["class"] = "input"
            deals.label_from_instance = _name_deal  # type: ignore[method-assign, assignment]  # as Django documents it

    def clean_day(self) -> date:
        """Refuse a day that no calendar of ours goes to."""
        day: date = self.cleaned_data["day"]
        if not is_billable_day(day):
            raise ValidationError(NO_SUCH_DAY)
        return day

    def clean_deal(self) -> Deal | None:
        """Refuse the deal of another client."""
        deal, client = self.cleaned_data["deal"], self.cleaned_data.get("client")
        if deal is not None and client is not None and deal.client_id != client.pk:
            raise ValidationError(f"“{deal.name}” is a deal of {deal.client.name}.")
        return deal if isinstance(deal, Deal) else None


def _name_deal(deal: object) -> str:
    assert isinstance(deal, Deal)
    return f"{deal.client.name}: {deal.name}"


class TimeForm(EntryForm):
    """Hours that somebody worked."""

    hours = WholeNumberField(places=2, help_text="As in 1.25, or 1:15.")

    class Meta:
        model = TimeEntry
        fields = ("day", "who", "client", "deal", "role", "hours", "note", "is_billable")
        widgets: Mapping[str, forms.Widget] = {
            **_DAY,
            "role": forms.TextInput(attrs={"list": "roles", "autocomplete": "off"}),
            "note": forms.TextInput(attrs={"autocomplete": "off"}),
        }
        labels: Mapping[str, str] = {"who": "Who worked", "is_billable": "Is billed"}
        help_texts: Mapping[str, str] = {"role": "By which the rate card finds the rate."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data and (hours := self.data.get("hours")):
            self.data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
            self.data["hours"] = read_clock(hours)  # type: ignore[index]  # as above


class ExpenseForm(EntryForm):
    """Something paid for a client."""

    amount = WholeNumberField()
    currency = forms.RegexField(
        "^[A-Za-z]{3}$",
        max_length=3,
        error_messages={"invalid": "A currency has three letters, as in GBP."},
    )

    class Meta:
        model = Expense
        fields = ("day", "client", "deal", "description", "amount", "currency")
        widgets = _DAY

    def clean_currency(self) -> str:
        """Write the code as everybody does."""
        return str(self.cleaned_data["currency"]).upper()


class UnitForm(EntryForm):
    """Units that a client used."""

    quantity = WholeNumberField(label="How many")

    class Meta:
        model = UnitCount
        fields = ("day", "line", "quantity", "note")
        widgets = _DAY
        labels: Mapping[str, str] = {"line": "Agreement and unit"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = self.fields["line"]
        assert isinstance(lines, forms.ModelChoiceField)
        found = AgreementLine.objects.filter(kind=AgreementLine.Kind.UNITS).exclude(
            agreement__state="archived"
        )
        lines.queryset = found.select_related("agreement__client").order_by(
            "agreement__client__name", "agreement__name", "place"
        )
        lines.empty_label = "Choose what was used"
        lines.label_from_instance = name_line  # type: ignore[method-assign, assignment]  # as Django documents it


def name_line(line: object) -> str:
    """Return what a line of units is called among all."""
    assert isinstance(line, AgreementLine)
    return f"{line.agreement.client.name}, {line.agreement.name}: {line.unit or line.description}"


def read_clock(text: str) -> str:
    """Return hours and minutes, as in 1:15, as a number; anything else as it is."""
    hours, colon, minutes = text.strip().partition(":")
    if not colon or not hours.isdecimal() or not minutes.isdecimal() or int(minutes) > 59:
        return text
    return str(round(Decimal(int(hours)) + Decimal(int(minutes)) / 60, 2))


@dataclass(frozen=True)
class Kind:
    """One of the three: its words, its form, and what is said of it in a file."""

    key: str
    title: str
    noun: str
    page: str
    add_page: str
    edit_page: str
    delete_page: str
    export_page: str
    model: type[TimeEntry] | type[Expense] | type[UnitCount]
    form: type[EntryForm]
    columns: Sequence[str]
    say: Callable[[Any], tuple[Any, ...]]


def _say_billed(one: TimeEntry | Expense | UnitCount) -> date | str:
    return one.billed_by.invoice.date if one.billed_by else ""


KINDS = {
    "hours": Kind(
        "hours", "Time", "entry", "time", "add_time", "edit_time", "delete_time", "export_time",
        TimeEntry, TimeForm,
        ["Day", "Who", "Client", "Deal", "Role", "Hours", "Note", "Billable", "Billed"],
        lambda one: (
            one.day, one.who, one.client.name, one.deal.name if one.deal else "", one.role, one.hours,
            one.note, "yes" if one.is_billable else "no", _say_billed(one),
        ),
    ),
    "expenses": Kind(
        "expenses", "Expenses", "expense", "expenses", "add_expense", "edit_expense", "delete_expense",
        "export_expenses", Expense, ExpenseForm,
        ["Day", "Client", "Deal", "Description", "Amount", "Currency", "Billed"],
        lambda one: (
            one.day, one.client.name, one.deal.name if one.deal else "", one.description, one.amount,
            one.currency, _say_billed(one),
        ),
    ),
    "units": Kind(
        "units", "Units", "count", "units", "add_units", "edit_units", "delete_units", "export_units",
        UnitCount, UnitForm,
        ["Day", "Client", "Agreement", "Unit", "Quantity", "Note", "Billed"],
        lambda one: (
            one.day, one.line.agreement.client.name, one.line.agreement.name,
            one.line.unit or one.line.description, one.quantity, one.note, _say_billed(one),
        ),
    ),
}  # fmt: skip
"""By the word in their addresses."""
