"""Webhook subscriptions of the control API: what the developer portal does, and a push from a test."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xero_sandbox.books.problems import ActRefused
from xero_sandbox.control.requests import answers_json, read_fields
from xero_sandbox.webhooks.events import CATEGORIES
from xero_sandbox.webhooks.post_office import REQUIRED, Subscription
from xero_sandbox.world import World

_EDITABLE = frozenset({"url", "categories", "key", "delay_s", "duplicates", "disorder"})


class WebhookEndpoints:
    """Registers addresses and lets them show that they can tell good signatures from bad ones."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def list(self, request: Request) -> Response:
        """List the subscriptions with their state."""
        return JSONResponse([item.render() for item in self.world.post_office.subscriptions.values()])

    @answers_json
    async def add(self, request: Request) -> Response:
        """Register an address: {url, categories, client_id?, key?, delay_s?, duplicates?, disorder?}."""
        given = await read_fields(request)
        client_id = str(given.pop("client_id", self.world.settings.client_id))
        item = Subscription(client_id, url="", categories=frozenset(CATEGORIES.values()))
        _change(item, given)
        if not item.url:
            raise ActRefused("url is required")
        self.world.post_office.add(item)
        return JSONResponse(item.render(), status_code=201)

    @answers_json
    async def edit(self, request: Request) -> Response:
        """Change a subscription; another address has to show its intent again."""
        item = self._find(request)
        _change(item, await read_fields(request))
        return JSONResponse(item.render())

    @answers_json
    async def remove(self, request: Request) -> Response:
        """Forget a subscription."""
        del self.world.post_office.subscriptions[self._find(request).subscription_id]
        return Response(status_code=204)

    @answers_json
    async def show_intent(self, request: Request) -> Response:
        """Send the intent to receive: good and bad signatures; also enables a disabled subscription."""
        item = self._find(request)
        posts = await self.world.post_office.show_intent(item)
        return JSONResponse(item.render() | {"posts": posts})

    @answers_json
    async def deliver(self, request: Request) -> Response:
        """Send at once whatever is due by the stand-in's clock."""
        return JSONResponse({"delivered": await self.world.post_office.deliver_due()})

    def _find(self, request: Request) -> Subscription:
        item = self.world.post_office.subscriptions.get(request.path_params["subscription_id"])
        if item is None:
            raise ActRefused("There is no such subscription")
        return item


def _change(item: Subscription, given: dict[str, Any]) -> None:
    unknown = set(given) - _EDITABLE
    if unknown:
        raise ActRefused(f"A subscription has no {', '.join(sorted(unknown))}")
    if not set(given.get("categories", ())) <= set(CATEGORIES.values()):
        raise ActRefused(f"categories must be among {', '.join(CATEGORIES.values())}")
    for name, value in given.items():
        setattr(item, name, frozenset(value) if name == "categories" else value)
    if "url" in given:
        item.status = REQUIRED
