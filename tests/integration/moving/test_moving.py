"""A firm taken out and brought in again is the same, and nothing of it goes outward by itself."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.db.models import Sum

from counterfoil.features.access.models import ApiToken
from counterfoil.features.announcing.models import Subscription
from counterfoil.features.billing.models import Agreement, BillingChoices, TimeEntry
from counterfoil.features.importing.models import Upload, UploadRow
from counterfoil.features.invoicing.models import DraftLine, InvoiceDraft
from counterfoil.features.moving.archives import AlteredExport, NotAnExport, read_page, read_rows
from counterfoil.features.moving.bringing_in import bring_in
from counterfoil.features.moving.tables import LEDGER, LEFT_OUT, Way, is_of_firm, list_tables
from counterfoil.features.moving.taking_out import take_out
from counterfoil.features.reminding.ledger import get_ledger_key, make_digest, read_wishes
from counterfoil.features.reminding.models import Campaign, LedgerEntry, LedgerKey, Message, SenderChoices
from counterfoil.features.spending.models import MonthSum, Part
from counterfoil.features.workspaces.models import Membership
from counterfoil.mirror.models import Attempt, Operation, OperationFile, Organisation, Run, Workspace
from counterfoil.mirror.scope import in_workspace
from tests.integration.recharging.conftest import Desk, desk  # noqa: F401 - a fixture
from tests.integration.spending.conftest import line
from tests.integration.web.firms import NOW, make_contact

SECRETS = (
    "access-token-of-the-test",
    "refresh-token-of-the-test",
    "hush-sender",
    "hush-events",
    "hush-token",
)

# What is held on arrival is written here and nowhere else; it is looked at by itself.
HELD = {
    "mirror_operation": {"state", "state_since", "sentence", "next_step", "intent_key", "cause_id"},
    "mirror_attempt": {"outcome", "finished_at"},
    "mirror_run": {"state", "sentence", "finished_at"},
    "reminding_campaign": {"state", "state_because"},
    "reminding_message": {"state", "why", "settled_at"},
    "reminding_senderchoices": {"provider", "is_all_paused", "paused_at"},
    "billing_billingchoices": {"is_automatic"},
    "importing_uploadrow": {"made_id"},
}
GROWN = {"mirror_operationevent", "workspaces_auditentry"}  # by what arriving writes down


def fill(desk: Desk) -> None:  # noqa: F811 - the fixture
    """Let the firm have costs that are paid back, drafts, writes, agreements, reminders, and secrets."""
    firm, organisation = desk.firm, desk.organisation
    of = {"workspace": firm.workspace, "organisation": organisation}
    contact = make_contact(firm, organisation, name="Kōwhai “Builders”\n= Ltd")
    client = desk.customer("Kōwhai", contact)
    desk.rule(client)
    desk.bill(line("1234.50", Description="Tab\there \\ and “quotes”\nand a line"))
    desk.look()
    draft = InvoiceDraft.objects.create(
        **of, client=client, contact_id=contact.xero_id, date=date(2026, 11, 1), currency="GBP",
        amounts_are="Exclusive", created_by=firm.user, created_at=NOW, changed_at=NOW,
    )  # fmt: skip
    DraftLine.objects.create(
        workspace=firm.workspace, draft=draft, place=0, description="Care", quantity=Decimal("1.5"),
        unit_amount=Decimal("19.9901"),
    )  # fmt: skip
    attempt = Attempt.objects.create(
        **of, kind="invoice", key=str(uuid4()), digest=b"\x00\\\xff", started_at=NOW
    )
    for place, state in enumerate(("waiting", "queued", "unknown", "done")):
        operation = Operation.objects.create(
            **of, kind="invoice", intent_key=f"invoice_draft:{draft.pk if place == 1 else 9000 + place}",
            reference=f"CF-{place}", state=state, state_since=NOW, wish='{"a":  1.50}', payload="{}",
            cause_kind="invoice_draft", cause_id=str(draft.pk if place == 1 else 9000 + place), asked_at=NOW,
            attempt=attempt if state in ("unknown", "done") else None, approved_at=NOW, done_at=NOW,
            amount=Decimal("29.99"), currency="GBP",
        )  # fmt: skip
    OperationFile.objects.create(**of, operation=operation, content=b"%PDF\x00\x01\\")
    agreement = Agreement.objects.create(
        workspace=firm.workspace, organisation=organisation, client=client, name="Care", currency="GBP",
        every="month", billed="after", anchor=date(2026, 1, 1), starts_on=date(2026, 1, 1), created_at=NOW,
    )  # fmt: skip
    assert agreement.pk
    worked = TimeEntry.objects.create(
        workspace=firm.workspace, client=client, day=date(2026, 11, 2), who="Ana", hours=Decimal("1.25"),
        created_at=NOW,
    )  # fmt: skip
    BillingChoices.objects.create(**of, is_automatic=True)
    upload = Upload.objects.create(
        workspace=firm.workspace, kind="time", name="hours.csv", digest="d", heads=["a"], meanings=["b"],
        given_by="Ana", given_at=NOW,
    )  # fmt: skip
    UploadRow.objects.create(
        workspace=firm.workspace, belongs_to=upload, line=1, cells=["x"], state="made", made_id=worked.pk
    )
    Run.objects.create(**of, kind="delta", reason="clock", started_at=NOW)
    remind(of)
    SenderChoices.objects.create(**of, provider="twilio", secret="hush-sender", token=uuid4(), saved_at=NOW)
    member = Membership.objects.get(user=firm.user)
    ApiToken.objects.create(
        workspace=firm.workspace,
        membership=member,
        name="Nightly",
        digest="hush-token",
        scopes=[],
        made_at=NOW,
    )
    Subscription.objects.create(
        workspace=firm.workspace, address="https://tools.example", kinds=[], secret="hush-events",
        made_by="Ana", made_at=NOW, next_try_at=NOW,
    )  # fmt: skip


def remind(of: dict[str, Any]) -> None:
    """A campaign at work, one message that is planned, and two people who said STOP: one is known."""
    campaign = Campaign.objects.create(
        **of,
        name="Gentle",
        state="active",
        send_at=time(10),
        made_by="Ana",
        made_at=NOW,
        activated_by="Ana",
        resumed_at=NOW,
    )
    key = get_ledger_key(now=NOW)
    Message.objects.create(
        **of, campaign=campaign, channel="text", contact_id="c", contact_name="Kōwhai", address="+6421555000",
        digest=make_digest(key, "+6421555000"), text="Please pay", token=uuid4(),
        planned_on=date(2026, 11, 22), planned_at=NOW, expires_at=NOW, look_at=NOW,
    )  # fmt: skip
    for number in ("+6421555000", "+6421555999"):
        LedgerEntry.objects.create(
            workspace=of["workspace"], channel="text", digest=make_digest(key, number), act="stopped",
            source="reply", at=NOW,
        )  # fmt: skip


@pytest.fixture
def taken(desk: Desk, tmp_path: Path) -> Path:  # noqa: F811
    """The export of such a firm."""
    fill(desk)
    path = tmp_path / "firm.zip"
    take_out(path, workspace=desk.firm.workspace, now=NOW, who=desk.firm.user)
    return path


def canonical(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return every table's rows with the place of a row instead of its number."""
    found: dict[str, list[dict[str, Any]]] = {}
    with ZipFile(path) as archive:
        rows = {table.name: list(read_rows(archive, table.name)) for table in list_tables()}
    places = {
        name: {row["id"]: place for place, row in enumerate(held)}
        for name, held in rows.items()
        if held and "id" in held[0]
    }
    for table in list_tables():
        left = HELD.get(table.name, set()) | ({"address"} if table.name == LEDGER else set())
        for row in rows[table.name]:
            for column in table.written:
                if column.way in (Way.OWN_NUMBER, Way.REFERENCE) and row[column.name] is not None:
                    row[column.name] = places[column.target][row[column.name]]
        found[table.name] = [
            {name: value for name, value in row.items() if name not in left} for row in rows[table.name]
        ]
    return found


