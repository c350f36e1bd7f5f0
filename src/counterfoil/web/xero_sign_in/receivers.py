"""Writes down in the audit log that somebody linked or unlinked a Xero sign-in."""

from typing import Any

from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.signals import social_account_added, social_account_removed
from django.dispatch import receiver
from django.utils import timezone

from counterfoil.features.workspaces.audit import Act, record_of_person


@receiver(social_account_added)
def write_down_linking(*, sociallogin: SocialLogin, **_: Any) -> None:
    """Note who linked which Xero sign-in, in each of their firms."""
    _write_down(sociallogin.account, Act.XERO_SIGN_IN_LINKED)


@receiver(social_account_removed)
def write_down_unlinking(*, socialaccount: SocialAccount, **_: Any) -> None:
    """Note who unlinked which Xero sign-in, in each of their firms."""
    _write_down(socialaccount, Act.XERO_SIGN_IN_UNLINKED)


def _write_down(account: SocialAccount, act: Act) -> None:
    what = f"of {account.extra_data.get('email', 'Xero')}"
    record_of_person(user=account.user, act=act, what=what, now=timezone.now())
