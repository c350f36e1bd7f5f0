"""What allauth asks us about people's accounts: what it says, where letters lead, how factors are kept."""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.urls import reverse

from counterfoil.mirror.encryption import decrypt, encrypt

_WRONG_CODE = "This code is not right. Codes of an app change every half minute; take the one it shows now."

_UNPROVEN = "Prove your address first, by the link in the letter that was sent there."
_OTHER_WAYS = {
    "reauthenticate": "Use your password",
    "mfa_reauthenticate": "Use a code of your app, or a recovery code",
    "mfa_reauthenticate:webauthn": "Use your passkey or security key",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Letters speak for Counterfoil, and lead to its own address."""

    error_messages: ClassVar = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is switched off.",
        "duplicate_email": "This is your address already.",
        "email_password_mismatch": "The address and the password do not belong together.",
        "email_taken": "Somebody signs in with this address already.",
        "enter_current_password": "This is not your current password.",
        "incorrect_code": _WRONG_CODE,
        "incorrect_password": "This is not your password.",
        "invalid_password_reset": "This link was used already, or is too old. Ask for another.",
        "rate_limited": "That was too often in a short time. Wait a few minutes, then try again.",
        "same_as_current": "This is what it is already.",
        "too_many_login_attempts": "That was wrong too often. Wait a few minutes, then try again.",
        "unknown_email": "Nobody signs in with this address.",
        "unverified_primary_email": _UNPROVEN,
    }

    def get_reauthentication_methods(self, user: AbstractBaseUser) -> list[dict[str, Any]]:
        """Return the ways to show that it is still the same person, in our words."""
        found = super().get_reauthentication_methods(user)
        return [way | {"description": _OTHER_WAYS.get(way["id"], way["description"])} for way in found]

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a letter whose links lead where the settings say, whatever host the request was sent to."""
        claimed = self.request.build_absolute_uri("/").rstrip("/") if self.request else ""
        ours = {
            name: settings.COUNTERFOIL_URL + value.removeprefix(claimed)
            for name, value in context.items()
            if claimed and isinstance(value, str) and value.startswith(f"{claimed}/")
        }
        site = {"name": "Counterfoil", "domain": urlsplit(settings.COUNTERFOIL_URL).netloc}
        super().send_mail(template_prefix, email, context | ours | {"current_site": site})

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return where a person goes after changing their password."""
        return reverse("security")


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Second factors are secrets like others: encrypted at rest."""

    error_messages: ClassVar = DefaultMFAAdapter.error_messages | {
        "add_email_blocked": "Switch your second factors off before you change your address.",
        "cannot_delete_authenticator": "This second factor cannot be removed.",
        "cannot_generate_recovery_codes": "Set up a second factor first; recovery codes stand in for it.",
        "incorrect_code": _WRONG_CODE,
        "unverified_email": _UNPROVEN,
    }

    def encrypt(self, text: str) -> str:
        """Return what is stored."""
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return what was stored."""
        return decrypt(encrypted_text)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return what a passkey is bound to: the host of the settings, not that of the request."""
        return {"id": urlsplit(settings.COUNTERFOIL_URL).hostname or "localhost", "name": "Counterfoil"}

    def generate_authenticator_name(self, user: AbstractBaseUser, kind: str) -> str:
        """Return what a new passkey is called until its person says something better."""
        count = Authenticator.objects.filter(user=user, type=kind).count()
        return f"Passkey {count + 1}" if count else "Passkey"

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        """Return the name in the person's authenticator app."""
        return str(user.get_username())
