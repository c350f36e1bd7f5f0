"""Reads what the browser brings back from Xero's consent page."""

import hmac
import re
from collections.abc import Mapping

from counterfoil.xero.errors import XeroError


class ConsentNotGiven(XeroError):
    """The browser came back from Xero without a usable permission."""

    next_step = "Press “Connect to Xero” to try again. Nothing was changed."


class ConsentCancelled(ConsentNotGiven):
    """The person pressed Cancel in Xero."""

    def __init__(self) -> None:
        super().__init__("Access was not given: the request was cancelled in Xero.")


class StateMismatch(ConsentNotGiven):
    """The answer does not belong to the question that this browser asked; it may be a forged link."""

    def __init__(self) -> None:
        super().__init__(
            "The answer from Xero does not belong to this sign-in: it is old, or was started elsewhere."
        )


class ConsentFailed(ConsentNotGiven):
    """Xero sent the browser back with an error, or with nothing."""

    def __init__(self, code: str | None) -> None:
        says = f"Xero says: “{code}”." if code else "Xero gives no reason."
        super().__init__(f"Access was not given. {says}")
        self.code = code


def parse_callback(query: Mapping[str, str], expected_state: str) -> str:
    """
    Return the authorization code, which works once and for five minutes.

    Raises `StateMismatch` before anything else is believed, `ConsentCancelled` for `access_denied`, and
    `ConsentFailed` for the rest. Wrong client settings never come back here: Xero shows its own page.
    Source: Xero developer guide, "The standard authorization code flow".
    """
    error = query.get("error")
    if not _is_same(query.get("state", ""), expected_state):
        # Cancelling does no harm, and not every error page brings the state along.
        if error == "access_denied" and "state" not in query:
            raise ConsentCancelled
        raise StateMismatch
    if error == "access_denied":
        raise ConsentCancelled
    code = query.get("code")
    if error is not None or not code:
        raise ConsentFailed(error if error and re.fullmatch("[a-z_]{1,60}", error) else None)
    return code


def _is_same(given: str, expected: str) -> bool:
    return bool(expected) and hmac.compare_digest(given.encode(errors="surrogatepass"), expected.encode())
