"""Attacks that must be refused, on every address where they make sense."""

import logging
from collections.abc import Iterator
from copy import deepcopy
from datetime import time
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.conf import settings as live_settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from counterfoil.features.access.models import ApiToken
from counterfoil.features.announcing.models import Subscription
from counterfoil.features.billing.models import (
    Agreement,
    AgreementLine,
    BillingRun,
    Expense,
    LinePrice,
    Pause,
    Rate,
    RateCard,
    TimeEntry,
    UnitCount,
)
from counterfoil.features.clients.models import Client as ClientRecord
from counterfoil.features.clients.models import Deal, Link, Person
from counterfoil.features.importing.models import Upload
from counterfoil.features.invoicing.models import InvoiceDraft
from counterfoil.features.lists.models import SavedView
from counterfoil.features.migrating.models import Import
from counterfoil.features.moving.models import Takeout
from counterfoil.features.recharging.models import Recharge, Source, Terms
from counterfoil.features.reminding.models import Campaign, Held, HeldClient, Reply
from counterfoil.features.spending.models import Line, Rule
from counterfoil.features.workspaces.invitations import invite
from counterfoil.features.workspaces.models import Invitation, Membership, User
from counterfoil.features.workspaces.permissions import Role
from counterfoil.mirror.encryption import encrypt
from counterfoil.mirror.models import Connection, ContactGroup, Grant, Operation, XeroApp
from tests.integration.web.addresses import list_addresses, read_whole
from tests.integration.web.conftest import CALLBACK, Xero, ask_for_consent
from tests.integration.web.firms import (
    NOW,
    Firm,
    add_person,
    make_contact,
    make_firm,
    make_invoice,
    make_organisation,
)

PASSWORD = "correct horse battery"
ADDRESSES = list_addresses()
# Xero and the providers of texts prove themselves, and so does the code in a customer's link; nothing else is
# posted by anybody but our own pages.
WITHOUT_A_FORM = {"webhooks", "reminder_fate", "reminder_answer", "way_out"}
# Parts of an address that name no row of a firm; what Xero delivers belongs to an app, not to a firm.
NAME_NO_ROW = {
    "delivery_id",
    "slug",
    "key",
    "uidb36",
    "token",
    "kind",
    "part",
    "country",
    "code",
    "document_id",
    "xero_id",
    "file_id",
    "pk",
    "page",
}


@pytest.fixture
def nowhere(settings: Settings) -> None:
    """Let Xero be away, so that no page waits for it."""
    for name in ("LOGIN", "IDENTITY", "API", "WEB"):
        setattr(settings, f"XERO_{name}_URL", "http://127.0.0.1:9")


# -- Another firm's rows, by guessed ids ---------------------------------------------------