def test_a_firm_is_equal_table_by_table_after_it_was_brought_in(taken: Path, desk: Desk) -> None:  # noqa: F811
    arrived = bring_in(taken, name="Elsewhere", now=NOW)
    again = taken.with_name("again.zip")
    take_out(again, workspace=arrived.workspace, now=NOW)

    before, after = canonical(taken), canonical(again)
    filled = {name for name, rows in before.items() if rows}
    assert len(filled) > 35, sorted(filled)
    assert {name for name in filled - GROWN if before[name] != after[name]} == set()
    for name in GROWN:
        assert after[name][: len(before[name])] == before[name]
    assert arrived.lost_wishes == 0
    with in_workspace(arrived.workspace.pk):
        assert [one.name for one in Workspace.objects.filter(pk=arrived.workspace.pk)] == ["Elsewhere"]
        assert bytes(OperationFile.objects.get().content) == b"%PDF\x00\x01\\"
        assert MonthSum.objects.aggregate(parts=Sum("parts"))["parts"] == Part.objects.count()
        row = UploadRow.objects.get()
        assert row.made_id == TimeEntry.objects.get().pk


def test_nothing_goes_outward_by_itself_and_no_wish_is_granted_twice(taken: Path) -> None:
    arrived = bring_in(taken, name=None, now=NOW)

    with in_workspace(arrived.workspace.pk):
        states = list(Operation.objects.order_by("reference").values_list("reference", "state"))
        draft = InvoiceDraft.objects.get()
        intents = list(Operation.objects.order_by("reference").values_list("intent_key", "cause_id"))
        queued = Operation.objects.get(reference="CF-1")
        sender = SenderChoices.objects.get()
        campaign = Campaign.objects.get()
        assert not hasattr(Organisation.objects.get(), "connection")
        assert not BillingChoices.objects.get().is_automatic
        assert Message.objects.get().state == Message.State.DROPPED

    assert states == [("CF-0", "waiting"), ("CF-1", "waiting"), ("CF-2", "held"), ("CF-3", "done")]
    assert intents[1] == (f"invoice_draft:{draft.pk}", str(draft.pk))
    assert intents[0] == ("invoice_draft:-9000", "-9000")  # its draft is gone: it must not name another here
    assert "Look in Xero for the reference CF-1" in queued.next_step
    assert (sender.provider, sender.is_all_paused, sender.secret) == ("shown", True, "")
    assert (campaign.state, "end the campaign there" in campaign.state_because) == ("paused", True)
    assert (arrived.held.writes, arrived.held.doubtful, arrived.held.campaigns) == (1, 1, 1)


