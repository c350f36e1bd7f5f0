"""
The sign-ins at Xero that a browser has begun and not yet brought back, kept in its session.

Each is good for thirty minutes: a code by phone and the check of a new device take their time (T7).
Each is used once: taking it out is what makes a replayed answer worthless.
"""

from datetime import datetime, timedelta
from typing import TypedDict

from django.contrib.sessions.backends.base import SessionBase

from counterfoil.sync.signing_in import SignInQuestion

_KEY = "xero_sign_ins"
_LIVES = timedelta(minutes=30)
_AT_MOST = 8


class PendingSignIn(TypedDict):
    """What an answer is checked with, and what it is for."""

    state: str
    client_id: str
    verifier: str
    nonce: str
    process: str
    next: str
    person: int | None
    began_at: float


def remember_sign_in(
    session: SessionBase,
    question: SignInQuestion,
    *,
    process: str,
    next_page: str,
    person: int | None,
    now: datetime,
) -> None:
    """Keep the question until its answer comes; `person` is who was signed in when it was asked."""
    begun = PendingSignIn(
        state=question.state,
        client_id=question.client_id,
        verifier=question.verifier,
        nonce=question.nonce,
        process=process,
        next=next_page,
        person=person,
        began_at=now.timestamp(),
    )
    session[_KEY] = [*session.get(_KEY, []), begun][-_AT_MOST:]


def take_sign_in(session: SessionBase, state: str, *, now: datetime) -> PendingSignIn | None:
    """Take out the question that this answer belongs to, if this browser asked it within thirty minutes."""
    begun: list[PendingSignIn] = session.get(_KEY, [])
    found = next((one for one in begun if one["state"] == state), None)
    oldest = (now - _LIVES).timestamp()
    session[_KEY] = [one for one in begun if one is not found and one["began_at"] >= oldest]
    return found if found is not None and found["began_at"] >= oldest else None