@pytest.fixture
def theirs(db: None) -> dict[str, object]:
    """One row of another firm for each part that an address can have."""
    firm = make_firm("Zanzibar firm")
    organisation = make_organisation(firm, "Zanzibar Organisation")
    make_invoice(firm, organisation, number="ZANZIBAR-1", contact_name="Zanzibar Contact", contact_id="z")
    contact = make_contact(firm, organisation, name="Zanzibar Contact")
    member = Membership.objects.get(user=add_person(firm.workspace, Role.MEMBER))
    with firm.inside():
        by = Membership.objects.get(user=firm.user)
        invited = invite(by=by, email="zanzibar@guest.example", role=Role.MEMBER, by_mail=False, now=NOW)
        app = XeroApp.objects.create(
            workspace=firm.workspace, client_id="ZANZIBAR", saved_by="Zanzibar", saved_at=NOW
        )
        client = ClientRecord.objects.create(workspace=firm.workspace, name="Zanzibar Client", created_at=NOW)
        person = Person.objects.create(
            workspace=firm.workspace, client=client, name="Zanzibar Person", created_at=NOW
        )
        deal = Deal.objects.create(
            workspace=firm.workspace, client=client, name="Zanzibar Deal", created_at=NOW
        )
        link = Link.objects.create(
            workspace=firm.workspace,
            client=client,
            organisation=organisation,
            contact_id=contact.xero_id,
            made_at=NOW,
        )
        grant = Grant.objects.get()
        takeout = Takeout.objects.create(workspace=firm.workspace, asked_at=timezone.now(), state="ready")
        draft = InvoiceDraft.objects.create(
            workspace=firm.workspace,
            organisation=organisation,
            contact_id=contact.xero_id,
            reference="Zanzibar draft",
            date=NOW.date(),
            currency="GBP",
            amounts_are="Exclusive",
            created_at=NOW,
            changed_at=NOW,
        )
        run = BillingRun.objects.create(
            workspace=firm.workspace,
            organisation=organisation,
            first_day=NOW.date(),
            last_day=NOW.date(),
            created_by="Zanzibar",
            created_at=NOW,
        )
        group = ContactGroup.objects.create(
            organisation=organisation, workspace_id=firm.workspace.pk, xero_id="zanzibars", name="Zanzibar",
            status="ACTIVE", raw="{}", digest=b"", first_seen_at=NOW, changed_here_at=NOW,
        )  # fmt: skip
        upload = Upload.objects.create(
            workspace=firm.workspace, kind="clients", name="Zanzibar.csv", digest="0", heads=["Name"],
            meanings=["name"], given_by="Zanzibar", given_at=NOW,
        )  # fmt: skip
        operation = Operation.objects.create(
            workspace=firm.workspace,
            organisation=organisation,
            kind="invoice_new",
            intent_key="zanzibar",
            reference="CF-ZANZIBAR",
            state="waiting",
            state_since=NOW,
            wish="{}",
            payload="{}",
            cause_kind="test",
            asked_at=NOW,
        )
        given = Import.objects.create(
            workspace=firm.workspace, name="Zanzibar.csv", digest="0", given_by="Zanzibar", given_at=NOW
        )
        view = SavedView.objects.create(
            workspace=firm.workspace, person=firm.user, page="invoices", name="Zanzibar view", created_at=NOW
        )
        agreement = Agreement.objects.create(
            workspace=firm.workspace, client=client, organisation=organisation, name="Zanzibar care",
            currency="GBP", every="month", billed="in_advance", anchor=NOW.date(), starts_on=NOW.date(),
            created_at=NOW,
        )  # fmt: skip
        line = AgreementLine.objects.create(
            workspace=firm.workspace, agreement=agreement, place=0, kind="fixed", description="Zanzibar fee"
        )
        price = LinePrice.objects.create(
            workspace=firm.workspace, line=line, since=NOW.date(), amount=Decimal(7)
        )
        paused = Pause.objects.create(workspace=firm.workspace, agreement=agreement, first_day=NOW.date())
        hours = TimeEntry.objects.create(
            workspace=firm.workspace, client=client, day=NOW.date(), who="Zanzibar", hours=Decimal(1),
            created_at=NOW,
        )  # fmt: skip
        expense = Expense.objects.create(
            workspace=firm.workspace, client=client, day=NOW.date(), description="Zanzibar ferry",
            amount=Decimal(1), currency="GBP", created_at=NOW,
        )  # fmt: skip
        count = UnitCount.objects.create(
            workspace=firm.workspace, line=line, day=NOW.date(), quantity=Decimal(1), created_at=NOW
        )
        card = RateCard.objects.create(
            workspace=firm.workspace, name="Zanzibar rates", currency="GBP", created_at=NOW
        )
        rate = Rate.objects.create(workspace=firm.workspace, card=card, since=NOW.date(), amount=Decimal(80))
        campaign = Campaign.objects.create(
            workspace=firm.workspace, organisation=organisation, name="Zanzibar reminders", send_at=time(9),
            made_by="Zanzibar", made_at=NOW,
        )  # fmt: skip
        reply = Reply.objects.create(
            workspace=firm.workspace, organisation=organisation, address="+447400123456", digest=b"z",
            text="Zanzibar", provider="zanzibar", provider_id="z", received_at=NOW, meaning="other",
        )  # fmt: skip
        held = Held.objects.create(
            workspace=firm.workspace, organisation=organisation, contact_id=contact.xero_id, hold="by_hand",
            made_by="Zanzibar", made_at=NOW,
        )  # fmt: skip
        held_client = HeldClient.objects.create(
            workspace=firm.workspace, client=client, hold="by_hand", made_by="Zanzibar", made_at=NOW
        )
        subscription = Subscription.objects.create(
            workspace=firm.workspace, address="https://zanzibar.example/", kinds=["record.changed"],
            secret="zanzibar", made_by="Zanzibar", made_at=NOW, next_try_at=NOW,
        )  # fmt: skip
        token = ApiToken.objects.create(
            workspace=firm.workspace, membership=by, name="Zanzibar token", digest="0" * 64, ending="zanz",
            scopes=["read"], made_at=NOW,
        )  # fmt: skip
        rule = Rule.objects.create(
            workspace=firm.workspace, organisation=organisation, place=1, name="Zanzibar rule",
            account_code="429", act="overhead", made_at=NOW,
        )  # fmt: skip
        cost = Line.objects.create(
            workspace=firm.workspace, organisation=organisation, stream="Invoices", document_id="zanzibar",
            line_key="1", kind="ACCPAY", day=NOW.date(), contact_name="Zanzibar Contact", currency="GBP",
            net=Decimal(9), amount=Decimal(9), settled=Decimal(9), digest=b"", side="cost",
        )  # fmt: skip
        terms = Terms.objects.create(workspace=firm.workspace, organisation=organisation, wording="Zanzibar")
        source = Source.objects.create(
            workspace=firm.workspace, organisation=organisation, stream="Invoices", document_id="zanzibar",
            line_key="1", digest=b"", day=NOW.date(), contact_name="Zanzibar Contact", currency="GBP",
            net=Decimal(9), tax=Decimal(0), act="recharged", why="by_hand", made_at=NOW,
        )  # fmt: skip
        recharge = Recharge.objects.create(
            workspace=firm.workspace, organisation=organisation, source=source, document_id="zanzibar",
            line_key="1", client=client, weight=Decimal(1), cost=Decimal(9), charge=Decimal(9),
            currency="GBP", terms=terms, made_at=NOW, changed_at=NOW,
        )  # fmt: skip
    return {
        "firm": firm,
        "organisation_id": organisation.pk,
        "removed_id": organisation.pk,
        "takeout_id": takeout.pk,
        "grant_id": grant.pk,
        "membership_id": member.pk,
        "invitation_id": invited.invitation.pk,
        "app_id": app.pk,
        "client_id": client.pk,
        "person_id": person.pk,
        "deal_id": deal.pk,
        "link_id": link.pk,
        "import_id": given.pk,
        "upload_id": upload.pk,
        "group_id": group.xero_id,
        "view_id": view.pk,
        "draft_id": draft.pk,
        "run_id": run.pk,
        "campaign_id": campaign.pk,
        "reply_id": reply.pk,
        "hold_id": held.pk,
        "client_hold_id": held_client.pk,
        "contact_id": contact.xero_id,
        "operation_id": operation.pk,
        "agreement_id": agreement.pk,
        "price_id": price.pk,
        "pause_id": paused.pk,
        "time_id": hours.pk,
        "expense_id": expense.pk,
        "count_id": count.pk,
        "card_id": card.pk,
        "rate_id": rate.pk,
        "line_id": cost.pk,
        "rule_id": rule.pk,
        "token_id": token.pk,
        "subscription_id": subscription.pk,
        "source_id": source.pk,
        "recharge_id": recharge.pk,
    }


