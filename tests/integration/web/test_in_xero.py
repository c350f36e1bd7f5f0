"""What only Xero has of a document is fetched when a person asks, or it is said in plain words why not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from counterfoil.features.workspaces.permissions import Role
from counterfoil.mirror.models import Attachment, Connection, Grant, Invoice, Organisation, Usage
from counterfoil.sync import asking, extras
from tests.factories.sandbox import WRITE_SCOPES
from tests.integration.web.conftest import CALLBACK, OURS, Xero
from tests.integration.web.firms import Firm, add_person, make_firm, make_invoice, make_organisation
from tests.integration.web.test_connecting import connect

HTMX = {"HX-Request": "true"}
GONE, NEVER = (f"00000000-0000-0000-0000-00000000000{number}" for number in (8, 9))


@dataclass
class Case:
    """An approved invoice in Xero with two files and a note, and its copy."""

    firm: Firm
    xero: Xero
    organisation: Organisation
    invoice: Invoice
    files: dict[str, bytes]

    def path(self, rest: str = "") -> str:
        return f"/o/{self.organisation.pk}/in-xero/Invoices/{self.invoice.xero_id}/{rest}"

    def ask(self, about: str, client: Client | None = None) -> str:
        answer = (client or self.firm.client).post(self.path(), {"about": about}, headers=HTMX)
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    def find_file(self, name: str) -> Attachment:
        with self.firm.inside():
            return Attachment.objects.get(file_name=name)


@pytest.fixture
def firm(transactional_db: None) -> Firm:
    """A firm whose rows other connections see."""
    return make_firm()


@pytest.fixture
def case(firm: Firm, xero: Xero, monkeypatch: pytest.MonkeyPatch) -> Case:
    """The invoice; a pause between tries takes no time."""
    return make_case(firm, xero, monkeypatch)


def make_case(firm: Firm, xero: Xero, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setattr("counterfoil.xero.client._FIRST_PAUSE_S", 0.001)
    tenant = xero.running.tenant_id()
    made = xero.running.act(tenant, "invoices", Type="ACCREC", Status="AUTHORISED", Name="Kōwhai", Amount=50)
    token = xero.running.tokens(tenant, scope=WRITE_SCOPES, redirect_uri=OURS + CALLBACK)["access_token"]
    headers = {"Authorization": f"Bearer {token}", "xero-tenant-id": tenant}
    files = {"plan – ground floor.pdf": b"%PDF-1.4 plan", "page.html": b"<html><script>alert(1)</script>"}
    below = f"/api.xro/2.0/Invoices/{made['InvoiceID']}"
    for name, content in files.items():
        kind = {"Content-Type": "text/html" if name.endswith("html") else "application/pdf"}
        put = xero.running.client.put(f"{below}/Attachments/{name}", content=content, headers=headers | kind)
        put.raise_for_status()
    note = {"HistoryRecords": [{"Details": "Rang about the <b>second</b> line"}]}
    xero.running.client.put(f"{below}/History", json=note, headers=headers).raise_for_status()
    organisation = connect(firm, xero)
    invoice = make_invoice(firm, organisation, xero_id=made["InvoiceID"], number="INV/0042")
    return Case(firm, xero, organisation, invoice, files)


def read(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_files_are_listed_and_handed_on_to_be_saved(case: Case) -> None:
    listed = case.ask("files")
    answers = {
        name: case.firm.client.get(case.path(f"files/{case.find_file(name).xero_id}/")) for name in case.files
    }

    assert "plan – ground floor.pdf" in listed
    assert "Read from Xero at" in listed
    assert {name: read(answer) for name, answer in answers.items()} == case.files
    # A page from elsewhere must be saved, not run as ours.
    page = answers["page.html"].headers
    assert page["Content-Type"] == "application/octet-stream"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Content-Disposition"] == 'attachment; filename="page.html"'
    assert answers["plan – ground floor.pdf"].headers["Content-Disposition"].startswith("attachment; ")
    with case.firm.inside():
        # Only the list is kept; each of the three calls was counted.
        assert Attachment.objects.count() == 2
        assert list(Usage.objects.values_list("stream", "reason", "calls")) == [
            ("Attachments", "asked for", 3)
        ]


def test_history_and_notes_are_shown_in_xeros_words_and_nothing_of_them_runs(case: Case) -> None:
    told = case.ask("notes")

    assert "Rang about the &lt;b&gt;second&lt;/b&gt; line" in told
    assert "Attached a file" in told
    assert told.index("Rang about") < told.index("Attached a file")  # the newest first
    assert "Read from Xero at" in told


def test_the_pdf_is_named_for_the_document(case: Case) -> None:
    answer = case.firm.client.get(case.path("pdf/"))

    assert read(answer).startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="INV-0042.pdf"'


def test_an_approved_invoice_has_an_online_address_and_a_draft_is_not_asked_about(case: Case) -> None:
    approved = case.ask("online")
    page = f"/o/{case.organisation.pk}/records/Invoices/{case.invoice.xero_id}/"
    offered = case.firm.client.get(page).content.decode()
    with case.firm.inside():
        Invoice.objects.update(status="DRAFT")
    case.xero.running.reset_stats()

    draft = case.ask("online")

    assert f"{case.xero.running.url}/online/{case.invoice.xero_id}" in approved
    assert "Show the online address" in offered
    assert "Only an approved sales invoice has an online address." in draft
    assert "Show the online address" not in case.firm.client.get(page).content.decode()
    assert case.xero.running.stats()["api_answers"] == 0


def test_without_scripts_the_answer_is_a_page_with_a_way_back(case: Case) -> None:
    page = case.firm.client.post(case.path(), {"about": "notes"}).content.decode()

    assert "<h1>INV/0042 in Xero</h1>" in page
    assert f"/o/{case.organisation.pk}/records/Invoices/{case.invoice.xero_id}/" in page


Happening = Callable[[Case, Settings], None]


def deleted_in_xero(case: Case, settings: Settings) -> None:
    with case.firm.inside():
        Invoice.objects.update(xero_id=GONE)
    case.invoice.xero_id = GONE


def disconnected_here(case: Case, settings: Settings) -> None:
    with case.firm.inside():
        Connection.objects.update(state="lost", lost_because="Access was withdrawn. Press “Reconnect Xero”.")


def disconnected_in_xero(case: Case, settings: Settings) -> None:
    case.xero.running.disconnect(case.organisation.tenant_id)


def revoked(case: Case, settings: Settings) -> None:
    with case.firm.inside():
        grant = Grant.objects.get()
        grant.expires_at, grant.refresh_token = timezone.now() - timedelta(minutes=1), "withdrawn"
        grant.save()


def permission_missing(case: Case, settings: Settings) -> None:
    case.xero.fail("scope_removed", count=9)


def day_spent(case: Case, settings: Settings) -> None:
    case.xero.fail("day", retry_after_s=7200, count=9)


def minute_spent(case: Case, settings: Settings) -> None:
    case.xero.fail("minute", retry_after_s=50, count=9)


def faulty(case: Case, settings: Settings) -> None:
    case.xero.fail("500", count=9)


def away(case: Case, settings: Settings) -> None:
    settings.XERO_API_URL = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("happen", "said", "next_step", "status"),
    [
        (deleted_in_xero, "Xero no longer has this.", "“Sync now”", 404),
        (disconnected_here, "Access was withdrawn.", "What was read before is kept", 503),
        (disconnected_in_xero, "no longer gives access to this organisation", "“Reconnect Xero”", 503),
        (revoked, "no longer accepts the permission", "“Reconnect Xero”", 503),
        (permission_missing, "does not cover this kind of record", "“Reconnect Xero”", 503),
        (day_spent, "calls for today are used up", "Try again in 2 hours", 503),
        (minute_spent, "calls for this minute are used up", "Try again shortly", 503),
        (faulty, "Xero has a fault of its own (status 500)", "Try again in a minute", 503),
        (away, "Xero did not answer", "Try again in a minute", 503),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_trouble_is_told_in_words_with_what_to_do(
    case: Case, settings: Settings, monkeypatch: pytest.MonkeyPatch,
    happen: Happening, said: str, next_step: str, status: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(asking, "PATIENCE_S", 0.8)
    monkeypatch.setattr(extras, "_FILE_PATIENCE_S", 0.8)
    happen(case, settings)

    told = case.ask("notes")
    answer = case.firm.client.get(case.path("pdf/"))

    page = " ".join(answer.content.decode().split())
    assert answer.status_code == status
    for answered in (told, page):
        assert said in answered
        assert next_step in answered


def test_a_file_that_was_removed_in_xero_or_is_too_large_is_told(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.ask("files")
    path = case.path(f"files/{case.find_file('page.html').xero_id}/")
    monkeypatch.setattr(extras, "LARGEST_FILE", 20)

    listed_larger = case.firm.client.get(path)
    with case.firm.inside():
        Attachment.objects.update(content_length=1)  # and Xero's list may say anything
    sent_larger = case.firm.client.get(path)
    unknown = case.firm.client.get(case.path(f"files/{NEVER}/"))
    with case.firm.inside():
        Attachment.objects.filter(file_name="page.html").update(xero_id=GONE)
    removed = case.firm.client.get(case.path(f"files/{GONE}/"))

    for answer in (listed_larger, sent_larger):
        assert "larger than the 0 MB that Counterfoil fetches" in answer.content.decode()
        assert "Open the document in Xero and download the file there." in answer.content.decode()
    assert (unknown.status_code, removed.status_code) == (404, 404)
    assert "no such file" in unknown.content.decode()
    assert "Xero no longer has this." in removed.content.decode()


def test_a_viewer_may_read_and_another_firm_may_not(case: Case) -> None:
    viewer, other = Client(), make_firm("Another firm")
    viewer.force_login(add_person(case.firm.workspace, Role.VIEWER))
    own = make_organisation(other, "Their own")
    case.ask("files")
    file_id = case.find_file("page.html").xero_id
    rest = ("", "pdf/", f"files/{file_id}/")

    seen = case.ask("notes", viewer)
    saved = read(viewer.get(case.path(f"files/{file_id}/")))
    case.xero.running.reset_stats()
    refused = []
    for organisation in (case.organisation, own):
        for tail in rest:
            path = case.path(tail).replace(f"/o/{case.organisation.pk}/", f"/o/{organisation.pk}/")
            answer = other.client.get(path) if tail else other.client.post(path, {"about": "notes"})
            refused.append(answer.status_code)

    assert "Rang about" in seen
    assert saved == case.files["page.html"]
    assert refused == [404] * 6
    assert case.xero.running.stats()["api_answers"] == 0


def test_no_transaction_is_open_while_xero_is_asked(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    ask, open_ones = asking.ask_organisation, []

    def watch(*args: Any, **kwargs: Any) -> Any:
        open_ones.append(database.in_atomic_block)
        return ask(*args, **kwargs)

    monkeypatch.setattr(extras, "ask_organisation", watch)

    case.ask("files")
    case.ask("notes")
    read(case.firm.client.get(case.path("pdf/")))

    assert open_ones == [False, False, False]


def test_a_panel_shows_the_record_in_less_room_at_its_own_address(case: Case) -> None:
    page = f"/o/{case.organisation.pk}/records/Invoices/{case.invoice.xero_id}/"

    panel = case.firm.client.get(f"{page}?panel=yes").content.decode()
    whole = case.firm.client.get(page).content.decode()
    listed = case.firm.client.get(f"/o/{case.organisation.pk}/invoices/").content.decode()

    assert f'href="{page}" data-panel="{page}?panel=yes"' in listed
    assert "<html" not in panel
    for shown in (panel, whole):
        assert "Read the history and notes" in shown
        assert case.path("pdf/") in shown


def test_a_job_learns_where_many_invoices_are_paid_and_which_have_no_address(case: Case) -> None:
    found: dict[str, str] = {}

    extras.find_online_addresses(
        case.organisation, invoice_ids=[case.invoice.xero_id, NEVER], into=found, now=timezone.now
    )

    assert found[case.invoice.xero_id].endswith(f"/online/{case.invoice.xero_id}")
    assert found[NEVER] == ""
