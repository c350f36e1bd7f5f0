"""Xero as allauth knows it: which claim is the person's id, and what else is taken from Xero."""

from typing import Any

from allauth.socialaccount.providers.base import Provider, ProviderAccount
from django.http import HttpRequest
from django.urls import reverse


class XeroAccount(ProviderAccount):  # type: ignore[misc]  # allauth ships no types
    """A person's sign-in at Xero, as it is shown to them."""

    def to_str(self) -> str:
        """Return the e-mail address that they have in Xero."""
        return str(self.account.extra_data.get("email") or "Xero")


class XeroProvider(Provider):  # type: ignore[misc]  # allauth ships no types
    """Matches on Xero's user id and never on an e-mail address, which anybody may put on their profile."""

    id = "xero"
    name = "Xero"
    account_class = XeroAccount
    uses_apps = False
    supports_redirect = True

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        """Return where a form is posted that starts signing in."""
        return reverse("xero_login")

    def extract_uid(self, data: dict[str, str]) -> str:
        """Return the id that never changes. Source: FACTS, 1.9: `xero_userid`, not the e-mail address."""
        return data["xero_userid"]

    def extract_extra_data(self, data: dict[str, str]) -> dict[str, str]:
        """Keep what the person is shown of their link, and nothing else."""
        return {"email": data["email"]}

    def extract_common_fields(self, data: dict[str, str]) -> dict[str, str]:
        """Return what a new person starts with."""
        return {
            "email": data["email"],
            "first_name": data["first_name"],
            "last_name": data["last_name"],
        }


provider_classes = [XeroProvider]
