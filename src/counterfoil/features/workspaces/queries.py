"""What can be asked about firms and their people."""

from counterfoil.features.workspaces.models import Membership, User


def find_membership(user: User) -> Membership | None:
    """Return the membership this person works under, the oldest when there are several."""
    return user.memberships.select_related("workspace").order_by("pk").first()
