"""
What can go wrong with Xero, sorted by who must act next.

    XeroError
      XeroUnreachable        no answer                    try later
      XeroBusy               told to wait                 try after `retry_after`
      XeroBroken(status)     their fault                  try later, then tell us
        TokenRejected        the access token is refused  renew it once
      ConsentLost(reason)    access withdrawn or expired  a person connects again
      XeroRefused(problems)  our request is wrong         a person edits; a retry cannot help
        NotFound             no such record               look again, or drop the link
        AppRefused           the app's own credentials    the operator corrects the settings
      TooLarge               more than we take            a person gets it in Xero
      AnswerNotUnderstood    a shape we have not seen     our bug

`str(error)` may be logged: it holds no secret, token or personal data. `sentence` is for the person and
quotes Xero's own words, which can name a contact.
"""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum


class XeroError(Exception):
    """Anything that went wrong with Xero; `next_step` says who does what now."""

    next_step = "Try again; if it happens again, tell whoever looks after Counterfoil."
    may_be_logged = True

    def __init__(self, happened: str, *, correlation_id: str | None = None) -> None:
        super().__init__(happened)
        self.happened = happened
        self.correlation_id = correlation_id

    @property
    def sentence(self) -> str:
        """What happened, for a bookkeeper, with Xero's own words where there are any."""
        return self.happened

    def _say(self, happened: str) -> None:
        self.happened = happened
        self.args = (happened,)


class Silence(StrEnum):
    """How Xero failed to answer."""

    NO_CONNECTION = "no connection could be made"
    TIMED_OUT = "it took too long"
    CUT_SHORT = "the answer broke off half-way"


class XeroUnreachable(XeroError):
    """No answer; whether Xero acted on the request is unknown. `detail` is the network's own word for it."""

    next_step = (
        "Nothing is lost, and Counterfoil tries again by itself. If it lasts, check this machine's internet "
        "connection and status.xero.com."
    )

    def __init__(self, silence: Silence, *, detail: str = "", bytes_received: int = 0) -> None:
        super().__init__(f"Xero did not answer: {silence}.")
        self.silence = silence
        self.detail = detail
        self.bytes_received = bytes_received


class Limit(StrEnum):
    """Which of Xero's limits was reached. Source: Xero developer guide, "OAuth 2.0 API limits"."""

    MINUTE = "minute"
    DAY = "day"
    CONCURRENT = "concurrent"
    APP = "app"


_LIMIT_REACHED = {
    Limit.MINUTE: "Xero's calls for this minute are used up for this organisation.",
    Limit.DAY: "Xero's calls for today are used up for this organisation.",
    Limit.CONCURRENT: "Xero is already answering as many calls at once as it allows for this organisation.",
    Limit.APP: "Xero's calls for this minute are used up for all organisations together.",
}


class XeroBusy(XeroError):
    """Xero, or our own gate before it, says wait; `retry_after` is None when nobody said how long."""

    def __init__(
        self, limit: Limit, *, retry_after: timedelta | None = None, correlation_id: str | None = None
    ) -> None:
        super().__init__(_LIMIT_REACHED[limit], correlation_id=correlation_id)
        self.limit = limit
        self.retry_after = retry_after

    @property
    def next_step(self) -> str:  # type: ignore[override]  # the wait is part of the advice
        """How long it takes, and that nobody needs to act."""
        return f"Nothing is lost. Counterfoil goes on {self.wait_said}, by itself."

    @property
    def wait_said(self) -> str:
        """How long it takes, as in "in 3 hours"."""
        return "shortly" if self.retry_after is None else f"in {_say_duration(self.retry_after)}"


class XeroBroken(XeroError):
    """Xero, or something in front of it, has a fault; `words` are Xero's own when it gave any."""

    next_step = (
        "Nothing is lost, and Counterfoil tries again by itself. If it lasts for hours, look at "
        "status.xero.com and tell whoever looks after Counterfoil."
    )

    def __init__(self, status: int, *, words: str | None = None, correlation_id: str | None = None) -> None:
        super().__init__(f"Xero has a fault of its own (status {status}).", correlation_id=correlation_id)
        self.status = status
        self.words = words

    @property
    def sentence(self) -> str:
        """What happened, with what Xero says of it."""
        return self.happened if self.words is None else f"{self.happened} Xero says: “{self.words}”."


