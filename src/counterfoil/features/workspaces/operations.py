"""What can be done with firms and their people."""

from django.db import transaction

from counterfoil.features.workspaces.models import Membership, User
from counterfoil.mirror.models import Workspace


def create_workspace(*, name: str, owner: User) -> Workspace:
    """Create a firm and make this person its owner."""
    with transaction.atomic():
        workspace = Workspace.objects.create(name=name)
        Membership.objects.create(user=owner, workspace=workspace, role=Membership.Role.OWNER)
    return workspace
