"""Every way that a connection can fail is told apart, in plain words, with what helps (PAIN 1, K18, X29)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import structlog
from django.utils import timezone

from counterfoil.features.connections.troubles import Remedy, Trouble, describe_trouble
from counterfoil.mirror.models import (
    Connection,
    ConnectionEvent,
    Grant,
    Organisation,
    OrganisationProfile,
    XeroApp,
)
from counterfoil.sync.engine import NotConnected, sync_organisation
from counterfoil.sync.tokens import renew_idle_grants, take_token
from counterfoil.xero.errors import XeroError
from tests.factories.sandbox import CLIENT_ID
from tests.integration.web.conftest import Xero
from tests.integration.web.firms import Firm, make_firm, make_organisation
from tests.integration.web.test_connecting import BRIGHTWATER, connect

log = structlog.get_logger(__name__)


def grant_of(firm: Firm) -> Grant:
    with firm.inside():
        return Grant.objects.get()


def spoil_tokens(firm: Firm, **tokens: object) -> None:
    """Make the access token end now, and change what else is asked for."""
    with firm.inside():
        for grant in Grant.objects.all():
            grant.expires_at = timezone.now()
            for name, value in tokens.items():
                setattr(grant, name, value)
            grant.save()


def use_access(firm: Firm, organisation: Organisation) -> None:
    """Do what a worker does: renew the token when it is due, and read."""
    grant = grant_of(firm)
    try:
        take_token(grant.pk, grant.workspace_id, rejected=None, now=timezone.now)
        sync_organisation(organisation.pk, kind="full", reason="test", now=timezone.now)
    except (NotConnected, XeroError) as problem:
        log.info("as expected", problem=str(problem))


def outage(firm: Firm, xero: Xero, organisation: Organisation) -> None:
    spoil_tokens(firm)
    xero.fail("token_503", count=50)


def revoked(firm: Firm, xero: Xero, organisation: Organisation) -> None:
    spoil_tokens(firm, refresh_token="withdrawn")


def unused_for_sixty_days(firm: Firm, xero: Xero, organisation: Organisation) -> None:
    spoil_tokens(firm)
    xero.running.advance_clock(61 * 86_400)


def disconnected_in_xero(firm: Firm, xero: Xero, organisation: Organisation) -> None:
    xero.running.disconnect(organisation.tenant_id)


def demo_company_made_afresh(firm: Firm, xero: Xero, organisation: Organisation) -> None:
    with firm.inside():
        OrganisationProfile.objects.create(
            organisation=organisation,
            workspace=firm.workspace,
            xero_id=organisation.tenant_id,
            is_demo_company=True,
            raw="{}",
            digest=b"",
            first_seen_at=timezone.now(),
            changed_here_at=timezone.now(),
        )
    xero.running.disconnect(organisation.tenant_id)


def secret_rotated(firm: Firm, xero: Xero, organisation: Organisation) -> None:
    spoil_tokens(firm)
    with firm.inside():
        XeroApp.objects.create(
            workspace=firm.workspace,
            client_id=CLIENT_ID,
            client_secret="the old one",
            saved_by="Mara Tane",
            saved_at=timezone.now(),
        )


def app_forgotten(firm: Firm, xero: Xero, organisation: Organisation) -> None:
    spoil_tokens(firm, client_id="AN-APP-THAT-NOBODY-KNOWS")


Happening = Callable[[Firm, Xero, Organisation], None]

CASES: list[tuple[Happening, str, Remedy, str, str]] = [
    (outage, "Xero cannot be reached", Remedy.WAIT, "connected", "renewal_failing"),
    (revoked, "Access is lost", Remedy.RECONNECT, "lost", "lost"),
    (unused_for_sixty_days, "Access is lost", Remedy.RECONNECT, "lost", "lost"),
    (disconnected_in_xero, "Access is lost", Remedy.RECONNECT, "lost", "lost"),
    (demo_company_made_afresh, "Xero’s demo company was reset", Remedy.CONNECT_ANEW, "lost", "lost"),
    (secret_rotated, "Xero does not accept the app", Remedy.CORRECT_APP, "connected", "renewal_failing"),
    (app_forgotten, "Access is lost", Remedy.RECONNECT, "lost", "lost"),
]


def trouble_of(firm: Firm) -> Trouble | None:
    with firm.inside():
        connection = Connection.objects.select_related("grant").get()
    return describe_trouble(connection, now=timezone.now())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("happen", "title", "remedy", "state", "event"), CASES, ids=[case[0].__name__ for case in CASES]
)
def test_each_trouble_is_recognised_and_told_with_what_helps(
    firm: Firm, xero: Xero, happen: Happening, title: str, remedy: Remedy, state: str, event: str
) -> None:
    organisation = connect(firm, xero)
    happen(firm, xero, organisation)

    try:
        use_access(firm, organisation)
    finally:
        xero.running.client.delete("/sandbox/api/faults")
        xero.running.client.post("/sandbox/api/clock", json={"now": timezone.now().isoformat()})

    trouble = trouble_of(firm)
    assert trouble is not None
    assert (trouble.title, trouble.remedy) == (title, remedy)
    with firm.inside():
        assert Connection.objects.get().state == state
        assert ConnectionEvent.objects.order_by("-pk").values_list("kind", flat=True)[0] == event
    page = firm.client.get("/settings/").content.decode()
    assert title in page
    button = {
        Remedy.RECONNECT: "Reconnect Xero</a>",
        Remedy.CONNECT_ANEW: "Connect to Xero</a>",
        Remedy.CORRECT_APP: "Correct the Xero app</a>",
    }.get(remedy)
    assert button is None or button in page
    assert ("Needs attention" in page or "Lost access" in page) == trouble.needs_person


@pytest.mark.django_db(transaction=True)
def test_a_renewal_that_works_again_says_so_and_ends_the_trouble(firm: Firm, xero: Xero) -> None:
    connect(firm, xero)
    spoil_tokens(firm, failing_since=timezone.now(), failing_because="Xero did not answer.")

    grant = grant_of(firm)
    with firm.inside():
        Grant.objects.update(refreshed_at=timezone.now() - timedelta(days=11))
    assert renew_idle_grants(now=timezone.now) == 1

    assert grant_of(firm).failing_since is None
    assert grant_of(firm).access_token != grant.access_token
    assert trouble_of(firm) is None
    with firm.inside():
        kinds = list(ConnectionEvent.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["connected", "renewed"]


def test_a_permission_in_use_is_not_renewed_for_nothing(firm: Firm, xero: Xero) -> None:
    connect(firm, xero)

    assert renew_idle_grants(now=timezone.now) == 0


@pytest.mark.django_db(transaction=True)
def test_idle_permissions_are_renewed_although_one_of_them_fails(firm: Firm, xero: Xero) -> None:
    connect(firm, xero)
    spoil_tokens(firm, refresh_token="withdrawn", refreshed_at=timezone.now() - timedelta(days=20))

    assert renew_idle_grants(now=timezone.now) == 0

    trouble = trouble_of(firm)
    assert trouble is not None
    assert trouble.title == "Access is lost"


def test_days_are_counted_down_when_renewing_has_failed_for_weeks(firm: Firm) -> None:
    organisation = make_organisation(firm)
    spoil_tokens(
        firm,
        refreshed_at=timezone.now() - timedelta(days=48, hours=1),
        failing_since=timezone.now() - timedelta(days=40),
        failing_because="Xero did not answer.",
    )

    trouble = trouble_of(firm)

    assert organisation.pk
    assert trouble is not None
    assert trouble.title == "The permission is about to end"
    assert "Xero ends it in 11 days" in trouble.text


def test_access_that_is_back_is_found_without_another_consent(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)
    with firm.inside():
        Connection.objects.update(state=Connection.State.LOST, lost_because="It was disconnected in Xero.")

    page = firm.client.post(f"/o/{organisation.pk}/try-again/", follow=True).content.decode()

    assert f"Access to {BRIGHTWATER} is back." in page
    with firm.inside():
        assert Connection.objects.get().state == Connection.State.CONNECTED
        assert ConnectionEvent.objects.order_by("-pk")[0].kind == ConnectionEvent.Kind.FOUND_AGAIN


def test_access_that_is_still_gone_stays_lost(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)
    xero.running.disconnect(organisation.tenant_id)
    with firm.inside():
        Connection.objects.update(state=Connection.State.LOST, lost_because="It was disconnected in Xero.")

    page = firm.client.post(f"/o/{organisation.pk}/try-again/", follow=True).content.decode()

    assert "Not yet. Xero no longer gives access to this organisation" in page
    with firm.inside():
        assert Connection.objects.get().state == Connection.State.LOST


def test_the_history_tells_what_happened_by_whom(firm: Firm, xero: Xero) -> None:
    connect(firm, xero)

    page = " ".join(firm.client.get("/settings/history/").content.decode().split())

    assert '<span class="strong">Connected</span>' in page
    assert "In Xero as Robin Fielding." in page
    assert firm.user.email in page


def test_the_history_of_another_firm_is_not_seen(firm: Firm, xero: Xero) -> None:
    connect(firm, xero)
    other = make_firm("Others")

    assert "Nothing yet" in other.client.get("/settings/history/").content.decode()


def test_a_two_way_connection_is_made_read_only_by_a_button(firm: Firm) -> None:
    organisation = make_organisation(firm, mode=Connection.Mode.TWO_WAY, writes=["invoices"])

    firm.client.post(f"/o/{organisation.pk}/read-only/")

    with firm.inside():
        connection = Connection.objects.get()
        assert (connection.mode, connection.writes) == (Connection.Mode.READ_ONLY, [])


def test_the_permissions_page_shows_that_nothing_was_written(firm: Firm) -> None:
    organisation = make_organisation(firm)

    page = " ".join(firm.client.get(f"/o/{organisation.pk}/permissions/").content.decode().split())

    assert '<dt>Calls to Xero that could change something</dt><dd class="number strong">0</dd>' in page
    assert "Not everything was granted" in page


def test_holding_a_firm_to_one_organisation_takes_the_way_to_a_second_away(firm: Firm) -> None:
    make_organisation(firm)
    assert "Add another organisation" in firm.client.get("/settings/").content.decode()

    firm.client.post("/settings/one-organisation/", {"hold": "yes"})

    assert "Add another organisation" not in firm.client.get("/settings/").content.decode()