class TokenRejected(XeroBroken):
    """
    Xero did not accept the access token: expired, or not understood.

    Renewing it once cures it; when a fresh one is rejected too, the fault is not ours.
    """

    def __init__(self, *, correlation_id: str | None = None) -> None:
        super().__init__(401, correlation_id=correlation_id)
        self._say("Xero renewed Counterfoil's access and then did not accept it (status 401).")


class LostReason(StrEnum):
    """Why access to an organisation is gone."""

    GRANT_ENDED = "grant_ended"
    CODE_NOT_ACCEPTED = "code_not_accepted"
    APP_GONE = "app_gone"
    ORGANISATION_DISCONNECTED = "organisation_disconnected"
    DEMO_RESET = "demo_reset"
    MISSING_SCOPE = "missing_scope"
    ROLE_LACKS_RIGHT = "role_lacks_right"


_LOST = {
    LostReason.GRANT_ENDED: (
        "Xero no longer accepts the permission that was given: it was withdrawn, or not used for 60 days.",
        "Press “Reconnect Xero” and allow access again. Everything read so far is kept.",
    ),
    LostReason.CODE_NOT_ACCEPTED: (
        "Xero did not accept the confirmation of the permission: it works once, and only for five minutes.",
        "Press “Connect to Xero” again and finish within five minutes.",
    ),
    LostReason.APP_GONE: (
        "The app at Xero that was given this permission is no longer saved in Counterfoil.",
        "Save that app again in Settings, Xero app; or press “Reconnect Xero” and allow access to the "
        "present one. Everything read so far is kept.",
    ),
    LostReason.ORGANISATION_DISCONNECTED: (
        "Xero no longer gives access to this organisation: it was disconnected in Xero, or the person who "
        "connected it has left it.",
        "Press “Reconnect Xero” and choose this organisation. Everything read so far is kept.",
    ),
    LostReason.DEMO_RESET: (
        "This was Xero's demo company. It is made afresh on request and every 28 days, and is then another "
        "organisation to Xero.",
        "Connect the new demo company, and remove this one. If it was only disconnected, press “Reconnect "
        "Xero”.",
    ),
    LostReason.MISSING_SCOPE: (
        "The permission given in Xero does not cover this kind of record.",
        "Press “Reconnect Xero” and allow everything on the list. Everything read so far is kept.",
    ),
    LostReason.ROLE_LACKS_RIGHT: (
        "The person who connected this organisation may not see this kind of record in Xero.",
        "Let somebody with the role Adviser, or Standard with reports, press “Reconnect Xero”; or give "
        "that role in Xero under Settings, Users. The rest goes on.",
    ),
}


class ConsentLost(XeroError):
    """Access was withdrawn, has expired or never covered this; only a person can give it back."""

    def __init__(self, reason: LostReason, *, correlation_id: str | None = None) -> None:
        happened, self.next_step = _LOST[reason]
        super().__init__(happened, correlation_id=correlation_id)
        self.reason = reason


_HIGH_VOLUME = 51


class XeroRefused(XeroError):
    """
    Xero understood and said no.

    `problems` and `message` are Xero's own words and may hold personal data, so they are in `sentence` and
    not in `str()`.
    """

    def __init__(
        self,
        problems: Sequence[str] = (),
        *,
        error_number: int | None = None,
        message: str | None = None,
        correlation_id: str | None = None,
    ) -> None:
        number = "" if error_number is None else f" (Xero's error {error_number})"
        super().__init__(f"Xero refused the request{number}.", correlation_id=correlation_id)
        self.problems = tuple(problems)
        self.error_number = error_number
        self.message = message
        self.next_step = "Correct what Xero names and try again; repeating it unchanged will not help."
        if error_number == _HIGH_VOLUME:
            self.next_step = "Ask for less at once: a shorter period or fewer records."

    @property
    def sentence(self) -> str:
        """What happened, with every problem Xero names."""
        words = self.problems or ((self.message,) if self.message else ())
        if not words:
            return f"{self.happened} Xero gives no reason."
        return f"{self.happened} Xero says: {' '.join(f'“{word}”' for word in words)}"


