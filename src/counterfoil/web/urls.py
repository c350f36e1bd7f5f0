"""The addresses of the pages."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path

from counterfoil.sync.app import CALLBACK_PATH, RECEIVER_PATH
from counterfoil.web.views import (
    activity,
    audit,
    connecting,
    contacts,
    dashboard,
    health,
    invoices,
    people,
    proof,
    records,
    settings,
    styleguide,
    webhooks,
    xero_app,
)


def _of_organisation(route: str, view: Callable[..., HttpResponse], name: str) -> list[URLPattern]:
    """Give a page an address for each organisation, and a bare one for the organisation last seen."""
    return [path(route, view, name=name), path(f"o/<int:organisation_id>/{route}", view, name=name)]


urlpatterns: list[URLPattern | URLResolver] = [
    *_of_organisation("", dashboard.show_dashboard, "dashboard"),
    *_of_organisation("invoices/", invoices.list_invoices, "invoices"),
    *_of_organisation("contacts/", contacts.list_contacts, "contacts"),
    *_of_organisation("activity/sync/", activity.show_sync, "sync"),
    *_of_organisation("activity/proof/", proof.show_proof, "proof"),
    path("o/<int:organisation_id>/compare-now/", proof.start_comparing, name="compare_now"),
    path("o/<int:organisation_id>/comparing/", proof.show_comparing, name="comparing"),
    path("o/<int:organisation_id>/records/<str:kind>/<path:xero_id>/", records.show_record, name="record"),
    path("o/<int:organisation_id>/live/", dashboard.show_live, name="live"),
    path("o/<int:organisation_id>/sync-now/", dashboard.start_sync, name="sync_now"),
    path("connect/", connecting.set_up, name="setting_up"),
    path("connect/choose/<int:grant_id>/", connecting.choose, name="choose"),
    path(CALLBACK_PATH.lstrip("/"), connecting.receive, name="callback"),
    path("settings/", settings.show_account, name="settings"),
    path("settings/integrations/", settings.show_integrations, name="integrations"),
    path("settings/security/", people.show_security, name="security"),
    path("settings/audit/", audit.show_audit_log, name="audit"),
    path("settings/xero-app/", xero_app.show_steps, name="xero_app"),
    path("settings/xero-app/check/", xero_app.check, name="check_xero_app"),
    path("settings/xero-app/connect/", xero_app.connect_custom, name="connect_custom"),
    path("settings/xero-app/<int:app_id>/forget/", xero_app.forget, name="forget_xero_app"),
    path("admin/xero_integration", xero_app.show_steps, name="xero_app_alias"),
    path("admin/xero_integration/", xero_app.show_steps),
    path("o/<int:organisation_id>/remove/", settings.remove, name="remove"),
    path("styleguide/", styleguide.show_styleguide, name="styleguide"),
    path(RECEIVER_PATH.lstrip("/"), webhooks.receive, name="webhooks"),
    path("healthz", health.show_process, name="healthz"),
    path("readyz", health.show_readiness, name="readyz"),
]
