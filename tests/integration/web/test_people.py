"""The page of the people, invitations followed by new and known people, and several firms."""

import re
from typing import Any

from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from counterfoil.features.workspaces.models import Invitation, Membership, User
from counterfoil.features.workspaces.permissions import Role
from counterfoil.mirror.models import Workspace
from tests.integration.web.firms import Firm, add_person, make_firm, make_organisation

PASSWORD = "correct horse battery"


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def invite(firm: Firm, email: str = "guest@new.example", role: str = Role.MEMBER) -> str:
    """Invite by the page, where no mail server is set up, and return the link's path."""
    page = text_of(firm.client.post("/settings/people/invite/", {"email": email, "role": role}))
    found = re.search(r'<code id="invitation-link">http://[^/]+(/join/[^<]+)</code>', page)
    assert found, page
    return found[1]


def member_of(firm: Firm, user: User) -> Membership:
    return Membership.objects.get(user=user, workspace=firm.workspace)


def test_everybody_sees_the_people_and_only_some_see_what_can_be_done(db: None) -> None:
    owner, viewer = make_firm(), make_firm(role=Role.VIEWER)
    add_person(owner.workspace, Role.MEMBER)

    for_owner = text_of(owner.client.get("/settings/people/"))
    for_viewer = text_of(viewer.client.get("/settings/people/"))

    assert "Invite somebody" in for_owner
    assert "Hand over" in for_owner
    assert "Invite somebody" not in for_viewer
    assert "Only an Owner or Admin of your firm can invite people" in for_viewer
    assert '<form method="post" action="/settings/people/' not in for_viewer


def test_an_admin_is_not_offered_to_make_owners(db: None) -> None:
    firm = make_firm(role=Role.ADMIN)

    page = text_of(firm.client.get("/settings/people/"))

    assert '<option value="owner"' not in page
    answer = firm.client.post("/settings/people/invite/", {"email": "a@b.example", "role": "owner"})
    assert answer.status_code == 422
    assert not Invitation.objects.exists()


def test_without_a_mail_server_the_link_is_shown_once(firm: Firm) -> None:
    link = invite(firm)

    again = text_of(firm.client.get("/settings/people/"))

    assert "guest@new.example" in again
    assert link.rpartition("/join/")[2].strip("/") not in again


