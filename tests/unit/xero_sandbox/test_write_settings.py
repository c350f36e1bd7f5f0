"""Contacts, groups, items, accounts, taxes, tracking, files and notes through the API."""

from typing import Any

import pytest

from tests.unit.xero_sandbox.conftest import Xero, invoice, line, messages


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"Name": " "}, "Contact Name cannot be empty."),
        ({"Name": "A <b>"}, "Contact Name cannot contain angle brackets."),
        ({"EmailAddress": "nobody"}, "Email address must be valid."),
        (
            {"Name": "first  LTD"},
            "The contact name first LTD is already assigned to another contact. The contact name must be "
            "unique across all active contacts.",
        ),
        (
            {"ContactNumber": "c-1"},
            "Another contact has this contact number. Please enter a different contact number.",
        ),
        (
            {"AccountNumber": "A1"},
            "The Account Number already exists. Please enter a different Account Number.",
        ),
        ({"Name": "x" * 256}, "The field Name has a maximum length of 255 characters."),
        ({"ContactPersons": [{}] * 6}, "A contact can have a maximum of 5 contact persons."),
    ],
)
def test_a_contact_keeps_the_rules(writer: Xero, given: dict[str, Any], sentence: str) -> None:
    writer.save("PUT", "Contacts", {"Name": "First Ltd", "ContactNumber": "C-1", "AccountNumber": "a1"})

    assert messages(writer.send("PUT", "Contacts", {"Name": "Second Ltd"} | given)) == [sentence]


def test_a_contact_is_updated_in_parts_but_its_persons_as_a_set(writer: Xero) -> None:
    people = [{"FirstName": "Ann", "LastName": "One"}, {"FirstName": "Bob", "LastName": "Two"}]
    made = writer.save("PUT", "Contacts", {"Name": "First Ltd", "FirstName": "F", "ContactPersons": people})
    phone = {"PhoneType": "MOBILE", "PhoneNumber": "123"}

    changed = writer.save(
        "POST", "Contacts", {"Name": "FIRST ltd", "ContactPersons": people[:1], "Phones": [phone]}
    )

    assert changed["ContactID"] == made["ContactID"]
    assert (changed["Name"], changed["FirstName"], len(changed["ContactPersons"])) == ("FIRST ltd", "F", 1)
    assert [item["PhoneNumber"] for item in changed["Phones"] if item["PhoneType"] == "MOBILE"] == ["123"]
    assert len(changed["Phones"]) == 4


def test_a_contact_is_archived_and_its_name_free_again(writer: Xero) -> None:
    first = writer.save("PUT", "Contacts", {"Name": "First Ltd"})["ContactID"]
    writer.save("POST", f"Contacts/{first}", {"ContactStatus": "ARCHIVED"})
    writer.save("PUT", "Contacts", {"Name": "First Ltd"})

    back = writer.send("POST", f"Contacts/{first}", {"ContactStatus": "ACTIVE"})

    assert messages(back)[0].startswith("The contact name First Ltd is already assigned")


def test_a_group_is_filled_emptied_and_deleted(writer: Xero) -> None:
    group = writer.save("PUT", "ContactGroups", {"Name": "VIP"})["ContactGroupID"]
    ids = [writer.save("PUT", "Contacts", {"Name": f"Firm {n}"})["ContactID"] for n in range(3)]
    path = f"ContactGroups/{group}"

    writer.send("PUT", f"{path}/Contacts", {"Contacts": [{"ContactID": key} for key in ids]})
    filled = writer.get(path).json()["ContactGroups"][0]["Contacts"]
    shown = writer.get(f"Contacts/{ids[0]}").json()["Contacts"][0]["ContactGroups"]
    codes = [writer.send("DELETE", f"{path}/Contacts/{ids[0]}").status_code]
    left = writer.get(path).json()["ContactGroups"][0]["Contacts"]
    codes.append(writer.send("DELETE", f"{path}/Contacts").status_code)
    gone = writer.save("POST", path, {"Status": "DELETED"})

    assert [item["ContactID"] for item in filled] == ids
    assert [item["Name"] for item in shown] == ["VIP"]
    assert ([item["ContactID"] for item in left], codes, gone["Status"]) == (ids[1:], [204, 204], "DELETED")
    assert group not in [row["ContactGroupID"] for row in writer.get("ContactGroups").json()["ContactGroups"]]


def test_an_item_fills_in_a_line(writer: Xero) -> None:
    details = {"UnitPrice": 12.5, "AccountCode": "210", "TaxType": "ZERORATEDOUTPUT"}
    writer.save("PUT", "Items", {"Code": "T-1", "Description": "A thing", "SalesDetails": details})

    made = writer.save("PUT", "Invoices", invoice({"ItemCode": "t-1", "Quantity": 4}))

    (kept,) = made["LineItems"]
    assert (kept["Description"], kept["AccountCode"], kept["TaxType"]) == (
        "A thing",
        "210",
        "ZERORATEDOUTPUT",
    )
    assert (kept["LineAmount"], kept["Item"]["Code"], made["Total"]) == (50.0, "T-1", 50.0)


def test_items_are_changed_by_code_and_deleted_for_good(writer: Xero) -> None:
    made = writer.save("PUT", "Items", {"Code": "T-1", "Name": "One"})
    twice = writer.send("PUT", "Items", {"Code": "T-1"})
    changed = writer.save("POST", "Items", {"Code": "T-1", "Name": "Two"})

    assert messages(twice) == ["Price List Item with Code 'T-1' already exists"]
    assert (changed["ItemID"], changed["Name"]) == (made["ItemID"], "Two")
    assert writer.send("DELETE", f"Items/{made['ItemID']}").status_code == 204
    assert writer.get("Items/T-1").status_code == 404


