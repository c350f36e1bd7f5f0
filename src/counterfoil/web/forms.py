"""The forms that people fill in."""

from datetime import timedelta

from allauth.account.forms import LoginForm, SignupForm
from allauth.socialaccount.forms import SignupForm as SocialSignupForm
from django import forms
from django.http import HttpRequest

from counterfoil.domain.rhythm import INTERVALS
from counterfoil.features.workspaces.models import User
from counterfoil.features.workspaces.operations import create_workspace


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth ships no types
    """Sign in by e-mail and password."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "E-mail address"
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignUpForm(SignupForm):  # type: ignore[misc]  # allauth ships no types
    """Sign up by e-mail and password; the firm's name becomes the workspace."""

    firm = forms.CharField(
        max_length=200,
        label="Your firm",
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    field_order = ["firm", "email", "password1"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _say_plainly(self)
        self.fields["email"].widget.attrs.pop("autofocus", None)
        self.fields[
            "password1"
        ].help_text = "At least 10 characters. Pasting from a password manager is fine."

    def save(self, request: HttpRequest) -> User:
        """Create the person and their firm."""
        user: User = super().save(request)
        create_workspace(name=self.cleaned_data["firm"], owner=user)
        return user


class XeroSignUpForm(SocialSignupForm):  # type: ignore[misc]  # allauth ships no types
    """Sign up with Xero, which says who the person is; the firm's name becomes the workspace."""

    firm = forms.CharField(
        max_length=200,
        label="Your firm",
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    field_order = ["firm", "email"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _say_plainly(self)
        self.fields["email"].widget.attrs.pop("autofocus", None)

    def save(self, request: HttpRequest) -> User:
        """Create the person and their firm."""
        user: User = super().save(request)
        create_workspace(name=self.cleaned_data["firm"], owner=user)
        return user


class AutoSyncForm(forms.Form):
    """Whether an organisation is read by itself."""

    auto_sync = forms.ChoiceField(choices=[("on", "On"), ("off", "Off")])


class RhythmForm(forms.Form):
    """How often an organisation is asked for changes."""

    every = forms.TypedChoiceField(
        choices=[("automatic", "Automatic"), *((str(round(one.total_seconds())), "") for one in INTERVALS)],
        coerce=lambda value: None if value == "automatic" else timedelta(seconds=int(value)),
        empty_value=None,
    )


class RemovalForm(forms.Form):
    """The confirmation that a connection is to be removed, and its data with it."""

    understood = forms.BooleanField(
        label="I understand that the data listed above is removed from Counterfoil.",
        error_messages={"required": "Tick the box to confirm that the data may be removed."},
    )


def _say_plainly(form: forms.Form) -> None:
    """Give the field of the e-mail address its name here, and leave no hint that vanishes when typing."""
    form.fields["email"].label = "E-mail address"
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