def test_with_a_mail_server_the_link_goes_by_letter_and_the_address_counts_as_proven(
    firm: Firm, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    settings.COUNTERFOIL_HAS_MAIL, settings.ACCOUNT_EMAIL_VERIFICATION = True, "mandatory"
    settings.COUNTERFOIL_URL = "https://books.example"

    answer = firm.client.post(
        "/settings/people/invite/", {"email": "guest@new.example", "role": "member"}, follow=True
    )

    assert "A letter with the invitation is on its way" in text_of(answer)
    [letter] = mailoutbox
    assert letter.to == ["guest@new.example"]
    found = re.search(r"https://books\.example(/join/\S+)", str(letter.body))
    assert found
    assert found[1] not in text_of(answer)
    guest = Client()
    guest.get(found[1])
    joined = guest.post("/accounts/signup/", {"email": "guest@new.example", "password1": PASSWORD})
    assert joined.headers["Location"] == "/"
    assert EmailAddress.objects.get(email="guest@new.example").verified
    assert len(mailoutbox) == 1


def test_another_address_than_the_invited_one_is_to_be_proven(
    firm: Firm, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    settings.COUNTERFOIL_HAS_MAIL, settings.ACCOUNT_EMAIL_VERIFICATION = True, "mandatory"
    firm.client.post("/settings/people/invite/", {"email": "guest@new.example", "role": "member"})
    guest = Client()
    guest.get("/join/" + str(mailoutbox[0].body).partition("/join/")[2].split()[0])

    guest.post("/accounts/signup/", {"email": "boss@big.example", "password1": PASSWORD})

    assert not EmailAddress.objects.get(email="boss@big.example").verified
    assert "_auth_user_id" not in guest.session
    assert mailoutbox[1].to == ["boss@big.example"]


def test_a_new_person_signs_up_by_the_link_and_founds_no_firm(firm: Firm) -> None:
    link, guest = invite(firm), Client()

    page = text_of(guest.get(link))
    form = text_of(guest.get("/accounts/signup/"))
    answer = guest.post("/accounts/signup/", {"email": "guest@new.example", "password1": PASSWORD})

    assert "Join Our firm" in page
    assert 'value="guest@new.example"' in form
    assert "Your firm" not in form
    assert answer.headers["Location"] == "/"
    user = User.objects.get(email="guest@new.example")
    assert member_of(firm, user).role == Role.MEMBER
    assert Workspace.objects.count() == 1


def test_a_known_person_joins_and_then_works_for_either_firm(firm: Firm) -> None:
    guest = make_firm("Guest & Co")
    make_organisation(firm, "Harbour Foods Ltd")
    link = invite(firm)

    assert guest.user.email in text_of(guest.client.get(link))
    welcome = text_of(guest.client.post(link, follow=True))
    back = text_of(guest.client.post("/firm/", {"firm": guest.workspace.pk}, follow=True))

    assert "Welcome to Our firm. You are Member there." in welcome
    assert "Harbour Foods Ltd" in welcome
    assert "Harbour Foods Ltd" not in back
    assert "Switch firm" in back


def test_a_link_that_was_used_says_so(firm: Firm) -> None:
    link, guest = invite(firm), make_firm()
    guest.client.post(link)

    answer = Client().get(link)

    assert answer.status_code == 404
    assert "This invitation no longer works" in text_of(answer)


def test_a_visitor_does_not_join_by_looking(firm: Firm) -> None:
    link, guest = invite(firm), make_firm()

    guest.client.get(link)
    Client().post(link)

    assert Membership.objects.filter(workspace=firm.workspace).count() == 1


def test_who_was_removed_sees_nothing_at_their_next_click(firm: Firm) -> None:
    guest = make_firm("Guest & Co")
    guest.client.post(invite(firm))
    organisation = make_organisation(firm)
    assert guest.client.get(f"/o/{organisation.pk}/invoices/").status_code == 200

    firm.client.post(f"/settings/people/{member_of(firm, guest.user).pk}/remove/")

    assert guest.client.get(f"/o/{organisation.pk}/invoices/").status_code == 404
    assert "Guest &amp; Co" in text_of(guest.client.get("/settings/"))


def test_who_belongs_to_no_firm_is_told(firm: Firm) -> None:
    guest = Client()
    guest.get(invite(firm))
    guest.post("/accounts/signup/", {"email": "guest@new.example", "password1": PASSWORD})

    answer = guest.post("/settings/people/leave/", follow=True)

    assert answer.status_code == 403
    assert "You belong to no firm yet" in text_of(answer)


def test_the_last_owner_is_told_why_they_cannot_leave(firm: Firm) -> None:
    page = text_of(firm.client.post("/settings/people/leave/", follow=True))

    assert "A firm always has an Owner. Make somebody else Owner first." in page


def test_roles_are_changed_and_the_firm_handed_over_by_the_page(firm: Firm) -> None:
    member = member_of(firm, add_person(firm.workspace, Role.VIEWER))

    changed = text_of(firm.client.post(f"/settings/people/{member.pk}/role/", {"role": "admin"}, follow=True))
    handed = text_of(firm.client.post(f"/settings/people/{member.pk}/hand-over/", follow=True))

    assert f"{member.user.email} is Admin now." in changed
    assert f"{member.user.email} is Owner now, and you are Admin." in handed
    assert "Handed the firm over to" in text_of(firm.client.get("/settings/audit/"))


def test_the_firm_is_renamed(firm: Firm) -> None:
    page = text_of(firm.client.post("/settings/firm/", {"name": "Fielding & Tane"}, follow=True))

    assert "The firm is called Fielding &amp; Tane now." in page


def test_the_same_few_queries_however_many_people(firm: Firm, django_assert_num_queries: Any) -> None:
    firm.client.get("/settings/people/")
    with CaptureQueriesContext(connection) as few:
        firm.client.get("/settings/people/")
    for _ in range(20):
        add_person(firm.workspace, Role.MEMBER)

    with django_assert_num_queries(len(few)):
        firm.client.get("/settings/people/")


def test_a_link_opened_by_somebody_of_the_firm_stays_good_for_whom_it_was_meant(firm: Firm) -> None:
    link, guest = invite(firm), make_firm("Guest & Co")

    page = text_of(firm.client.get(link))
    firm.client.post(link)
    theirs = text_of(guest.client.get(link))

    assert "You belong to Our firm already" in page
    assert 'type="submit">Join</button>' not in page
    assert "The invitation went to guest@new.example: join only if that is you too." in theirs
    assert 'type="submit">Join</button>' in theirs
