"""What can be asked about firms and their people."""

from django.db.models import QuerySet

from counterfoil.features.workspaces.models import Membership, User


def find_membership(user: User) -> Membership | None:
    """Return the membership this person works under, the oldest when there are several."""
    return user.memberships.select_related("workspace").order_by("pk").first()


def list_colleagues(workspace_id: int) -> "QuerySet[User]":
    """Return the people of a firm, by e-mail address."""
    return User.objects.filter(memberships__workspace_id=workspace_id).order_by("email")
