"""The addresses of the pages."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path

from counterfoil.config.paths import CALLBACK_PATH, RECEIVER_PATH
from counterfoil.web.views import (
    activity,
    audit,
    client_people,
    clients,
    connecting,
    contacts,
    dashboard,
    deals,
    health,
    invoices,
    owed,
    people,
    proof,
    records,
    settings,
    styleguide,
    unmatched,
    webhooks,
    xero_app,
)


def _of_organisation(route: str, view: Callable[..., HttpResponse], name: str) -> list[URLPattern]:
    """Give a page an address for each organisation, and a bare one for the organisation last seen."""
    return [path(route, view, name=name), path(f"o/<int:organisation_id>/{route}", view, name=name)]


urlpatterns: list[URLPattern | URLResolver] = [
    *_of_organisation("", dashboard.show_dashboard, "dashboard"),
    *_of_organisation("invoices/", invoices.list_invoices, "invoices"),
    *_of_organisation("owed/", owed.show_owed, "owed"),
    *_of_organisation("contacts/", contacts.list_contacts, "contacts"),
    *_of_organisation("activity/sync/", activity.show_sync, "sync"),
    *_of_organisation("activity/proof/", proof.show_proof, "proof"),
    path("o/<int:organisation_id>/compare-now/", proof.start_comparing, name="compare_now"),
    path("o/<int:organisation_id>/comparing/", proof.show_comparing, name="comparing"),
    path("o/<int:organisation_id>/records/<str:kind>/<path:xero_id>/", records.show_record, name="record"),
    *_of_organisation("unmatched/", unmatched.show_queue, "unmatched"),
    path("o/<int:organisation_id>/unmatched/decide/", unmatched.decide, name="decide"),
    path("o/<int:organisation_id>/unmatched/clients/", unmatched.find_clients, name="find_clients"),
    path("o/<int:organisation_id>/pin/<str:document_id>/", clients.pin, name="pin"),
    path("clients/", clients.show_clients, name="clients"),
    path("clients/new/", clients.add_client, name="add_client"),
    path("clients/<int:client_id>/", clients.show_client, name="client"),
    path("clients/<int:client_id>/edit/", clients.edit_client, name="edit_client"),
    path("clients/<int:client_id>/archive/", clients.archive_client, name="archive_client"),
    path("clients/<int:client_id>/people/new/", client_people.add_person, name="add_person"),
    path("clients/<int:client_id>/deals/new/", deals.add_deal, name="add_deal"),
    path("links/<int:link_id>/unlink/", clients.unlink, name="unlink"),
    path("people/", client_people.show_people, name="client_people"),
    path("people/<int:person_id>/", client_people.show_person, name="person"),
    path("people/<int:person_id>/edit/", client_people.edit_person, name="edit_person"),
    path("deals/", deals.show_deals, name="deals"),
    path("deals/<int:deal_id>/", deals.show_deal, name="deal"),
    path("deals/<int:deal_id>/edit/", deals.edit_deal, name="edit_deal"),
    path("deals/<int:deal_id>/documents/", deals.gather, name="gather"),
    path("o/<int:organisation_id>/live/", dashboard.show_live, name="live"),
    path("o/<int:organisation_id>/sync-now/", dashboard.start_sync, name="sync_now"),
    path("connect/", connecting.set_up, name="setting_up"),
    path("connect/choose/<int:grant_id>/", connecting.choose, name="choose"),
    path(CALLBACK_PATH.lstrip("/"), connecting.receive, name="callback"),
    path("settings/", settings.show_account, name="settings"),
    path("settings/people/", people.show_people, name="people"),
    path("settings/people/invite/", people.invite_person, name="invite"),
    path(
        "settings/people/invitations/<int:invitation_id>/renew/",
        people.renew_invitation,
        name="renew_invitation",
    ),
    path("settings/people/invitations/<int:invitation_id>/revoke/", people.revoke, name="revoke_invitation"),
    path("settings/people/<int:membership_id>/role/", people.change, name="change_role"),
    path("settings/people/<int:membership_id>/remove/", people.remove, name="remove_person"),
    path("settings/people/<int:membership_id>/hand-over/", people.hand_firm_over, name="hand_over"),
    path("settings/people/leave/", people.leave, name="leave"),
    path("settings/firm/", people.rename, name="rename_firm"),
    path("firm/", people.switch_firm, name="switch_firm"),
    path("join/<str:token>/", people.join, name="join"),
    path("settings/security/", people.show_security, name="security"),
    path("settings/audit/", audit.show_audit_log, name="audit"),
    path("settings/xero-app/", xero_app.show_steps, name="xero_app"),
    path("settings/xero-app/check/", xero_app.check, name="check_xero_app"),
    path("settings/xero-app/connect/", xero_app.connect_custom, name="connect_custom"),
    path("settings/xero-app/<int:app_id>/forget/", xero_app.forget, name="forget_xero_app"),
    path("admin/xero_integration", xero_app.show_steps, name="xero_app_alias"),
    path("admin/xero_integration/", xero_app.show_steps),
    *_of_organisation("settings/integrations/", settings.show_integrations, "integrations"),
    path("o/<int:organisation_id>/auto-sync/", settings.switch_auto_sync, name="auto_sync"),
    path("o/<int:organisation_id>/rhythm/", settings.choose_rhythm, name="rhythm"),
    path("o/<int:organisation_id>/remove/", settings.remove, name="remove"),
    path("styleguide/", styleguide.show_styleguide, name="styleguide"),
    path(RECEIVER_PATH.lstrip("/"), webhooks.receive, name="webhooks"),
    path("healthz", health.show_process, name="healthz"),
    path("readyz", health.show_readiness, name="readyz"),
]
