"""The meter and the diagnostics (PAIN 5, X35)."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from counterfoil.features.connections.diagnostics import build_diagnostics
from counterfoil.features.connections.health import list_health
from counterfoil.mirror.models import (
    Connection,
    Cursor,
    GateBudget,
    Grant,
    Organisation,
    OrganisationProfile,
    Quarantined,
    Run,
    StreamRun,
    Usage,
)
from counterfoil.xero.errors import (
    AnswerNotUnderstood,
    AppRefused,
    ConsentLost,
    Limit,
    LostReason,
    Silence,
    XeroBroken,
    XeroBusy,
    XeroError,
    XeroRefused,
    XeroUnreachable,
    name_fault,
)
from tests.integration.web.firms import Firm, make_contact, make_invoice, make_organisation
from tests.integration.web.test_settings import text_of


def spend(
    firm: Firm, organisation: Organisation, days_ago: int, stream: str, reason: str, calls: int
) -> None:
    with firm.inside():
        Usage.objects.create(
            organisation=organisation,
            workspace=firm.workspace,
            day=timezone.now().date() - timedelta(days=days_ago),
            stream=stream,
            reason=reason,
            calls=calls,
            bytes_received=calls * 1000,
        )


def test_the_meter_adds_up_by_day_kind_and_reason(firm: Firm) -> None:
    organisation = make_organisation(firm)
    spend(firm, organisation, 0, "Invoices", "scheduled", 7)
    spend(firm, organisation, 0, "Contacts", "daily", 5)
    spend(firm, organisation, 3, "Invoices", "daily", 11)
    spend(firm, organisation, 30, "Invoices", "daily", 1000)  # before the days shown

    page = text_of(firm, "/activity/usage/")

    assert 'Calls today</span><span class="stat-value">12</span>' in page
    assert 'Last 30 days</span><span class="stat-value">23</span>' in page
    assert '<th scope="row">Invoices and bills</th><td class="figure">18</td>' in page
    assert '<th scope="row">Daily</th><td class="figure">16</td>' in page
    assert page.count("<rect ") == 30
    assert page.count(": 11 calls</title>") == 1


def test_without_auto_sync_nothing_more_is_planned_today(firm: Firm) -> None:
    organisation = make_organisation(firm, auto_sync=False)
    spend(firm, organisation, 0, "Invoices", "by hand", 7)

    assert 'By midnight UTC</span><span class="stat-value">7</span>' in text_of(firm, "/activity/usage/")


def test_xeros_plans_say_which_is_enough_for_the_firm(firm: Firm) -> None:
    for number in range(6):
        make_organisation(firm, f"Organisation {number}")

    page = text_of(firm, "/activity/usage/")

    starter = page.split('<th scope="row" class="left">Starter</th>')[1].split("</tr>")[0]
    core = page.split('<th scope="row" class="left">Core</th>')[1].split("</tr>")[0]
    assert "Too few organisations" in starter
    assert "Enough" in core
    assert "0.00 at 2.40 a GB" in core


SECRETS = (
    "planted-access",
    "planted-refresh",
    "planted-secret",
    "planted-webhook-key",
    "planted-client-id",
    "Planted Organisation",
    "Planted Person",
    "planted@person.example",
    "Planted Contact",
    "planted-tenant",
    "planted-record",
    "planted words",
    "4711.99",
)


def test_diagnostics_tell_how_things_stand_and_nothing_secret_or_personal(
    firm: Firm, settings: Settings
) -> None:
    settings.XERO_CLIENT_SECRET, settings.XERO_WEBHOOK_KEY = "planted-secret", "planted-webhook-key"
    settings.XERO_CLIENT_ID = "planted-client-id"
    settings.XERO_API_URL = "https://planted-client-id:planted-secret@xero.example"
    organisation = make_organisation(firm, "Planted Organisation", lost_because="planted words")
    make_invoice(firm, organisation, contact_name="Planted Contact", total="4711.99", number="planted-record")
    make_contact(firm, organisation, name="Planted Contact", email="planted@person.example")
    now = timezone.now()
    with firm.inside():
        Organisation.objects.update(tenant_id="planted-tenant")
        OrganisationProfile.objects.update(name="Planted Organisation", raw='{"a": "planted words"}')
        Connection.objects.update(connected_by="Planted Person")
        Grant.objects.update(
            access_token="planted-access",
            refresh_token="planted-refresh",
            email="planted@person.example",
            person="Planted Person",
            client_id="planted-client-id",
        )
        run = Run.objects.create(
            organisation=organisation,
            workspace=firm.workspace,
            kind=Run.Kind.SWEEP,
            reason="planted words",
            state=Run.State.PARTIAL,
            started_at=now,
            finished_at=now,
            sentence="planted words of Planted Contact",
            next_step="planted words",
        )
        StreamRun.objects.create(
            run=run,
            organisation=organisation,
            workspace=firm.workspace,
            stream="Invoices",
            place=0,
            state=StreamRun.State.FAILED,
            error="Xero says: “planted words 4711.99”",
            next_step="planted words",
            fault="XeroRefused 10",
            correlation_id="c0ffee-trace",
        )
        Quarantined.objects.create(
            organisation=organisation,
            workspace=firm.workspace,
            stream="Contacts",
            xero_id="planted-record",
            digest=b"1",
            raw='{"Name": "Planted Contact"}',
            problem="planted words",
            seen_at=now,
        )
        GateBudget.objects.create(
            organisation=organisation,
            workspace=firm.workspace,
            state={"day_remaining": 321, "day_limit": 1000},
        )
        assert Cursor.objects.exists()

        text = build_diagnostics(
            list_health(list(Organisation.objects.select_related("connection__grant")), now=now), now=now
        )

    assert [secret for secret in SECRETS if secret.casefold() in text.casefold()] == []
    assert f"organisation {organisation.pk}: attention, next step sync_now" in text
    assert "Invoices: failed, XeroRefused 10, Xero's correlation id c0ffee-trace" in text
    assert "calls left today 321 of 1000" in text
    assert "setting XERO_CLIENT_SECRET: set" in text
    assert "setting XERO_API_URL: another address" in text
    contacts = next(line for line in text.splitlines() if line.startswith("    Contacts:"))
    assert contacts.endswith("; 1")


def test_the_page_of_the_diagnostics_can_be_copied_without_a_script(firm: Firm) -> None:
    make_organisation(firm, "Harbour Foods Ltd")

    page = text_of(firm, "/settings/diagnostics/")

    text = page.split("<textarea")[1].split("</textarea>")[0]
    assert "readonly" in text
    assert "Counterfoil 0" in text
    assert "Harbour" not in text
    assert 'data-copy="diagnostics"' in page


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (XeroUnreachable(Silence.TIMED_OUT, detail="planted"), "XeroUnreachable timed_out"),
        (XeroBusy(Limit.DAY), "XeroBusy day"),
        (XeroBroken(503, words="planted"), "XeroBroken 503"),
        (ConsentLost(LostReason.MISSING_SCOPE), "ConsentLost missing_scope"),
        (AppRefused("invalid_client"), "AppRefused invalid_client"),
        (AppRefused("planted"), "AppRefused"),
        (XeroRefused(["planted"], error_number=10, message="planted"), "XeroRefused 10"),
        (AnswerNotUnderstood("the list has another shape"), "AnswerNotUnderstood the list has another shape"),
    ],
)
def test_a_fault_is_named_without_xeros_words(error: XeroError, fault: str) -> None:
    assert name_fault(error) == fault
