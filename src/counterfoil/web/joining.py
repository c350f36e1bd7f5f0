"""An invitation that a browser has opened and not yet used, kept in its session while somebody signs up."""

from datetime import datetime

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from django.utils import timezone

from counterfoil.features.workspaces.invitations import accept_invitation, find_invitation
from counterfoil.features.workspaces.models import Invitation, Membership, User
from counterfoil.web.requests import CHOSEN_FIRM

_KEY = "invitation"


def remember_invitation(request: HttpRequest, token: str) -> None:
    """Keep the link's token until its holder has signed up or in."""
    request.session[_KEY] = token


def find_pending(request: HttpRequest) -> Invitation | None:
    """Return the invitation that this browser opened, if it is still good."""
    token = request.session.get(_KEY)
    return find_invitation(token, now=timezone.now()) if token else None


def join_pending(request: HttpRequest, user: User, *, now: datetime) -> Membership:
    """Use the invitation for this person, and let them work under that firm. Raises InvitationGone."""
    member = accept_invitation(token=request.session.pop(_KEY, ""), user=user, now=now)
    request.session[CHOSEN_FIRM] = member.workspace_id
    return member


def vouch_for_address(request: HttpRequest, invitation: Invitation, email: str) -> None:
    """Take the address as proven when the link that was mailed to it was opened, and no other address."""
    if invitation.was_mailed and invitation.email.lower() == email.lower():
        get_adapter().stash_verified_email(request, email)
