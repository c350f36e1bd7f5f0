"""The firm's own records: clients, people, deals, which contact is which client, files."""

from django.urls import URLPattern, path

from counterfoil.web.urls.organised import of_organisation
from counterfoil.web.views import client_people, clients, deals, importing, unmatched

urlpatterns: list[URLPattern] = [
    *of_organisation("unmatched/", unmatched.show_queue, "unmatched"),
    path("o/<int:organisation_id>/unmatched/decide/", unmatched.decide, name="decide"),
    path("o/<int:organisation_id>/unmatched/clients/", unmatched.find_clients, name="find_clients"),
    path("o/<int:organisation_id>/pin/<str:document_id>/", clients.pin, name="pin"),
    path("import/", importing.show_uploads, name="import"),
    path("import/<int:upload_id>/", importing.show_upload, name="upload"),
    path("import/<int:upload_id>/columns/", importing.set_columns, name="upload_columns"),
    path("import/<int:upload_id>/choose/", importing.choose, name="choose_upload"),
    path("import/<int:upload_id>/add/", importing.add_all, name="add_upload"),
    path("import/<int:upload_id>/take-back/", importing.undo, name="undo_upload"),
    path("import/<int:upload_id>/not-added/", importing.export_left, name="export_left"),
    path("clients/", clients.show_clients, name="clients"),
    path("clients/export/", clients.export_clients, name="export_clients"),
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
    path("people/<int:person_id>/contacts/", client_people.own_contact, name="own_contact"),
    path("deals/", deals.show_deals, name="deals"),
    path("deals/<int:deal_id>/", deals.show_deal, name="deal"),
    path("deals/<int:deal_id>/edit/", deals.edit_deal, name="edit_deal"),
    path("deals/<int:deal_id>/documents/", deals.gather, name="gather"),
]
