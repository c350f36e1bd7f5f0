"""Settings, Your data: an Owner takes everything along, and answers one person who asks what is known."""

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from django.utils import timezone

from counterfoil.features.clients.models import Client as ClientRecord
from counterfoil.features.moving.models import Takeout
from counterfoil.features.moving.waiting import write_takeout
from counterfoil.features.workspaces.models import AuditEntry
from tests.integration.web.firms import NOW, Firm, make_firm

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
MARA = "mara@tane.example"


@pytest.fixture
def firm() -> Firm:
    """A firm that knows one person."""
    made = make_firm()
    with made.inside():
        ClientRecord.objects.create(
            workspace=made.workspace, name="Mara <b>Tane</b>", email=MARA, created_at=NOW
        )
    return made


def write(firm: Firm) -> Takeout:
    """Do what a worker does."""
    with firm.inside():
        asked = Takeout.objects.get()
    write_takeout(asked.pk, workspace_id=firm.workspace.pk, now=timezone.now)
    with firm.inside():
        return Takeout.objects.get()


def read(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def list_acts(firm: Firm) -> list[str]:
    with firm.inside():
        return list(AuditEntry.objects.order_by("pk").values_list("act", flat=True))


def test_an_export_is_asked_for_waited_for_and_fetched(firm: Firm) -> None:
    firm.client.post("/settings/data/export/")
    waits = firm.client.get("/settings/data/").content.decode()
    takeout = write(firm)
    ready = firm.client.get("/settings/data/").content.decode()
    live = firm.client.get("/settings/data/live/", headers={"HX-Request": "true"})

    answer = firm.client.post(f"/settings/data/{takeout.pk}/fetch/")

    assert "The export is about to start" in waits
    assert f"{takeout.rows:,}</span> rows" in ready
    assert "Download" in ready
    assert live.headers["HX-Refresh"] == "true"
    whole = read(answer)
    assert len(whole) == takeout.size == int(answer.headers["Content-Length"])
    assert "manifest.json" in ZipFile(BytesIO(whole)).namelist()
    assert list_acts(firm)[-2:] == ["firm.taken_out", "firm.export_fetched"]


def test_an_export_can_be_deleted_before_its_days_are_over(firm: Firm) -> None:
    firm.client.post("/settings/data/export/")
    takeout = write(firm)

    firm.client.post(f"/settings/data/{takeout.pk}/delete/")

    assert firm.client.post(f"/settings/data/{takeout.pk}/fetch/").status_code == 404
    assert list_acts(firm)[-1] == "firm.export_dropped"


@pytest.mark.parametrize("path", ["export/", "1/fetch/", "person/hand-over/", "person/erase/"])
def test_who_has_a_password_gives_it_again_before_anything_leaves(firm: Firm, path: str) -> None:
    firm.user.set_password(PASSWORD)
    firm.user.save()
    browser = Client()
    browser.force_login(firm.user)

    answer = browser.post(f"/settings/data/{path}", {"about": MARA, "typed": "erase"})

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    with firm.inside():
        assert not Takeout.objects.exists()
        assert ClientRecord.objects.get().email == MARA


def test_what_was_asked_for_is_done_once_the_password_was_given(firm: Firm) -> None:
    firm.user.set_password(PASSWORD)
    firm.user.save()
    browser = Client()
    browser.force_login(firm.user)
    asked = browser.post("/settings/data/person/hand-over/", {"about": MARA})

    answer = browser.post(asked.headers["Location"], {"password": PASSWORD})

    assert ZipFile(BytesIO(read(answer))).namelist() == ["read-me.html", "data.json"]


def test_a_person_is_shown_before_anything_happens(firm: Firm) -> None:
    page = firm.client.post("/settings/data/person/", {"about": MARA}).content.decode()

    assert "Mara &lt;b&gt;Tane&lt;/b&gt;" in page
    assert "Nothing in Xero changes" in page
    with firm.inside():
        assert ClientRecord.objects.get().email == MARA


def test_a_person_is_erased_once_it_was_typed(firm: Firm) -> None:
    wrong = firm.client.post("/settings/data/person/erase/", {"about": MARA, "typed": "yes"})
    with firm.inside():
        assert ClientRecord.objects.get().email == MARA

    right = firm.client.post("/settings/data/person/erase/", {"about": MARA, "typed": "Erase"})

    assert (wrong.status_code, right.status_code) == (422, 302)
    with firm.inside():
        assert ClientRecord.objects.get().email == ""
    assert list_acts(firm)[-1] == "person.erased"


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ("", "Say whom it is about."),
        ("x", "too short to name one person"),
        ("no@body.example", "Nothing is known"),
    ],
)
def test_who_is_not_known_is_said_on_the_page(firm: Firm, about: str, said: str) -> None:
    answer = firm.client.post("/settings/data/person/", {"about": about})

    assert answer.status_code == 422
    assert said in answer.content.decode()
