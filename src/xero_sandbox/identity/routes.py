"""The identity server's addresses, and /connections."""

from starlette.routing import Route

from xero_sandbox.identity.authorize import AuthorizePages
from xero_sandbox.identity.endpoints import IdentityEndpoints
from xero_sandbox.world import World


def identity_routes(world: World) -> list[Route]:
    """Return every route below login.xero.com, identity.xero.com and /connections."""
    pages, endpoints = AuthorizePages(world), IdentityEndpoints(world)
    discovery = "/.well-known/openid-configuration"
    return [
        Route("/identity/connect/authorize", pages.show, methods=["GET"]),
        Route("/identity/connect/authorize", pages.decide, methods=["POST"]),
        Route("/connectionLimit", pages.connection_limit, methods=["GET"]),
        Route("/connect/token", endpoints.token, methods=["POST"]),
        Route("/connect/revocation", endpoints.revocation, methods=["POST"]),
        Route("/connect/userinfo", endpoints.userinfo, methods=["GET", "POST"]),
        Route(discovery, endpoints.discovery, methods=["GET"]),
        Route(f"{discovery}/jwks", endpoints.jwks, methods=["GET"]),
        Route("/connections", endpoints.list_connections, methods=["GET"]),
        Route("/Connections", endpoints.list_connections, methods=["GET"]),
        Route("/connections/{connection_id}", endpoints.delete_connection, methods=["DELETE"]),
    ]
