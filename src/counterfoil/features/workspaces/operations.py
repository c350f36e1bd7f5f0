"""What can be done with firms and their people."""

from django.db import transaction

from counterfoil.features.workspaces.models import Membership, User
from counterfoil.mirror.models import Workspace

DEMO_EMAIL = "demo@counterfoil.example"
DEMO_FIRM = "Demo firm"


def create_workspace(*, name: str, owner: User) -> Workspace:
    """Create a firm and make this person its owner."""
    with transaction.atomic():
        workspace = Workspace.objects.create(name=name)
        Membership.objects.create(user=owner, workspace=workspace, role=Membership.Role.OWNER)
    return workspace


def get_demo_owner() -> User:
    """Return the person whom the demo signs in, made with their firm on the first visit."""
    with transaction.atomic():
        owner, is_new = User.objects.get_or_create(email=DEMO_EMAIL)
        if is_new:
            owner.set_unusable_password()
            owner.save(update_fields=["password"])
            create_workspace(name=DEMO_FIRM, owner=owner)
    return owner
