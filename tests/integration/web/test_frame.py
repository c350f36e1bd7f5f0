"""The frame: signing up and in, errors, health, the policy, and firms kept apart on every page."""

import re

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_resolver
from pytest_django.fixtures import Settings

from counterfoil.features.workspaces.models import Membership, User
from counterfoil.web.middleware import DemoSignInMiddleware
from tests.integration.web.firms import Firm, make_contact, make_firm, make_invoice, make_organisation

PAGES = [
    "/",
    "/invoices/",
    "/contacts/",
    "/activity/sync/",
    "/activity/proof/",
    "/settings/",
    "/settings/integrations/",
]
# Every page of an organisation, with something in the place of what else its address names.
OF_ORGANISATION = [
    re.sub(r"<(?!int:organisation_id)[^>]*>", "1", str(pattern.pattern))
    for pattern in get_resolver("counterfoil.web.urls").url_patterns
    if "organisation_id" in str(pattern.pattern)
]


def test_signing_up_makes_a_firm_and_its_owner(db: None) -> None:
    client = Client()

    answer = client.post(
        "/accounts/signup/",
        {"firm": "Fresh Firm", "email": "new@firm.example", "password1": "correct horse battery"},
    )

    assert answer.headers["Location"] == "/"
    membership = Membership.objects.get(user__email="new@firm.example")
    assert (membership.workspace.name, membership.role) == ("Fresh Firm", Membership.Role.OWNER)
    assert "Fresh Firm" in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"firm": ""}, "This field is required"),
        ({"email": "not an address"}, "Enter a valid email address"),
        ({"password1": "short"}, "too short"),
        ({"password1": "password123"}, "too common"),
    ],
)
def test_signing_up_says_what_is_wrong_beside_the_field(db: None, wrong: dict[str, str], says: str) -> None:
    form = {"firm": "Firm", "email": "new@firm.example", "password1": "correct horse battery"} | wrong

    answer = Client().post("/accounts/signup/", form)

    assert answer.status_code == 200
    page = answer.content.decode()
    assert says in page
    assert 'aria-invalid="true"' in page
    assert not User.objects.exists()


def test_a_page_speaks_one_language_whatever_the_browser_prefers(db: None) -> None:
    answer = Client(headers={"Accept-Language": "de-DE,de"}).post("/accounts/signup/", {})

    assert "This field is required." in answer.content.decode()


def test_signing_in_with_a_wrong_password_says_so(db: None) -> None:
    User.objects.create_user("known@firm.example", "correct horse battery")

    answer = Client().post("/accounts/login/", {"login": "known@firm.example", "password": "wrong"})

    assert answer.status_code == 200
    assert "The address and the password do not belong together." in answer.content.decode()


def test_signing_out_ends_at_the_sign_in_page(firm: Firm) -> None:
    answer = firm.client.post("/accounts/logout/")

    assert answer.headers["Location"] == "/accounts/login/"
    assert firm.client.get("/").status_code == 302


@pytest.mark.parametrize("path", [*PAGES, "/connect/", "/connect/choose/1/", "/o/1/", "/o/1/remove/"])
def test_a_stranger_is_sent_to_sign_in_from_every_page(db: None, path: str) -> None:
    answer = Client().get(path)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/?next=")


def test_nothing_of_another_firm_is_on_any_page(firm: Firm) -> None:
    theirs = make_firm("Their firm")
    secret = make_organisation(theirs, "Secret Organisation")
    make_invoice(theirs, secret, number="SECRET-1", contact_name="Secret Contact")
    make_contact(theirs, secret, name="Secret Contact")
    ours = make_organisation(firm, "Our Organisation")
    make_invoice(firm, ours)
    searches = ["/invoices/?q=CRET-1", "/contacts/?q=Cont", "/contacts/?show=all", "/invoices/?status=open"]

    pages = [firm.client.get(path).content.decode() for path in [*PAGES, *searches]]

    assert [page for page in pages if "Secret" in page or "SECRET" in page] == []


@pytest.mark.parametrize("path", OF_ORGANISATION)
def test_an_organisation_of_another_firm_does_not_exist(firm: Firm, path: str) -> None:
    secret = make_organisation(make_firm("Their firm"), "Secret Organisation")
    address = "/" + path.replace("<int:organisation_id>", str(secret.pk))

    answers = [firm.client.get(address), firm.client.post(address)]

    # Some pages only read and some only act; the others are refused before anything is looked up.
    assert {answer.status_code for answer in answers} <= {404, 405}
    assert 404 in {answer.status_code for answer in answers}


def test_a_consent_of_another_firm_cannot_be_chosen_from(firm: Firm) -> None:
    theirs = make_firm("Their firm")
    organisation = make_organisation(theirs)

    answer = firm.client.get(f"/connect/choose/{organisation.connection.grant_id}/")

    assert answer.status_code == 400
    assert "This answer is not for this sign-in" in answer.content.decode()