def take_picture(firm: Firm) -> dict[str, str]:
    """Return every row of a firm, by its table, as text."""
    with firm.inside():
        return {
            model._meta.db_table: str(
                list(model._default_manager.filter(workspace=firm.workspace.pk).order_by("pk").values())
            )
            for model in apps.get_models()
            if any(field.name == "workspace" for field in model._meta.fields)
        }


WITH_IDS = [address for address in ADDRESSES if address.parts - NAME_NO_ROW]


def test_every_part_of_an_address_is_tried(theirs: dict[str, object]) -> None:
    assert {part for address in ADDRESSES for part in address.parts} <= theirs.keys() | NAME_NO_ROW | {
        "removed_id"
    }


def test_rows_of_another_firm_are_neither_seen_nor_touched(theirs: dict[str, object], nowhere: None) -> None:
    victim = theirs["firm"]
    assert isinstance(victim, Firm)
    attacker = make_firm("Attacker")
    make_organisation(attacker, "Attacker's own")
    before = take_picture(victim)
    form = {"role": "owner", "name": "Taken", "email": "attacker@x.example", "understood": "on"}
    seen = []
    for address in WITH_IDS:
        path = address.fill(theirs)
        answers = [
            attacker.client.get(path, follow=True),
            attacker.client.get(path, headers={"HX-Request": "true"}),
            attacker.client.post(path, form, follow=True),
        ]
        seen += [path for page in map(read_whole, answers) if "zanzibar" in page.lower()]
    assert seen == []
    assert take_picture(victim) == before


