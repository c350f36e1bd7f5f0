"""The forms that people fill in."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from allauth.account.forms import (
    AddEmailForm,
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
    SignupForm,
)
from allauth.core import context as allauth_context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as CodeAgainForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.socialaccount.forms import SignupForm as SocialSignupForm
from django import forms
from django.http import HttpRequest
from django.utils import timezone

from counterfoil.domain.rhythm import INTERVALS
from counterfoil.features.access.tokens import SCOPES
from counterfoil.features.announcing.models import EventKind
from counterfoil.features.workspaces.models import User
from counterfoil.features.workspaces.operations import create_workspace
from counterfoil.features.workspaces.permissions import DESCRIPTIONS, Permission, Role, is_allowed
from counterfoil.mirror.models import Organisation
from counterfoil.web.joining import find_pending, join_pending, vouch_for_address

_LONG_ENOUGH = "At least 10 characters. Pasting from a password manager is fine."


class InOurWords:
    """A form of allauth's that calls its fields what we call them, with nothing written inside the boxes."""

    labels: ClassVar[dict[str, str]] = {}
    help_texts: ClassVar[dict[str, str]] = {}
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.help_text = self.help_texts.get(name, field.help_text)


class SignInForm(InOurWords, LoginForm):  # type: ignore[misc]  # allauth ships no types
    """Sign in by e-mail and password."""

    labels: ClassVar = {"login": "E-mail address", "remember": "Stay signed in on this device"}


class ForgottenForm(InOurWords, ResetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    """Ask for a letter with a link to choose a new password."""

    labels: ClassVar = {"email": "E-mail address"}


class NewPasswordForm(InOurWords, ChangePasswordForm):  # type: ignore[misc]  # allauth ships no types
    """Choose a new password, knowing the old one."""

    labels: ClassVar = {
        "oldpassword": "Current password",
        "password1": "New password",
        "password2": "New password again",
    }
    help_texts: ClassVar = {"password1": _LONG_ENOUGH}


class FirstPasswordForm(InOurWords, SetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    """Choose a password, having signed in without one until now."""

    labels: ClassVar = {"password1": "Password", "password2": "Password again"}
    help_texts: ClassVar = {"password1": _LONG_ENOUGH}


class PasswordByLetterForm(InOurWords, ResetPasswordKeyForm):  # type: ignore[misc]  # allauth ships no types
    """Choose a new password by the link in a letter."""

    labels: ClassVar = {"password1": "New password", "password2": "New password again"}
    help_texts: ClassVar = {"password1": _LONG_ENOUGH}


class NewAddressForm(InOurWords, AddEmailForm):  # type: ignore[misc]  # allauth ships no types
    """Ask for a letter that proves another address."""

    labels: ClassVar = {"email": "New e-mail address"}


class PasswordAgainForm(InOurWords, ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """Show by the password that it is still the same person."""


class CodeForm(InOurWords, AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """Give the second factor, or a recovery code."""


class CodeOnceMoreForm(InOurWords, CodeAgainForm):  # type: ignore[misc]  # allauth ships no types
    """Show by a code that it is still the same person."""


class NewAppForm(InOurWords, ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    """Show that the authenticator app has the key."""

    labels: ClassVar = {"code": "Enter the code that the app shows now"}


class FirmOrInvitation(forms.Form):
    """What both ways of signing up end with: founding a firm, or joining the one that invites."""

    firm = forms.CharField(
        max_length=200,
        label="Your firm",
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = find_pending(allauth_context.request)
        if self.invitation is not None:
            del self.fields["firm"]
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def _settle(self, request: HttpRequest, user: User) -> None:
        if self.invitation is not None:
            join_pending(request, user, now=timezone.now())
        else:
            create_workspace(name=self.cleaned_data["firm"], owner=user, now=timezone.now())


class SignUpForm(FirmOrInvitation, SignupForm):  # type: ignore[misc]  # allauth ships no types
    """Sign up by e-mail and password; the firm's name becomes the workspace."""

    field_order = ["firm", "email", "password1"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail address"
        if self.invitation is not None:
            self.fields["email"].initial = self.invitation.email
        else:
            self.fields["email"].widget.attrs.pop("autofocus", None)
        self.fields["password1"].help_text = _LONG_ENOUGH

    def save(self, request: HttpRequest) -> User:
        """Create the person, and their firm or their place in it."""
        if self.invitation is not None:
            vouch_for_address(request, self.invitation, self.cleaned_data["email"])
        user: User = super().save(request)
        self._settle(request, user)
        return user


class XeroSignUpForm(FirmOrInvitation, SocialSignupForm):  # type: ignore[misc]  # allauth ships no types
    """Sign up with Xero, which says who the person is; the firm's name becomes the workspace."""

    field_order = ["firm", "email"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail address"
        self.fields["email"].widget.attrs.pop("autofocus", None)

    def save(self, request: HttpRequest) -> User:
        """Create the person, and their firm or their place in it."""
        if self.invitation is not None:
            vouch_for_address(request, self.invitation, self.cleaned_data["email"])
        user: User = super().save(request)
        self._settle(request, user)
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


class InviteForm(forms.Form):
    """Who is to be invited, and as what."""

    email = forms.EmailField(max_length=254, label="E-mail address")

    def __init__(self, *args: Any, roles: Sequence[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = forms.ChoiceField(
            label="Role", choices=[(role.value, role.label) for role in roles], initial=Role.MEMBER
        )


class FirmForm(forms.Form):
    """What the firm is called."""

    name = forms.CharField(max_length=200, label="Name of the firm")


class TokenForm(forms.Form):
    """What a token is called, how long it is good, and what it may do where."""

    name = forms.CharField(max_length=80, label="Name", help_text="By which the audit log calls it.")
    days = forms.TypedChoiceField(
        label="Good for",
        coerce=int,
        choices=[("90", "90 days"), ("365", "a year"), ("30", "30 days"), ("0", "until it is revoked")],
    )

    def __init__(self, *args: Any, organisations: Sequence[Organisation], role: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"] = forms.MultipleChoiceField(
            choices=[(one.value, DESCRIPTIONS[one]) for one in SCOPES if is_allowed(role, one)],
            widget=forms.CheckboxSelectMultiple,
            initial=[Permission.READ.value],
            error_messages={"required": "Choose what the token may do."},
        )
        self.fields["organisations"] = forms.MultipleChoiceField(
            choices=[(str(one.pk), one.name) for one in organisations],
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )


class SubscriptionForm(forms.Form):
    """Which address is told of what."""

    address = forms.URLField(
        max_length=500,
        assume_scheme="https",
        label="Address",
        help_text="Of the other tool, as it gives it to you.",
    )
    kinds = forms.MultipleChoiceField(
        choices=EventKind.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose what the address is told of."},
    )
    holds_more = forms.BooleanField(
        label="Tell what stands in the records too, not their ids alone", required=False
    )


class WebhookKeyForm(forms.Form):
    """The key with which Xero signs; it goes in and never comes out."""

    key = forms.CharField(
        label="Webhook key",
        min_length=16,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="As Xero shows it, letter for letter. It is kept encrypted and never shown.",
        error_messages={
            "required": "Paste the key that Xero shows under Webhooks.",
            "min_length": "This is too short to be a webhook key. Copy the whole of it.",
        },
    )