def test_an_account_in_use_is_archived_not_deleted(writer: Xero) -> None:
    account = writer.save("PUT", "Accounts", {"Code": "777", "Name": "Odd sales", "Type": "SALES"})
    path = f"Accounts/{account['AccountID']}"
    writer.save("PUT", "Invoices", invoice(line(10, "777", TaxType="NONE")))

    refused = writer.send("DELETE", path)
    archived = writer.save("POST", path, {"Status": "ARCHIVED"})
    late = writer.send("PUT", "Invoices", invoice(line(10, "777", TaxType="NONE")))

    assert messages(refused) == ["This account cannot be deleted because it is in use; archive it instead."]
    assert (account["Class"], archived["Status"]) == ("REVENUE", "ARCHIVED")
    assert messages(late) == [
        "Account code '777' has been archived, or has been deleted. Each line item must reference a valid "
        "account."
    ]


def test_accounts_that_cannot_be_touched(writer: Xero) -> None:
    receivable = writer.books.tables["Accounts"].rows
    ids = {row.read()["Code"]: key for key, row in receivable.items()}

    bank = writer.send("POST", f"Accounts/{ids['090']}", {"Name": "Other"})
    system = writer.send("DELETE", f"Accounts/{ids['610']}")

    assert messages(bank) == ["Bank accounts cannot be updated via the API."]
    assert messages(system) == ["This account cannot be deleted because it is in use; archive it instead."]


def test_tracking_marks_lines_and_its_options_stay_while_used(writer: Xero) -> None:
    category = writer.get("TrackingCategories").json()["TrackingCategories"][0]
    path = f"TrackingCategories/{category['TrackingCategoryID']}/Options"
    option = writer.send("PUT", path, {"Name": "Centre"}).json()["Options"][0]
    mark = {"Name": category["Name"], "Option": "centre"}
    made = writer.save("PUT", "Invoices", invoice(line(10, Tracking=[mark])))

    refused = writer.send("DELETE", f"{path}/{option['TrackingOptionID']}")
    third = writer.send("PUT", "TrackingCategories", {"Name": "Third"})

    assert made["LineItems"][0]["Tracking"][0]["TrackingOptionID"] == option["TrackingOptionID"]
    assert messages(refused) == ["This tracking category or option cannot be deleted because it is in use."]
    assert messages(third) == ["An organisation can have a maximum of 2 active tracking categories."]


def test_files_are_put_listed_fetched_and_replaced(writer: Xero) -> None:
    made = writer.save("PUT", "Invoices", invoice())
    path = f"Invoices/{made['InvoiceID']}/Attachments"

    def put(name: str, content: bytes = b"one", query: str = "") -> Any:
        headers = writer.headers | {"content-type": "text/plain"}
        return writer.client.request(
            "PUT", f"/api.xro/2.0/{path}/{name}{query}", headers=headers, content=content
        )

    put("a.txt")
    again = put("a.txt", b"two", "?IncludeOnline=true").json()["Attachments"][0]
    for number in range(9):
        put(f"{number}.txt")

    assert messages(put("eleven.txt")) == ["A document can have a maximum of 10 attachments."]
    assert messages(put("b*d.txt")) == ["The file name contains characters that are not allowed."]
    assert (again["ContentLength"], again["MimeType"]) == (3, "text/plain")
    assert len(writer.get(path).json()["Attachments"]) == 10
    assert writer.get(f"{path}/{again['AttachmentID']}").content == b"two"
    assert writer.get(f"Invoices/{made['InvoiceID']}").json()["Invoices"][0]["HasAttachments"] is True


def test_files_are_no_larger_than_ten_megabytes_and_online_only_on_sales(writer: Xero) -> None:
    bill = writer.save("PUT", "Invoices", invoice(Type="ACCPAY"))
    path = f"/api.xro/2.0/Invoices/{bill['InvoiceID']}/Attachments"
    headers = writer.headers | {"content-type": "text/plain"}

    large = writer.client.request(
        "PUT", f"{path}/large.txt", headers=headers, content=bytes(10 * 1024 * 1024 + 1)
    )
    online = writer.client.request("PUT", f"{path}/a.txt?IncludeOnline=true", headers=headers, content=b"one")

    assert messages(online) == ["IncludeOnline is only possible for sales invoices and sales credit notes."]
    assert large.status_code == 413  # no body of any request may be larger (FACTS 4)
    assert writer.client.get(path, headers=writer.headers).json()["Attachments"] == []


def test_notes_stay_with_a_record(writer: Xero) -> None:
    made = writer.save("PUT", "Invoices", invoice())
    path = f"Invoices/{made['InvoiceID']}/History"

    writer.send("PUT", path, {"HistoryRecords": [{"Details": "Called the client"}]})
    empty = writer.send("PUT", path, {"HistoryRecords": [{"Details": ""}]})

    notes = writer.get(path).json()["HistoryRecords"]
    assert [(note["Changes"], note["Details"], note["User"]) for note in notes] == [
        ("Note", "Called the client", "System Generated"),
        ("Created", "", "System Generated"),
    ]
    assert messages(empty) == ["Details must have 1 to 2500 characters."]
