"""What allauth asks us about people's accounts: where letters lead, and how second factors are kept."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.urls import reverse

from counterfoil.mirror.encryption import decrypt, encrypt


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Letters speak for Counterfoil, and lead to its own address."""

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

    def encrypt(self, text: str) -> str:
        """Return what is stored."""
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return what was stored."""
        return decrypt(encrypted_text)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return what a passkey is bound to: the host of the settings, not that of the request."""
        return {"id": urlsplit(settings.COUNTERFOIL_URL).hostname or "localhost", "name": "Counterfoil"}

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        """Return the name in the person's authenticator app."""
        return str(user.get_username())
