"""What a request carries once the middleware has seen it."""

from django.http import HttpRequest

from counterfoil.features.connections.queries import Standing
from counterfoil.features.workspaces.models import Membership, User


class FirmRequest(HttpRequest):
    """A request of a signed-in person, within their firm's workspace."""

    user: User
    membership: Membership
    standing: Standing | None
