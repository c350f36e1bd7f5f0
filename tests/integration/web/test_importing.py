"""Clients, people and deals from files: nothing is lost, nothing merged by itself, all of it taken back."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.features.clients.linking import link_exact_matches
from counterfoil.features.clients.models import Client, Deal, Person
from counterfoil.features.importing.models import Upload
from tests.integration.web.firms import NOW, Firm, add_person, make_contact, make_firm, make_organisation

CLIENTS = (
    "Company;Client No;E-mail;Town;Labels;Favourite biscuit\r\n"
    'José Ñandú Ltd;C-1;jose@nandu.example;Leeds;"retail, vip";"ginger\r\nnuts"\r\n'
    "Harbour Foods;C-2;not an address;;;\r\n"
    ";C-3;;;;\r\n"
    "Acme Limited;;acme@acme.example;;;\r\n"
)


def give(firm: Firm, text: str | bytes, kind: str = "clients") -> Upload:
    """Give a file, and return it as it was taken."""
    content = text.encode() if isinstance(text, str) else text
    answer = firm.client.post(
        "/import/", {"kind": kind, "file": SimpleUploadedFile("list.csv", content, "text/csv")}
    )
    assert answer.status_code == 302, answer.content.decode()
    with firm.inside():
        return Upload.objects.get(pk=int(answer.headers["Location"].rstrip("/").rpartition("/")[2]))


def states(firm: Firm, upload: Upload) -> dict[int, str]:
    with firm.inside():
        return dict(upload.rows.order_by("line").values_list("line", "state"))


def add(firm: Firm, upload: Upload) -> str:
    """Add what can be added, and return what the page says."""
    return firm.client.post(f"/import/{upload.pk}/add/", follow=True).content.decode()


def clients(firm: Firm) -> dict[str, Client]:
    with firm.inside():
        return {client.name: client for client in Client.objects.prefetch_related("addresses")}


def add_client(firm: Firm, name: str, **fields: object) -> Client:
    with firm.inside():
        return Client.objects.create(
            workspace=firm.workspace, name=name, created_at="2026-01-01T00:00Z", **fields
        )


@pytest.mark.parametrize("alphabet", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_read_whole_and_shown_before_anything_is_added(firm: Firm, alphabet: str) -> None:
    add_client(firm, "ACME")

    upload = give(firm, CLIENTS.encode(alphabet))

    page = firm.client.get(f"/import/{upload.pk}/").content.decode()
    assert upload.meanings == ["name", "number", "email", "city", "tags", "more_notes"]
    assert states(firm, upload) == {2: "new", 4: "wrong", 5: "wrong", 6: "found"}
    assert "“not an address” is no e-mail address. Mend it in the file" in page
    assert "There is no name." in page
    assert list(clients(firm)) == ["ACME"]


def test_what_can_be_added_is_added_with_nothing_lost(firm: Firm) -> None:
    upload = give(firm, CLIENTS)

    said = add(firm, upload)

    added = clients(firm)["José Ñandú Ltd"]
    assert (added.number, added.email, added.tags) == ("C-1", "jose@nandu.example", ["retail", "vip"])
    assert added.notes == "Favourite biscuit: ginger\nnuts"
    assert [address.city for address in added.addresses.all()] == ["Leeds"]
    assert sorted(clients(firm)) == ["Acme Limited", "José Ñandú Ltd"]
    assert "2 added. 2 cannot be taken yet." in said


def test_the_same_file_and_the_same_button_twice_add_nothing_twice(firm: Firm) -> None:
    upload = give(firm, CLIENTS)
    add(firm, upload)
    before = {client.pk for client in clients(firm).values()}

    again = give(firm, CLIENTS)
    add(firm, again)

    assert again == upload
    assert {client.pk for client in clients(firm).values()} == before


def test_a_file_that_says_the_same_in_another_way_is_matched_and_not_merged(firm: Firm) -> None:
    add(firm, give(firm, CLIENTS))
    before = {name: (client.pk, client.phone) for name, client in clients(firm).items()}

    other = give(firm, "Name,Number,Phone\nJosé Ñandú,C-1,1234\nAcme,,5678\nBrand new,,\n")

    assert states(firm, other) == {2: "found", 3: "found", 4: "new"}
    add(firm, other)
    after = {name: (client.pk, client.phone) for name, client in clients(firm).items()}
    assert {name: after[name] for name in before} == before
    assert sorted(after) == ["Acme Limited", "Brand new", "José Ñandú Ltd"]


def test_a_person_decides_about_what_may_be_here_already(firm: Firm) -> None:
    for name in ("One", "Two", "Three"):
        add_client(firm, name, email="kept@one.example" if name == "One" else "")
    upload = give(firm, "Name,Email,Phone\nOne,new@one.example,1\nTwo,two@two.example,2\nThree,,3\n")

    firm.client.post(
        f"/import/{upload.pk}/choose/", {"line-2": "complete", "line-3": "add", "line-4": "leave"}
    )
    add(firm, upload)

    assert states(firm, upload) == {2: "completed", 3: "made", 4: "left"}
    with firm.inside():
        found = sorted(Client.objects.values_list("name", "email", "phone"))
    assert found == [
        ("One", "kept@one.example", "1"),
        ("Three", "", ""),
        ("Two", "", ""),
        ("Two", "two@two.example", "2"),
    ]


def test_a_number_is_given_to_one_client_only(firm: Firm) -> None:
    add_client(firm, "Here", number="7")
    upload = give(firm, "Name,Number\nThere,7\nA,8\nB,8\n")

    firm.client.post(f"/import/{upload.pk}/choose/", {"for_all": "add"})
    page = add(firm, upload)

    assert states(firm, upload) == {2: "found", 3: "made", 4: "wrong"}
    assert "1 wait for your decision" in page
    assert "Line 3 of this file has the same number. Each needs its own." in page


def test_columns_are_taken_for_something_else_and_looked_at_again(firm: Firm) -> None:
    upload = give(firm, "Whoever,Where\nAcme,Leeds\n")
    page = firm.client.get(f"/import/{upload.pk}/").content.decode()
    assert "Say which column is “Name”" in page

    firm.client.post(f"/import/{upload.pk}/columns/", {"column-0": "name", "column-1": ""})
    add(firm, upload)

    assert [(client.name, client.notes) for client in clients(firm).values()] == [("Acme", "")]


def test_people_find_their_client_or_bring_it(firm: Firm) -> None:
    acme = add_client(firm, "Acme Ltd", number="A1")
    text = (
        "First name,Last name,Company,Client number,Job title\n"
        "Ann,Lee,acme,,Books\nBob,,,A1,\nCy,,Nowhere,,\nDee,,nowhere,,\nAnn,Lee,Acme Ltd,,\n"
    )

    upload = give(firm, text, "people")
    assert states(firm, upload) == {2: "new", 3: "new", 4: "wrong", 5: "wrong", 6: "found"}
    columns = {f"column-{place}": meaning for place, meaning in enumerate(upload.meanings)}
    firm.client.post(f"/import/{upload.pk}/columns/", {**columns, "makes_clients": "yes"})
    add(firm, upload)

    with firm.inside():
        people = [(one.name, one.position, one.client.name) for one in Person.objects.order_by("name")]
        assert Client.objects.count() == 2
    assert people == [
        ("Ann Lee", "Books", acme.name),
        ("Bob", "", acme.name),
        ("Cy", "", "Nowhere"),
        ("Dee", "", "Nowhere"),
    ]


def test_deals_keep_their_amount_its_currency_and_their_day(firm: Firm) -> None:
    add_client(firm, "Acme")
    text = (
        "Deal;Account;Amount;Close date;Stage\n"
        "Website;Acme;1.250,50;04/05/2026;Closed won\n"
        "Shop;Acme;USD 99;2026-12-31;\n"
        "Odd;Acme;plenty;13/13/2026;Negotiation\n"
    )
    upload = give(firm, text, "deals")
    columns = {f"column-{place}": meaning for place, meaning in enumerate(upload.meanings)}

    firm.client.post(f"/import/{upload.pk}/columns/", {**columns, "dates": "day", "currency": "gbp"})
    page = firm.client.get(f"/import/{upload.pk}/?state=wrong").content.decode()
    add(firm, upload)

    with firm.inside():
        deals = list(
            Deal.objects.order_by("-pk").values_list("name", "value", "currency", "closes_on", "stage")
        )
    assert deals == [
        ("Shop", Decimal(99), "USD", date(2026, 12, 31), "open"),
        ("Website", Decimal("1250.5"), "GBP", date(2026, 5, 4), "won"),
    ]
    for said in ("“plenty” is no amount", "“13/13/2026” is no date", "“Negotiation” is no stage here"):
        assert said in page


def test_an_import_is_taken_back_whole_and_can_be_added_again(firm: Firm) -> None:
    here = add_client(firm, "Here")
    upload = give(firm, "Name,Phone,City\nHere,123,\nA,1,Leeds\nB,2,\n")
    firm.client.post(f"/import/{upload.pk}/choose/", {"line-2": "complete"})
    add(firm, upload)
    assert sorted(clients(firm)) == ["A", "B", "Here"]

    said = firm.client.post(f"/import/{upload.pk}/take-back/", follow=True).content.decode()

    assert "2 removed, 1 as they were before." in said
    assert {name: client.phone for name, client in clients(firm).items()} == {here.name: ""}
    add(firm, upload)
    assert sorted(clients(firm)) == ["A", "B", "Here"]


def test_what_somebody_worked_with_since_is_kept(firm: Firm) -> None:
    upload = give(firm, "Name,City\nChanged,\nWith a person,\nMoved,Leeds\nUntouched,Leeds\n")
    add(firm, upload)
    found = clients(firm)
    with firm.inside():
        Client.objects.filter(name="Changed").update(phone="1")
        Client.objects.get(name="Moved").addresses.update(city="York")
        Person.objects.create(
            workspace=firm.workspace,
            client=found["With a person"],
            name="Ann",
            created_at="2026-01-01T00:00Z",
        )

    said = firm.client.post(f"/import/{upload.pk}/take-back/", follow=True).content.decode()

    assert "1 removed" in said
    assert "3 kept, because somebody has worked with them since: Changed, With a person, Moved." in said
    assert sorted(clients(firm)) == ["Changed", "Moved", "With a person"]
    assert list(states(firm, upload).values()) == ["made", "made", "made", "new"]


def test_contacts_that_are_proven_to_be_an_imported_client_are_linked(firm: Firm) -> None:
    organisation = make_organisation(firm)
    make_contact(firm, organisation, name="Whatever", contact_number="C-1")

    add(firm, give(firm, CLIENTS))

    with firm.inside():
        assert link_exact_matches(organisation, now=NOW) == 1


def test_lines_that_were_not_added_come_back_as_a_file_with_the_reason(firm: Firm) -> None:
    upload = give(firm, "Name,Email\nA,\n=SUM(A1),bad\n")
    add(firm, upload)

    answer = firm.client.get(f"/import/{upload.pk}/not-added/")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]

    assert lines[0] == "Name,Email,Line,What became of it,Why"
    assert lines[1].startswith("'=SUM(A1),bad,3,Cannot be taken,\"“bad” is no e-mail address")
    assert len(lines) == 2


def test_what_the_list_of_clients_exports_is_understood_again(firm: Firm) -> None:
    add(firm, give(firm, CLIENTS))
    exported = b"".join(firm.client.get("/clients/export/").streaming_content)  # type: ignore[attr-defined]

    upload = give(firm, exported)

    assert "more_notes" not in upload.meanings
    assert set(states(firm, upload).values()) == {"found"}


def test_many_lines_cost_the_same_few_queries_as_one(firm: Firm) -> None:
    counts = []
    for size in (1, 300):
        lines = "".join(f"Firm {size} {number},N{size}-{number},Leeds\n" for number in range(size))
        with CaptureQueriesContext(connection) as asked:
            add(firm, give(firm, "Name,Number,City\n" + lines))
        counts.append(len(asked))

    assert len(clients(firm)) == 301
    assert counts[0] == counts[1]


def test_another_firms_upload_is_not_there(firm: Firm) -> None:
    upload = give(firm, CLIENTS)
    theirs = make_firm("Theirs")

    assert theirs.client.get(f"/import/{upload.pk}/").status_code == 404
    assert theirs.client.post(f"/import/{upload.pk}/add/").status_code == 404


def test_owners_are_people_of_the_firm(firm: Firm) -> None:
    colleague = add_person(firm.workspace)
    upload = give(firm, f"Name,Owner\nA,{colleague.email.upper()}\nB,nobody@else.example\n")

    add(firm, upload)

    assert {name: client.owner_id for name, client in clients(firm).items()} == {"A": colleague.pk}
    assert states(firm, upload)[3] == "wrong"


@pytest.mark.parametrize("sent", [{"kind": "clients"}, {"kind": "clients", "pasted": "  "}])
def test_nothing_given_is_said(firm: Firm, sent: dict[str, str]) -> None:
    answer = firm.client.post("/import/", sent)

    assert answer.status_code == 422
    assert "Choose a file, or paste its lines." in answer.content.decode()
