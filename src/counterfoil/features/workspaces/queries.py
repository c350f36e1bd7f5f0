"""What can be asked about firms and their people."""

from collections.abc import Sequence

from django.db.models import QuerySet

from counterfoil.features.workspaces.models import Membership, User


def list_memberships(user: User) -> Sequence[Membership]:
    """Return what a person is in which firms, the oldest first; one query."""
    return list(user.memberships.select_related("workspace").order_by("pk"))


def choose_membership(memberships: Sequence[Membership], workspace_id: int | None) -> Membership | None:
    """Return the membership that somebody works under: of the firm they chose, else of their first."""
    chosen = next((one for one in memberships if one.workspace_id == workspace_id), None)
    return chosen or next(iter(memberships), None)


def list_people(*, workspace_id: int) -> Sequence[Membership]:
    """Return the people of a firm, the oldest members first."""
    return list(Membership.objects.filter(workspace=workspace_id).select_related("user").order_by("pk"))


def list_colleagues(workspace_id: int) -> "QuerySet[User]":
    """Return the people of a firm, by e-mail address."""
    return User.objects.filter(memberships__workspace_id=workspace_id).order_by("email")
