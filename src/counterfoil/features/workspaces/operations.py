"""What can be done with a firm: found it, rename it."""

from datetime import datetime

from django.db import transaction

from counterfoil.features.workspaces.audit import Act, record
from counterfoil.features.workspaces.members import require
from counterfoil.features.workspaces.models import Membership, User
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Workspace
from counterfoil.mirror.scope import in_workspace

DEMO_EMAIL = "demo@counterfoil.example"
DEMO_FIRM = "Demo firm"


def create_workspace(*, name: str, owner: User, now: datetime) -> Workspace:
    """Create a firm and make this person its owner."""
    with transaction.atomic():
        workspace = Workspace.objects.create(name=name)
        Membership.objects.create(user=owner, workspace=workspace, role=Membership.Role.OWNER)
        with in_workspace(workspace.pk):
            record(workspace_id=workspace.pk, act=Act.FIRM_FOUNDED, who=owner, what=name, now=now)
    return workspace


def rename_firm(*, by: Membership, name: str, now: datetime) -> None:
    """Give the firm another name. Raises NotAllowed."""
    with transaction.atomic():
        require(by, Permission.CONFIGURE)
        Workspace.objects.filter(pk=by.workspace_id).update(name=name)
        record(workspace_id=by.workspace_id, act=Act.FIRM_RENAMED, who=by.user, what=name, now=now)


def get_demo_owner(*, now: datetime) -> User:
    """Return the person whom the demo signs in, made with their firm on the first visit."""
    with transaction.atomic():
        owner, is_new = User.objects.get_or_create(email=DEMO_EMAIL)
        if is_new:
            owner.set_unusable_password()
            owner.save(update_fields=["password"])
            create_workspace(name=DEMO_FIRM, owner=owner, now=now)
    return owner
