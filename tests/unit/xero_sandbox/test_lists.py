"""Lists: paging, filters, delta, forms."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.xero_sandbox.conftest import Xero
from xero_sandbox.books.catalogue import RESOURCES, envelope_key
from xero_sandbox.wire.datekit import parse_ms

PAGED = [name for name, resource in RESOURCES.items() if resource.paged and not resource.fixed_page_size]


def details(xero: Xero, endpoint: str) -> list[dict[str, Any]]:
    return [row.read() for row in xero.books.tables[endpoint]]


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(7, 1000), endpoint=st.sampled_from(PAGED))
def test_every_record_is_on_exactly_one_page(shared_xero: Xero, size: int, endpoint: str) -> None:
    walked = shared_xero.walk(endpoint, size=size, query="&includeArchived=true")

    assert walked == details(shared_xero, endpoint)


@pytest.mark.parametrize("name", list(RESOURCES))
def test_every_endpoint_answers_its_envelope(shared_xero: Xero, name: str) -> None:
    body = shared_xero.get(name).json()

    assert list(body)[:4] == ["Id", "Status", "ProviderName", "DateTimeUTC"]
    assert list(body)[-1] == envelope_key(RESOURCES[name])
    assert body["ProviderName"] == "Counterfoil (demo)"
    assert body[envelope_key(RESOURCES[name])]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("page=1", {"page": 1, "pageSize": 100, "pageCount": 2, "itemCount": 160}),
        ("page=1&pageSize=5000", {"page": 1, "pageSize": 1000, "pageCount": 1, "itemCount": 160}),
        ("page=1&pageSize=0", {"page": 1, "pageSize": 1, "pageCount": 160, "itemCount": 160}),
        ("page=-3&pageSize=80", {"page": 1, "pageSize": 80, "pageCount": 2, "itemCount": 160}),
        ("page=99&pageSize=100", {"page": 99, "pageSize": 100, "pageCount": 2, "itemCount": 160}),
        ("PAGE=2&PageSize=100", {"page": 2, "pageSize": 100, "pageCount": 2, "itemCount": 160}),
    ],
)
def test_page_and_size_are_clamped(shared_xero: Xero, query: str, wanted: dict[str, int]) -> None:
    assert shared_xero.get(f"Invoices?{query}").json()["pagination"] == wanted


def test_a_page_past_the_end_is_empty(shared_xero: Xero) -> None:
    assert shared_xero.get("Invoices?page=9").json()["Invoices"] == []


def test_an_unpaged_list_holds_everything_without_lines(shared_xero: Xero) -> None:
    body = shared_xero.get("Invoices?pageSize=5").json()

    assert "pagination" not in body
    assert body["Invoices"] == [record | {"LineItems": []} for record in details(shared_xero, "Invoices")]


def test_linked_transactions_come_by_hundreds_without_pagination(shared_xero: Xero) -> None:
    body = shared_xero.get("LinkedTransactions?pageSize=1").json()

    assert list(body) == ["Id", "Status", "ProviderName", "DateTimeUTC", "LinkedTransactions"]
    assert body["LinkedTransactions"] == details(shared_xero, "LinkedTransactions")[:100]


def test_manual_journals_ignore_paging_when_ordered(shared_xero: Xero) -> None:
    body = shared_xero.get("ManualJournals?page=1&pageSize=5&order=ManualJournalID").json()

    ids = [journal["ManualJournalID"] for journal in body["ManualJournals"]]
    assert "pagination" not in body
    assert ids == sorted(shared_xero.books.tables["ManualJournals"].rows)


def test_default_order_is_by_stamp_then_id(shared_xero: Xero) -> None:
    invoices = shared_xero.walk("Invoices", size=50)

    stamps = [(parse_ms(invoice["UpdatedDateUTC"]), invoice["InvoiceID"]) for invoice in invoices]
    assert stamps == sorted(stamps)


def test_order_by_id_and_by_field(shared_xero: Xero) -> None:
    by_id = shared_xero.walk("Invoices", size=70, query="&order=InvoiceID DESC")
    by_total = shared_xero.walk("Invoices", size=70, query="&order=Total")

    ids = [invoice["InvoiceID"] for invoice in by_id]
    totals = [invoice["Total"] for invoice in by_total]
    assert ids == sorted(ids, reverse=True)
    assert totals == sorted(totals)


def test_archived_contacts_need_to_be_asked_for(shared_xero: Xero) -> None:
    contacts = details(shared_xero, "Contacts")
    active = [contact for contact in contacts if contact["ContactStatus"] == "ACTIVE"]

    assert len(active) < len(contacts)
    assert shared_xero.walk("Contacts", size=100) == active
    assert shared_xero.walk("Contacts", size=100, query="&includeArchived=true") == contacts


@pytest.mark.parametrize(
    ("query", "keep"),
    [
        ("Statuses=DRAFT,VOIDED", lambda record: record["Status"] in {"DRAFT", "VOIDED"}),
        ('page=1&pageSize=1000&where=Type=="ACCPAY"', lambda record: record["Type"] == "ACCPAY"),
        ("page=1&pageSize=1000&searchTerm=inv-00", lambda record: "INV-00" in record["InvoiceNumber"]),
        (
            "InvoiceNumbers=INV-0001,INV-0003",
            lambda record: record["InvoiceNumber"] in {"INV-0001", "INV-0003"},
        ),
    ],
)
def test_filters_select_what_they_say(shared_xero: Xero, query: str, keep: Any) -> None:
    found = shared_xero.get(f"Invoices?{query}&pageSize=1000").json()["Invoices"]

    assert found
    assert found == [record for record in details(shared_xero, "Invoices") if keep(record)]


def test_ids_and_contact_ids_make_the_answer_paged(shared_xero: Xero) -> None:
    wanted = details(shared_xero, "Invoices")[3:5]
    ids = ",".join(record["InvoiceID"].upper() for record in wanted)

    body = shared_xero.get(f"Invoices?IDs={ids}").json()

    assert body["Invoices"] == wanted
    assert body["pagination"] == {"page": 1, "pageSize": 100, "pageCount": 1, "itemCount": 2}


def test_summary_only_drops_what_xero_drops(shared_xero: Xero) -> None:
    invoice = shared_xero.get("Invoices?summaryOnly=True").json()["Invoices"][0]
    contact = shared_xero.get("Contacts?summaryOnly=true").json()["Contacts"][0]

    assert {"Payments", "HasAttachments"} & set(invoice) == set()
    assert invoice["LineItems"] == []
    assert {"Addresses", "Balances", "ContactGroups", "IsCustomer", "IsSupplier"} & set(contact) == set()


def test_a_bad_where_is_error_16(shared_xero: Xero) -> None:
    answer = shared_xero.get("Invoices?where=Foo==1")

    assert answer.status_code == 400
    assert answer.json() == {
        "ErrorNumber": 16,
        "Type": "QueryParseException",
        "Message": "No property or field 'Foo' exists in type 'Invoice'",
    }


def test_modified_since_is_inclusive_on_whole_seconds(xero: Xero) -> None:
    middle = details(xero, "Invoices")[80]
    second = parse_ms(middle["UpdatedDateUTC"]) // 1000

    header = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    found = xero.get("Invoices?page=1&pageSize=1000", **{"if-modified-since": header}).json()["Invoices"]

    assert middle in found
    assert found == [
        record for record in details(xero, "Invoices") if parse_ms(record["UpdatedDateUTC"]) >= second * 1000
    ]


def test_a_delta_with_nothing_new_is_200_and_empty(shared_xero: Xero) -> None:
    answer = shared_xero.get("Payments?page=1", **{"if-modified-since": "2099-01-01T00:00:00"})

    assert (answer.status_code, answer.json()["Payments"]) == (200, [])


def test_big_answers_are_gzipped_when_the_client_takes_it(shared_xero: Xero) -> None:
    packed = shared_xero.get("Invoices?page=1", **{"accept-encoding": "gzip"})
    plain = shared_xero.get("Invoices?page=1", **{"accept-encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json()["Invoices"] == plain.json()["Invoices"]


def test_single_records_by_id_and_by_number(shared_xero: Xero) -> None:
    listed = next(
        record for record in details(shared_xero, "Invoices") if record["InvoiceNumber"] == "INV-0001"
    )

    by_id = shared_xero.get(f"Invoices/{listed['InvoiceID']}").json()["Invoices"]
    by_number = shared_xero.get("invoices/INV-0001").json()["Invoices"]

    assert by_id == by_number
    assert by_id[0] | {"Contact": listed["Contact"]} == listed
    assert by_id[0]["Contact"]["EmailAddress"] is not None


def test_groups_show_members_only_one_by_one(shared_xero: Xero) -> None:
    group = next(
        g
        for g in details(shared_xero, "ContactGroups")
        if shared_xero.books.group_members[g["ContactGroupID"]]
    )

    single = shared_xero.get(f"ContactGroups/{group['ContactGroupID']}").json()["ContactGroups"][0]

    assert group["Contacts"] == []
    assert single["Contacts"]


def test_attachments_are_listed_and_downloaded(shared_xero: Xero) -> None:
    (endpoint, bill_id), (file,) = next(iter(shared_xero.books.attachments.items()))

    listed = shared_xero.get(f"{endpoint}/{bill_id}/Attachments").json()["Attachments"]
    content = shared_xero.get(f"{endpoint}/{bill_id}/Attachments/{file.file_name}")

    assert listed == [
        {
            "AttachmentID": file.attachment_id,
            "FileName": "receipt.png",
            "Url": f"http://127.0.0.1:9090/api.xro/2.0/Invoices/{bill_id}/Attachments/receipt.png",
            "MimeType": "image/png",
            "ContentLength": len(file.content),
            "IncludeOnline": False,
        }
    ]
    assert (content.headers["content-type"], content.content) == ("image/png", file.content)


@pytest.mark.parametrize(
    "path", ["Invoices/nothing", "Contacts/00000000-0000-0000-0000-000000000000", "Nothing"]
)
def test_what_does_not_exist_is_a_plain_sentence(shared_xero: Xero, path: str) -> None:
    answer = shared_xero.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == "The resource you're looking for cannot be found"
