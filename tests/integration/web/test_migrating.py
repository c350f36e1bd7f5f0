"""What an earlier tool knew is taken over without loss: tried, assigned, taken back (P14, P15, K23)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from counterfoil.domain.csvfile import NotATable
from counterfoil.features.clients.models import Client, Link
from counterfoil.features.migrating.models import Import, StagedRow
from counterfoil.features.migrating.reading import read_lines
from counterfoil.mirror.models import Organisation
from tests.integration.web.firms import Firm, make_contact, make_firm, make_invoice, make_organisation

FILE = """Client,Contact ID,Contact Number,Invoice Number,Payment ID,Amount,Our own column
Harbour Foods,{known},,,,,kept
Kōwhai Builders,,C-77,,,,
Wharf Cafe,,,,,,
Twin Ltd,,,,,,
,,,INV-5501,,"1,200.50",
,,,INV-NONE,,10,
Nobody Knows,00000000-0000-0000-0000-00000000dead,,,,,
"""


def text_of(answer: object) -> str:
    return " ".join(answer.content.decode().split())  # type: ignore[attr-defined]  # Django's test response


@pytest.fixture
def organisation(firm: Firm) -> Organisation:
    """One that knows some of what the file says."""
    made = make_organisation(firm)
    make_contact(firm, made, xero_id="11111111-1111-1111-1111-111111111111", name="Another name by now")
    make_contact(firm, made, xero_id="22222222-2222-2222-2222-222222222222", contact_number="C-77")
    make_contact(firm, made, xero_id="33333333-3333-3333-3333-333333333333", name="WHARF  cafe")
    make_contact(firm, made, name="Twin Ltd")
    make_contact(firm, made, name="Twin Ltd")
    make_invoice(firm, made, number="INV-5501")
    return made


def give(firm: Firm) -> Import:
    content = FILE.format(known="11111111-1111-1111-1111-111111111111").encode()
    firm.client.post("/settings/migrate/", {"file": SimpleUploadedFile("old tool.csv", content)})
    with firm.inside():
        return Import.objects.get()


def matched(firm: Firm) -> list[tuple[int, str, str]]:
    with firm.inside():
        rows = StagedRow.objects.exclude(matched_id="").order_by("line")
        return [(row.line, row.kind, row.matched_by) for row in rows]


def test_every_line_is_kept_as_it_was_written_and_belongs_to_no_organisation(firm: Firm) -> None:
    given = give(firm)

    assert given.organisation_id is None
    with firm.inside():
        rows = list(StagedRow.objects.order_by("line"))
    assert [row.kind for row in rows] == ["client"] * 4 + ["invoice"] * 2 + ["client"]
    assert rows[0].said["Our own column"] == "kept"
    assert str(rows[4].amount) == "1200.5000"


def test_trying_shows_the_counts_and_changes_nothing(firm: Firm, organisation: Organisation) -> None:
    given = give(firm)

    page = text_of(firm.client.get(f"/settings/migrate/{given.pk}/?organisation={organisation.pk}"))

    assert f"What would be matched in {organisation.name}" in page
    clients = page.split('class="whole">Clients</th>')[1].split("</tr>")[0]
    assert [cell.split("</td>")[0].split(">")[-1] for cell in clients.split("<td")[1:]] == list("51112")
    assert "2 records in Xero have this name." in page
    assert "This organisation has no record with this id." in page
    assert matched(firm) == []
    with firm.inside():
        assert not Client.objects.exists()


def test_assigning_matches_by_id_then_number_then_name_and_links_the_clients(
    firm: Firm, organisation: Organisation
) -> None:
    given = give(firm)

    firm.client.post(f"/settings/migrate/{given.pk}/", {"organisation": organisation.pk})

    assert matched(firm) == [
        (2, "client", "id"),
        (3, "client", "number"),
        (4, "client", "name"),
        (6, "invoice", "number"),
    ]
    with firm.inside():
        links = {link.client.name: link.contact_id[:4] for link in Link.objects.select_related("client")}
    assert links == {"Harbour Foods": "1111", "Kōwhai Builders": "2222", "Wharf Cafe": "3333"}


def test_assigning_again_changes_nothing(firm: Firm, organisation: Organisation) -> None:
    given = give(firm)
    for _ in range(2):
        firm.client.post(f"/settings/migrate/{given.pk}/", {"organisation": organisation.pk})

    with firm.inside():
        assert (Client.objects.count(), Link.objects.count()) == (3, 3)


def test_taking_back_leaves_the_data_and_nothing_else(firm: Firm, organisation: Organisation) -> None:
    given = give(firm)
    firm.client.post(f"/settings/migrate/{given.pk}/", {"organisation": organisation.pk})

    firm.client.post(f"/settings/migrate/{given.pk}/take-back/")

    assert matched(firm) == []
    with firm.inside():
        assert StagedRow.objects.count() == 7
        assert Import.objects.get().organisation_id is None
        assert (Client.objects.count(), Link.objects.count()) == (0, 0)


def test_taking_back_spares_a_client_that_was_worked_with(firm: Firm, organisation: Organisation) -> None:
    given = give(firm)
    firm.client.post(f"/settings/migrate/{given.pk}/", {"organisation": organisation.pk})
    with firm.inside():
        Client.objects.filter(name="Wharf Cafe").update(notes="Pays in cash.")

    firm.client.post(f"/settings/migrate/{given.pk}/take-back/")

    with firm.inside():
        assert [client.name for client in Client.objects.all()] == ["Wharf Cafe"]


def test_data_of_one_organisation_is_not_given_to_another(firm: Firm, organisation: Organisation) -> None:
    other = make_organisation(firm, "Other Ltd")
    given = give(firm)
    firm.client.post(f"/settings/migrate/{given.pk}/", {"organisation": organisation.pk})

    firm.client.post(f"/settings/migrate/{given.pk}/", {"organisation": other.pk})

    with firm.inside():
        assert Import.objects.get().organisation_id == organisation.pk
        assert not Link.objects.filter(organisation=other).exists()


def test_the_same_file_is_not_taken_twice(firm: Firm) -> None:
    give(firm)

    again = give(firm)

    with firm.inside():
        assert (Import.objects.count(), again.rows.count()) == (1, 7)


def test_a_file_without_a_known_column_is_refused_with_the_names_that_are(firm: Firm) -> None:
    answer = firm.client.post(
        "/settings/migrate/", {"file": SimpleUploadedFile("odd.csv", b"a,b\n1,2\n", content_type="text/csv")}
    )

    assert answer.status_code == 422
    assert "No column is known." in text_of(answer)


def test_semicolons_and_an_old_encoding_are_read_too() -> None:
    lines = read_lines("Customer;Amount\nCafé;12.50\n;\nLe Port;x\n".encode("cp1252"))

    assert [(line.name, line.amount and str(line.amount)) for line in lines] == [
        ("Café", "12.50"),
        ("Le Port", None),
    ]


def test_a_picture_is_no_table() -> None:
    with pytest.raises(NotATable):
        read_lines(b"\x89PNG\r\n\x1a\n\x00\x00")


def test_another_firms_import_is_not_found(firm: Firm) -> None:
    given = give(firm)
    other = make_firm("Others")

    assert other.client.get(f"/settings/migrate/{given.pk}/").status_code == 404
    assert other.client.post(f"/settings/migrate/{given.pk}/take-back/").status_code == 404
