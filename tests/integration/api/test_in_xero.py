"""What only Xero has, through the API: asked for while nobody's transaction is open, or said why not."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db import connection as database
from django.utils import timezone
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from counterfoil.features.access.tokens import SCOPES
from counterfoil.features.workspaces.permissions import Permission
from counterfoil.mirror.models import Attachment, GateBudget, Invoice, ReportedMonth, Usage
from counterfoil.sync import asking, extras, reported
from counterfoil.xero.budget import Budget
from tests.integration.api.conftest import Program, make_program
from tests.integration.api.test_entry import problem
from tests.integration.api.test_examples import ASKING, BEGINNING, run_with_curl
from tests.integration.web.conftest import Xero
from tests.integration.web.conftest import running_xero as running_xero
from tests.integration.web.conftest import xero as xero
from tests.integration.web.firms import Firm, make_firm, make_organisation
from tests.integration.web.test_in_xero import (
    GONE,
    NEVER,
    Case,
    Happening,
    away,
    day_spent,
    deleted_in_xero,
    disconnected_here,
    faulty,
    make_case,
    minute_spent,
    permission_missing,
    read,
    revoked,
)


@pytest.fixture
def firm(transactional_db: None) -> Firm:
    """A firm whose rows other connections see."""
    return make_firm()


@pytest.fixture
def case(firm: Firm, xero: Xero, monkeypatch: pytest.MonkeyPatch) -> Case:
    """An approved invoice in Xero with two files and a note, and its copy."""
    return make_case(firm, xero, monkeypatch)


@pytest.fixture
def program(case: Case) -> Program:
    """A program that may read, and nothing else."""
    return make_program(case.firm, [Permission.READ])


def document(case: Case, rest: str = "") -> str:
    return f"organisations/{case.organisation.pk}/records/Invoices/{case.invoice.xero_id}/{rest}"


def report(case: Case, rest: str) -> str:
    return f"organisations/{case.organisation.pk}/reports/profit-and-loss/{rest}"


def test_history_notes_and_the_online_address_are_as_xero_tells_them(case: Case, program: Program) -> None:
    before = timezone.now()

    notes = program.get(document(case, "notes"))
    online = program.get(document(case, "online-address")).json()

    told = [one["details"] for one in notes.json()["data"]]
    assert told[0] == "Rang about the <b>second</b> line"
    assert len(told) > 1
    assert before.isoformat() <= notes.json()["asked_at"].replace("Z", "+00:00")
    assert online["address"] == f"{case.xero.running.url}/online/{case.invoice.xero_id}"
    # It is as it was at that moment, and no more.
    assert notes.headers["Cache-Control"] == "no-store"
    assert "ETag" not in notes.headers


def test_files_are_listed_and_handed_on_to_be_saved(case: Case, program: Program) -> None:
    listed = program.get(document(case, "files")).json()["data"]
    answers = {one["name"]: program.get(document(case, f"files/{one['id']}")) for one in listed}
    pdf = program.get(document(case, "pdf"))

    assert {one["name"]: one["bytes"] for one in listed} == {
        name: len(content) for name, content in case.files.items()
    }
    page = answers["page.html"].headers
    assert page["Content-Disposition"] == 'attachment; filename="page.html"'
    assert page["Content-Type"] == "application/octet-stream"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Cache-Control"] == "no-store"
    assert {name: read(answer) for name, answer in answers.items()} == case.files
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="INV-0042.pdf"'
    assert read(pdf).startswith(b"%PDF-")
    with case.firm.inside():
        # The list is kept, as when a person asks; each of the four calls was counted.
        assert Attachment.objects.count() == 2
        assert sum(Usage.objects.values_list("calls", flat=True)) == 4


def test_xeros_own_profit_and_loss_stands_beside_ours_and_nothing_of_it_is_kept(
    case: Case, program: Program
) -> None:
    asked = program.get(report(case, "in-xero?months=2")).json()
    with case.firm.inside():
        kept = ReportedMonth.objects.count()
    shown = program.get(report(case, "beside-xero?months=2")).json()

    assert kept == 0
    assert asked["asked_at"]
    assert len(asked["months"]) == 2
    assert all(one["xero"] for one in asked["months"])
    # Nothing was copied yet: all that Xero has is a difference, and says in which account and why.
    assert {one["here"]["amount"] for one in asked["differences"]} == {"0.00"}
    assert {one["reason"] for one in asked["differences"]} == {"manual journals, which may not be read here"}
    assert (shown["asked_at"], [one["xero"] for one in shown["months"]]) == (None, [None, None])


def test_what_a_person_had_read_is_shown_without_asking_again(case: Case, program: Program) -> None:
    page = f"/o/{case.organisation.pk}/reports/profit-and-loss/ask/"
    last = timezone.now().strftime("%Y-%m")
    case.firm.client.post(page, {"months": "3", "until": last, "basis": "accrual"})
    asked = program.get(report(case, "in-xero?months=3")).json()
    case.xero.running.reset_stats()

    kept = program.get(report(case, "beside-xero?months=3")).json()

    assert case.xero.running.stats()["api_answers"] == 0
    assert kept["asked_at"] < asked["asked_at"]
    assert {**kept, "asked_at": ""} == {**asked, "asked_at": ""}


@pytest.mark.parametrize(
    ("happen", "status", "kind", "said", "next_step"),
    [
        (deleted_in_xero, 404, "not-in-xero", "Xero no longer has this.", "“Sync now”"),
        (disconnected_here, 409, "not-possible-now", "Access was withdrawn.", "What was read before"),
        (revoked, 409, "not-possible-now", "no longer accepts the permission", "“Reconnect Xero”"),
        (permission_missing, 409, "not-possible-now", "does not cover this kind", "“Reconnect Xero”"),
        (day_spent, 503, "xero-not-answering", "calls for today are used up", "Try again in 2 hours"),
        (minute_spent, 503, "xero-not-answering", "calls for this minute", "Try again shortly"),
        (faulty, 503, "xero-not-answering", "has a fault of its own (status 500)", "in a minute"),
        (away, 503, "xero-not-answering", "Xero did not answer", "in a minute"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_trouble_is_a_problem_that_says_what_helps(
    case: Case, program: Program, settings: Settings, monkeypatch: pytest.MonkeyPatch,
    happen: Happening, status: int, kind: str, said: str, next_step: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(asking, "PATIENCE_S", 0.8)
    happen(case, settings)

    answer = program.get(document(case, "notes"))

    told = problem(answer)
    assert (answer.status_code, told["type"]) == (status, f"/api/#{kind}")
    assert said in str(told["detail"])
    assert next_step in str(told["next_step"])
    assert ("Retry-After" in answer.headers) == (happen is day_spent)


def test_files_and_reports_say_how_long_to_wait_too(case: Case, program: Program, settings: Settings) -> None:
    day_spent(case, settings)

    for path in (document(case, "pdf"), report(case, "in-xero")):
        answer = program.get(path)

        assert problem(answer)["type"] == "/api/#xero-not-answering"
        assert 7000 < int(answer.headers["Retry-After"]) <= 7200


def test_what_is_not_there_or_too_large_is_said(
    case: Case, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.get(document(case, "files"))
    page = case.find_file("page.html").xero_id
    monkeypatch.setattr(extras, "LARGEST_FILE", 20)

    larger = program.get(document(case, f"files/{page}"))
    unknown = program.get(document(case, f"files/{NEVER}"))
    with case.firm.inside():
        Attachment.objects.filter(file_name="page.html").update(xero_id=GONE, content_length=1)
        Invoice.objects.update(status="DRAFT")
    removed = program.get(document(case, f"files/{GONE}"))
    draft = program.get(document(case, "online-address"))
    nothing = program.get(document(case, "notes").replace("Invoices", "Contacts"))

    assert [answer.status_code for answer in (larger, unknown, removed, draft, nothing)] == [
        409, 404, 404, 409, 404,
    ]  # fmt: skip
    assert problem(larger)["next_step"] == "Open the document in Xero and download the file there."
    assert "no such file" in str(problem(unknown)["detail"])
    assert problem(removed)["type"] == "/api/#not-in-xero"
    assert problem(draft)["detail"] == "Only an approved sales invoice has an online address."
    assert problem(nothing)["type"] == "/api/#not-found"


def list_asked(case: Case) -> list[str]:
    return [
        *(document(case, rest) for rest in ("notes", "files", "files/x", "pdf", "online-address")),
        report(case, "in-xero"),
    ]


def test_another_firm_and_tokens_without_the_scope_or_the_organisation_ask_xero_nothing(case: Case) -> None:
    other = make_firm("Another firm")
    own, second = make_organisation(other, "Their own"), make_organisation(case.firm, "Second")
    without = make_program(case.firm, [one for one in SCOPES if one != Permission.READ])
    held = make_program(case.firm, organisations=[second])
    theirs = make_program(other)
    case.xero.running.reset_stats()
    here, there = (f"organisations/{one.pk}/" for one in (case.organisation, own))

    answers = {
        "wrong firm": [theirs.get(path) for path in list_asked(case)],
        "wrong document": [
            theirs.get(path.replace(here, there)) for path in list_asked(case) if "records" in path
        ],
        "wrong organisation": [held.get(path) for path in list_asked(case)],
        "wrong scope": [without.get(path) for path in list_asked(case)],
    }

    assert {why: {one.status_code for one in found} for why, found in answers.items()} == {
        "wrong firm": {404}, "wrong document": {404}, "wrong organisation": {404}, "wrong scope": {403},
    }  # fmt: skip
    assert case.xero.running.stats()["api_answers"] == 0


def test_no_transaction_is_open_while_xero_is_asked(
    case: Case, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, open_ones = asking.ask_organisation, []

    def watch(*args: Any, **kwargs: Any) -> Any:
        open_ones.append(database.in_atomic_block)
        return ask(*args, **kwargs)

    for module in (extras, reported):
        monkeypatch.setattr(module, "ask_organisation", watch)
    program.get(document(case, "files"))
    page = case.find_file("page.html").xero_id

    for path in (*list_asked(case), document(case, f"files/{page}")):
        answer = program.get(path)
        answer.close()

    assert open_ones == [False] * 7


def test_a_program_leaves_the_last_calls_of_the_day_to_people(case: Case, program: Program) -> None:
    told = Budget(day_remaining=50, day_told_at=timezone.now())
    with case.firm.inside():
        GateBudget.objects.update_or_create(
            organisation=case.organisation,
            workspace=case.firm.workspace,
            defaults={"state": msgspec.to_builtins(told)},
        )

    by_program = program.get(document(case, "notes"))
    by_person = case.ask("notes")

    assert problem(by_program)["type"] == "/api/#xero-not-answering"
    assert 3500 < int(by_program.headers["Retry-After"]) <= 3600
    assert "Rang about" in by_person


def test_every_example_that_asks_xero_runs(
    case: Case, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COUNTERFOIL_URL", live_server.url)
    monkeypatch.setenv("API_TOKEN", make_program(case.firm, [Permission.READ]).secret)
    monkeypatch.setenv("ORGANISATION", str(case.organisation.pk))
    monkeypatch.setenv("INVOICE", case.invoice.xero_id)
    names: dict[str, Any] = {
        "home": f"organisations/{case.organisation.pk}",
        "invoice": {"id": case.invoice.xero_id},
    }

    for block in (BEGINNING, *ASKING["python"]):
        exec(compile(block, "docs/api.md", "exec"), names)  # the page's own words
    for block in ASKING["bash"]:
        run_with_curl(block, tmp_path)

    names["counterfoil"].close()
    assert names["content"] in case.files.values()
    assert names["beside"]["asked_at"]
    assert (tmp_path / "invoice.pdf").read_bytes().startswith(b"%PDF-")
