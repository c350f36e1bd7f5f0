"""Raising invoices: drafts, agreements, time and expenses, rates, billing runs."""

from functools import partial

from django.urls import URLPattern, path

from counterfoil.web.views import (
    agreement_terms,
    agreements,
    billing_approving,
    billing_runs,
    drafting,
    drafts,
    rates,
    recordings,
    time,
)

urlpatterns: list[URLPattern] = [
    path("drafts/", drafts.show_drafts, name="drafts"),
    path("drafts/new/", drafting.choose_contact, name="new_draft"),
    path("drafts/preview/", drafts.preview_drafts, name="preview_drafts"),
    path("drafts/send/", drafts.push_drafts, name="push_drafts"),
    path("drafts/approve/", drafts.approve_drafts, name="approve_drafts"),
    path("o/<int:organisation_id>/drafts/begin/", drafting.begin_draft, name="begin_draft"),
    path("o/<int:organisation_id>/drafts/<int:draft_id>/", drafting.edit_draft, name="draft"),
    path("o/<int:organisation_id>/drafts/<int:draft_id>/totals/", drafting.show_totals, name="draft_totals"),
    path(
        "o/<int:organisation_id>/drafts/<int:draft_id>/discard/", drafting.discard_draft, name="discard_draft"
    ),
    path(
        "o/<int:organisation_id>/drafts/<int:draft_id>/take-back/", drafting.take_back, name="take_back_draft"
    ),
    path("o/<int:organisation_id>/invoices/<str:xero_id>/copy/", drafting.copy_invoice, name="copy_invoice"),
    path("o/<int:organisation_id>/invoices/<str:xero_id>/edit/", drafting.edit_invoice, name="edit_invoice"),
    path(
        "o/<int:organisation_id>/invoices/<str:xero_id>/record/",
        recordings.record_on_invoice,
        name="record_on_invoice",
    ),
    path("agreements/", agreements.show_agreements, name="agreements"),
    path("agreements/export/", agreements.export_agreements, name="export_agreements"),
    path("agreements/new/", agreements.add_agreement, name="add_agreement"),
    path("agreements/<int:agreement_id>/", agreements.show_agreement, name="agreement"),
    path("agreements/<int:agreement_id>/edit/", agreements.edit_agreement, name="edit_agreement"),
    path("agreements/<int:agreement_id>/preview/", agreements.preview_agreement, name="preview_agreement"),
    path("agreements/<int:agreement_id>/state/", agreements.set_agreement_state, name="agreement_state"),
    path("agreements/<int:agreement_id>/price/", agreement_terms.change_price, name="change_price"),
    path(
        "agreements/<int:agreement_id>/prices/<int:price_id>/drop/",
        agreement_terms.drop_price,
        name="drop_price",
    ),
    path("agreements/<int:agreement_id>/pause/", agreement_terms.pause_agreement, name="pause_agreement"),
    path(
        "agreements/<int:agreement_id>/pauses/<int:pause_id>/resume/",
        agreement_terms.resume_agreement,
        name="resume_agreement",
    ),
    path("agreements/<int:agreement_id>/end/", agreement_terms.end_agreement, name="end_agreement"),
    path("agreements/<int:agreement_id>/copy/", agreements.copy_agreement, name="copy_agreement"),
    path("time/", partial(time.show_entered, kind="hours"), name="time"),
    path("time/export/", partial(time.export_entered, kind="hours"), name="export_time"),
    path("time/new/", partial(time.add_entry, kind="hours"), name="add_time"),
    path("time/week/", time.show_week, name="week"),
    path("time/<int:time_id>/", partial(time.edit_entry, kind="hours"), name="edit_time"),
    path("time/<int:time_id>/delete/", partial(time.delete_entry, kind="hours"), name="delete_time"),
    *(
        address
        for kind, noun, part in (("expenses", "expense", "expense_id"), ("units", "units", "count_id"))
        for address in (
            path(f"time/{kind}/", partial(time.show_entered, kind=kind), name=kind),
            path(f"time/{kind}/export/", partial(time.export_entered, kind=kind), name=f"export_{kind}"),
            path(f"time/{kind}/new/", partial(time.add_entry, kind=kind), name=f"add_{noun}"),
            path(f"time/{kind}/<int:{part}>/", partial(time.edit_entry, kind=kind), name=f"edit_{noun}"),
            path(
                f"time/{kind}/<int:{part}>/delete/",
                partial(time.delete_entry, kind=kind),
                name=f"delete_{noun}",
            ),
        )
    ),
    path("time/rates/", rates.show_cards, name="rate_cards"),
    path("time/rates/new/", rates.add_card, name="add_rate_card"),
    path("time/rates/<int:card_id>/", rates.show_card, name="rate_card"),
    path("time/rates/<int:card_id>/set/", rates.set_rate, name="set_rate"),
    path("time/rates/<int:card_id>/rates/<int:rate_id>/drop/", rates.drop_rate, name="drop_rate"),
    path("time/rates/<int:card_id>/archive/", rates.archive_card, name="archive_rate_card"),
    path("billing/", billing_runs.show_runs, name="billing_runs"),
    path("billing/new/", billing_runs.start, name="start_billing"),
    path("billing/automatic/", billing_runs.save_automatic, name="billing_automatic"),
    path("billing/<int:run_id>/", billing_runs.show_run, name="billing_run"),
    path("billing/<int:run_id>/live/", billing_runs.show_live, name="billing_live"),
    path("billing/<int:run_id>/make/", billing_runs.make_again, name="billing_make"),
    path("billing/<int:run_id>/decide/", billing_runs.decide, name="billing_decide"),
    path("billing/<int:run_id>/send/", billing_runs.send, name="billing_send"),
    path("billing/<int:run_id>/approve/", billing_approving.approve_run, name="billing_approve"),
    path("billing/<int:run_id>/archive/", billing_runs.archive, name="billing_archive"),
    path("billing/<int:run_id>/export/", billing_runs.export_run, name="billing_export"),
]
