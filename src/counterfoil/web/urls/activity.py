"""How copying goes, both ways: syncs, changes, proof, webhooks, the outbox, conflicts."""

from django.urls import URLPattern, path

from counterfoil.web.urls.organised import of_organisation
from counterfoil.web.views import (
    activity,
    changes,
    conflicts,
    outbox,
    proof,
    quarantine,
    rereading,
    usage,
    webhook_notices,
)

urlpatterns: list[URLPattern] = [
    *of_organisation("activity/sync/", activity.show_sync, "sync"),
    *of_organisation("activity/conflicts/", conflicts.show_conflicts, "conflicts"),
    path("o/<int:organisation_id>/conflicts/decide/", conflicts.decide, name="decide_conflict"),
    *of_organisation("settings/contact-fields/", conflicts.show_contact_fields, "contact_fields"),
    path("o/<int:organisation_id>/contact-fields/switch/", conflicts.switch, name="switch_contact_fields"),
    *of_organisation("activity/changes/", changes.list_changes, "changes"),
    *of_organisation("activity/changes/closed/", changes.show_closed, "closed"),
    *of_organisation("activity/proof/", proof.show_proof, "proof"),
    *of_organisation("activity/webhooks/", webhook_notices.show_told, "told"),
    path("o/<int:organisation_id>/activity/webhooks/replay/", webhook_notices.replay, name="replay"),
    path("activity/webhooks/deliveries/", webhook_notices.show_deliveries, name="deliveries"),
    path(
        "activity/webhooks/deliveries/<int:delivery_id>/replay/",
        webhook_notices.replay_delivery,
        name="replay_delivery",
    ),
    *of_organisation("activity/proof/read-again/", rereading.show_rereading, "read_again"),
    path("o/<int:organisation_id>/reading/", rereading.show_reading, name="reading"),
    path("o/<int:organisation_id>/read-again/", rereading.start_rereading, name="start_rereading"),
    path("o/<int:organisation_id>/apply-reading/", rereading.settle_rereading, name="settle_rereading"),
    path("o/<int:organisation_id>/compare-now/", proof.start_comparing, name="compare_now"),
    path("o/<int:organisation_id>/comparing/", proof.show_comparing, name="comparing"),
    *of_organisation("outbox/", outbox.show_outbox, "outbox"),
    path("o/<int:organisation_id>/outbox/sending/", outbox.show_sending, name="sending"),
    path("o/<int:organisation_id>/outbox/<int:operation_id>/", outbox.show_operation, name="operation"),
    path("o/<int:organisation_id>/outbox/approve/", outbox.approve, name="approve_outbox"),
    path("o/<int:organisation_id>/outbox/decide/", outbox.decide, name="decide_outbox"),
    path("o/<int:organisation_id>/outbox/rules/", outbox.save_rules, name="outbox_rules"),
    *of_organisation("activity/usage/", usage.show_usage, "usage"),
    *of_organisation("activity/quarantine/", quarantine.show_quarantine, "quarantine"),
    path("o/<int:organisation_id>/quarantine-again/", quarantine.read_again, name="quarantine_again"),
]
