"""The pages about contact fields in two ways: what differs, who decides, and switching it on (K16)."""

from html import unescape

import pytest
from django.test.client import Client as Browser

from counterfoil.features.clients.models import Link
from counterfoil.features.two_way.acting import compare_organisation
from counterfoil.features.two_way.deciding import sign
from counterfoil.features.two_way.models import Difference, FieldsChoice
from counterfoil.features.workspaces.permissions import Role
from counterfoil.mirror.models import Organisation
from tests.integration.sync.outbox.wishing import make_two_way
from tests.integration.two_way.linked import (
    OURS,
    STREET,
    THEIRS,
    compare,
    edit_there,
    go_both_ways,
    link_client,
    link_in_conflict,
    list_operations,
    reload,
)
from tests.integration.web.firms import NOW, Firm, make_firm


@pytest.fixture
def organisation(firm: Firm) -> Organisation:
    return make_two_way(firm)


@pytest.fixture
def link(firm: Firm, organisation: Organisation) -> Link:
    """A client whose e-mail address was changed on both sides."""
    return link_in_conflict(firm, organisation)


def text_of(answer: object) -> str:
    return unescape(" ".join(answer.content.decode().split()))  # type: ignore[attr-defined]  # Django's test response


def read(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return text_of(answer)


def choose(firm: Firm, organisation: Organisation, act: str, **more: str) -> str:
    with firm.inside():
        asked = Difference.objects.filter(decided_at=None).first()
    form = {"difference": str(asked.pk), "seen": sign(asked)} if asked else {}
    answer = firm.client.post(
        f"/o/{organisation.pk}/conflicts/decide/", form | {"act": act} | more, follow=True
    )
    return text_of(answer)


def test_a_conflict_shows_what_both_had_and_what_each_has(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    page = read(firm.client, "/activity/conflicts/")

    assert "Changed on both sides" in page
    for title, value in (("Both had", "office@kowhai.example"), ("Ours", OURS), ("Xero’s", THEIRS)):
        assert f'<dt>{title}</dt><dd><bdi class="value">{value}</bdi>' in page
    assert "E-mail address" in page


def test_the_menu_counts_what_waits_on_every_page(firm: Firm, organisation: Organisation, link: Link) -> None:
    waiting = 'title="1 waits for a decision">1</span>'

    assert waiting in read(firm.client, "/clients/")
    choose(firm, organisation, "theirs")
    assert waiting not in read(firm.client, "/clients/")


def test_a_decision_says_what_follows_and_is_taken_back(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    kept = choose(firm, organisation, "ours")
    listed = read(firm.client, f"/o/{organisation.pk}/activity/conflicts/?show=sending")
    decided = read(firm.client, f"/o/{organisation.pk}/activity/conflicts/?show=decided")
    back = choose(firm, organisation, "undo")

    assert "E-mail address: ours is kept, and is on its way to Xero." in kept
    assert "Waiting for approval" in listed
    assert OURS in listed
    assert 'class="chosen"><dt>Ours</dt>' in decided
    assert "Taken back: E-mail address." in back
    assert "Changed on both sides" in back


def test_a_value_that_does_not_fit_is_refused_in_words(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    said = choose(firm, organisation, "edited", value="no address")

    assert "Enter a valid email address. Nothing was changed." in said
    assert reload(firm, link).email == OURS


def test_what_was_not_seen_is_not_decided(firm: Firm, organisation: Organisation, link: Link) -> None:
    said = choose(firm, organisation, "ours", seen="another")

    assert "since you looked" in said
    assert list_operations(firm) == []


def test_one_kind_of_field_is_decided_for_all(firm: Firm, organisation: Organisation) -> None:
    links = [link_client(firm, organisation, email=f"ours{number}@x.example") for number in range(3)]
    go_both_ways(firm, organisation)
    page = firm.client.get(f"/o/{organisation.pk}/activity/conflicts/?field=email")
    form = {"field": "email", "read_at": page.context["read_at"], "act": "all-theirs"}

    said = text_of(firm.client.post(f"/o/{organisation.pk}/conflicts/decide/", form, follow=True))

    assert "Xero’s for all 3" in text_of(page)
    assert "E-mail address of 3: Xero’s is taken over." in said
    assert {reload(firm, each).email for each in links} == {"office@kowhai.example"}


def test_a_client_shows_its_own_differences(firm: Firm, organisation: Organisation, link: Link) -> None:
    page = read(firm.client, f"/clients/{link.client_id}/")

    assert "Here and in Xero" in page
    assert THEIRS in page


def test_a_viewer_looks_and_decides_nothing(firm: Firm, organisation: Organisation, link: Link) -> None:
    viewer = make_firm(role=Role.VIEWER)
    own = make_two_way(viewer)
    made = link_client(viewer, own, email=OURS)
    go_both_ways(viewer, own)

    page = read(viewer.client, f"/o/{own.pk}/activity/conflicts/")

    assert OURS in page
    assert "Keep ours" not in page
    assert made.client_id


def test_switching_on_shows_what_differs_and_overwrites_nothing(
    firm: Firm, organisation: Organisation
) -> None:
    made = link_client(firm, organisation, email=OURS)
    page = read(firm.client, f"/o/{organisation.pk}/settings/contact-fields/")

    firm.client.post(f"/o/{organisation.pk}/contact-fields/switch/", {"act": "on", "at_first": "ask"})
    compare_organisation(organisation, now=NOW)

    assert "1 field differs now. Which side?" in page
    assert OURS in page
    assert reload(firm, made).email == OURS
    assert "Different from the start" in read(firm.client, f"/o/{organisation.pk}/activity/conflicts/")
    assert "Both ways" in read(firm.client, f"/o/{organisation.pk}/settings/integrations/")


def test_a_stopped_plan_says_so_and_is_agreed_to(firm: Firm, organisation: Organisation) -> None:
    links = [
        link_client(firm, organisation, theirs={"name": f"Client {number}", "email": f"c{number}@x.example"})
        for number in range(5)
    ]
    go_both_ways(firm, organisation)
    for each in links:
        edit_there(firm, each, email="")
    compare(organisation)
    path = f"/o/{organisation.pk}/settings/contact-fields/"
    stopped = firm.client.get(path)

    form = {"act": "agree", "plan": stopped.context["preview"].fingerprint}
    said = text_of(firm.client.post(f"/o/{organisation.pk}/contact-fields/switch/", form, follow=True))

    assert "5 of the 5 linked contacts would lose" in text_of(stopped)
    assert "Done: 5 changed." in said
    assert {reload(firm, each).email for each in links} == {""}


def test_switched_off_the_page_offers_to_look_again(
    firm: Firm, organisation: Organisation, link: Link
) -> None:
    firm.client.post(f"/o/{organisation.pk}/contact-fields/switch/", {"act": "off"})

    with firm.inside():
        assert not FieldsChoice.objects.get().is_on
    assert "Each side goes its own way" in read(firm.client, f"/o/{organisation.pk}/activity/conflicts/")


def test_an_edit_form_that_was_open_meanwhile_writes_only_what_was_changed(
    firm: Firm, organisation: Organisation
) -> None:
    made = link_client(firm, organisation, raw={"Addresses": [STREET]})
    go_both_ways(firm, organisation)
    path = f"/clients/{made.client_id}/edit/"
    shown = firm.client.get(path).context["form"]
    form = {field.html_name: field.value() or "" for field in shown}
    form |= {
        field.html_initial_name: field.value() or "" for field in shown if field.field.show_hidden_initial
    }
    edit_there(firm, made, email=THEIRS)
    compare(organisation)

    firm.client.post(path, form | {"street.line_1": "2 Quay", "tags": ""})

    client = reload(firm, made)
    with firm.inside():
        [address] = client.addresses.all()
    assert client.email == THEIRS
    assert (address.line_1, address.city) == ("2 Quay", "Leith")


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_often_for_one_row_as_for_many(
    firm: Firm, organisation: Organisation, count: int, django_assert_num_queries: object
) -> None:
    for number in range(count):
        link_client(firm, organisation, email=f"ours{number}@x.example")
    go_both_ways(firm, organisation)
    path = f"/o/{organisation.pk}/activity/conflicts/"
    firm.client.get(path)

    with django_assert_num_queries(18):  # type: ignore[operator]  # pytest-django's fixture has no type
        firm.client.get(path)
