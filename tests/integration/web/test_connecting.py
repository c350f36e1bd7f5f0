"""Connecting an organisation: two clicks, and everything that can go wrong on the way."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import Settings

from counterfoil.features.workspaces.models import Membership
from counterfoil.mirror.models import Connection, ConnectionEvent, Grant, Organisation, Run, Workspace
from counterfoil.sync.asking import ask_xero
from tests.integration.web.conftest import Xero, ask_for_consent
from tests.integration.web.firms import Firm, make_firm, make_invoice, make_organisation

BRIGHTWATER = "Brightwater Studio Ltd"
COOLABAH = "Coolabah Trades Pty Ltd"


def connect(firm: Firm, xero: Xero, name: str = BRIGHTWATER) -> Organisation:
    choosing = firm.client.get(xero.allow(ask_for_consent(firm), name)).headers["Location"]
    firm.client.post(choosing, {"tenant": xero.running.tenant_id(name)})
    with firm.inside():
        return Organisation.objects.get(name=name)


def text_of(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined,no-any-return]  # Django's test response


def test_the_page_before_xero_shows_what_is_read_and_why(firm: Firm, xero: Xero) -> None:
    page = text_of(firm.client.get("/connect/"))

    assert "<h1>Setting up with Xero</h1>" in page
    assert "Connect with Xero" in page
    for scope in ("contacts", "invoices", "payments", "settings", "banktransactions"):
        assert f"<code>accounting.{scope}.read</code>" in page


def test_the_page_before_xero_leads_to_the_steps_when_the_app_is_unknown(
    firm: Firm, settings: Settings
) -> None:
    settings.XERO_CLIENT_ID = ""

    page = text_of(firm.client.get("/connect/"))

    assert '<a class="button button-primary" href="/settings/xero-app/">Set up the Xero app</a>' in page
    assert firm.client.post("/connect/").headers["Location"] == "/connect/"


def test_consent_asks_for_nothing_that_writes(firm: Firm, xero: Xero) -> None:
    address = ask_for_consent(firm)

    scopes = address.split("scope=")[1].split("&")[0].split("+")
    identity = {"openid", "profile", "email", "offline_access"}
    assert [scope for scope in scopes if not scope.endswith(".read") and scope not in identity] == []


def test_an_organisation_is_connected_after_it_was_chosen_and_confirmed(firm: Firm, xero: Xero) -> None:
    back = firm.client.get(xero.allow(ask_for_consent(firm), BRIGHTWATER))
    choosing = back.headers["Location"]
    choices = text_of(firm.client.get(choosing))
    with firm.inside():
        assert not Connection.objects.exists()  # one candidate, and still nothing is chosen for the person
    done = firm.client.post(choosing, {"tenant": xero.running.tenant_id()})

    assert "Which organisation?" in choices
    assert 'type="radio"' in choices
    assert " checked" not in choices  # the switch of the frame is aria-checked
    with firm.inside():
        connection = Connection.objects.select_related("organisation", "grant").get()
        assert done.headers["Location"] == f"/o/{connection.organisation_id}/"
        assert (connection.organisation.name, connection.mode, connection.state, connection.connected_by) == (
            BRIGHTWATER,
            Connection.Mode.READ_ONLY,
            Connection.State.CONNECTED,
            firm.user.email,
        )
        assert connection.grant.email == "robin@brightwater.example"
    job = ProcrastinateJob.objects.get(args__organisation_id=connection.organisation_id)
    assert (job.task_name, job.args["kind"], job.args["reason"]) == ("sync", Run.Kind.FULL, "connected")


def test_the_dashboard_says_connected_and_that_the_sync_is_about_to_start(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)

    page = text_of(firm.client.get("/"))

    card = page.partition('id="connection-card"')[2].partition("</section>")[0]
    assert "Connected</span>" in card
    assert "Syncing</span>" in card
    assert "The sync is about to start" in page
    assert "You can leave this page; it goes on." in page
    assert f'hx-get="/o/{organisation.pk}/live/"' in page


def test_only_the_organisations_of_this_consent_are_offered(firm: Firm, xero: Xero) -> None:
    connect(firm, xero, COOLABAH)

    choosing = firm.client.get(xero.allow(ask_for_consent(firm), BRIGHTWATER)).headers["Location"]
    page = text_of(firm.client.get(choosing))

    assert BRIGHTWATER in page
    assert f'<span class="choice-name">{COOLABAH}</span>' not in page


def test_an_organisation_connected_before_is_marked_among_the_choices(firm: Firm, xero: Xero) -> None:
    connect(firm, xero)

    choosing = firm.client.get(xero.allow(ask_for_consent(firm), BRIGHTWATER, COOLABAH)).headers["Location"]
    page = text_of(firm.client.get(choosing))

    assert page.count('type="radio"') == 2
    assert page.count("Connected already") == 1


def test_nothing_is_connected_when_nothing_was_chosen(firm: Firm, xero: Xero) -> None:
    choosing = firm.client.get(xero.allow(ask_for_consent(firm), BRIGHTWATER)).headers["Location"]

    answer = firm.client.post(choosing, {})

    assert answer.status_code == 409
    assert "Choose an organisation first, then confirm." in text_of(answer)
    with firm.inside():
        assert not Connection.objects.exists()


def test_cancelling_in_xero_says_so_and_offers_the_next_step(firm: Firm, xero: Xero) -> None:
    answer = firm.client.get(xero.cancel(ask_for_consent(firm)))

    assert answer.status_code == 400
    page = text_of(answer)
    assert "You cancelled in Xero" in page
    assert "Nothing was changed." in page
    assert 'href="/connect/"' in page


def test_an_answer_that_nobody_asked_for_is_refused(firm: Firm, xero: Xero) -> None:
    answer = firm.client.get("/admin/xero_integration/connect", {"code": "stolen", "state": "forged"})

    assert answer.status_code == 400
    assert "does not belong to this sign-in" in text_of(answer)
    with firm.inside():
        assert not Grant.objects.exists()


def test_an_answer_to_another_browser_is_refused(firm: Firm, xero: Xero) -> None:
    back = xero.allow(ask_for_consent(firm), BRIGHTWATER)
    other = make_firm("Their firm")

    answer = other.client.get(back)

    assert answer.status_code == 400
    with other.inside():
        assert not Grant.objects.exists()


def test_an_answer_without_a_code_is_explained(firm: Firm, xero: Xero) -> None:
    address = ask_for_consent(firm)
    state = address.split("state=")[1].split("&")[0]

    answer = firm.client.get("/admin/xero_integration/connect", {"state": state})

    assert answer.status_code == 400
    assert "Xero did not give access" in text_of(answer)


def test_two_tabs_may_ask_at_once_and_both_answers_are_good(firm: Firm, xero: Xero) -> None:
    first, second = ask_for_consent(firm), ask_for_consent(firm)

    answers = [firm.client.get(xero.allow(address, BRIGHTWATER)) for address in (first, second)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert len({answer.headers["Location"] for answer in answers}) == 2


def test_a_detour_of_many_minutes_is_survived(firm: Firm, xero: Xero) -> None:
    address = ask_for_consent(firm)
    with time_machine.travel(timezone.now() + timedelta(minutes=29)):
        answer = firm.client.get(xero.allow(address, BRIGHTWATER))

    assert answer.status_code == 302


def test_an_answer_after_half_an_hour_is_too_old(firm: Firm, xero: Xero) -> None:
    address = ask_for_consent(firm)
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        answer = firm.client.get(xero.allow(address, BRIGHTWATER))

    assert answer.status_code == 400
    assert "This answer is not for this sign-in" in text_of(answer)


def test_loading_the_answer_again_leads_to_the_same_choice(firm: Firm, xero: Xero) -> None:
    back = xero.allow(ask_for_consent(firm), BRIGHTWATER)

    answers = [firm.client.get(back) for _ in range(2)]

    assert len({answer.headers["Location"] for answer in answers}) == 1
    with firm.inside():
        assert Grant.objects.count() == 1


def test_a_wrong_client_secret_is_a_matter_for_the_operator(
    firm: Firm, xero: Xero, settings: Settings
) -> None:
    settings.XERO_CLIENT_SECRET = "wrong"

    answer = firm.client.get(xero.allow(ask_for_consent(firm), BRIGHTWATER))

    assert answer.status_code == 424
    page = text_of(answer)
    assert "Xero does not accept this app" in page
    assert "invalid_client" in page
    assert "Whoever looks after Counterfoil" in page
    assert "wrong" not in page.replace("wrong number", "")


def test_xero_that_does_not_answer_can_be_asked_again_with_the_same_answer(
    firm: Firm, xero: Xero, settings: Settings
) -> None:
    back, real = xero.allow(ask_for_consent(firm), BRIGHTWATER), settings.XERO_IDENTITY_URL
    settings.XERO_IDENTITY_URL = "http://127.0.0.1:9"
    failed = firm.client.get(back)
    settings.XERO_IDENTITY_URL = real

    again = firm.client.get(back)

    assert failed.status_code == 424
    assert "Xero did not answer" in text_of(failed)
    assert again.status_code == 302


@pytest.mark.parametrize("fault", ["token_503"])
def test_a_fault_of_xero_during_the_exchange_is_told_and_can_be_tried_again(
    firm: Firm, xero: Xero, fault: str
) -> None:
    back = xero.allow(ask_for_consent(firm), BRIGHTWATER)
    xero.fail(fault)

    failed, again = firm.client.get(back), firm.client.get(back)

    assert failed.status_code == 424
    assert "Xero has a fault" in text_of(failed)
    assert again.status_code == 302


def test_an_organisation_that_vanished_before_the_choice_is_explained(firm: Firm, xero: Xero) -> None:
    made = xero.running.add_organisation(name="Short Lived Ltd", country="GB", seed=3, invoices=1, contacts=1)
    choosing = firm.client.get(xero.allow(ask_for_consent(firm), "Short Lived Ltd", BRIGHTWATER)).headers[
        "Location"
    ]
    xero.running.remove_organisation(made["tenantId"])

    answer = firm.client.post(choosing, {"tenant": made["tenantId"]})

    assert answer.status_code == 409
    page = text_of(answer)
    assert "Xero no longer gives access to the organisation you chose" in page
    assert "Short Lived Ltd" not in page
    with firm.inside():
        assert not Connection.objects.exists()


def test_a_consent_without_any_organisation_left_is_explained(firm: Firm, xero: Xero) -> None:
    made = xero.running.add_organisation(name="Gone Ltd", country="GB", seed=4, invoices=1, contacts=1)
    choosing = firm.client.get(xero.allow(ask_for_consent(firm), "Gone Ltd")).headers["Location"]
    xero.running.remove_organisation(made["tenantId"])

    page = text_of(firm.client.get(choosing))

    assert "Xero offers no organisation" in page


def test_reconnecting_keeps_the_organisation_and_its_records(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)
    make_invoice(firm, organisation)
    with firm.inside():
        old_grant = organisation.connection.grant_id
        Connection.objects.update(state=Connection.State.LOST, lost_because="It was withdrawn.")

    choosing = firm.client.get(xero.allow(ask_for_consent(firm), BRIGHTWATER)).headers["Location"]
    page = text_of(firm.client.get(choosing))
    connected_again = connect(firm, xero)

    assert "Reconnects" in page
    assert connected_again.pk == organisation.pk
    with firm.inside():
        connection = Connection.objects.get()
        assert (connection.state, connection.lost_because) == (Connection.State.CONNECTED, "")
        assert not Grant.objects.filter(pk=old_grant).exists()
    assert text_of(firm.client.get("/invoices/")).count("title-link") == 1


def test_lost_access_offers_to_reconnect_and_deletes_nothing(firm: Firm) -> None:
    organisation = make_organisation(firm, state=Connection.State.LOST, lost_because="It was withdrawn.")
    make_invoice(firm, organisation, number="INV-KEPT")

    page = text_of(firm.client.get("/"))

    assert "Lost access" in page
    assert "It was withdrawn." in page
    assert "Reconnect Xero" in page
    assert "INV-KEPT" in page
    assert "Nothing leaves: access to" in text_of(firm.client.get(f"/o/{organisation.pk}/reminders/"))
    said = text_of(firm.client.get("/activity/sync/"))
    assert "Access is lost: nothing is read from Xero until somebody reconnects it." in said
    assert "asks Xero for changes" not in said


@pytest.mark.parametrize("role", [Membership.Role.MEMBER, Membership.Role.VIEWER])
def test_only_owners_and_admins_may_connect_and_the_others_see_why(role: str, db: None) -> None:
    firm = make_firm(role=role)

    answers = [
        firm.client.get("/connect/"),
        firm.client.post("/connect/"),
        firm.client.get("/admin/xero_integration/connect"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert "Ask an Owner or Admin of your firm" in text_of(answers[0])
    assert "An Owner or Admin of your firm can connect it." in text_of(firm.client.get("/"))


def test_a_pkce_app_connects_without_a_secret(firm: Firm, xero: Xero, settings: Settings) -> None:
    settings.XERO_CLIENT_ID, settings.XERO_CLIENT_SECRET = "PKCEOFTHETEST", ""
    xero.running.register_app(
        kind="pkce",
        client_id="PKCEOFTHETEST",
        name="Counterfoil",
        redirect_uris=["http://testserver/admin/xero_integration/connect"],
    )

    address = ask_for_consent(firm)
    choosing = firm.client.get(xero.allow(address, BRIGHTWATER)).headers["Location"]

    assert "code_challenge_method=S256" in address
    assert choosing.startswith("/connect/choose/")
    with firm.inside():
        assert Grant.objects.get().kind == Grant.Kind.PKCE


def test_tokens_are_on_no_page_and_encrypted_in_the_database(firm: Firm, xero: Xero) -> None:
    connect(firm, xero)
    with firm.inside():
        grant = Grant.objects.get()

    pages = [text_of(firm.client.get(path)) for path in ("/", "/settings/", "/settings/integrations/")]

    assert grant.refresh_token
    assert [
        secret
        for secret in (grant.access_token, grant.refresh_token, "counterfoil-demo-secret")
        for page in pages
        if secret in page
    ] == []


def test_a_stranger_is_asked_to_sign_in_before_connecting(db: None) -> None:
    answer = Client().get("/connect/")

    assert answer.headers["Location"] == "/accounts/login/?next=/connect/"


def ask_for(firm: Firm, **form: object) -> str:
    answer = firm.client.post("/connect/", form)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def scopes_of(address: str) -> set[str]:
    return set(address.split("scope=")[1].split("&")[0].split("+"))


def test_two_way_asks_to_write_only_what_was_switched_on(firm: Firm, xero: Xero) -> None:
    scopes = scopes_of(ask_for(firm, mode="two_way", write=["invoices", "attachments"]))

    identity = {"openid", "profile", "email", "offline_access"}
    assert {scope for scope in scopes - identity if not scope.endswith(".read")} == {
        "accounting.invoices",
        "accounting.attachments",
    }
    assert "accounting.settings.read" in scopes


def test_settings_are_asked_to_be_written_only_for_tax_rates(firm: Firm, xero: Xero) -> None:
    without = scopes_of(ask_for(firm, mode="two_way", write=["invoices", "contacts", "payments"]))
    with_tax = scopes_of(ask_for(firm, mode="two_way", write=["tax_rates"]))

    assert "accounting.settings" not in without
    assert "accounting.settings" in with_tax


def test_two_way_with_nothing_to_write_is_asked_again(firm: Firm, xero: Xero) -> None:
    answer = firm.client.post("/connect/", {"mode": "two_way"})

    assert answer.status_code == 422
    assert "Tick at least one thing" in text_of(answer)


def test_a_read_only_connection_is_made_two_way_by_another_consent(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)
    asked = ask_for(firm, organisation=organisation.pk, mode="two_way", write="invoices")
    choosing = firm.client.get(xero.allow(asked, BRIGHTWATER)).headers["Location"]
    page = text_of(firm.client.get(choosing))
    firm.client.post(choosing, {"tenant": organisation.tenant_id})

    assert "Two-way: Counterfoil may write" in page
    with firm.inside():
        connection = Connection.objects.get()
        assert (connection.mode, connection.writes) == (Connection.Mode.TWO_WAY, ["invoices"])
        kinds = list(ConnectionEvent.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["connected", "reconnected", "two_way"]


def test_another_organisation_than_the_one_it_was_about_is_refused(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)
    choosing = firm.client.get(xero.allow(ask_for(firm, organisation=organisation.pk), COOLABAH)).headers[
        "Location"
    ]

    page = text_of(firm.client.get(choosing))
    forced = firm.client.post(choosing, {"tenant": xero.running.tenant_id(COOLABAH)})

    assert "That was another organisation" in page
    assert f"You allowed access to {COOLABAH} in Xero, but this was about {BRIGHTWATER}." in page
    assert 'type="radio"' not in page
    assert forced.status_code == 409
    with firm.inside():
        assert list(Organisation.objects.values_list("name", flat=True)) == [BRIGHTWATER]


def test_a_firm_held_to_one_organisation_connects_no_second_one(firm: Firm, xero: Xero) -> None:
    connect(firm, xero)
    with firm.inside():
        Workspace.objects.filter(pk=firm.workspace.pk).update(holds_one_organisation=True)
    choosing = firm.client.get(xero.allow(ask_for_consent(firm), COOLABAH)).headers["Location"]

    answer = firm.client.post(choosing, {"tenant": xero.running.tenant_id(COOLABAH)})

    assert answer.status_code == 409
    assert "This firm is held to one organisation" in text_of(answer)
    with firm.inside():
        assert Connection.objects.count() == 1


def test_organisations_are_told_apart_by_different_colours(firm: Firm, xero: Xero) -> None:
    first, second = connect(firm, xero), connect(firm, xero, COOLABAH)

    assert first.colour != second.colour


def test_no_transaction_is_open_while_xero_is_asked(
    firm: Firm, xero: Xero, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the test there is always one; it must be the test's own, and no other."""
    depths: list[int] = []

    def watch(call: Any) -> Any:
        depths.append(len(connection.savepoint_ids))
        return ask_xero(call)

    monkeypatch.setattr("counterfoil.sync.connecting.ask_xero", watch)
    organisation = connect(firm, xero)
    firm.client.post(f"/o/{organisation.pk}/remove/", {"typed": organisation.name})

    assert depths == [0, 0, 0]  # the code is exchanged, the organisations are listed, access is given back


