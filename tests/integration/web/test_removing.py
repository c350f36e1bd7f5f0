"""Removing a connection, taking a copy before it, and forgetting what it leaves (T32 to T38, K2, K25)."""

import csv
import io
from datetime import time
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone

from counterfoil.features.clients.models import Client, Link
from counterfoil.features.connections.removal import list_purged_models
from counterfoil.features.reminding.models import Campaign
from counterfoil.features.workspaces.models import AuditEntry, Membership
from counterfoil.mirror.models import Connection, ConnectionEvent, Organisation, Usage
from tests.integration.web.conftest import Xero
from tests.integration.web.firms import (
    NOW,
    Firm,
    make_contact,
    make_firm,
    make_invoice,
    make_organisation,
)
from tests.integration.web.test_connecting import BRIGHTWATER, connect

# Tables with rows of an organisation that a removal leaves on purpose: ids and figures of our own, no
# name and no amount of a customer's. Whoever adds a table decides: here, or `purge_on_removal`.
KEPT = {
    "clients.Decision",
    "clients.DealDocument",
    "clients.Link",
    "clients.Pin",
    "clients.Skip",
    "mirror.ConnectionEvent",
    "mirror.GateBudget",
    "mirror.OutboxRules",
    "mirror.Usage",
    # Emptied of all texts and amounts: what is left says that a wish was granted.
    "mirror.Attempt",
    "mirror.Operation",
    "mirror.OperationEvent",
    # The firm's own, from an earlier tool; it only stops belonging to the organisation.
    "migrating.Import",
    # People's own work: what our words mean, by Xero's ids, and the drafts that they wrote here.
    "billing.Agreement",
    "billing.BillingChoices",
    "billing.BillingRun",
    "billing.RunInvoice",
    "invoicing.InvoiceDraft",
    "invoicing.InvoicingChoices",
    "invoicing.Mapping",
    # What clients pay back, as people decided it: like drafts, with what was on them.
    "recharging.ClientTerms",
    "recharging.FilesAsked",
    "recharging.Recharge",
    "recharging.RechargeEvent",
    "recharging.RuleTerms",
    "recharging.Source",
    "recharging.Terms",
    "recharging.Watch",
    # Campaigns, and of their messages ids, digests and states: nobody is reminded twice after reconnecting.
    "reminding.Campaign",
    "reminding.ContactChoice",
    "reminding.Held",
    "reminding.Message",
    "reminding.MessageInvoice",
    "reminding.SenderChoices",
    # What people said about costs, by Xero's ids.
    "spending.Rule",
    "spending.Verdict",
}


def text_of(answer: object) -> str:
    return " ".join(answer.content.decode().split())  # type: ignore[attr-defined]  # Django's test response


def list_models_of_organisations() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models()
        if any(field.related_model is Organisation for field in model._meta.fields)
    ]


def count_rows(organisation_id: int) -> dict[str, int]:
    """Count the rows of every table there is that points to the organisation."""
    counted = {
        model._meta.label: model._default_manager.filter(organisation_id=organisation_id).count()
        for model in list_models_of_organisations()
    }
    return {label: count for label, count in counted.items() if count}


def link_a_client(firm: Firm, organisation: Organisation) -> None:
    with firm.inside():
        client = Client.objects.create(workspace=firm.workspace, name="Harbour Foods", created_at=NOW)
        Link.objects.create(
            workspace=firm.workspace,
            organisation=organisation,
            client=client,
            contact_id="00000000-0000-0000-0000-00000000c0de",
            proof=Link.How.BY_HAND,
            made_at=NOW,
        )


def test_of_every_table_it_is_decided_what_a_removal_does_to_it() -> None:
    purged = {model._meta.label for model in list_purged_models()}
    known = {model._meta.label for model in list_models_of_organisations()}

    assert known == purged | KEPT | {"mirror.Connection"}


def test_the_page_says_with_real_numbers_what_goes_and_what_stays(firm: Firm) -> None:
    organisation = make_organisation(firm)
    make_invoice(firm, organisation)
    make_invoice(firm, organisation)
    make_contact(firm, organisation)
    link_a_client(firm, organisation)
    with firm.inside():
        Campaign.objects.create(
            organisation=organisation,
            workspace=firm.workspace,
            name="Nudges",
            state=Campaign.State.ACTIVE,
            send_at=time(9),
            made_at=NOW,
            resumed_at=NOW,
        )

    page = text_of(firm.client.get(f"/o/{organisation.pk}/remove/"))

    assert '<span class="number">1</span> contact, and' in page
    assert '<span class="number">2</span> invoices and bills' in page
    assert 'It keeps <span class="number">2</span> links, pins, answers and campaigns' in page
    assert '<span class="number">1</span> is active now.' in page
    assert ">0</span>" not in page


