"""What the firm knows about one person is handed over whole, and nothing about anybody else."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest

from counterfoil.features.clients.linking import link_contact
from counterfoil.features.clients.models import Client, Person
from counterfoil.features.privacy.handing_over import hand_over
from counterfoil.features.reminding.ledger import get_ledger_key, make_digest
from counterfoil.features.reminding.models import Campaign, LedgerEntry, Message
from counterfoil.features.workspaces.models import AuditEntry
from tests.integration.web.firms import NOW, Firm, make_contact, make_firm, make_invoice, make_organisation

pytestmark = pytest.mark.django_db

MARA = "mara@tane.example"


def fill(firm: Firm) -> None:
    """Mara trades by herself; Rua works at a company, and Mara is among another company's people."""
    organisation = make_organisation(firm)
    mara = make_contact(firm, organisation, name="Mara <b>Tane</b>", email=MARA.upper())
    works = make_contact(
        firm, organisation, name="Harbour Works", email="office@works.example",
        raw=json.dumps({"ContactPersons": [{"FirstName": "Mara", "EmailAddress": MARA}]}),
    )  # fmt: skip
    other = make_contact(firm, organisation, name="Somebody Else", email="else@else.example")
    for contact, number in ((mara, "INV-MARA"), (works, "INV-WORKS"), (other, "INV-ELSE")):
        make_invoice(firm, organisation, contact_id=contact.xero_id, number=number, total=Decimal("12.50"))
    with firm.inside():
        client = Client.objects.create(
            workspace=firm.workspace, name="Tane, Mara", mobile_phone="+64 21 555-0001", created_at=NOW
        )
        link_contact(organisation, contact_id=mara.xero_id, client=client, by=firm.user, now=NOW)
        company = Client.objects.create(workspace=firm.workspace, name="Works", created_at=NOW)
        Person.objects.create(
            workspace=firm.workspace, client=company, name="Rua", email="rua@works.example", created_at=NOW
        )
        of: dict[str, Any] = {"workspace": firm.workspace, "organisation": organisation}
        campaign = Campaign.objects.create(**of, name="Gentle", send_at="10:00", made_by="Ana", made_at=NOW)
        key = get_ledger_key(now=NOW)
        for contact, text in ((mara, "Dear Mara"), (other, "Dear Somebody")):
            Message.objects.create(
                **of, campaign=campaign, channel="email", contact_id=contact.xero_id, address=contact.email,
                text=text, token=uuid4(), planned_on=date(2026, 11, 22), planned_at=NOW, expires_at=NOW,
                look_at=NOW,
            )  # fmt: skip
        LedgerEntry.objects.create(
            workspace=firm.workspace, channel="email", digest=make_digest(key, MARA), act="stopped",
            source="reply", at=NOW,
        )  # fmt: skip


def hand(firm: Firm, path: Path, *asked: str) -> tuple[dict[str, Any], str]:
    hand_over(path, workspace=firm.workspace, asked=asked, now=NOW, who=firm.user)
    with ZipFile(path) as archive:
        return json.loads(archive.read("data.json"))["data"], archive.read("read-me.html").decode()


def test_everything_about_a_person_is_found_by_address_and_nothing_about_others(tmp_path: Path) -> None:
    firm = make_firm()
    fill(firm)

    data, page = hand(firm, tmp_path / "mara.zip", MARA)

    assert [row["number"] for row in data["mirror_invoice"]] == ["INV-MARA"]
    assert sorted(row["name"] for row in data["mirror_contact"]) == ["Harbour Works", "Mara <b>Tane</b>"]
    assert [row["name"] for row in data["clients_client"]] == ["Tane, Mara"]
    assert [row["text"] for row in data["reminding_message"]] == ["Dear Mara"]
    assert [row["act"] for row in data["reminding_ledgerentry"]] == ["stopped"]
    assert "Somebody" not in json.dumps(data) + page
    assert "Mara &lt;b&gt;Tane&lt;/b&gt;" in page
    assert "12.5000" in page
    with firm.inside():
        entry = AuditEntry.objects.latest("pk")
    assert (entry.act, entry.what, entry.who_id) == ("person.handed_over", MARA, firm.user.pk)


def test_a_number_in_any_form_finds_the_same_and_an_employee_gets_no_invoice_of_the_company(
    tmp_path: Path,
) -> None:
    firm = make_firm()
    fill(firm)

    by_number, _ = hand(firm, tmp_path / "mara.zip", "021 5550001")
    rua, _ = hand(firm, tmp_path / "rua.zip", "rua@works.example")

    assert [row["number"] for row in by_number["mirror_invoice"]] == ["INV-MARA"]
    assert rua.keys() == {"clients_person"}


def test_another_firm_and_a_stranger_get_nothing_and_no_file(tmp_path: Path) -> None:
    fill(make_firm("Theirs"))
    ours = make_firm("Ours")

    sections = hand_over(tmp_path / "none.zip", workspace=ours.workspace, asked=[MARA], now=NOW)

    assert (sections, list(tmp_path.iterdir())) == ([], [])
