"""Reading kinds of record again, from the page (issue 4, item 8; PAIN 19)."""

import pytest
from django.utils import timezone

from counterfoil.features.connections.rereading import apply_resync, preview_resync
from counterfoil.features.workspaces.models import AuditEntry, Membership
from counterfoil.mirror.models import Contact, Organisation, Resync, Run
from counterfoil.sync.engine import sync_organisation
from tests.integration.web.conftest import Xero
from tests.integration.web.firms import Firm, make_firm, make_organisation
from tests.integration.web.test_connecting import connect


@pytest.fixture
def firm(transactional_db: None) -> Firm:
    """A firm whose rows the threads of a reading can see."""
    return make_firm()


@pytest.fixture
def organisation(firm: Firm, xero: Xero) -> Organisation:
    """An organisation with a whole copy."""
    connected = connect(firm, xero)
    sync_organisation(connected.pk, kind=Run.Kind.FULL, reason="test", now=timezone.now)
    return connected


def text_of(firm: Firm) -> str:
    answer = firm.client.get("/activity/proof/read-again/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def latest(firm: Firm) -> Resync:
    with firm.inside():
        return Resync.objects.latest("asked_at")


def press_preview(firm: Firm, organisation: Organisation, *streams: str) -> Resync:
    """Choose and press, and do what the worker does."""
    firm.client.post(f"/o/{organisation.pk}/read-again/", {"stream": list(streams)})
    wish = latest(firm)
    preview_resync(resync_id=wish.pk)
    return latest(firm)


def damage(firm: Firm) -> Contact:
    with firm.inside():
        contact = Contact.objects.earliest("name")
        Contact.objects.filter(xero_id=contact.xero_id).update(name="Somebody else")
    return contact


def test_the_page_shows_what_each_kind_costs_before(firm: Firm, organisation: Organisation) -> None:
    page = text_of(firm)

    assert 'value="Invoices"' in page
    assert 'value="Reports/TrialBalance"' not in page
    assert "Preview what would change" in page


def test_a_preview_goes_on_in_the_background_and_is_then_applied(
    firm: Firm, organisation: Organisation
) -> None:
    contact = damage(firm)
    firm.client.post(f"/o/{organisation.pk}/read-again/", {"stream": ["Contacts"]})
    during = text_of(firm)
    wish = press_preview(firm, organisation, "Contacts")
    shown = text_of(firm)

    firm.client.post(f"/o/{organisation.pk}/apply-reading/", {"plan": wish.pk, "act": "apply"})
    apply_resync(resync_id=wish.pk, agreed=False, applied_by=firm.user.email)

    with firm.inside():
        kept = Contact.objects.get(xero_id=contact.xero_id)
        entry = AuditEntry.objects.get(act="copy.read_again")
    assert "The reading is about to start" in during
    assert "What would change" in shown
    assert "1 not as Xero sent them" in shown
    assert f"Name: Somebody else → {contact.name}" in shown
    assert (kept.name, latest(firm).state) == (contact.name, "applied")
    assert "What was changed" in text_of(firm)
    assert entry.what.startswith(f"{organisation.name}: Contacts. ")


def test_a_plan_can_be_let_go(firm: Firm, organisation: Organisation) -> None:
    damage(firm)
    wish = press_preview(firm, organisation, "Contacts")

    firm.client.post(f"/o/{organisation.pk}/apply-reading/", {"plan": wish.pk, "act": "drop"})

    with firm.inside():
        assert Contact.objects.filter(name="Somebody else").exists()
    assert latest(firm).state == "dropped"


def test_a_surprising_plan_asks_for_a_second_yes(firm: Firm, organisation: Organisation) -> None:
    with firm.inside():
        for number in range(6):
            extra = Contact.objects.earliest("xero_id")
            extra.xero_id = f"ffffffff-0000-0000-0000-{number:012}"
            extra.save(force_insert=True)
    wish = press_preview(firm, organisation, "Contacts")
    page = text_of(firm)

    refused = firm.client.post(
        f"/o/{organisation.pk}/apply-reading/", {"plan": wish.pk, "act": "apply"}, follow=True
    )

    assert "I looked in Xero, and that is so." in page
    assert "Look in Xero whether that is so before you agree." in refused.content.decode()
    assert latest(firm).state == "ready"


def test_what_somebody_else_read_since_is_not_applied(firm: Firm, organisation: Organisation) -> None:
    old = press_preview(firm, organisation, "Contacts")
    press_preview(firm, organisation, "Items")

    answer = firm.client.post(
        f"/o/{organisation.pk}/apply-reading/", {"plan": old.pk, "act": "apply"}, follow=True
    )

    assert "This preview is too old to be applied" in answer.content.decode()


@pytest.mark.parametrize("role", [Membership.Role.MEMBER, Membership.Role.VIEWER])
def test_only_owners_and_admins_read_again(transactional_db: None, role: str) -> None:
    firm = make_firm(role=role)
    organisation = make_organisation(firm)

    answers = [
        firm.client.get("/activity/proof/read-again/"),
        firm.client.post(f"/o/{organisation.pk}/read-again/", {"stream": ["Items"]}),
        firm.client.post(f"/o/{organisation.pk}/apply-reading/", {"plan": 1, "act": "apply"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert "Read again" not in firm.client.get("/activity/proof/").content.decode()