# -- Forms of other sites, frames, hosts ---------------------------------------------------


def test_nothing_is_done_for_a_form_of_another_site(db: None, nowhere: None) -> None:
    firm = make_firm()
    client = Client(enforce_csrf_checks=True)
    client.force_login(firm.user)
    organisation = make_organisation(firm)
    wrong = []
    for address in ADDRESSES:
        path = address.fill({"organisation_id": organisation.pk})
        answer = client.post(path, {"role": "owner"}, headers={"Origin": "https://evil.example"})
        is_refused = answer.status_code == 403 and "The form had gone stale" in read_whole(answer)
        if not (is_refused or answer.status_code == 405 or address.name in WITHOUT_A_FORM):
            wrong.append(f"{path}: {answer.status_code}")
    assert wrong == []


def test_no_page_stands_in_a_frame_of_another_site(db: None, nowhere: None) -> None:
    firm = make_firm()
    organisation = make_organisation(firm)
    wrong = []
    for address in ADDRESSES:
        path = address.fill({"organisation_id": organisation.pk})
        for client in (firm.client, Client()):
            answer = client.get(path)
            read_whole(answer)
            headers = answer.headers
            is_kept_out = "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            if address.name not in WITHOUT_A_FORM:
                is_kept_out &= headers["X-Frame-Options"] == "DENY"
                is_kept_out &= headers["X-Content-Type-Options"] == "nosniff"
            if not is_kept_out:
                wrong.append(path)
    assert wrong == []


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/accounts/password/reset/", "/readyz"])
def test_another_host_is_not_answered_for(path: str, db: None) -> None:
    assert Client().get(path, headers={"Host": "evil.example"}).status_code == 400


def test_letters_lead_to_our_own_address_whatever_host_was_asked(
    db: None, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    settings.COUNTERFOIL_URL = "https://books.example"
    settings.ALLOWED_HOSTS = ["books.example", "localhost"]
    User.objects.create_user("mara@firm.example", PASSWORD)

    for email in ("mara@firm.example", "nobody@firm.example"):
        Client().post("/accounts/password/reset/", {"email": email}, headers={"Host": "localhost"})

    letters = [str(letter.body) for letter in mailoutbox]
    assert len(letters) == 2
    assert all("https://books.example/accounts/" in letter for letter in letters)
    assert not any("localhost" in letter for letter in letters)


# -- Leading people elsewhere --------------------------------------------------------------

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "http:///evil.example",
    "javascript:x",
]


