"""The forms for clients, their people and their deals."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet

from counterfoil.features.clients.models import Client, Deal, Person
from counterfoil.features.workspaces.models import User

_NOTES = forms.Textarea(attrs={"rows": 4})


class TagsField(forms.CharField):
    """Words with commas between; each once, in the order in which they were written."""

    def prepare_value(self, value: Any) -> str:
        """Show the list as it is typed."""
        return ", ".join(value) if isinstance(value, list) else value or ""

    def clean(self, value: Any) -> list[str]:
        """Return the tags. Raises ValidationError when one is too long."""
        tags = [tag.strip() for tag in str(super().clean(value)).split(",")]
        if any(len(tag) > 50 for tag in tags):  # the column's width
            raise forms.ValidationError("A tag has 50 letters at most.")
        return list(dict.fromkeys(tag for tag in tags if tag))


class ClientForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """What is known of a client."""

    tags = TagsField(required=False, help_text="Several with commas between.")

    class Meta:
        model = Client
        fields = ("name", "number", "email", "phone", "owner", "tags", "notes")
        widgets: Mapping[str, forms.Widget] = {"notes": _NOTES}
        help_texts: Mapping[str, str] = {
            "number": "Yours for this client. A contact in Xero with this contact number is linked by itself."
        }
        labels: Mapping[str, str] = {"email": "E-mail address", "owner": "Looked after by"}

    def __init__(self, *args: Any, colleagues: "QuerySet[User]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_colleagues(self.fields["owner"], colleagues)


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """Someone to speak to."""

    class Meta:
        model = Person
        fields = ("name", "position", "email", "phone", "notes")
        widgets: Mapping[str, forms.Widget] = {"notes": _NOTES}
        labels: Mapping[str, str] = {"email": "E-mail address"}


class DealForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """A piece of work."""

    currency = forms.RegexField(
        "^[A-Za-z]{3}$",
        required=False,
        max_length=3,
        help_text="Three letters, as in GBP.",
        error_messages={"invalid": "A currency has three letters, as in GBP."},
    )

    class Meta:
        model = Deal
        fields = ("name", "stage", "value", "currency", "closes_on", "owner", "notes")
        widgets: Mapping[str, forms.Widget] = {
            "notes": _NOTES,
            "closes_on": forms.DateInput(attrs={"type": "date"}),
        }
        labels: Mapping[str, str] = {"owner": "Looked after by", "closes_on": "Expected to close"}

    def __init__(self, *args: Any, colleagues: "QuerySet[User]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_colleagues(self.fields["owner"], colleagues)

    def clean_currency(self) -> str:
        """Write the code as everybody does."""
        return str(self.cleaned_data["currency"]).upper()


def _offer_colleagues(field: forms.Field, colleagues: "QuerySet[User]") -> None:
    """Offer the people of this firm and nobody else."""
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = colleagues
    field.empty_label = "Nobody in particular"
