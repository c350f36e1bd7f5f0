"""The paths that others know us by: each is written down elsewhere, so none may change."""

CALLBACK_PATH = "/admin/xero_integration/connect"
RECEIVER_PATH = "/webhooks/xero"
SIGN_IN_PATH = "/accounts/xero/login/callback/"
FATE_PATH = "/reminders/fate/"
ANSWER_PATH = "/reminders/answers/"
WAY_OUT_PATH = "/x/"