@pytest.mark.parametrize("page", ELSEWHERE)
def test_no_page_leads_to_another_site(page: str, db: None) -> None:
    User.objects.create_user("mara@firm.example", PASSWORD)
    client = Client()
    form = {"login": "mara@firm.example", "password": PASSWORD, "next": page}

    answers = [
        client.post(f"/accounts/login/?next={page}", form),
        client.get(f"/accounts/login/?next={page}"),
        client.post(f"/accounts/reauthenticate/?next={page}", {"password": PASSWORD, "next": page}),
        client.post(f"/accounts/logout/?next={page}", {"next": page}),
        Client().post(
            f"/accounts/signup/?next={page}",
            {"firm": "F", "email": "new@firm.example", "password1": PASSWORD, "next": page},
        ),
    ]

    for answer in answers:
        assert answer.status_code == 302
        assert "evil" not in answer.headers["Location"]
        assert answer.headers["Location"].startswith("/")


# -- The answer of Xero's consent page -----------------------------------------------------


def test_a_forged_state_connects_nothing(firm: Firm, xero: Xero) -> None:
    ask_for_consent(firm)

    answers = [firm.client.get(f"{CALLBACK}?code=stolen&state={state}") for state in ("", "forged", "%00")]

    assert {answer.status_code for answer in answers} == {400}
    with firm.inside():
        assert not Grant.objects.exists()


def test_an_answer_that_is_replayed_makes_no_second_grant(firm: Firm, xero: Xero) -> None:
    address = xero.allow(ask_for_consent(firm), "Brightwater Studio Ltd")

    first, second = firm.client.get(address), firm.client.get(address)

    assert first.headers["Location"] == second.headers["Location"]
    with firm.inside():
        assert Grant.objects.count() == 1


def test_a_code_of_another_session_is_refused_under_ones_own_state(firm: Firm, xero: Xero) -> None:
    """Otherwise the victim's organisation would be read into the attacker's firm."""
    attacker = make_firm("Attacker")
    stolen = parse_qs(urlsplit(xero.allow(ask_for_consent(firm), "Brightwater Studio Ltd")).query)["code"][0]
    state = parse_qs(urlsplit(ask_for_consent(attacker)).query)["state"][0]

    answer = attacker.client.get(f"{CALLBACK}?code={stolen}&state={state}")

    assert answer.status_code == 400
    with attacker.inside():
        assert not Grant.objects.exists()


def test_an_answer_of_another_browser_is_refused(firm: Firm, xero: Xero) -> None:
    """Otherwise a link would put the attacker's organisation into the victim's firm."""
    attacker = make_firm("Attacker")
    address = xero.allow(ask_for_consent(attacker), "Brightwater Studio Ltd")
    ask_for_consent(firm)

    assert firm.client.get(address).status_code == 400
    with firm.inside():
        assert not Grant.objects.exists()


def test_an_answer_does_not_follow_its_person_into_another_firm(firm: Firm, xero: Xero) -> None:
    other = make_firm("The other firm")
    Membership.objects.create(user=firm.user, workspace=other.workspace, role=Role.OWNER)
    address = xero.allow(ask_for_consent(firm), "Brightwater Studio Ltd")
    firm.client.post("/firm/", {"firm": other.workspace.pk})

    answer = firm.client.get(address)

    assert answer.status_code == 400
    for each in (firm, other):
        with each.inside():
            assert not Grant.objects.exists()
            assert not Connection.objects.exists()


# -- More than one's role ------------------------------------------------------------------

MORE = {
    "role": "owner",
    "is_staff": "on",
    "is_superuser": "on",
    "is_active": "on",
    "workspace": "1",
    "workspace_id": "1",
    "user": "1",
    "memberships": "1",
}


def test_signing_up_gives_nothing_but_ones_own_firm(firm: Firm) -> None:
    form = {"firm": "Fresh", "email": "new@firm.example", "password1": PASSWORD}
    Client().post("/accounts/signup/", MORE | form | {"workspace": str(firm.workspace.pk)})

    user = User.objects.get(email="new@firm.example")
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert [member.workspace.name for member in user.memberships.all()] == ["Fresh"]