def make_two_way(firm: Firm, xero: Xero) -> Organisation:
    asked = ask_for(firm, mode="two_way", write="invoices")
    choosing = firm.client.get(xero.allow(asked, BRIGHTWATER)).headers["Location"]
    firm.client.post(choosing, {"tenant": xero.running.tenant_id()})
    with firm.inside():
        return Organisation.objects.get()


def test_reconnecting_begins_with_what_may_be_written_today(firm: Firm, xero: Xero) -> None:
    organisation = make_two_way(firm, xero)

    address = f"/connect/?organisation={organisation.pk}"
    offered = text_of(firm.client.get(address))
    chosen = text_of(firm.client.get(f"{address}&mode=read_only"))

    assert 'value="two_way" checked' in offered
    assert 'value="invoices" checked' in offered
    assert 'value="payments" checked' not in offered
    assert 'value="read_only" checked' in chosen


def test_after_a_cancel_the_same_is_asked_again(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)
    asked = ask_for(firm, organisation=organisation.pk, mode="two_way", write="invoices")

    page = text_of(firm.client.get(xero.cancel(asked)))

    assert f'href="/connect/?mode=two_way&amp;write=invoices&amp;organisation={organisation.pk}"' in page


def test_going_back_to_xero_asks_for_the_same_again(firm: Firm, xero: Xero) -> None:
    organisation = connect(firm, xero)
    asked = ask_for(firm, organisation=organisation.pk, mode="two_way", write="invoices")
    choosing = firm.client.get(xero.allow(asked, COOLABAH)).headers["Location"]

    page = text_of(firm.client.get(choosing))

    assert f'href="/connect/?mode=two_way&amp;write=invoices&amp;organisation={organisation.pk}"' in page


def test_connecting_a_two_way_organisation_once_more_says_that_it_becomes_read_only(
    firm: Firm, xero: Xero
) -> None:
    make_two_way(firm, xero)
    again = firm.client.get(xero.allow(ask_for_consent(firm), BRIGHTWATER)).headers["Location"]

    page = text_of(firm.client.get(again))

    assert "Connected already" in page
    assert "Two-way until now; confirming makes it read-only." in page


def test_a_firm_held_to_one_organisation_is_told_before_it_goes_to_xero(firm: Firm, xero: Xero) -> None:
    connect(firm, xero)
    with firm.inside():
        Workspace.objects.filter(pk=firm.workspace.pk).update(holds_one_organisation=True)

    page = text_of(firm.client.get("/connect/"))

    assert f"This firm is held to one organisation, and {BRIGHTWATER} is connected" in page
    for elsewhere in ("/", "/organisations/", "/settings/"):
        assert "Add another organisation" not in text_of(firm.client.get(elsewhere))
