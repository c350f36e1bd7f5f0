"""Ways into a firm: inviting, taking back, and joining by the link."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction

from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.members import PeopleRefused, require
from counterfoil.features.workspaces.models import Invitation, Membership, User
from counterfoil.features.workspaces.permissions import Permission, Role
from counterfoil.mirror.scope import in_workspace

LIVES = timedelta(days=7)


class InvitationGone(PeopleRefused):
    """The link was used, taken back or is too old, or never was one."""

    def __init__(self) -> None:
        super().__init__("This invitation was used, taken back, or is older than a week. Ask for another.")


class BelongsAlready(PeopleRefused):
    """The person to be invited is in the firm."""

    def __init__(self) -> None:
        super().__init__("This person belongs to your firm already.")


@dataclass(frozen=True)
class Invited:
    """An invitation and the secret part of its link, which exists nowhere else."""

    invitation: Invitation
    token: str = field(repr=False)


def invite(*, by: Membership, email: str, role: str, by_mail: bool, now: datetime) -> Invited:
    """
    Invite a person, or renew what was sent before: an older link to the same address stops working.

    Raises NotAllowed (only an Owner invites an Owner) and BelongsAlready.
    """
    with transaction.atomic():
        require(by, Permission.OWN if role == Role.OWNER else Permission.MANAGE_PEOPLE)
        if Membership.objects.filter(workspace=by.workspace_id, user__email__iexact=email).exists():
            raise BelongsAlready
        secret = secrets.token_urlsafe(32)
        Invitation.objects.filter(email__iexact=email, accepted_at=None).delete()
        invitation = Invitation.objects.create(
            workspace_id=by.workspace_id,
            email=email,
            role=role,
            digest=_digest(secret),
            was_mailed=by_mail,
            invited_by=name_person(by.user),
            invited_at=now,
            expires_at=now + LIVES,
        )
        what = f"{email} as {invitation.get_role_display()}"
        record(workspace_id=by.workspace_id, act=Act.PERSON_INVITED, who=by.user, what=what, now=now)
    return Invited(invitation, f"{by.workspace_id}-{secret}")


def revoke_invitation(*, by: Membership, invitation_id: int, now: datetime) -> Invitation:
    """Take an invitation back; its link stops working. Raises NotAllowed and InvitationGone."""
    with transaction.atomic():
        invitation = get_open(by, invitation_id)
        require(by, Permission.OWN if invitation.role == Role.OWNER else Permission.MANAGE_PEOPLE)
        invitation.delete()
        record(
            workspace_id=by.workspace_id,
            act=Act.INVITATION_REVOKED,
            who=by.user,
            what=invitation.email,
            now=now,
        )
    return invitation


def find_invitation(token: str, *, now: datetime) -> Invitation | None:
    """Return the open invitation of a link. The link names its firm, so no other firm's rows are seen."""
    workspace, _, secret = token.partition("-")
    if not (workspace.isascii() and workspace.isdigit() and len(workspace) < 19 and secret):
        return None
    with in_workspace(int(workspace)):
        return _find(secret, now=now)


def accept_invitation(*, token: str, user: User, now: datetime) -> Membership:
    """
    Make the person a member of the firm, whatever address the letter went to: who holds the link may use it.

    Somebody who belongs to the firm already keeps the role they have, and the link stays good for whom it
    was meant. Raises InvitationGone.
    """
    invitation = find_invitation(token, now=now)
    if invitation is None:
        raise InvitationGone
    with in_workspace(invitation.workspace_id):
        belongs = Membership.objects.filter(user=user, workspace_id=invitation.workspace_id).first()
        if belongs is not None:
            return belongs
        # Taken by one at a time, and looked at again: the link works once.
        taken = Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(accepted_at=now)
        if not taken:
            raise InvitationGone
        member = Membership.objects.create(
            user=user, workspace_id=invitation.workspace_id, role=invitation.role
        )
        what = f"as {member.get_role_display()}, by the invitation to {invitation.email}"
        record(workspace_id=member.workspace_id, act=Act.PERSON_JOINED, who=user, what=what, now=now)
    return member


def list_open(*, workspace_id: int) -> Sequence[Invitation]:
    """Return the invitations that nobody has used, the latest first, with those that are too old."""
    return list(Invitation.objects.filter(workspace_id=workspace_id, accepted_at=None).order_by("-pk"))


def get_open(by: Membership, invitation_id: int) -> Invitation:
    """Return an invitation of the firm that nobody has used. Raises InvitationGone."""
    found = Invitation.objects.filter(pk=invitation_id, workspace=by.workspace_id, accepted_at=None).first()
    if found is None:
        raise InvitationGone
    return found


def _find(secret: str, *, now: datetime) -> Invitation | None:
    digest = _digest(secret)
    found = (
        Invitation.objects.filter(digest=digest, accepted_at=None, expires_at__gt=now)
        .select_related("workspace")
        .first()
    )
    return found if found is not None and hmac.compare_digest(found.digest, digest) else None


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
