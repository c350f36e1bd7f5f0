"""What people fill in about costs: rules, and shares of clients."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict

from counterfoil.features.clients.models import Client, Deal
from counterfoil.features.spending.attributing import Shared
from counterfoil.features.spending.models import Line, Rule, Share
from counterfoil.features.spending.ruling import select_bank_accounts, select_cost_accounts, select_spent
from counterfoil.mirror.models import Organisation
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


class AnothersDeal(ValueError):
    """A deal was named beside a client whose it is not."""

    def __init__(self, deal: str, client: str) -> None:
        super().__init__(f"The deal “{deal}” is not {client}’s. Name another, or leave the client empty.")


@dataclass(frozen=True)
class Typed:
    """One row of shares as its fields hold it."""

    client: str = ""
    deal: str = ""
    share: str = ""


@dataclass(frozen=True)
class Choice:
    """To whom a cost can be given: clients, and deals, each of which is a client's."""

    clients: Picker
    deals: Picker
    client_of: Mapping[str, str]

    def read(self, row: Typed) -> tuple[str, str]:
        """Return the keys of a client and a deal; a deal alone says whose it is. Raises NotOffered."""
        client, deal = self.clients.read(row.client), self.deals.read(row.deal)
        if client and deal and self.client_of[deal] != client:
            raise AnothersDeal(row.deal, row.client)
        return client or self.client_of.get(deal, ""), deal


def offer_choice(held: Iterable[Share | Shared] = ()) -> Choice:
    """Offer clients and deals that are not put away, by their names; those that are held already as well."""
    shares = list(held)
    clients = Client.objects.filter(Q(archived_at=None) | Q(pk__in=[one.client_id for one in shares]))
    # The number tells those of the same name apart.
    rows = clients.order_by("name", "pk").values_list("pk", "name", "number")[:_OFFERED]
    known = Deal.objects.filter(
        Q(archived_at=None, client__archived_at=None) | Q(pk__in=[one.deal_id for one in shares])
    )
    deals = list(known.order_by("name", "pk").values_list("pk", "name", "client", "client__name")[:_OFFERED])
    return Choice(
        Picker(
            "client", "client", [Option(str(pk), number, name) for pk, name, number in rows], is_ours=True
        ),
        Picker(
            "deal",
            "deal",
            [Option(str(pk), name, f"({client})") for pk, name, _, client in deals],
            is_ours=True,
        ),
        {str(pk): str(client_id) for pk, _, client_id, _ in deals},
    )


def pick_supplier(organisation: Organisation) -> Picker:
    """Offer those whom money was spent on."""
    rows = (
        select_spent(organisation)
        .order_by("contact_name")
        .values_list("contact_id", "contact_name")
        .distinct()[:_OFFERED]
    )
    return Picker("contact_id", "supplier", [Option(key, "", name) for key, name in dict(rows).items()])


def pick_cost_account(organisation: Organisation) -> Picker:
    """Offer the accounts of expenses."""
    rows = select_cost_accounts(organisation).order_by("code").values_list("code", "name")
    return Picker("account_code", "expense account", [Option(code, code, name) for code, name in rows])


def pick_bank_account(organisation: Organisation) -> Picker:
    """Offer the bank accounts and cards that money is spent from."""
    rows = select_bank_accounts(organisation).order_by("name").values_list("xero_id", "code", "name")
    return Picker(
        "bank_account_id", "bank account or card", [Option(key, code, name) for key, code, name in rows]
    )


def read_shares(rows: Iterable[Typed], choice: Choice) -> list[Shared]:
    """Return the shares that were typed. Raises NotOffered, AnothersDeal, NotANumber, BadShare."""
    shares = []
    for row in rows:
        client, deal = choice.read(row)
        weight = read_decimal(row.share)
        if not client and weight is not None and weight != 1:
            raise BadShare("")
        if not client:
            continue
        if weight is None or weight <= 0:
            raise BadShare(row.client or row.deal)
        shares.append(Shared(int(client), int(deal) if deal else None, weight))
    return shares


def write_shares(shares: Iterable[Share | Shared], choice: Choice) -> list[Typed]:
    """Return what the fields hold for shares, with a few empty ones."""
    held = [
        Typed(
            choice.clients.show(str(one.client_id)),
            choice.deals.show(str(one.deal_id)) if one.deal_id else "",
            f"{one.weight.normalize():f}",
        )
        for one in shares
    ]
    return [*held, *[Typed()] * _SPARE]


def keep_shares(query: QueryDict) -> list[Typed]:
    """Return what was typed, to be read or mended, with a few empty ones for who has more."""
    typed = (query.getlist(name) for name in ("client", "deal", "share"))
    rows = [Typed(*row) for row in zip_longest(*typed, fillvalue="")]
    empty = sum(1 for row in rows if not row.client)
    return [*rows, *[Typed()] * max(_SPARE - empty, 0)]


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """What a rule asks, and whether what fits is a client's or overhead."""

    class Meta:
        model = Rule
        fields = (
            "name", "contact_id", "account_code", "bank_account_id", "description", "reference",
            "tracking_option", "least", "most", "since", "until", "act",
        )  # fmt: skip
        labels: Mapping[str, str] = {
            "name": "What you call it",
            "contact_id": "Supplier",
            "account_code": "Account",
            "bank_account_id": "Bank account or card",
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
            name: forms.TextInput(attrs={"list": f"list-{name}", "autocomplete": "off"})
            for name in ("contact_id", "account_code", "bank_account_id")
        } | {
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
