"""
What can be done with the people of a firm: change a role, remove, leave, hand over.

Each takes the firm's row first, so that two Owners who demote each other at the same moment come one
after the other. The database holds the last line: a trigger refuses a firm without an Owner.
"""

from datetime import datetime

from django.db import transaction

from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.models import Membership
from counterfoil.features.workspaces.permissions import Permission, Role, is_allowed, name_roles
from counterfoil.mirror.models import Workspace


class PeopleRefused(Exception):
    """Something that was asked for with the people of a firm cannot be; the sentence says why."""


class NotAllowed(PeopleRefused):
    """The role of who asks does not include it, or no longer does."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(f"Your role does not include this. Ask an {name_roles(permission)} of your firm.")


class LastOwner(PeopleRefused):
    """The firm would be left without an Owner."""

    def __init__(self) -> None:
        super().__init__("A firm always has an Owner. Make somebody else Owner first.")


class NobodyThere(PeopleRefused):
    """The person has left the firm, or never was in it."""

    def __init__(self) -> None:
        super().__init__("This person does not belong to your firm any more.")


def change_role(*, by: Membership, membership_id: int, role: str, now: datetime) -> Membership:
    """
    Give a person of the firm another role.

    Raises NotAllowed (only an Owner makes Owners, or takes that away), LastOwner, NobodyThere.
    """
    with transaction.atomic():
        _lock(by)
        require(by, Permission.MANAGE_PEOPLE)
        member = _get_member(by, membership_id)
        before = member.get_role_display()
        if Role.OWNER in (member.role, Role(role)):
            require(by, Permission.OWN)
        if member.role == Role.OWNER and role != Role.OWNER:
            _require_another_owner(member)
        member.role = role
        member.save(update_fields=["role"])
        what = f"{name_person(member.user)} from {before} to {member.get_role_display()}"
        record(workspace_id=by.workspace_id, act=Act.ROLE_CHANGED, who=by.user, what=what, now=now)
    return member


def remove_member(*, by: Membership, membership_id: int, now: datetime) -> Membership:
    """
    Take a person out of the firm; what they did stays.

    Raises NotAllowed (only an Owner removes an Owner), LastOwner, NobodyThere.
    """
    with transaction.atomic():
        _lock(by)
        require(by, Permission.MANAGE_PEOPLE)
        member = _get_member(by, membership_id)
        if member.role == Role.OWNER:
            require(by, Permission.OWN)
            _require_another_owner(member)
        member.delete()
        what = f"{name_person(member.user)}, who was {member.get_role_display()}"
        record(workspace_id=by.workspace_id, act=Act.PERSON_REMOVED, who=by.user, what=what, now=now)
    return member


def leave_firm(*, member: Membership, now: datetime) -> None:
    """Take oneself out of the firm. Raises LastOwner, and NobodyThere when one is out already."""
    with transaction.atomic():
        _lock(member)
        leaving = _get_member(member, member.pk)
        if leaving.role == Role.OWNER:
            _require_another_owner(leaving)
        leaving.delete()
        what = f"who was {leaving.get_role_display()}"
        record(workspace_id=member.workspace_id, act=Act.PERSON_LEFT, who=member.user, what=what, now=now)


def hand_over(*, by: Membership, membership_id: int, now: datetime) -> Membership:
    """Make another person Owner and oneself Admin. Raises NotAllowed and NobodyThere."""
    with transaction.atomic():
        _lock(by)
        require(by, Permission.OWN)
        heir = _get_member(by, membership_id)
        if heir.pk == by.pk:
            raise NobodyThere
        Membership.objects.filter(pk=heir.pk).update(role=Role.OWNER)
        Membership.objects.filter(pk=by.pk).update(role=Role.ADMIN)
        record(
            workspace_id=by.workspace_id,
            act=Act.OWNERSHIP_TRANSFERRED,
            who=by.user,
            what=name_person(heir.user),
            now=now,
        )
    return heir


def require(by: Membership, permission: Permission) -> None:
    """Raise NotAllowed unless this person's role includes it at this moment, whatever the page thought."""
    role = Membership.objects.filter(pk=by.pk).values_list("role", flat=True).first()
    if role is None or not is_allowed(role, permission):
        raise NotAllowed(permission)


def _lock(by: Membership) -> None:
    # The key stays free: records that refer to the workspace go on being written.
    Workspace.objects.select_for_update(no_key=True).get(pk=by.workspace_id)


def _get_member(by: Membership, membership_id: int) -> Membership:
    found = Membership.objects.filter(pk=membership_id, workspace=by.workspace_id)
    member = found.select_related("user").first()
    if member is None:
        raise NobodyThere
    return member


def _require_another_owner(member: Membership) -> None:
    others = Membership.objects.filter(workspace=member.workspace_id, role=Role.OWNER).exclude(pk=member.pk)
    if not others.exists():
        raise LastOwner
