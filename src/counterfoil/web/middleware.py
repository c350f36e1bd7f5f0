"""Puts every request of a signed-in person into their workspace, in the database as well as in the code."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from counterfoil.features.workspaces.queries import find_membership
from counterfoil.mirror.scope import in_workspace


class WorkspaceMiddleware:
    """One transaction per request, which sees one workspace's rows and no others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request within the person's workspace."""
        request.membership = find_membership(request.user) if request.user.is_authenticated else None
        if request.membership is None:
            return self.get_response(request)
        with in_workspace(request.membership.workspace_id):
            return self.get_response(request)
