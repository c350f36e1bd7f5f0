"""Puts every request into its person's workspace, in the database as well as in the code."""

from collections.abc import Callable
from contextlib import ExitStack

import structlog
from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import MiddlewareNotUsed
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from counterfoil.config.outages import DATABASE_ERRORS, find_outage
from counterfoil.config.paths import ANSWER_PATH, FATE_PATH, RECEIVER_PATH, WAY_OUT_PATH
from counterfoil.features.workspaces.models import Membership
from counterfoil.features.workspaces.operations import get_demo_owner
from counterfoil.features.workspaces.queries import choose_membership, list_memberships
from counterfoil.mirror.scope import in_workspace
from counterfoil.web.requests import CHOSEN_FIRM
from counterfoil.web.views import webhooks

log = structlog.get_logger(__name__)

Answer = Callable[[HttpRequest], HttpResponse]

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
# Where a person may be nobody: signing in and up by hand still works in the demo.
_OPEN = (
    "/accounts/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/webhooks/",
    "/backstage/",
    FATE_PATH,
    ANSWER_PATH,
    WAY_OUT_PATH,
)


class WebhookMiddleware:
    """Answers Xero's webhooks before anything that looks for a cookie, a session or a person."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a webhook; pass everything else on. What cannot be kept is refused: Xero sends it again."""
        if request.path_info != RECEIVER_PATH:
            return self.get_response(request)
        try:
            return webhooks.receive(request)
        except DATABASE_ERRORS as error:
            outage = find_outage(error)
            if outage is None:
                raise
            log.warning("a webhook could not be kept", outage=outage.word, because=outage.sentence)
            return webhooks.refuse_for_now()


class DemoSignInMiddleware:
    """Signs a visitor of the demo in as its owner; does not exist outside the demo."""

    def __init__(self, get_response: Answer) -> None:
        if not settings.COUNTERFOIL_DEMO:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request as the demo's owner when nobody is signed in."""
        if not request.user.is_authenticated and not request.path.startswith(_OPEN):
            login(request, get_demo_owner(now=timezone.now()), backend=_BACKEND)
        return self.get_response(request)


class WorkspaceMiddleware:
    """
    One transaction per page, which sees one workspace's rows and no others.

    A view that `speaks_to_xero` gets none: it would hold its rows for as long as Xero takes to answer.
    Its operations open their own, before and after they ask.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request within the person's workspace; a page that fails leaves nothing half done."""
        user = request.user
        memberships = list_memberships(user) if user.is_authenticated else []
        # Somebody who was taken out of the firm that they had chosen works under another, or none.
        membership = choose_membership(memberships, request.session.get(CHOSEN_FIRM))
        request.memberships = memberships  # type: ignore[attr-defined]  # FirmRequest declares both
        request.membership = membership  # type: ignore[attr-defined]
        # A view sets the organisation's time zone; the next request starts without one.
        with timezone.override(None), ExitStack() as scope:
            request.workspace_scope = scope  # type: ignore[attr-defined]  # for process_view below
            response = self.get_response(request)
            if response.status_code >= 500 and getattr(request, "is_in_workspace", False):
                transaction.set_rollback(True)
            return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: object, _kwargs: object
    ) -> None:
        """Open the transaction once it is known which page is asked for."""
        membership: Membership | None = request.membership  # type: ignore[attr-defined]  # set above
        if membership is not None and not getattr(view, "speaks_to_xero", False):
            scope: ExitStack = request.workspace_scope  # type: ignore[attr-defined]  # set above
            scope.enter_context(in_workspace(membership.workspace_id))
            request.is_in_workspace = True  # type: ignore[attr-defined]  # for whoever rolls it back


class PolicyMiddleware:
    """Tells the browser to run and show nothing that does not come from here."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        # A form that starts a consent is answered with a redirect to Xero, and browsers count that too.
        self.policy = "; ".join(
            [
                "default-src 'self'",
                "img-src 'self' data:",
                "frame-ancestors 'none'",
                "base-uri 'self'",
                f"form-action 'self' {settings.XERO_LOGIN_URL}",
            ]
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request and add the policy."""
        response = self.get_response(request)
        response.headers["Content-Security-Policy"] = self.policy
        return response
