"""Settings: the account, the health of the sync, and removing a connection."""

import pytest
from django.apps import apps
from pytest_django.fixtures import Settings

from counterfoil.features.workspaces.models import Membership
from counterfoil.mirror.models import (
    Connection,
    Contact,
    Grant,
    Invoice,
    Organisation,
    OrganisationProfile,
    Quarantined,
    Run,
)
from tests.integration.web.conftest import Xero
from tests.integration.web.firms import NOW, Firm, make_contact, make_firm, make_invoice, make_organisation
from tests.integration.web.test_connecting import BRIGHTWATER, COOLABAH, connect


def text_of(firm: Firm, path: str) -> str:
    answer = firm.client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def connections_in_xero(xero: Xero, grant: Grant) -> list[str]:
    answer = xero.running.client.get(
        "/connections", headers={"Authorization": f"Bearer {grant.access_token}"}
    )
    return [row["tenantName"] for row in answer.json()] if answer.status_code == 200 else []


def test_the_account_is_the_first_tab_and_offers_to_connect(firm: Firm) -> None:
    page = text_of(firm, "/settings/")

    assert '<a href="/settings/" aria-current="page">Account</a>' in page
    assert "Connect to Xero</a>" in page
    assert "Remove Connection" not in page


def test_a_connected_account_shows_the_organisation_above_remove_connection(firm: Firm) -> None:
    make_organisation(firm, "Harbour Foods Ltd")

    page = text_of(firm, "/settings/")

    assert page.index("Harbour Foods Ltd</span>") < page.index("Remove Connection")
    assert "Connect to Xero" not in page
    assert "Read-only" in page


def test_an_account_says_what_the_company_is_in_xero(firm: Firm) -> None:
    make_organisation(firm, "Harbour Foods")
    with firm.inside():
        raw = '{"OrganisationEntityType": "SOLE_TRADER", "Class": "DEMO"}'
        OrganisationProfile.objects.update(legal_name="M. Tane", country_code="NZ", raw=raw)

    page = text_of(firm, "/settings/")

    assert "<dt>Organisation</dt><dd>M. Tane, Sole trader, New Zealand, keeps its books in GBP</dd>" in page


def test_integrations_shows_the_health_of_every_stream(firm: Firm, settings: Settings) -> None:
    settings.XERO_CLIENT_ID, settings.XERO_CLIENT_SECRET = "CLIENT-OF-THE-TEST", "secret-of-the-test"
    organisation = make_organisation(firm)
    make_invoice(firm, organisation)

    page = text_of(firm, "/settings/integrations/")

    assert "Health of Harbour Foods Ltd" in page
    row = page.split(">Invoices and bills</th>")[1].split("</tr>")[0]
    assert '<td class="figure right">1</td>' in row
    assert "CLIENT-OF-THE-TEST" in page
    assert "secret-of-the-test" not in page


def test_removing_lists_what_will_happen_and_needs_the_name_typed(firm: Firm) -> None:
    organisation = make_organisation(firm)
    path = f"/o/{organisation.pk}/remove/"

    page, answer = text_of(firm, path), firm.client.post(path, {})

    for consequence in (
        "All synced customer data is removed",
        "Synced invoice information is deleted",
        "Active campaigns that use Xero data are paused",
        "Connecting again needs a new authorisation",
    ):
        assert consequence in page
    assert answer.status_code == 422
    assert "to confirm." in answer.content.decode()
    with firm.inside():
        assert Connection.objects.exists()