def test_a_signed_in_person_without_a_firm_is_told(db: None) -> None:
    client = Client()
    client.force_login(User.objects.create_user("nobody@firm.example"))

    answer = client.get("/")

    assert answer.status_code == 403
    assert "You belong to no firm yet" in answer.content.decode()


def test_a_page_that_does_not_exist_is_friendly(firm: Firm) -> None:
    answer = firm.client.get("/nothing-here/")

    assert answer.status_code == 404
    assert "This page does not exist" in answer.content.decode()


def test_a_page_that_breaks_is_friendly_and_undone(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    def rename_and_break(*_args: object, **_more: object) -> None:
        firm.workspace.name = "Half done"
        firm.workspace.save()
        raise RuntimeError("the test breaks the page")

    organisation = make_organisation(firm)
    monkeypatch.setattr("counterfoil.web.views.dashboard.sync_now", rename_and_break)
    firm.client.raise_request_exception = False

    answer = firm.client.post(f"/o/{organisation.pk}/sync-now/")

    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()
    firm.workspace.refresh_from_db()
    assert firm.workspace.name == "Our firm"


def test_a_stale_form_is_friendly(firm: Firm) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(firm.user)

    answer = strict.post("/connect/")

    assert answer.status_code == 403
    assert "The form had gone stale" in answer.content.decode()


def test_the_process_and_its_readiness_can_be_asked(db: None) -> None:
    client = Client()

    assert client.get("/healthz").content == b"ok\n"
    assert client.get("/readyz").json() == {"ready": True, "database": "ok", "migrations_waiting": 0}


def test_a_page_runs_nothing_that_does_not_come_from_here(firm: Firm, settings: Settings) -> None:
    answer = firm.client.get("/")

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    page = answer.content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page


def test_the_menu_unfolds_where_one_is(firm: Firm) -> None:
    pages = {path: firm.client.get(path).content.decode() for path in ("/", "/activity/sync/", "/reminders/")}

    # Once beside the page, once in the sheet of a narrow screen.
    unfolded = {path: re.findall(r'data-fold="(\w+)" open', page) for path, page in pages.items()}
    assert unfolded == {
        "/": [],
        "/activity/sync/": ["Activity", "Activity"],
        "/reminders/": ["Reminders", "Reminders"],
    }


def test_every_letter_that_goes_somewhere_is_told(firm: Firm) -> None:
    page = firm.client.get("/").content.decode()

    going = set(re.findall(r'data-goes="(\w)"', page))
    told = set(re.findall(r"<kbd>g</kbd> <kbd>(\w)</kbd>", page))
    assert going == told == set("dicus")


def test_the_style_guide_shows_the_components(db: None) -> None:
    page = Client().get("/styleguide/").content.decode()

    for word in ("Buttons", "Awaiting approval", "Needs attention", "Tick the box"):
        assert word in page


def test_operators_have_their_own_door(db: None) -> None:
    operator = User.objects.create_superuser("operator@firm.example", "correct horse battery")
    client = Client()
    client.force_login(operator)

    assert "operator@firm.example" in client.get("/backstage/workspaces/user/").content.decode()


def test_the_demo_signs_its_visitor_in(db: None, settings: Settings) -> None:
    settings.COUNTERFOIL_DEMO = True

    page = Client().get("/").content.decode()

    assert "Demo: data from the stand-in Xero" in page
    assert "Demo firm" in page
    assert User.objects.get().email == "demo@counterfoil.example"


def test_outside_the_demo_nobody_is_signed_in_by_themselves(settings: Settings) -> None:
    settings.COUNTERFOIL_DEMO = False

    with pytest.raises(MiddlewareNotUsed):
        DemoSignInMiddleware(lambda _request: HttpResponse())
    assert RequestFactory().get("/").path == "/"


def test_a_forgotten_password_is_replaced_by_a_link(db: None, mailoutbox: list[EmailMessage]) -> None:
    User.objects.create_user("known@firm.example", "correct horse battery")
    client = Client()

    asked = client.post("/accounts/password/reset/", {"email": "known@firm.example"}, follow=True)
    link = next(word for word in mailoutbox[0].body.split() if word.startswith("http"))
    form = client.get(link.replace("http://testserver", ""), follow=True)
    path = form.redirect_chain[-1][0]
    done = client.post(
        path, {"password1": "a new and long one", "password2": "a new and long one"}, follow=True
    )

    assert "Ask for the link" in asked.content.decode()
    assert "Choose a new password" in form.content.decode()
    assert "Your password is changed" in done.content.decode()
    assert client.login(
        username="known@firm.example", email="known@firm.example", password="a new and long one"
    )
