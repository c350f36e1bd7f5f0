"""What a request carries once the middleware has seen it."""

from collections.abc import Sequence

from django.http import HttpRequest

from counterfoil.features.connections.queries import Standing
from counterfoil.features.workspaces.models import Membership, User

# Where the session keeps the firm that somebody of several firms works for.
CHOSEN_FIRM = "firm"


class FirmRequest(HttpRequest):
    """A request of a signed-in person, within their firm's workspace."""

    user: User
    membership: Membership
    memberships: Sequence[Membership]
    standing: Standing | None
