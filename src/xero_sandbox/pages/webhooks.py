"""What a developer does in the portal about webhooks: give the address, copy the key, show the intent."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xero_sandbox.identity.state import App
from xero_sandbox.pages.templates import render
from xero_sandbox.webhooks.events import CATEGORIES
from xero_sandbox.webhooks.post_office import DISABLED, IN_PROGRESS, OK, REQUIRED, RETRY, Subscription
from xero_sandbox.wire.forms import read_form
from xero_sandbox.world import World

_CATEGORIES = sorted(set(CATEGORIES.values()))
_WORDS = {
    REQUIRED: "Intent to receive required",
    IN_PROGRESS: "Intent to receive in progress",
    OK: "OK",
    RETRY: "Retry",
    DISABLED: "Disabled",
}


class WebhookPages:
    """The page of an app's webhooks; an app has one address."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def show(self, request: Request) -> Response:
        """Show the address with its state and its key, or the form to give one."""
        app = self._find_app(request)
        return self._page(app) if app else render("not_here.html", status=404)

    async def change(self, request: Request) -> Response:
        """Save the address, send the intent to receive, or disable the address."""
        app, form = self._find_app(request), await read_form(request)
        if app is None:
            return render("not_here.html", status=404)
        item = self._find(app)
        match form.get("act"):
            case "save":
                url, chosen = form.get("url", "").strip(), frozenset(form.getlist("category"))
                if not url.startswith(("http://", "https://")):
                    return self._page(
                        app, message="The address must begin with https:// (here http:// does too)."
                    )
                if not chosen or not chosen <= set(_CATEGORIES):
                    return self._page(app, message="Choose what to hear of.")
                self._save(app, item, url, chosen)
            case "intent" if item is not None:
                await self.world.post_office.show_intent(item)
            case "disable" if item is not None:
                item.status = DISABLED
            case _:
                return render("not_here.html", status=404)
        return RedirectResponse(f"/apps/{app.client_id}/webhooks", status_code=303)

    def _save(self, app: App, item: Subscription | None, url: str, chosen: frozenset[str]) -> None:
        if item is None:
            self.world.post_office.add(Subscription(app.client_id, url=url, categories=chosen))
            return
        if item.url != url:  # another address has to show its intent again
            item.url, item.status = url, REQUIRED
        item.categories = chosen

    def _page(self, app: App, *, message: str = "") -> Response:
        item = self._find(app)
        return render(
            "webhooks.html",
            status=400 if message else 200,
            app=app,
            item=item,
            state=_WORDS[item.status] if item else "",
            categories=_CATEGORIES,
            message=message,
        )

    def _find_app(self, request: Request) -> App | None:
        return self.world.identity.apps.get(request.path_params["client_id"])

    def _find(self, app: App) -> Subscription | None:
        items = self.world.post_office.subscriptions.values()
        return next((item for item in items if item.client_id == app.client_id), None)
