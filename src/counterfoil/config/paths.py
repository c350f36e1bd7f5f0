"""The paths that others know us by: each is written down at Xero, so none of them may change."""

CALLBACK_PATH = "/admin/xero_integration/connect"
RECEIVER_PATH = "/webhooks/xero"
SIGN_IN_PATH = "/accounts/xero/login/callback/"
