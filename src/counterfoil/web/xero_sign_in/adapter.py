"""What allauth asks us when somebody comes back from Xero."""

from allauth.account.internal.userkit import filter_users_by_email
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse

from counterfoil.web.xero_sign_in.provider import XeroProvider


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Lets nobody into an account because an e-mail address is the same."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Ask a person who has a password here to sign in with it once, and to link Xero by hand."""
        email = sociallogin.user.email
        is_new = not sociallogin.is_existing and sociallogin.state.get("process") == "login"
        if is_new and email and filter_users_by_email(email):
            page = render(request, "socialaccount/link_first.html", {"email": email}, status=409)
            raise ImmediateHttpResponse(page)

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: object) -> str:
        """Return where a person goes after linking: back to where they pressed the button."""
        return reverse("security")


def build_login(request: HttpRequest, claims: dict[str, str], state: dict[str, str]) -> SocialLogin:
    """Return the sign-in as allauth works with it; nothing is saved yet."""
    login = XeroProvider(request).sociallogin_from_response(request, claims)
    login.state = state
    return login
