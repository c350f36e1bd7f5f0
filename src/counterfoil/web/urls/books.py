"""The books as Xero has them: documents, contacts, lists, reports, one record, the search."""

from functools import partial

from django.urls import URLPattern, path

from counterfoil.features.finance.ledgers import LEDGERS
from counterfoil.web.urls.organised import of_organisation
from counterfoil.web.views import (
    contacts,
    dashboard,
    finance,
    in_xero,
    invoices,
    lists,
    owed,
    profit_and_loss,
    profitability,
    receivables,
    records,
    searching,
)

urlpatterns: list[URLPattern] = [
    *of_organisation("", dashboard.show_dashboard, "dashboard"),
    *of_organisation("invoices/", invoices.list_invoices, "invoices"),
    *of_organisation("bills/", invoices.list_bills, "bills"),
    path("o/<int:organisation_id>/invoices/export/", invoices.export_invoices, name="export_invoices"),
    path("o/<int:organisation_id>/invoices/pin/", invoices.pin_chosen, name="pin_chosen"),
    path("lists/views/", lists.show_views, name="saved_views"),
    path("lists/views/save/", lists.save_view, name="save_view"),
    path("lists/views/<int:view_id>/rename/", lists.rename_view, name="rename_view"),
    path("lists/views/<int:view_id>/delete/", lists.delete_view, name="delete_view"),
    path("lists/columns/", lists.choose_columns, name="choose_columns"),
    *(
        address
        for ledger in LEDGERS
        for address in of_organisation(
            f"{ledger.replace('_', '-')}/", partial(finance.show_ledger, page=ledger), ledger
        )
    ),
    path("o/<int:organisation_id>/ledgers/<str:page>/export/", finance.export_ledger, name="export_ledger"),
    *of_organisation("owed/", owed.show_owed, "owed"),
    path("o/<int:organisation_id>/contact-groups/<str:group_id>/", contacts.show_group, name="contact_group"),
    path("o/<int:organisation_id>/contacts/export/", contacts.export_contacts, name="export_contacts"),
    *of_organisation("contacts/", contacts.list_contacts, "contacts"),
    *of_organisation("reports/receivables/", receivables.show_receivables, "receivables"),
    path(
        "o/<int:organisation_id>/reports/receivables/export/",
        receivables.export_receivables,
        name="export_receivables",
    ),
    *of_organisation("reports/profit-and-loss/", profit_and_loss.show_profit_and_loss, "profit_and_loss"),
    path(
        "o/<int:organisation_id>/reports/profit-and-loss/documents/",
        profit_and_loss.show_pieces,
        name="profit_and_loss_pieces",
    ),
    path(
        "o/<int:organisation_id>/reports/profit-and-loss/export/",
        profit_and_loss.export_profit_and_loss,
        name="export_profit_and_loss",
    ),
    path(
        "o/<int:organisation_id>/reports/profit-and-loss/ask/",
        profit_and_loss.ask_for_report,
        name="ask_profit_and_loss",
    ),
    path("o/<int:organisation_id>/records/<str:kind>/<path:xero_id>/", records.show_record, name="record"),
    path(
        "o/<int:organisation_id>/in-xero/<str:kind>/<str:xero_id>/", in_xero.ask_in_xero, name="ask_in_xero"
    ),
    path(
        "o/<int:organisation_id>/in-xero/<str:kind>/<str:xero_id>/pdf/",
        in_xero.download_pdf,
        name="download_pdf",
    ),
    path(
        "o/<int:organisation_id>/in-xero/<str:kind>/<str:xero_id>/files/<str:file_id>/",
        in_xero.download_file,
        name="download_file",
    ),
    *of_organisation("reports/profitability/", profitability.show_profitability, "profitability"),
    path(
        "o/<int:organisation_id>/reports/profitability/export/",
        profitability.export_profitability,
        name="export_profitability",
    ),
    path(
        "o/<int:organisation_id>/reports/profitability/documents/",
        profitability.show_behind,
        name="profit_behind",
    ),
    path("search/", searching.show_search, name="search"),
    path("o/<int:organisation_id>/live/", dashboard.show_live, name="live"),
    path("o/<int:organisation_id>/sync-now/", dashboard.start_sync, name="sync_now"),
]
