"""
The consents that a browser has asked for and not yet brought back, kept in its session.

There may be several: two tabs, a detour over a second device, a second try. Each is good for thirty
minutes. What was answered is remembered too, so that loading the answer again does no harm.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TypedDict

from django.contrib.sessions.backends.base import SessionBase

from counterfoil.sync.connecting import Question

_KEY = "consents"
_LIVES = timedelta(minutes=30)
_AT_MOST = 8


class PendingConsent(TypedDict):
    """One question, and the grant that answered it."""

    workspace: int
    client_id: str
    state: str
    verifier: str | None
    asked_scopes: list[str]
    writes: list[str]
    organisation: int | None
    began_at: float
    grant: int | None


def remember_consent(
    session: SessionBase,
    question: Question,
    *,
    workspace_id: int,
    now: datetime,
    writes: Collection[str] = (),
    organisation_id: int | None = None,
) -> None:
    """Keep the question until its answer comes, what it is to allow, and which organisation it is about."""
    asked = PendingConsent(
        workspace=workspace_id,
        client_id=question.client_id,
        state=question.state,
        verifier=question.verifier,
        asked_scopes=list(question.asked_scopes),
        writes=list(writes),
        organisation=organisation_id,
        began_at=now.timestamp(),
        grant=None,
    )
    session[_KEY] = [*_list_live(session, now), asked][-_AT_MOST:]


def find_consent(
    session: SessionBase, state: str, *, workspace_id: int, now: datetime
) -> PendingConsent | None:
    """
    Return the question that this answer belongs to, if this browser asked it within thirty minutes.

    Whoever works for another firm by now does not get the first one's organisation into it.
    """
    live = _list_live(session, now)
    return next(
        (asked for asked in live if asked["state"] == state and asked.get("workspace") == workspace_id), None
    )


def find_answered(session: SessionBase, grant_id: int, *, now: datetime) -> PendingConsent | None:
    """Return the question that this grant answered, if it was asked by this browser."""
    return next((asked for asked in _list_live(session, now) if asked["grant"] == grant_id), None)


def settle_consent(session: SessionBase, state: str, *, grant_id: int, now: datetime) -> None:
    """Remember which grant answered; the verifier has done its work and is dropped."""
    live = _list_live(session, now)
    for asked in live:
        if asked["state"] == state:
            asked["grant"], asked["verifier"] = grant_id, None
    session[_KEY] = live


def forget_consent(session: SessionBase, state: str, *, now: datetime) -> None:
    """Drop a question that was answered with a no."""
    session[_KEY] = [asked for asked in _list_live(session, now) if asked["state"] != state]


def _list_live(session: SessionBase, now: datetime) -> list[PendingConsent]:
    oldest = (now - _LIVES).timestamp()
    return [asked for asked in session.get(_KEY, []) if asked["began_at"] >= oldest]
