"""The search over everything (F7): what is found by what, in which order, and by whom it is seen."""

from datetime import UTC, datetime
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.features.clients.models import Client, Deal, Person
from counterfoil.mirror.models import CreditNote, Organisation
from tests.integration.web.firms import Firm, make_contact, make_firm, make_invoice, make_organisation

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def find(firm: Firm, words: str, **headers: str) -> list[str]:
    """Return what was found, from top to bottom."""
    answer = firm.client.get("/search/", {"q": words}, headers=headers)
    assert answer.status_code == 200
    return [
        unescape(part.split("<bdi>", 1)[1].split("</bdi>", 1)[0])
        for part in answer.content.decode().split('class="hit-title">')[1:]
    ]


def add_client(firm: Firm, name: str, **fields: object) -> Client:
    with firm.inside():
        return Client.objects.create(workspace=firm.workspace, name=name, created_at=NOW, **fields)


@pytest.fixture
def organisation(firm: Firm) -> Organisation:
    return make_organisation(firm)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("INV-001042", ["INV-001042"]),
        ("inv 1042", []),
        ("inv001042", ["INV-001042"]),
        ("1042", ["INV-001042", "S-1"]),
        ("01042", ["INV-001042", "S-1"]),
        ("104", ["INV-001042", "S-1"]),
        ("po 1042", ["S-1"]),
        ("PO1042", ["S-1"]),
        ("2026-0017", ["X/2026/0017"]),
        ("1,250.00", ["INV-001042", "BILL 9"]),
        ("1250", ["INV-001042", "BILL 9"]),
        ("€1.250,00", ["INV-001042", "BILL 9"]),
        ("77", []),
    ],
)
def test_a_document_is_found_by_number_reference_and_amount(
    firm: Firm, organisation: Organisation, words: str, found: list[str]
) -> None:
    make_invoice(firm, organisation, number="INV-001042", total=Decimal(1250))
    make_invoice(firm, organisation, number="S-1", reference="PO-1042")
    make_invoice(firm, organisation, number="X/2026/0017")
    make_invoice(firm, organisation, number="BILL 9", kind="ACCPAY", total=Decimal(1250))
    make_invoice(firm, organisation, number="1042-DELETED", status="DELETED")

    assert find(firm, words) == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("harbour", "Harbour Foods Ltd"),
        ("foods harb", "Harbour Foods Ltd"),
        ("harbuor", "Harbour Foods Ltd"),
        ("hrabour fods", "Harbour Foods Ltd"),
        ("jose", "José Ñandú"),
        ("NANDU", "José Ñandú"),
        ("שלום", "שָׁלוֹם בע״מ"),
        ("محمد", "مُحَمَّد وشركاه"),
        ("o'brien", "O’Brien & Sons"),
        ("obrein", "O’Brien & Sons"),
        ("日本", "日本電気株式会社"),
        ("C-17", "Numbered"),
        ("pay@lumen.example", "Lumen"),
    ],
)
def test_a_name_is_found_without_accents_and_with_a_slip_of_the_finger(
    firm: Firm, organisation: Organisation, words: str, found: str
) -> None:
    for name in ("Harbour Foods Ltd", "José Ñandú", "שָׁלוֹם בע״מ", "مُحَمَّد وشركاه", "O’Brien & Sons"):
        make_contact(firm, organisation, name=name)
    add_client(firm, "日本電気株式会社")
    add_client(firm, "Numbered", number="C-17")
    add_client(firm, "Lumen", email="pay@lumen.example")

    assert find(firm, words) == [found]


@pytest.mark.parametrize("words", ["acne", "axme", "amce", "ACNE"])
def test_four_letters_with_a_slip_find_the_name(firm: Firm, organisation: Organisation, words: str) -> None:
    for name in ("Acme Trading", "Aches & Pains", "Pacmen", "Mace"):
        make_contact(firm, organisation, name=name)

    assert find(firm, words) == ["Acme Trading"]


def test_four_letters_that_somebody_has_are_no_slip(firm: Firm, organisation: Organisation) -> None:
    for name in ("Acme Trading", "Acne Clinic"):
        make_contact(firm, organisation, name=name)

    assert find(firm, "acne") == ["Acne Clinic"]


