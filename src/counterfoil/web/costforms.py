"""What people fill in about costs: rules, and shares of clients."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from counterfoil.features.clients.models import Client
from counterfoil.features.spending.attributing import Shared
from counterfoil.features.spending.models import Line, Rule, Share
from counterfoil.mirror.models import Account, Organisation
from counterfoil.web.amounts import read_decimal
from counterfoil.web.pickers import NotOffered, Option, Picker

_OFFERED = 3000
_SPARE = 3


class BadShare(ValueError):
    """A client was named without a share above zero, or a share without a client."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Give {name} a share above zero." if name else "A share has no client; name one, or empty it."
        )


def pick_client() -> Picker:
    """Offer the clients that are not put away, by their names and numbers."""
    known = Client.objects.filter(archived_at=None).order_by("name", "pk")
    rows = known.values_list("pk", "name", "number")[:_OFFERED]
    # The number tells those of the same name apart.
    return Picker("client", "client", [Option(str(pk), number, name) for pk, name, number in rows])


def pick_supplier(organisation: Organisation) -> Picker:
    """Offer those whom money was spent on."""
    spent = Line.objects.filter(organisation=organisation, side=Line.Side.COST).exclude(contact_id="")
    rows = spent.order_by("contact_name").values_list("contact_id", "contact_name").distinct()[:_OFFERED]
    return Picker("contact_id", "supplier", [Option(key, "", name) for key, name in dict(rows).items()])


def pick_cost_account(organisation: Organisation) -> Picker:
    """Offer the accounts of expenses."""
    accounts = Account.objects.filter(organisation=organisation, account_class="EXPENSE").exclude(code="")
    rows = accounts.order_by("code").values_list("code", "name")
    return Picker("account_code", "expense account", [Option(code, code, name) for code, name in rows])


def read_shares(query: QueryDict, picker: Picker) -> list[Shared]:
    """Return the clients and shares that were typed. Raises NotOffered, NotANumber, BadShare."""
    shares = []
    for name, text in zip(query.getlist("client"), query.getlist("share"), strict=False):
        key, weight = picker.read(name), read_decimal(text)
        if not key and weight is not None and weight != 1:
            raise BadShare("")
        if not key:
            continue
        if weight is None or weight <= 0:
            raise BadShare(name)
        shares.append(Shared(int(key), None, weight))
    return shares


def write_shares(shares: Iterable[Share], picker: Picker) -> list[tuple[str, str]]:
    """Return what the fields hold for shares, with a few empty ones."""
    held = [(picker.show(str(one.client_id)), f"{one.weight.normalize():f}") for one in shares]
    return [*held, *[("", "")] * _SPARE]


def keep_shares(query: QueryDict) -> list[tuple[str, str]]:
    """Return what was typed, to be mended."""
    return list(zip(query.getlist("client"), query.getlist("share"), strict=False))


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """What a rule asks, and whether what fits is a client's or overhead."""

    class Meta:
        model = Rule
        fields = (
            "name", "contact_id", "account_code", "description", "reference", "tracking_option",
            "least", "most", "since", "until", "act",
        )  # fmt: skip
        labels: Mapping[str, str] = {
            "name": "What you call it",
            "contact_id": "Supplier",
            "account_code": "Account",
            "description": "Words in the description",
            "reference": "Words in the number or reference",
            "tracking_option": "Tracking option",
            "least": "Amount from",
            "most": "Amount to",
            "since": "Documents dated from",
            "until": "Documents dated to",
            "act": "What fits is",
        }
        widgets: Mapping[str, forms.Widget] = {
            "contact_id": forms.TextInput(attrs={"list": "suppliers", "autocomplete": "off"}),
            "account_code": forms.TextInput(attrs={"list": "accounts", "autocomplete": "off"}),
            "since": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "least": forms.TextInput(attrs={"inputmode": "decimal"}),
            "most": forms.TextInput(attrs={"inputmode": "decimal"}),
        }

    def __init__(self, *args: Any, pickers: Sequence[Picker], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pickers = {picker.field: picker for picker in pickers}
        for name, picker in self.pickers.items():
            self.initial[name] = picker.show(str(self.initial.get(name) or ""))
            # What is typed is longer than what is kept of it.
            self.fields[name] = forms.CharField(
                required=False, label=self.fields[name].label, widget=self.fields[name].widget
            )

    def clean(self) -> dict[str, Any]:
        """Return what was filled in, with the ids of what was chosen from lists."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, picker in self.pickers.items():
            try:
                cleaned[name] = picker.read(cleaned.get(name) or "")
            except NotOffered as problem:
                self.add_error(name, str(problem))
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # The whole record is checked where it is saved.
        return {field.name for field in Rule._meta.fields}


def suggest_rule(line: Line) -> dict[str, Any]:
    """Return what a rule for costs like this one would ask."""
    return {
        "name": line.contact_name[:255],
        "contact_id": line.contact_id,
        "account_code": line.account_code,
        "act": Rule.Act.ATTRIBUTE,
    }


def as_decimal(value: Decimal | None) -> str:
    """Return an amount as a field holds it."""
    return "" if value is None else f"{value.normalize():f}"
