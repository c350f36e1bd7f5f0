"""The one app that this installation is registered as at Xero, and where Xero is."""

from django.conf import settings

from counterfoil.xero.addresses import XeroAddresses
from counterfoil.xero.consent import App

CALLBACK_PATH = "/admin/xero_integration/connect"
RECEIVER_PATH = "/webhooks/xero"


def get_addresses() -> XeroAddresses:
    """Return Xero's addresses, or those of a stand-in."""
    return XeroAddresses(
        login=settings.XERO_LOGIN_URL,
        identity=settings.XERO_IDENTITY_URL,
        api=settings.XERO_API_URL,
        web=settings.XERO_WEB_URL,
    )


def get_app() -> App:
    """Return the app's credentials; without a secret it is a PKCE app."""
    return App(
        client_id=settings.XERO_CLIENT_ID,
        client_secret=settings.XERO_CLIENT_SECRET or None,
        redirect_uri=settings.COUNTERFOIL_URL + CALLBACK_PATH,
    )


def is_app_configured() -> bool:
    """Say whether this installation knows its client id; without it nobody can connect."""
    return bool(settings.XERO_CLIENT_ID)
