"""Whose a cost is, and what clients pay back."""

from django.urls import URLPattern, path

from counterfoil.web.urls.organised import of_organisation
from counterfoil.web.views import (
    cost_rules,
    costs,
    recharge_bills,
    recharge_report,
    recharge_splits,
    recharge_terms,
    recharges,
)

urlpatterns: list[URLPattern] = [
    *of_organisation("costs/", costs.show_costs, "costs"),
    *of_organisation("costs/rules/", cost_rules.show_rules, "cost_rules"),
    path("o/<int:organisation_id>/costs/decide/", costs.decide_cost, name="decide_cost"),
    path("o/<int:organisation_id>/costs/clients/", costs.find_cost_clients, name="find_cost_clients"),
    path("o/<int:organisation_id>/costs/<int:line_id>/split/", costs.split_cost, name="split_cost"),
    path("o/<int:organisation_id>/costs/rules/new/", cost_rules.edit_rule, name="new_cost_rule"),
    path("o/<int:organisation_id>/costs/rules/<int:rule_id>/", cost_rules.edit_rule, name="edit_cost_rule"),
    path(
        "o/<int:organisation_id>/costs/rules/<int:rule_id>/earlier/",
        cost_rules.move_rule,
        name="move_cost_rule",
    ),
    path("o/<int:organisation_id>/costs/rules/<int:rule_id>/end/", cost_rules.end_rule, name="end_cost_rule"),
    *of_organisation("recharges/bill/", recharge_bills.bill_recharges, "recharge_bills"),
    *of_organisation("recharges/report/", recharge_report.show_recovery, "recharge_report"),
    path(
        "o/<int:organisation_id>/recharges/report/export/",
        recharge_report.export_recovery,
        name="export_recharge_report",
    ),
    path(
        "o/<int:organisation_id>/recharges/report/documents/",
        recharge_report.show_behind,
        name="recharge_behind",
    ),
    path(
        "o/<int:organisation_id>/recharges/report/documents/export/",
        recharge_report.export_behind,
        name="export_recharges_behind",
    ),
    *of_organisation("recharges/renewals/", recharge_report.show_renewals, "recharge_renewals"),
    *of_organisation("recharges/", recharges.show_recharges, "recharges"),
    *of_organisation("recharges/terms/", recharge_terms.show_terms, "recharge_terms"),
    path("o/<int:organisation_id>/recharges/begin/", recharges.begin_recharging, name="begin_recharging"),
    path("o/<int:organisation_id>/recharges/decide/", recharges.decide_recharge, name="decide_recharge"),
    path(
        "o/<int:organisation_id>/recharges/lines/<int:line_id>/split/",
        recharge_splits.split_recharge,
        name="split_line",
    ),
    path(
        "o/<int:organisation_id>/recharges/sources/<int:source_id>/split/",
        recharge_splits.split_recharge,
        name="split_source",
    ),
    path("o/<int:organisation_id>/recharges/<int:recharge_id>/", recharges.show_recharge, name="recharge"),
    path(
        "o/<int:organisation_id>/recharges/<int:recharge_id>/terms/",
        recharge_terms.edit_recharge_terms,
        name="edit_recharge_terms",
    ),
    path(
        "o/<int:organisation_id>/recharges/terms/rules/<int:rule_id>/",
        recharge_terms.edit_rule_terms,
        name="edit_rule_terms",
    ),
    path(
        "o/<int:organisation_id>/recharges/terms/rules/<int:rule_id>/stop/",
        recharge_terms.stop_rule_terms,
        name="stop_rule_terms",
    ),
    path(
        "o/<int:organisation_id>/recharges/terms/clients/",
        recharge_terms.choose_client_terms,
        name="choose_client_terms",
    ),
    path(
        "o/<int:organisation_id>/recharges/terms/clients/<int:client_id>/",
        recharge_terms.edit_client_terms,
        name="edit_client_terms",
    ),
]
