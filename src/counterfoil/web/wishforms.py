"""What people fill in about wishes and holds: who, what they said, how it is known."""

from collections.abc import Mapping
from typing import Any

from django import forms

from counterfoil.domain.reminders.guard import Hold
from counterfoil.features.reminding.models import LedgerEntry
from counterfoil.features.reminding.wishing import BY_HAND

_ADDRESS = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
_HOLDS: Mapping[Hold, str] = {
    Hold.DISPUTED: "Disputes it",
    Hold.PROMISED: "Promised to pay",
    Hold.PAID: "Says that it is paid",
    Hold.PLAN: "Pays by a plan",
    Hold.VULNERABLE: "Needs care",
    Hold.BY_HAND: "Another reason",
}


class LookForm(forms.Form):
    """A number or an e-mail address."""

    address = forms.CharField(label="Mobile number or e-mail address", max_length=254, widget=_ADDRESS)


class WishForm(LookForm):
    """What somebody said, when, and how it is known."""

    act = forms.ChoiceField(label="Said", choices=[(one.value, str(one.label)) for one in BY_HAND])
    day = forms.DateField(label="On", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    note = forms.CharField(
        label="How you know",
        max_length=255,
        help_text="As in: by telephone, to Mara; a signed order of 3 March.",
    )
    basis = forms.ChoiceField(label="A consent rests on", required=False, choices=LedgerEntry.Basis.choices)
    shown = forms.CharField(
        label="The words agreed to",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For a consent.",
    )
    is_for_all = forms.BooleanField(label="For every organisation of the firm", required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for what a consent rests on."""
        values = super().clean() or self.cleaned_data
        if values.get("act") == LedgerEntry.Act.CONSENTED and not values.get("basis"):
            self.add_error("basis", "Say on what the consent rests.")
        return values


class FileForm(forms.Form):
    """A file of wishes."""

    file = forms.FileField(label="CSV file")
    is_for_all = forms.BooleanField(label="For every organisation of the firm", required=False)


class HoldForm(forms.Form):
    """Why reminders are held back, and until when."""

    about = forms.CharField(max_length=100, widget=forms.HiddenInput)
    hold = forms.ChoiceField(label="Why", choices=[(one.value, label) for one, label in _HOLDS.items()])
    until = forms.DateField(
        label="Until",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Through this day. Empty: until somebody lets them go.",
    )
