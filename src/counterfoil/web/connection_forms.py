"""The forms about connections: what to ask Xero for, and which app to ask with."""

import re
from collections.abc import Collection

from django import forms
from django.http import QueryDict

from counterfoil.mirror.models import Grant
from counterfoil.xero.scopes import Write


class ConsentForm:
    """
    Read from the address when the page is shown, and from the form when it is sent.

    Two-way without anything to write would be read-only under another name, so it `is_unanswered`.
    """

    def __init__(self, sent: QueryDict) -> None:
        self.is_two_way = sent.get("mode") == "two_way"
        chosen = {Write(name) for name in sent.getlist("write") if name in set(Write)}
        self.writes = frozenset(chosen) if self.is_two_way else frozenset[Write]()
        organisation = sent.get("organisation", "")
        is_number = organisation.isascii() and organisation.isdigit() and len(organisation) < 19
        self.organisation_id = int(organisation) if is_number else None
        self._says_mode = "mode" in sent

    def begin_with(self, writes: Collection[str]) -> None:
        """Offer what is allowed today, unless the address says otherwise: reconnecting takes nothing away."""
        if not self._says_mode and writes:
            self.is_two_way, self.writes = True, frozenset(Write(name) for name in writes)

    @property
    def is_unanswered(self) -> bool:
        """Say whether two-way was chosen and nothing to write."""
        return self.is_two_way and not self.writes


class AppForm(forms.Form):
    """What an app at Xero is known by; the secret goes in and never comes out."""

    kind = forms.ChoiceField(
        label="Kind of app", choices=Grant.Kind.choices, initial=Grant.Kind.CODE, widget=forms.RadioSelect
    )
    client_id = forms.CharField(
        label="Client ID",
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Shown on the page Configuration of your app.",
    )
    client_secret = forms.CharField(
        label="Client Secret",
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="From “Generate a secret” on the same page. Kept encrypted and never shown again; leave"
        " empty to keep the saved one.",
    )
    is_older = forms.BooleanField(
        label="This app was made before 2 March 2026 and is to ask for the old, broad permissions",
        required=False,
    )

    def clean_client_id(self) -> str:
        """Return the id; refuse what is plainly something else that was pasted."""
        client_id: str = self.cleaned_data["client_id"].strip()
        if not re.fullmatch(r"[A-Za-z0-9]{20,64}", client_id):
            raise forms.ValidationError(
                "A Client ID is one long word of letters and digits, as in 3F0B…; this is something else."
            )
        return client_id

    def clean_client_secret(self) -> str:
        """Return the secret without what came along when it was copied."""
        secret: str = self.cleaned_data["client_secret"].strip()
        if any(character.isspace() for character in secret):
            raise forms.ValidationError("A Client Secret has no spaces; copy it once more.")
        return secret


class TypedForm(forms.Form):
    """A confirmation that is typed, so that nobody gives it by mistake."""

    typed = forms.CharField(widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))

    def __init__(self, data: QueryDict | None, *, wanted: str) -> None:
        super().__init__(data)
        self.wanted = wanted
        self.fields["typed"].label = f"Type “{wanted}” to confirm"
        self.fields["typed"].error_messages["required"] = f"Type “{wanted}” to confirm."

    def clean_typed(self) -> str:
        """Return what was typed, if it is what was asked for; capitals do not matter."""
        typed: str = " ".join(self.cleaned_data["typed"].split())
        if typed.casefold() != " ".join(self.wanted.split()).casefold():
            raise forms.ValidationError(f"That is not “{self.wanted}”. Nothing was changed.")
        return typed