class NotFound(XeroRefused):
    """Xero has no such record for this organisation; its 404 carries nothing to read."""

    def __init__(self, *, correlation_id: str | None = None) -> None:
        super().__init__(correlation_id=correlation_id)
        self._say("Xero has no record with this number or id in this organisation.")
        self.next_step = (
            "Look for it in Xero: it may have been deleted there, or belong to another organisation."
        )

    @property
    def sentence(self) -> str:
        """What happened."""
        return self.happened


_APP_REFUSED = {
    "invalid_client": (
        "Xero does not know this app's Client ID and Client Secret.",
        "Whoever looks after Counterfoil copies both again from developer.xero.com (My Apps, Configuration); "
        "the secret is shown there only once, so make a new one if it is lost.",
    ),
    "unauthorized_client": (
        "Xero does not let this app connect in this way.",
        "Whoever looks after Counterfoil checks the app's type at developer.xero.com: a web app needs its "
        "secret, a PKCE app has none, and only a custom connection works without a browser.",
    ),
    "invalid_scope": (
        "Xero does not grant this app one of the permissions it asks for.",
        "Whoever looks after Counterfoil compares the app's permissions at developer.xero.com with the list "
        "in Settings, Integrations.",
    ),
}


class AppRefused(XeroRefused):
    """Xero refuses the app itself: no person's consent is at fault, and no stored token may be touched."""

    def __init__(self, code: str, *, correlation_id: str | None = None) -> None:
        super().__init__(correlation_id=correlation_id)
        happened, self.next_step = _APP_REFUSED.get(
            code,
            (
                "Xero refuses the way this app asks for access.",
                "Whoever looks after Counterfoil checks the Client ID, Client Secret and redirect address in "
                "Settings, Integrations against developer.xero.com.",
            ),
        )
        self.code = code
        self._say(f"{happened} Xero says: “{code}”.")

    @property
    def sentence(self) -> str:
        """What happened, with Xero's code for it."""
        return self.happened


class TooLarge(XeroError):
    """A file is larger than is fetched; what had come of it is thrown away."""

    next_step = "Open the document in Xero and download the file there."

    def __init__(self, most: int, *, correlation_id: str | None = None, bytes_received: int = 0) -> None:
        super().__init__(
            f"This file is larger than the {most // 1_000_000} MB that Counterfoil fetches.",
            correlation_id=correlation_id,
        )
        self.bytes_received = bytes_received


class AnswerNotUnderstood(XeroError):
    """Xero answered in a shape that is not in our list; `what` says which part, without quoting it."""

    next_step = (
        "Nothing was changed, and the rest goes on. If it happens again, send the details to whoever looks "
        "after Counterfoil: this is for a programmer."
    )

    def __init__(self, what: str, *, correlation_id: str | None = None) -> None:
        super().__init__(f"Xero's answer could not be understood: {what}.", correlation_id=correlation_id)
        self.what = what


def name_fault(error: XeroError) -> str:
    """
    Return what went wrong for a programmer, as in `XeroBroken 503`: safe to hand to anyone.

    It is made of our own words and Xero's numbers and codes only, never of Xero's sentences.
    """
    match error:
        case XeroUnreachable():
            detail = error.silence.name.lower()
        case XeroBusy():
            detail = error.limit.value
        case XeroBroken():
            detail = str(error.status)
        case ConsentLost():
            detail = error.reason.name.lower()
        case AppRefused():
            detail = error.code if error.code in _APP_REFUSED else ""
        case XeroRefused():
            detail = "" if error.error_number is None else str(error.error_number)
        case AnswerNotUnderstood():
            detail = error.what
        case _:
            detail = ""
    return f"{type(error).__name__} {detail}".strip()


def _say_duration(wait: timedelta) -> str:
    seconds = max(1, round(wait.total_seconds()))
    if seconds < 120:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    minutes = -(-seconds // 60)
    hours, minutes = divmod(minutes, 60)
    if hours == 0:
        return f"{minutes} minutes"
    said_hours = "1 hour" if hours == 1 else f"{hours} hours"
    if minutes == 0:
        return said_hours
    return f"{said_hours} and {minutes} minute{'' if minutes == 1 else 's'}"