@pytest.mark.parametrize("words", ["tiger", "zq", "-", "%", "_", "harbour tiger", "\x00", "a" * 300])
def test_what_is_not_there_is_not_found(firm: Firm, organisation: Organisation, words: str) -> None:
    make_contact(firm, organisation, name="Harbour Foods Ltd")

    assert find(firm, words) in ([], ["Harbour Foods Ltd"] * (words in "-_%"))


def test_the_likeliest_comes_first_and_what_is_archived_last(firm: Firm) -> None:
    add_client(firm, "Old Acme", archived_at=NOW)
    add_client(firm, "The Acme Group")
    add_client(firm, "Acmi Studio")
    add_client(firm, "Acme Holdings")
    add_client(firm, "Acme")

    assert find(firm, "acme") == ["Acme", "Acme Holdings", "The Acme Group", "Old Acme", "Acmi Studio"]


def test_every_kind_is_found_with_what_tells_it_from_its_namesakes(
    firm: Firm, organisation: Organisation
) -> None:
    client = add_client(firm, "Kōwhai Builders", number="C-9")
    with firm.inside():
        Person.objects.create(
            workspace=firm.workspace, client=client, name="Kowhai Ann", position="Books", created_at=NOW
        )
        Deal.objects.create(workspace=firm.workspace, client=client, name="Kowhai website", created_at=NOW)
    contact = make_contact(firm, organisation, name="Kowhai Builders")
    invoice = make_invoice(firm, organisation, number="INV-7", contact_id=contact.xero_id)
    note = {
        name: getattr(invoice, name) for name in ("organisation", "workspace_id", "date", "currency", "total")
    }
    held = {"raw": "{}", "digest": b"", "first_seen_at": NOW, "changed_here_at": NOW}
    amounts = {"sub_total": 100, "total_tax": 0, "remaining_credit": 0, "has_attachments": False}
    with firm.inside():
        CreditNote.objects.create(
            xero_id="credit", number="CN-7", contact_id=contact.xero_id, kind="ACCRECCREDIT", status="PAID",
            **note, **held, **amounts,
        )  # fmt: skip

    found = find(firm, "kowhai")
    page = firm.client.get("/search/?q=kowhai").content.decode()

    assert found == [
        "Kōwhai Builders", "Kowhai Ann", "Kowhai website", "Kowhai Builders", "INV-7", "CN-7"
    ]  # fmt: skip
    for said in ("C-9", "Books · Kōwhai Builders", "100.00 GBP", 'org-0">Harbour Foods Ltd', "Open"):
        assert said in page
    assert f'href="/clients/{client.pk}/"' in page
    assert f'href="/o/{organisation.pk}/records/Invoices/{invoice.xero_id}/"' in page


def test_another_firms_records_are_not_found(firm: Firm, organisation: Organisation) -> None:
    theirs = make_firm("Theirs")
    add_client(theirs, "Zanzibar")
    make_invoice(theirs, make_organisation(theirs, "Theirs"), number="ZANZIBAR-1")

    assert find(theirs, "zanzibar") == ["Zanzibar", "ZANZIBAR-1"]
    assert find(firm, "zanzibar") == []


def test_what_is_gone_from_xero_is_not_found(firm: Firm, organisation: Organisation) -> None:
    make_contact(firm, organisation, name="Gone away", gone_at=NOW)
    make_invoice(firm, organisation, number="GONE-1", gone_at=NOW)

    assert find(firm, "gone") == []


def test_while_somebody_types_a_part_is_sent_and_the_page_shows_more(firm: Firm) -> None:
    for number in range(8):
        add_client(firm, f"Acme {number}")

    live = firm.client.get("/search/?q=acme", headers={"HX-Request": "true"})

    assert len(find(firm, "acme")) == 8
    assert live.content.decode().count('class="hit-title"') == 5
    assert "<html" not in live.content.decode()
    assert "HX-Request" in live.headers["Vary"]
    assert "Everything found for" in live.content.decode()


def test_a_search_costs_the_same_few_queries_however_much_is_found(
    firm: Firm, organisation: Organisation
) -> None:
    counts = []
    for number in (1, 3, 9):
        for each in range(number):
            add_client(firm, f"Acme {number} {each}")
            contact = make_contact(firm, organisation, name=f"Acme {number} {each}")
            make_invoice(firm, organisation, contact_id=contact.xero_id)
        with CaptureQueriesContext(connection) as asked:
            find(firm, "acme")
        counts.append(len(asked))

    assert counts == [20, 20, 20]
