"""Makes Xero known to allauth as a way to sign in."""

from django.apps import AppConfig


class XeroSignInConfig(AppConfig):
    """allauth finds `provider` and `urls` beside this."""

    name = "counterfoil.web.xero_sign_in"
    label = "xero_sign_in"

    def ready(self) -> None:
        """Listen once the models are there."""
        from counterfoil.web.xero_sign_in import receivers  # noqa: F401 - its receivers register themselves