def test_who_said_stop_is_known_under_the_key_of_another_installation(taken: Path) -> None:
    LedgerKey.objects.all().delete()

    arrived = bring_in(taken, name=None, now=NOW)

    digest = make_digest(get_ledger_key(now=NOW), "+6421555000")
    with in_workspace(arrived.workspace.pk):
        wishes = read_wishes(workspace_id=arrived.workspace.pk, sender="", channel="text", digests=[digest])
        assert bytes(Message.objects.get().digest or b"") == digest
    assert wishes.stopped == {digest}
    assert arrived.lost_wishes == 1  # nobody knows any more whose number that was


def test_no_secret_is_in_the_file(taken: Path, desk: Desk) -> None:  # noqa: F811
    with ZipFile(taken) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist()).decode()

    assert "Kōwhai" in content
    hidden = [*SECRETS, LedgerKey.objects.get().secret, desk.firm.user.password or "!"]
    assert [secret for secret in hidden if len(secret) > 1 and secret in content] == []


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def _alter(path: Path) -> None:
    with ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    name = "tables/clients_client.ndjson"
    held[name] = held[name].replace("Kōwhai".encode(), b"Mallow")
    _rewrite(path, held)


def _add_a_row(path: Path) -> None:
    with ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    page = json.loads(held["manifest.json"])
    del page["parts"]["clients_client"]
    held["manifest.json"] = json.dumps(page).encode()
    _rewrite(path, held)


def _be_another(path: Path) -> None:
    _rewrite(path, {"photos/cat.txt": b"miaow"})


def _be_no_zip(path: Path) -> None:
    path.write_text("Dear accountant, please find attached")


def _flip(path: Path) -> None:
    """Turn over the first byte of a table's packed text, which comes after the entry's head and name."""
    with ZipFile(path) as archive:
        entry = archive.getinfo("tables/clients_client.ndjson")
    content = bytearray(path.read_bytes())
    head = content[entry.header_offset : entry.header_offset + 30]
    lengths = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    content[entry.header_offset + 30 + lengths] ^= 0xFF
    path.write_bytes(bytes(content))


def _rewrite(path: Path, held: dict[str, bytes]) -> None:
    with ZipFile(path, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)


def test_a_file_that_was_cut_altered_or_is_none_of_ours_changes_nothing(taken: Path) -> None:
    whole, firms = taken.read_bytes(), Workspace.objects.count()
    spoilers: list[Callable[[Path], None]] = [_cut, _alter, _add_a_row, _be_another, _be_no_zip, _flip]

    for spoil in spoilers:
        taken.write_bytes(whole)
        spoil(taken)
        with pytest.raises((NotAnExport, AlteredExport), match="Nothing was"):
            bring_in(taken, name=None, now=NOW)

    assert Workspace.objects.count() == firms


def test_every_table_of_a_firm_goes_along_or_is_left_out_for_a_reason() -> None:
    of_firms = {model._meta.db_table for model in apps.get_models() if is_of_firm(model)}

    assert {table.name for table in list_tables()} == of_firms - LEFT_OUT.keys()
    assert set(LEFT_OUT) <= of_firms


def test_the_page_says_when_and_by_which_version(taken: Path) -> None:
    manifest = read_page(taken)

    assert datetime.fromisoformat(manifest.made_at) == NOW.astimezone(UTC)
    assert manifest.parts[LEDGER].rows == 2
