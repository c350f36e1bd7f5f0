"""Addresses of the pages: the organisations, a few acts by hand, and where Xero's deep links land."""

from starlette.routing import Route

from xero_sandbox.pages.acts import ActPages
from xero_sandbox.pages.views import Pages
from xero_sandbox.pages.webhooks import WebhookPages
from xero_sandbox.world import World


def page_routes(world: World) -> list[Route]:
    """Return the pages' routes; deep links keep Xero's own paths (FACTS 7.10)."""
    pages, acts, webhooks = Pages(world), ActPages(world), WebhookPages(world)
    tenant = "/organisations/{tenant_id}"
    return [
        Route("/", pages.home, methods=["GET"]),
        Route(tenant, pages.organisation, methods=["GET"]),
        Route(f"{tenant}/raise", pages.raise_invoice, methods=["POST"]),
        Route(f"{tenant}/settings", acts.change_settings, methods=["POST"]),
        Route(f"{tenant}/contacts/{{contact_id}}/{{verb}}", acts.change_contact, methods=["POST"]),
        Route(f"{tenant}/invoices/{{invoice_id}}/credit", acts.credit_invoice, methods=["POST"]),
        Route("/faults", acts.faults, methods=["GET"]),
        Route("/faults", acts.change_faults, methods=["POST"]),
        Route("/apps", acts.apps, methods=["GET"]),
        Route("/apps", acts.register_app, methods=["POST"]),
        Route("/apps/{client_id}/webhooks", webhooks.show, methods=["GET"]),
        Route("/apps/{client_id}/webhooks", webhooks.change, methods=["POST"]),
        Route(f"{tenant}/invoices/{{invoice_id}}/{{verb}}", pages.act, methods=["POST"]),
        Route("/app/{short_code}/invoicing/view/{invoice_id}", pages.invoice, methods=["GET"]),
        Route("/app/{short_code}/contacts/contact/{contact_id}", pages.contact, methods=["GET"]),
        Route("/organisationlogin/default.aspx", pages.organisation_login, methods=["GET"]),
    ]