def test_joining_gives_the_role_of_the_invitation_and_no_other(firm: Firm) -> None:
    with firm.inside():
        by = Membership.objects.get(user=firm.user)
        link = invite(by=by, email="a@b.example", role=Role.VIEWER, by_mail=False, now=timezone.now()).token
    guest, newcomer = make_firm(), Client()

    guest.client.post(f"/join/{link}/", MORE)
    newcomer.get(f"/join/{link}/")
    newcomer.post(
        "/accounts/signup/", MORE | {"email": "new@firm.example", "password1": PASSWORD, "firm": "X"}
    )

    assert Membership.objects.get(user=guest.user, workspace=firm.workspace).role == Role.VIEWER
    assert not User.objects.get(email="new@firm.example").is_staff


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER, Role.VIEWER])
def test_no_form_makes_anybody_more_than_they_are(role: Role, db: None, nowhere: None) -> None:
    firm = make_firm(role=role)
    me = Membership.objects.get(user=firm.user)
    organisation = make_organisation(firm)
    kept = deepcopy(firm.client.cookies)
    for address in ADDRESSES:
        with transaction.atomic():
            firm.client.post(address.fill({"organisation_id": organisation.pk, "membership_id": me.pk}), MORE)
            after = Membership.objects.filter(pk=me.pk).first()
            user = User.objects.get(pk=firm.user.pk)
            assert after is None or after.role in (role, Role.VIEWER), address.name
            assert not user.is_staff, address.name
            assert not user.is_superuser, address.name
            transaction.set_rollback(True)
        firm.client.cookies = deepcopy(kept)


# -- Sessions and passwords ----------------------------------------------------------------


def sign_in(client: Client, email: str, password: str = PASSWORD) -> HttpResponse:
    answer: Any = client.post("/accounts/login/", {"login": email, "password": password})
    return answer  # type: ignore[no-any-return]  # Django's test response


def test_a_session_that_was_planted_is_not_signed_in(db: None) -> None:
    User.objects.create_user("mara@firm.example", PASSWORD)
    client = Client()
    client.get("/accounts/login/")
    client.post("/accounts/xero/login/")  # makes the anonymous session be stored
    planted = client.session.session_key

    sign_in(client, "mara@firm.example")

    assert "_auth_user_id" in client.session
    assert client.session.session_key != planted
    assert not client.session.__class__(planted).exists(planted or "")


def test_signing_out_ends_the_session_on_the_server(firm: Firm) -> None:
    stolen = firm.client.cookies["sessionid"].value

    firm.client.post("/accounts/logout/")

    thief = Client()
    thief.cookies["sessionid"] = stolen
    assert thief.get("/settings/").status_code == 302


def test_cookies_stay_with_our_own_pages(settings: Settings) -> None:
    assert live_settings.SESSION_COOKIE_HTTPONLY
    assert live_settings.SESSION_COOKIE_SAMESITE == "Lax"


def test_guessing_a_password_is_slowed_down_for_all_processes_at_once(db: None) -> None:
    User.objects.create_user("mara@firm.example", PASSWORD)
    tries = [sign_in(Client(), "mara@firm.example", f"guess {number}") for number in range(12)]

    assert "That was wrong too often." in read_whole(tries[-1])
    assert sign_in(Client(), "mara@firm.example").status_code != 302
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from counterfoil_cache")
        assert cursor.fetchone()[0] > 0


