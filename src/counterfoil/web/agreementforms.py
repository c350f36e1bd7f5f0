"""Reads the terms of an agreement as they are typed; its lines are read by `agreementlines.py`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from counterfoil.domain.billing_calendar import Billed, Every
from counterfoil.domain.fields import BadText
from counterfoil.features.billing.models import Agreement
from counterfoil.features.clients.models import Client
from counterfoil.features.clients.queries import list_linked_contacts
from counterfoil.features.invoicing.books import Books
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Organisation
from counterfoil.web.typed import (
    NO_SUCH_DAY,
    NumberField,
    check_words,
    is_billable_day,
)


class AgreementForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """What was agreed, beside its lines."""

    bill_to = forms.ChoiceField(label="Billed to")
    currency = forms.ChoiceField()
    branding_theme_id = forms.ChoiceField(label="Branding theme", required=False)
    minimum = NumberField(label="Minimum each period")
    discount_rate = NumberField(label="Discount in per cent")
    field_order = ("bill_to", "name", "deal", "currency")

    class Meta:
        model = Agreement
        fields = (
            *("name", "deal", "currency", "every", "billed", "anchor", "starts_on", "last_day"),
            *("minimum", "discount_rate", "due_days", "po_number", "reference", "branding_theme_id"),
            *("is_automatic", "owner", "notes"),
        )
        widgets: Mapping[str, forms.Widget] = {
            "anchor": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "starts_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "last_day": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "notes": forms.Textarea(attrs={"rows": 3}),
        }
        labels: Mapping[str, str] = {
            "every": "Period",
            "anchor": "A period begins on",
            "starts_on": "Billed here from",
            "last_day": "Last day",
            "due_days": "Due after days",
            "po_number": "PO number",
            "is_automatic": "Puts its invoices into the review queue by itself",
            "owner": "Looked after by",
        }
        help_texts: Mapping[str, str] = {
            "anchor": "The 1st gives calendar months. On the 31st means the last day of shorter months.",
            "starts_on": "Days before this are never billed here.",
            "due_days": "Empty: by the contact’s terms.",
        }

    def __init__(
        self,
        *args: Any,
        books: Books | None,
        colleagues: "QuerySet[User]",
        organisations: Sequence[Organisation],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        agreement = self.instance
        self.fields["deal"].queryset = agreement.client.deals.filter(archived_at=None)  # type: ignore[attr-defined]  # a choice of models
        self.fields["deal"].empty_label = "No deal in particular"  # type: ignore[attr-defined]  # as above
        self.fields["owner"].queryset = colleagues  # type: ignore[attr-defined]  # as above
        self.fields["owner"].empty_label = "Nobody in particular"  # type: ignore[attr-defined]  # as above
        self._offer("bill_to", list_bill_to(agreement, organisations))
        self.initial["bill_to"] = write_bill_to(agreement.organisation_id, agreement.contact_id)
        codes = sorted((books.currencies if books else set()) | {agreement.currency})
        self._offer("currency", [(code, code) for code in codes])
        themes = books.themes.items() if books else ()
        self._offer("branding_theme_id", [("", "As mapped"), *themes])

    def _offer(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        chosen = self.fields[name]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = choices

    def clean(self) -> dict[str, Any]:
        """Refuse days that no calendar of ours goes to."""
        for name in ("anchor", "starts_on", "last_day"):
            if self.cleaned_data.get(name) and not is_billable_day(self.cleaned_data[name]):
                self.add_error(name, NO_SUCH_DAY)
        return self.cleaned_data

    def clean_bill_to(self) -> str:
        """Take the organisation and the contact apart."""
        text = str(self.cleaned_data["bill_to"])
        organisation_id, _, contact_id = text.partition("/")
        self.instance.organisation_id = int(organisation_id) if organisation_id else None
        self.instance.contact_id = contact_id
        return text

    def clean_reference(self) -> str:
        """Refuse a field that there is not."""
        try:
            return check_words(str(self.cleaned_data["reference"]))
        except BadText as error:
            raise ValidationError(str(error)) from error

    def list_values(self) -> dict[str, Any]:
        """Return every field of the agreement that was written."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "bill_to"}
        return values | {"organisation": self.instance.organisation, "contact_id": self.instance.contact_id}


def list_bill_to(agreement: Agreement, organisations: Sequence[Organisation]) -> list[tuple[str, str]]:
    """Return to whom an agreement can be billed: the client's contacts in each organisation."""
    linked = list_linked_contacts(agreement.client)
    choices = []
    for organisation in organisations:
        here = [one for one in linked if one.link.organisation_id == organisation.pk]
        if len(here) == 1:
            choices.append((write_bill_to(organisation.pk, ""), f"{here[0].name} in {organisation.name}"))
            continue
        choices += [
            (write_bill_to(organisation.pk, one.link.contact_id), f"{one.name} in {organisation.name}")
            for one in here
        ]
        if not here:
            choices.append(
                (write_bill_to(organisation.pk, ""), f"{organisation.name}: no contact linked yet")
            )
    kept = write_bill_to(agreement.organisation_id, agreement.contact_id)
    if kept not in dict(choices):
        choices.append((kept, "As kept: choose another" if kept != "/" else "Choose where it is billed"))
    return sorted(choices, key=lambda one: "no contact" in one[1])


def write_bill_to(organisation_id: int | None, contact_id: str) -> str:
    """Return an organisation and a contact as one choice."""
    return f"{organisation_id or ''}/{contact_id}"


class BeginForm(forms.Form):
    """With whom there is an agreement, and what it is called."""

    client = forms.ModelChoiceField(
        queryset=Client.objects.none(), label="Client", empty_label="Choose a client"
    )
    name = forms.CharField(
        max_length=255, label="What it is called", help_text="As in Monthly retainer. Invoices can say it."
    )
    starts_on = forms.DateField(
        label="Billed here from", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="Days before this are never billed here.",
    )  # fmt: skip
    every = forms.ChoiceField(label="Period", choices=[(one.value, one.label) for one in Every])
    billed = forms.ChoiceField(choices=[(one.value, one.label) for one in Billed])

    def clean_starts_on(self) -> date:
        """Refuse a day that no calendar of ours goes to."""
        day: date = self.cleaned_data["starts_on"]
        if not is_billable_day(day):
            raise ValidationError(NO_SUCH_DAY)
        return day

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clients = self.fields["client"]
        assert isinstance(clients, forms.ModelChoiceField)
        clients.queryset = Client.objects.filter(archived_at=None).order_by("name", "pk")
