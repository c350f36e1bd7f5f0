"""Makes Xero known to allauth as a way to sign in."""

from django.apps import AppConfig


class XeroSignInConfig(AppConfig):
    """allauth finds `provider` and `urls` beside this."""

    name = "counterfoil.web.xero_sign_in"
    label = "xero_sign_in"
