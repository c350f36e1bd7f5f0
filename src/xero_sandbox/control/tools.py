"""Organisations, records, clock, counters, faults and apps of the control API."""

import asyncio
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from xero_sandbox.books.catalogue import get_resource
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.problems import ActRefused
from xero_sandbox.books.repeating import raise_due_invoices
from xero_sandbox.control.requests import answers_json, read_fields
from xero_sandbox.generate.foundation import OrganisationPlan
from xero_sandbox.generate.regions import REGIONS
from xero_sandbox.identity.state import App
from xero_sandbox.wire.faults import KINDS, Fault
from xero_sandbox.wire.stats import Stats
from xero_sandbox.world import World

_FAULT_FIELDS = {field.name for field in fields(Fault)} - {"hits"}
_SIGN_IN_PAGES = {"sign_in", "mfa", "new_device"}


def render_organisation(organisation: Organisation) -> dict[str, Any]:
    """Return what the control API says of an organisation."""
    profile = organisation.profile
    return {
        "tenantId": organisation.tenant_id,
        "name": profile["Name"],
        "country": profile["CountryCode"],
        "currency": profile["BaseCurrency"],
        "shortCode": profile["ShortCode"],
        "records": {name: len(table) for name, table in organisation.tables.items()},
    }


class ToolEndpoints:
    """What a test needs around the books."""

    def __init__(self, world: World) -> None:
        self.world = world

    @answers_json
    async def list_organisations(self, request: Request) -> Response:
        """List organisations with their sizes."""
        return JSONResponse([render_organisation(item) for item in self.world.organisations.values()])

    @answers_json
    async def add_organisation(self, request: Request) -> Response:
        """Generate one more organisation."""
        given = await read_fields(request)
        country = str(given.get("country", "GB"))
        if country not in REGIONS:
            raise ActRefused(f"country must be one of {', '.join(REGIONS)}")
        invoices = int(given.get("invoices", 0))
        plan = OrganisationPlan(
            name=str(given.get("name", "New Organisation Ltd")),
            country=country,
            seed=int(given.get("seed", self.world.settings.seed)),
            invoices=invoices,
            contacts=int(given.get("contacts", max(10, invoices // 6) if invoices else 0)),
            payments=int(given.get("payments", round(invoices * self.world.settings.payments_share))),
            trade="trades" if country in {"AU", "NZ"} else "studio",
        )
        organisation = await asyncio.to_thread(self.world.add_organisation, plan)
        return JSONResponse(render_organisation(organisation), status_code=201)

    @answers_json
    async def remove_organisation(self, request: Request) -> Response:
        """Make an organisation vanish."""
        self.world.remove_organisation(request.path_params["tenant_id"])
        return Response(status_code=204)

    @answers_json
    async def disconnect(self, request: Request) -> Response:
        """Disconnect every app from an organisation, as its Xero user would."""
        organisation = self.world.get_organisation(request.path_params["tenant_id"])
        count = self.world.identity.disconnect_tenant(organisation.tenant_id)
        return JSONResponse({"disconnected": count})

    @answers_json
    async def list_records(self, request: Request) -> Response:
        """Stream every record of an endpoint as the detailed paged list serves it, one per line."""
        organisation = self.world.get_organisation(request.path_params["tenant_id"])
        resource = get_resource(request.path_params["endpoint"])
        if resource is None:
            return JSONResponse({"error": "There is no such endpoint"}, status_code=404)
        rows = list(organisation.tables[resource.name])

        def lines() -> Iterator[bytes]:
            for start in range(0, len(rows), 500):
                yield b"".join(row.body + b"\n" for row in rows[start : start + 500])

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    async def show_clock(self, request: Request) -> Response:
        """Tell the stand-in's time."""
        return JSONResponse({"now": self.world.clock.now().isoformat()})

    @answers_json
    async def set_clock(self, request: Request) -> Response:
        """Set the time, or move it."""
        given = await read_fields(request)
        if "now" in given:
            moment = datetime.fromisoformat(given["now"])
            self.world.clock.set(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        self.world.clock.advance(float(given.get("advance_s", 0)))
        # What is overdue depends on the day.
        for organisation in self.world.organisations.values():
            raise_due_invoices(organisation)
            organisation.refresh_all_contacts()
        return await self.show_clock(request)

    @answers_json
    async def set_sign_in(self, request: Request) -> Response:
        """Choose which pages come before consent: `sign_in`, `mfa`, `new_device`; what is not named stays."""
        given = await read_fields(request)
        unknown = set(given) - _SIGN_IN_PAGES
        if unknown or not all(isinstance(value, bool) for value in given.values()):
            raise ActRefused("sign_in, mfa and new_device are each true or false")
        self.world.settings = replace(self.world.settings, **given)
        return JSONResponse({name: getattr(self.world.settings, name) for name in sorted(_SIGN_IN_PAGES)})

    async def show_stats(self, request: Request) -> Response:
        """Show the counters."""
        return JSONResponse(self.world.stats.render())

    async def reset_stats(self, request: Request) -> Response:
        """Start counting again."""
        self.world.stats = Stats()
        return Response(status_code=204)

    async def list_faults(self, request: Request) -> Response:
        """List the faults that are still switched on."""
        return JSONResponse([asdict(fault) for fault in self.world.faults.active])

    @answers_json
    async def add_fault(self, request: Request) -> Response:
        """Switch a fault on for the next calls."""
        given = await read_fields(request)
        if given.get("kind") not in KINDS:
            raise ActRefused(f"kind must be one of {', '.join(sorted(KINDS))}")
        unknown = set(given) - _FAULT_FIELDS
        if unknown:
            raise ActRefused(f"A fault has no {', '.join(sorted(unknown))}")
        fault = Fault(**given)
        self.world.faults.add(fault)
        return JSONResponse(asdict(fault), status_code=201)

    async def clear_faults(self, request: Request) -> Response:
        """Switch every fault off."""
        self.world.faults.clear()
        return Response(status_code=204)

    @answers_json
    async def register_app(self, request: Request) -> Response:
        """Register an app: {kind, client_id, secret, redirect_uris, name, tenant_id, scopes, is_old}."""
        given = await read_fields(request)
        kind = given.get("kind", "web")
        if kind not in {"web", "pkce", "custom"}:
            raise ActRefused("kind must be web, pkce or custom")
        if kind == "custom":
            self.world.get_organisation(str(given.get("tenant_id", "")))
        app = App(
            kind=kind,
            client_id=str(given["client_id"]) if "client_id" in given else "",
            name=str(given.get("name", "Another app")),
            secret=str(given.get("secret", "")),
            redirect_uris=tuple(given.get("redirect_uris", ())),
            tenant_id=given.get("tenant_id"),
            scopes=tuple(given.get("scopes", ())),
            is_old=bool(given.get("is_old", False)),
        )
        if not app.client_id:
            raise ActRefused("client_id is required")
        self.world.register_app(app)
        return JSONResponse({"client_id": app.client_id, "kind": app.kind, "name": app.name}, status_code=201)
