"""The stand-in's state: saved, loaded, and put back to its beginning."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xero_sandbox.books.snapshot import SnapshotUnreadable, dump_organisation, load_organisation
from xero_sandbox.control.requests import answers_json, read_fields
from xero_sandbox.world import World


class StateEndpoints:
    """Organisations and the clock as one JSON document; apps, tokens and connections stay as they are."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def save(self, request: Request) -> Response:
        """Return the whole state."""
        state = {
            "now": self.world.clock.now().isoformat(),
            "organisations": [dump_organisation(item) for item in self.world.organisations.values()],
        }
        return Response(msgspec.json.encode(state), media_type="application/json")

    @answers_json
    async def load(self, request: Request) -> Response:
        """Replace every organisation by the saved ones, and go on at the saved time."""
        given = await read_fields(request)
        try:
            now = datetime.fromisoformat(given["now"])
            saved: list[dict[str, Any]] = given["organisations"]
        except (KeyError, TypeError) as error:
            raise SnapshotUnreadable from error
        loaded = [load_organisation(item, self.world.clock) for item in saved]
        self.world.clock.set(now if now.tzinfo else now.replace(tzinfo=UTC))
        self.world.replace_organisations(loaded)
        return JSONResponse({"organisations": len(loaded)})

    @answers_json
    async def reset(self, request: Request) -> Response:
        """Generate the first organisations again, at the time the stand-in was started with."""
        self.world.reset()
        return JSONResponse({"organisations": len(self.world.organisations)})
