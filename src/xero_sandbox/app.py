"""Puts the stand-in together as one ASGI application."""

from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from xero_sandbox.accounting.routes import accounting_routes
from xero_sandbox.config import SandboxSettings
from xero_sandbox.control.routes import control_routes
from xero_sandbox.identity.routes import identity_routes
from xero_sandbox.pages.routes import page_routes
from xero_sandbox.pages.templates import STATIC
from xero_sandbox.world import build_world


def create_app(settings: SandboxSettings | None = None) -> Starlette:
    """Return a stand-in with its organisations generated; its state is `app.state.world`."""
    world = build_world(settings or SandboxSettings())
    routes: list[Route | Mount] = [
        *accounting_routes(world),
        *identity_routes(world),
        *control_routes(world),
        *page_routes(world),
        Mount("/sandbox/static", StaticFiles(directory=STATIC), name="static"),
    ]
    app = Starlette(routes=routes)
    app.state.world = world
    return app