def test_removing_takes_every_record_away_and_says_how_many(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)
    other = make_organisation(firm, "Another Ltd")
    for owner in (organisation, other):
        make_invoice(firm, owner)
        make_contact(firm, owner)
        with firm.inside():
            Run.objects.create(
                organisation=owner,
                workspace=firm.workspace,
                kind=Run.Kind.FULL,
                reason="connected",
                state=Run.State.SUCCEEDED,
                started_at=NOW,
            )
    with firm.inside():
        grant = Grant.objects.get(connections__organisation=organisation)
    assert connections_in_xero(xero, grant) == [BRIGHTWATER]

    answer = firm.client.post(f"/o/{organisation.pk}/remove/", {"typed": organisation.name}, follow=True)

    page = " ".join(answer.content.decode().split())
    assert "The connection to Brightwater Studio Ltd is removed." in page
    assert "1 contacts, 1 invoices and bills" in page
    assert connections_in_xero(xero, grant) == []
    with firm.inside():
        assert Organisation.objects.get(pk=organisation.pk).name == ""
        assert not Grant.objects.filter(pk=grant.pk).exists()
        kept = {"usage", "gatebudget", "organisation", "connectionevent"}
        left = {
            model._meta.model_name
            for model in apps.get_app_config("mirror").get_models()
            if "organisation" in {field.name for field in model._meta.fields}
            and model._default_manager.filter(organisation=organisation).exists()
        }
        assert left <= kept
        assert (Invoice.objects.count(), Contact.objects.count(), Run.objects.count()) == (1, 1, 1)


def test_removing_works_while_xero_is_away_and_says_what_to_do_there(
    firm: Firm, xero: Xero, settings: Settings
) -> None:
    organisation = connect(firm, xero)
    settings.XERO_API_URL = settings.XERO_IDENTITY_URL = "http://127.0.0.1:9"

    answer = firm.client.post(f"/o/{organisation.pk}/remove/", {"typed": organisation.name}, follow=True)

    page = answer.content.decode()
    assert "is removed" in page
    assert "Xero could not be told." in page
    assert "Connected apps" in page
    with firm.inside():
        assert not Grant.objects.exists()


def test_removing_one_organisation_leaves_the_others_of_the_same_person_alone(firm: Firm, xero: Xero) -> None:
    first, second = connect(firm, xero), connect(firm, xero, COOLABAH)

    firm.client.post(f"/o/{first.pk}/remove/", {"typed": first.name})

    with firm.inside():
        grant = Grant.objects.get(connections__organisation=second)
    assert connections_in_xero(xero, grant) == [COOLABAH]


def test_an_organisation_that_another_firm_uses_too_stays_connected_in_xero(firm: Firm, xero: Xero) -> None:
    theirs = make_firm("Their firm")
    ours_connected, theirs_connected = connect(firm, xero), connect(theirs, xero)

    firm.client.post(f"/o/{ours_connected.pk}/remove/", {"typed": ours_connected.name})

    with theirs.inside():
        grant = Grant.objects.get(connections__organisation=theirs_connected)
    assert connections_in_xero(xero, grant) == [BRIGHTWATER]


def test_connecting_again_after_removal_finds_the_same_place(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)
    firm.client.post(f"/o/{organisation.pk}/remove/", {"typed": organisation.name})

    again = connect(firm, xero)

    assert (again.pk, again.name) == (organisation.pk, BRIGHTWATER)


@pytest.mark.parametrize("role", [Membership.Role.MEMBER, Membership.Role.VIEWER])
def test_only_owners_and_admins_may_remove(role: str, db: None) -> None:
    firm = make_firm(role=role)
    organisation = make_organisation(firm)

    answer = firm.client.post(f"/o/{organisation.pk}/remove/", {"typed": organisation.name})

    assert answer.status_code == 403
    assert "Remove Connection" not in text_of(firm, "/settings/")
    with firm.inside():
        assert Connection.objects.exists()


def test_what_could_not_be_read_is_shown_as_text_and_not_as_markup(firm: Firm) -> None:
    organisation = make_organisation(firm)
    with firm.inside():
        Quarantined.objects.create(
            organisation=organisation,
            workspace=firm.workspace,
            stream="Invoices",
            xero_id="broken-1",
            digest=b"1",
            raw='{"Total": "<script>alert(1)</script>"}',
            problem="The member Date is missing.",
            seen_at=NOW,
        )

    page = text_of(firm, "/activity/sync/")

    assert "The member Date is missing." in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
