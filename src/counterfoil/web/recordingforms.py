"""What people fill in about an invoice that Xero has: a payment, the day one is expected, a note."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from counterfoil.features.invoicing.recording import PaidInto
from counterfoil.mirror.models import Invoice
from counterfoil.xero.wishes import LONGEST_NOTE

_DAY = {"type": "date"}
_NUMBER = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})


class _Asked(forms.Form):
    """A form that names its press of the button, so that a second one changes nothing."""

    asked = forms.UUIDField(widget=forms.HiddenInput)


class PaymentForm(_Asked):
    """Money that came for one invoice."""

    amount = forms.DecimalField(
        label="Amount", max_digits=16, decimal_places=2, min_value=Decimal("0.01"), widget=_NUMBER
    )
    day = forms.DateField(label="Received on", widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    account = forms.ChoiceField(
        label="Paid into", help_text="Ways of paying lead to the account that Settings, Mappings says."
    )
    rate = forms.DecimalField(
        label="Exchange rate", required=False, max_digits=18, decimal_places=6, min_value=0, widget=_NUMBER
    )
    reference = forms.CharField(
        label="Reference", required=False, max_length=200, help_text="As on the bank statement."
    )

    def __init__(
        self,
        *args: Any,
        invoice: Invoice,
        accounts: Sequence[PaidInto],
        base: str,
        **settings: Any,
    ):
        super().__init__(*args, **settings)
        self.fields["amount"].label = f"Amount in {invoice.currency}"
        choice = self.fields["account"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = _group(accounts)
        if invoice.currency == base:
            del self.fields["rate"]
        else:
            self.fields[
                "rate"
            ].help_text = (
                f"{invoice.currency} for one {base}, on that day. Empty: Xero takes its own rate of the day."
            )


class PromiseForm(_Asked):
    """The day on which payment is expected."""

    day = forms.DateField(
        label="Payment expected on",
        widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
        help_text="Reminders about this invoice wait until that day is past.",
    )


class NoteForm(_Asked):
    """A note in the invoice's history."""

    words = forms.CharField(
        label="Note",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stands in the invoice’s history in Xero, and cannot be changed there afterwards.",
    )


class CreditForm(_Asked):
    """A credit note for an invoice."""

    day = forms.DateField(label="Dated", widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    reference = forms.CharField(
        label="Reference", required=False, max_length=200, help_text="Empty: the number of the invoice."
    )


class WithdrawForm(_Asked):
    """What has to be typed before an invoice is voided or its draft deleted."""

    typed = forms.CharField(
        required=False, max_length=255, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, number: str, **settings: Any):
        super().__init__(*args, **settings)
        self.fields["typed"].label = f"Type {number} to go on"


def _group(accounts: Sequence[PaidInto]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the choices: first by way of paying, then every account by itself."""
    ways = [(one.account_id, f"{one.method}: {one.name}") for one in accounts if one.method]
    every = [(one.account_id, one.name) for one in accounts if not one.method]
    return [(title, some) for title, some in (("Ways of paying", ways), ("Accounts", every)) if some]
