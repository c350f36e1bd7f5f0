"""Switching auto-sync and choosing how often, and the words for it everywhere (P12, K1)."""

import pytest
from pytest_django.fixtures import Settings

from counterfoil.features.workspaces.models import Membership
from counterfoil.mirror.models import Connection, Organisation
from tests.integration.web.firms import Firm, make_firm, make_organisation
from tests.integration.web.test_settings import text_of


def connection_of(firm: Firm, organisation: Organisation) -> Connection:
    with firm.inside():
        return Connection.objects.get(organisation=organisation)


def test_auto_sync_is_switched_off_and_on_again_and_every_page_says_so(firm: Firm) -> None:
    organisation = make_organisation(firm)
    path = f"/o/{organisation.pk}/auto-sync/"

    firm.client.post(path, {"auto_sync": "off"})

    assert not connection_of(firm, organisation).auto_sync
    for page in ("/", "/invoices/", "/contacts/", "/activity/sync/", "/settings/integrations/"):
        assert "auto-sync off</a>" in text_of(firm, page)
        assert "nothing is read from Xero until somebody presses “Sync now”" in text_of(firm, page)
    assert "Sync now</button>" in text_of(firm, "/")

    firm.client.post(path, {"auto_sync": "on"})

    assert connection_of(firm, organisation).auto_sync
    assert "auto-sync off" not in text_of(firm, "/")
    log = text_of(firm, "/settings/audit/")
    assert "Switched auto-sync off for" in log
    assert "Switched auto-sync on for" in log


@pytest.mark.parametrize(("where", "back"), [({"account": "yes"}, "/settings/"), ({}, None)])
def test_the_switch_goes_back_to_the_page_it_was_pressed_on(
    firm: Firm, where: dict[str, str], back: str | None
) -> None:
    organisation = make_organisation(firm)

    answer = firm.client.post(f"/o/{organisation.pk}/auto-sync/", {"auto_sync": "off", **where})

    assert answer.headers["Location"] == (back or f"/o/{organisation.pk}/settings/integrations/")


def test_a_chosen_interval_is_said_and_given_up_again(firm: Firm) -> None:
    organisation = make_organisation(firm)
    path = f"/o/{organisation.pk}/rhythm/"

    page = firm.client.post(path, {"every": "14400"}, follow=True).content.decode()

    assert connection_of(firm, organisation).chosen_seconds == 14400
    assert "is asked for changes every 4 hours." in page
    assert "asks Xero for changes every 4 hours" in text_of(firm, "/invoices/")

    firm.client.post(path, {"every": "automatic"})

    assert connection_of(firm, organisation).chosen_seconds is None


@pytest.mark.parametrize("every", ["", "7", "-300", "always"])
def test_an_interval_that_is_not_offered_changes_nothing(firm: Firm, every: str) -> None:
    organisation = make_organisation(firm)
    firm.client.post(f"/o/{organisation.pk}/rhythm/", {"every": "300"})

    page = firm.client.post(f"/o/{organisation.pk}/rhythm/", {"every": every}, follow=True)

    assert connection_of(firm, organisation).chosen_seconds == 300
    assert "Choose one of the intervals on the list." in page.content.decode()


def test_each_interval_is_shown_with_what_it_costs(firm: Firm, settings: Settings) -> None:
    settings.COUNTERFOIL_DELTA_EVERY = None
    make_organisation(firm)

    page = text_of(firm, "/settings/integrations/")

    rows = {}
    for row in page.split("What each interval would cost")[1].split("</table>")[0].split("<tr>")[3:]:
        words = [part.split("<")[0].strip() for part in row.split(">")]
        rows[next(word for word in words if word.startswith(("Every", "Once")))] = row
    # 24 × 8 calls and a check of 24, of 1,000
    assert ">216<" in rows["Every hour"]
    assert "22 %" in rows["Every hour"]
    assert "chip-bad" in rows["Every 5 minutes"]
    assert "chip-warn" in rows["Every 15 minutes"]
    assert "chip" not in rows["Once a day"]


@pytest.mark.parametrize("role", [Membership.Role.MEMBER, Membership.Role.VIEWER])
def test_only_owners_and_admins_change_the_rhythm(role: str, db: None) -> None:
    firm = make_firm(role=role)
    organisation = make_organisation(firm)

    answers = [
        firm.client.post(f"/o/{organisation.pk}/auto-sync/", {"auto_sync": "off"}),
        firm.client.post(f"/o/{organisation.pk}/rhythm/", {"every": "300"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    connection = connection_of(firm, organisation)
    assert (connection.auto_sync, connection.chosen_seconds) == (True, None)
    for page in ("/settings/", "/settings/integrations/"):
        assert "Auto-sync is on" in text_of(firm, page)
        assert 'name="auto_sync"' not in text_of(firm, page)  # the frame has switches of its own
