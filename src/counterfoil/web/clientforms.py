"""The forms for clients, their people and their deals."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import CharField, QuerySet

from counterfoil.domain.ownership import ADDRESS_PARTS, FIELD_BY_NAME, name_part
from counterfoil.features.clients.models import Address, Client, Deal, Person
from counterfoil.features.workspaces.models import User

_OTHER_PHONES = ("direct_phone", "mobile_phone", "fax")
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


class TwoWayForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """
    A record that somebody else, or a sync, may change while it is being edited.

    What was shown goes along unseen, so that only what the person changed is written.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in FIELD_BY_NAME.keys() & self.fields.keys():
            self.fields[name].show_hidden_initial = True

    def list_changed(self) -> dict[str, Any]:
        """Return what the person changed."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


def _build_address_fields() -> dict[str, forms.CharField]:
    """Return a field for each part of both addresses, as wide as its column."""
    fields = {}
    for kind in Address.Kind.values:
        for part, label in ADDRESS_PARTS.items():
            column = Address._meta.get_field(part)
            assert isinstance(column, CharField)
            fields[name_part(kind, part)] = forms.CharField(
                required=False, label=label.capitalize(), max_length=column.max_length
            )
    return fields


class ClientForm(TwoWayForm):
    """What is known of a client."""

    tags = TagsField(required=False, help_text="Several with commas between.")

    class Meta:
        model = Client
        fields = ("name", "number", "email", "phone", "owner", "tags", "notes", *_OTHER_PHONES)
        widgets: Mapping[str, forms.Widget] = {"notes": _NOTES}
        help_texts: Mapping[str, str] = {
            "number": "Yours for this client. A contact in Xero with this contact number is linked by itself."
        }
        labels: Mapping[str, str] = {"email": "E-mail address", "owner": "Looked after by"}

    def __init__(self, *args: Any, colleagues: "QuerySet[User]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_colleagues(self.fields["owner"], colleagues)
        self.fields |= _build_address_fields()
        for address in self.instance.addresses.all() if self.instance.pk else ():
            for part in ADDRESS_PARTS:
                self.initial[name_part(address.kind, part)] = getattr(address, part)
        for name in self._list_folded():
            self.fields[name].show_hidden_initial = True

    @property
    def plain(self) -> list[forms.BoundField]:
        """The fields that most clients have."""
        folded = {*_OTHER_PHONES, *self._list_folded()}
        return [self[name] for name in self.fields if name not in folded]

    @property
    def folded(self) -> list[tuple[str, list[forms.BoundField]]]:
        """What is asked for by unfolding it: the other phones, and both addresses."""
        return [
            ("Other phones", [self[name] for name in _OTHER_PHONES]),
            *(
                (kind.label, [self[name_part(kind.value, part)] for part in ADDRESS_PARTS])
                for kind in Address.Kind
            ),
        ]

    def _list_folded(self) -> list[str]:
        return [name_part(kind, part) for kind in Address.Kind.values for part in ADDRESS_PARTS]


class PersonForm(TwoWayForm):
    """Someone to speak to."""

    class Meta:
        model = Person
        fields = ("name", "position", "email", "phone", *_OTHER_PHONES, "notes")
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
