"""The stand-in's state: saved, loaded, and put back to its beginning."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xero_sandbox.control.requests import answers_json
from xero_sandbox.snapshot import dump_world, load_world
from xero_sandbox.world import World


class StateEndpoints:
    """Organisations, clock, apps, consents and webhooks as one JSON document."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def save(self, request: Request) -> Response:
        """Return the whole state."""
        return Response(dump_world(self.world), media_type="application/json")

    @answers_json
    async def load(self, request: Request) -> Response:
        """Replace everything by what was saved, and go on at the saved time."""
        load_world(self.world, await request.body())
        return JSONResponse({"organisations": len(self.world.organisations)})

    @answers_json
    async def reset(self, request: Request) -> Response:
        """Generate the first organisations again, at the time the stand-in was started with."""
        self.world.reset()
        return JSONResponse({"organisations": len(self.world.organisations)})