@pytest.mark.parametrize("typed", ["", "harbour", "yes"])
def test_a_removal_needs_the_organisations_name(firm: Firm, typed: str) -> None:
    organisation = make_organisation(firm)

    answer = firm.client.post(f"/o/{organisation.pk}/remove/", {"typed": typed})

    assert answer.status_code == 422
    with firm.inside():
        assert Connection.objects.exists()


def test_a_removal_leaves_decisions_by_id_and_reconnecting_finds_them(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)
    make_invoice(firm, organisation)
    link_a_client(firm, organisation)

    firm.client.post(f"/o/{organisation.pk}/remove/", {"typed": BRIGHTWATER.upper()})

    with firm.inside():
        left = count_rows(organisation.pk)
        assert set(left) <= KEPT
        assert left["clients.Link"] == 1
        assert Organisation.objects.get(pk=organisation.pk).name == ""
        assert AuditEntry.objects.filter(act="connection.removed", what=BRIGHTWATER).count() == 1
    again = connect(firm, xero)
    assert again.pk == organisation.pk
    with firm.inside():
        assert Link.objects.get().organisation_id == again.pk


def test_forgetting_leaves_no_row_of_the_organisation_anywhere_but_the_audit_log(
    firm: Firm, xero: Xero
) -> None:
    organisation = connect(firm, xero)
    make_invoice(firm, organisation)
    link_a_client(firm, organisation)
    with firm.inside():
        Usage.objects.create(
            organisation=organisation,
            workspace=firm.workspace,
            day=timezone.now().date(),
            stream="Contacts",
            reason="connected",
        )
    firm.client.post(f"/o/{organisation.pk}/remove/", {"typed": BRIGHTWATER})

    page = text_of(firm.client.get("/settings/"))
    firm.client.post(f"/settings/removed/{organisation.pk}/forget/", {"typed": "forget"})

    assert organisation.tenant_id in page
    with firm.inside():
        assert count_rows(organisation.pk) == {}
        assert not Organisation.objects.exists()
        assert Client.objects.count() == 1  # clients are the firm's own, whatever was connected
        entry = AuditEntry.objects.get(act="connection.forgotten")
    assert organisation.tenant_id in entry.what


def test_forgetting_needs_the_word(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)
    firm.client.post(f"/o/{organisation.pk}/remove/", {"typed": BRIGHTWATER})

    answer = firm.client.post(f"/settings/removed/{organisation.pk}/forget/", {"typed": "please"})

    assert answer.status_code == 422
    with firm.inside():
        assert ConnectionEvent.objects.exists()


def test_a_connected_organisation_cannot_be_forgotten(firm: Firm) -> None:
    organisation = make_organisation(firm)

    answer = firm.client.post(f"/settings/removed/{organisation.pk}/forget/", {"typed": "forget"})

    assert answer.status_code == 404


def test_another_firm_cannot_forget_ours(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)
    firm.client.post(f"/o/{organisation.pk}/remove/", {"typed": BRIGHTWATER})
    other = make_firm("Others")

    answer = other.client.post(f"/settings/removed/{organisation.pk}/forget/", {"typed": "forget"})

    assert answer.status_code == 404
    with firm.inside():
        assert Organisation.objects.filter(pk=organisation.pk).exists()


def test_everything_can_be_taken_out_before(firm: Firm) -> None:
    organisation = make_organisation(firm)
    make_invoice(firm, organisation, number="INV-7788")

    answer = firm.client.get(f"/o/{organisation.pk}/export/")

    archive = ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]  # a file
    rows = list(csv.DictReader(io.StringIO(archive.read("invoices-and-bills.csv").decode())))
    assert [row["number"] for row in rows] == ["INV-7788"]
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="harbour-foods-ltd-')


@pytest.mark.parametrize("role", [Membership.Role.MEMBER, Membership.Role.VIEWER])
def test_only_owners_and_admins_export_remove_or_forget(db: None, role: str) -> None:
    firm = make_firm(role=role)
    organisation = make_organisation(firm)

    answers = [
        firm.client.get(f"/o/{organisation.pk}/export/"),
        firm.client.post(f"/o/{organisation.pk}/remove/", {"typed": organisation.name}),
        firm.client.post(f"/settings/removed/{organisation.pk}/forget/", {"typed": "forget"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