def test_nobody_learns_who_signs_in_here(
    db: None, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    settings.COUNTERFOIL_HAS_MAIL, settings.ACCOUNT_EMAIL_VERIFICATION = True, "mandatory"
    User.objects.create_user("known@firm.example", PASSWORD)

    def ask(path: str, **form: str) -> list[tuple[int, str, str]]:
        told = []
        for email in ("known@firm.example", "nobody@firm.example"):
            filled = {name: email if value == "?" else value for name, value in form.items()}
            answer = Client().post(path, filled)
            page = read_whole(answer).replace(email, "?")
            page = page.split("<main", 1)[-1]
            for token in Client().cookies.values():
                page = page.replace(token.value, "")
            told.append((answer.status_code, answer.headers.get("Location", ""), _without_tokens(page)))
        return told

    for known, unknown in (
        ask("/accounts/login/", login="?", password="wrong password"),
        ask("/accounts/password/reset/", email="?"),
        ask("/accounts/signup/", firm="F", email="?", password1=PASSWORD),
    ):
        assert known == unknown


def _without_tokens(page: str) -> str:
    parts = page.split('name="csrfmiddlewaretoken" value="')
    return parts[0] + "".join(part.partition('"')[2] for part in parts[1:])


# -- Secrets -------------------------------------------------------------------------------

# What admins and members see lies between what the other two see.
ROLES = [
    Role.OWNER,
    Role.VIEWER,
    *(pytest.param(role, marks=pytest.mark.slow) for role in (Role.ADMIN, Role.MEMBER)),
]


@pytest.fixture
def planted(db: None, settings: Settings) -> tuple[Firm, list[str]]:
    """A firm with a secret of every kind, and the secrets."""
    settings.XERO_CLIENT_SECRET, settings.XERO_WEBHOOK_KEY = "planted-env-secret", "planted-env-key"
    settings.XERO_CLIENT_ID = "shown"
    firm = make_firm()
    organisation = make_organisation(firm)
    make_invoice(firm, organisation, contact_id="of-the-invoice")
    with firm.inside():
        Grant.objects.update(access_token="planted-access", refresh_token="planted-refresh")
        XeroApp.objects.create(
            workspace=firm.workspace,
            client_id="shown-too",
            client_secret="planted-app-secret",
            webhook_key="planted-webhook-key",
            saved_by="Mara",
            saved_at=NOW,
        )
        by = Membership.objects.get(user=firm.user)
        invited = invite(by=by, email="a@b.example", role=Role.MEMBER, by_mail=False, now=timezone.now())
        digest = Invitation.objects.get().digest
        with connection.cursor() as cursor:
            cursor.execute("select access_token, refresh_token from mirror_grant")
            encrypted = list(cursor.fetchone())
    firm.user.set_password("planted-password")
    firm.user.save()
    firm.client.force_login(firm.user)
    kept = encrypt("planted-totp-secret")
    Authenticator.objects.create(user=firm.user, type=Authenticator.Type.TOTP, data={"secret": kept})
    SocialAccount.objects.create(user=firm.user, provider="xero", uid="planted-xero-id")
    secrets = [
        "planted-",
        invited.token.partition("-")[2],
        digest,
        firm.user.password,
        kept,
        live_settings.SECRET_KEY,
        *live_settings.COUNTERFOIL_ENCRYPTION_KEYS,
        *encrypted,
    ]
    return firm, secrets


@pytest.fixture
def everything_logged() -> Iterator[list[str]]:
    """What is logged during the test, by anybody, as text."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.getMessage()} {record.args} {record.exc_text} {vars(record)}")

    handler, root = Keep(level=logging.INFO), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize("role", ROLES)
def test_no_page_and_no_log_holds_a_secret(
    role: Role,
    planted: tuple[Firm, list[str]],
    everything_logged: list[str],
    nowhere: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    firm, secrets = planted
    add_person(firm.workspace)
    Membership.objects.filter(user=firm.user).update(role=role)
    with firm.inside():
        organisation_id = Connection.objects.get().organisation_id
        grant_id = Grant.objects.get().pk
    kept = deepcopy(firm.client.cookies)
    for address in ADDRESSES:
        path = address.fill({"organisation_id": organisation_id, "grant_id": grant_id})
        for method in ("get", "post"):
            with transaction.atomic():
                answer: Any = getattr(firm.client, method)(path)
                body, headers = read_whole(answer), str(answer.headers) + str(answer.cookies)
                transaction.set_rollback(True)
            firm.client.cookies = deepcopy(kept)
            found = [secret for secret in secrets if secret in body or secret in headers]
            assert not found, f"{method} {path} holds {found}"
    printed = capsys.readouterr()
    said = "\n".join([*everything_logged, printed.out, printed.err])
    assert [secret for secret in secrets if secret in said] == []
