"""The control API under `/sandbox/api/`: JSON in, JSON out, no sign-in, loopback only by custom."""

from starlette.routing import Route

from xero_sandbox.control.acts import ActEndpoints
from xero_sandbox.control.state import StateEndpoints
from xero_sandbox.control.tools import ToolEndpoints
from xero_sandbox.control.webhooks import WebhookEndpoints
from xero_sandbox.world import World

PREFIX = "/sandbox/api"
_TENANT = f"{PREFIX}/organisations/{{tenant_id}}"


def control_routes(world: World) -> list[Route]:
    """Return every route of the control API."""
    tools, acts, webhooks = ToolEndpoints(world), ActEndpoints(world), WebhookEndpoints(world)
    state = StateEndpoints(world)
    return [
        Route(f"{PREFIX}/organisations", tools.list_organisations, methods=["GET"]),
        Route(f"{PREFIX}/organisations", tools.add_organisation, methods=["POST"]),
        Route(_TENANT, tools.remove_organisation, methods=["DELETE"]),
        Route(f"{_TENANT}/disconnect", tools.disconnect, methods=["POST"]),
        Route(f"{_TENANT}/records/{{endpoint}}", tools.list_records, methods=["GET"]),
        Route(f"{_TENANT}/role", acts.set_role, methods=["POST"]),
        Route(f"{_TENANT}/lock-dates", acts.set_locks, methods=["POST"]),
        Route(f"{_TENANT}/random-changes", acts.random_changes, methods=["POST"]),
        Route(f"{_TENANT}/{{noun}}", acts.add, methods=["POST"]),
        Route(f"{_TENANT}/{{noun}}/{{record_id}}", acts.delete, methods=["DELETE"]),
        Route(f"{_TENANT}/{{noun}}/{{record_id}}/{{verb}}", acts.act, methods=["POST"]),
        Route(f"{PREFIX}/state", state.save, methods=["GET"]),
        Route(f"{PREFIX}/state", state.load, methods=["POST"]),
        Route(f"{PREFIX}/state/reset", state.reset, methods=["POST"]),
        Route(f"{PREFIX}/clock", tools.show_clock, methods=["GET"]),
        Route(f"{PREFIX}/clock", tools.set_clock, methods=["POST"]),
        Route(f"{PREFIX}/stats", tools.show_stats, methods=["GET"]),
        Route(f"{PREFIX}/stats/reset", tools.reset_stats, methods=["POST"]),
        Route(f"{PREFIX}/faults", tools.list_faults, methods=["GET"]),
        Route(f"{PREFIX}/faults", tools.add_fault, methods=["POST"]),
        Route(f"{PREFIX}/faults", tools.clear_faults, methods=["DELETE"]),
        Route(f"{PREFIX}/webhooks", webhooks.list, methods=["GET"]),
        Route(f"{PREFIX}/webhooks", webhooks.add, methods=["POST"]),
        Route(f"{PREFIX}/webhooks/deliver", webhooks.deliver, methods=["POST"]),
        Route(f"{PREFIX}/webhooks/{{subscription_id}}", webhooks.edit, methods=["POST"]),
        Route(f"{PREFIX}/webhooks/{{subscription_id}}", webhooks.remove, methods=["DELETE"]),
        Route(f"{PREFIX}/webhooks/{{subscription_id}}/intent", webhooks.show_intent, methods=["POST"]),
        Route(f"{PREFIX}/apps", tools.register_app, methods=["POST"]),
        Route(f"{PREFIX}/sign-in", tools.set_sign_in, methods=["POST"]),
    ]
